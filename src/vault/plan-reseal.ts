/** Plans that bring sealed files to the readers that a roster says they have. */
import { count, list, showPath, visible } from '../text.js';
import { maySeal } from '../trust/limits.js';
import { checkAuthentic, whyNotAuthentic } from './authentic.js';
import { notSealed } from './file-errors.js';
import type { Keyring } from './keyring.js';
import { checkNewest } from './older.js';
import { fileKeyOf } from './open.js';
import { readOrigins } from './origins.js';
import { sealedPath } from './paths.js';
import { joinPlans, plan } from './plan.js';
import { type Noted, planStrangers } from './plan-strangers.js';
import { pluginsOf } from './plugins.js';
import { registeredGroups } from './registry.js';
import { audienceOf } from './roster.js';
import { type Audience, type Rewrapped, resealed, rewrapFor, type Tap } from './seal.js';
import { signingKeyId } from './sealed.js';
import { audienceGap, sealedOrDamaged } from './state.js';
import { currentAuthority } from './trust.js';
import { audienceChanged } from './trust-errors.js';
import type { Origin, Person, Plan, RegistryEntry, RepoPath, Roster, SealedInfo, Vault } from './types.js';
import { beginWrapping, getReady, type Ready, type Wanted, type Wrapped } from './wrap-ahead.js';

export interface ResealOptions {
  readonly keyring: Keyring;
  /** New file keys for all, whether or not their readers change. */
  readonly fresh: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  /** New file keys for these, whether or not their readers change. */
  readonly anew?: ReadonlySet<RepoPath>;
  /** Looks at what is encrypted anew. */
  readonly tap?: Tap;
  /** Files whose audience is changed on purpose. */
  readonly regroup?: ReadonlySet<RepoPath>;
  /** Files that somebody has looked at and vouches for, whoever signed them. */
  readonly adopt?: ReadonlySet<RepoPath>;
}

export interface ResealPlan {
  readonly plan: Plan;
  readonly changed: readonly RepoPath[];
  /** Registered files without a sealed file: nothing could be done for them. */
  readonly missing: readonly RepoPath[];
  /** What somebody could read who is not to: it goes into the ledger. */
  readonly noted: Noted['files'];
}

/** What somebody else has made may hold stanzas for others than their tags say: what is adopted is made anew from its content alone. */
function isFresh({ path }: RegistryEntry, { fresh, anew, adopt }: ResealOptions): boolean {
  return fresh || anew?.has(path) === true || adopt?.has(path) === true;
}

function needsReseal(roster: Roster, entry: RegistryEntry, info: SealedInfo, fresh: boolean): boolean {
  const { lacking, surplus } = audienceGap(roster, entry, info);
  const regrouped = info.seal?.groups.join() !== entry.groups.join();
  if (fresh || regrouped || lacking.length + surplus.length > 0) return true;
  return !signerStands(roster, info) || !isAuthentic(roster, entry, info);
}

function isAuthentic({ trust }: Roster, { path, groups }: RegistryEntry, info: SealedInfo): boolean {
  return whyNotAuthentic(currentAuthority(trust), path, info, groups) === null;
}

/** Whether whoever signed a file may still do so on the roster that is to come: if not, whoever runs the command answers for it from now on. */
function signerStands({ people }: Roster, { seal }: SealedInfo): boolean {
  const known = writersCache.get(people) ?? writerIds(people);
  writersCache.set(people, known);
  return seal !== null && known.has(seal.keyId);
}

const writersCache = new WeakMap<readonly Person[], ReadonlySet<string>>();

function writerIds(people: readonly Person[]): ReadonlySet<string> {
  const keys = people.filter((p) => maySeal(p.role)).flatMap((p) => p.keys);
  return new Set(keys.flatMap((k) => (k.sign === null ? [] : [signingKeyId(k.sign)])));
}

/** What is sealed anew is vouched for: only what is authentic now, and for the audience that it was signed for, unless somebody says otherwise. */
export function checkVouchable(
  vault: Vault,
  roster: Roster,
  entry: RegistryEntry,
  info: SealedInfo,
  { adopt, regroup }: ResealOptions,
): void {
  // What is to be for others from now on was written by those who might write it until now.
  const before = regroup?.has(entry.path) === true ? (registeredGroups(vault, entry.path) ?? []) : entry.groups;
  if (adopt?.has(entry.path) !== true) {
    // Not what somebody sealed who has been removed elsewhere: to sign it here would bring it in again.
    checkAuthentic(vault, currentAuthority(roster.trust), { path: entry.path, groups: before }, info);
    checkNewest(vault, entry.path);
  }
  const signed = info.seal?.groups ?? [];
  if (signed.join() !== entry.groups.join() && regroup?.has(entry.path) !== true && adopt?.has(entry.path) !== true) {
    throw audienceChanged(entry.path, entry.groups, signed);
  }
}

/** A file that is to be sealed for others than now, or by somebody else. */
interface Due {
  readonly entry: RegistryEntry;
  /** As it is, without its seal where nothing that was signed counts. */
  readonly info: SealedInfo;
  readonly audience: Audience;
  readonly wanted: Wanted;
}

