/**
 * The promise itself: after any sequence of add, remove, role and group change, lost keys, old branches, merges between two clones and
 * re-encryption, exactly the people whom the roster entitles can open each file. With real keys of all kinds; who is entitled is said by rules that
 * know nothing of the program.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BlackboxError } from '../../src/errors.js';
import type { Role } from '../../src/trust/statement.js';
import { currentMembers, readRoster } from '../../src/vault/index.js';
import { everyKind, type Keyed, withAge } from './keys-of-all-kinds.js';
import { type Deed, type Entitled, rosterOf, type Word } from './rules.js';
import { type Clone, newTemplate, paths, type World } from './two-clones.js';

const runs = 5;
/** The same every time, so that a landing does not depend on luck; another one explores. */
const seed = Number(process.env.BLACKBOX_TEST_SEED ?? 1);
/** Whom the founder lets in before the two clones part. */
const team: readonly { role: Role; groups: readonly string[] }[] = [
  { role: 'admin', groups: ['ops'] },
  { role: 'admin', groups: ['db', 'ops'] },
  { role: 'writer', groups: ['db'] },
];
let people: readonly Keyed[] = [];
let spares: ReadonlyMap<string, Keyed> = new Map();
let template: Awaited<ReturnType<typeof newTemplate>>;

beforeAll(async () => {
  people = await everyKind();
  spares = new Map(people.map(({ name }) => [name, withAge(name)]));
  const [ada, ...others] = people as [Keyed, ...Keyed[]];
  template = await newTemplate(ada, async (clone) => {
    for (const [i, { role, groups }] of team.entries()) await clone.add(ada, others[i] as Keyed, role, groups);
  });
});
afterAll(() => template[Symbol.dispose]());

const step = fc.record({
  clone: fc.nat(1),
  kind: fc.constantFrom(
    'add',
    'add',
    'add',
    'remove',
    'role',
    'groups',
    'key',
    'retire',
    'reencrypt',
    'old',
    'sync',
    'sync',
  ),
  who: fc.nat(9),
  target: fc.integer({ min: 1, max: 5 }),
  role: fc.constantFrom<Role>('admin', 'admin', 'writer', 'reader', 'scanner'),
  groups: fc.subarray(['db', 'ops']),
});
type Words = ReadonlySet<Word>;
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** One of each, so that no run goes without. */
const everything: Step[] = [
  ...(['add', 'key', 'retire', 'groups'] as const).map((kind) => ({ kind, target: 4 })),
  ...(['role', 'sync', 'old', 'reencrypt', 'remove'] as const).map((kind) => ({ kind, target: 3 })),
].map((step) => ({ ...step, clone: 0, who: 0, role: 'reader', groups: ['ops'] }));

interface Side {
  readonly clone: Clone;
  words: Set<Word>;
}

/** By the recipients' texts, which is how the rules know keys. */
const everybody = () => [...people, ...spares.values()];
const keyed = (text: string) => everybody().find((k) => k.recipient === text) as Keyed;

/** Somebody who may change the roster, by what this side knows. */
function admin(roster: ReadonlyMap<string, Entitled>, who: number): Keyed {
  const keys = [...roster].flatMap(([, m]) => (m.role === 'admin' ? [...m.keys] : []));
  const able = keys.map(keyed).filter((k) => k.signs);
  return able[who % able.length] as Keyed;
}

function deedOf({ kind, target, role, groups }: Step, roster: ReadonlyMap<string, Entitled>): Deed | null {
  const person = people[target] as Keyed;
  const { name, recipient, signs } = person;
  const spare = spares.get(name) as Keyed;
  const there = roster.get(name);
  if (kind === 'add') return there ? null : { do: 'add', name, role: signs ? role : 'reader', groups, key: recipient };
  if (there === undefined) return null;
  if (kind === 'remove') return { do: 'remove', name };
  if (kind === 'role') return there.role === role || !signs ? null : { do: 'role', name, role };
  if (kind === 'groups') return { do: 'groups', name, groups };
  if (kind === 'key') return there.keys.has(spare.recipient) ? null : { do: 'key', name, key: spare.recipient };
  const [lost] = [...there.keys];
  return kind === 'retire' && there.keys.size > 1 && lost ? { do: 'retire', name, key: lost } : null;
}

