/** Keeps the guard's fingerprints up to date: called wherever a program has a plaintext in hand. */
import { BlackboxError } from '../errors.js';
import { visible } from '../text.js';
import type { RepoPath, Vault } from '../vault/types.js';
import { largestPublic, parsePublic, publicFile, publicKeysByPath } from './public.js';
import { foldPath } from './registered.js';
import { forget, remember } from './remember.js';
import { loadKnown } from './store.js';

/** What is larger is data rather than secrets, and would take longer to fingerprint than anybody waits for. */
const plaintextLimit = 16 * 1024 * 1024;
/** How much of what git tracks is looked through for values that are public already: about a second. What is not looked at blocks. */
const trackedBytes = 64 * 1024 * 1024;
/** Larger tracked files are not where a value that everybody knows is found. */
const trackedFileLimit = 4 * 1024 * 1024;
const trackedAtOnce = 500;

interface Known {
  readonly path: RepoPath;
  readonly plaintext: Uint8Array;
}

/** A vault, and what the layers above know of it. */
export interface Learning {
  readonly vault: Vault;
  /** The paths in its registry. */
  readonly registered: () => readonly string[];
  /** Tells a person, in words without values. */
  readonly warn: (sentence: string) => void;
}

/** What git tracks, as it stands in the index, but for sealed files and for what is or is being registered. */
function* trackedContents({ vault, registered }: Learning, paths: readonly string[]): Generator<Uint8Array> {
  const git = vault.host.git.open(vault.repository);
  const own = new Set([...paths, ...registered()].map(foldPath));
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

/** What the team has marked as no secret, by path. @throws ERR_BLACKBOX_VAULT_DAMAGED, which those who learn say as a warning */
export function publicKeysOf({
  host: { files },
  root,
}: Pick<Vault, 'host' | 'root'>): ReadonlyMap<string, ReadonlySet<string>> {
  const content = files.read(files.within(root, publicFile), largestPublic);
  return publicKeysByPath(parsePublic(content?.toString('utf8') ?? ''));
}

function learnAll(learning: Learning, plaintexts: readonly Known[]): void {
  if (plaintexts.length === 0) return;
  const { vault, warn } = learning;
  const paths = plaintexts.map((p) => p.path);
  try {
    const { ambient } = remember(vault.host.files, vault.state, plaintexts, {
      tracked: () => trackedContents(learning, paths),
      publicKeys: publicKeysOf(vault),
    });
    for (const label of ambient)
      warn(
        `${visible(label)} also stands in a file that git tracks: it is public or has leaked, and commits with it are not refused`,
      );
  } catch (error) {
    // A repository that cannot be written to (a container, another user's) can still be read from; the guard then knows what it knew.
    if (!(error instanceof BlackboxError) || error.code === 'ERR_BLACKBOX_BUG') throw error;
    warn(`the guard could not learn the values: ${error.sentence}`);
  }
}

/** The values of these plaintexts in the work tree will not be committed from now on. */
export function learnFiles(learning: Learning, paths: readonly RepoPath[]): void {
  const { host, root } = learning.vault;
  const plaintexts: Known[] = [];
  for (const path of paths) {
    const absolute = host.files.within(root, path);
    const stat = host.files.stat(absolute);
    if (stat === null || stat.size > plaintextLimit) continue;
    const plaintext = host.files.read(absolute);
    if (plaintext !== null) plaintexts.push({ path, plaintext });
  }
  learnAll(learning, plaintexts);
}

/** The same for plaintexts that were decrypted and are in memory: the fingerprints are read and written once for all of them. */
export function learn(learning: Learning, plaintexts: Iterable<Known>): void {
  learnAll(
    learning,
    [...plaintexts].filter((p) => p.plaintext.length <= plaintextLimit),
  );
}

/** These are no longer registered: their values are nobody's secret any more. */
export function unlearn(vault: Vault, paths: readonly RepoPath[]): void {
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
