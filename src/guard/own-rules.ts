/**
 * A team's own rules, as it has written them for gitleaks: `[[rules]]` of `.gitleaks.toml`. Expressions are run by RE2 in linear time, at about
 * 1 MB/s where they begin with no fixed text: so there are bounds to what they look at, and what is beyond them is told.
 * https://github.com/gitleaks/gitleaks#configuration
 */
import type { RE2JS } from 're2js';
import { visible } from '../text.js';
import { compile, type ExpressionBudget, isTable, type Table, tables, texts } from './gitleaks-table.js';
import { mask } from './mask.js';
import type { NotScanned, View } from './normalise.js';
import { entropy } from './wording.js';

const mostRules = 200;
const longestId = 40;
/** Of one file, by one rule. A larger file is looked at around the rule's keywords. */
const mostOfFile = 256 * 1024;
/** Of one file, by all of them. */
const mostInAll = 16 * mostOfFile;
const aroundKeyword = 8 * 1024;
/** More findings of a rule in one file tell nobody more. */
const mostMatches = 20;

/** What a rule finds; as hits of other rules. */
export interface OwnHit {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
  readonly what: string;
  readonly severity: 'block';
  readonly masked: string;
  readonly own: true;
}

export interface OwnRules {
  find(view: View, path: string): { readonly hits: readonly OwnHit[]; readonly notScanned: readonly NotScanned[] };
  /** What was asked for and is not done, as sentences. */
  readonly notHonoured: readonly string[];
}

interface OwnRule {
  /** As findings name it. */
  readonly id: string;
  readonly what: string;
  /** null: the path alone is what is looked for. */
  readonly regex: RE2JS | null;
  readonly path: RE2JS | null;
  readonly group: number;
  readonly entropy: number;
  /** Lower case. */
  readonly keywords: readonly string[];
}

/** The id under which findings of a rule stand: none of it can be taken for one of our own rules. */
export function ownRuleId(id: string): string {
  return `gitleaks-${id.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`.slice(0, longestId);
}

class NotHonoured extends Error {}

function numberOf(value: unknown, name: string): number {
  if (value === undefined) return 0;
  if (typeof value !== 'number' || !(value >= 0)) throw new NotHonoured(`its ${name} is no number`);
  return value;
}

function expression(value: unknown, name: string, budget: ExpressionBudget): RE2JS | null {
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string') throw new NotHonoured(`its ${name} is no text`);
  // Bytes are looked at one by one: a letter of two bytes would be found nowhere.
  if (/[^\x00-\x7f]/.test(value)) throw new NotHonoured(`its ${name} has letters beyond ASCII`);
  return compile([value], budget)[0] ?? null;
}

