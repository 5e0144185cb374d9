/** Plans for sealing what has changed, and never over somebody else's change. */
import { BlackboxError } from '../errors.js';
import { showPath } from '../text.js';
import { notOnRoster } from './errors.js';
import { cannotSeal, newerSealed, notSealed, outdatedPlaintext, plaintextMissing } from './file-errors.js';
import type { Keyring } from './keyring.js';
import { fileKeyOf, openPieces, readSealedInfo } from './open.js';
import { digestOf, readOrigins, worktreeDigest } from './origins.js';
import { sealedPath } from './paths.js';
import { joinPlans, plan } from './plan.js';
import { planStrangers } from './plan-strangers.js';
import { audienceOf } from './roster.js';
import { sealContent } from './seal.js';
import { inspectSealed } from './sealed.js';
import { fileState, sealedOrDamaged } from './state.js';
import { audienceChanged } from './trust-errors.js';
import type { FileState, Origin, Plan, RegistryEntry, RepoPath, Roster, Vault } from './types.js';

/** Keyed digest of what a sealed file holds; null when there is none, or the user cannot open it. */
export async function sealedDigest(vault: Vault, path: RepoPath, keyring: Keyring): Promise<string | null> {
  try {
    return digestOf(vault, await openPieces(vault, path, keyring));
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

export interface SealPlan {
  readonly plan: Plan;
  /** Of the new sealed file. */
  readonly header: Buffer;
}

/**
 * The registry is not signed, the sealed file is: whoever could change the one must not make somebody seal new content for others than the
 * content before it was for.
 * @throws ERR_BLACKBOX_NOT_AUTHENTIC
 */
export function checkAudience(vault: Vault, entry: RegistryEntry): void {
  const info = sealedOrDamaged(vault, entry);
  if (info === null || info === 'damaged' || info.seal === null) return;
  const { groups } = info.seal;
  if (groups.join() !== entry.groups.join()) throw audienceChanged(entry.path, entry.groups, groups);
}

/** What somebody could read who is not to goes into the ledger, also where other content is sealed over it: not all of it is new. */
export async function noteStrangers(
  vault: Vault,
  roster: Roster,
  entry: RegistryEntry,
  keyring: Keyring,
): Promise<Plan> {
  const info = sealedOrDamaged(vault, entry);
  if (info === null || info === 'damaged') return plan({});
  return (await planStrangers(vault, roster, [{ entry, info }], keyring)).plan;
}

/** Seals the plaintext in the work tree (or other content) for whom the roster says, and records that it came from there. */
export async function sealEntry(
  vault: Vault,
  roster: Roster,
  entry: RegistryEntry,
  pieces?: () => Iterable<Uint8Array>,
): Promise<SealPlan> {
  const { path } = entry;
  const { files } = vault.host;
  const plaintext = pieces ?? (() => files.readPieces(files.within(vault.root, path)));
  const sealed = await sealContent(vault, path, audienceOf(roster, entry), plaintext);
  const change = plan({
    summary: [`seal ${showPath(path)} as ${showPath(sealedPath(path))}`],
    seals: [sealed.draft],
    stage: [sealedPath(path)],
    origins: new Map([[path, sealed.origin]]),
  });
  return { plan: change, header: sealed.header() };
}

/** Whether the user can open what a new header wraps: asked before anything is written. @throws ERR_BLACKBOX_NOT_ON_ROSTER */
export async function proveReadable(vault: Vault, path: RepoPath, header: Buffer, keyring: Keyring): Promise<void> {
  const file = sealedPath(path);
  try {
    await fileKeyOf(vault, file, inspectSealed(header, file), keyring);
  } catch (error) {
    const outsider = ['ERR_BLACKBOX_NO_IDENTITY', 'ERR_BLACKBOX_NOT_A_RECIPIENT'];
    throw error instanceof BlackboxError && outsider.includes(error.code) ? notOnRoster(path, error.attempts) : error;
  }
}

export interface EncryptOptions {
  readonly force: boolean;
  /** Whether these files were named one by one: then a missing plaintext is an error. */
  readonly named: boolean;
  /** The plaintext will be removed: the user has to be able to read it again. */
  readonly removing?: boolean;
  readonly keyring: Keyring;
}

/** Whether sealing this plaintext is needed and would undo nobody's change. */
async function mustSeal(
  vault: Vault,
  state: FileState,
  origin: Origin | undefined,
  options: EncryptOptions,
): Promise<boolean> {
  const { path } = state.entry;
  if (options.force || state.condition === 'unsealed') return true;
  if (state.condition === 'damaged') throw notSealed(sealedPath(path), 'sealing over it would lose what it was');
  const current = state.lacking.length + state.surplus.length === 0;
  if (!state.conflict && state.condition !== 'outdated') return state.condition === 'changed' || !current;
  const held = await sealedDigest(vault, path, options.keyring);
  if (held !== null && held === worktreeDigest(vault, path)) return !current;
  // Sealed anew for other people, but with the content that this plaintext came from: nothing of anybody's would be lost.
  if (held !== null && held === origin?.plaintext) return true;
  throw state.conflict ? newerSealed(path) : outdatedPlaintext(path);
}

export interface EncryptPlan {
  readonly plan: Plan;
  readonly sealed: readonly RepoPath[];
  readonly unchanged: readonly RepoPath[];
}

/**
 * Seals the plaintexts that have changed since they were sealed, or whose readers have.
 * @throws ERR_BLACKBOX_NEWER_SEALED when a sealed file has changed since its plaintext was made; ERR_BLACKBOX_PLAINTEXT_MISSING; those of
 * `checkAudience`
 */
export async function planEncrypt(
  vault: Vault,
  roster: Roster,
  entries: readonly RegistryEntry[],
  options: EncryptOptions,
): Promise<EncryptPlan> {
  const origins = readOrigins(vault);
  const plans: Plan[] = [];
  const sealed: RepoPath[] = [];
  const unchanged: RepoPath[] = [];
  const { files } = vault.host;
  for (const entry of entries) {
    const kind = files.stat(files.within(vault.root, entry.path))?.kind;
    if (kind === undefined && options.named) throw plaintextMissing(entry.path);
    if (kind === undefined) continue;
    if (kind !== 'file') throw cannotSeal(entry.path, 'it is not a regular file');
    const origin = origins.get(entry.path);
    const state = fileState(vault, roster, entry, origin);
    const needed = await mustSeal(vault, state, origin, options);
    (needed ? sealed : unchanged).push(entry.path);
    if (needed) plans.push(await sealNeeded(vault, roster, entry, options));
    else if (state.condition !== 'open') plans.push(foundSame(vault, entry.path));
  }
  return { plan: joinPlans(plans), sealed, unchanged };
}

/** A plaintext that was compared with what is sealed, and is the same: from now on that is known. */
function foundSame(vault: Vault, path: RepoPath): Plan {
  const payload = readSealedInfo(vault, path)?.payload;
  const plaintext = worktreeDigest(vault, path);
  if (payload === undefined || plaintext === null) return plan({});
  return plan({ origins: new Map([[path, { payload, plaintext }]]) });
}

async function sealNeeded(vault: Vault, roster: Roster, entry: RegistryEntry, options: EncryptOptions): Promise<Plan> {
  checkAudience(vault, entry);
  const noted = await noteStrangers(vault, roster, entry, options.keyring);
  const { plan: seal, header } = await sealEntry(vault, roster, entry);
  if (options.removing === true) await proveReadable(vault, entry.path, header, options.keyring);
  return joinPlans([noted, seal]);
}
