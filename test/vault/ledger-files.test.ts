/** How the ledger is kept: one file an event, re-wrapped with the rest, and complete however a removal is interrupted. */
import { describe, expect, it } from 'vitest';
import type { Files } from '../../src/host/types.js';
import {
  apply,
  beginRemoval,
  examineRotation,
  filesReadableBy,
  findPerson,
  ledgerEntries,
  planAddPerson,
  planRemovePerson,
  readRegistry,
  seenBefore,
  withoutPerson,
  withPerson,
} from '../../src/vault/index.js';
import { at, codeOf, newcomer, newWorld, type Someone, type World } from './world.js';

async function letIn(world: World, who: Someone): Promise<void> {
  const vault = world.vault();
  const after = withPerson(world.roster(), newcomer(who), false);
  const options = { keyring: world.keyring(), fresh: false };
  await world.apply((await planAddPerson(vault, after, who.name, who.publicText, readRegistry(vault), options)).plan);
}

async function remove(world: World, name: string, files?: Files): Promise<void> {
  const vault = world.vault(files === undefined ? {} : { files });
  const registry = readRegistry(vault);
  const { readable } = filesReadableBy(vault, registry, findPerson(world.roster(), name));
  const seen = seenBefore(vault, name, readable);
  beginRemoval(vault, name, seen);
  const options = { keyring: world.keyring(), fresh: false, seen };
  const after = withoutPerson(world.roster(), name, new Set());
  const { plan, recorded } = await planRemovePerson(vault, after, name, registry, options);
  expect(recorded.size).toBe(0);
  await apply(vault, plan, { keyring: world.keyring() });
  expect([...recorded.keys()].sort()).toEqual(seen);
}

const openOf = async (world: World, who = world.founder) => {
  const { open } = await examineRotation(world.vault(), readRegistry(world.vault()), world.keyring(who));
  return open.map(({ path, key }) => `${path}#${key?.join('.') ?? ''}`);
};

describe('a removal', () => {
  it('records exactly what the person could read', async () => {
    using world = await newWorld();
    const bob = world.someone('bob');
    await world.register('early.json', '{"a":"value one"}');
    await letIn(world, bob);
    await world.register('late.txt', 'text');
    await remove(world, 'bob');
    await world.register('after.json', '{"b":"value two"}');
    expect(await openOf(world)).toEqual(['early.json#a', 'late.txt#']);
    expect(ledgerEntries(world.vault())).toHaveLength(1);
    expect(await codeOf(() => openOf(world, bob))).toBe('ERR_BLACKBOX_NOT_A_RECIPIENT');
  });

  it('that is stopped after the files were written and before the ledger was, records them all when it is run again', async () => {
    using world = await newWorld();
    await world.register('a.json', '{"a":"value one"}');
    await world.register('b.json', '{"b":"value two"}');
    await letIn(world, world.someone('bob'));
    const real = world.vault().host.files;
    let calls = 0;
    const replace: Files['replace'] = async (...args) => {
      calls++;
      if (calls === 2) throw new Error('killed');
      return real.replace(...args);
    };
    await expect(remove(world, 'bob', { ...real, replace })).rejects.toThrow();
    const vault = world.vault();
    const bob = findPerson(world.roster(), 'bob');
    expect(filesReadableBy(vault, readRegistry(vault), bob).readable).toEqual([]);
    expect(ledgerEntries(vault)).toEqual([]);
    await remove(world, 'bob');
    expect(await openOf(world)).toEqual(['a.json#a', 'b.json#b']);
    expect(world.roster().people.map((p) => p.name)).toEqual(['al']);
  });

  it('leaves nothing in the ledger of somebody who could read nothing', async () => {
    using world = await newWorld();
    await letIn(world, world.someone('bob'));
    await remove(world, 'bob');
    expect(ledgerEntries(world.vault())).toEqual([]);
    expect(await openOf(world)).toEqual([]);
  });

  it('brings the events of earlier ones to those who stay, and newcomers get them all', async () => {
    using world = await newWorld();
    const [bob, carol, dave] = ['bob', 'carol', 'dave'].map(world.someone) as [Someone, Someone, Someone];
    await world.register('a.json', '{"a":"value one"}');
    await letIn(world, bob);
    await letIn(world, carol);
    await remove(world, 'bob');
    expect(await openOf(world, carol)).toEqual(['a.json#a']);
    await remove(world, 'carol');
    expect(await codeOf(() => openOf(world, carol))).toBe('ERR_BLACKBOX_NOT_A_RECIPIENT');
    await letIn(world, dave);
    expect(await openOf(world, dave)).toEqual(['a.json#a']);
    expect(ledgerEntries(world.vault())).toHaveLength(2);
  });
});

describe('the folder', () => {
  it('names the groups that an event is for', async () => {
    using world = await newWorld();
    world.write('.blackbox/rotation/0123456789abcdef,ops,dév.age', 'x');
    world.write('.blackbox/not-secret/0123456789abcdef.age', 'x');
    world.write('.blackbox/rotation/.DS_Store', 'x');
    expect(ledgerEntries(world.vault())).toEqual([
      { path: at('.blackbox/rotation/0123456789abcdef,ops,dév'), groups: ['ops', 'dév'] },
      { path: at('.blackbox/not-secret/0123456789abcdef'), groups: [] },
    ]);
  });

  it.each([
    'x.age',
    '0123456789abcdef',
    '0123456789ABCDEF.age',
    '0123456789abcdef,.age',
    '0123456789abcdef,-x.age',
    '0123456789abcdef.age.age',
  ])('refuses %s', async (name) => {
    using world = await newWorld();
    world.write(`.blackbox/rotation/${name}`, 'x');
    expect(await codeOf(() => ledgerEntries(world.vault()))).toBe('ERR_BLACKBOX_VAULT_DAMAGED');
  });
});
