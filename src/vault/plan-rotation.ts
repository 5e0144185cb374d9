/** What is still to be changed because somebody has seen it, and plans for a ledger that has done its work. */
import { BlackboxError } from '../errors.js';
import { count } from '../text.js';
import type { Keyring } from './keyring.js';
import { type LedgerEvent, makeEvent } from './ledger.js';
import { deletedEvents } from './ledger-deleted.js';
import { byAudience, departureCount, eventPlan, ledgerEntries, readEvent } from './ledger-files.js';
import { type CurrentFiles, type OpenItem, type Review, review } from './ledger-review.js';
import { type FileValues, valuesOf } from './ledger-values.js';
import { openPieces } from './open.js';
import { sealedPath } from './paths.js';
import { joinPlans, plan } from './plan.js';
import type { Plan, RegistryEntry, RepoPath, Roster, Vault } from './types.js';

/** A file of the ledger, or a registered one, that could not be opened. */
export interface Unopened {
  /** The sealed file. */
  readonly path: RepoPath;
  readonly error: BlackboxError;
}

export interface Rotation extends Review {
  /** Where each event lies. */
  readonly events: ReadonlyMap<LedgerEvent, RepoPath>;
  /** Of these nothing is known: as long as there are any, nothing is proven. */
  readonly unopened: readonly Unopened[];
  /** Files of the ledger that somebody has deleted while there was something left to do: what it is, is among the open ones. */
  readonly deleted: readonly RepoPath[];
}

/** What `open` gives, or null and a note of why not. */
async function attempt<T>(path: RepoPath, unopened: Unopened[], open: () => Promise<T>): Promise<T | null> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof BlackboxError) || error.exitCode === 70) throw error;
    unopened.push({ path: sealedPath(path), error });
    return null;
  }
}

const nothing: Rotation = {
  open: [],
  reused: [],
  unclear: [],
  closed: [],
  events: new Map(),
  unopened: [],
  deleted: [],
};

/**
 * Opens the ledger and every registered file, and holds the values that were seen against those in use. Without departures, now or
 * in the history, nothing is opened, and no identity is needed.
 * @throws that of `openSealed` when not one file of the ledger can be opened
 */
export async function examineRotation(
  vault: Vault,
  registry: readonly RegistryEntry[],
  keyring: Keyring,
  onProgress: (done: number) => void = () => {},
): Promise<Rotation> {
  const gone = await deletedEvents(vault, keyring);
  if (departureCount(vault) + gone.length === 0) return nothing;
  const unopened: Unopened[] = [];
  const events = new Map<LedgerEvent, RepoPath>();
  for (const entry of ledgerEntries(vault)) {
    const event = await attempt(entry.path, unopened, () => readEvent(vault, entry, keyring));
    if (event !== null) events.set(event, sealedPath(entry.path));
  }
  const [first] = unopened;
  if (events.size === 0 && first !== undefined) throw first.error;
  const files = await currentFiles(vault, registry, keyring, unopened, onProgress);
  const kept = [...events.keys()];
  const marks = kept.filter((event) => event.what === 'not-secret');
  const lost = gone.filter(({ event }) => review([...marks, event], files).open.length > 0);
  const found = review([...kept, ...lost.map(({ event }) => event)], files);
  return { ...found, events, unopened, deleted: [...new Set(lost.map(({ path }) => path))] };
}

async function currentFiles(
  vault: Vault,
  registry: readonly RegistryEntry[],
  keyring: Keyring,
  unopened: Unopened[],
  onProgress: (done: number) => void,
): Promise<CurrentFiles> {
  const files = new Map<RepoPath, FileValues | null>();
  for (const [i, { path }] of registry.entries()) {
    onProgress(i);
    files.set(path, await attempt(path, unopened, async () => valuesOf(path, await openPieces(vault, path, keyring))));
  }
  return files;
}

/** Removes the events of which nothing is left to do. */
export function planPrune({ closed, events }: Rotation): Plan {
  const paths = closed.flatMap((event) => events.get(event) ?? []);
  if (paths.length === 0) return plan({});
  return plan({
    summary: [`remove ${count(paths.length, 'event')} of which nothing is open`],
    remove: paths,
    unstage: paths,
  });
}

/** Notes that these values are no secrets: they need not be changed, whoever has seen them. @param by who says so */
export async function planNotSecret(
  vault: Vault,
  roster: Roster,
  registry: readonly RegistryEntry[],
  items: readonly OpenItem[],
  by: string,
): Promise<Plan> {
  const paths = new Set(items.map((item) => item.path));
  const cause = { because: by, what: 'not-secret', at: new Date().toISOString() } as const;
  const plans: Plan[] = [];
  for (const entries of byAudience(registry.filter((e) => paths.has(e.path))).values()) {
    const told = new Set(entries.map((e) => e.path));
    const event = makeEvent(
      cause,
      items.filter((item) => told.has(item.path)),
    );
    plans.push(await eventPlan(vault, roster, 'marks', entries[0]?.groups ?? [], () => event));
  }
  const summary = plan({ summary: [`note that ${count(items.length, 'value')} need not be changed`] });
  return joinPlans([summary, ...plans]);
}
