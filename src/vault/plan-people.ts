/** Plans for people: who may read, and what that means for every sealed file. */
import type { Recipient } from '../age/index.js';
import { count, list, showPath, visible } from '../text.js';
import { keyTaken, lastAdmin, nameTaken, removesOneself, stillWrapped } from './errors.js';
import { notSealed } from './file-errors.js';
import type { Keyring } from './keyring.js';
import { departurePlan, ledgerEntries, recorder } from './ledger-files.js';
import type { FileValues } from './ledger-values.js';
import { readOrigins } from './origins.js';
import { foldPath, sealedPath } from './paths.js';
import { joinPlans, plan, textWrite } from './plan.js';
import { entitledPeople, findPerson, parseName, personFile, recipientsOf } from './roster.js';
import { resealFor, type Tap } from './seal.js';
import { inspectSealed, recipientTag } from './sealed.js';
import { audienceGap, sealedOrDamaged } from './state.js';
import type { Origin, Person, Plan, RegistryEntry, RepoPath, Roster, SealedInfo, Vault } from './types.js';

export interface ResealOptions {
  readonly keyring: Keyring;
  /** New file keys for all, whether or not their readers change. */
  readonly fresh: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  /** New file keys for these, whether or not their readers change. */
  readonly anew?: ReadonlySet<RepoPath>;
  /** Looks at what is encrypted anew. */
  readonly tap?: Tap;
}

export interface ResealPlan {
  readonly plan: Plan;
  readonly changed: readonly RepoPath[];
  /** Registered files without a sealed file: nothing could be done for them. */
  readonly missing: readonly RepoPath[];
}

function isFresh({ path }: RegistryEntry, { fresh, anew }: ResealOptions): boolean {
  return fresh || anew?.has(path) === true;
}

function needsReseal(roster: Roster, entry: RegistryEntry, info: SealedInfo, fresh: boolean): boolean {
  const { lacking, surplus } = audienceGap(roster, entry, info);
  return fresh || lacking.length + surplus.length > 0;
}

/** Every header that will be written names exactly those whom the roster entitles: proven from its bytes, not from what we meant to write. */
function proveHeader(header: Buffer, path: RepoPath, recipients: readonly Recipient[], roster: Roster): void {
  const { tags } = inspectSealed(header, sealedPath(path));
  const entitled = new Set(recipients.map(recipientTag));
  const stranger = tags.find((tag) => !entitled.has(tag));
  if (stranger === undefined && tags.length === entitled.size) return;
  const named = roster.people.find((p) => p.recipients.some((r) => recipientTag(r) === stranger));
  throw stillWrapped(path, named?.name ?? 'somebody unknown');
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
      changed.push(entry.path);
      plans.push(await resealPlan(vault, roster, entry, info, options, origins.get(entry.path)));
    }
  }
  return { plan: joinPlans(plans), changed, missing };
}

async function resealPlan(
  vault: Vault,
  roster: Roster,
  entry: RegistryEntry,
  info: SealedInfo,
  options: ResealOptions,
  origin: Origin | undefined,
): Promise<Plan> {
  const { path } = entry;
  const recipients = recipientsOf(entitledPeople(roster, entry));
  const fresh = isFresh(entry, options);
  const sealed = await resealFor(vault, path, info, recipients, options.keyring, fresh, options.tap);
  proveHeader(sealed.header, path, recipients, roster);
  // A plaintext that came from the old payload comes from the new one as well: they hold the same.
  const same = sealed.origin !== null && origin?.payload === info.payload;
  return plan({
    summary: [
      `re-encrypt ${showPath(sealedPath(path))} for ${count(recipients.length, 'recipient')}${why(roster, entry, info)}`,
    ],
    writes: [sealed.write],
    stage: [sealedPath(path)],
    origins: new Map(same && sealed.origin !== null ? [[path, sealed.origin]] : []),
  });
}

function why(roster: Roster, entry: RegistryEntry, info: SealedInfo): string {
  const { lacking, surplus } = audienceGap(roster, entry, info);
  const added = lacking.length === 0 ? [] : [`lets in ${list(lacking.map(visible))}`];
  const gone = surplus.length === 0 ? [] : [`shuts out ${count(surplus.length, 'key')}`];
  const reasons = [...added, ...gone];
  return reasons.length === 0 ? ', with a new file key' : `: ${reasons.join(', ')}`;
}

/**
 * Every sealed file that there is belongs in the commit, also one that a killed run before this one has written and not staged.
 */
function stageAll(vault: Vault, entries: readonly RegistryEntry[]): Plan {
  const { files } = vault.host;
  const there = entries
    .map((e) => sealedPath(e.path))
    .filter((path) => files.stat(files.within(vault.root, path)) !== null);
  return plan({ stage: there });
}

/** {@link planReseal} for the registered files and the ledger's, and everything staged. Only of the registered ones is told. */
async function planResealAll(
  vault: Vault,
  roster: Roster,
  entries: readonly RegistryEntry[],
  options: ResealOptions,
): Promise<ResealPlan> {
  const ledger = ledgerEntries(vault);
  const own = new Set(ledger.map((e) => e.path));
  const all = [...entries, ...ledger];
  const { plan: reseal, changed, missing } = await planReseal(vault, roster, all, options);
  const registered = (paths: readonly RepoPath[]) => paths.filter((path) => !own.has(path));
  return {
    plan: joinPlans([reseal, stageAll(vault, all)]),
    changed: registered(changed),
    missing: registered(missing),
  };
}

