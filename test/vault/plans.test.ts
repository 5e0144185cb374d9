/** Plans for files: what each command would do, and above all what it must not. */
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  openSealed,
  planDecrypt,
  planDeregister,
  planEncrypt,
  planRegister,
  planShred,
  readRegistry,
} from '../../src/vault/index.js';
import { at, codeOf, newWorld, type Someone, type World } from './world.js';

const entry = (path: string) => ({ path: at(path), groups: [] });

function planningRegister(world: World, paths: readonly string[], who?: Someone, keep = false) {
  const options = { keep, keyring: world.keyring(who), tracked: new Set<string>() };
  return planRegister(world.vault(), world.roster(), readRegistry(world.vault()), paths.map(at), options);
}

async function shred(world: World, path: string, force = false): Promise<void> {
  const options = { force, named: true, keyring: world.keyring() };
  await world.apply(await planShred(world.vault(), [entry(path)], options));
}

async function deregister(world: World, path: string, remove = false, force = false): Promise<void> {
  const options = { remove, force, keyring: world.keyring() };
  await world.apply(await planDeregister(world.vault(), readRegistry(world.vault()), [entry(path)], options));
}

describe('register', () => {
  it('seals, lists, ignores, stages, and removes the plaintext', async () => {
    using world = await newWorld();
    await world.register('dir/a.txt', 'content');
    expect(world.has('dir/a.txt')).toBe(false);
    expect(world.read('.blackbox/files').toString()).toBe('dir/a.txt\n');
    expect(world.read('.gitignore').toString()).toBe('/dir/a.txt\n');
    expect(world.git('status', '--porcelain').split('\n')).toContain('A  dir/a.txt.age');
    await world.decrypt('dir/a.txt');
    expect(world.read('dir/a.txt').toString()).toBe('content');
  });

  it.each([
    ['a.txt', 'ALREADY_REGISTERED'],
    ['A.TXT', 'PATH_REFUSED'],
    ['a.txt.age', 'NOT_SEALABLE'],
    ['b', 'NOT_SEALABLE'],
    ['missing', 'NOT_SEALABLE'],
    ['folder', 'NOT_SEALABLE'],
    ['link', 'UNSAFE_PATH'],
    ['sub/.gitattributes', 'NOT_SEALABLE'],
    ['taken', 'SEALED_EXISTS'],
  ])('%s is refused with %s, and with it everything named beside it', async (path, code) => {
    using world = await newWorld();
    await world.register('a.txt', 'one');
    // `b` sealed would be `b.age`, which is a plaintext here.
    await world.register('b.age', 'an age file of its own');
    for (const name of ['a.txt', 'A.TXT', 'b', 'folder/x', 'sub/.gitattributes', 'taken', 'taken.age', 'fine']) {
      world.write(name, 'two');
    }
    symlinkSync('a.txt', join(world.root, 'link'));
    expect(await codeOf(() => planningRegister(world, ['fine', path]))).toBe(`ERR_BLACKBOX_${code}`);
  });

  it('takes no plaintext from somebody who could not read it again, before anything is written', async () => {
    using world = await newWorld();
    world.write('a', 'mine');
    const outsider = world.someone('eve');
    expect(await codeOf(() => planningRegister(world, ['a'], outsider))).toBe('ERR_BLACKBOX_NOT_ON_ROSTER');
    const kept = await planningRegister(world, ['a'], outsider, true);
    expect(kept.shred).toEqual([]);
  });

  it('finishes what a killed run has begun', async () => {
    using world = await newWorld();
    world.write('a', 'content');
    const { seals, lastWrites, ...rest } = await planningRegister(world, ['a']);
    expect([seals.length, lastWrites.length]).toEqual([1, 2]);
    const nothing = { ...rest, seals: [], lastWrites: [], shred: [], stage: [], unstage: [] };
    // Killed between the sealed file and the registry.
    await world.apply({ ...nothing, seals });
    await world.apply(await planningRegister(world, ['a']));
    expect([world.has('a'), world.git('diff', '--cached', '--name-only')]).toEqual([
      false,
      expect.stringContaining('a.age'),
    ]);
    // Killed between the registry and the removal.
    world.write('a', 'content');
    await world.apply(await planningRegister(world, ['a']));
    expect(world.has('a')).toBe(false);
    // Killed before staging.
    world.git('rm', '-q', '--cached', 'a.age', '.blackbox/files');
    await world.apply(await planningRegister(world, ['a']));
    expect(world.git('diff', '--cached', '--name-only')).toContain('a.age');
    // A plaintext that is not what is sealed is somebody's change.
    world.write('a', 'changed');
    expect(await codeOf(() => planningRegister(world, ['a']))).toBe('ERR_BLACKBOX_ALREADY_REGISTERED');
  });
});

