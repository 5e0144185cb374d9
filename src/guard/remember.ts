/** Keeps known values up to date: called wherever a plaintext of a registered file passes through this program. */
import { BlackboxError } from '../errors.js';
import type { Sought } from './decoders.js';
import { checksum, type Keys, macOf, sameMac, windowBytes, windowOf, windowOffset } from './fingerprint.js';
import { type Harvested, harvest } from './harvest.js';
import { buildMatcher, type KnownValue, match } from './matcher.js';
import { type KnownFile, loadKnown, localKeys, type StateFiles, saveKnown } from './store.js';
import { wholeDigests, wholesIn } from './whole.js';

/** Raised when other values are chosen than before: plaintexts are then harvested anew although they have not changed. */
const rules = 2;

export interface Plaintext {
  readonly path: string;
  readonly plaintext: Uint8Array;
}

export interface RememberOptions {
  /** Keys, by path, whose values are no secrets. */
  readonly publicKeys?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Contents of tracked files. What is new and stands in one of them will not block; it is reported. Read only when something is new. */
  readonly tracked?: () => Iterable<Uint8Array>;
}

export interface Remembered {
  /** Values, by label, that tracked files contain anyway: public, or an old leak. Each is told once, when it is first seen. */
  readonly ambient: readonly string[];
  /** The store was damaged and has been begun anew: it knows only what was given now. */
  readonly rebuilt: boolean;
}

const printable = (byte: number) => byte >= 0x20 && byte < 0x7f;

/** What decoders may leave out when they look for this value: see {@link Sought}. */
function traits(bytes: Uint8Array): Pick<Sought, 'ascii' | 'anchored'> {
  let row = 0;
  let anchored = false;
  for (const byte of bytes) {
    row = printable(byte) ? row + 1 : 0;
    anchored ||= row >= windowBytes;
  }
  return { ascii: bytes.every(printable), anchored };
}

function fingerprint(keys: Keys, { bytes, label, anywhere }: Harvested): KnownValue {
  const offset = windowOffset(bytes);
  return {
    label,
    length: bytes.length,
    offset,
    window: windowOf(keys.mix, bytes, offset),
    check: checksum(keys.mix, bytes, 0, bytes.length),
    mac: macOf(keys, 'value', bytes),
    anywhere,
    ...traits(bytes),
    ambient: false,
  };
}

/** As it is, and, where it cannot occur by accident, backwards. Letters of several bytes are none backwards. */
export function fingerprints(keys: Keys, value: Harvested): KnownValue[] {
  const forward = fingerprint(keys, value);
  if (!value.anywhere || value.bytes.some((byte) => byte >= 0x80)) return [forward];
  const bytes = Uint8Array.from(value.bytes).reverse();
  return [forward, fingerprint(keys, { ...value, bytes, label: `${value.label}, reversed` })];
}

/** Another number when other keys are public. */
function rulesFor(keys: Keys, path: string, { publicKeys }: RememberOptions): number {
  const open = publicKeys?.get(path);
  if (open === undefined) return rules;
  return rules + 1 + (Buffer.from(publicDigest(keys, open), 'base64').readUInt32LE(0) >>> 1);
}

/** Another one when other keys of a file are public. */
export function publicDigest(keys: Keys, open: ReadonlySet<string> = new Set()): string {
  return macOf(keys, 'file', Buffer.from([...open].sort().join('\0'))).toString('base64');
}

function fingerprintFile(keys: Keys, { path, plaintext }: Plaintext, options: RememberOptions): KnownFile {
  const values = harvest(path, plaintext, options.publicKeys?.get(path)).flatMap((value) => fingerprints(keys, value));
  const ruled = rulesFor(keys, path, options);
  return { path, ...wholeDigests(keys, plaintext), ambient: false, rules: ruled, values };
}

function isUnchanged(
  keys: Keys,
  { path, plaintext }: Plaintext,
  known: ReadonlyMap<string, KnownFile>,
  options: RememberOptions,
): boolean {
  const before = known.get(path);
  if (before === undefined || before.rules !== rulesFor(keys, path, options) || before.size !== plaintext.length)
    return false;
  return sameMac(before.mac, macOf(keys, 'file', plaintext));
}

