/**
 * `known.json`: what this clone knows of the values in its registered files. Fingerprints only, sealed with a key derived from the clone's
 * local key, so that the file alone tells nothing: neither a value nor its name. What both files together tell stands in docs/guard.md.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { BlackboxError } from '../errors.js';
import type { Files } from '../host/types.js';
import { knownValuesDamaged, knownValuesNewer } from './errors.js';
import { deriveKeys, type Keys } from './fingerprint.js';
import { buildMatcher, type KnownValue, type Matcher } from './matcher.js';

const formatVersion = 1;
/** About 200,000 values; anything larger is not ours. */
const largestStore = 32 << 20;
const cipher = 'aes-256-gcm';

export type StateFiles = Pick<Files, 'read' | 'makeFolder' | 'writeLocal'>;

/** A whole plaintext, as far as it is known. */
export interface KnownFile {
  readonly path: string;
  readonly size: number;
  readonly mac: Uint8Array;
  /** The same without white space; null when little is left of it, as of `{}`. */
  readonly stripped: { readonly size: number; readonly mac: Uint8Array } | null;
  /** Stood in tracked files when it was first seen. */
  readonly ambient: boolean;
  /** By which rules its values were chosen. */
  readonly rules: number;
  readonly values: readonly KnownValue[];
}

/** What this clone knows. Opaque to callers, but for the paths. */
export interface KnownValues {
  /** Files whose values are known. A registered path that is not among them was never decrypted in this clone. */
  readonly paths: readonly string[];
  readonly files: readonly KnownFile[];
  readonly matcher: Matcher;
  /** What scan indexes know beside this clone: each with keys of its own. */
  readonly indexes?: readonly Matcher[];
  /** Whether all that is known comes from scan indexes. */
  readonly onlyScans?: boolean;
}

/** What is kept of a value, without what it is called. */
export type Packed = readonly [
  length: number,
  offset: number,
  window: number,
  check: number,
  traits: string,
  mac: string,
];
type ValueRow = readonly [label: string, ...Packed];

type Marks = Pick<KnownValue, 'anywhere' | 'ascii' | 'anchored' | 'ambient'>;

function packMarks(marks: Marks): string {
  return (['anywhere', 'ascii', 'anchored', 'ambient'] as const).filter((mark) => marks[mark]).join(' ');
}

export function unpackMarks(text: string): Marks {
  const has = (mark: string) => text.includes(mark);
  return { anywhere: has('anywhere'), ascii: has('ascii'), anchored: has('anchored'), ambient: has('ambient') };
}

export function packed(value: KnownValue): Packed {
  const { length, offset, window, check, mac } = value;
  return [length, offset, window, check, packMarks(value), toBase64(mac)];
}

function packValue(value: KnownValue): ValueRow {
  return [value.label, ...packed(value)];
}

function unpackValue([label, length, offset, window, check, traits, mac]: ValueRow): KnownValue {
  return { label, length, offset, window, check, mac: Buffer.from(mac, 'base64'), ...unpackMarks(traits) };
}

const toBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

function packFile({ mac, stripped, values, ...rest }: KnownFile) {
  const strip = stripped && { size: stripped.size, mac: toBase64(stripped.mac) };
  return { ...rest, mac: toBase64(mac), stripped: strip, values: values.map(packValue) };
}

function unpackFile({ mac, stripped, values, ...rest }: ReturnType<typeof packFile>): KnownFile {
  const strip = stripped && { size: stripped.size, mac: Buffer.from(stripped.mac, 'base64') };
  return { ...rest, mac: Buffer.from(mac, 'base64'), stripped: strip, values: values.map(unpackValue) };
}

function seal(keys: Keys, text: string): string {
  const nonce = randomBytes(12);
  const sealer = createCipheriv(cipher, keys.box, nonce);
  const box = Buffer.concat([sealer.update(text, 'utf8'), sealer.final(), sealer.getAuthTag()]);
  return `${JSON.stringify({ version: formatVersion, nonce: toBase64(nonce), box: toBase64(box) })}\n`;
}

/** Throws for whatever is not sealed with these keys. */
function unseal(keys: Keys, nonce: string, box: string): string {
  const sealed = Buffer.from(box, 'base64');
  const opener = createDecipheriv(cipher, keys.box, Buffer.from(nonce, 'base64'), { authTagLength: 16 });
  opener.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([opener.update(sealed.subarray(0, -16)), opener.final()]).toString('utf8');
}

function readLocalKey(files: StateFiles, state: string): Buffer | null {
  const hex = files.read(join(state, 'key'), 1024)?.toString('latin1').trim() ?? '';
  return /^[0-9a-f]{64}$/.test(hex) ? Buffer.from(hex, 'hex') : null;
}

/** The clone's local key, made when there is none; the vault layer keeps its own digests with the same one. */
export function localKeys(files: StateFiles, state: string): Keys {
  const existing = readLocalKey(files, state);
  if (existing !== null) return deriveKeys(existing);
  const key = randomBytes(32);
  files.makeFolder(state, 0o700);
  files.writeLocal(join(state, 'key'), `${key.toString('hex')}\n`);
  return deriveKeys(key);
}

function parseStore(files: StateFiles, state: string, content: Buffer): KnownFile[] {
  const { version, nonce, box } = JSON.parse(content.toString('utf8'));
  if (typeof version === 'number' && version > formatVersion) throw knownValuesNewer(join(state, 'known.json'));
  const key = readLocalKey(files, state);
  if (key === null) throw new SyntaxError('the local key is gone');
  return JSON.parse(unseal(deriveKeys(key), nonce, box)).map(unpackFile);
}

/**
 * What this clone knows; null when it knows nothing, as in a clone that never decrypted.
 * @throws ERR_BLACKBOX_KNOWN_VALUES when known.json is there and cannot be read: a guard that looks for less than it should must not pass
 */
export function loadKnown(files: StateFiles, state: string): KnownValues | null {
  const path = join(state, 'known.json');
  const content = files.read(path, largestStore);
  if (content === null) return null;
  let known: KnownFile[];
  try {
    known = parseStore(files, state, content);
  } catch (error) {
    throw error instanceof BlackboxError ? error : knownValuesDamaged(path);
  }
  const blocking = known.flatMap((file) => file.values.filter((value) => !value.ambient));
  return {
    paths: known.map((file) => file.path),
    files: known,
    matcher: buildMatcher(localKeys(files, state), blocking),
  };
}

export function saveKnown(files: StateFiles, state: string, known: readonly KnownFile[]): void {
  const keys = localKeys(files, state);
  files.makeFolder(state, 0o700);
  files.writeLocal(join(state, 'known.json'), seal(keys, JSON.stringify(known.map(packFile))));
}