describe('encrypt', () => {
  const planning = (world: World, path: string, options: { force?: boolean; named?: boolean; who?: Someone } = {}) =>
    planEncrypt(world.vault(), world.roster(), [entry(path)], {
      force: options.force ?? false,
      named: options.named ?? true,
      keyring: world.keyring(options.who),
    });

  it('seals what has changed, and nothing else', async () => {
    using world = await newWorld();
    await world.register('a', 'one', true);
    expect(await planning(world, 'a')).toMatchObject({ sealed: [], unchanged: ['a'] });
    world.write('a', 'two');
    expect((await planning(world, 'a')).sealed).toEqual(['a']);
    await world.encrypt('a');
    expect((await planning(world, 'a')).unchanged).toEqual(['a']);
    expect(world.read('a').toString()).toBe('two');
    expect((await planning(world, 'a', { force: true })).sealed).toEqual(['a']);
  });

  it('seals for new readers what has not changed', async () => {
    using world = await newWorld();
    await world.register('a', 'one', true);
    await world.enrol(world.someone('bob'));
    expect((await planning(world, 'a')).sealed).toEqual(['a']);
  });

  it('never goes over what somebody else has sealed', async () => {
    using world = await newWorld();
    await world.register('a', 'one', true);
    const first = world.read('a.age');
    world.write('a', 'theirs');
    await world.encrypt('a');
    const theirs = world.read('a.age');
    world.write('a.age', first);
    await world.decrypt('a', true);
    world.write('a.age', theirs);
    expect(await codeOf(() => planning(world, 'a'))).toBe('ERR_BLACKBOX_NEWER_SEALED');
    world.write('a', 'mine');
    expect(await codeOf(() => planning(world, 'a'))).toBe('ERR_BLACKBOX_NEWER_SEALED');
    expect(await codeOf(() => planning(world, 'a', { named: false }))).toBe('ERR_BLACKBOX_NEWER_SEALED');
    await world.encrypt('a', true);
    expect(world.read('a').toString()).toBe('mine');
  });

  it('knows the same content under another key, and an unchanged base', async () => {
    using world = await newWorld();
    await world.register('a', 'one', true);
    await world.encrypt('a', true);
    const again = world.read('a.age');
    await world.encrypt('a', true);
    world.write('a.age', again);
    // The sealed file is another one than the plaintext's origin, and holds the same.
    expect((await planning(world, 'a')).unchanged).toEqual(['a']);
    world.write('a', 'two');
    expect((await planning(world, 'a')).sealed).toEqual(['a']);
    // Who cannot look cannot know.
    expect(await codeOf(() => planning(world, 'a', { who: world.someone('eve') }))).toBe('ERR_BLACKBOX_NEWER_SEALED');
  });

  it('seals for nobody else than it was sealed for, whatever the registry has come to say', async () => {
    using world = await newWorld();
    const [bob, carol] = [world.someone('bob'), world.someone('carol')];
    await world.enrol(bob, 'admin', 'ops');
    await world.enrol(carol, 'writer', 'dev');
    world.write('a', 'one');
    const registering = { keep: true, keyring: world.keyring(bob), tracked: new Set<string>(), groups: ['ops'] };
    await world.apply(await planRegister(world.vault(), world.roster(), [], [at('a')], registering), bob);
    const sealed = world.read('a.age');
    const own = (groups: readonly string[], force: boolean) => {
      const options = { force, named: true, keyring: world.keyring(bob) };
      return planEncrypt(world.vault(), world.roster(), [{ path: at('a'), groups }], options);
    };
    world.write('a', 'two, a secret of ops');
    // Carol can write to the repository: to the registry, which nobody signs.
    for (const groups of [[], ['dev'], ['dev', 'ops']]) {
      for (const force of [false, true]) {
        expect(await codeOf(() => own(groups, force))).toBe('ERR_BLACKBOX_NOT_AUTHENTIC');
      }
    }
    expect(world.read('a.age').equals(sealed)).toBe(true);
    await world.apply((await own(['ops'], false)).plan, bob);
    expect(await codeOf(() => openSealed(world.vault(), at('a'), world.keyring(carol)))).toBe(
      'ERR_BLACKBOX_NOT_A_RECIPIENT',
    );
  });

  it('refuses to seal over a damaged file, and without a plaintext', async () => {
    using world = await newWorld();
    await world.register('a', 'one', true);
    world.write('a.age', 'something else');
    expect(await codeOf(() => planning(world, 'a'))).toBe('ERR_BLACKBOX_NOT_SEALED');
    rmSync(join(world.root, 'a'));
    expect(await codeOf(() => planning(world, 'a'))).toBe('ERR_BLACKBOX_PLAINTEXT_MISSING');
    expect(await planning(world, 'a', { named: false })).toMatchObject({ sealed: [], unchanged: [] });
  });

  it('a change during the sealing is not taken for sealed', async () => {
    using world = await newWorld();
    await world.register('a', 'one', true);
    world.write('a', 'two');
    const { plan } = await planning(world, 'a');
    const [draft] = plan.seals;
    if (draft === undefined) throw new Error('nothing to seal');
    // Somebody saves the file once more right after it was read.
    function* late(): Generator<Uint8Array> {
      yield* draft?.payload() ?? [];
      world.write('a', 'three');
    }
    await world.apply({ ...plan, seals: [{ ...draft, payload: late }] });
    expect((await planning(world, 'a')).sealed).toEqual(['a']);
    expect(await codeOf(() => shred(world, 'a'))).toBe('ERR_BLACKBOX_PLAINTEXT_CHANGED');
  });
});

