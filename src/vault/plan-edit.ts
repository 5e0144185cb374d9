/** Plans for putting an edit in place: never over what somebody else has sealed meanwhile, nor over a plaintext with changes of its own. */
import { shellWord } from '../text.js';
import { movedMeanwhile, notRegistered, plaintextChanged, tooLargeToEdit } from './file-errors.js';
import type { Keyring } from './keyring.js';
import { openWithInfo, readSealedInfo } from './open.js';
import { digestOf, readOrigins, worktreeDigest } from './origins.js';
import { sealedPath } from './paths.js';
import { joinPlans, plan } from './plan.js';
import { overwritePlan } from './plan-decrypt.js';
import { checkAudience, noteStrangers, proveReadable, sealEntry, sealedDigest } from './plan-encrypt.js';
import { planRegisterContent } from './plan-register.js';
import type { Origin, Plan, RegistryEntry, RepoPath, Roster, Vault } from './types.js';

/** More than any editor is pleasant with. The content is held in memory several times over. */
const editLimit = 32 * 1024 * 1024;

export interface OpenedForEdit {
  readonly content: Buffer;
  readonly origin: Origin;
}

/** What a sealed file holds, to be edited. @throws ERR_BLACKBOX_TOO_LARGE and those of `openSealed` */
export async function openForEdit(vault: Vault, path: RepoPath, keyring: Keyring): Promise<OpenedForEdit> {
  const { files } = vault.host;
  const size = files.stat(files.within(vault.root, sealedPath(path)))?.size ?? 0;
  if (size > editLimit) throw tooLargeToEdit(path, editLimit);
  const { info, pieces } = await openWithInfo(vault, path, keyring);
  const content = Buffer.concat([...pieces]);
  return { content, origin: { payload: info.payload, plaintext: digestOf(vault, [content]) } };
}

/**
 * Makes sure that a sealed file still holds what it held when an edit began; of one that was new, that there still is none.
 * @throws ERR_BLACKBOX_NEWER_SEALED
 */
export async function checkUnmoved(vault: Vault, path: RepoPath, base: Origin | null, keyring: Keyring): Promise<void> {
  const payload = readSealedInfo(vault, path)?.payload;
  if (payload === base?.payload) return;
  if (base === null || (await sealedDigest(vault, path, keyring)) !== base.plaintext) throw movedMeanwhile(path);
}

/**
 * Whether there is a plaintext in the work tree that an edit has to change as well.
 * @throws ERR_BLACKBOX_PLAINTEXT_CHANGED when it has changes of its own
 */
export function hasPlaintextToUpdate(vault: Vault, path: RepoPath, base: Origin): boolean {
  const digest = worktreeDigest(vault, path);
  if (digest === null) return false;
  if (digest === base.plaintext || digest === readOrigins(vault).get(path)?.plaintext) return true;
  throw plaintextChanged(path, 'editing the sealed file', `blackbox-ts shred --force ${shellWord(path)}`);
}

export interface Edit {
  readonly path: RepoPath;
  readonly content: Uint8Array;
  /** What the sealed file held when the edit began; null for a file that is new. */
  readonly base: Origin | null;
}

/**
 * Seals an edit, and registers a file that is new.
 * @throws ERR_BLACKBOX_NEWER_SEALED, ERR_BLACKBOX_PLAINTEXT_CHANGED, ERR_BLACKBOX_NOT_ON_ROSTER, those of
 * `checkAudience`, and those of `planRegister` for a new one
 */
export async function planEdit(
  vault: Vault,
  roster: Roster,
  registry: readonly RegistryEntry[],
  { path, content, base }: Edit,
  keyring: Keyring,
): Promise<Plan> {
  if (base === null) {
    const fresh = await planRegisterContent(vault, roster, registry, path, content);
    await proveReadable(vault, path, fresh.header, keyring);
    return fresh.plan;
  }
  const entry = registry.find((e) => e.path === path);
  if (entry === undefined) throw notRegistered(path, []);
  await checkUnmoved(vault, path, base, keyring);
  checkAudience(vault, entry);
  const update = hasPlaintextToUpdate(vault, path, base);
  const noted = await noteStrangers(vault, roster, entry, keyring);
  const { plan: seal, header } = await sealEntry(vault, roster, entry, () => [content]);
  await proveReadable(vault, path, header, keyring);
  if (update) return joinPlans([noted, seal, overwritePlan(vault, path, content)]);
  return joinPlans([noted, plan({ ...seal, origins: new Map([[path, null]]) })]);
}
