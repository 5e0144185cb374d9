/** What has become of the values in the ledger: which are still in use, and which old ones stand somewhere again. Pure. */
import { type Cause, digestUnder, type LedgerEvent, type Place, type PlacedValue, placeText } from './ledger.js';
import type { FileValues } from './ledger-values.js';
import type { RepoPath } from './types.js';

/** What every registered file holds now; null for one that cannot be opened. A path that is not registered is not here. */
export type CurrentFiles = ReadonlyMap<RepoPath, FileValues | null>;

/** A value that is still what somebody has seen. */
export interface OpenItem extends PlacedValue {
  /** Because of whom, oldest first. */
  readonly causes: readonly Cause[];
}

/** A value that somebody has seen, that was changed where they saw it, and that stands somewhere now. */
export interface Reuse extends Place {
  readonly cause: Cause;
  /** Where they saw it. */
  readonly seen: Place;
}

export interface Review {
  readonly open: readonly OpenItem[];
  readonly reused: readonly Reuse[];
  /** Files of which it cannot be told, because they cannot be opened or no longer be parsed. */
  readonly unclear: readonly RepoPath[];
  /** Events of which nothing is open, unclear or used again. */
  readonly closed: readonly LedgerEvent[];
}

/** The files as they are now, and what somebody has said of their values. */
interface Present {
  readonly all: readonly PlacedValue[];
  /** The hash of a value as it stands now; null when it is gone, 'unclear' when that cannot be told. */
  readonly at: (place: Place) => Buffer | null | 'unclear';
  /** Whether the value in this place is known to be no secret. */
  readonly excused: (value: PlacedValue) => boolean;
  /** Whether this value is known to be no secret in some place. */
  readonly harmless: (value: PlacedValue) => boolean;
}

function everything(files: CurrentFiles): PlacedValue[] {
  return [...files].flatMap(([path, file]) => {
    const named = file?.named?.map(({ key, hash }): PlacedValue => ({ path, key, hash })) ?? [];
    const hash = file?.whole ?? null;
    return hash === null ? named : [...named, { path, key: null, hash }];
  });
}

function isUnclear(files: CurrentFiles, { path, key }: Place): boolean {
  const file = files.get(path);
  return file === null || (file !== undefined && key !== null && file.named === null);
}

function present(events: readonly LedgerEvent[], files: CurrentFiles): Present {
  const all = everything(files);
  const byPlace = new Map(all.map((value) => [placeText(value), value.hash]));
  const marks = events.filter((e) => e.what === 'not-secret');
  const marked = marks.map(({ key, values }) => ({
    key,
    digests: new Set(values.map((v) => v.digest)),
    places: new Map(values.map((v) => [placeText(v), v.digest])),
  }));
  return {
    all,
    at: (place) => byPlace.get(placeText(place)) ?? (isUnclear(files, place) ? 'unclear' : null),
    excused: (value) => {
      const place = placeText(value);
      return marked.some(({ key, places }) => places.get(place) === digestUnder(key, value.hash));
    },
    harmless: (value) => marked.some(({ key, digests }) => digests.has(digestUnder(key, value.hash))),
  };
}

/** What the replay of all events has found so far. */
interface Findings {
  readonly open: Map<string, OpenItem>;
  readonly unclear: Set<RepoPath>;
  /** Of each event, those of its values that are no longer where they were seen, by digest. */
  readonly cleared: Map<LedgerEvent, Map<string, Place>>;
  readonly reused: Map<string, Reuse>;
  /** Events that are still of use. */
  readonly alive: Set<LedgerEvent>;
}

function causeOf({ because, what, at }: LedgerEvent): Cause {
  return { because, what, at };
}

function findOpen(event: LedgerEvent, now: Present, findings: Findings): void {
  const { open, unclear, cleared, alive } = findings;
  const gone = new Map<string, Place>();
  for (const { path, key, digest } of event.values) {
    const place: Place = { path, key };
    const hash = now.at(place);
    if (hash === 'unclear') {
      unclear.add(path);
      alive.add(event);
    } else if (hash === null || digestUnder(event.key, hash) !== digest) gone.set(digest, place);
    else if (!now.excused({ ...place, hash })) {
      const known = open.get(placeText(place))?.causes ?? [];
      open.set(placeText(place), { ...place, hash, causes: [...known, causeOf(event)] });
      alive.add(event);
    }
  }
  cleared.set(event, gone);
}

function findReused(event: LedgerEvent, now: Present, { open, cleared, reused, alive }: Findings): void {
  const gone = cleared.get(event);
  if (gone === undefined || gone.size === 0) return;
  for (const value of now.all) {
    const seen = gone.get(digestUnder(event.key, value.hash));
    const place = placeText(value);
    if (seen === undefined || open.has(place) || now.harmless(value)) continue;
    alive.add(event);
    if (!reused.has(place)) reused.set(place, { path: value.path, key: value.key, cause: causeOf(event), seen });
  }
}

/** A mark is of use while the value it is about stands where it stood, or might. */
function isInUse({ key, values }: LedgerEvent, now: Present): boolean {
  return values.some((value) => {
    const hash = now.at(value);
    return hash === 'unclear' || (hash !== null && digestUnder(key, hash) === value.digest);
  });
}

function byPlace(a: Place, b: Place): number {
  const [one, other] = [placeText(a), placeText(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Holds the values that were seen against those that are in use now. */
export function review(events: readonly LedgerEvent[], files: CurrentFiles): Review {
  const now = present(events, files);
  const findings: Findings = {
    open: new Map(),
    unclear: new Set(),
    cleared: new Map(),
    reused: new Map(),
    alive: new Set(events.filter((e) => e.what === 'not-secret' && isInUse(e, now))),
  };
  const departures = events.filter((e) => e.what !== 'not-secret').sort((a, b) => (a.at < b.at ? -1 : 1));
  for (const event of departures) findOpen(event, now, findings);
  for (const event of departures) findReused(event, now, findings);
  return {
    open: [...findings.open.values()].sort(byPlace),
    reused: [...findings.reused.values()].sort(byPlace),
    unclear: [...findings.unclear].sort(),
    closed: events.filter((e) => !findings.alive.has(e)),
  };
}
