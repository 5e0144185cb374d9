/**
 * What teams that come from gitleaks have told it to leave alone: allow lists of `.gitleaks.toml`, fingerprints of `.gitleaksignore`, and
 * comments. They silence guesses; credentials of known forms only where the configuration says so, and what the team has sealed never.
 */
import { createRequire } from 'node:module';
import {
  compile,
  type ExpressionBudget,
  isTable,
  mostExpressions,
  type Table,
  tables,
  texts,
} from './gitleaks-table.js';
import { type OwnRules, ownRuleId, readOwnRules } from './own-rules.js';

const require = createRequire(import.meta.url);

/** Configurations have a few KB; a larger one would cost each commit more than it is worth. */
export const largestGitleaks = 256 * 1024;
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
  /** The rule of the same file that has found it, as findings name it; null for others. */
  readonly ownRule: string | null;
}

export type Silences = (asked: Asked) => boolean;

/** Comments in the line of a finding, as gitleaks and detect-secrets know them. */
export const allowComment = /gitleaks:allow|pragma: ?(?:allowlist|whitelist) secret/i;

interface AllowList {
  /** Whether each part that the list has agrees; null for one it has not. */
  readonly parts: readonly ((asked: Asked) => boolean)[];
  readonly all: boolean;
  /** The rules that it is about, as findings name them; null: all. */
  readonly rules: ReadonlySet<string> | null;
}

/** https://github.com/gitleaks/gitleaks#configuration: paths, regexes, stop words and commits; one is enough, unless `condition` is AND. */
function allowList(table: Table, budget: ExpressionBudget, rule?: string): AllowList {
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
  const targets = rule === undefined ? texts(table.targetRules) : [rule];
  const rules = targets.length === 0 ? null : new Set(targets.map(ownRuleId));
  return { parts, rules, all: String(table.condition ?? 'OR').toUpperCase() === 'AND' };
}

const isAbout = ({ rules }: AllowList, { ownRule }: Asked) =>
  rules === null || (ownRule !== null && rules.has(ownRule));
const agrees = (list: AllowList, asked: Asked): boolean => isAbout(list, asked) && partsAgree(list, asked);
const partsAgree = ({ parts, all }: AllowList, asked: Asked): boolean =>
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

function listsOf(config: Table, budget: ExpressionBudget): AllowList[] {
  const ofAll = [...tables(config.allowlist), ...tables(config.allowlists)].map((table) => allowList(table, budget));
  const ofRules = tables(config.rules).flatMap((rule) =>
    [...tables(rule.allowlist), ...tables(rule.allowlists)].map((table) => allowList(table, budget, String(rule.id))),
  );
  return [...ofAll, ...ofRules];
}

export interface Gitleaks {
  readonly silences: Silences;
  /** null where the file does not say that its rules are to be run. */
  readonly own: OwnRules | null;
  /** How many rules it has that are not run, because it does not say so. */
  readonly idle: number;
}

/**
 * What the files say, null for one that is not there.
 * @throws Error when `.gitleaks.toml` cannot be understood: nothing in it counts then
 */
export function readGitleaks(toml: string | null, ignore: string | null): Gitleaks {
  const { parse } = require('smol-toml') as typeof import('smol-toml');
  const config: Table = toml === null ? {} : parse(toml);
  const budget = { left: mostExpressions };
  const lists = listsOf(config, budget);
  const settings = isTable(config['blackbox-ts']) ? config['blackbox-ts'] : {};
  const own = settings.rules === true ? readOwnRules(config, budget) : null;
  const ignored = fingerprints(ignore ?? '');
  const silences: Silences = (asked) => {
    if (!asked.isGuess && asked.ownRule === null && settings.credentials !== true) return false;
    return allowComment.test(asked.lineText) || isIgnored(ignored, asked) || lists.some((list) => agrees(list, asked));
  };
  return { silences, own, idle: own === null ? tables(config.rules).length : 0 };
}
