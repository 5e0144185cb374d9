/** The scan indexes that open here, and whether they still tell of what is sealed now. */
import { BlackboxError, type ErrorCode } from '../errors.js';
import { publicKeysOf } from '../guard/learn.js';
import { isSameOpen, largestIndex, parseIndex, type ScanIndex } from '../guard/scan-index.js';
import type { Keyring } from '../vault/keyring.js';
import { sealedPath } from '../vault/paths.js';
import { readRegistry } from '../vault/registry.js';
import { openScanIndex, scanAudiences, scanEntries, sealedContentOf } from '../vault/scan-files.js';
import type { RegistryEntry, RepoPath, Vault } from '../vault/types.js';

/** Whoever cannot open an index goes on without: the rest is wrong with the index itself, and nobody can. */
const notForMe: readonly ErrorCode[] = [
  'ERR_BLACKBOX_NO_IDENTITY',
  'ERR_BLACKBOX_NOT_A_RECIPIENT',
  'ERR_BLACKBOX_IDENTITY_FAILED',
];

export interface OpenedIndexes {
  readonly indexes: ReadonlyMap<RepoPath, ScanIndex>;
  /** Why those do not open that are not for whoever runs this; null when all do. */
  readonly refused: BlackboxError | null;
}

/** @throws ERR_BLACKBOX_NOT_AUTHENTIC, ERR_BLACKBOX_NOT_SEALED, ERR_BLACKBOX_DAMAGED, ERR_BLACKBOX_KNOWN_VALUES for an index that is none, to anybody */
export async function openIndexes(vault: Vault, keyring: Keyring): Promise<OpenedIndexes> {
  const indexes = new Map<RepoPath, ScanIndex>();
  let refused: BlackboxError | null = null;
  for (const entry of scanEntries(vault)) {
    try {
      const text = await openScanIndex(vault, entry, keyring, largestIndex);
      if (text !== null) indexes.set(entry.path, parseIndex(text, sealedPath(entry.path)));
    } catch (error) {
      if (!(error instanceof BlackboxError) || !notForMe.includes(error.code)) throw error;
      refused ??= error;
    }
  }
  return { indexes, refused };
}

/** Whether an index tells of a file as it is sealed and marked now. */
function isFresh(now: Vault, index: ScanIndex, path: RepoPath, open: ReadonlySet<string> | undefined): boolean {
  const file = index.files.find((one) => one.path === path);
  return file !== undefined && file.payload === sealedContentOf(now, path) && isSameOpen(index, file, open);
}

export interface Freshness {
  /** Registered files of which an index knows all that it may. */
  readonly fresh: readonly RepoPath[];
  /** Those that an index should know, and does not as they are now. */
  readonly stale: readonly RepoPath[];
  /** Indexes that tell of files that are no longer registered, or for others. */
  readonly leftover: readonly RegistryEntry[];
}

/**
 * No key is needed but for what is opened already. Files of indexes that did not open are in no list.
 * @param vault which the indexes are from
 * @param now what is sealed now, where that is another
 */
export function freshnessOf(vault: Vault, { indexes }: OpenedIndexes, now = vault): Freshness {
  const open = publicKeysOf(vault);
  const fresh: RepoPath[] = [];
  const stale: RepoPath[] = [];
  const audiences = scanAudiences(readRegistry(vault));
  const there = scanEntries(vault);
  const wanted = new Set(audiences.map(({ entry }) => entry.path));
  for (const { entry, files } of audiences) {
    const index = indexes.get(entry.path);
    if (index === undefined && there.some(({ path }) => path === entry.path)) continue;
    for (const { path } of files) {
      const isKnown = index !== undefined && isFresh(now, index, path, open.get(path));
      (isKnown ? fresh : stale).push(path);
    }
  }
  return { fresh, stale, leftover: there.filter(({ path }) => !wanted.has(path)) };
}