async function carryOut({ clone }: Side, by: Keyed, deed: Deed): Promise<void> {
  const { name } = deed;
  if (deed.do === 'add') await clone.add(by, keyed(deed.key), deed.role, deed.groups);
  else if (deed.do === 'key') await clone.add(by, keyed(deed.key), 'reader', [], true);
  else if (deed.do === 'role') await clone.change(by, name, { role: deed.role });
  else if (deed.do === 'groups') await clone.change(by, name, { groups: deed.groups });
  else if (deed.do === 'retire') await clone.retire(by, name, deed.key);
  else await clone.remove(by, name);
}

/** What a command may refuse, and then nothing has happened: whoever cannot open a file cannot wrap it for others. */
const refusals = /^ERR_BLACKBOX_(NOT_A_RECIPIENT|NOT_ON_ROSTER|CANNOT_SIGN|LAST_ADMIN|LAST_KEY|NO_RECIPIENTS)$/;

async function speak(side: Side, step: Step): Promise<string> {
  const roster = rosterOf(side.words);
  const deed = deedOf(step, roster);
  if (deed === null) return 'senseless';
  const by = admin(roster, step.who);
  // Nobody takes from themself what they sign with: the commands refuse it, and ask another admin to do it.
  if (by.name === deed.name && ['remove', 'retire', 'role'].includes(deed.do)) return 'senseless';
  const before = side.clone.git('rev-parse', 'HEAD');
  try {
    await carryOut(side, by, deed);
  } catch (error) {
    const { code } = error as BlackboxError;
    if (!refusals.test(code)) throw error;
    expect(side.clone.git('status', '--porcelain') + side.clone.git('rev-parse', 'HEAD')).toBe(before);
    return 'refused';
  }
  side.words = new Set([...side.words, { by: by.name, key: by.recipient, knows: side.words, deed }]);
  return deed.do;
}

const founder = () => people[0] as Keyed;

function entitledTo(path: string, { role, groups }: Pick<Entitled, 'role' | 'groups'>): boolean {
  if (role === 'scanner') return false;
  return path === paths.all || groups.has(path === paths.ops ? 'ops' : 'db');
}

/** File keys that whoever holds an identity has seen, behind path and recipient: nobody forgets. */
type Learned = Set<string>;

/** Every key there is, on every file; and every file key that somebody who is out has seen before. */
async function expectExactly(clone: Clone, roster: ReadonlyMap<string, Entitled>, learned: Learned): Promise<void> {
  // Nothing happens in between: what the history says is worked out once.
  const here = clone.vault();
  for (const path of Object.values(paths)) {
    for (const one of everybody()) {
      const member = roster.get(one.name);
      const may = member?.keys.has(one.recipient) === true && entitledTo(path, member);
      const key = await clone.opens(here, one, path);
      const whose = `${path} ${one.recipient} `;
      const kept = [...learned].filter((known) => known.startsWith(whose)).map((known) => known.slice(whose.length));
      const opens = key !== null || (!may && kept.some((known) => clone.isKeyOf(here, path, known)));
      if (opens !== may)
        throw new Error(`${one.name} (${one.recipient.slice(0, 12)}) ${may ? 'cannot' : 'can'} open ${path}`);
      if (key !== null) learned.add(`${whose}${key}`);
    }
  }
}

const plain = (roster: Iterable<readonly [string, Entitled]>) =>
  [...roster].map(([name, m]) => [name, m.role, [...m.groups].sort(), [...m.keys].sort()]).sort();

