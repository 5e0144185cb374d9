/**
 * What teams that come from gitleaks have told it to leave alone: allow lists of `.gitleaks.toml`, fingerprints of `.gitleaksignore`, and
 * comments. They silence guesses; credentials of known forms only where the configuration says so, and what the team has sealed never.
 *
 * The repository's own expressions are anybody's: RE2 runs them in linear time, and takes Go's syntax, in which they are written.
 */
import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

const require = createRequire(import.meta.url);

/** Configurations have a few KB; a larger one would cost each commit more than it is worth. */
export const largestGitleaks = 256 * 1024;
const mostExpressions = 500;
const longestExpression = 4_000;
/** Of minified code, what stands near the finding is its line. */
export const longestLine = 2_000;

/** A finding, as allow lists ask about it. */
export interface Asked {
  readonly path: string;
  readonly commit: string | undefined;
  /** 1-based, 0 for a file as a whole. */
  readonly line: number;
  readonly lineText: string;
  readonly secret: string;
  readonly isGuess: boolean;
}

export type Silences = (asked: Asked) => boolean;

type Table = Readonly<Record<string, unknown>>;

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const tables = (value: unknown): Table[] =>
  Array.isArray(value) ? value.filter(isTable) : isTable(value) ? [value] : [];
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

/** Comments in the line of a finding, as gitleaks and detect-secrets know them. */
export const allowComment = /gitleaks:allow|pragma: ?(?:allowlist|whitelist) secret/i;

interface AllowList {
  /** Whether each part that the list has agrees; null for one it has not. */
  readonly parts: readonly ((asked: Asked) => boolean)[];
  readonly all: boolean;
}

function compile(expressions: readonly string[], budget: { left: number }): RE2JS[] {
  const { RE2JS } = require('re2js') as typeof import('re2js');
  budget.left -= expressions.length;
  if (budget.left < 0) throw new RangeError(`more than ${mostExpressions} expressions`);
  return expressions.map((expression) => {
    if (expression.length > longestExpression) throw new RangeError('an expression is too long');
    return RE2JS.compile(expression);
  });
}

/** https://github.com/gitleaks/gitleaks#configuration: paths, regexes, stop words and commits; one is enough, unless `condition` is AND. */
function allowList(table: Table, budget: { left: number }): AllowList {
  const paths = compile(texts(table.paths), budget);
  const regexes = compile(texts(table.regexes), budget);
  const words = texts(table.stopwords).map((word) => word.toLowerCase());
  const commits = texts(table.commits);
  const target = (asked: Asked) =>
    table.regexTarget === 'line' || table.regexTarget === 'match' ? asked.lineText : asked.secret;
  const parts: ((asked: Asked) => boolean)[] = [];
  if (paths.length > 0) parts.push(({ path }) => paths.some((path_) => path_.matcher(path).find()));
  if (regexes.length > 0) parts.push((asked) => regexes.some((regex) => regex.matcher(target(asked)).find()));
  if (words.length > 0) parts.push(({ secret }) => words.some((word) => secret.toLowerCase().includes(word)));
  if (commits.length > 0) parts.push(({ commit }) => commit !== undefined && commits.includes(commit));
  return { parts, all: String(table.condition ?? 'OR').toUpperCase() === 'AND' };
}

const agrees = ({ parts, all }: AllowList, asked: Asked): boolean =>
  parts.length > 0 && (all ? parts.every((part) => part(asked)) : parts.some((part) => part(asked)));

/** `path:rule:line`, or with the commit in front. Rules have other names there; the place is what counts. */
function fingerprints(text: string): Set<string> {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/#.*$/, '').trim());
  return new Set(
    lines.flatMap((line) => {
      const found = /^(?:([0-9a-f]{40,64}):)?(.+):[^:]+:(\d+)$/.exec(line);
      return found === null ? [] : [`${found[1] ?? ''}:${found[2]}:${found[3]}`];
    }),
  );
}

function isIgnored(ignored: ReadonlySet<string>, { path, line, commit }: Asked): boolean {
  return ignored.has(`:${path}:${line}`) || (commit !== undefined && ignored.has(`${commit}:${path}:${line}`));
}

/**
 * What the files say, null for one that is not there.
 * @throws Error when `.gitleaks.toml` cannot be understood: nothing in it counts then
 */
export function gitleaksSilences(toml: string | null, ignore: string | null): Silences {
  const { parse } = require('smol-toml') as typeof import('smol-toml');
  const config: Table = toml === null ? {} : parse(toml);
  const budget = { left: mostExpressions };
  // Lists for single rules are about rules that are not ours.
  const lists = [...tables(config.allowlist), ...tables(config.allowlists)]
    .filter((table) => texts(table.targetRules).length === 0)
    .map((table) => allowList(table, budget));
  const own = config['blackbox-ts'];
  const credentialsToo = isTable(own) && own.credentials === true;
  const ignored = fingerprints(ignore ?? '');
  return (asked) => {
    if (!asked.isGuess && !credentialsToo) return false;
    return allowComment.test(asked.lineText) || isIgnored(ignored, asked) || lists.some((list) => agrees(list, asked));
  };
}