/**
 * Lets somebody in: their key in every sealed file, and then, last, on the roster.
 * @param after the roster with them, from {@link withPerson}
 * @param text their file
 */
export async function planAddPerson(
  vault: Vault,
  after: Roster,
  name: string,
  text: string,
  entries: readonly RegistryEntry[],
  options: ResealOptions,
): Promise<ResealPlan> {
  const reseal = await planResealAll(vault, after, entries, options);
  const entry = plan({
    summary: [`put ${visible(name)} on the roster`],
    lastWrites: [textWrite(vault, personFile(name), text)],
    stage: [personPath(name)],
  });
  return { ...reseal, plan: joinPlans([reseal.plan, entry]) };
}

export interface RemovalOptions extends ResealOptions {
  /** Files that the person could read: all that is in them now goes into the ledger, as seen by them. */
  readonly seen: readonly RepoPath[];
}

export interface RemovalPlan extends ResealPlan {
  /** What the ledger says they have seen; empty until the plan has been carried out. */
  readonly recorded: ReadonlyMap<RepoPath, FileValues>;
}

/**
 * Shuts somebody out: new file keys for all that they can read, what they have seen in the ledger, and then, last, off the roster.
 * @param after the roster without them, from {@link withoutPerson}
 */
export async function planRemovePerson(
  vault: Vault,
  after: Roster,
  name: string,
  entries: readonly RegistryEntry[],
  options: RemovalOptions,
): Promise<RemovalPlan> {
  const anew = new Set(options.seen);
  const { tap, files } = recorder(options.seen);
  const reseal = await planResealAll(vault, after, entries, { ...options, anew, tap });
  const seen = entries.filter((e) => anew.has(e.path) && !reseal.missing.includes(e.path));
  const cause = { because: name, what: 'removed', at: new Date().toISOString() } as const;
  const departure = await departurePlan(vault, after, cause, seen, { tap, files });
  const exit = plan({
    summary: [`take ${visible(name)} off the roster`],
    remove: [personPath(name)],
    unstage: [personPath(name)],
  });
  return { ...reseal, plan: joinPlans([reseal.plan, departure, exit]), recorded: files };
}

/** The roster with somebody added. @throws ERR_BLACKBOX_NAME_TAKEN, ERR_BLACKBOX_DUPLICATE_KEY, ERR_BLACKBOX_BAD_NAME */
export function withPerson(roster: Roster, name: string, recipients: readonly Recipient[], append: boolean): Roster {
  const parsed = parseName(name);
  const twin = roster.people.find((p) => foldPath(p.name) === foldPath(parsed));
  const known = new Set(twin?.recipients.map((r) => r.text));
  // Running an interrupted `admin add` again has to finish it, so the same person with the same keys is no conflict.
  const same = twin?.name === parsed && recipients.every((r) => known.has(r.text));
  if (twin !== undefined && !same && !append) throw nameTaken(twin.name);
  for (const person of roster.people) {
    const shared =
      person === twin ? undefined : person.recipients.find((r) => recipients.some((n) => n.text === r.text));
    if (shared !== undefined) throw keyTaken(person.name, shared.text);
  }
  const fresh = recipients.filter((r) => !known.has(r.text));
  const person: Person = { name: twin?.name ?? parsed, recipients: [...(twin?.recipients ?? []), ...fresh] };
  const others = roster.people.filter((p) => p !== twin);
  return { people: [...others, person].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** The roster without somebody. @throws ERR_BLACKBOX_UNKNOWN_PERSON, ERR_BLACKBOX_LAST_ADMIN, ERR_BLACKBOX_REMOVES_ONESELF */
export function withoutPerson(roster: Roster, name: string, own: ReadonlySet<string>): Roster {
  const person = findPerson(roster, name);
  if (roster.people.length === 1) throw lastAdmin(name);
  if (person.recipients.some((r) => own.has(r.text))) throw removesOneself(name);
  return { people: roster.people.filter((p) => p !== person) };
}

export interface ReadableFiles {
  /** Their headers name one of the person's keys: what they can read, and have to be taken to have read. */
  readonly readable: readonly RepoPath[];
  /** Their headers name none. */
  readonly closed: readonly RepoPath[];
  /** Their headers cannot be read: nothing is known. */
  readonly unclear: readonly RepoPath[];
}

/** What somebody can read, from the headers as they are on disk now. Files without a sealed file are in none of the lists. */
export function filesReadableBy(vault: Vault, entries: readonly RegistryEntry[], person: Person): ReadableFiles {
  const own = new Set(person.recipients.map(recipientTag));
  const readable: RepoPath[] = [];
  const closed: RepoPath[] = [];
  const unclear: RepoPath[] = [];
  for (const entry of entries) {
    const info = sealedOrDamaged(vault, entry);
    if (info === null) continue;
    const kind = info === 'damaged' ? unclear : info.tags.some((tag) => own.has(tag)) ? readable : closed;
    kind.push(entry.path);
  }
  return { readable, closed, unclear };
}

export function personPath(name: string): RepoPath {
  return personFile(name) as RepoPath;
}