/**
 * Brings every sealed file to the readers that `roster` says it has. Nothing is written for any when one cannot be opened.
 * @throws ERR_BLACKBOX_NOT_SEALED for a damaged one, and those of `fileKeyOf`
 */
export async function planReseal(
  vault: Vault,
  roster: Roster,
  entries: readonly RegistryEntry[],
  options: ResealOptions,
): Promise<ResealPlan> {
  const ready = getReady(vault.host, entries.length);
  try {
    const { due, missing } = findDue(vault, roster, entries, options);
    // What is encrypted anew because somebody leaves is written down by whoever plans that.
    const others = due.filter(({ entry }) => options.anew?.has(entry.path) !== true);
    const shutOut = await planStrangers(vault, roster, others, options.keyring);
    const plans = await resealAll(vault, roster, due, options, ready);
    const changed = due.map(({ entry }) => entry.path);
    return { plan: joinPlans([shutOut.plan, ...plans]), changed, missing, noted: shutOut.files };
  } finally {
    ready.end();
  }
}

function findDue(vault: Vault, roster: Roster, entries: readonly RegistryEntry[], options: ResealOptions) {
  const due: Due[] = [];
  const missing: RepoPath[] = [];
  const folders = new Set<string>();
  for (const entry of entries) {
    const info = sealedOrDamaged(vault, entry, vault.host.files.within(vault.root, sealedPath(entry.path), folders));
    if (info === 'damaged') throw notSealed(sealedPath(entry.path), 'its readers cannot be changed');
    if (info === null) missing.push(entry.path);
    else if (needsReseal(roster, entry, info, isFresh(entry, options))) {
      checkVouchable(vault, roster, entry, info, options);
      // Of what is adopted, nothing that was signed counts, not even for its content.
      const trusted = options.adopt?.has(entry.path) === true ? { ...info, seal: null } : info;
      const audience = audienceOf(roster, entry);
      const wanted = rewrapFor(entry.path, info, audience, isFresh(entry, options));
      due.push({ entry, info: trusted, audience, wanted });
    }
  }
  return { due, missing };
}

/** All are opened, while other threads wrap for them; then each is put together. */
async function resealAll(
  vault: Vault,
  roster: Roster,
  due: readonly Due[],
  { keyring, tap, onProgress = () => {} }: ResealOptions,
  ready: Ready,
): Promise<Plan[]> {
  const wrapping = beginWrapping(
    new Map(due.map(({ entry, wanted }) => [entry.path, wanted])),
    ready,
    pluginsOf(vault),
  );
  // Opening a file is as much work as wrapping for one.
  const half = (opened: number, wrapped: number) => onProgress(Math.floor((opened + wrapped) / 2), due.length);
  try {
    const fileKeys: Uint8Array[] = [];
    for (const { entry, info, wanted } of due) {
      half(fileKeys.length, 0);
      const fileKey = await fileKeyOf(vault, sealedPath(entry.path), info, keyring);
      fileKeys.push(fileKey);
      if (!wanted.fresh) wrapping.offer(entry.path, fileKey);
    }
    const made = await wrapping.all((wrapped) => half(due.length, wrapped));
    const origins = readOrigins(vault);
    return due.map((one, i) => {
      const wrapped = made.get(one.entry.path) as Wrapped;
      const rewrapped = { fileKey: fileKeys[i] as Uint8Array, wanted: one.wanted, wrapped, tap };
      return resealPlan(vault, roster, one, rewrapped, origins.get(one.entry.path));
    });
  } finally {
    wrapping.end();
  }
}

function resealPlan(
  vault: Vault,
  roster: Roster,
  { entry, info, audience }: Due,
  rewrapped: Rewrapped,
  origin: Origin | undefined,
): Plan {
  const { path } = entry;
  const sealed = resealed(vault, path, info, audience, rewrapped);
  // A plaintext that came from the old payload comes from the new one as well: they hold the same.
  const same = sealed.origin !== null && origin?.payload === info.payload;
  const people = count(audience.recipients.length, 'recipient');
  return plan({
    summary: [`re-encrypt ${showPath(sealedPath(path))} for ${people}${why(roster, entry, info)}`],
    seals: [sealed.draft],
    stage: [sealedPath(path)],
    origins: new Map(same && sealed.origin !== null ? [[path, sealed.origin]] : []),
  });
}

function why(roster: Roster, entry: RegistryEntry, info: SealedInfo): string {
  const { lacking, surplus } = audienceGap(roster, entry, info);
  const added = lacking.length === 0 ? [] : [`lets in ${list(lacking.map(visible))}`];
  const gone = surplus.length === 0 ? [] : [`shuts out ${count(surplus.length, 'key')}`];
  const reasons = [...added, ...gone];
  if (reasons.length > 0) return `: ${reasons.join(', ')}`;
  if (info.seal?.groups.join() === entry.groups.join()) return ', with a new file key';
  return `, as ${entry.groups.length === 0 ? 'everybody' : list(entry.groups.map(visible))}`;
}
