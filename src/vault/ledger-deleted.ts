/**
 * Events that the ledger had and that somebody has deleted. Those of which nothing is left to do may go (`rotation --prune`): whether something was
 * left is told by the events themselves, which the history still has.
 */
import { BlackboxError } from '../errors.js';
import { genuineAmong } from './forged.js';
import type { Keyring } from './keyring.js';
import { type LedgerEvent, parseEvent } from './ledger.js';
import { departureFiles } from './ledger-files.js';
import { openBytes } from './open.js';
import { pastOf } from './past.js';
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

/**
 * Every version of every event that the history of this checkout has and the work tree has not, as far as the user can open it and somebody who was
 * ever on the roster has signed it. Whoever put another version there before deleting it has hidden nothing.
 */
export async function deletedEvents(vault: Vault, keyring: Keyring): Promise<DeletedEvent[]> {
  if (vault.host.files.stat(vault.repository.gitDir) === null) return [];
  const found: DeletedEvent[] = [];
  for (const [file, { replaced, aside }] of departureFiles(pastOf(vault).versions)) {
    if (vault.host.files.stat(vault.host.files.within(vault.root, file)) !== null) continue;
    const versions = [...replaced, ...aside].slice(-mostVersions);
    for (const bytes of genuineAmong(vault, file.slice(0, -'.age'.length) as RepoPath, versions))
      found.push(...(await eventIn(vault, file, bytes, keyring)));
  }
  return found;
}
