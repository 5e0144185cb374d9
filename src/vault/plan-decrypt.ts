/** Plans for plaintext in the work tree: writing it, and removing it once it is sealed. */
import { showPath } from '../text.js';
import { plaintextChanged, plaintextMissing } from './file-errors.js';
import type { Keyring } from './keyring.js';
import { openPieces, openWithInfo, readSealedInfo } from './open.js';
import { digestOf, readOrigins, watch, worktreeDigest } from './origins.js';
import { joinPlans, plan } from './plan.js';
import { type EncryptOptions, sealedDigest } from './plan-encrypt.js';
import { sealedOrDamaged } from './state.js';
import type { Origin, Plan, RegistryEntry, RepoPath, Vault } from './types.js';

/** For its owner only. */
const plaintextMode = 0o600;

/** Writes what a sealed file holds, and records where it came from. */
export async function planPlaintext(vault: Vault, path: RepoPath, keyring: Keyring): Promise<Plan> {
  const { info, pieces } = await openWithInfo(vault, path, keyring);
  const watched = watch(vault);
  return plan({
    summary: [`write ${showPath(path)}`],
    writes: [
      { path: vault.host.files.within(vault.root, path), mode: plaintextMode, content: () => watched.through(pieces) },
    ],
    origins: new Map([[path, () => ({ payload: info.payload, plaintext: watched.digest() })]]),
  });
}

/** Overwrites a plaintext with new content that is in memory. */
export function overwritePlan(vault: Vault, path: RepoPath, content: Uint8Array): Plan {
  const absolute = vault.host.files.within(vault.root, path);
  return plan({ writes: [{ path: absolute, mode: plaintextMode, content }] });
}

export interface DecryptPlan {
  readonly plan: Plan;
  readonly written: readonly RepoPath[];
  /** Those that are what is sealed already. */
  readonly unchanged: readonly RepoPath[];
}

async function mustWrite(
  vault: Vault,
  path: RepoPath,
  origin: Origin | undefined,
  keyring: Keyring,
  force: boolean,
): Promise<boolean> {
  const digest = worktreeDigest(vault, path);
  if (digest === null || force) return true;
  if (digest === origin?.plaintext)
    return !isPrivate(vault, path) || readSealedInfo(vault, path)?.payload !== origin.payload;
  if (digest === (await sealedDigest(vault, path, keyring))) return true;
  throw plaintextChanged(path, 'decrypting');
}

function isPrivate(vault: Vault, path: RepoPath): boolean {
  const { files, platform } = vault.host;
  const mode = files.stat(files.within(vault.root, path))?.mode ?? 0;
  return platform === 'win32' || (mode & 0o077) === 0;
}

/**
 * Writes plaintexts, 0600. One with changes that are not sealed stops it unless forced.
 * @throws ERR_BLACKBOX_PLAINTEXT_CHANGED and those of `openSealed`
 */
export async function planDecrypt(
  vault: Vault,
  entries: readonly RegistryEntry[],
  keyring: Keyring,
  force: boolean,
): Promise<DecryptPlan> {
  const origins = readOrigins(vault);
  const plans: Plan[] = [];
  const written: RepoPath[] = [];
  const unchanged: RepoPath[] = [];
  for (const { path } of entries) {
    const needed = await mustWrite(vault, path, origins.get(path), keyring, force);
    (needed ? written : unchanged).push(path);
    if (needed) plans.push(await planPlaintext(vault, path, keyring));
  }
  return { plan: joinPlans(plans), written, unchanged };
}

/** Proves that the sealed file opens with the user's own identity and holds what the plaintext holds. */
export async function proveSealed(vault: Vault, path: RepoPath, keyring: Keyring): Promise<void> {
  const digest = worktreeDigest(vault, path);
  if (digest !== digestOf(vault, await openPieces(vault, path, keyring))) throw plaintextChanged(path, 'removing it');
}

/** Removes plaintexts whose content is sealed. @throws ERR_BLACKBOX_PLAINTEXT_CHANGED, ERR_BLACKBOX_PLAINTEXT_MISSING */
export async function planShred(
  vault: Vault,
  entries: readonly RegistryEntry[],
  options: EncryptOptions,
): Promise<Plan> {
  const origins = readOrigins(vault);
  const shred: RepoPath[] = [];
  for (const { path } of entries) {
    const digest = worktreeDigest(vault, path);
    if (digest === null && options.named) throw plaintextMissing(path);
    if (digest === null) continue;
    if (!options.force) await checkSealed(vault, path, origins.get(path), digest, options.keyring);
    shred.push(path);
  }
  return plan({
    summary: shred.map((path) => `shred ${showPath(path)}`),
    shred,
    origins: new Map(shred.map((path) => [path, null])),
  });
}

async function checkSealed(
  vault: Vault,
  path: RepoPath,
  origin: Origin | undefined,
  digest: string,
  keyring: Keyring,
): Promise<void> {
  const info = sealedOrDamaged(vault, { path });
  if (info === null || info === 'damaged') throw plaintextChanged(path, 'removing it');
  // Opened to its end: only then is it certain that there is a sealed version of what is about to go.
  const held = digestOf(vault, await openPieces(vault, path, keyring));
  // What came from an older version of the sealed file is in git's history; only what was never sealed can be lost.
  if (held !== digest && origin?.plaintext !== digest) throw plaintextChanged(path, 'removing it');
}
