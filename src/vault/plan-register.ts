/** Plans for files that come under the vault's care. */
import { join } from 'node:path';
import { BlackboxError } from '../errors.js';
import { showPath } from '../text.js';
import {
  alreadyRegistered,
  cannotSeal,
  collidingPath,
  emptyGroup,
  inAnotherRepository,
  nothingToSeal,
  outsideGroups,
  sealedFileInTheWay,
  sealedMissing,
} from './file-errors.js';
import type { Keyring } from './keyring.js';
import { worktreeDigest } from './origins.js';
import { foldPath, sealedPath } from './paths.js';
import { joinPlans, plan } from './plan.js';
import { proveReadable, type SealPlan, sealEntry, sealedDigest } from './plan-encrypt.js';
import { attributesPlan, ignorePlan, registryPlan } from './plan-gitfiles.js';
import { planReseal } from './plan-reseal.js';
import { formatSealedHeader } from './sealed.js';
import type { Plan, RegistryEntry, RepoPath, Roster, Vault } from './types.js';

function exists(vault: Vault, path: RepoPath): boolean {
  const { files } = vault.host;
  return files.stat(files.within(vault.root, path)) !== null;
}

/** What is registered, to be asked for each of many paths. */
interface Names {
  readonly entries: Map<RepoPath, RegistryEntry>;
  /** By the path as file systems may take it. */
  readonly folded: Map<string, RepoPath>;
}

function namesOf(registry: readonly RegistryEntry[]): Names {
  const names: Names = { entries: new Map(), folded: new Map() };
  for (const entry of registry) addName(names, entry);
  return names;
}

function addName({ entries, folded }: Names, entry: RegistryEntry): void {
  entries.set(entry.path, entry);
  folded.set(foldPath(entry.path), entry.path);
}

/** Git tracks nothing below a submodule or a clone inside this one: what were sealed there would belong to neither repository. */
function checkOwnRepository({ host: { files }, root }: Vault, path: RepoPath): void {
  const folders = path.split('/').slice(0, -1);
  for (const i of folders.keys()) {
    const folder = folders.slice(0, i + 1).join('/') as RepoPath;
    if (files.stat(join(files.within(root, folder), '.git')) === null) continue;
    throw inAnotherRepository(path, folder);
  }
}

/** Whether this name may be registered beside those that are. */
export function checkName(vault: Vault, path: RepoPath, registry: readonly RegistryEntry[]): void {
  checkFree(vault, path, namesOf(registry));
}

function checkFree(vault: Vault, path: RepoPath, { entries, folded }: Names): void {
  const twin = folded.get(foldPath(path));
  if (twin !== undefined) throw collidingPath(path, twin);
  if (/^\.git(ignore|attributes|modules)$/i.test(path.split('/').at(-1) ?? '')) {
    throw cannotSeal(path, 'git itself reads it');
  }
  const sealed = path.endsWith('.age') ? entries.get(path.slice(0, -'.age'.length) as RepoPath) : undefined;
  if (sealed !== undefined) throw cannotSeal(path, `it is the sealed file of ${showPath(sealed.path)}`);
  const inTheWay = entries.get(sealedPath(path));
  if (inTheWay !== undefined) throw cannotSeal(path, `${showPath(inTheWay.path)} is registered itself`);
  checkOwnRepository(vault, path);
}

function checkPlaintext(vault: Vault, path: RepoPath): void {
  const { files } = vault.host;
  const kind = files.stat(files.within(vault.root, path))?.kind;
  if (kind === undefined) throw nothingToSeal(path);
  if (kind === 'folder') throw cannotSeal(path, 'it is a folder; name the files in it');
  if (kind !== 'file') throw cannotSeal(path, 'it is not a regular file');
}

export interface RegisterOptions {
  /** Leave the plaintext where it is. */
  readonly keep: boolean;
  readonly keyring: Keyring;
  /** What git tracks of these paths and their sealed files. */
  readonly tracked: ReadonlySet<string>;
  /** For whom they are, also those that are registered already; undefined for everybody, and for leaving it as it is. */
  readonly groups?: readonly string[];
}

/** Whether the sealed file holds what the plaintext holds: then an earlier run was killed before its end, and this one finishes its work. */
async function isSealed(vault: Vault, path: RepoPath, keyring: Keyring): Promise<boolean> {
  if (!exists(vault, path) || !exists(vault, sealedPath(path))) return false;
  const digest = await sealedDigest(vault, path, keyring);
  return digest !== null && digest === worktreeDigest(vault, path);
}

