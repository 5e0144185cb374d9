/** Plans for a registered file that gets another path: its signature names the old one, so it is sealed again under the new one. */
import { shellWord, showPath } from '../text.js';
import { notRegistered, notSealed, placeTaken, plaintextChanged, sealedDiffers, sealedMissing } from './file-errors.js';
import type { Keyring } from './keyring.js';
import { openPieces } from './open.js';
import { digestOf, readOrigins, worktreeDigest } from './origins.js';
import { sealedPath } from './paths.js';
import { joinPlans, plan } from './plan.js';
import { sealedDigest } from './plan-encrypt.js';
import { attributesPlan, moveIgnorePlan, registryPlan } from './plan-gitfiles.js';
import { checkName } from './plan-register.js';
import { checkVouchable } from './plan-reseal.js';
import { planStrangers } from './plan-strangers.js';
import { registryFile } from './registry.js';
import { audienceOf } from './roster.js';
import { resealFor } from './seal.js';
import { sealedOrDamaged } from './state.js';
import type { Origin, Plan, RegistryEntry, RepoPath, Roster, SealedInfo, Vault } from './types.js';

/** For its owner only. */
const plaintextMode = 0o600;

export interface MoveOptions {
  readonly keyring: Keyring;
  /** What git tracks of the old path and its sealed file. */
  readonly tracked: ReadonlySet<string>;
}

function exists(vault: Vault, path: RepoPath): boolean {
  const { files } = vault.host;
  return files.stat(files.within(vault.root, path)) !== null;
}

/** What is in the way must be what an earlier, killed run has put there: the same content. */
async function checkFree(vault: Vault, from: RepoPath, to: RepoPath, keyring: Keyring): Promise<void> {
  if (exists(vault, sealedPath(to))) {
    const held = await sealedDigest(vault, to, keyring);
    if (held === null || held !== (await sealedDigest(vault, from, keyring))) throw placeTaken(from, sealedPath(to));
  }
  const plaintext = worktreeDigest(vault, to);
  if (plaintext !== null && plaintext !== worktreeDigest(vault, from)) throw placeTaken(from, to);
}

/** The plaintext, if there is one, goes along: unless it has changes that would go along unseen. */
async function movePlaintext(
  vault: Vault,
  { path: from }: RegistryEntry,
  to: RepoPath,
  info: SealedInfo,
  next: (() => Origin) | null,
  keyring: Keyring,
): Promise<Plan> {
  const { files } = vault.host;
  const digest = worktreeDigest(vault, from);
  if (digest === null) return plan({ origins: new Map([[from, null]]) });
  const origin = readOrigins(vault).get(from);
  const unchanged = origin?.plaintext === digest && origin.payload === info.payload;
  if (!unchanged && digest !== (await sealedDigest(vault, from, keyring))) {
    throw plaintextChanged(from, 'moving it', `blackbox-ts decrypt --force ${shellWord(from)}`);
  }
  const source = files.within(vault.root, from);
  const target = files.within(vault.root, to);
  return plan({
    writes: [{ path: target, mode: plaintextMode, content: () => files.readPieces(source) }],
    shred: [from],
    origins: new Map<RepoPath, Origin | null | (() => Origin)>([
      [from, null],
      [to, next ?? { payload: info.payload, plaintext: digest }],
    ]),
  });
}

/** What git has to be told. */
function bookkeeping(vault: Vault, entries: readonly RegistryEntry[], from: RepoPath, to: RepoPath): Plan {
  const tidy = plan({
    stage: [sealedPath(to), registryFile as RepoPath, '.gitignore' as RepoPath],
    remove: [sealedPath(from)],
    unstage: [sealedPath(from)],
  });
  return joinPlans([
    registryPlan(vault, entries),
    moveIgnorePlan(vault, from, to, entries),
    attributesPlan(vault),
    tidy,
  ]);
}

/** A run that was killed has moved it already, and has not cleared up behind itself. */
async function finish(
  vault: Vault,
  registry: readonly RegistryEntry[],
  from: RepoPath,
  to: RepoPath,
  { keyring, tracked }: MoveOptions,
): Promise<Plan> {
  const known = registry.map((e) => e.path);
  const left = exists(vault, sealedPath(from));
  if (!known.includes(to) || !(left || tracked.has(sealedPath(from)))) throw notRegistered(from, known);
  const held = digestOf(vault, await openPieces(vault, to, keyring));
  if (left && held !== (await sealedDigest(vault, from, keyring))) throw notRegistered(from, known);
  const shred = worktreeDigest(vault, from) === held ? [from] : [];
  return joinPlans([bookkeeping(vault, registry, from, to), plan({ shred, origins: new Map([[from, null]]) })]);
}

/**
 * Gives a registered file another path: sealed file, signature, registry, .gitignore, and its plaintext where there is one.
 * @throws ERR_BLACKBOX_NOT_REGISTERED, _PATH_REFUSED, _NOT_SEALABLE, _SEALED_EXISTS, _PLAINTEXT_CHANGED, _NOT_AUTHENTIC and those of `fileKeyOf`
 */
export async function planMove(
  vault: Vault,
  roster: Roster,
  registry: readonly RegistryEntry[],
  from: RepoPath,
  to: RepoPath,
  options: MoveOptions,
): Promise<Plan> {
  const { keyring } = options;
  const entry = registry.find((e) => e.path === from);
  if (entry === undefined) return finish(vault, registry, from, to, options);
  // Also beside its own old name: where letter case is nothing, both would be one file, and removing the old one would lose it.
  checkName(vault, to, registry);
  const info = sealedOrDamaged(vault, entry);
  if (info === null) throw sealedMissing(from);
  if (info === 'damaged') throw notSealed(sealedPath(from), 'it cannot be moved');
  checkVouchable(vault, roster, entry, info, { keyring, fresh: false });
  await checkFree(vault, from, to, keyring);
  const noted = await planStrangers(vault, roster, [{ entry, info }], keyring);
  const { draft, origin } = await resealFor(vault, from, info, audienceOf(roster, entry), keyring);
  const move = plan({ summary: [`move ${showPath(from)} to ${showPath(to)}`], seals: [{ ...draft, path: to }] });
  const plaintext = await movePlaintext(vault, entry, to, info, origin, keyring);
  const unstage = plan({ unstage: options.tracked.has(from) ? [from] : [] });
  const entries = [...registry.filter((e) => e !== entry), { path: to, groups: entry.groups }];
  return joinPlans([noted.plan, move, plaintext, bookkeeping(vault, entries, from, to), unstage]);
}

/** Proves, before the old sealed file goes, that the new one opens and holds the same. */
export async function proveMoved(vault: Vault, from: RepoPath, to: RepoPath, keyring: Keyring): Promise<void> {
  if (!exists(vault, sealedPath(from))) return;
  const old = await sealedDigest(vault, from, keyring);
  if (old !== digestOf(vault, await openPieces(vault, to, keyring))) throw sealedDiffers(from);
}
