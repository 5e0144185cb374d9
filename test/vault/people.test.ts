/** The roster: who is on it, who may be, and that sealed files follow it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPublicKey, generateIdentity, parseRecipientFile, x25519Identity } from '../../src/age/index.js';
import type { Chain } from '../../src/trust/chain.js';
import type { Role } from '../../src/trust/statement.js';
import {
  filesReadableBy,
  findPerson,
  keyEntries,
  type Newcomer,
  openSealed,
  parseName,
  planReseal,
  type Roster,
  readRegistry,
  readRoster,
  withoutPerson,
  withPerson,
} from '../../src/vault/index.js';
import { at, codeOf, newWorld, type World } from './world.js';

const texts = Array.from({ length: 6 }, () => formatPublicKey(x25519Identity(generateIdentity().identity)));
const key = (i: number) => parseRecipientFile(texts[i] ?? '')[0]?.text ?? '';
const textOf = (indexes: readonly number[]) => indexes.map((i) => texts[i]).join('');

const person = (name: string, indexes: readonly number[], role: Role = 'admin', groups: readonly string[] = []) => ({
  name,
  role,
  groups,
  recipients: parseRecipientFile(textOf(indexes)),
  keys: keyEntries(textOf(indexes)).map((k) => ({ ...k, from: '' })),
});
const someone = (name: string, ...indexes: number[]): Newcomer => ({
  ...person(name, indexes),
  keys: keyEntries(textOf(indexes)),
});
const nothing: Chain = {
  founder: '',
  members: new Map(),
  voided: new Map(),
  removed: new Map(),
  unheeded: new Set(),
  heads: [],
  statements: new Map(),
};
const rosterOf = (people: Record<string, number[]>): Roster => ({
  people: Object.entries(people).map(([name, indexes]) => person(name, indexes)),
  trust: { founder: '', firstUse: false, here: nothing, seen: nothing },
});
const peopleOf = (people: Record<string, number[]>) => shown(rosterOf(people));
/** What of a roster counts, wherever its keys came from. */
const shown = ({ people }: Roster) =>
  people.map(({ name, role, groups, recipients, keys }) => ({
    name,
    role,
    groups,
    recipients: recipients.map((r) => r.text),
    signing: keys.map((k) => [k.recipient, k.sign]),
  }));

const reseal = (world: World, fresh = false) =>
  planReseal(world.vault(), world.roster(), readRegistry(world.vault()), { keyring: world.keyring(), fresh });

describe('names', () => {
  it.each(['alice', 'Ana María', 'o.k', 'a@b.example', '李雷', 'x_y-z+1'])('%s is one', (name) => {
    expect(parseName(name)).toBe(name.normalize('NFC'));
  });

  it.each([
    '',
    '.',
    '..',
    'a/b',
    'a\\b',
    '-x',
    '.hidden',
    'a.',
    'a ',
    ' a',
    'a\n',
    'a\u202e',
    'con',
    'NUL.x',
    'x'.repeat(65),
    "o'brien",
  ])('%j is none', async (name) => expect(await codeOf(() => parseName(name))).toBe('ERR_BLACKBOX_BAD_NAME'));

  it('composed and decomposed forms are the same person', () => {
    expect(parseName('the\u0301')).toBe('th\u00e9');
    expect(findPerson(rosterOf({ 'th\u00e9': [0] }), 'the\u0301').name).toBe('th\u00e9');
  });
});

