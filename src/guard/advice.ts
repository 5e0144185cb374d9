/** What to type next. Commands are for the shell of whoever reads them: every path is quoted, and git takes it literally. */
import { shellWord } from '../text.js';
import { canaryPath, forgedRule } from './registered.js';
import type { Finding } from './types.js';

/** More than this in one command, or in one list, helps nobody. */
export const mostLines = 50;

/**
 * What was looked at: what is staged, all that is tracked, commits, files, the message of a commit that is being made, what is about to be
 * pushed, or what a branch is about to lead to.
 */
export type Scope = 'index' | 'tree' | 'commits' | 'files' | 'message' | 'push' | 'branch';

export interface RenderOptions {
  /** Default: what is staged. */
  readonly scope?: Scope;
  /** The folder, relative to the top of the repository, that commands will be pasted in. Default: the top. */
  readonly prefix?: string;
  /** There is no commit yet: `git restore --staged` has nothing to restore from. */
  readonly firstCommit?: boolean;
  /** Where git keeps a message that was refused. */
  readonly message?: string;
}

const guesses: ReadonlySet<string> = new Set(['assigned-secret', 'random-string']);

/** Whether a finding is a guess: such a one blocks only where it is new, and where its line does not say otherwise. */
export function isGuess({ rule }: Pick<Finding, 'rule'>): boolean {
  return guesses.has(rule);
}

/** A path from the top as seen from the folder `prefix`. */
function relative(path: string, prefix: string): string {
  const up = prefix.split('/').filter((name) => name !== '');
  const down = path.split('/');
  while (up.length > 0 && down.length > 1 && up[0] === down[0]) {
    up.shift();
    down.shift();
  }
  return [...up.map(() => '..'), ...down].join('/');
}

/** A path as git takes it literally. A concealed component stays a pattern: nobody may print what it was. */
function pathspec(path: string, prefix: string): string {
  const here = relative(path, prefix);
  const concealed = path.split('/').includes('*');
  return concealed || !/[*?[\\]|^:/.test(here) ? here : `:(literal)${here}`;
}

const sealedName = (path: string) => path.replace(/\.age$/i, '');

/** Out of the commit with it, and for registered files the command that seals them. */
function unstaging(findings: readonly Finding[], { prefix = '', firstCommit = false }: RenderOptions): string[] {
  const paths = [...new Set(findings.map((finding) => finding.path))].slice(0, mostLines);
  const unstage = firstCommit ? 'git rm --cached --' : 'git restore --staged --';
  const sealable = findings.filter(
    ({ rule, what }) => rule === 'not-sealed' || (rule === 'registered-plaintext' && what.startsWith('a registered')),
  );
  const seal = [...new Set(sealable.map(({ path }) => sealedName(path)))].slice(0, mostLines);
  return [
    `${unstage} ${paths.map((path) => shellWord(pathspec(path, prefix))).join(' ')}`,
    ...(seal.length === 0
      ? []
      : [`blackbox-ts encrypt ${seal.map((path) => shellWord(relative(path, prefix))).join(' ')}`]),
  ];
}

/** The commits are this clone's own as yet: it is enough to make them anew. Findings come newest first. */
function rewriting(findings: readonly Finding[]): string[] {
  const oldest = findings.findLast(({ commit, published }) => commit !== undefined && published !== true)?.commit;
  if (oldest === undefined) return [];
  return [`git rebase --interactive ${oldest.slice(0, 10)}~1, and take it out of the commits named above`];
}

/** A sealed file of an older time: no plaintext, and nothing to be rotated or taken out of history. */
export const olderVersionRule = 'older-version';

/** A statement about the roster by somebody who could not make it any more. */
export const formerAdminRule = 'former-admin';

function leavingOut(findings: readonly Finding[]): string[] {
  const paths = [...new Set(findings.map(({ path }) => path))].slice(0, mostLines);
  return paths.flatMap((path) => [
    `to see what it says: git log -p -- ${shellWord(path)}`,
    'it cannot be undone once others have it: leave its commit out; whoever may signs anew what was right in it',
  ]);
}

function restoring(findings: readonly Finding[]): string[] {
  const paths = [...new Set(findings.map(({ path }) => path))].slice(0, mostLines);
  return paths.flatMap((path) => [
    `to bring the newer one back: git log --raw -- ${shellWord(path)}, and git checkout COMMIT -- ${shellWord(path)}`,
    `if the older one is meant: blackbox-ts reencrypt --adopt ${shellWord(sealedName(path))}`,
  ]);
}

/** A sealed file that nobody entitled has sealed: no plaintext either. */
function vouching(findings: readonly Finding[]): string[] {
  const paths = [...new Set(findings.map(({ path }) => path))].slice(0, mostLines);
  return paths.flatMap((path) => [
    `to see who made it: git log -p --stat -- ${shellWord(path)}`,
    `if it is right, after looking at it: blackbox-ts reencrypt --adopt ${shellWord(sealedName(path))}`,
  ]);
}

const rotate =
  'what others can read already is no secret any more: change it where it is used, then take it out of the files';
const guessHint = 'a guess that is wrong: write gitleaks:allow in a comment on its line';

/** How to say that a finding is none. What the team itself has sealed cannot be allowed. */
function allowing(findings: readonly Finding[]): string[] {
  const ids = [...new Set(findings.flatMap(({ id }) => (id === undefined ? [] : [id])))];
  const which = ids.length === 1 ? ids[0] : 'ID';
  return [
    ...(ids.length === 0 ? [] : [`what is no secret: blackbox-ts guard allow ${which} --reason '…'`]),
    ...(findings.some(isGuess) ? [guessHint] : []),
  ];
}

function removing(findings: readonly Finding[], options: RenderOptions): string[] {
  if (options.scope === 'message')
    return [`git commit --edit --file=${shellWord(options.message ?? '.git/COMMIT_EDITMSG')}`];
  if (options.scope === 'push') return rewriting(findings);
  return options.scope === undefined || options.scope === 'index' ? unstaging(findings, options) : [];
}

/** What to do about what is refused. */
export function advice(findings: readonly Finding[], options: RenderOptions): string[] {
  if (findings.every(({ path }) => path === canaryPath)) return [];
  const older = findings.filter(({ rule }) => rule === olderVersionRule);
  const forged = findings.filter(({ rule }) => rule === forgedRule);
  const late = findings.filter(({ rule }) => rule === formerAdminRule);
  const leaks = findings.filter(({ rule }) => ![olderVersionRule, forgedRule, formerAdminRule].includes(rule));
  const told = leaks.length > 0 && (options.scope === 'tree' || leaks.some(({ published }) => published === true));
  const hints = [
    ...(leaks.length + forged.length + late.length === 0 ? [] : removing([...leaks, ...forged, ...late], options)),
    ...leavingOut(late),
    ...restoring(older),
    ...vouching(forged),
    ...(told ? [rotate] : []),
    ...allowing(leaks),
  ];
  return hints.length === 0 ? [] : ['to go on:', ...hints.map((hint) => `  ${hint}`)];
}
