/**
 * What must not be committed: bytes in, findings out. Pure. Nothing inside a file silences a finding: what is looked for here are
 * the team's own files and values, not guesses.
 */
import { showPath } from '../text.js';
import { type Judge, pathRule } from './registered.js';
import { type Hit, scanBytes } from './scan.js';
import type { KnownValues } from './store.js';
import type { Candidate, Finding } from './types.js';
import { wholesIn } from './whole.js';

export interface Rules {
  /** Paths whose plaintext is never committed. */
  readonly registered: ReadonlySet<string>;
  readonly isSealed: Judge;
  /** null where nothing was ever decrypted: then only paths are judged. */
  readonly known: KnownValues | null;
}

/** Where known values stand in some bytes. */
export function scan(known: KnownValues, bytes: Uint8Array): Hit[] {
  return scanBytes(known.matcher, bytes);
}

function describe(hit: Hit, place: string): string {
  return [`value of ${hit.label}`, hit.encoding, place].filter((part) => part !== '').join(', ');
}

/** Line and column of an offset, both from 1; columns count characters of UTF-8. */
function position(bytes: Uint8Array, offset: number): { line: number; column: number } {
  let line = 1;
  let column = 1;
  for (let i = 0; i < offset; i++) {
    const byte = bytes[i] as number;
    if (byte === 10) [line, column] = [line + 1, 1];
    else if ((byte & 0xc0) !== 0x80) column++;
  }
  return { line, column };
}

/** A path without the components in which a known value stands, `*` for each: it can be printed, and git takes it as a pattern. */
function concealed(path: string, hits: readonly Hit[]): string {
  let at = 0;
  const components = path.split('/').map((name) => {
    const [start, end] = [at, at + Buffer.byteLength(name)];
    at = end + 1;
    return hits.some((hit) => hit.offset < end && hit.end > start) ? '*' : name;
  });
  return components.join('/');
}

function nameFindings(path: string, hits: readonly Hit[]): Finding[] {
  return hits.map((hit) => {
    return {
      path,
      line: 0,
      column: 0,
      rule: 'known-value',
      what: describe(hit, 'in the name of the file'),
      masked: hit.masked,
    };
  });
}

/** The same value twice in a line is one finding. */
function contentFindings(path: string, { mode, content }: Candidate, hits: readonly Hit[]): Finding[] {
  const found = new Map<string, Finding>();
  const place = mode === '120000' ? 'in the target of the link' : '';
  for (const hit of hits) {
    const what = describe(hit, place);
    const at = position(content ?? new Uint8Array(), hit.offset);
    const key = `${at.line} ${hit.label}`;
    if (!found.has(key)) found.set(key, { path, ...at, rule: 'known-value', what, masked: hit.masked });
  }
  return [...found.values()];
}

function wholeFindings(path: string, content: Uint8Array, known: KnownValues): Finding[] {
  const files = known.files.filter((file) => !file.ambient);
  return wholesIn(known.matcher.keys, files, content).map((file) => {
    const what = `the plaintext of ${showPath(file.path)} under another name`;
    return { path, line: 0, column: 0, rule: 'registered-plaintext', what, masked: '' };
  });
}

function unreadable(path: string): Finding {
  return {
    path,
    line: 0,
    column: 0,
    rule: 'unreadable',
    what: 'it could not be read, or is too large to be looked into',
    masked: '',
  };
}

function contentOf(path: string, candidate: Candidate, known: KnownValues | null): Finding[] {
  // A submodule is a commit elsewhere: there is nothing in it to read.
  if (candidate.content === null) return candidate.mode === '160000' ? [] : [unreadable(path)];
  if (known === null) return [];
  const hits = scan(known, candidate.content);
  return [...wholeFindings(path, candidate.content, known), ...contentFindings(path, candidate, hits)];
}

/** Prepares the rules once for many candidates: a hook can hand over blob after blob as git delivers them, and hold none. */
export function inspector(rules: Rules): (candidate: Candidate) => Finding[] {
  const judgePath = pathRule(rules.registered, rules.isSealed);
  return (candidate) => {
    const inName = rules.known === null ? [] : scan(rules.known, Buffer.from(candidate.path));
    const path = concealed(candidate.path, inName);
    const judged = judgePath(candidate);
    const names = nameFindings(path, inName);
    // Of a registered file that stands there in plaintext, nobody needs its values listed.
    if (judged?.rule === 'registered-plaintext') return [{ ...judged, path }, ...names];
    return [...(judged === null ? [] : [{ ...judged, path }]), ...names, ...contentOf(path, candidate, rules.known)];
  };
}

/** Every reason why these must not be committed; none when they may. */
export function inspect(candidates: Iterable<Candidate>, rules: Rules): Finding[] {
  const judge = inspector(rules);
  return Array.from(candidates, judge).flat();
}
