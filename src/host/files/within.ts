/** Joining what a repository names to a folder of ours, without ever leaving it. */
import { lstatSync, type Stats } from 'node:fs';
import { join, sep } from 'node:path';
import { readFailed, unsafePath } from '../errors.js';
import { meansAbsent } from '../system.js';

function lstat(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if (meansAbsent(error)) return null;
    throw readFailed(path, error);
  }
}

function components(relative: string): string[] {
  const parts = relative.split(sep === '/' ? '/' : /[\\/]/);
  const bad = parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'));
  if (bad || (sep !== '/' && relative.includes(':'))) throw unsafePath(relative, 'it is no path below the repository');
  return parts;
}

/** See {@link Files.within}. What is made after this check by somebody with our rights is not our concern; what is committed is. */
export function within(root: string, relative: string, folders?: Set<string>): string {
  const parts = components(relative);
  let path = root;
  for (const [i, part] of parts.entries()) {
    path = `${path}${sep}${part}`;
    if (i + 1 < parts.length && folders?.has(path) === true) continue;
    const stats = lstat(path);
    if (stats === null) break;
    if (stats.isSymbolicLink())
      throw unsafePath(relative, i + 1 < parts.length ? 'a folder on the way is a symlink' : 'it is a symlink');
    if (i + 1 < parts.length && !stats.isDirectory()) throw unsafePath(relative, 'a part of it is not a folder');
    if (i + 1 < parts.length) folders?.add(path);
  }
  return join(root, ...parts);
}
