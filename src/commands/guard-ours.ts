/** Whether what is staged as a sealed file is one: loaded only where there is any, and with no more than that takes. */

import { whyNotAuthentic } from '../vault/authentic.js';
import { parseRepoPath } from '../vault/paths.js';
import { registeredGroups } from '../vault/registry.js';
import { inspectSealed, isCompleteSealedFile } from '../vault/sealed.js';
import { authorityOf } from '../vault/trust.js';
import { findVault, hasVault } from '../vault/vault.js';
import type { Place } from './guard-rules.js';

/** A sealed file goes in only if somebody who may has signed it for this path. @returns or why not */
export function isOurs(place: Place, file: string, bytes: Uint8Array): boolean | string {
  if (!isCompleteSealedFile(bytes)) return false;
  if (!hasVault(place)) return true;
  const vault = findVault(place.host, place.root);
  const path = parseRepoPath(file.replace(/\.age$/, ''));
  const groups = registeredGroups(vault, path);
  return whyNotAuthentic(authorityOf(vault), path, inspectSealed(bytes, file), groups) ?? true;
}
