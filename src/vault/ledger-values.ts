/**
 * The values in a plaintext, as far as the ledger needs them: hashes, made while the plaintext passes, so that no value is kept.
 * Two values are one when their text is: `"5432"` in one format and `5432` in another, with or without blanks around it.
 */
import { createHash } from 'node:crypto';
import { BlackboxError } from '../errors.js';
import { formatOf, type Leaf, leaves, parseValue } from '../formats/index.js';
import type { RepoPath } from './types.js';
import { sha256 } from './vault.js';

export interface NamedValue {
  /** The names that lead to it; array indexes are names too. At least one. */
  readonly key: readonly string[];
  readonly hash: Buffer;
}

export interface FileValues {
  readonly path: RepoPath;
  /** Of the content as a whole; null when there is none. */
  readonly whole: Buffer | null;
  /** null when the file should have names by its format, and cannot be parsed or is too large to be. */
  readonly named: readonly NamedValue[] | null;
}

/** Files up to this size are read for their values when somebody leaves; larger ones are data, and count as one value. */
export const parsedWhenLeaving = 1024 * 1024;
/** What grew since is still read to see what has become of its values: as much as any format takes. */
export const parsedWhenReviewing = 16 * 1024 * 1024;
/** Blanks around a content larger than this make it another one: one rule, however much of a file is held in memory for its values. */
const trimmedFile = 1024 * 1024;
/** Nothing shorter keeps a secret: it is a port, a level, a switch. */
const shortestValue = 4;
/** In these words there is no secret either. */
const plainWords = /^(?:true|false|null|none|undefined)$/i;

/** Without the ASCII white space around it: a line feed more or less is no other secret. */
function trimmed(bytes: Uint8Array): Uint8Array {
  const blank = (byte: number | undefined) => byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
  let [start, end] = [0, bytes.length];
  while (start < end && blank(bytes[start])) start++;
  while (end > start && blank(bytes[end - 1])) end--;
  return bytes.subarray(start, end);
}

/** The hash of a value; null for what cannot be a secret. */
function hashOf(value: Leaf['value']): Buffer | null {
  if (value === null || typeof value === 'boolean') return null;
  const bytes = trimmed(Buffer.from(String(value)));
  return bytes.length < shortestValue || plainWords.test(String(value).trim()) ? null : sha256(bytes);
}

function namedValues(path: RepoPath, bytes: Uint8Array): NamedValue[] | null {
  try {
    return leaves(parseValue(formatOf(path), bytes, path)).flatMap(({ path: key, value }) => {
      const hash = hashOf(value);
      return hash === null || key.length === 0 ? [] : [{ key, hash }];
    });
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

function fromBytes(path: RepoPath, bytes: Uint8Array, digest: Buffer): FileValues {
  const content = trimmed(bytes);
  return {
    path,
    whole: content.length === 0 ? null : bytes.length > trimmedFile ? digest : sha256(content),
    named: formatOf(path).name === 'plain' || content.length === 0 ? [] : namedValues(path, bytes),
  };
}

/**
 * The same pieces, read for their values as they pass.
 * @param parsed files up to this many bytes are parsed
 * @param onValues called when the last piece has passed
 */
export function* readingValues(
  path: RepoPath,
  pieces: Iterable<Uint8Array>,
  parsed: number,
  onValues: (values: FileValues) => void,
): Generator<Uint8Array> {
  const hash = createHash('sha256');
  let kept: Uint8Array[] | null = [];
  let size = 0;
  for (const piece of pieces) {
    hash.update(piece);
    size += piece.length;
    if (size > parsed) kept = null;
    kept?.push(piece);
    yield piece;
  }
  const digest = hash.digest();
  if (kept !== null) onValues(fromBytes(path, Buffer.concat(kept), digest));
  else onValues({ path, whole: digest, named: formatOf(path).name === 'plain' ? [] : null });
}

/** The values of a plaintext that nothing else is done with. */
export function valuesOf(path: RepoPath, pieces: Iterable<Uint8Array>, parsed = parsedWhenReviewing): FileValues {
  let values: FileValues = { path, whole: null, named: null };
  const reading = readingValues(path, pieces, parsed, (found) => {
    values = found;
  });
  while (reading.next().done !== true);
  return values;
}
