/** A program that dies between any two things it does: nothing is lost, and the same command finishes the work. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Files, GitPort, Write } from '../../src/host/types.js';
import {
  apply,
  openForEdit,
  openSealed,
  type Plan,
  planDecrypt,
  planDeregister,
  planEdit,
  planEncrypt,
  planRegister,
  planReseal,
  planShred,
  readRegistry,
  type Vault,
} from '../../src/vault/index.js';
import { at, hostAt, newWorld, type World } from './world.js';

class Death extends Error {}

/** What would be put in place, headers included: they can be told when all contents have been written. */
async function inMemory(writes: readonly Write[], beforeHeads?: () => Promise<void>): Promise<Write[]> {
  const contents = writes.map(({ content }) => (content instanceof Uint8Array ? [content] : [...content()]));
  if (writes.some(({ head }) => head !== undefined)) await beforeHeads?.();
  return writes.map(({ path, mode, head }, i) => {
    const content = Buffer.concat([head?.bytes() ?? Buffer.alloc(0), ...(contents[i] ?? [])]);
    return { path, mode, content };
  });
}

/** Dies before the n-th change; `replace` is one change for each file, as its renames are. */
function mortal(world: World, n: number): { vault: Vault; died: () => boolean } {
  let left = n;
  const tick = () => {
    if (left-- === 0) throw new Death();
  };
  const host = hostAt(world.root);
  const dying =
    <A extends unknown[], R>(work: (...args: A) => R) =>
    (...args: A): R => {
      tick();
      return work(...args);
    };
  const files: Files = {
    ...host.files,
    replace: async (writes, journal, onProgress, beforeHeads) => {
      const whole = await inMemory(writes, beforeHeads);
      for (const write of whole) {
        tick();
        await host.files.replace([write], journal, onProgress);
      }
    },
    writeLocal: dying(host.files.writeLocal),
    remove: dying(host.files.remove),
    shred: dying(host.files.shred),
  };
  const git: GitPort = {
    find: host.git.find,
    open: (repository) => {
      const opened = host.git.open(repository);
      return { ...opened, stage: dying(opened.stage), unstage: dying(opened.unstage) };
    },
  };
  return { vault: world.vault({ files, git }), died: () => left < 0 };
}

interface Command {
  readonly prepare: (world: World) => Promise<unknown>;
  readonly run: (world: World, vault: Vault) => Promise<unknown>;
  /** How things are when it is done. */
  readonly done: (world: World) => void;
}

const entries = [at('a'), at('b')].map((path) => ({ path, groups: [] }));
const both = async (world: World, keep: boolean) => {
  await world.register('a', 'content of a', keep);
  await world.register('b', 'content of b', keep);
};
const carryOut = (world: World, vault: Vault, plan: Plan) => apply(vault, plan, { keyring: world.keyring() });
const options = (world: World) => ({ force: false, named: true, keyring: world.keyring() });
const staged = (world: World) => world.git('diff', '--cached', '--name-only', '--diff-filter=A').split('\n');

