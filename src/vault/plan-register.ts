/** Plans for files that come under the vault's care. */
import { showPath } from '../text.js';
import { alreadyRegistered, cannotSeal, collidingPath, sealedFileInTheWay } from './file-errors.js';
import type { Keyring } from './keyring.js';
import { worktreeDigest } from './origins.js';
import { foldPath, sealedPath } from './paths.js';
import { joinPlans, plan } from './plan.js';
import { proveReadable, type SealPlan, sealEntry, sealedDigest } from './plan-encrypt.js';
import { attributesPlan, ignorePlan, registryPlan } from './plan-gitfiles.js';
import type { Plan, RegistryEntry, RepoPath, Roster, Vault } from './types.js';

function exists(vault: Vault, path: RepoPath): boolean {
  const { files } = vault.host;
  return files.stat(files.within(vault.root, path)) !== null;
}

/** Registered paths, by what file systems take for one. */
type Names = Map<string, RepoPath>;

function namesOf(registry: readonly RegistryEntry[]): Names {
  return new Map(registry.map((e) => [foldPath(e.path), e.path]));
}

/** Whether this name may be registered beside those that are. */
function checkName(path: RepoPath, names: Names): void {
  const twin = names.get(foldPath(path));
  if (twin !== undefined) throw collidingPath(path, twin);
  if (/^\.git(ignore|attributes|modules)$/i.test(path.split('/').at(-1) ?? '')) {
    throw cannotSeal(path, 'git itself reads it');
  }
  const plaintext = path.endsWith('.age') ? names.get(foldPath(path.slice(0, -'.age'.length))) : undefined;
  if (plaintext !== undefined) throw cannotSeal(path, `it is the sealed file of ${showPath(plaintext)}`);
  const inTheWay = names.get(foldPath(sealedPath(path)));
  if (inTheWay !== undefined) throw cannotSeal(path, `${showPath(inTheWay)} is registered itself`);
}

function checkPlaintext(vault: Vault, path: RepoPath): void {
  const { files } = vault.host;
  const kind = files.stat(files.within(vault.root, path))?.kind;
  if (kind === undefined) throw cannotSeal(path, 'there is no such file');
  if (kind === 'folder') throw cannotSeal(path, 'it is a folder; name the files in it');
  if (kind !== 'file') throw cannotSeal(path, 'it is not a regular file');
}

export interface RegisterOptions {
  /** Leave the plaintext where it is. */
  readonly keep: boolean;
  readonly keyring: Keyring;
  /** What git tracks of these paths and their sealed files. */
  readonly tracked: ReadonlySet<string>;
}

/** Whether the sealed file holds what the plaintext holds: then an earlier run was killed before its end, and this one finishes its work. */
async function isSealed(vault: Vault, path: RepoPath, keyring: Keyring): Promise<boolean> {
  if (!exists(vault, path) || !exists(vault, sealedPath(path))) return false;
  const digest = await sealedDigest(vault, path, keyring);
  return digest !== null && digest === worktreeDigest(vault, path);
}

/** What is left to do for a path that is in the registry. */
async function finish(vault: Vault, path: RepoPath, options: RegisterOptions): Promise<Plan> {
  const unstaged = !exists(vault, path) && exists(vault, sealedPath(path)) && !options.tracked.has(sealedPath(path));
  if (!unstaged && !(await isSealed(vault, path, options.keyring))) throw alreadyRegistered(path);
  return plan({ stage: [sealedPath(path)] });
}

async function registerOne(
  vault: Vault,
  roster: Roster,
  names: Names,
  path: RepoPath,
  options: RegisterOptions,
): Promise<Plan> {
  if (names.get(foldPath(path)) === path) return finish(vault, path, options);
  checkName(path, names);
  checkPlaintext(vault, path);
  if (exists(vault, sealedPath(path)) && !(await isSealed(vault, path, options.keyring))) {
    throw sealedFileInTheWay(path);
  }
  const { plan: seal, header } = await sealEntry(vault, roster, { path, groups: [] });
  // Whoever has the only plaintext removed must be able to read it again.
  if (!options.keep) await proveReadable(vault, path, header, options.keyring);
  return options.keep ? seal : plan({ ...seal, origins: new Map([[path, null]]) });
}

/** The registry with new paths, and git told to ignore them. */
function entriesPlan(vault: Vault, entries: readonly RegistryEntry[], paths: readonly RepoPath[]): Plan {
  // Staged also when a killed run has written it already.
  const ignored = plan({ stage: ['.gitignore' as RepoPath] });
  const changes = [registryPlan(vault, entries), ignorePlan(vault, paths, entries), attributesPlan(vault)];
  return joinPlans([...changes, ignored]);
}

/**
 * Seals files that were not registered, registers and git-ignores them, takes them out of git's index. What a killed run has done already
 * is not done again.
 * @throws ERR_BLACKBOX_ALREADY_REGISTERED, _NOT_SEALABLE, _SEALED_EXISTS, _PATH_REFUSED, _NOT_ON_ROSTER
 */
export async function planRegister(
  vault: Vault,
  roster: Roster,
  registry: readonly RegistryEntry[],
  paths: readonly RepoPath[],
  options: RegisterOptions,
): Promise<Plan> {
  const unique = [...new Set(paths)];
  const names = namesOf(registry);
  const sealed: Plan[] = [];
  for (const path of unique) {
    sealed.push(await registerOne(vault, roster, names, path, options));
    names.set(foldPath(path), path);
  }
  const known = new Set(registry.map((e) => e.path));
  const entries = [...registry, ...unique.filter((p) => !known.has(p)).map((path) => ({ path, groups: [] }))];
  const tidy = plan({
    shred: options.keep ? [] : unique.filter((path) => exists(vault, path)),
    unstage: unique.filter((path) => options.tracked.has(path)),
  });
  return joinPlans([...sealed, entriesPlan(vault, entries, unique), tidy]);
}

/**
 * Registers a path that has no file yet, with content that is in memory: no plaintext is written.
 * @throws as {@link planRegister}
 */
export async function planRegisterContent(
  vault: Vault,
  roster: Roster,
  registry: readonly RegistryEntry[],
  path: RepoPath,
  content: Uint8Array,
): Promise<SealPlan> {
  if (registry.some((e) => e.path === path)) throw alreadyRegistered(path);
  checkNewPath(vault, path, registry);
  const entry = { path, groups: [] };
  const { plan: seal, header } = await sealEntry(vault, roster, entry, () => [content]);
  const forget = plan({ origins: new Map([[path, null]]) });
  return { header, plan: joinPlans([seal, entriesPlan(vault, [...registry, entry], [path]), forget]) };
}

/** Whether a path that has no file yet could be registered. */
export function checkNewPath(vault: Vault, path: RepoPath, registry: readonly RegistryEntry[]): void {
  checkName(path, namesOf(registry));
  if (exists(vault, sealedPath(path))) throw sealedFileInTheWay(path);
}
