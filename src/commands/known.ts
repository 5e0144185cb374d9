/** Keeps the guard's fingerprints up to date: called wherever a command has a plaintext in hand. */

import { BlackboxError } from '../errors.js';
import {
  foldPath,
  forget,
  largestPublic,
  loadKnown,
  parsePublic,
  publicFile,
  publicKeysByPath,
  remember,
} from '../guard/index.js';
import type { Host } from '../host/types.js';
import { visible } from '../text.js';
import { type RepoPath, readRegistry, type Vault } from '../vault/index.js';

/** What is larger is data rather than secrets, and would take longer to fingerprint than anybody waits for. */
const plaintextLimit = 16 * 1024 * 1024;
/** How much of what git tracks is looked through for values that are public already: about a second. What is not looked at blocks. */
const trackedBytes = 64 * 1024 * 1024;
/** Larger tracked files are not where a value that everybody knows is found. */
const trackedFileLimit = 4 * 1024 * 1024;
const trackedAtOnce = 500;

interface Plaintext {
  readonly path: RepoPath;
  readonly plaintext: Uint8Array;
}

/** What git tracks, as it stands in the index, but for sealed files and for what is or is being registered. */
function* trackedContents(vault: Vault, paths: readonly string[]): Generator<Uint8Array> {
  const git = vault.host.git.open(vault.repository);
  const own = new Set([...paths, ...readRegistry(vault).map((e) => e.path)].map(foldPath));
  const isPublic = (path: string) =>
    !path.endsWith('.age') && !path.startsWith('.blackbox/') && !own.has(foldPath(path));
  const oids = [
    ...new Set(
      git
        .trackedEntries()
        .filter((e) => e.mode.startsWith('100') && isPublic(e.path))
        .map((e) => e.oid),
    ),
  ];
  let left = trackedBytes;
  for (let i = 0; i < oids.length && left > 0; i += trackedAtOnce) {
    const contents: Uint8Array[] = [];
    git.blobs(
      oids.slice(i, i + trackedAtOnce),
      (_, content) => content !== null && contents.push(content),
      trackedFileLimit,
    );
    left -= contents.reduce((sum, content) => sum + content.length, 0);
    yield* contents;
  }
}

/** The vault's host is the program's: what a person should know can be said. */
function warn(vault: Vault, line: string): void {
  (vault.host as Partial<Pick<Host, 'terminal'>>).terminal?.warn(line);
}

/** What the team has marked as no secret. @throws ERR_BLACKBOX_VAULT_DAMAGED, which those who learn say as a warning */
function publicKeys(vault: Vault): ReadonlyMap<string, ReadonlySet<string>> {
  const { files } = vault.host;
  const content = files.read(files.within(vault.root, publicFile), largestPublic);
  return publicKeysByPath(parsePublic(content?.toString('utf8') ?? ''));
}

function rememberAll(vault: Vault, plaintexts: readonly Plaintext[]): void {
  if (plaintexts.length === 0) return;
  const paths = plaintexts.map((p) => p.path);
  try {
    const { ambient } = remember(vault.host.files, vault.state, plaintexts, {
      tracked: () => trackedContents(vault, paths),
      publicKeys: publicKeys(vault),
    });
    for (const label of ambient) {
      warn(
        vault,
        `${visible(label)} also stands in a file that git tracks: it is public or has leaked, and commits with it are not refused`,
      );
    }
  } catch (error) {
    // A repository that cannot be written to (a container, another user's) can still be read from; the guard then knows what it knew.
    if (!(error instanceof BlackboxError) || error.code === 'ERR_BLACKBOX_BUG') throw error;
    warn(vault, `the guard could not learn the values: ${error.sentence}`);
  }
}

/** The values of these plaintexts in the work tree will not be committed from now on. */
export function rememberPlaintexts(vault: Vault, paths: readonly RepoPath[]): void {
  const { files } = vault.host;
  const plaintexts: Plaintext[] = [];
  for (const path of paths) {
    const absolute = files.within(vault.root, path);
    const stat = files.stat(absolute);
    if (stat === null || stat.size > plaintextLimit) continue;
    const plaintext = files.read(absolute);
    if (plaintext !== null) plaintexts.push({ path, plaintext });
  }
  rememberAll(vault, plaintexts);
}

/** The same for a plaintext that was decrypted and is in memory. */
export function rememberBytes(vault: Vault, path: RepoPath, bytes: Uint8Array): void {
  if (bytes.length <= plaintextLimit) rememberAll(vault, [{ path, plaintext: bytes }]);
}

/** Several at once: the fingerprints are read and written once. */
export function rememberMany(vault: Vault, plaintexts: Iterable<Plaintext>): void {
  rememberAll(
    vault,
    [...plaintexts].filter((p) => p.plaintext.length <= plaintextLimit),
  );
}

/** These are no longer registered: their values are nobody's secret any more. */
export function forgetPaths(vault: Vault, paths: readonly RepoPath[]): void {
  forget(vault.host.files, vault.state, paths);
}

/** Whether what the guard knows can be read. When it cannot, the guard refuses everything until it has been learnt anew. */
export function canKnow(vault: Vault): boolean {
  try {
    loadKnown(vault.host.files, vault.state);
    return true;
  } catch (error) {
    if (error instanceof BlackboxError) return false;
    throw error;
  }
}
