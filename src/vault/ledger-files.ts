/** Where the ledger's events lie: one sealed file each, so that branches merge; for whom they are sealed; and how they are recorded. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { brokenVaultFile, tooMany } from './errors.js';
import type { Keyring } from './keyring.js';
import { type Cause, eventLimit, eventOfFiles, formatEvent, type LedgerEvent, parseEvent } from './ledger.js';
import { type FileValues, parsedWhenLeaving, readingValues } from './ledger-values.js';
import { openPieces } from './open.js';
import { sealedPath, vaultPath } from './paths.js';
import { joinPlans, plan } from './plan.js';
import { audienceOf } from './roster.js';
import { sealContent } from './seal.js';
import type { Plan, RegistryEntry, RepoPath, Roster, Vault } from './types.js';

/** What left people have seen, and what has been said to be no secret: apart, so that the number of departures can be told without a key. */
const folders = { departures: 'rotation', marks: 'not-secret' } as const;
export type LedgerFolder = keyof typeof folders;
/** Events are pruned when nothing of them is left to do; a team that never does reaches this after decades. */
const mostEvents = 5000;
/** A sealed event is a header, which is bounded elsewhere, and its text. */
const sealedEventLimit = eventLimit + 4 * 1024 * 1024;
/** Of the groups in a file's name, so that it stays one on every file system. */
const longestAudience = 150;

/** The digits that tell events apart, then the groups of the files it is about. */
const eventName = /^[0-9a-f]{16}((?:,[\p{L}\p{N}][\p{L}\p{N}._-]{0,63})*)\.age$/u;

function entryOf(folder: string, file: string): RegistryEntry {
  const groups = eventName.exec(file)?.[1];
  if (groups === undefined)
    throw brokenVaultFile(`.blackbox/${folder}/${file}`, 'only events of the ledger belong here');
  return { path: vaultPath(`${folder}/${file.slice(0, -'.age'.length)}`), groups: groups.split(',').filter(Boolean) };
}

/** Those of these sealed files that are events of departures. */
export function departureFiles<T>(files: ReadonlyMap<string, T>): [RepoPath, T][] {
  const folder = `.blackbox/${folders.departures}/`;
  const isEvent = (file: string) => file.startsWith(folder) && eventName.test(file.slice(folder.length));
  return [...files].flatMap(([file, of]) => (isEvent(file) ? [[file as RepoPath, of]] : []));
}

function entriesIn(vault: Vault, kind: LedgerFolder): RegistryEntry[] {
  const folder = folders[kind];
  vault.host.files.within(vault.root, `.blackbox/${folder}`);
  const names = vault.host.files.list(join(vault.folder, folder)).filter((name) => !name.startsWith('.'));
  if (names.length > mostEvents) throw tooMany('event', mostEvents, `.blackbox/${folder}`);
  return names.map((name) => entryOf(folder, name));
}

/**
 * The ledger's files as entries of a registry, which they are not in: whatever re-wraps files has to re-wrap these as well.
 * No key is needed, nothing is read but names.
 */
export function ledgerEntries(vault: Vault): RegistryEntry[] {
  return [...entriesIn(vault, 'departures'), ...entriesIn(vault, 'marks')];
}

/** Of how many departures the values have not all been changed, as far as can be told without a key: events are there until they are pruned. */
export function departureCount(vault: Vault): number {
  return entriesIn(vault, 'departures').length;
}

function newEventPath(kind: LedgerFolder, groups: readonly string[]): RepoPath {
  return vaultPath(`${folders[kind]}/${[randomBytes(8).toString('hex'), ...groups].join(',')}`);
}

/** As many of the groups as a name takes: those who are left out are told less, never more. */
export function nameableGroups(groups: readonly string[]): string[] {
  let length = 0;
  return groups.filter((group) => {
    length += Buffer.byteLength(group) + 1;
    return length <= longestAudience;
  });
}

/**
 * A plan that seals an event for those who may read the files that it is about, so that it tells nobody of values they could not see.
 * @param event asked for when everything else of the plan has been written
 */
export async function eventPlan(
  vault: Vault,
  roster: Roster,
  kind: LedgerFolder,
  groups: readonly string[],
  event: () => LedgerEvent,
): Promise<Plan> {
  const audience = nameableGroups(groups);
  const path = newEventPath(kind, audience);
  const content = () => [Buffer.from(formatEvent(event()))];
  const { draft } = await sealContent(vault, path, audienceOf(roster, { groups: audience }), content);
  return plan({ seals: [{ ...draft, last: true }], stage: [sealedPath(path)] });
}

/** Files that may be told of in one event: those for the same groups. */
export function byAudience(entries: readonly RegistryEntry[]): Map<string, RegistryEntry[]> {
  const audiences = new Map<string, RegistryEntry[]>();
  for (const entry of entries) {
    const audience = entry.groups.join();
    audiences.set(audience, [...(audiences.get(audience) ?? []), entry]);
  }
  return audiences;
}

/** Takes note of values while the plaintexts that hold them are encrypted anew. */
export interface Recorder {
  /** The same pieces. */
  readonly tap: (path: RepoPath, pieces: Iterable<Uint8Array>) => Iterable<Uint8Array>;
  /** What has passed. */
  readonly files: ReadonlyMap<RepoPath, FileValues>;
}

/** @param paths the files that somebody has seen; others pass unnoticed */
export function recorder(paths: readonly RepoPath[]): Recorder {
  const wanted = new Set(paths);
  const files = new Map<RepoPath, FileValues>();
  const note = (values: FileValues) => void files.set(values.path, values);
  const tap: Recorder['tap'] = (path, pieces) =>
    wanted.has(path) ? readingValues(path, pieces, parsedWhenLeaving, note) : pieces;
  return { tap, files };
}

/** A plan that records what somebody has seen. @param recorded by the time that everything else has been written */
export async function departurePlan(
  vault: Vault,
  roster: Roster,
  cause: Cause,
  seen: readonly RegistryEntry[],
  recorded: ReadonlyMap<RepoPath, FileValues>,
): Promise<Plan> {
  const plans: Plan[] = [];
  for (const entries of byAudience(seen).values()) {
    const event = () =>
      eventOfFiles(
        cause,
        entries.flatMap(({ path }) => recorded.get(path) ?? []),
      );
    plans.push(await eventPlan(vault, roster, 'departures', entries[0]?.groups ?? [], event));
  }
  return joinPlans(plans);
}

/**
 * What a ledger file holds.
 * @throws ERR_BLACKBOX_VAULT_DAMAGED and those of `openSealed`
 */
export async function readEvent(vault: Vault, { path }: RegistryEntry, keyring: Keyring): Promise<LedgerEvent> {
  const { files } = vault.host;
  const file = sealedPath(path);
  const size = files.stat(files.within(vault.root, file))?.size ?? 0;
  if (size > sealedEventLimit) throw brokenVaultFile(file, 'it is larger than any event');
  const content = Buffer.concat([...(await openPieces(vault, path, keyring))]);
  return parseEvent(content.toString('utf8'), file);
}
