/** A vault as a revision has it: what is in the repository is read from git's objects, what is in this clone's own state from where it lies. */
import { join, sep } from 'node:path';
import type { FileStat, Files, Git, StagedEntry } from '../host/types.js';
import { brokenVaultFile } from './errors.js';
import type { Vault } from './types.js';
import { parseVaultFile, vaultFile } from './vault.js';

/** As files of the vault are bounded where they are read; of sealed files outside of it, only the beginning is. */
const largestFile = 64 * 1024 * 1024;
/** A header for a few hundred people. Longer ones are read one by one. */
const usualHead = 64 * 1024;

type Content = (path: string, bytes: number) => Buffer | null;

const isOwn = (path: string) => path.startsWith('.blackbox/');
const isSealed = (path: string) => path.endsWith('.age') && !isOwn(path);

/** Contents by path, read in bulk: the vault's own files at once, of sealed files what they begin with. */
function contentsOf(git: Git, entries: ReadonlyMap<string, StagedEntry>): Content {
  const read = (wanted: (path: string) => boolean, keep: number): Map<string, Buffer | null> => {
    const all = [...entries.values()].filter(({ path }) => wanted(path));
    const found = new Map<string, Buffer | null>();
    const oids = all.map(({ oid }) => oid);
    const take = (content: Buffer | null) =>
      found.set(all[found.size]?.path ?? '', content && Buffer.from(content.subarray(0, keep)));
    git.blobs(oids, (_, content) => take(content), largestFile);
    return found;
  };
  let own: Map<string, Buffer | null> | undefined;
  let heads: Map<string, Buffer | null> | undefined;
  return (path, bytes) => {
    if (!entries.has(path)) return null;
    if (isOwn(path)) own ??= read(isOwn, largestFile);
    else if (isSealed(path) && bytes <= usualHead) heads ??= read(isSealed, usualHead);
    else return read((name) => name === path, largestFile).get(path) ?? null;
    return (isOwn(path) ? own : heads)?.get(path) ?? null;
  };
}

/** What a file system would say of a tree. Links and submodules are not there. */
function treeView(git: Git, tree: readonly StagedEntry[]) {
  const entries = new Map(tree.filter(({ mode }) => mode.startsWith('100')).map((entry) => [entry.path, entry]));
  const content = contentsOf(git, entries);
  const list = (folder: string) => {
    const below = [...entries.keys()].filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(below.map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))].sort();
  };
  const stat = (path: string): FileStat | null => {
    const size = content(path, largestFile)?.length;
    if (size !== undefined) return { kind: 'file', size, mode: 0o644, mtimeMs: 0 };
    return list(path).length > 0 ? { kind: 'folder', size: 0, mode: 0o755, mtimeMs: 0 } : null;
  };
  return { content, list, stat };
}

/** A tree as if it lay below `root`. All else is where it is. */
function treeFiles(files: Files, root: string, { content, list, stat }: ReturnType<typeof treeView>): Files {
  const from = <T>(path: string, look: (name: string) => T, otherwise: () => T): T =>
    path.startsWith(root + sep)
      ? look(
          path
            .slice(root.length + 1)
            .split(sep)
            .join('/'),
        )
      : otherwise();
  const whole = (name: string, limit = largestFile) => {
    const found = content(name, largestFile);
    if (found !== null && found.length > limit) throw brokenVaultFile(name, `it is larger than ${limit} bytes`);
    return found;
  };
  const head = (name: string, bytes: number) => content(name, bytes)?.subarray(0, bytes) ?? null;
  const pieces = (name: string): Iterable<Uint8Array> => [whole(name) ?? Buffer.alloc(0)];
  return {
    ...files,
    within: (folder, relative) => (folder === root ? join(root, relative) : files.within(folder, relative)),
    stat: (path) => from(path, stat, () => files.stat(path)),
    list: (path) => from(path, list, () => files.list(path)),
    read: (path, limit) =>
      from(
        path,
        (name) => whole(name, limit),
        () => files.read(path, limit),
      ),
    readHead: (path, bytes) =>
      from(
        path,
        (name) => head(name, bytes),
        () => files.readHead(path, bytes),
      ),
    readPieces: (path) => from(path, pieces, () => files.readPieces(path)),
  };
}

/**
 * The vault as a revision has it, to look at only: nothing is remembered, and no history asked. null when it has none.
 * @param folder of the tree, when the rest is of no interest
 * @throws ERR_BLACKBOX_GIT_FAILED when there is no such revision, ERR_BLACKBOX_VAULT_DAMAGED, ERR_BLACKBOX_NEWER_FORMAT
 */
export function vaultAt(place: Omit<Vault, 'id'>, revision: string, folder?: string): Vault | null {
  const git = place.host.git.open(place.repository);
  // A name at which nothing lies: whatever is asked below it is answered from the tree.
  const root = join(place.state, 'revision', revision.replace(/[^\w]/g, '_'));
  const files = treeFiles(place.host.files, root, treeView(git, git.tree(revision, folder)));
  const content = files.read(join(root, ...vaultFile.split('/')), largestFile);
  if (content === null) return null;
  const vault = {
    ...place,
    root,
    folder: join(root, '.blackbox'),
    host: { ...place.host, files },
    passive: true as const,
  };
  return { ...vault, id: parseVaultFile(content.toString('utf8')) };
}
