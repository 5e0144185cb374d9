/** Finds credentials that are known by their form: a rule's expression is tried only where one of its keywords stands. */
import { type Assignment, assignmentAt } from './assignment.js';
import { buildKeywords, findKeywords, type Keywords } from './keywords.js';
import { isMadeUp } from './placeholders.js';
import type { FoundRule, NamedRule, Place, Rule, TokenRule } from './rules/rule.js';

/** Looked through at a time: bounds the text that is held, whatever the size of a file. */
const sliceBytes = 1 << 20;
/** More than any rule looks at around a keyword. */
const margin = 1 << 14;
/** More findings than this in one file tell nobody more. */
const mostMatches = 20;

/** A secret, by offsets in the bytes that were looked at. */
export interface SecretMatch extends Place {
  readonly rule: Rule;
  /** Of rules with a checksum, whether it is right. */
  readonly checksum?: boolean;
}

/** Words of other layers, which are looked for in the same pass: told with a text, where they stand in it, and where it begins in the bytes. */
export type OnWord = (text: string, start: number, end: number, base: number) => void;

export interface RuleSet {
  readonly keywords: Keywords;
  readonly lengths: readonly number[];
  /** By keyword; none for words of other layers. */
  readonly rules: readonly (readonly Rule[])[];
  /** The first rules win where several match. */
  readonly order: ReadonlyMap<Rule, number>;
}

export function buildRules(rules: readonly Rule[], words: readonly string[] = []): RuleSet {
  const byKeyword = new Map<string, Rule[]>(words.map((word) => [word, []]));
  for (const rule of rules) {
    for (const keyword of rule.keywords) byKeyword.set(keyword, [...(byKeyword.get(keyword) ?? []), rule]);
  }
  const all = [...byKeyword.keys()];
  return {
    keywords: buildKeywords(all),
    lengths: all.map((keyword) => keyword.length),
    rules: [...byKeyword.values()],
    order: new Map(rules.map((rule, i) => [rule, i])),
  };
}

const isAlphanumeric = (code: number) =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);

/** Whether what ends before `at` is an escape, as in `\nghp_…` or `%3Dghp_…`: then its letters are none that adjoin. */
function endsEscape(text: string, at: number): boolean {
  const near = text.slice(Math.max(0, at - 6), at);
  return /[\\%]/.test(near) && /(?:\\[abfnrtv0]|%[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2})$/.test(near);
}

/** Whether what begins at `at` goes on no word. Asked first, because of most keywords that stand inside words it is false. */
function beginsWord(text: string, at: number): boolean {
  if (at === 0 || !isAlphanumeric(text.charCodeAt(at))) return true;
  return !isAlphanumeric(text.charCodeAt(at - 1)) || endsEscape(text, at);
}

function matchToken({ token, lead = 0 }: TokenRule, text: string, at: number): Place | null {
  const start = at - lead;
  if (start < 0 || !beginsWord(text, start)) return null;
  token.lastIndex = start;
  const found = token.exec(text);
  const end = token.lastIndex;
  if (found === null || (end < text.length && isAlphanumeric(text.charCodeAt(end)))) return null;
  return { start: end - (found[1] ?? found[0]).length, end };
}

function matchNamed({ value, name }: NamedRule, assigned: Assignment | null): Place | null {
  if (assigned === null || (name !== undefined && !name.test(assigned.name)) || !value.test(assigned.value))
    return null;
  return { start: assigned.valueStart, end: assigned.valueStart + assigned.value.length };
}

function matchFound({ find }: FoundRule, text: string, at: number): Place | null {
  return find(text, at);
}

function matchRule(rule: Rule, text: string, at: number, assigned: () => Assignment | null): SecretMatch | null {
  const place =
    'token' in rule
      ? matchToken(rule, text, at)
      : 'value' in rule
        ? matchNamed(rule, assigned())
        : matchFound(rule, text, at);
  if (place === null) return null;
  const secret = text.slice(place.start, place.end);
  if (isMadeUp(secret) || rule.check?.(secret, text, place.start) === false) return null;
  return { rule, ...place, ...(rule.checksum === undefined ? {} : { checksum: rule.checksum(secret) }) };
}

/** All matches at one keyword. */
function matchesAt(rules: readonly Rule[], text: string, start: number, end: number): SecretMatch[] {
  let parsed: Assignment | null | undefined;
  const assigned = () => {
    if (parsed === undefined) parsed = assignmentAt(text, start, end);
    return parsed;
  };
  return rules.map((rule) => matchRule(rule, text, start, assigned)).filter((found) => found !== null);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** What overlaps is one secret, named by the rule that comes first. */
function distinct(found: SecretMatch[], { order }: RuleSet): SecretMatch[] {
  const rank = ({ rule }: SecretMatch) => order.get(rule) ?? 0;
  const kept: SecretMatch[] = [];
  for (const match of found.sort((a, b) => rank(a) - rank(b))) {
    if (!kept.some((other) => other.start < match.end && match.start < other.end)) kept.push(match);
  }
  return kept.sort((a, b) => a.start - b.start).slice(0, mostMatches);
}

/** Credentials in `bytes`, in order. Bytes are taken for characters one by one: offsets in the text are offsets in the bytes. */
export function findSecrets(set: RuleSet, bytes: Uint8Array, onWord?: OnWord): SecretMatch[] {
  const all: SecretMatch[] = [];
  for (let base = 0; base === 0 || base + margin < bytes.length; base += sliceBytes) {
    const slice = bytes.subarray(base, base + sliceBytes + 2 * margin);
    const from = base === 0 ? 0 : margin;
    let text: string | undefined;
    findKeywords(set.keywords, slice, (keyword, end) => {
      const start = end - (set.lengths[keyword] as number);
      // Each keyword belongs to one slice, in which at least `margin` bytes around it can be seen.
      if (start < from || start >= sliceBytes + margin) return;
      text ??= latin1(slice);
      const rules = set.rules[keyword] as readonly Rule[];
      if (rules.length === 0) onWord?.(text, start, end, base);
      else if (all.length < 50 * mostMatches) {
        for (const match of matchesAt(rules, text, start, end))
          all.push({ ...match, start: base + match.start, end: base + match.end });
      }
    });
  }
  return distinct(all, set);
}
