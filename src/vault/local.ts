/** Plaintexts that somebody keeps beside sealed files for their own machine: the loader's local layer. Neither registered nor committed. */
import { isStructured, structuredExtensions } from '../formats/extensions.js';
import { sealedPath } from './paths.js';
import type { RegistryEntry, RepoPath, Vault } from './types.js';

/** The local files that may lie over a sealed one. The first has its extension, and git ignores it from the day the sealed one is registered. */
export function localPaths(path: RepoPath): RepoPath[] {
  const [, folder = '', name = ''] = /^(.*\/)?([^/]*)$/s.exec(path) ?? [];
  if (/^\.env(\.|$)/.test(name)) return [`${folder}.env.local` as RepoPath];
  const own = /^secrets\.(?:.*\.)?([^.]+)$/s.exec(name)?.[1] ?? '';
  if (!isStructured(own)) return [];
  return [...new Set([own, ...structuredExtensions])].map((ext) => `${folder}secrets.local.${ext}` as RepoPath);
}

/** Whether it is there, as a file of this repository: git does not answer for what lies behind a symlink. */
function isHere({ host: { files }, root }: Vault, path: RepoPath): boolean {
  if (files.stat(`${root}/${path}`)?.kind !== 'file') return false;
  try {
    files.within(root, path);
    return true;
  } catch {
    return false;
  }
}

export interface LooseFile {
  readonly path: RepoPath;
  /** Git has it already. Otherwise it would have it with the next `git add .`. */
  readonly tracked: boolean;
}

/** The local files that git tracks or does not ignore. It is asked only when there are local files. */
export function looseLocalFiles(vault: Vault, registry: readonly RegistryEntry[]): LooseFile[] {
  const registered = new Set(registry.flatMap(({ path }) => [path, sealedPath(path)]));
  const all = new Set(registry.flatMap(({ path }) => localPaths(path)));
  const here = [...all].filter((path) => !registered.has(path) && isHere(vault, path));
  if (here.length === 0) return [];
  const git = vault.host.git.open(vault.repository);
  const [tracked, ignored] = [git.tracked(here), git.ignored(here)];
  return here
    .filter((path) => tracked.has(path) || !ignored.has(path))
    .map((path) => ({ path, tracked: tracked.has(path) }));
}
