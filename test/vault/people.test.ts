/** The roster: who is on it, who may be, and that sealed files follow it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateIdentity, parseRecipient } from '../../src/age/index.js';
import {
  filesReadableBy,
  findPerson,
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

const keys = Array.from({ length: 6 }, () => parseRecipient(generateIdentity().recipient));
const key = (i: number) => keys[i] as (typeof keys)[number];
const rosterOf = (people: Record<string, number[]>): Roster => ({
  people: Object.entries(people).map(([name, indexes]) => ({ name, recipients: indexes.map(key) })),
});

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
    const one = withPerson(rosterOf({ al: [0] }), 'bob', [key(1), key(2)], false);
    expect(one).toEqual(rosterOf({ al: [0], bob: [1, 2] }));
    expect(withPerson(one, 'bob', [key(2)], false)).toEqual(one);
    expect(withPerson(one, 'bob', [key(3)], true)).toEqual(rosterOf({ al: [0], bob: [1, 2, 3] }));
  });

  it.each([
    ['bob', 3, 'NAME_TAKEN'],
    ['BOB', 3, 'NAME_TAKEN'],
    ['BOB', 1, 'NAME_TAKEN'],
    ['carol', 0, 'DUPLICATE_KEY'],
    ['../x', 3, 'BAD_NAME'],
  ])('%s with key %i is refused with %s', async (name, index, code) => {
    const roster = rosterOf({ al: [0], bob: [1, 2] });
    expect(await codeOf(() => withPerson(roster, name, [key(index)], false))).toBe(`ERR_BLACKBOX_${code}`);
  });
});

describe('somebody removed', () => {
  it('is gone; never the last one, oneself, or nobody', async () => {
    const roster = rosterOf({ al: [0], bob: [1] });
    const al = new Set([key(0).text]);
    expect(withoutPerson(roster, 'bob', al)).toEqual(rosterOf({ al: [0] }));
    expect(await codeOf(() => withoutPerson(roster, 'al', al))).toBe('ERR_BLACKBOX_REMOVES_ONESELF');
    expect(await codeOf(() => withoutPerson(roster, 'carol', al))).toBe('ERR_BLACKBOX_UNKNOWN_PERSON');
    expect(await codeOf(() => withoutPerson(rosterOf({ bob: [1] }), 'bob', al))).toBe('ERR_BLACKBOX_LAST_ADMIN');
  });
});

describe('a roster on disk', () => {
  const other = generateIdentity();
  it.each([
    ['bob.pub', '', 'VAULT_DAMAGED'],
    ['bob.pub', '# only a comment\n', 'VAULT_DAMAGED'],
    ['bob.pub', 'age1nonsense\n', 'VAULT_DAMAGED'],
    ['bob.pub', `${other.identity}\n`, 'VAULT_DAMAGED'],
    ['bob.txt', `${other.recipient}\n`, 'VAULT_DAMAGED'],
    ['AL.pub', `${other.recipient}\n`, 'VAULT_DAMAGED'],
    ['-x.pub', `${other.recipient}\n`, 'VAULT_DAMAGED'],
  ])('with %s holding %j is refused as a whole', async (file, content, code) => {
    using world = await newWorld();
    world.write(`.blackbox/admins/${file}`, content);
    const failure = await codeOf(() => readRoster(world.vault()));
    expect([`ERR_BLACKBOX_${code}`, 'ERR_BLACKBOX_BAD_NAME']).toContain(failure);
    expect(() => readRoster(world.vault())).toThrow(file.replace(/\.pub$/, ''));
    expect(() => readRoster(world.vault())).not.toThrow(other.identity);
  });

  it('with one key under two names is refused', async () => {
    using world = await newWorld();
    world.write('.blackbox/admins/bob.pub', `${world.founder.recipient}\n`);
    expect(await codeOf(() => readRoster(world.vault()))).toBe('ERR_BLACKBOX_DUPLICATE_KEY');
  });
});

describe('sealed files follow the roster', () => {
  it('whatever becomes of it, exactly those on it can read', async () => {
    using world = await newWorld();
    await world.register('a', 'content');
    const team = ['bob', 'carol', 'dave'].map((name) => world.someone(name));
    await fc.assert(
      fc.asyncProperty(fc.subarray([0, 1, 2]), fc.boolean(), async (members, fresh) => {
        for (const who of team) rmSync(join(world.root, `.blackbox/admins/${who.name}.pub`), { force: true });
        for (const i of members) world.enrol(team[i] as (typeof team)[number]);
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
    world.enrol(world.someone('bob'));
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
    expect(await codeOf(() => reseal(world))).toBe('ERR_BLACKBOX_NO_RECIPIENTS');
  });
});
