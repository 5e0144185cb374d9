/** What commands tell the guard of plaintexts that they have in hand. */
import { canKnow, type Learning, learn, learnFiles, unlearn } from '../guard/index.js';
import type { Host } from '../host/types.js';
import { type RepoPath, readRegistry, type Vault } from '../vault/index.js';

export { canKnow };

/** The vault's host is the program's: what a person should know can be said. */
const learning = (vault: Vault): Learning => ({
  vault,
  registered: () => readRegistry(vault).map((entry) => entry.path),
  warn: (sentence) => (vault.host as Partial<Pick<Host, 'terminal'>>).terminal?.warn(sentence),
});

/** The values of these plaintexts in the work tree will not be committed from now on. */
export function rememberPlaintexts(vault: Vault, paths: readonly RepoPath[]): void {
  learnFiles(learning(vault), paths);
}

/** The same for a plaintext that was decrypted and is in memory. */
export function rememberBytes(vault: Vault, path: RepoPath, bytes: Uint8Array): void {
  learn(learning(vault), [{ path, plaintext: bytes }]);
}

/** Several at once. */
export function rememberMany(vault: Vault, plaintexts: Parameters<typeof learn>[1]): void {
  learn(learning(vault), plaintexts);
}

/** These are no longer registered: their values are nobody's secret any more. */
export function forgetPaths(vault: Vault, paths: readonly RepoPath[]): void {
  unlearn(vault, paths);
}
