/**
 * What a removal that is under way has found its person to read. Their files are written one after another: killed in between, the headers no
 * longer tell of those that are done, and the list of what to change must still name them.
 */
import { join } from 'node:path';
import { BlackboxError } from '../errors.js';
import { parseRepoPath } from './paths.js';
import type { RepoPath, Vault } from './types.js';

/** As many paths as a registry may have. */
const removalLimit = 16 * 1024 * 1024;

/** In the local state folder. */
export const removalFile = 'removal.json';

type Removals = Map<string, RepoPath[]>;

function parse(text: string): Removals {
  const content: unknown = JSON.parse(text);
  const entries = Object.entries(content ?? {}).filter((e): e is [string, unknown[]] => Array.isArray(e[1]));
  return new Map(entries.map(([name, paths]) => [name, paths.map((path) => parseRepoPath(String(path)))]));
}

/** Empty when there is none under way, or its record cannot be read. */
function readRemovals(vault: Vault): Removals {
  try {
    const content = vault.host.files.read(join(vault.state, removalFile), removalLimit);
    return content === null ? new Map() : parse(content.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof BlackboxError) return new Map();
    throw error;
  }
}

function writeRemovals(vault: Vault, removals: Removals): void {
  const path = join(vault.state, removalFile);
  if (removals.size === 0) vault.host.files.remove(path);
  else vault.host.files.writeLocal(path, JSON.stringify(Object.fromEntries(removals)));
}

/** Adds what an unfinished removal of the same person had found. */
export function seenBefore(vault: Vault, name: string, readable: readonly RepoPath[]): RepoPath[] {
  return [...new Set([...readable, ...(readRemovals(vault).get(name) ?? [])])].sort();
}

/** Notes, before anything is written, what the person can read. Under the vault's lock. */
export function beginRemoval(vault: Vault, name: string, seen: readonly RepoPath[]): void {
  writeRemovals(vault, readRemovals(vault).set(name, [...seen]));
}

/** The removal is done. */
export function endRemoval(vault: Vault, name: string): void {
  const removals = readRemovals(vault);
  if (removals.delete(name)) writeRemovals(vault, removals);
}