describe('somebody added', () => {
  it('comes with their keys; the same again changes nothing', () => {
    const { roster: one, changes } = withPerson(rosterOf({ al: [0] }), someone('bob', 1, 2), false);
    expect(shown(one)).toEqual(peopleOf({ al: [0], bob: [1, 2] }));
    expect(changes).toEqual([{ do: 'add', name: 'bob', role: 'admin', groups: [], keys: keyEntries(textOf([1, 2])) }]);
    const again = withPerson(one, someone('bob', 2), false);
    expect([shown(again.roster), again.changes]).toEqual([shown(one), []]);
    const more = withPerson(one, someone('bob', 2, 3), true);
    expect(shown(more.roster)).toEqual(peopleOf({ al: [0], bob: [1, 2, 3] }));
    expect(more.changes).toEqual([{ do: 'add-key', name: 'bob', keys: keyEntries(textOf([3])) }]);
  });

  it.each([
    ['bob', 3, 'NAME_TAKEN'],
    ['BOB', 3, 'NAME_TAKEN'],
    ['BOB', 1, 'NAME_TAKEN'],
    ['carol', 0, 'DUPLICATE_KEY'],
    ['../x', 3, 'BAD_NAME'],
  ])('%s with key %i is refused with %s', async (name, index, code) => {
    const roster = rosterOf({ al: [0], bob: [1, 2] });
    expect(await codeOf(() => withPerson(roster, someone(name, index), false))).toBe(`ERR_BLACKBOX_${code}`);
  });
});

describe('somebody removed', () => {
  it('is gone; never the last one, oneself, or nobody', async () => {
    const roster = rosterOf({ al: [0], bob: [1] });
    const al = new Set([key(0)]);
    const { roster: left, changes } = withoutPerson(roster, 'bob', al);
    expect(shown(left)).toEqual(peopleOf({ al: [0] }));
    expect(changes).toEqual([{ do: 'remove', name: 'bob', confirm: [] }]);
    expect(await codeOf(() => withoutPerson(roster, 'al', al))).toBe('ERR_BLACKBOX_REMOVES_ONESELF');
    expect(await codeOf(() => withoutPerson(roster, 'carol', al))).toBe('ERR_BLACKBOX_UNKNOWN_PERSON');
    expect(await codeOf(() => withoutPerson(rosterOf({ bob: [1] }), 'bob', al))).toBe('ERR_BLACKBOX_LAST_ADMIN');
  });
});

describe('a roster on disk', () => {
  const other = generateIdentity();
  it.each([
    ['bob.pub', `${other.recipient}\n`, 'UNSIGNED_ENTRY'],
    ['al.pub', `${other.recipient}\n`, 'UNSIGNED_ENTRY'],
    ['bob.pub', '', 'VAULT_DAMAGED'],
    ['bob.pub', '# only a comment\n', 'VAULT_DAMAGED'],
    ['bob.pub', 'age1nonsense\n', 'VAULT_DAMAGED'],
    ['bob.pub', `${other.identity}\n`, 'VAULT_DAMAGED'],
    ['bob.txt', `${other.recipient}\n`, 'VAULT_DAMAGED'],
    ['AL.pub', `${other.recipient}\n`, 'UNSIGNED_ENTRY'],
    ['-x.pub', `${other.recipient}\n`, 'VAULT_DAMAGED'],
  ])('with %s holding %j is refused as a whole', async (file, content, code) => {
    using world = await newWorld();
    world.write(`.blackbox/admins/${file}`, content);
    const failure = await codeOf(() => readRoster(world.vault()));
    expect(failure).toBe(`ERR_BLACKBOX_${code}`);
    expect(() => readRoster(world.vault())).toThrow(file.replace(/\.pub$/, ''));
    expect(() => readRoster(world.vault())).not.toThrow(other.identity);
  });

  it('with one key under two names is refused: only one of them was signed', async () => {
    using world = await newWorld();
    world.write('.blackbox/admins/bob.pub', `${world.founder.recipient}\n`);
    expect(await codeOf(() => readRoster(world.vault()))).toBe('ERR_BLACKBOX_UNSIGNED_ENTRY');
  });

  it('with a further key for somebody who is on it is refused, naming the commit that brought it', async () => {
    using world = await newWorld();
    world.commit('a vault');
    world.write('.blackbox/admins/al.pub', `${world.founder.publicText}${other.recipient}\n`);
    expect(() => readRoster(world.vault())).toThrow(/al\.pub holds a key that no admin has signed/);
    const commit = world.commit('tidy up');
    expect(() => readRoster(world.vault())).toThrow(
      new RegExp(`brought by commit ${commit.slice(0, 12)} of Al, \\d{4}-\\d\\d-\\d\\d: tidy up`),
    );
  });

  it('without the files of keys is the same: they are a view of what was signed', async () => {
    using world = await newWorld();
    const bob = world.someone('bob');
    await world.enrol(bob, 'writer', 'ops');
    const before = shown(world.roster());
    expect(before.map((p) => [p.name, p.role, p.groups])).toEqual([
      ['al', 'admin', []],
      ['bob', 'writer', ['ops']],
    ]);
    world.git('rm', '-r', '-q', '--cached', '.blackbox/admins');
    for (const name of ['al', 'bob']) world.remove(`.blackbox/admins/${name}.pub`);
    expect(shown(world.roster())).toEqual(before);
  });
});

