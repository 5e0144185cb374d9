/** Plans for people: who may read, and what that means for every sealed file. */
import { join } from 'node:path';
import { count, list, showPath, visible } from '../text.js';
import { maySeal } from '../trust/limits.js';
import type { Change } from '../trust/statement.js';
import { checkAuthentic, whyNotAuthentic } from './authentic.js';
import { notSealed } from './file-errors.js';
import type { Keyring } from './keyring.js';
import { checkNewest } from './older.js';
import { readOrigins } from './origins.js';
import { sealedPath, vaultPath } from './paths.js';
import { joinPlans, plan, textWrite } from './plan.js';
import { planBrought } from './plan-brought.js';
import { registeredGroups } from './registry.js';
import { audienceOf, personFile } from './roster.js';
import { ownEntries } from './scan-files.js';
import { resealFor, type Tap } from './seal.js';
import { signingKeyId } from './sealed.js';
import { audienceGap, sealedOrDamaged } from './state.js';
import { statementNames } from './statements.js';
import { currentAuthority } from './trust.js';
import { audienceChanged } from './trust-errors.js';
import type { Origin, Person, Plan, RegistryEntry, RepoPath, Roster, SealedInfo, Vault } from './types.js';
import { beginWrapping, type Wrapping } from './wrap-ahead.js';

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
  const anew = entries.filter((entry) => isFresh(entry, options));
  const wanted = new Map(anew.map((entry) => [entry.path, audienceOf(roster, entry).recipients]));
  const wrapping = beginWrapping(vault.host, wanted);
  try {
    return await planEach(vault, roster, entries, options, wrapping);
  } finally {
    wrapping.end();
  }
}

async function planEach(
  vault: Vault,
  roster: Roster,
  entries: readonly RegistryEntry[],
  options: ResealOptions,
  wrapping: Wrapping,
): Promise<ResealPlan> {
  const plans: Plan[] = [];
  const changed: RepoPath[] = [];
  const missing: RepoPath[] = [];
  const origins = readOrigins(vault);
  for (const [i, entry] of entries.entries()) {
    options.onProgress?.(i, entries.length);
    const info = sealedOrDamaged(vault, entry);
    if (info === 'damaged') throw notSealed(sealedPath(entry.path), 'its readers cannot be changed');
    if (info === null) missing.push(entry.path);
    else if (needsReseal(roster, entry, info, isFresh(entry, options))) {
      checkVouchable(vault, roster, entry, info, options);
      changed.push(entry.path);
      // Of what is adopted, nothing that was signed counts, not even for its content.
      const trusted = options.adopt?.has(entry.path) === true ? { ...info, seal: null } : info;
      plans.push(await resealPlan(vault, roster, entry, trusted, { ...options, wrapping }, origins.get(entry.path)));
    }
  }
  return { plan: joinPlans(plans), changed, missing };
}

async function resealPlan(
  vault: Vault,
  roster: Roster,
  entry: RegistryEntry,
  info: SealedInfo,
  options: ResealOptions & { readonly wrapping: Wrapping },
  origin: Origin | undefined,
): Promise<Plan> {
  const { path } = entry;
  const audience = audienceOf(roster, entry);
  const { recipients } = audience;
  const { keyring, tap, wrapping } = options;
  const how = { fresh: isFresh(entry, options), tap, wrapping };
  const sealed = await resealFor(vault, path, info, audience, keyring, how);
  // A plaintext that came from the old payload comes from the new one as well: they hold the same.
  const same = sealed.origin !== null && origin?.payload === info.payload;
  return plan({
    summary: [
      `re-encrypt ${showPath(sealedPath(path))} for ${count(recipients.length, 'recipient')}${why(roster, entry, info)}`,
    ],
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

/**
 * Every sealed file, statement and key file that there is belongs in the commit, also one that a killed run before this one has written and
 * not staged.
 */
function stageAll(vault: Vault, entries: readonly RegistryEntry[], missing: readonly RepoPath[]): Plan {
  const people = vault.host.files.list(join(vault.folder, 'admins')).filter((name) => name.endsWith('.pub'));
  const own = [
    ...statementNames(vault).map((name) => vaultPath(`roster/${name}`)),
    ...people.map((name) => vaultPath(`admins/${name}`)),
  ];
  const absent = new Set(missing);
  const there = entries.filter((e) => !absent.has(e.path)).map((e) => sealedPath(e.path));
  return plan({ stage: [...there, ...own] });
}

/** {@link planReseal} for the registered files and the vault's own, and everything staged. Only of the registered ones is told. */
export async function planResealAll(
  vault: Vault,
  roster: Roster,
  entries: readonly RegistryEntry[],
  options: ResealOptions,
): Promise<ResealPlan> {
  const others = ownEntries(vault);
  const own = new Set(others.map((e) => e.path));
  const all = [...entries, ...others];
  const { plan: reseal, changed, missing } = await planReseal(vault, roster, all, options);
  const registered = (paths: readonly RepoPath[]) => paths.filter((path) => !own.has(path));
  return {
    plan: joinPlans([reseal, stageAll(vault, all, missing)]),
    changed: registered(changed),
    missing: registered(missing),
  };
}

/** A roster that is to come, and the changes that lead to it. */
export interface NextRoster {
  readonly roster: Roster;
  readonly changes: readonly Change[];
}

/**
 * Lets somebody in: their key in every sealed file, and then, last, on the roster.
 * @param after the roster with them, from {@link withPerson}
 * @param text their file
 */
export async function planAddPerson(
  vault: Vault,
  after: NextRoster,
  name: string,
  text: string,
  entries: readonly RegistryEntry[],
  options: ResealOptions,
): Promise<ResealPlan> {
  const reseal = await planResealAll(vault, after.roster, entries, options);
  const entry = plan({
    summary: [`put ${visible(name)} on the roster`],
    lastWrites: [textWrite(vault, personFile(name), text)],
    stage: [personPath(name)],
    changes: after.changes,
  });
  return { ...reseal, plan: joinPlans([reseal.plan, entry]) };
}

/** Changes of somebody's role or groups: every file to those who may read it then. */
export async function planChangePerson(
  vault: Vault,
  after: NextRoster,
  entries: readonly RegistryEntry[],
  options: ResealOptions,
): Promise<ResealPlan> {
  const reseal = await planResealAll(vault, after.roster, entries, options);
  return { ...reseal, plan: joinPlans([reseal.plan, changesPlan(vault, after)]) };
}

/** The changes of the roster; where there is nothing left to change, what says so already. */
export function changesPlan(vault: Vault, { roster, changes }: NextRoster): Plan {
  return changes.length > 0 ? plan({ changes }) : planBrought(vault, roster.trust);
}

export function personPath(name: string): RepoPath {
  return personFile(name) as RepoPath;
}
