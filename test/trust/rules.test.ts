/** The chain of statements, and the rules told once more over plain sets, say the same of any history. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readChain } from '../../src/trust/chain.js';
import type { Change, Role, SignedStatement } from '../../src/trust/statement.js';
import { confirmedBy, counts, type Deed, type Entitled, rosterOf, type Word } from './rules.js';
import { checkSignature, found, type Signer, say, signer } from './team.js';

const names = ['ada', 'bob', 'cid', 'dan'] as const;
const rolesOf: readonly Role[] = ['admin', 'writer', 'reader'];
/** Each has two keys. */
const keys = new Map(names.map((name) => [name, [signer(name), signer(name)] as const]));
const keyed = new Map<string, Signer>(
  names.flatMap((name) => (keys.get(name) ?? []).map((k) => [k.entry.recipient, k] as const)),
);
const keyOf = (name: string, i: number) => keys.get(name as (typeof names)[number])?.[i % 2] as Signer;

interface Clone {
  words: Set<Word>;
  heads: Set<string>;
}

interface Step {
  readonly clone: number;
  readonly kind: Deed['do'] | 'merge';
  readonly who: number;
  readonly target: number;
  readonly role: number;
  readonly groups: readonly string[];
  readonly key: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  clone: fc.nat(2),
  kind: fc.constantFrom('add', 'add', 'key', 'role', 'role', 'groups', 'retire', 'remove', 'remove', 'merge', 'merge'),
  who: fc.nat(7),
  target: fc.nat(3),
  role: fc.constantFrom(0, 0, 1, 2),
  groups: fc.subarray(['db', 'ops']),
  key: fc.nat(1),
});

const begin: Step = { clone: 0, kind: 'add', who: 0, target: 0, role: 0, groups: ['ops'], key: 0 };

/** What a step would say, where it makes sense. */
function deedOf({ kind, target, role, groups, key }: Step, roster: ReadonlyMap<string, Entitled>): Deed | null {
  const name = names[target] ?? 'ada';
  const there = roster.get(name);
  const { recipient } = keyOf(name, key).entry;
  if (kind === 'merge' || (kind === 'add') === (there !== undefined)) return null;
  if (kind === 'add') return { do: kind, name, role: rolesOf[role] ?? 'reader', groups, key: recipient };
  if (kind === 'key') return there?.keys.has(recipient) ? null : { do: kind, name, key: recipient };
  if (kind === 'retire') return there?.keys.has(recipient) ? { do: kind, name, key: recipient } : null;
  if (kind === 'role') return { do: kind, name, role: rolesOf[role] ?? 'reader' };
  return kind === 'groups' ? { do: kind, name, groups } : { do: kind, name };
}

function changeOf(deed: Deed, confirm: readonly string[]): Change {
  const { name } = deed;
  const entries = 'key' in deed ? [keyed.get(deed.key)?.entry].flatMap((e) => e ?? []) : [];
  switch (deed.do) {
    case 'add':
      return { do: 'add', name, role: deed.role, groups: deed.groups, keys: entries };
    case 'key':
      return { do: 'add-key', name, keys: entries };
    case 'retire':
      return { do: 'retire-key', name, recipient: deed.key, confirm };
    case 'remove':
      return { do: 'remove', name, confirm };
    default:
      return deed;
  }
}

/** Three clones that sign and merge; all that was ever said. */
function play(steps: readonly Step[]): { words: Set<Word>; statements: SignedStatement[] } {
  const first = found(keyOf('ada', 0));
  const founding: Word = {
    by: 'ada',
    key: keyOf('ada', 0).entry.recipient,
    knows: new Set(),
    deed: { do: 'add', name: 'ada', role: 'admin', groups: [], key: keyOf('ada', 0).entry.recipient },
  };
  const signed = new Map<Word, SignedStatement>([[founding, first]]);
  const clones: Clone[] = [0, 1, 2].map(() => ({ words: new Set([founding]), heads: new Set([first.id]) }));
  const three = ['bob', 'cid'].map((_, i) => ({ ...begin, target: i + 1 }));
  for (const it of three) speak(clones[0] as Clone, it, signed, first.id);
  for (const clone of clones.slice(1)) merge(clone, clones[0] as Clone, signed);
  for (const it of steps) {
    const clone = clones[it.clone] as Clone;
    if (it.kind === 'merge') merge(clone, clones[(it.clone + 1 + (it.target % 2)) % 3] as Clone, signed);
    else speak(clone, it, signed, first.id);
  }
  return { words: new Set(signed.keys()), statements: [...signed.values()] };
}

function merge(into: Clone, from: Clone, signed: ReadonlyMap<Word, SignedStatement>): void {
  into.words = new Set([...into.words, ...from.words]);
  const built = new Set([...into.words].flatMap((w) => signed.get(w)?.statement.after ?? []));
  into.heads = new Set([...into.words].map((w) => signed.get(w)?.id ?? '').filter((id) => !built.has(id)));
}

function speak(clone: Clone, it: Step, signed: Map<Word, SignedStatement>, founder: string): void {
  const roster = rosterOf(clone.words);
  const admins = [...roster]
    .filter(([, { role }]) => role === 'admin')
    .flatMap(([name, m]) => [...m.keys].map((k) => [name, k] as const));
  const [by, key] = admins[it.who % Math.max(1, admins.length)] ?? ['', ''];
  const deed = deedOf(it, roster);
  if (by === '' || deed === null) return;
  const word: Word = { by, key, knows: new Set(clone.words), deed };
  const left = rosterOf(new Set([...clone.words, word]));
  if (![...left.values()].some((m) => m.role === 'admin')) return;
  const confirm = confirmedBy(word)
    .map((w) => signed.get(w)?.id ?? '')
    .sort();
  const statement = say(founder, [...clone.heads], keyed.get(key) as Signer, changeOf(deed, confirm));
  if ([...signed.values()].some((s) => s.id === statement.id)) return;
  signed.set(word, statement);
  clone.words = new Set([...clone.words, word]);
  clone.heads = new Set([statement.id]);
}

const plain = (
  entries: Iterable<readonly [string, { role: Role; groups: Iterable<string>; keys: Iterable<string> }]>,
) => [...entries].map(([name, m]) => [name, m.role, [...m.groups].sort(), [...m.keys].sort()]).sort();

function outcome(statements: readonly SignedStatement[]) {
  try {
    const { members, voided } = readChain(statements, statements[0]?.id ?? '', checkSignature);
    const all = [...members].map(([name, m]) => [name, { ...m, keys: m.keys.map((k) => k.recipient) }] as const);
    return { roster: plain(all), voided: [...voided.keys()].sort() };
  } catch (error) {
    return (error as Error).message;
  }
}

it('say the same, whatever was said on three clones that merge now and then', () => {
  const seen = { runs: 0, voided: 0, words: 0 };
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), (steps) => {
      const { words, statements } = play(steps);
      const roster = rosterOf(words);
      const result = outcome(statements);
      if (![...roster.values()].some((m) => m.role === 'admin')) {
        expect(result).toMatch('leave no admin');
        return;
      }
      const entries = [...words].map((w, i) => [w, statements[i]?.id ?? ''] as const);
      const voided = entries.flatMap(([w, id]) => (counts(words, w) ? [] : [id])).sort();
      expect(result).toEqual({ roster: plain(roster), voided });
      seen.runs++;
      seen.voided += voided.length;
      seen.words += words.size;
    }),
    { numRuns: 600 },
  );
  // A property over histories in which nothing happens would say nothing.
  expect(seen.words / seen.runs).toBeGreaterThan(5);
  expect(seen.voided).toBeGreaterThan(100);
});