describe('decrypt', () => {
  const planning = (world: World, path: string, force = false, who?: Someone) =>
    planDecrypt(world.vault(), [entry(path)], world.keyring(who), force);

  it('writes for the owner only, and nothing that is there already', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    await world.decrypt('a');
    expect(world.vault().host.files.stat(join(world.root, 'a'))?.mode).toBe(0o600);
    expect(await planning(world, 'a')).toMatchObject({ written: [], unchanged: ['a'] });
    world.write('b', 'one', 0o644);
    await world.register('b', 'one', true);
    // Readable for others: it is written anew.
    if (process.platform !== 'win32') expect((await planning(world, 'b')).written).toEqual(['b']);
  });

  it('loses no change unasked', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    world.write('a', 'mine');
    expect(await codeOf(() => planning(world, 'a'))).toBe('ERR_BLACKBOX_PLAINTEXT_CHANGED');
    await world.decrypt('a', true);
    expect(world.read('a').toString()).toBe('one');
  });

  it('brings an unchanged plaintext up to date', async () => {
    using world = await newWorld();
    await world.register('a', 'one', true);
    const first = world.read('a.age');
    world.write('a', 'two');
    await world.encrypt('a');
    const second = world.read('a.age');
    world.write('a.age', first);
    await world.decrypt('a', true);
    world.write('a.age', second);
    await world.decrypt('a');
    expect(world.read('a').toString()).toBe('two');
  });

  it('one that cannot be opened stops all of them', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    await world.register('b', 'two');
    const damaged = world.read('b.age');
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    world.write('b.age', damaged);
    const both = planDecrypt(world.vault(), [entry('a'), entry('b')], world.keyring(), false);
    expect(await codeOf(async () => world.apply((await both).plan))).toBe('ERR_BLACKBOX_DAMAGED');
    expect([world.has('a'), world.has('b')]).toEqual([false, false]);
    expect(await codeOf(() => planning(world, 'a', false, world.someone('eve')))).toBe('ERR_BLACKBOX_NOT_A_RECIPIENT');
  });

  it('follows no symlink', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    world.write('victim', 'precious');
    symlinkSync('victim', join(world.root, 'a'));
    for (const force of [false, true]) {
      expect(await codeOf(() => planning(world, 'a', force))).toBe('ERR_BLACKBOX_UNSAFE_PATH');
    }
    expect(world.read('victim').toString()).toBe('precious');
  });
});

