/**
 * The rules of docs/security.md once more, over plain sets and without anything of the program: what a team's words add up to.
 * Something is given if somebody who could gave it, and knew of everything that takes it away.
 */
import type { Role } from '../../src/trust/statement.js';

export type Deed =
  | { do: 'add'; name: string; role: Role; groups: readonly string[]; key: string }
  | { do: 'key'; name: string; key: string }
  | { do: 'role'; name: string; role: Role }
  | { do: 'groups'; name: string; groups: readonly string[] }
  | { do: 'retire'; name: string; key: string }
  | { do: 'remove'; name: string };

export interface Word {
  readonly by: string;
  /** The key that signs. */
  readonly key: string;
  /** What the signer knew. A remover confirms all of it that counts for them. */
  readonly knows: ReadonlySet<Word>;
  readonly deed: Deed;
}

export interface Entitled {
  readonly role: Role;
  readonly groups: ReadonlySet<string>;
  readonly keys: ReadonlySet<string>;
}

const ranks: Record<Role, number> = { admin: 0, writer: 1, reader: 2, scanner: 3 };
const roles: readonly Role[] = ['admin', 'writer', 'reader', 'scanner'];

type Words = ReadonlySet<Word>;

/** Whether a word takes another one's force away. */
function strikes(taking: Word, word: Word): boolean {
  const { deed } = taking;
  const unknown = taking !== word && word.knows.size > 0 && !word.knows.has(taking);
  if (!unknown || deed.name !== word.by) return false;
  if (deed.do === 'remove') return !confirms(taking, word);
  if (deed.do === 'retire') return deed.key === word.key && !confirms(taking, word);
  return deed.do === 'role' && deed.role !== 'admin' && !taking.knows.has(word);
}

function confirms(taking: Word, word: Word): boolean {
  return taking.knows.has(word) && counts(taking.knows, word);
}

/** What a remover, or whoever retires a key, says stays valid. */
export function confirmedBy(taking: Word): Word[] {
  const { deed, knows } = taking;
  if (deed.do !== 'remove' && deed.do !== 'retire') return [];
  const own = [...knows].filter((w) => w.by === deed.name && (deed.do === 'remove' || w.key === deed.key));
  return own.filter((w) => confirms(taking, w));
}

function byAdmin(words: Words, { by, key, knows }: Word): boolean {
  const heard = [...knows].filter((w) => w.deed.name === by && counts(words, w));
  const admin = heard.some(({ deed }) => 'role' in deed && deed.role === 'admin');
  return (
    knows.size === 0 || (admin && heard.some(({ deed }) => deed.do !== 'retire' && 'key' in deed && deed.key === key))
  );
}

const memory = new WeakMap<Words, Map<Word, boolean>>();

/** Whether what a word gives is given, among these words. */
export function counts(words: Words, word: Word): boolean {
  const known = memory.get(words) ?? new Map<Word, boolean>();
  memory.set(words, known);
  const before = known.get(word);
  if (before !== undefined) return before;
  const result = byAdmin(words, word) && ![...words].some((taking) => strikes(taking, word));
  known.set(word, result);
  return result;
}

function isGiven(words: Words, name: string, gives: (d: Deed) => boolean, takes: (d: Deed) => boolean): boolean {
  const about = [...words].filter((w) => w.deed.name === name);
  const removals = about.filter((w) => w.deed.do === 'remove' && byAdmin(words, w));
  const lives = (w: Word) => w.deed.do !== 'add' || (counts(words, w) && removals.every((r) => w.knows.has(r)));
  const against = about.filter((w) => byAdmin(words, w) && lives(w) && (w.deed.do === 'remove' || takes(w.deed)));
  return about.some((w) => gives(w.deed) && counts(words, w) && against.every((t) => w === t || w.knows.has(t)));
}

/** Who is on the roster, as what, in which groups, with which keys. */
export function rosterOf(words: Words): Map<string, Entitled> {
  const all = [...words];
  const roster = new Map<string, Entitled>();
  for (const name of new Set(all.map((w) => w.deed.name))) {
    const given = (gives: (d: Deed) => boolean, takes: (d: Deed) => boolean) => isGiven(words, name, gives, takes);
    const never = () => false;
    if (!given((d) => d.do === 'add', never)) continue;
    const role = roles.find((r) =>
      given(
        (d) => 'role' in d && ranks[d.role] <= ranks[r],
        (d) => 'role' in d && ranks[d.role] > ranks[r],
      ),
    );
    const has = (g: string) => (d: Deed) => 'groups' in d && d.groups.includes(g);
    const lacks = (g: string) => (d: Deed) => 'groups' in d && !d.groups.includes(g);
    const groups = ['db', 'ops'].filter((g) => given(has(g), lacks(g)));
    const keys = new Set(all.flatMap(({ deed }) => (deed.name === name && 'key' in deed ? [deed.key] : [])));
    const gives = (key: string) => (d: Deed) => (d.do === 'add' || d.do === 'key') && d.key === key;
    const takes = (key: string) => (d: Deed) => d.do === 'retire' && d.key === key;
    const kept = [...keys].filter((key) => given(gives(key), takes(key)));
    if (kept.length > 0) roster.set(name, { role: role ?? 'scanner', groups: new Set(groups), keys: new Set(kept) });
  }
  return roster;
}
