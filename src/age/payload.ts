/** The payload: STREAM over ChaCha20-Poly1305 in chunks of 64 KiB. https://c2sp.org/age#payload. Constant memory in both directions. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { damaged } from './errors.js';
import { hkdf, tagLength } from './filekey.js';

const nonceLength = 16;
const chunkLength = 64 * 1024;
const sealedChunkLength = chunkLength + tagLength;

/**
 * Encrypts a payload as it comes: first the nonce, then one buffer for each chunk. Pieces may have any size.
 * A file key seals one payload only.
 */
export function* sealPayload(fileKey: Uint8Array, plaintextPieces: Iterable<Uint8Array>): Generator<Buffer> {
  const nonce = randomBytes(nonceLength);
  const key = payloadKey(fileKey, nonce);
  yield nonce;
  let index = 0;
  for (const { chunk, last } of regroup(plaintextPieces, chunkLength, chunkLength)) {
    yield Buffer.concat(encryptChunk(key, chunkNonce(index++, last), chunk));
  }
}

/**
 * {@link sealPayload} of what is in memory, behind its header and in one buffer: chunks that are kept until the end take twice the memory, and
 * memory that nobody has used before takes longer than to encrypt.
 */
export function sealBytes(fileKey: Uint8Array, header: Uint8Array, plaintext: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafeSlow(header.length + payloadLength(plaintext.length));
  let end = 0;
  const append = (part: Uint8Array) => {
    sealed.set(part, end);
    end += part.length;
  };
  append(header);
  const nonce = randomBytes(nonceLength);
  const key = payloadKey(fileKey, nonce);
  append(nonce);
  let index = 0;
  for (const { chunk, last } of regroup([plaintext], chunkLength, chunkLength)) {
    for (const part of encryptChunk(key, chunkNonce(index++, last), chunk)) append(part);
  }
  return sealed;
}

/** {@link openPayload} of what is in memory, in one buffer. */
export function openBytes(fileKey: Uint8Array, ciphertext: Uint8Array): Buffer {
  const sealed = Math.max(0, ciphertext.length - nonceLength);
  const plaintext = Buffer.allocUnsafeSlow(Math.max(0, sealed - tagLength * Math.ceil(sealed / sealedChunkLength)));
  let end = 0;
  for (const piece of openPayload(fileKey, [ciphertext])) {
    // What does not fit belongs to a payload that is cut off or appended to: its end says so.
    const fitting = piece.subarray(0, plaintext.length - end);
    plaintext.set(fitting, end);
    end += fitting.length;
  }
  return plaintext;
}

/**
 * Decrypts a payload as it comes (it begins right after the header), one buffer for each chunk. Every chunk is authentic when it is
 * yielded, but only the end of the iteration says that it was the whole payload: until then nothing must be acted upon.
 * Throws ERR_BLACKBOX_DAMAGED for anything that was altered, cut off or appended.
 */
export function* openPayload(fileKey: Uint8Array, ciphertextPieces: Iterable<Uint8Array>): Generator<Buffer> {
  let key: Buffer | undefined;
  let index = 0;
  for (const { chunk, last } of regroup(ciphertextPieces, nonceLength, sealedChunkLength)) {
    if (!key) {
      if (last) throw damaged('payload', 'it is cut off before its first chunk');
      key = payloadKey(fileKey, chunk);
      continue;
    }
    const { plaintext, fault } = openChunk(key, index++, chunk, last);
    if (plaintext) yield plaintext;
    if (fault) throw damaged(`payload chunk ${index}`, fault);
  }
}

/** Whether a payload (all that follows the header) can have this many bytes: what can be told without a key. */
export function isPayloadLength(length: number): boolean {
  const sealed = length - nonceLength;
  const lastChunk = sealed % sealedChunkLength;
  return sealed >= tagLength && (sealed === tagLength || lastChunk === 0 || lastChunk > tagLength);
}

/** How many bytes a payload takes for a plaintext of this length. */
export function payloadLength(plaintextLength: number): number {
  return nonceLength + plaintextLength + tagLength * Math.max(1, Math.ceil(plaintextLength / chunkLength));
}

function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return hkdf(fileKey, nonce, 'payload');
}

/** A big-endian counter of 11 bytes, of which six are enough for 16 EiB, and the mark of the final chunk. */
function chunkNonce(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(index, 5, 6);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** The ciphertext and its tag. */
function encryptChunk(key: Buffer, nonce: Buffer, chunk: Uint8Array): [Buffer, Buffer] {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagLength });
  const sealed = cipher.update(chunk);
  cipher.final();
  return [sealed, cipher.getAuthTag()];
}

interface OpenedChunk {
  readonly plaintext: Buffer | null;
  readonly fault: string | null;
}

/**
 * A full chunk that is genuine but for its place at the end is still handed out, as age does and the vectors require: what was lost or appended
 * comes after it.
 */
function openChunk(key: Buffer, index: number, chunk: Uint8Array, last: boolean): OpenedChunk {
  const plaintext = decryptChunk(key, chunkNonce(index, last), chunk);
  if (plaintext)
    return { plaintext, fault: plaintext.length === 0 && index > 0 ? 'it is empty, though not the first' : null };
  const misplaced = chunk.length === sealedChunkLength ? decryptChunk(key, chunkNonce(index, !last), chunk) : null;
  if (!misplaced) return { plaintext: null, fault: last ? 'it was altered or cut off' : 'it was altered' };
  return { plaintext: misplaced, fault: last ? 'the payload is cut off after it' : 'data was appended after it' };
}

function decryptChunk(key: Buffer, nonce: Buffer, chunk: Uint8Array): Buffer | null {
  const end = chunk.length - tagLength;
  if (end < 0) return null;
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagLength });
  decipher.setAuthTag(chunk.subarray(end));
  const plaintext = decipher.update(chunk.subarray(0, end));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return plaintext;
}

function withRoom(held: Buffer, used: number, room: number): Buffer {
  const larger = Buffer.allocUnsafe(room);
  held.copy(larger, 0, 0, used);
  return larger;
}

/**
 * Cuts pieces of any size into a first part and then chunks, and marks the last, which only the end of the input can tell.
 * A chunk is valid until the next one is asked for: what lies within one piece is not copied.
 */
function* regroup(
  pieces: Iterable<Uint8Array>,
  first: number,
  rest: number,
): Generator<{ chunk: Uint8Array; last: boolean }> {
  let size = first;
  let used = 0;
  let held: Buffer = Buffer.alloc(0);
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      if (used === size || (used === 0 && piece.length - at > size)) {
        const chunk = used === 0 ? piece.subarray(at, at + size) : held.subarray(0, size);
        at += size - used;
        yield { chunk, last: false };
        [size, used] = [rest, 0];
        continue;
      }
      const taken = Math.min(size - used, piece.length - at);
      // A small file is one small chunk. What turns out to be larger has memory for a whole one.
      if (used + taken > held.length) held = withRoom(held, used, used === 0 ? taken : Math.max(first, rest));
      held.set(piece.subarray(at, at + taken), used);
      [used, at] = [used + taken, at + taken];
    }
  }
  yield { chunk: held.subarray(0, used), last: true };
}
