/** A program that dies between any two things it does: nothing is lost, and the same command finishes the work. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  apply,
  beginRemoval,
  examineRotation,
  filesReadableBy,
  findPerson,
  openForEdit,
  openSealed,
  type Plan,
  planAddPerson,
  planChangePerson,
  planDecrypt,
  planDeregister,
  planEdit,
  planEncrypt,
  planRegister,
  planRemovePerson,
  planReseal,
  planShred,
  type Roster,
  readRegistry,
  readRoster,
  seenBefore,
  type Vault,
  withChanges,
  withoutPerson,
  withPerson,
} from '../../src/vault/index.js';
import { Death, mortalHost } from './mortal.js';
import { at, codeOf, hostAt, newcomer, newPerson, newWorld, type World } from './world.js';

/** @param n see {@link mortalHost} */
function mortal(world: World, n: number): { vault: Vault; died: () => boolean } {
  const { host, died } = mortalHost(hostAt(world.root), n);
  return { vault: world.vault(host), died };
}

interface Command {
  readonly prepare: (world: World) => Promise<unknown>;
  readonly run: (world: World, vault: Vault) => Promise<unknown>;
  /** How things are when it is done. */
  readonly done: (world: World) => void | Promise<void>;
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

const bob = newPerson('bob');

const addBob = async (world: World, vault: Vault) => {
  const after = withPerson(readRoster(vault), newcomer(bob, 'writer'), false);
  const resealing = { keyring: world.keyring(), fresh: false };
  const { plan } = await planAddPerson(vault, after, 'bob', bob.publicText, readRegistry(vault), resealing);
  await carryOut(world, vault, plan);
};
const withBob = async (world: World) => {
  await both(world, false);
  await addBob(world, world.vault());
  world.commit('bob');
};
const isBobThere = (roster: Roster) => roster.people.some((p) => p.name === 'bob');
const opens = async (world: World) =>
  Promise.all(['a', 'b'].map((path) => codeOf(() => openSealed(world.vault(), at(path), world.keyring(bob)))));
/** Git has heard of everything in the vault's own folder. */
const allStaged = (world: World) =>
  expect(world.git('status', '--porcelain', '--', '.blackbox', '*.age')).not.toMatch(/^(.[^ ]|\?)/m);

Object.assign(commands, {
  'admin add': {
    prepare: (world) => both(world, false),
    run: addBob,
    done: async (world) => {
      expect(isBobThere(world.roster())).toBe(true);
      expect(await opens(world)).toEqual(['it did not fail', 'it did not fail']);
      allStaged(world);
    },
  },
  'admin change': {
    prepare: withBob,
    run: async (world, vault) => {
      const after = withChanges(readRoster(vault), 'bob', { role: 'reader', groups: ['ops'] });
      const resealing = { keyring: world.keyring(), fresh: false };
      await carryOut(world, vault, (await planChangePerson(vault, after, readRegistry(vault), resealing)).plan);
    },
    done: async (world) => {
      expect(findPerson(world.roster(), 'bob')).toMatchObject({ role: 'reader', groups: ['ops'] });
      expect(await opens(world)).toEqual(['it did not fail', 'it did not fail']);
      allStaged(world);
    },
  },
  'admin remove': {
    prepare: withBob,
    run: async (world, vault) => {
      const [roster, registry] = [readRoster(vault), readRegistry(vault)];
      const there = isBobThere(roster);
      const after = there ? withoutPerson(roster, 'bob', new Set()) : { roster, changes: [] };
      const readable = there ? filesReadableBy(vault, registry, findPerson(roster, 'bob')).readable : [];
      const seen = seenBefore(vault, 'bob', readable);
      beginRemoval(vault, 'bob', seen);
      const leaving = { keyring: world.keyring(), fresh: false, seen: there ? seen : [] };
      await carryOut(world, vault, (await planRemovePerson(vault, after, 'bob', registry, leaving)).plan);
    },
    done: async (world) => {
      expect(isBobThere(world.roster())).toBe(false);
      expect(world.has('.blackbox/admins/bob.pub')).toBe(false);
      expect(await opens(world)).toEqual(['ERR_BLACKBOX_NOT_A_RECIPIENT', 'ERR_BLACKBOX_NOT_A_RECIPIENT']);
      const { open } = await examineRotation(world.vault(), readRegistry(world.vault()), world.keyring());
      expect(open.map((item) => item.path)).toEqual(['a', 'b']);
      allStaged(world);
    },
  },
} satisfies Record<string, Command>);

/** What can be read of a file, as plaintext or sealed. */
async function contents(world: World, path: string): Promise<string[]> {
  const plain = world.has(path) ? [world.read(path).toString()] : [];
  if (!world.has(`${path}.age`)) return plain;
  return [...plain, (await openSealed(world.vault(), at(path), world.keyring())).toString()];
}

/** Where a user's own next step is needed: what the edit or the change was, somebody still has. */
const redone = ['edit', 'deregister'];

/** Keeps a repository as it is now. @returns what makes it that again */
function keep({ root }: World): () => void {
  const kept = `${root}-kept`;
  cpSync(root, kept, { recursive: true });
  return () => {
    rmSync(root, { recursive: true });
    cpSync(kept, root, { recursive: true });
  };
}

it.each(Object.entries(commands))('%s', async (name, { prepare, run, done }) => {
  using world = await newWorld();
  await prepare(world);
  const before = { a: await contents(world, 'a'), b: await contents(world, 'b') };
  const again = keep(world);
  for (let n = 0; ; n++) {
    again();
    const { vault, died } = mortal(world, n);
    await run(world, vault).catch((error) => {
      if (!(error instanceof Death)) throw error;
    });
    // However far it came, nobody is on the roster, or among the keys, whom no statement names.
    world.roster();
    for (const path of ['a', 'b'] as const) {
      const after = await contents(world, path);
      const known = [...before[path], ...(name === 'edit' ? [`new content of ${path}`] : [])];
      expect(after.length, `${path} after ${n} changes`).toBeGreaterThan(0);
      for (const content of after) expect(known).toContain(content);
      // Of what was there in plaintext only, the newest is still there.
      if (name !== 'edit') expect(after, `${path} after ${n} changes`).toContain(before[path][0]);
    }
    if (!died()) return await done(world);
    if (redone.includes(name)) continue;
    await run(world, world.vault());
    await done(world);
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
