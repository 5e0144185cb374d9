/** Findings for people and for machines. Neither ever holds a value. */
import { count, shellWord, showPath, visible } from '../text.js';
import { canaryPath } from './registered.js';
import type { Finding } from './types.js';

/** More lines than this scroll away the first ones. */
const mostLines = 50;

export interface RenderOptions {
  /** The folder, relative to the top of the repository, that commands will be pasted in. Default: the top. */
  readonly prefix?: string;
  /** There is no commit yet: `git restore --staged` has nothing to restore from. */
  readonly firstCommit?: boolean;
}

function place({ path, line, column }: Finding): string {
  return line === 0 ? showPath(path) : `${showPath(path)}:${line}:${column}`;
}

function line(finding: Finding): string {
  const masked = finding.masked === '' ? '' : ` (${visible(finding.masked)})`;
  return `${place(finding)}: ${finding.rule}: ${visible(finding.what)}${masked}`;
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

/** What to type next: out of the commit with it, and for registered files the command that seals them. */
function commands(findings: readonly Finding[], { prefix = '', firstCommit = false }: RenderOptions): string[] {
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

/** What a person reads when a commit is refused: a line for each finding, then the commands to paste. Ends without a newline. */
export function renderFindings(findings: readonly Finding[], options: RenderOptions = {}): string {
  const files = new Set(findings.map((finding) => finding.path)).size;
  const more = findings.length - mostLines;
  const lines = findings.slice(0, mostLines).map((finding) => `  ${line(finding)}`);
  return [
    `refused: ${count(findings.length, 'finding')} in ${count(files, 'staged file')}`,
    ...lines,
    ...(more > 0 ? [`  … and ${more} more`] : []),
    ...(findings.every(({ path }) => path === canaryPath)
      ? []
      : ['to go on:', ...commands(findings, options).map((command) => `  ${command}`)]),
  ].join('\n');
}

/** What `--json` prints. */
export interface GuardReport {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** Registered files whose values were not looked for, because this clone never decrypted them. */
  readonly unknown: readonly string[];
}

export function guardReport(findings: readonly Finding[], unknown: readonly string[] = []): GuardReport {
  return { ok: findings.length === 0, findings, unknown };
}