function readRule(table: Table, budget: ExpressionBudget): OwnRule {
  if (typeof table.id !== 'string' || !/^[\x21-\x7e]{1,100}$/.test(table.id)) throw new NotHonoured('it has no id');
  if (table.required !== undefined) throw new NotHonoured('it depends on other rules (required)');
  const [regex, path] = [expression(table.regex, 'regex', budget), expression(table.path, 'path', budget)];
  if (regex === null && path === null) throw new NotHonoured('it has neither regex nor path');
  const group = numberOf(table.secretGroup, 'secretGroup');
  if (group > (regex?.groupCount() ?? 0)) throw new NotHonoured('its secretGroup is none of its regex');
  const description = typeof table.description === 'string' ? visible(table.description).slice(0, 100) : '';
  return {
    id: ownRuleId(table.id),
    what: description === '' ? `what the rule ${visible(table.id)} of .gitleaks.toml looks for` : description,
    ...{ regex, path, group },
    entropy: numberOf(table.entropy, 'entropy'),
    keywords: texts(table.keywords).map((word) => word.toLowerCase()),
  };
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What a rule looks at in a text; `whole` says whether that is all of it that it may want. */
function stretchesOf({ keywords }: OwnRule, text: string, lower: string): { parts: Stretch[]; whole: boolean } {
  if (keywords.length > 0 && !keywords.some((word) => lower.includes(word))) return { parts: [], whole: true };
  if (text.length <= mostOfFile) return { parts: [{ from: 0, to: text.length }], whole: true };
  if (keywords.length === 0) return { parts: [{ from: 0, to: mostOfFile }], whole: false };
  const places = keywords.flatMap((word) => placesOf(word, lower)).sort((a, b) => a - b);
  const parts: Stretch[] = [];
  let looked = 0;
  for (const at of places) {
    const last = parts.at(-1);
    const from = Math.max(at - aroundKeyword, last?.to ?? 0);
    const to = Math.min(at + aroundKeyword, text.length);
    if (to <= from) continue;
    looked += to - from;
    if (looked > mostOfFile) return { parts, whole: false };
    if (last !== undefined && from === last.to) parts[parts.length - 1] = { from: last.from, to };
    else parts.push({ from, to });
  }
  return { parts, whole: true };
}

/** As many as fill what may be looked at, even where they stand side by side. */
const mostPlaces = mostOfFile;

function placesOf(word: string, lower: string): number[] {
  const places: number[] = [];
  if (word === '') return places;
  for (
    let at = lower.indexOf(word);
    at >= 0 && places.length < mostPlaces;
    at = lower.indexOf(word, at + aroundKeyword / 2)
  )
    places.push(at);
  return places;
}

/** The secret in a match: the group that was asked for, else the first that holds anything, else all of it. */
function secretIn(matcher: ReturnType<RE2JS['matcher']>, { group, regex }: OwnRule): number {
  if (group > 0) return group;
  for (let i = 1; i <= (regex?.groupCount() ?? 0); i++) if ((matcher.group(i) ?? '') !== '') return i;
  return 0;
}

function* matchesIn(rule: OwnRule, text: string, { from, to }: Stretch): Generator<OwnHit> {
  const matcher = rule.regex?.matcher(text.slice(from, to));
  for (let i = 0; i < mostMatches && matcher?.find() === true; i++) {
    const group = secretIn(matcher, rule);
    const secret = matcher.group(group) ?? '';
    if (secret === '' || (rule.entropy > 0 && entropy(secret) <= rule.entropy)) continue;
    const [start, end] = [from + matcher.start(group), from + matcher.end(group)];
    const masked = mask(Buffer.from(secret, 'latin1'));
    yield { start, end, rule: rule.id, what: rule.what, severity: 'block', masked, own: true };
  }
}

function forPath({ id, what }: OwnRule): OwnHit {
  return { start: -1, end: -1, rule: id, what, severity: 'block', masked: '', own: true };
}

function finder(rules: readonly OwnRule[]): OwnRules['find'] {
  return ({ bytes, within, isText }, path) => {
    const mine = rules.filter((rule) => rule.path === null || rule.path.matcher(path).find());
    const hits = within === '' ? mine.filter(({ regex }) => regex === null).map(forPath) : [];
    const searching = isText ? mine.filter(({ regex }) => regex !== null) : [];
    if (searching.length === 0) return { hits, notScanned: [] };
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const lower = text.toLowerCase();
    let left = mostInAll;
    const cut: string[] = [];
    for (const rule of searching) {
      const { parts, whole } = stretchesOf(rule, text, lower);
      left -= parts.reduce((sum, { from, to }) => sum + to - from, 0);
      if (!whole || left < 0) cut.push(rule.id);
      if (left >= 0) for (const part of parts) hits.push(...matchesIn(rule, text, part));
    }
    const what = `so large that ${cut.length === 1 ? `the rule ${cut[0]}` : `${cut.length} rules of .gitleaks.toml`} did not look at all of it`;
    return { hits, notScanned: cut.length === 0 ? [] : [{ what, within }] };
  };
}

function notHonouredOf(config: Table): string[] {
  const extend = isTable(config.extend) ? config.extend : {};
  return [
    ...['path', 'url'].filter((key) => extend[key] !== undefined).map((key) => `extend.${key} is not followed`),
    ...(extend.disabledRules === undefined ? [] : ['extend.disabledRules: the rules of this program have other names']),
  ];
}

/** The `[[rules]]` of a configuration. A rule that cannot be run is told, and the others are run. */
export function readOwnRules(config: Table, budget: ExpressionBudget): OwnRules {
  const rules: OwnRule[] = [];
  const notHonoured = notHonouredOf(config);
  const all = tables(config.rules);
  for (const [i, table] of all.slice(0, mostRules).entries()) {
    try {
      rules.push(readRule(table, budget));
    } catch (error) {
      const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
      const name = typeof table.id === 'string' ? table.id : `number ${i + 1}`;
      notHonoured.push(`the rule ${visible(name)} is not run: ${visible(reason)}`);
    }
  }
  if (all.length > mostRules) notHonoured.push(`of ${all.length} rules, the first ${mostRules} are run`);
  return { find: finder(rules), notHonoured };
}
