/** Plans for leaving: somebody goes, or loses a key. What they could read is sealed anew, and what they have seen is written down. */
import type { Recipient } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import { visible } from '../text.js';
import type { Cause } from './ledger.js';
import { departurePlan, recorder } from './ledger-files.js';
import type { FileValues } from './ledger-values.js';
import { parseRepoPath } from './paths.js';
import { joinPlans, plan } from './plan.js';
import { changesPlan, type NextRoster, personPath, planResealAll } from './plan-people.js';
import type { ResealOptions, ResealPlan } from './plan-reseal.js';
import { entitledPeople } from './roster.js';
import { recipientTag } from './sealed.js';
import { sealedOrDamaged } from './state.js';
import type { RegistryEntry, RepoPath, Roster, Vault } from './types.js';

export interface DepartureOptions extends ResealOptions {
  /** Files that could be read with what is taken away: all that is in them now goes into the ledger, as seen. */
  readonly seen: readonly RepoPath[];
}

export interface DeparturePlan extends ResealPlan {
  /** What the ledger says has been seen; empty until the plan has been carried out. */
  readonly recorded: ReadonlyMap<RepoPath, FileValues>;
}

/** New file keys for all that has been seen, what has been seen in the ledger, and then, last, the change of the roster. */
async function planDeparture(
  vault: Vault,
  after: NextRoster,
  cause: Omit<Cause, 'at'>,
  entries: readonly RegistryEntry[],
  options: DepartureOptions,
): Promise<DeparturePlan> {
  const anew = new Set(options.seen);
  const { tap, files } = recorder(options.seen);
  const reseal = await planResealAll(vault, after.roster, entries, { ...options, anew, tap });
  const seen = entries.filter((e) => anew.has(e.path) && !reseal.missing.includes(e.path));
  const at = new Date().toISOString();
  const departure = await departurePlan(vault, after.roster, { ...cause, at }, seen, files);
  return {
    ...reseal,
    plan: joinPlans([reseal.plan, departure, changesPlan(vault, after)]),
    recorded: files,
  };
}

/**
 * Shuts somebody out, and takes them off the roster.
 * @param after the roster without them, from {@link withoutPerson}
 */
export async function planRemovePerson(
  vault: Vault,
  after: NextRoster,
  name: string,
  entries: readonly RegistryEntry[],
  options: DepartureOptions,
): Promise<DeparturePlan> {
  const departure = await planDeparture(vault, after, { because: name, what: 'removed' }, entries, options);
  const exit = plan({
    summary: [`take ${visible(name)} off the roster`],
    remove: [personPath(name)],
    unstage: [personPath(name)],
  });
  return { ...departure, plan: joinPlans([departure.plan, exit]) };
}

/**
 * Shuts out one of somebody's keys. Their file on the roster is written anew with the statement.
 * @param after the roster without it, from {@link withoutKey}
 */
export async function planRetireKey(
  vault: Vault,
  after: NextRoster,
  name: string,
  entries: readonly RegistryEntry[],
  options: DepartureOptions,
): Promise<DeparturePlan> {
  const departure = await planDeparture(vault, after, { because: name, what: 'retired-key' }, entries, options);
  const exit = plan({ summary: [`retire a key of ${visible(name)}`], stage: [personPath(name)] });
  return { ...departure, plan: joinPlans([departure.plan, exit]) };
}

/** Those of these files that somebody is not to read on a roster. */
export function closedTo(roster: Roster, entries: readonly RegistryEntry[], name: string): RegistryEntry[] {
  return entries.filter((entry) => !entitledPeople(roster, entry).some((p) => p.name === name));
}

export interface ReadableFiles {
  /** Their headers name one of the person's keys: what they can read, and have to be taken to have read. */
  readonly readable: readonly RepoPath[];
  /** Their headers name none. */
  readonly closed: readonly RepoPath[];
  /** Their headers cannot be read: nothing is known. */
  readonly unclear: readonly RepoPath[];
}

/** What somebody, or one of their keys, can read, from the headers as they are on disk now. Files without a sealed file are in none of the lists. */
export function filesReadableBy(
  vault: Vault,
  entries: readonly RegistryEntry[],
  person: { readonly recipients: readonly Pick<Recipient, 'text'>[] },
): ReadableFiles {
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

function unregistered(vault: Vault, registry: readonly RegistryEntry[]): RegistryEntry[] {
  const known = new Set<string>(registry.map((e) => e.path));
  const tracked = [...vault.host.git.open(vault.repository).tracked()].filter((file) => file.endsWith('.age'));
  return tracked.flatMap((file) => {
    const path = file.slice(0, -'.age'.length);
    if (known.has(path)) return [];
    try {
      return [{ path: parseRepoPath(path), groups: [] }];
    } catch (error) {
      // The vault's own, and what could not be registered.
      if (error instanceof BlackboxError) return [];
      throw error;
    }
  });
}

/** Sealed files that git has, that this person can read, and that are in no registry: nothing is done about them, whoever took them out of it. */
export function strayFilesOf(
  vault: Vault,
  registry: readonly RegistryEntry[],
  person: Parameters<typeof filesReadableBy>[2],
): readonly RepoPath[] {
  const found: RepoPath[] = [];
  for (const entry of unregistered(vault, registry)) {
    try {
      found.push(...filesReadableBy(vault, [entry], person).readable);
    } catch (error) {
      // Behind a symlink, which nobody follows.
      if (!(error instanceof BlackboxError)) throw error;
    }
  }
  return found;
}