describe('sealed files follow the roster', () => {
  it('whatever becomes of it, exactly those on it can read', async () => {
    using world = await newWorld();
    await world.register('a', 'content');
    const team = ['bob', 'carol', 'dave'].map((name) => world.someone(name));
    await fc.assert(
      fc.asyncProperty(fc.subarray([0, 1, 2]), fc.boolean(), async (members, fresh) => {
        const there = new Set(world.roster().people.map((p) => p.name));
        for (const [i, who] of team.entries()) {
          if (members.includes(i) && !there.has(who.name)) await world.enrol(who);
          if (!members.includes(i) && there.has(who.name)) await world.strike(who);
        }
        await world.apply((await reseal(world, fresh)).plan);
        for (const [i, who] of team.entries()) {
          const opened = await codeOf(() => openSealed(world.vault(), at('a'), world.keyring(who)));
          expect(opened).toBe(members.includes(i) ? 'it did not fail' : 'ERR_BLACKBOX_NOT_A_RECIPIENT');
        }
        expect((await openSealed(world.vault(), at('a'), world.keyring())).toString()).toBe('content');
        const [person] = world.roster().people.filter((p) => p.name === 'bob');
        if (person !== undefined) {
          expect(filesReadableBy(world.vault(), readRegistry(world.vault()), person).readable).toEqual(['a']);
        }
        expect((await reseal(world)).changed).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  it('and nothing is written when one of them cannot be opened', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    await world.register('b', 'two');
    const sealed = world.read('a.age');
    world.write('b.age', 'not sealed');
    await world.enrol(world.someone('bob'));
    expect(await codeOf(() => reseal(world))).toBe('ERR_BLACKBOX_NOT_SEALED');
    const stranger = { keyring: world.keyring(world.someone('eve')), fresh: false };
    const entries = [{ path: at('a'), groups: [] }];
    expect(await codeOf(() => planReseal(world.vault(), world.roster(), entries, stranger))).toBe(
      'ERR_BLACKBOX_NOT_A_RECIPIENT',
    );
    expect(world.read('a.age').equals(sealed)).toBe(true);
  });

  it('a payload that is damaged is found while the new one is written: the old file stays', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    await world.register('b', 'two');
    const before = world.read('a.age');
    const damaged = world.read('b.age');
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    world.write('b.age', damaged);
    expect(await codeOf(async () => world.apply((await reseal(world, true)).plan))).toBe('ERR_BLACKBOX_DAMAGED');
    expect([world.read('a.age').equals(before), world.read('b.age').equals(damaged)]).toEqual([true, true]);
  });

  it('a file for a group is for nobody while nobody is in one, rather than for all', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    world.write('.blackbox/files', 'a\tops\n');
    // Nobody has signed that it is for a group now; and when somebody does, it is for that group.
    expect(await codeOf(() => reseal(world))).toBe('ERR_BLACKBOX_NOT_AUTHENTIC');
    const options = { keyring: world.keyring(), fresh: false, regroup: new Set([at('a')]) };
    const regrouping = () => planReseal(world.vault(), world.roster(), readRegistry(world.vault()), options);
    expect(await codeOf(regrouping)).toBe('ERR_BLACKBOX_NO_RECIPIENTS');
  });
});
