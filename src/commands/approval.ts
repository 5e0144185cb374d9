/** What every approval shows and compares. */
import type { Host } from '../host/types.js';
import { showPath, visible } from '../text.js';
import type { RepoPath, Vault } from '../vault/index.js';

/** Who brought it, as git has it: which is what its author said, and proves nothing. */
export function sayOrigin(host: Host, vault: Vault, path: RepoPath): void {
  const commit = host.git.open(vault.repository).lastChange(path);
  const brought =
    commit === null
      ? 'not committed yet'
      : `brought by commit ${commit.id.slice(0, 12)} of ${visible(commit.author)}, ${commit.date.slice(0, 10)}: ${visible(commit.subject)}`;
  host.terminal.say(`${showPath(path)}: ${brought}`);
}

/** A fingerprint without what may be left out of it. */
export function bare(fingerprint: string): string {
  return fingerprint
    .trim()
    .replace(/^SHA256:/i, '')
    .replace(/=+$/, '');
}
