/** Which paths are registered. One a line, sorted, so that branches merge by union. */

import { BlackboxError } from '../errors.js';
import { showPath } from '../text.js';
import { brokenVaultFile, tooMany } from './errors.js';
import { folderNotFile, notRegistered } from './file-errors.js';
import { parseRepoPath, sealedPath, toRepoPath } from './paths.js';
import type { RegistryEntry, RepoPath, Vault } from './types.js';

export const registryFile = '.blackbox/files';
/** Ten times the largest vault that the budgets are set for. */
const mostEntries = 100_000;
const registryLimit = 16 * 1024 * 1024;

function parseName(text: string, line: number): RepoPath {
  let name = text;
  if (text.startsWith('"')) {
    try {
      name = String(JSON.parse(text));
    } catch {
      throw brokenVaultFile(registryFile, `line ${line} is not a quoted name`);
    }
  }
  return parseRepoPath(name);
}

function parseLine(text: string, line: number): RegistryEntry {
  const tab = text.indexOf('\t');
  const name = tab < 0 ? text : text.slice(0, tab);
  const groups = tab < 0 ? [] : text.slice(tab + 1).split(',');
  if (groups.some((g) => !/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u.test(g))) {
    throw brokenVaultFile(registryFile, `line ${line} has a group that is no name`);
  }
  return { path: parseName(name, line), groups: [...new Set(groups)].sort() };
}

/**
 * Reads a registry. A path that union merges left twice is one entry, for the groups of both.
 * @throws ERR_BLACKBOX_PATH_REFUSED for a hostile path, ERR_BLACKBOX_VAULT_DAMAGED for a line that is none
 */
export function parseRegistry(text: string): RegistryEntry[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.length > mostEntries + 1) throw tooMany('line', mostEntries, registryFile);
  const byPath = new Map<RepoPath, RegistryEntry>();
  lines.forEach((line, i) => {
    if (line === '') return;
    const entry = parseLine(line, i + 1);
    const twin = byPath.get(entry.path);
    byPath.set(entry.path, twin === undefined ? entry : union(twin, entry));
  });
  checkDistinct(byPath);
  return sorted([...byPath.values()]);
}

/** What is plaintext for one entry must not be the sealed file of another: writing the one would destroy the other. */
function checkDistinct(byPath: ReadonlyMap<RepoPath, RegistryEntry>): void {
  for (const path of byPath.keys()) {
    if (byPath.has(sealedPath(path))) {
      throw brokenVaultFile(registryFile, `it has both ${showPath(path)} and ${showPath(sealedPath(path))}`);
    }
  }
}

function union(a: RegistryEntry, b: RegistryEntry): RegistryEntry {
  // No groups means everybody: where one branch says so and the other names groups, the narrower audience is the safe one.
  if (a.groups.length === 0) return b;
  if (b.groups.length === 0) return a;
  return { path: a.path, groups: [...new Set([...a.groups, ...b.groups])].sort() };
}

function sorted(entries: readonly RegistryEntry[]): RegistryEntry[] {
  return [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function formatName(path: string): string {
  // A quoted name holds no control character, so that a line stays a line and a tab stays a separator.
  return /[\u0000-\u001f\u007f]|^"|\\/.test(path) ? JSON.stringify(path) : path;
}

export function formatRegistry(entries: readonly RegistryEntry[]): string {
  return sorted(entries)
    .map((e) => `${formatName(e.path)}${e.groups.length === 0 ? '' : `\t${e.groups.join(',')}`}\n`)
    .join('');
}

type Place = Pick<Vault, 'host' | 'root' | 'passive'>;

interface Known {
  /** Of the file that was read. */
  readonly stamp: string;
  readonly entries: readonly RegistryEntry[];
  readonly groups: ReadonlyMap<RepoPath, readonly string[]>;
}

const registries = new WeakMap<Place, Known>();

/** Read once for a command, and again when the file has changed: which it does not while something is loaded. */
function current(vault: Place): Known {
  const { files } = vault.host;
  const before = registries.get(vault);
  if (before !== undefined && vault.passive === true) return before;
  const path = files.within(vault.root, registryFile);
  const { size, mtimeMs } = files.stat(path) ?? { size: 0, mtimeMs: 0 };
  const stamp = `${size} ${mtimeMs}`;
  if (before?.stamp === stamp) return before;
  const entries = parseRegistry(files.read(path, registryLimit)?.toString('utf8') ?? '');
  const fresh = { stamp, entries, groups: new Map(entries.map((e) => [e.path, e.groups])) };
  registries.set(vault, fresh);
  return fresh;
}

export function readRegistry(vault: Place): RegistryEntry[] {
  return [...current(vault).entries];
}

/** For which groups the registry says that a file is; undefined when it is not registered. */
export function registeredGroups(vault: Place, path: RepoPath): readonly string[] | undefined {
  return current(vault).groups.get(path);
}

/** Behind a symlink nothing is looked at: that it is not registered is all there is to say. */
function kindOf({ host: { files }, root }: Vault, path: RepoPath): string | undefined {
  try {
    return files.stat(files.within(root, path))?.kind;
  } catch (error) {
    if (error instanceof BlackboxError) return 'link';
    throw error;
  }
}

function notOneOf(vault: Vault, path: RepoPath, known: readonly RepoPath[]): BlackboxError {
  const kind = kindOf(vault, path);
  if (kind !== 'folder') return notRegistered(path, known, kind !== undefined);
  return folderNotFile(
    path,
    known.filter((other) => other.startsWith(`${path}/`)),
  );
}

/**
 * The entries that a person named, by their path or their sealed file's, in the order named; all of them when none is named.
 * @throws ERR_BLACKBOX_NOT_REGISTERED
 */
export function pickEntries(
  vault: Vault,
  registry: readonly RegistryEntry[],
  names: readonly string[],
): RegistryEntry[] {
  if (names.length === 0) return [...registry];
  const byPath = new Map(registry.map((e) => [e.path, e]));
  const entries = names.map((name) => {
    const path = toRepoPath(vault, name);
    const entry = byPath.get(path) ?? byPath.get(path.replace(/\.age$/, '') as RepoPath);
    if (entry === undefined) throw notOneOf(vault, path, [...byPath.keys()]);
    return entry;
  });
  return [...new Set(entries)];
}