describe('shred', () => {
  it('removes what is sealed, and nothing that is not', async () => {
    using world = await newWorld();
    await world.register('a', 'one', true);
    await shred(world, 'a');
    expect(world.has('a')).toBe(false);
    expect(await codeOf(() => shred(world, 'a'))).toBe('ERR_BLACKBOX_PLAINTEXT_MISSING');
    world.write('a', 'one');
    await shred(world, 'a');
    world.write('a', 'mine');
    expect(await codeOf(() => shred(world, 'a'))).toBe('ERR_BLACKBOX_PLAINTEXT_CHANGED');
    await shred(world, 'a', true);
    expect(world.has('a')).toBe(false);
  });

  it('keeps the only copy when the sealed file is damaged or gone', async () => {
    using world = await newWorld();
    await world.register('a', 'one', true);
    const sealed = world.read('a.age');
    world.write('a.age', sealed.subarray(0, -1));
    expect(await codeOf(() => shred(world, 'a'))).toBe('ERR_BLACKBOX_DAMAGED');
    world.write('a.age', Buffer.concat([sealed, Buffer.from('x')]));
    expect(await codeOf(() => shred(world, 'a'))).toBe('ERR_BLACKBOX_DAMAGED');
    world.write('a.age', 'not sealed');
    expect(await codeOf(() => shred(world, 'a'))).toBe('ERR_BLACKBOX_PLAINTEXT_CHANGED');
    rmSync(join(world.root, 'a.age'));
    expect(await codeOf(() => shred(world, 'a'))).toBe('ERR_BLACKBOX_PLAINTEXT_CHANGED');
    expect(world.read('a').toString()).toBe('one');
  });
});

describe('deregister', () => {
  it('leaves the plaintext, and writes it where there was none', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    await world.register('b', 'two', true);
    world.write('b', 'newer');
    await deregister(world, 'a');
    await deregister(world, 'b');
    expect([world.read('a').toString(), world.read('b').toString()]).toEqual(['one', 'newer']);
    expect([world.has('a.age'), world.has('b.age')]).toEqual([false, false]);
    expect([world.read('.blackbox/files').toString(), world.read('.gitignore').toString()]).toEqual(['', '']);
  });

  it('loses no version that only the sealed file has', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    world.write('a', 'something else');
    expect(await codeOf(() => deregister(world, 'a'))).toBe('ERR_BLACKBOX_NEWER_SEALED');
    await deregister(world, 'a', false, true);
    expect(world.read('a').toString()).toBe('something else');
  });

  it('with removal, loses no change that is not sealed', async () => {
    using world = await newWorld();
    await world.register('a', 'one', true);
    world.write('a', 'two');
    expect(await codeOf(() => deregister(world, 'a', true))).toBe('ERR_BLACKBOX_PLAINTEXT_CHANGED');
    await deregister(world, 'a', true, true);
    expect([world.has('a'), world.has('a.age')]).toEqual([false, false]);
  });

  it('stays when it cannot be opened', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    world.write('a.age', world.read('a.age').subarray(0, -1));
    expect(await codeOf(() => deregister(world, 'a'))).toMatch(/DAMAGED|NOT_SEALED/);
    expect(world.read('.blackbox/files').toString()).toBe('a\n');
  });
});