const macKey = (mac: Uint8Array) => Buffer.from(mac).toString('latin1');

/** MACs that were known before, with whether they were ambient: a value that blocks goes on blocking, wherever it has leaked to since. */
function ambientBefore(known: Iterable<KnownFile>): Map<string, boolean> {
  const before = new Map<string, boolean>();
  for (const file of known) for (const thing of [file, ...file.values]) before.set(macKey(thing.mac), thing.ambient);
  return before;
}

/** MACs of those of `files` and their values that stand in tracked content. */
function standingIn(keys: Keys, files: readonly KnownFile[], contents: Iterable<Uint8Array>): Set<string> {
  const matcher = buildMatcher(
    keys,
    files.flatMap((file) => file.values),
  );
  const standing = new Set<string>();
  for (const content of contents) {
    // As they are only: who has published a value has not encoded it.
    for (const { value } of match(matcher, content, Number.POSITIVE_INFINITY)) standing.add(macKey(value.mac));
    for (const file of wholesIn(keys, files, content)) standing.add(macKey(file.mac));
  }
  return standing;
}

/** Marks what tracked files contain. Returns the files, and the labels of what is newly found to be so. */
function markAmbient(keys: Keys, fresh: readonly KnownFile[], before: Map<string, boolean>, options: RememberOptions) {
  const isNew = (thing: { mac: Uint8Array }) => !before.has(macKey(thing.mac));
  const anyNew = fresh.some((file) => isNew(file) || file.values.some(isNew));
  const standing = anyNew && options.tracked ? standingIn(keys, fresh, options.tracked()) : new Set<string>();
  const told = new Set<string>();
  const mark = <T extends KnownValue | KnownFile>(thing: T, label: string): T => {
    const key = macKey(thing.mac);
    if (isNew(thing) && standing.has(key)) told.add(label);
    return { ...thing, ambient: before.get(key) ?? standing.has(key) };
  };
  const files = fresh.map((file) => ({
    ...mark(file, `the whole of ${file.path}`),
    values: file.values.map((value) => mark(value, value.label)),
  }));
  return { files, told: [...told] };
}

/** What is known; nothing when the store is damaged. */
function loadOrBegin(files: StateFiles, state: string): { known: Map<string, KnownFile>; rebuilt: boolean } {
  try {
    const known = loadKnown(files, state)?.files ?? [];
    return { known: new Map(known.map((file) => [file.path, file])), rebuilt: false };
  } catch (error) {
    if (!(error instanceof BlackboxError)) throw error;
    return { known: new Map(), rebuilt: true };
  }
}

/**
 * Remembers fingerprints of the values of these plaintexts, in place of what was known of their paths. Writes nothing when nothing is new.
 * Of two processes that do so at the same time one may go unheard; the next decryption makes up for it.
 */
export function remember(
  files: StateFiles,
  state: string,
  entries: readonly Plaintext[],
  options: RememberOptions = {},
): Remembered {
  const { known, rebuilt } = loadOrBegin(files, state);
  const keys = localKeys(files, state);
  const changed = entries.filter((entry) => !isUnchanged(keys, entry, known, options));
  if (changed.length === 0) return { ambient: [], rebuilt };
  const fresh = changed.map((entry) => fingerprintFile(keys, entry, options));
  const marked = markAmbient(keys, fresh, ambientBefore(known.values()), options);
  for (const file of marked.files) known.set(file.path, file);
  saveKnown(files, state, [...known.values()]);
  return { ambient: marked.told, rebuilt };
}

/** Forgets what was known of these paths: they are no longer registered. */
export function forget(files: StateFiles, state: string, paths: readonly string[]): void {
  const { known, rebuilt } = loadOrBegin(files, state);
  if (rebuilt || !paths.some((path) => known.has(path))) return;
  for (const path of paths) known.delete(path);
  saveKnown(files, state, [...known.values()]);
}
