/**
 * The local layer: a plaintext beside the sealed files, which somebody keeps for themselves. Nobody signs it, so it counts only where it
 * cannot have come with the repository: in a clone whose index does not have it. Git itself is not asked, as no process is to be started.
 */
import { join, resolve } from 'node:path';
import { formatOf } from '../formats/index.js';
import { localPaths } from '../vault/local.js';
import { toRepoPath } from '../vault/paths.js';
import { readRegistry } from '../vault/registry.js';
import type { RepoPath, Vault } from '../vault/types.js';
import { ambiguousFiles, localMissing, localTracked, plainFile } from './errors.js';
import { fileLayer, type Layer } from './layers.js';

/** The index of a repository with a million files is smaller. */
const largestIndex = 512 * 1024 * 1024;
const entryStart = 62;
const extended = 0x4000;

/** The length of an entry in versions 2 and 3: padded with 1 to 8 NULs to a multiple of 8. https://git-scm.com/docs/index-format */
function paddedEnd(start: number, nameEnd: number): number {
  return start + Math.ceil((nameEnd - start + 1) / 8) * 8;
}

/** Version 4 says how much of the name before it to drop, in git's own variable-length numbers. */
function readDrop(index: Buffer, at: number): { drop: number; next: number } {
  let byte = index[at] ?? 0;
  let drop = byte & 0x7f;
  let next = at + 1;
  while (byte & 0x80) {
    byte = index[next++] ?? 0;
    drop = (drop + 1) * 128 + (byte & 0x7f);
  }
  return { drop, next };
}

/** Whether an index has a path; null when it cannot be told. SHA-256 repositories have longer ids. */
export function indexHas(index: Buffer, path: string, idLength = 20): boolean | null {
  if (index.length < 12 || index.toString('latin1', 0, 4) !== 'DIRC') return null;
  const version = index.readUInt32BE(4);
  const count = index.readUInt32BE(8);
  if (version < 2 || version > 4) return null;
  const wanted = Buffer.from(path);
  const header = entryStart - 20 + idLength;
  let start = 12;
  let name: Buffer = Buffer.alloc(0);
  for (let i = 0; i < count; i++) {
    if (start + header > index.length) return null;
    let nameAt = start + header + (index.readUInt16BE(start + header - 2) & extended ? 2 : 0);
    const { drop, next } = version === 4 ? readDrop(index, nameAt) : { drop: name.length, next: nameAt };
    nameAt = next;
    const nameEnd = index.indexOf(0, nameAt);
    if (nameEnd < 0) return null;
    const rest = index.subarray(nameAt, nameEnd);
    name = drop === name.length ? rest : Buffer.concat([name.subarray(0, name.length - drop), rest]);
    if (name.equals(wanted)) return true;
    start = version === 4 ? nameEnd + 1 : paddedEnd(start, nameEnd);
  }
  return isWhole(index, start, idLength) ? false : null;
}

/** A split index has most entries in another file, a sparse one has folders in place of their files: both say so in an extension. */
function isWhole(index: Buffer, extensions: number, idLength: number): boolean {
  for (let at = extensions; at + 8 <= index.length - idLength; at += 8 + index.readUInt32BE(at + 4)) {
    if (['link', 'sdir'].includes(index.toString('latin1', at, at + 4))) return false;
  }
  return true;
}

function isTracked({ host, repository }: Vault, path: RepoPath): boolean {
  const config = host.files.read(join(repository.commonDir, 'config'))?.toString('latin1') ?? '';
  const idLength = /^\s*objectformat\s*=\s*sha256\s*$/im.test(config) ? 32 : 20;
  const index = host.files.read(join(repository.gitDir, 'index'), largestIndex);
  // Without an index nothing has been added or checked out yet.
  return index !== null && indexHas(index, path, idLength) !== false;
}

/** The local files that could be meant: the one that was named, or those beside the sealed base file. */
function candidates(vault: Vault, from: string, base: RepoPath | undefined, local: string | undefined): RepoPath[] {
  if (local !== undefined) return [toRepoPath(vault, resolve(from, local))];
  return base === undefined ? [] : localPaths(base);
}

/**
 * The local layer; null when there is none. Where there is no clone, in an image, there is none: nothing tells then where the file comes from.
 * @param base the sealed file that it lies beside; undefined when the program has said itself what to load
 * @throws ERR_BLACKBOX_LOCAL_TRACKED
 */
export function localLayer(
  vault: Vault,
  from: string,
  base: RepoPath | undefined,
  local: string | undefined,
): Layer | null {
  const { files } = vault.host;
  if (files.stat(vault.repository.gitDir) === null) return null;
  // Somebody's environment may be called `local`, and then its file is sealed like any other.
  const registered = new Set<string>(readRegistry(vault).map((entry) => entry.path));
  const there = candidates(vault, from, base, local).filter(
    (path) => !registered.has(path) && files.stat(join(vault.root, path)) !== null,
  );
  for (const path of there) files.within(vault.root, path);
  const [path] = there;
  if (path === undefined) {
    if (local !== undefined) throw localMissing(local);
    return null;
  }
  if (there.length > 1) throw ambiguousFiles(there);
  if (formatOf(path).name === 'plain') throw plainFile(path);
  if (isTracked(vault, path)) throw localTracked(path);
  const bytes = files.read(files.within(vault.root, path)) ?? Buffer.alloc(0);
  return fileLayer(path, bytes);
}