/** What is left to do for a path that is in the registry. */
async function finish(vault: Vault, entry: RegistryEntry, options: RegisterOptions): Promise<Plan> {
  const { path } = entry;
  const unstaged = !exists(vault, path) && exists(vault, sealedPath(path)) && !options.tracked.has(sealedPath(path));
  if (!unstaged && !(await isSealed(vault, path, options.keyring))) throw alreadyRegistered(path);
  return plan({ stage: [sealedPath(path)] });
}

/** Whoever seals something for groups has to be able to read it again: also when its plaintext stays. */
async function proveOwn(
  vault: Vault,
  { path, groups }: RegistryEntry,
  header: Buffer,
  keyring: Keyring,
): Promise<void> {
  try {
    await proveReadable(vault, path, header, keyring);
  } catch (error) {
    const outside = error instanceof BlackboxError && error.code === 'ERR_BLACKBOX_NOT_ON_ROSTER';
    throw outside && groups.length > 0 ? outsideGroups(path, groups, error.attempts) : error;
  }
}

/** The same content for others than before, on purpose. */
async function regroup(
  vault: Vault,
  roster: Roster,
  entries: readonly RegistryEntry[],
  keyring: Keyring,
): Promise<Plan> {
  const options = { keyring, fresh: false, regroup: new Set(entries.map(({ path }) => path)) };
  const { plan: reseal, missing } = await planReseal(vault, roster, entries, options);
  if (missing[0] !== undefined) throw sealedMissing(missing[0]);
  const drafts = new Map(reseal.seals.map((draft) => [draft.path, draft]));
  for (const entry of entries) {
    const draft = drafts.get(entry.path);
    if (draft === undefined) continue;
    const { recipients, stanzas, fileKey } = draft;
    await proveOwn(vault, entry, formatSealedHeader(recipients, stanzas, fileKey, null), keyring);
  }
  return joinPlans([reseal, plan({ stage: entries.map(({ path }) => sealedPath(path)) })]);
}

/** A group of nobody is a misspelt one, and a file for it would be readable by fewer than meant. */
function checkGroups(roster: Roster, groups: readonly string[]): void {
  const known = new Set(roster.people.flatMap((p) => p.groups));
  const empty = groups.find((g) => !known.has(g));
  if (empty !== undefined) throw emptyGroup(empty, [...known].sort());
}

async function registerOne(
  vault: Vault,
  roster: Roster,
  names: Names,
  path: RepoPath,
  options: RegisterOptions,
): Promise<Plan> {
  const known = names.entries.get(path);
  const entry = { path, groups: options.groups ?? [] };
  if (known !== undefined) return finish(vault, known, options);
  checkFree(vault, path, names);
  checkPlaintext(vault, path);
  if (exists(vault, sealedPath(path)) && !(await isSealed(vault, path, options.keyring))) {
    throw sealedFileInTheWay(path);
  }
  const { plan: seal, header } = await sealEntry(vault, roster, entry);
  // Whoever has the only plaintext removed must be able to read it again.
  if (!options.keep || entry.groups.length > 0) await proveOwn(vault, entry, header, options.keyring);
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
 * is not done again. With groups, those that are registered are sealed for them from now on.
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
  const { groups } = options;
  checkGroups(roster, groups ?? []);
  const names = namesOf(registry);
  const regrouped = new Set(groups === undefined ? [] : registry.map((e) => e.path));
  const again = unique.filter((path) => regrouped.has(path)).map((path) => ({ path, groups: groups ?? [] }));
  const sealed = again.length === 0 ? [] : [await regroup(vault, roster, again, options.keyring)];
  for (const path of unique) {
    if (!regrouped.has(path)) sealed.push(await registerOne(vault, roster, names, path, options));
    addName(names, { path, groups: groups ?? names.entries.get(path)?.groups ?? [] });
  }
  const tidy = plan({
    shred: options.keep ? [] : unique.filter((path) => !regrouped.has(path) && exists(vault, path)),
    unstage: unique.filter((path) => options.tracked.has(path)),
  });
  return joinPlans([...sealed, entriesPlan(vault, [...names.entries.values()], unique), tidy]);
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
  checkName(vault, path, registry);
  if (exists(vault, sealedPath(path))) throw sealedFileInTheWay(path);
}
