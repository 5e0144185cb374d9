/**
 * Wrapping the file keys of many files in several threads. They share the list: the main thread tells the keys from its front on, the others
 * follow it; when all are told it begins at the end, and where they meet all is done, however fast each of them was.
 */

import { sshEd25519Recipient } from './ssh-ed25519.js';
import { parseSshPublicKey } from './ssh-format.js';
import { readStanzas, stanzasText } from './stanza.js';
import type { Recipient, Stanza } from './types.js';
import { x25519Recipient } from './x25519.js';

const fileKeyLength = 16;
/** It is our own: of how many files there is room in one message is no attacker's to say. */
const unbounded = { bytes: Infinity, stanzas: Infinity, body: Infinity };
/** Files are taken by so many: a few milliseconds of work. */
const chunkFiles = 8;
/** A chunk's keys are not all there; they are, and nobody has begun with it; somebody has. */
const awaited = 0;
const free = 1;
const taken = 2;

/** What can be wrapped for elsewhere: it is made again from its text, and takes long. */
export function isShareable({ kind }: Recipient): boolean {
  return kind === 'x25519' || kind === 'ssh-ed25519';
}

/** What all threads see. The keys and who has taken what are one memory for all of them: no copy of a key is left behind anywhere. */
export interface WrapShare {
  /** The different sets of recipients, by their texts. */
  readonly sets: readonly (readonly string[])[];
  /** For each file, which of the sets it is for. */
  readonly files: readonly number[];
  readonly keys: Uint8Array;
  readonly chunks: Int32Array;
}

/** Stanzas of the files of one chunk: a thousand small objects take longer to hand over than to make. */
export interface WrappedChunk {
  readonly chunk: number;
  /** As they stand in headers, one after another. */
  readonly text: string;
}

/** No chunk of it is free yet. @param fill fills memory with random bytes, for the files that get a new key */
export function newShare(
  sets: readonly (readonly Recipient[])[],
  files: readonly number[],
  fill: (bytes: Uint8Array) => void,
): WrapShare {
  const keys = new Uint8Array(new SharedArrayBuffer(files.length * fileKeyLength));
  const chunks = new Int32Array(
    new SharedArrayBuffer(Math.ceil(files.length / chunkFiles) * Int32Array.BYTES_PER_ELEMENT),
  );
  fill(keys);
  return { sets: sets.map((set) => set.map((recipient) => recipient.text)), files, keys, chunks };
}

export function chunkOf(file: number): number {
  return Math.floor(file / chunkFiles);
}

/** Whether the chunk is the caller's from now on. */
export function take({ chunks }: WrapShare, chunk: number): boolean {
  return Atomics.compareExchange(chunks, chunk, free, taken) === free;
}

export function keyOf({ keys }: WrapShare, file: number): Uint8Array {
  return Uint8Array.from(keys.subarray(file * fileKeyLength, (file + 1) * fileKeyLength));
}

/** The files of a chunk, by their numbers. */
export function filesOf({ files }: WrapShare, chunk: number): number[] {
  const first = chunk * chunkFiles;
  return Array.from({ length: Math.min(chunkFiles, files.length - first) }, (_, i) => first + i);
}

export function setKey({ keys }: WrapShare, file: number, fileKey: Uint8Array): void {
  keys.set(fileKey, file * fileKeyLength);
}

/** All keys of a chunk are there. */
export function release({ chunks }: WrapShare, chunk: number): void {
  Atomics.store(chunks, chunk, free);
  Atomics.notify(chunks, chunk);
}

/** In another thread: chunk by chunk, as their keys come. */
export function* wrapShare(share: WrapShare): Generator<WrappedChunk> {
  const sets = share.sets.map((texts) => texts.map(recipientOf));
  for (let chunk = 0; chunk < share.chunks.length; chunk++) {
    Atomics.wait(share.chunks, chunk, awaited);
    if (!take(share, chunk)) continue;
    const stanzas = filesOf(share, chunk).flatMap((file) => {
      const fileKey = keyOf(share, file);
      const wrapped = (sets[share.files[file] ?? 0] ?? []).map((recipient) => recipient.wrap(fileKey) as Stanza);
      fileKey.fill(0);
      return wrapped;
    });
    yield { chunk, text: stanzasText(stanzas) };
  }
}

function recipientOf(text: string): Recipient {
  if (text.startsWith('age1')) return x25519Recipient(text);
  const key = parseSshPublicKey(text);
  if (key.type !== 'ssh-ed25519') throw new Error(`a key of the kind ${key.type} is wrapped for in the main thread`);
  return sshEd25519Recipient(key);
}

/** The stanzas of each file of a chunk. */
export function unpack(share: WrapShare, packed: WrappedChunk): Map<number, Stanza[]> {
  const left = readStanzas(packed.text, 0, unbounded).values();
  const next = (): Stanza => left.next().value as Stanza;
  const stanzasFor = (file: number) => (share.sets[share.files[file] ?? 0] ?? []).map(next);
  return new Map(filesOf(share, packed.chunk).map((file) => [file, stanzasFor(file)]));
}
