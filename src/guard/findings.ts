/** Findings for people and for machines. Neither ever holds a value. */
import { count, shellWord, showPath, visible } from '../text.js';
import { canaryPath } from './registered.js';
import type { Finding } from './types.js';

/** More lines than this scroll away the first ones. */
const mostLines = 50;

export interface RenderOptions {
  /** The folder, relative to the top of the repository, that commands will be pasted in. Default: the top. */
  readonly prefix?: string;
  /** False where something else than the index was looked at: nothing is to be taken out of it then. */
  readonly staged?: boolean;
  /** There is no commit yet: `git restore --staged` has nothing to restore from. */
  readonly firstCommit?: boolean;
}

function place({ path, line, column, commit }: Finding): string {
  const file = `${commit === undefined ? '' : `${commit.slice(0, 10)}:`}${showPath(path)}`;
  return line === 0 ? file : `${file}:${line}:${column}`;
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

const guesses: ReadonlySet<string> = new Set(['assigned-secret', 'random-string']);

/** Whether a finding is a guess: such a one blocks only where it is new, and where its line does not say otherwise. */
export function isGuess({ rule }: Pick<Finding, 'rule'>): boolean {
  return guesses.has(rule);
}

export const isBlocking = ({ severity }: Pick<Finding, 'severity'>) => severity === 'block';

const guessHint = 'a guess that is wrong: write gitleaks:allow in a comment on its line';

function someLines(findings: readonly Finding[]): string[] {
  const more = findings.length - mostLines;
  return [
    ...findings.slice(0, mostLines).map((one) => `  ${line(one)}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ];
}

/** What to do about what is refused: paste commands where something is staged, else know what helps. */
function advice(findings: readonly Finding[], options: RenderOptions): string[] {
  if (findings.every(({ path }) => path === canaryPath)) return [];
  const pasted = options.staged === false ? [] : commands(findings, options);
  const hints = [...pasted, ...(findings.some(isGuess) ? [guessHint] : [])];
  return hints.length === 0 ? [] : ['to go on:', ...hints.map((hint) => `  ${hint}`)];
}

/** What a person reads: a line for each finding, those that refuse first, then what to do. Ends without a newline. */
export function renderFindings(findings: readonly Finding[], options: RenderOptions = {}): string {
  const blocking = findings.filter(isBlocking);
  const warnings = findings.filter((finding) => !isBlocking(finding));
  const files = (some: readonly Finding[]) =>
    count(new Set(some.map((finding) => finding.path)).size, options.staged === false ? 'file' : 'staged file');
  const refused = `${options.staged === false ? 'found' : 'refused'}: ${count(blocking.length, 'finding')} in ${files(blocking)}`;
  const told = `not refused, but look: ${count(warnings.length, 'finding')} in ${files(warnings)}`;
  return [
    ...(blocking.length === 0 ? [] : [refused, ...someLines(blocking), ...advice(blocking, options)]),
    ...(warnings.length === 0 ? [] : [told, ...someLines(warnings)]),
  ].join('\n');
}

/** What `--json` prints. */
export interface GuardReport {
  /** Nothing blocks. There may be findings that only warn. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** Registered files whose values were not looked for, because this clone never decrypted them. */
  readonly unknown: readonly string[];
}

export function guardReport(findings: readonly Finding[], unknown: readonly string[] = []): GuardReport {
  return { ok: !findings.some(isBlocking), findings, unknown };
}
