/** In what state files are: told without a key, for every combination of what may have happened to them. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fileStates, keyEntries, planReseal, readRegistry, textTag } from '../../src/vault/index.js';
import { at, newWorld, type World } from './world.js';

function state(world: World, path = 'f') {
  const [found] = fileStates(world.vault(), world.roster(), [{ path: at(path), groups: [] }]);
  return found;
}

const condition = (world: World, path?: string) => state(world, path)?.condition;

it('each condition', async () => {
  using world = await newWorld();
  expect(condition(world)).toBe('missing');
  world.write('f', 'one');
  expect(condition(world)).toBe('unsealed');
  rmSync(join(world.root, 'f'));
  await world.register('f', 'one');
  expect(condition(world)).toBe('sealed');
  await world.decrypt('f');
  expect(condition(world)).toBe('open');
  world.write('f', 'two');
  expect(state(world)).toMatchObject({ condition: 'changed', conflict: false });
  world.write('f', 'one');
  expect(condition(world)).toBe('open');
  const old = world.read('f.age');
  world.write('f', 'two');
  await world.encrypt('f');
  expect(condition(world)).toBe('open');
  const newer = world.read('f.age');
  world.write('f.age', old);
  expect(condition(world)).toBe('outdated');
  world.write('f', 'three');
  expect(state(world)).toMatchObject({ condition: 'changed', conflict: true });
  world.write('f.age', newer.subarray(0, -20));
  expect(condition(world)).toBe('damaged');
  world.write('f.age', 'f = plaintext');
  expect(condition(world)).toBe('damaged');
});

it('a plaintext of unknown origin may be anything', async () => {
  using world = await newWorld();
  await world.register('f', 'one');
  world.write('f', 'one');
  expect(state(world)).toMatchObject({ condition: 'changed', conflict: true });
  await world.encrypt('f');
  expect(world.read('f').toString()).toBe('one');
  await world.decrypt('f');
  expect(condition(world)).toBe('open');
});

it('what is no file blocks', async () => {
  using world = await newWorld();
  await world.register('dir/f', 'one');
  symlinkSync('elsewhere', join(world.root, 'dir', 'f'));
  expect(condition(world, 'dir/f')).toBe('blocked');
  rmSync(join(world.root, 'dir', 'f'));
  mkdirSync(join(world.root, 'dir', 'f'));
  expect(condition(world, 'dir/f')).toBe('blocked');
  rmSync(join(world.root, 'dir'), { recursive: true });
  symlinkSync('.', join(world.root, 'dir'));
  expect(condition(world, 'dir/f')).toBe('blocked');
  rmSync(join(world.root, 'dir'));
  writeFileSync(join(world.root, 'dir'), '');
  expect(condition(world, 'dir/f')).toBe('blocked');
});

it('readers that are missing or too many, by what the header says', async () => {
  using world = await newWorld();
  await world.register('f', 'one');
  const bob = world.someone('bob');
  await world.enrol(bob);
  expect(state(world)).toMatchObject({ condition: 'sealed', lacking: ['bob'], surplus: [] });
  const reseal = await planReseal(world.vault(), world.roster(), readRegistry(world.vault()), {
    keyring: world.keyring(),
    fresh: false,
  });
  await world.apply(reseal.plan);
  expect(state(world)).toMatchObject({ lacking: [], surplus: [] });
  // A file of keys that is missing takes nobody off the roster: that takes a signature.
  rmSync(join(world.root, '.blackbox/admins/bob.pub'));
  expect(state(world)).toMatchObject({ lacking: [], surplus: [] });
  // One of several keys of a person counts: they may be at the machine with that key.
  await world.change([{ do: 'add-key', name: 'bob', keys: keyEntries(world.someone('x').publicText) }]);
  expect(state(world)).toMatchObject({ lacking: ['bob'], surplus: [] });
  await world.strike(bob);
  expect(state(world)).toMatchObject({ lacking: [], surplus: [textTag(bob.recipient)] });
});

it('a plaintext stays open when its file is sealed anew for others, on this machine', async () => {
  using world = await newWorld();
  await world.register('f', 'one', true);
  expect(condition(world)).toBe('open');
  for (const fresh of [false, true]) {
    await world.enrol(world.someone(fresh ? 'bob' : 'carol'));
    const reseal = await planReseal(world.vault(), world.roster(), readRegistry(world.vault()), {
      keyring: world.keyring(),
      fresh,
    });
    await world.apply(reseal.plan);
    expect(state(world)).toMatchObject({ condition: 'open', lacking: [] });
  }
  world.write('f', 'two');
  const reseal = await planReseal(world.vault(), world.roster(), readRegistry(world.vault()), {
    keyring: world.keyring(),
    fresh: true,
  });
  await world.apply(reseal.plan);
  expect(state(world)).toMatchObject({ condition: 'changed', conflict: false });
});
