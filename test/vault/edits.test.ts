/** Edits: put in place only over what they began from, and kept sealed when they cannot be. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkUnmoved,
  dropUnfinished,
  openForEdit,
  openSealed,
  openUnfinished,
  planEdit,
  prepareUnfinished,
  readRegistry,
  readUnfinished,
  unfinishedOf,
} from '../../src/vault/index.js';
import { filesBelow } from '../harness/search.js';
import { at, codeOf, newWorld, type Someone, type World } from './world.js';

const entry = { path: at('a'), groups: [] };
const begin = (world: World) => openForEdit(world.vault(), at('a'), world.keyring());

async function put(
  world: World,
  content: string,
  base: Awaited<ReturnType<typeof begin>>['origin'] | null,
  who?: Someone,
) {
  const edit = { path: at('a'), content: Buffer.from(content), base };
  const plan = await planEdit(world.vault(), world.roster(), readRegistry(world.vault()), edit, world.keyring(who));
  await world.apply(plan, who);
}

const sealed = async (world: World) => (await openSealed(world.vault(), at('a'), world.keyring())).toString();

describe('an edit', () => {
  it('is sealed, and leaves no plaintext', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    const { content, origin } = await begin(world);
    expect(content.toString()).toBe('one');
    await put(world, 'two', origin);
    expect([await sealed(world), world.has('a')]).toEqual(['two', false]);
  });

  it('takes along a plaintext that is what was sealed, or that nobody has changed', async () => {
    using world = await newWorld();
    await world.register('a', 'one', true);
    await put(world, 'two', (await begin(world)).origin);
    expect(world.read('a').toString()).toBe('two');
    const second = world.read('a.age');
    await put(world, 'three', (await begin(world)).origin);
    const third = world.read('a.age');
    world.write('a.age', second);
    await world.decrypt('a', true);
    world.write('a.age', third);
    await put(world, 'four', (await begin(world)).origin);
    expect([await sealed(world), world.read('a').toString()]).toEqual(['four', 'four']);
  });

  it('does not go over a plaintext with changes, a newer sealed file, or a file that has left', async () => {
    using world = await newWorld();
    await world.register('a', 'one', true);
    const { origin } = await begin(world);
    world.write('a', 'mine');
    expect(await codeOf(() => put(world, 'two', origin))).toBe('ERR_BLACKBOX_PLAINTEXT_CHANGED');
    await world.encrypt('a');
    expect(await codeOf(() => put(world, 'two', origin))).toBe('ERR_BLACKBOX_NEWER_SEALED');
    expect(await sealed(world)).toBe('mine');
    world.write('.blackbox/files', '');
    expect(await codeOf(() => put(world, 'two', origin))).toBe('ERR_BLACKBOX_NOT_REGISTERED');
    expect(await codeOf(() => put(world, 'two', null))).toBe('ERR_BLACKBOX_SEALED_EXISTS');
  });

  it('goes to nobody else than what was there, whatever the registry has come to say', async () => {
    using world = await newWorld();
    await world.enrol(world.someone('bob'), 'writer', 'ops');
    await world.register('a', 'one');
    const { origin } = await begin(world);
    world.write('.blackbox/files', 'a\tops\n');
    expect(await codeOf(() => put(world, 'two', origin))).toBe('ERR_BLACKBOX_NOT_AUTHENTIC');
    world.write('.blackbox/files', 'a\n');
    await put(world, 'two', origin);
    expect(await sealed(world)).toBe('two');
  });

  it('goes over the same content under another key: that is nobody\u2019s change', async () => {
    using world = await newWorld();
    await world.register('a', 'one', true);
    const { origin } = await begin(world);
    await world.encrypt('a', true);
    await checkUnmoved(world.vault(), at('a'), origin, world.keyring());
    await put(world, 'two', origin);
    expect(await sealed(world)).toBe('two');
  });

  it('of a new path registers it; of one that was registered meanwhile is refused', async () => {
    using world = await newWorld();
    await put(world, 'one', null);
    expect([await sealed(world), world.has('a'), world.read('.blackbox/files').toString()]).toEqual([
      'one',
      false,
      'a\n',
    ]);
    expect(world.read('.gitignore').toString()).toBe('/a\n');
    expect(await codeOf(() => put(world, 'two', null))).toBe('ERR_BLACKBOX_ALREADY_REGISTERED');
  });

  it('by somebody who is off the roster meanwhile is refused: they could not read it again', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    const { origin } = await begin(world);
    expect(await codeOf(() => put(world, 'two', origin, world.someone('eve')))).toBe('ERR_BLACKBOX_NOT_ON_ROSTER');
    expect(await sealed(world)).toBe('one');
  });
});

describe('an edit that is kept', () => {
  async function keep(world: World, content: string): Promise<void> {
    const { origin } = await begin(world);
    (await prepareUnfinished(world.vault(), world.roster(), entry, origin, world.keyring()))(Buffer.from(content));
  }

  it('is sealed in local state for those who may read the file, with what it began from', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    expect(readUnfinished(world.vault(), at('a'))).toBeNull();
    await keep(world, 'two, a long and telling secret');
    const kept = readUnfinished(world.vault(), at('a'));
    expect(kept?.base).toEqual((await begin(world)).origin);
    if (kept === null) throw new Error('nothing was kept');
    const opened = await openUnfinished(world.vault(), at('a'), kept, world.keyring());
    expect(opened.toString()).toBe('two, a long and telling secret');
    expect(await codeOf(() => openUnfinished(world.vault(), at('a'), kept, world.keyring(world.someone('eve'))))).toBe(
      'ERR_BLACKBOX_NOT_A_RECIPIENT',
    );
    expect(unfinishedOf(world.vault(), [at('a'), at('b')])).toEqual(['a']);
    for (const file of filesBelow(world.root)) {
      const bytes = readFileSync(join(world.root, file));
      expect(
        bytes.includes('telling') || bytes.includes(Buffer.from('telling').toString('base64').slice(0, 8)),
        file,
      ).toBe(false);
    }
    expect(dropUnfinished(world.vault(), at('a'))).toBe(true);
    expect(dropUnfinished(world.vault(), at('a'))).toBe(false);
  });

  it('is for its owner only, and broken says so', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    await keep(world, 'two');
    const folder = join(world.vault().state, 'worktrees');
    const [name = ''] = readdirSync(folder);
    const [file = ''] = readdirSync(join(folder, name, 'unfinished'));
    if (process.platform !== 'win32') expect(statSync(join(folder, name, 'unfinished', file)).mode & 0o777).toBe(0o600);
    world.write(join('.git/blackbox-ts/worktrees', name, 'unfinished', file), '{ "sealed": ');
    expect(await codeOf(() => readUnfinished(world.vault(), at('a')))).toBe('ERR_BLACKBOX_DAMAGED');
    expect(dropUnfinished(world.vault(), at('a'))).toBe(true);
  });

  it('is not begun by somebody who could not open it again', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    const stranger = world.keyring(world.someone('eve'));
    expect(await codeOf(() => prepareUnfinished(world.vault(), world.roster(), entry, null, stranger))).toBe(
      'ERR_BLACKBOX_NOT_ON_ROSTER',
    );
  });
});
