/**
 * The scan index: what the guard looks for on machines that may not read the values, such as CI. Fingerprints as in this clone's own state, but
 * under a random key of their own, of values only that nobody finds by guessing, and without the names of their keys: whoever can read an
 * index can confirm that they have such a value, and nothing more. Pure: how it is sealed is the vault's matter.
 */
import { randomBytes } from 'node:crypto';
import { indexDamaged, indexNewer } from './errors.js';
import { deriveKeys, type Keys, macOf, windowBytes, windowCount } from './fingerprint.js';
import { harvest } from './harvest.js';
import { buildMatcher, type KnownValue, type Matcher } from './matcher.js';
import { fingerprints, publicDigest } from './remember.js';
import { type KnownValues, type Packed, packed, unpackMarks } from './store.js';

const formatVersion = 1;
/** About 400,000 values: more than the files of any team have. */
export const largestIndex = 32 << 20;
const mostValues = 400_000;
const longestValue = 256;
const checkCount = 64;
const macBytes = 16;

export interface IndexedFile {
  readonly path: string;
  /** Which sealed content it was when it was indexed. */
  readonly payload: string;
  /** By what has been marked as public then. */
  readonly open: string;
}

export interface ScanIndex {
  readonly files: readonly IndexedFile[];
  readonly matcher: Matcher;
}

/** What goes into an index; `plaintext` is null for what is too large to have values. */
export interface ToIndex {
  readonly path: string;
  readonly payload: string;
  readonly plaintext: Uint8Array | null;
}

export interface MakeOptions {
  readonly publicKeys: ReadonlyMap<string, ReadonlySet<string>>;
  /** What this clone knows: values that stand in tracked files anyway are left out. */
  readonly known: KnownValues | null;
}

export interface MadeIndex {
  readonly text: string;
  readonly values: number;
  /** Left out because they could be guessed. */
  readonly weak: number;
  /** Left out because tracked files contain them. */
  readonly ambient: number;
}

type Row = readonly [file: number, ...Packed];

/** Whether this clone has found a value in tracked files when it first met it. */
function ambience({ known }: MakeOptions): (bytes: Uint8Array) => boolean {
  if (known === null) return () => false;
  const text = (mac: Uint8Array) => Buffer.from(mac).toString('latin1');
  const values = known.files.flatMap((file) => file.values.filter((value) => value.ambient));
  const macs = new Set(values.map((value) => text(value.mac)));
  return (bytes) => macs.size > 0 && macs.has(text(macOf(known.matcher.keys, 'value', bytes)));
}

/** An index of these files under a new key. */
export function makeIndex(files: readonly ToIndex[], options: MakeOptions): MadeIndex {
  const key = randomBytes(32);
  const keys = deriveKeys(key);
  const isAmbient = ambience(options);
  const rows = new Map<string, Row>();
  const left = { weak: 0, ambient: 0 };
  let values = 0;
  for (const [i, { path, plaintext }] of files.entries()) {
    for (const value of plaintext === null ? [] : harvest(path, plaintext, options.publicKeys.get(path))) {
      if (!value.unguessable || !value.anywhere) left.weak++;
      else if (isAmbient(value.bytes)) left.ambient++;
      else
        for (const [turn, known] of fingerprints(keys, value).entries())
          if (addRow(rows, i, known) && turn === 0) values++;
    }
  }
  const told = files.map(({ path, payload }) => [path, payload, publicDigest(keys, options.publicKeys.get(path))]);
  const text = `${JSON.stringify({ version: formatVersion, key: key.toString('hex'), files: told, values: [...rows.values()] })}\n`;
  return { text, values, ...left };
}

/** The same value in two files is one value. @returns whether it is new */
function addRow(rows: Map<string, Row>, file: number, value: KnownValue): boolean {
  const row = packed(value);
  const mac = row[5];
  if (rows.has(mac)) return false;
  rows.set(mac, [file, ...row]);
  return true;
}

const isCount = (value: unknown, below: number): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < below;

function readFile(row: unknown): IndexedFile {
  const [path, payload, open] = Array.isArray(row) ? row : [];
  const isText = [path, payload, open].every((one) => typeof one === 'string');
  if (!isText || !/^[0-9a-f]{0,64}$/.test(payload)) throw new SyntaxError('a file is none');
  return { path, payload, open };
}

function readValue(row: unknown, files: readonly IndexedFile[]): KnownValue {
  const [file, length, offset, window, check, traits, mac] = Array.isArray(row) ? row : [];
  const label = isCount(file, files.length) ? files[file]?.path : undefined;
  const fits = isCount(length, longestValue + 1) && isCount(offset, length - windowBytes + 1);
  if (label === undefined || !fits || !isCount(window, windowCount) || !isCount(check, checkCount))
    throw new SyntaxError('a value is none');
  const bytes = Buffer.from(String(mac), 'base64');
  if (bytes.length !== macBytes || typeof traits !== 'string') throw new SyntaxError('a digest is none');
  return { label, length, offset, window, check, mac: bytes, ...unpackMarks(traits) };
}

/**
 * What an index holds.
 * @param file where it lies, for the sentence
 * @throws ERR_BLACKBOX_KNOWN_VALUES: a guard that looks for less than it should must not pass
 */
export function parseIndex(text: string, file: string): ScanIndex {
  try {
    const { version, key, files, values } = JSON.parse(text);
    if (typeof version === 'number' && version > formatVersion) throw indexNewer(file);
    if (!/^[0-9a-f]{64}$/.test(key) || values.length > mostValues) throw new SyntaxError('it is none');
    const indexed: IndexedFile[] = files.map(readFile);
    const keys: Keys = deriveKeys(Buffer.from(key, 'hex'));
    const known: KnownValue[] = values.map((row: unknown) => readValue(row, indexed));
    return { files: indexed, matcher: buildMatcher(keys, known) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw indexDamaged(file);
    throw error;
  }
}

/** Whether what was marked as public of a file is what it was when it was indexed. */
export function isSameOpen({ matcher }: ScanIndex, file: IndexedFile, keys: ReadonlySet<string> | undefined): boolean {
  return file.open === publicDigest(matcher.keys, keys);
}

/** What this clone knows, and what the indexes know beside it. @param paths of the files of which the indexes know all that they may */
export function withIndexes(
  known: KnownValues | null,
  indexes: readonly ScanIndex[],
  paths: readonly string[],
): KnownValues | null {
  const [first, ...rest] = indexes.map(({ matcher }) => matcher);
  if (first === undefined) return known;
  if (known === null) return { paths, files: [], matcher: first, indexes: rest, onlyScans: true };
  return { ...known, paths: [...new Set([...known.paths, ...paths])], indexes: [first, ...rest] };
}
