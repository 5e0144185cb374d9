/**
 * Files that somebody can read who is not to read them (any more): they have another role or other groups, the file was given to others, or it was
 * sealed on one branch while they were removed on another, out of the registry or of the work tree when they were, or brought back from before.
 * What such a file holds goes into the ledger before it is sealed without them.
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

/** What strangers could read. */
export interface Noted {
  readonly plan: Plan;
  readonly files: ReadonlyMap<RepoPath, FileValues>;
}

type Who = Pick<Cause, 'because' | 'what'>;

/** Nobody ever said whose it is. */
const unknown: Who = { because: 'an unknown key', what: 'removed' };

/** Whose the keys are and were, and why they may read less than they did, by what sealed files call them. */
function owners({ people, trust }: Roster): ReadonlyMap<string, Who> {
  const known = new Set(people.map((p) => p.name));
  const found = new Map<string, Who>();
  for (const { statement } of trust.seen.statements.values()) {
    for (const change of statement.changes) {
      const what = known.has(change.name) ? 'retired-key' : 'removed';
      for (const { recipient } of 'keys' in change ? change.keys : [])
        found.set(textTag(recipient), { because: change.name, what });
    }
  }
  for (const { name, recipients } of people)
    for (const { text } of recipients) found.set(textTag(text), { because: name, what: 'narrowed' });
  return found;
}

/** Those of a file's readers who are not to read it, by their keys. */
const strangersIn = (roster: Roster, { entry, info }: Before) => audienceGap(roster, entry, info).surplus;

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
): Promise<Noted> {
  const open = files.filter((file) => !isOwn(file) && strangersIn(roster, file).length > 0);
  if (open.length === 0) return { plan: plan({}), files: new Map() };
  const known = owners(roster);
  const recorded = new Map<RepoPath, FileValues>();
  const seen = new Map<string, { who: Who; entries: Set<RegistryEntry> }>();
  for (const file of open) {
    const values = await valuesIn(vault, file.entry.path, keyring);
    if (values === null) continue;
    recorded.set(file.entry.path, values);
    for (const tag of strangersIn(roster, file)) {
      const who = known.get(tag) ?? unknown;
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
  return { plan: plan({ stage, seals: seals.map((draft) => ({ ...draft, last: false })) }), files: recorded };
}
