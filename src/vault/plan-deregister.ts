/** Plans for files that leave the vault's care. */
import { showPath } from '../text.js';
import { plaintextChanged, sealedDiffers } from './file-errors.js';
import type { Keyring } from './keyring.js';
import { readOrigins, worktreeDigest } from './origins.js';
import { sealedPath } from './paths.js';
import { joinPlans, plan } from './plan.js';
import { planPlaintext } from './plan-decrypt.js';
import { sealedDigest } from './plan-encrypt.js';
import { registryPlan, unignorePlan } from './plan-gitfiles.js';
import { sealedOrDamaged } from './state.js';
import type { Origin, Plan, RegistryEntry, RepoPath, Vault } from './types.js';

export interface DeregisterOptions {
  /** Remove the plaintext as well: then only git's history has the content. */
  readonly remove: boolean;
  readonly force: boolean;
  readonly keyring: Keyring;
}

/** Of the two versions that there may be, the one that stays must not lack what the other one has. */
async function keepPlaintext(
  vault: Vault,
  path: RepoPath,
  origin: Origin | undefined,
  { keyring, force }: DeregisterOptions,
): Promise<Plan> {
  const digest = worktreeDigest(vault, path);
  if (digest === null) return planPlaintext(vault, path, keyring);
  const info = sealedOrDamaged(vault, { path });
  const safe = force || info === null || info === 'damaged' || info.payload === origin?.payload;
  if (!safe && digest !== (await sealedDigest(vault, path, keyring))) throw sealedDiffers(path);
  return plan({});
}

async function removePlaintext(
  vault: Vault,
  path: RepoPath,
  origin: Origin | undefined,
  { keyring, force }: DeregisterOptions,
): Promise<Plan> {
  const digest = worktreeDigest(vault, path);
  if (digest === null) return plan({});
  const safe = force || digest === origin?.plaintext || digest === (await sealedDigest(vault, path, keyring));
  if (!safe) throw plaintextChanged(path, 'deregistering it');
  return plan({ shred: [path] });
}

function removeSealed(vault: Vault, path: RepoPath): Plan {
  const { files } = vault.host;
  const sealed = sealedPath(path);
  const there = files.stat(files.within(vault.root, sealed)) !== null;
  return plan({
    summary: [`deregister ${showPath(path)}, remove ${showPath(sealed)}`],
    remove: there ? [sealed] : [],
    unstage: [sealed],
  });
}

/**
 * Takes entries out of registry and .gitignore and removes their sealed files. The plaintext stays, and is written where there is none;
 * with `remove` it goes as well.
 * @throws ERR_BLACKBOX_NEWER_SEALED, ERR_BLACKBOX_PLAINTEXT_CHANGED and those of `openSealed`
 */
export async function planDeregister(
  vault: Vault,
  registry: readonly RegistryEntry[],
  gone: readonly RegistryEntry[],
  options: DeregisterOptions,
): Promise<Plan> {
  const origins = readOrigins(vault);
  const paths = gone.map((e) => e.path);
  const plans: Plan[] = [];
  for (const path of paths) {
    const decide = options.remove ? removePlaintext : keepPlaintext;
    plans.push(await decide(vault, path, origins.get(path), options), removeSealed(vault, path));
  }
  const left = registry.filter((e) => !paths.includes(e.path));
  const forget = plan({ origins: new Map(paths.map((path) => [path, null])) });
  return joinPlans([...plans, registryPlan(vault, left), unignorePlan(vault, paths, left), forget]);
}
