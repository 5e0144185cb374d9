/**
 * The ledger of values that somebody who left has seen. Pure: an event in, facts out; where events lie and who may open them is in
 * `ledger-files.ts`, what has become of their values in `ledger-review.ts`. An event holds no value, only digests under a key of its own.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { brokenVaultFile } from './errors.js';
import type { FileValues } from './ledger-values.js';
import { parseRepoPath } from './paths.js';
import { parseName } from './roster.js';
import type { RepoPath } from './types.js';

export const eventKinds = ['removed', 'retired-key', 'narrowed', 'not-secret'] as const;
/**
 * removed: the person left. retired-key: one of their keys was lost. narrowed: they stay, and may no longer read these files. not-secret: the
 * person said that these values need not be changed, whoever has seen them.
 */
export type EventKind = (typeof eventKinds)[number];

export interface Cause {
  /** Whom it is about; for `not-secret`, who said so. */
  readonly because: string;
  readonly what: EventKind;
  /** ISO 8601, UTC. For people to read: nothing is decided by it. */
  readonly at: string;
}

/** Where a value stands: names that lead to it in a structured file, or null for a file as a whole. */
export interface Place {
  readonly path: RepoPath;
  readonly key: readonly string[] | null;
}

/** A value with where it stands, by its hash. */
export interface PlacedValue extends Place {
  readonly hash: Buffer;
}

export interface SeenValue extends Place {
  /** {@link digestUnder} the event's key, hex. */
  readonly digest: string;
}

export interface LedgerEvent extends Cause {
  /** 32 random bytes, hex. Whoever can open the event could test guesses anyway: they can read the files. */
  readonly key: string;
  readonly values: readonly SeenValue[];
}

/** A file with more values than this is data: it counts as one value. Also bounds what one file can make an event grow by. */
const mostValuesOfFile = 5000;
const mostNamesOfFile = 1024 * 1024;
/** Of an event, from the point of which files count as one value each. A registry may have as many files. */
const mostNamedValues = 100_000;
const mostValues = 2 * mostNamedValues;
/** Deeper than any format nests. */
const longestKey = 200;
/** Of an event's text: 100,000 values with paths and names of 200 characters. */
export const eventLimit = 64 * 1024 * 1024;

const nameLength = (key: readonly string[]) => key.reduce((sum, name) => sum + name.length + 3, 0);

/** What to record of a file: its values one by one where it has names for them, else the whole of it. Nothing of an empty one. */
export function placedValues({ path, whole, named }: FileValues, most = mostValuesOfFile): PlacedValue[] {
  const names = named?.reduce((sum, { key }) => sum + nameLength(key), 0) ?? 0;
  const each = named !== null && named.length > 0 && named.length <= most && names <= mostNamesOfFile;
  if (each) return named.map(({ key, hash }) => ({ path, key, hash }));
  return whole === null ? [] : [{ path, key: null, hash: whole }];
}

/** HMAC-SHA256 of a value's SHA-256 under an event's key. */
export function digestUnder(key: string, hash: Uint8Array): string {
  return createHmac('sha256', Buffer.from(key, 'hex')).update(hash).digest('hex');
}

/** An event about these values, under a new key. */
export function makeEvent(cause: Cause, values: readonly PlacedValue[]): LedgerEvent {
  const key = randomBytes(32).toString('hex');
  const seen = values.map(({ path, key: names, hash }) => ({ path, key: names, digest: digestUnder(key, hash) }));
  return { because: cause.because, what: cause.what, at: cause.at, key, values: seen };
}

/** An event about everything in these files. */
export function eventOfFiles(cause: Cause, files: readonly FileValues[]): LedgerEvent {
  const all: PlacedValue[] = [];
  for (const file of files) {
    all.push(...placedValues(file, Math.min(mostValuesOfFile, mostNamedValues - all.length)));
  }
  return makeEvent(cause, all);
}

export function formatEvent({ because, what, at, key, values }: LedgerEvent): string {
  const seen = values.map(({ path, key: names, digest }) => ({ path, key: names, digest }));
  return `${JSON.stringify({ version: 1, because, what, at, key, values: seen })}\n`;
}

type Fields = Readonly<Record<string, unknown>>;

function matching(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isKey(value: unknown): value is string[] | null {
  if (value === null) return true;
  if (!Array.isArray(value) || value.length === 0 || value.length > longestKey) return false;
  return value.every((name) => typeof name === 'string');
}

function parseValue(value: unknown, file: string): SeenValue {
  const { path, key, digest } = (value ?? {}) as Fields;
  if (typeof path !== 'string' || !isKey(key) || !matching(digest, /^[0-9a-f]{64}$/))
    throw brokenVaultFile(file, 'one of its values is none');
  return { path: parseRepoPath(path), key, digest };
}

function parseJson(text: string, file: string): Fields {
  try {
    return (JSON.parse(text) ?? {}) as Fields;
  } catch {
    throw brokenVaultFile(file, 'what is sealed in it is not JSON');
  }
}

/**
 * Reads what a ledger file holds.
 * @param file for the sentence
 * @throws ERR_BLACKBOX_VAULT_DAMAGED, ERR_BLACKBOX_PATH_REFUSED, ERR_BLACKBOX_BAD_NAME
 */
export function parseEvent(text: string, file: string): LedgerEvent {
  const { version, because, what, at, key, values } = parseJson(text, file);
  if (version !== 1) throw brokenVaultFile(file, 'it is of a version that this program does not know');
  const kind = eventKinds.find((known) => known === what);
  const dated = matching(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/);
  if (kind === undefined || !dated || typeof because !== 'string' || !matching(key, /^[0-9a-f]{64}$/))
    throw brokenVaultFile(file, 'what is sealed in it is no event');
  if (!Array.isArray(values) || values.length > mostValues) throw brokenVaultFile(file, 'it has too many values');
  return { because: parseName(because), what: kind, at, key, values: values.map((v) => parseValue(v, file)) };
}

/** `db.password`, as a person names it; null for a whole file. */
export function showKey(key: readonly string[] | null): string | null {
  return key === null ? null : key.join('.');
}

/** One text for one place. */
export function placeText({ path, key }: Place): string {
  return JSON.stringify([path, key]);
}
