/**
 * Files that somebody could read who is not on the roster (any more): sealed on one branch while they were removed on another, out of the registry or
 * of the work tree when they were, or brought back from before. What such a file holds goes into the ledger before it is sealed without them.
 */
import { BlackboxError } from '../errors.js';
import type { Keyring } from './keyring.js';
import type { Cause } from './ledger.js';
import { departurePlan } from './ledger-files.js';
import { type FileValues, parsedWhenLeaving, valuesOf } from './ledger-values.js';
import { openPieces } from './open.js';
import { joinPlans, plan } from './plan.js';
import { textTag } from './sealed.js';
import { audienceGap } from './state.js';
import type { Plan, RegistryEntry, RepoPath, Roster, SealedInfo, Vault } from './types.js';

/** A sealed file as it is, that is about to be sealed anew. */
export interface Before {
  readonly entry: RegistryEntry;
  readonly info: SealedInfo;
}

type Who = Pick<Cause, 'because' | 'what'>;

/** Nobody ever said whose it is. */
const unknown: Who = { because: 'an unknown key', what: 'removed' };

/** Whose the keys are and were that no longer count, by what sealed files call them. */
function formerKeys({ people, trust }: Roster): ReadonlyMap<string, Who> {
  const known = new Set(people.map((p) => p.name));
  const found = new Map<string, Who>();
  for (const { statement } of trust.seen.statements.values()) {
    for (const change of statement.changes) {
      const what = known.has(change.name) ? 'retired-key' : 'removed';
      for (const { recipient } of 'keys' in change ? change.keys : [])
        found.set(textTag(recipient), { because: change.name, what });
    }
  }
  return found;
}

/** Those of a file's readers who have no place on the roster. Whoever has one and only may not read this file is not meant. */
function strangersIn(roster: Roster, { entry, info }: Before): readonly string[] {
  const { surplus } = audienceGap(roster, entry, info);
  if (surplus.length === 0) return [];
  const present = new Set(roster.people.flatMap((p) => p.recipients.map(({ text }) => textTag(text))));
  return surplus.filter((tag) => !present.has(tag));
}

/** What the file holds now; null where it cannot be opened: whoever seals over it does not know either. */
async function valuesIn(vault: Vault, path: RepoPath, keyring: Keyring): Promise<FileValues | null> {
  try {
    return valuesOf(path, await openPieces(vault, path, keyring, { onForged: () => {} }), parsedWhenLeaving);
  } catch (error) {
    if (error instanceof BlackboxError && error.exitCode !== 70) return null;
    throw error;
  }
}

const isOwn = ({ entry }: Before) => entry.path.startsWith('.blackbox/');

/**
 * A plan that records what these files hold for each stranger who could read it. Its events are put in place with the files, and not after them: once
 * a header names a stranger no more, nothing tells of them.
 * @param roster as it will be
 */
export async function planStrangers(
  vault: Vault,
  roster: Roster,
  files: readonly Before[],
  keyring: Keyring,
): Promise<Plan> {
  const open = files.filter((file) => !isOwn(file) && strangersIn(roster, file).length > 0);
  if (open.length === 0) return plan({});
  const owners = formerKeys(roster);
  const recorded = new Map<RepoPath, FileValues>();
  const seen = new Map<string, { who: Who; entries: Set<RegistryEntry> }>();
  for (const file of open) {
    const values = await valuesIn(vault, file.entry.path, keyring);
    if (values === null) continue;
    recorded.set(file.entry.path, values);
    for (const tag of strangersIn(roster, file)) {
      const who = owners.get(tag) ?? unknown;
      const one = seen.get(JSON.stringify(who)) ?? { who, entries: new Set() };
      seen.set(JSON.stringify(who), { who, entries: one.entries.add(file.entry) });
    }
  }
  const at = new Date().toISOString();
  const plans: Plan[] = [];
  for (const { who, entries } of seen.values()) {
    plans.push(await departurePlan(vault, roster, { ...who, at }, [...entries], recorded));
  }
  const { stage, seals } = joinPlans(plans);
  return plan({ stage, seals: seals.map((draft) => ({ ...draft, last: false })) });
}
