/** Putting changed content in place of what was sealed: for `edit`, `set` and `unset`. */
import type { Host } from '../host/types.js';
import {
  type Keyring,
  type Origin,
  openSealed,
  planEdit,
  type RepoPath,
  readRegistry,
  readRoster,
  type Vault,
} from '../vault/index.js';
import type { Given } from './command.js';
import { rememberBytes } from './known.js';
import { sealedOtherwise } from './refuse-files.js';
import { carryOut } from './work.js';

export interface SealEdit {
  readonly host: Host;
  readonly vault: Vault;
  readonly given: Given;
  readonly keyring: Keyring;
  readonly path: RepoPath;
}

/**
 * Seals `content` over what `base` says was there; null for a new file. Under the lock, which was not held while somebody made up their mind:
 * much may have happened since.
 * @returns how many people are on the roster
 */
export async function sealEdit(work: SealEdit, base: Origin | null, content: Buffer): Promise<number> {
  const { host, vault, given, keyring, path } = work;
  const roster = readRoster(vault);
  const plan = await planEdit(vault, roster, readRegistry(vault), { path, content, base }, keyring);
  await carryOut(host, vault, given, plan, {
    beforeShred: async () => {
      rememberBytes(vault, path, content);
      // What is in memory may be the only plaintext, and goes once the sealed file is proven to give it back.
      if (!(await openSealed(vault, path, keyring)).equals(content)) throw sealedOtherwise(path);
    },
  });
  return roster.people.length;
}
