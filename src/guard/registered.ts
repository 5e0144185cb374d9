/** The rules of paths: what is registered is committed sealed or not at all. */
import { showPath } from '../text.js';
import type { Candidate, Finding } from './types.js';

/** A path that counts as registered in every vault. Nobody uses it; hooks are proven by staging it. */
export const canaryPath = '.blackbox/canary';

/** Characters that HFS+ ignores in names, as git knows them: `.e\u200cnv` is `.env` there. */
const ignorable = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** One form for all spellings that some file system takes for the same path: case, Unicode form, invisible characters, trailing dots and spaces. */
export function foldPath(path: string): string {
  const folded = path.replace(ignorable, '').normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
  return folded.replace(/[. ]+(?=\/|$)/g, '') || path;
}

export type PathRule = (candidate: Candidate) => Finding | null;

function finding(candidate: Candidate, rule: string, what: string): Finding {
  return { path: candidate.path, line: 0, column: 0, rule, severity: 'block', what, masked: '' };
}

function describe(candidate: Candidate, path: string): string {
  if (candidate.path !== path) return `the registered file ${showPath(path)} under another spelling of its name`;
  if (candidate.mode === '120000') return 'a registered file, as a symbolic link';
  if (candidate.mode === '160000') return 'a registered file, as a submodule';
  return path === canaryPath ? 'the canary that every hook must refuse' : 'a registered file, in plaintext';
}

function judged({ path, mode, content, commit }: Candidate, isSealed: Judge): boolean | string {
  return mode.startsWith('100') && content !== null && isSealed(path, content, commit);
}

/** Whether bytes are a complete sealed file, and where they are one that nobody entitled has sealed, why not; the vault layer knows. */
export type Judge = (path: string, bytes: Uint8Array, commit?: string) => boolean | string;

/** A complete sealed file, by somebody who may not. */
export const forgedRule = 'not-authentic';

/** What a path alone, and for sealed files their bytes, say against a candidate. */
export function pathRule(registered: ReadonlySet<string>, isSealed: Judge): PathRule {
  const byFold = new Map<string, string>();
  for (const path of [canaryPath, ...registered]) byFold.set(foldPath(path), path);
  const find = (path: string) => (registered.has(path) ? path : byFold.get(foldPath(path)));
  return (candidate) => {
    const path = find(candidate.path);
    if (path !== undefined) return finding(candidate, 'registered-plaintext', describe(candidate, path));
    const original = /\.age$/i.test(candidate.path) ? find(candidate.path.slice(0, -4)) : undefined;
    const answer = original === undefined || judged(candidate, isSealed);
    if (original === undefined || answer === true) return null;
    if (answer !== false)
      return finding(candidate, forgedRule, `the sealed file of ${showPath(original)}, but ${answer}`);
    // A regular file that could not be read is reported as that.
    if (candidate.content === null && candidate.mode.startsWith('100')) return null;
    return finding(candidate, 'not-sealed', `the sealed file of ${showPath(original)}, but not a complete sealed file`);
  };
}