const commands: Record<string, Command> = {
  register: {
    prepare: async (world) => {
      for (const { path } of entries) world.write(path, `content of ${path}`);
    },
    run: async (world, vault) => {
      const registering = { keep: false, keyring: world.keyring(), tracked: new Set(staged(world)) };
      await carryOut(
        world,
        vault,
        await planRegister(vault, world.roster(), readRegistry(vault), [at('a'), at('b')], registering),
      );
    },
    done: (world) => {
      expect([world.has('a'), world.has('b')]).toEqual([false, false]);
      expect(staged(world)).toEqual(expect.arrayContaining(['a.age', 'b.age', '.blackbox/files', '.gitignore']));
      expect(world.read('.gitignore').toString()).toBe('/a\n/b\n');
    },
  },
  encrypt: {
    prepare: async (world) => {
      await both(world, true);
      for (const { path } of entries) world.write(path, `new content of ${path}`);
    },
    run: async (world, vault) => {
      await carryOut(world, vault, (await planEncrypt(vault, world.roster(), entries, options(world))).plan);
    },
    done: (world) => expect(world.has('a')).toBe(true),
  },
  decrypt: {
    prepare: (world) => both(world, false),
    run: async (world, vault) => {
      await carryOut(world, vault, (await planDecrypt(vault, entries, world.keyring(), false)).plan);
    },
    done: (world) => expect([world.has('a'), world.has('b')]).toEqual([true, true]),
  },
  shred: {
    prepare: (world) => both(world, true),
    run: async (world, vault) => {
      await carryOut(world, vault, await planShred(vault, entries, { ...options(world), named: false }));
    },
    done: (world) => expect([world.has('a'), world.has('b')]).toEqual([false, false]),
  },
  'reencrypt --fresh': {
    prepare: async (world) => {
      await both(world, true);
      await world.enrol(world.someone('bob'));
    },
    run: async (world, vault) => {
      const reseal = { keyring: world.keyring(), fresh: true };
      await carryOut(world, vault, (await planReseal(vault, world.roster(), readRegistry(vault), reseal)).plan);
    },
    done: () => undefined,
  },
  deregister: {
    prepare: (world) => both(world, false),
    run: async (world, vault) => {
      const registry = readRegistry(vault);
      const gone = registry.filter((e) => e.path === 'a');
      const leaving = { remove: false, force: false, keyring: world.keyring() };
      await carryOut(world, vault, await planDeregister(vault, registry, gone, leaving));
    },
    done: (world) => expect(world.read('a').toString()).toBe('content of a'),
  },
  edit: {
    prepare: (world) => both(world, true),
    run: async (world, vault) => {
      const { origin } = await openForEdit(vault, at('a'), world.keyring());
      const edit = { path: at('a'), content: Buffer.from('new content of a'), base: origin };
      await carryOut(world, vault, await planEdit(vault, world.roster(), readRegistry(vault), edit, world.keyring()));
    },
    done: (world) => expect(world.read('a').toString()).toBe('new content of a'),
  },
};

/** What can be read of a file, as plaintext or sealed. */
async function contents(world: World, path: string): Promise<string[]> {
  const plain = world.has(path) ? [world.read(path).toString()] : [];
  if (!world.has(`${path}.age`)) return plain;
  return [...plain, (await openSealed(world.vault(), at(path), world.keyring())).toString()];
}

/** Where a user's own next step is needed: what the edit or the change was, somebody still has. */
const redone = ['edit', 'deregister'];

it.each(Object.entries(commands))('%s', async (name, { prepare, run, done }) => {
  for (let n = 0; ; n++) {
    using world = await newWorld();
    await prepare(world);
    const before = { a: await contents(world, 'a'), b: await contents(world, 'b') };
    const { vault, died } = mortal(world, n);
    await run(world, vault).catch((error) => {
      if (!(error instanceof Death)) throw error;
    });
    for (const path of ['a', 'b'] as const) {
      const after = await contents(world, path);
      const known = [...before[path], ...(name === 'edit' ? [`new content of ${path}`] : [])];
      expect(after.length, `${path} after ${n} changes`).toBeGreaterThan(0);
      for (const content of after) expect(known).toContain(content);
      // Of what was there in plaintext only, the newest is still there.
      if (name !== 'edit') expect(after, `${path} after ${n} changes`).toContain(before[path][0]);
    }
    if (!died()) return done(world);
    if (redone.includes(name)) continue;
    await run(world, world.vault());
    done(world);
    for (const path of ['a', 'b'] as const) expect((await contents(world, path)).at(-1)).toBe(before[path][0]);
  }
});

it('a registry that a killed run left without its sealed file is told, not lost', async () => {
  using world = await newWorld();
  await world.register('a', 'one', true);
  rmSync(join(world.root, 'a.age'));
  await world.encrypt('a');
  expect((await openSealed(world.vault(), at('a'), world.keyring())).toString()).toBe('one');
});
