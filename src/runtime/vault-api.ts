/** A vault in the hands of a program: files and single values, with the promises of the commands. */

import { editBytes } from '../formats/edit/index.js';
import { decodeText, formatOf, leaves, parseText, type Value } from '../formats/index.js';
import {
  apply,
  type Keyring,
  locked,
  type Origin,
  openForEdit,
  openSealed,
  pickEntries,
  planDeregister,
  planEdit,
  type RepoPath,
  readRegistry,
  readRoster,
  toRepoPath,
  type Vault,
} from '../vault/index.js';
import { noName, noSuchName, notWritable, noValueToSet } from './errors.js';
import { at, dotted, find, nearMisses, type Path } from './names.js';
import { copied, sealedValues } from './sealed.js';
import type { Name, OpenedVault } from './types.js';

/** What the guard is told, so that a value does not leak that a program wrote. */
export interface Guarding {
  readonly learn: (path: RepoPath, content: Buffer) => void;
  readonly forget: (paths: readonly RepoPath[]) => void;
}

interface Work extends Guarding {
  readonly vault: Vault;
  readonly keyring: Keyring;
}

const pathOf = (work: Work, file: string) => toRepoPath(work.vault, file, work.vault.root);

function registered({ vault }: Work, file: string): RepoPath {
  return (pickEntries(vault, readRegistry(vault), [`${vault.root}/${file}`])[0] as { path: RepoPath }).path;
}

/** What this process is doing to each vault: the lock is for other processes, and waiting for it here would keep us from ending what holds it. */
const queues = new Map<string, Promise<unknown>>();

function inTurn<T>(vault: Vault, work: () => Promise<T>): Promise<T> {
  const before = queues.get(vault.state) ?? Promise.resolve();
  const done = before.then(() => locked(vault, work));
  queues.set(
    vault.state,
    done.catch(() => undefined),
  );
  return done;
}

/** Under the lock from reading to writing: nobody changes the file in between. */
async function change(
  work: Work,
  file: string,
  edit: (before: Buffer | null, path: RepoPath) => Buffer,
): Promise<void> {
  const { vault, keyring, learn } = work;
  await inTurn(vault, async () => {
    const path = pathOf(work, file);
    const registry = readRegistry(vault);
    const isNew = !registry.some((entry) => entry.path === path);
    const opened = isNew ? null : await openForEdit(vault, path, keyring);
    const content = edit(opened?.content ?? null, path);
    if (opened?.content.equals(content) === true) return;
    const base: Origin | null = opened?.origin ?? null;
    const plan = await planEdit(vault, readRoster(vault), registry, { path, content, base }, keyring);
    await apply(vault, plan, { keyring, beforeShred: async () => learn(path, content) });
  });
}

const isName = (names: unknown): names is Path =>
  Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string');

async function changeValue(work: Work, file: string, name: Name, value: Value | undefined): Promise<void> {
  registered(work, file);
  await change(work, file, (content, path) => {
    const before = decodeText(content ?? Buffer.alloc(0), path);
    const tree = formatOf(path).parse(before, path);
    const all = leaves(tree);
    const names =
      typeof name === 'string' ? (all.find((leaf) => dotted(leaf.path) === name)?.path ?? name.split('.')) : name;
    // A variable that is not set, or a dot too many, would make a name that nobody sees.
    if (!isName(names) || (names.includes('') && at(tree, names) === undefined)) throw noName();
    if (value === undefined && at(tree, names) === undefined) {
      throw noSuchName(
        dotted(names),
        nearMisses(
          dotted(names),
          all.map((leaf) => dotted(leaf.path)),
        ),
      );
    }
    return editBytes(formatOf(path), content ?? Buffer.alloc(0), { path: names, value }, path);
  });
}

async function remove({ vault, keyring, forget }: Work, path: RepoPath): Promise<void> {
  await inTurn(vault, async () => {
    const registry = readRegistry(vault);
    const gone = registry.filter((entry) => entry.path === path);
    const plan = await planDeregister(vault, registry, gone, { remove: true, force: false, keyring });
    await apply(vault, plan, { keyring });
    forget([path]);
  });
}

function bytesOf(content: string | Uint8Array): Buffer {
  if (typeof content !== 'string' && !(content instanceof Uint8Array)) throw notWritable();
  return Buffer.from(content as string);
}

/** A variable that is not set must not take a secret away. */
function settable(value: unknown): Value {
  if (value === undefined) throw noValueToSet();
  return copied(value) as Value;
}

export function openedVault(vault: Vault, keyring: Keyring, guarding: Guarding): OpenedVault {
  const work: Work = { vault, keyring, ...guarding };
  const read = async (file: string) => openSealed(vault, registered(work, file), keyring);
  const tree = async (file: string) => parseText(formatOf(file), await read(file), file);
  const found = (all: object, name: Name) => (typeof name === 'string' ? find(all, name) : at(all, name as Path));
  return {
    root: vault.root,
    list: () => readRegistry(vault).map(({ path, groups }) => ({ path, groups })),
    names: async (file) => leaves(await tree(file)).map(({ path }) => dotted(path)),
    read,
    get: async (file, name) => found(sealedValues(await tree(file)), name),
    write: async (file, content) => change(work, file, () => bytesOf(content)),
    set: async (file, name, value) => changeValue(work, file, name, settable(value)),
    unset: (file, name) => changeValue(work, file, name, undefined),
    remove: async (file) => remove(work, registered(work, file)),
  };
}
