/** Whether what is staged as a sealed file is one: loaded only where there is any, as most commits have none. */
import { olderVersionRule } from '../guard/advice.js';
import type { Finding } from '../guard/types.js';
import type { Git } from '../host/types.js';
import { whyNotAuthentic } from '../vault/authentic.js';
import { putBackIn } from '../vault/older.js';
import { parseRepoPath } from '../vault/paths.js';
import { registeredGroups } from '../vault/registry.js';
import { inspectSealed, isCompleteSealedFile } from '../vault/sealed.js';
import { authorityOf } from '../vault/trust.js';
import type { Vault } from '../vault/types.js';
import { findVault, hasVault } from '../vault/vault.js';

/** A sealed file goes in only if somebody who may has signed it for this path. */
export function isOurs(place: Omit<Vault, 'id'>, file: string, bytes: Uint8Array): boolean {
  if (!isCompleteSealedFile(bytes)) return false;
  if (!hasVault(place)) return true;
  const vault = findVault(place.host, place.root);
  const path = parseRepoPath(file.replace(/\.age$/, ''));
  const groups = registeredGroups(vault, path);
  return whyNotAuthentic(authorityOf(vault), path, inspectSealed(bytes, file), groups) === null;
}

/** Versions of sealed files that commits have put back over newer ones. Where that has been answered since, it is only told. */
export function putBackFindings(git: Git, revisions: readonly string[]): Finding[] {
  return putBackIn(git, revisions).map(({ path, commit, answered }) => ({
    path,
    line: 0,
    column: 0,
    rule: olderVersionRule,
    severity: answered ? 'warn' : 'block',
    what: `an older version, put back over a newer one by ${commit.author}, ${commit.date.slice(0, 10)}`,
    masked: '',
    commit: commit.id,
  }));
}

export { isCompleteSealedFile };
