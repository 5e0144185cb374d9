/**
 * Events that the ledger had and that somebody has deleted. Those of which nothing is left to do may go (`rotation --prune`): whether something was
 * left is told by the events themselves, which the history still has.
 */
import { BlackboxError } from '../errors.js';
import { genuineAmong, type Version } from './forged.js';
import type { Keyring } from './keyring.js';
import { type LedgerEvent, parseEvent } from './ledger.js';
import { departureFiles } from './ledger-files.js';
import { openBytes } from './open.js';
import { type PastFacts, pastOf } from './past.js';
import { sealedPath } from './paths.js';
import type { RepoPath, Vault } from './types.js';

/** Of one event, which is sealed anew when somebody comes or leaves. */
const mostVersions = 200;

/** An event as some commit had it. */
export interface DeletedEvent {
  /** The sealed file. */
  readonly path: RepoPath;
  readonly event: LedgerEvent;
}

/** What cannot be opened, or holds no event, is nothing that this user could put back. */
async function eventIn(vault: Vault, path: RepoPath, bytes: Buffer, keyring: Keyring): Promise<DeletedEvent[]> {
  try {
    const content = await openBytes(vault, path, bytes, keyring);
    return [{ path, event: parseEvent(content.toString('utf8'), path) }];
  } catch (error) {
    if (error instanceof BlackboxError && error.exitCode !== 70) return [];
    throw error;
  }
}

/** Versions of events that the history of this checkout has and the work tree has not. */
function deletedVersions({ host: { files }, root }: Vault, past: PastFacts): Version[] {
  return departureFiles(past.versions).flatMap(([file, { replaced, aside }]) => {
    if (files.stat(files.within(root, file)) !== null) return [];
    const path = file.slice(0, -'.age'.length) as RepoPath;
    return [...replaced, ...aside].slice(-mostVersions).map((oid) => ({ path, oid }));
  });
}

/**
 * Every version of every event that was deleted, as far as the user can open it and somebody who was ever on the roster has signed it. Whoever put
 * another version there before deleting it has hidden nothing.
 */
export async function deletedEvents(vault: Vault, keyring: Keyring): Promise<DeletedEvent[]> {
  if (vault.host.files.stat(vault.repository.gitDir) === null) return [];
  const found: DeletedEvent[] = [];
  for (const [path, bytes] of genuineAmong(vault, deletedVersions(vault, pastOf(vault))))
    found.push(...(await eventIn(vault, sealedPath(path), bytes, keyring)));
  return found;
}