function expectRoster(clone: Clone, words: Set<Word>): void {
  const members = currentMembers(readRoster(clone.vault()).trust);
  const said = members.map(
    (m) =>
      [m.name, { role: m.role, groups: new Set(m.groups), keys: new Set(m.keys.map((k) => k.recipient)) }] as const,
  );
  expect(plain(said)).toEqual(plain(rosterOf(words)));
}

interface Origin {
  words: Set<Word>;
  readonly learned: Learned;
}

/** Pulls, brings the files to the readers that the merged roster says, and pushes. */
async function sync(world: World, side: Side, origin: Origin): Promise<void> {
  world.sync(side.clone);
  side.words = new Set([...side.words, ...origin.words]);
  side.clone.tidy();
  expectRoster(side.clone, side.words);
  await side.clone.reencrypt(founder());
  await expectExactly(side.clone, rosterOf(side.words), origin.learned);
  side.clone.git('push', '-q', 'origin', 'main');
  origin.words = side.words;
}

/** Of those on an old branch, whoever is left by all that the clone has seen taken away, with what that builds upon. */
function leftOf(beginning: Words, words: Words): Map<string, Entitled> {
  const takings = [...words].filter(({ deed }) => deed.do !== 'add' && deed.do !== 'key');
  const seen = rosterOf(new Set([...beginning, ...takings.flatMap((taking) => [taking, ...taking.knows])]));
  const both = <T>(a: ReadonlySet<T>, b: ReadonlySet<T> | undefined) => new Set([...a].filter((one) => b?.has(one)));
  return new Map(
    [...rosterOf(beginning)].map(([name, { role, groups, keys }]) => {
      const now = seen.get(name);
      return [name, { role, groups: both(groups, now?.groups), keys: both(keys, now?.keys) }];
    }),
  );
}

/** On the branch that the vault began with, files are written anew: for nobody whom this clone knows to be gone. */
async function old({ clone, words }: Side, beginning: Words, { learned }: Origin): Promise<void> {
  clone.git('checkout', '-q', '-B', 'old', 'beginning');
  await clone.reencrypt(founder(), true);
  await expectExactly(clone, leftOf(beginning, words), learned);
  clone.git('checkout', '-q', 'main');
}

it('exactly those whom the roster entitles can open each file', async () => {
  const done = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 14, size: 'max' }), async (steps) => {
      using world = template.copy();
      const begun: Word[] = [];
      const tell = (deed: Deed) =>
        void begun.push({ by: 'ada', key: founder().recipient, knows: new Set(begun), deed });
      tell({ do: 'add', name: 'ada', role: 'admin', groups: [], key: founder().recipient });
      tell({ do: 'groups', name: 'ada', groups: ['db', 'ops'] });
      for (const [i, { role, groups }] of team.entries()) {
        const { name, recipient: key } = people[i + 1] as Keyed;
        tell({ do: 'add', name, role, groups, key });
      }
      const sides = world.clones.map((clone): Side => ({ clone, words: new Set(begun) }));
      const origin: Origin = { words: new Set(begun), learned: new Set() };
      await expectExactly(world.clones[0], rosterOf(origin.words), origin.learned);
      for (const one of steps) {
        const side = sides[one.clone] as Side;
        let result: string = one.kind;
        if (one.kind === 'sync') await sync(world, side, origin);
        else if (one.kind === 'old') await old(side, new Set(begun), origin);
        else if (one.kind === 'reencrypt') await side.clone.reencrypt(founder(), true);
        else result = await speak(side, one);
        done.set(result, (done.get(result) ?? 0) + 1);
      }
      const [a, b] = sides as [Side, Side];
      for (const side of [a, b, a]) await sync(world, side, origin);
    }),
    { numRuns: runs, examples: [[everything]], endOnFailure: true, seed },
  );
  for (const deed of ['add', 'remove', 'role', 'groups', 'key', 'sync', 'old', 'reencrypt'])
    expect(done.get(deed)).toBeGreaterThan(0);
}, 300_000);
