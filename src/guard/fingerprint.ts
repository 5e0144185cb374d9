/**
 * How a value is known without being kept: a keyed hash of six of its bytes finds places worth a look at scanning speed, a keyed checksum of
 * all of it thins them out, an HMAC decides. The first two together are 24 bits: that much, and no more, does somebody who has the local key
 * learn of a value beyond what guessing it would tell (docs/guard.md).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Bytes of a value that find it. Shorter values are not looked for: they occur by accident. */
export const windowBytes = 6;
const windowBits = 18;
/** What remains of 32 bits. */
export const windowShift = 32 - windowBits;
export const windowCount = 1 << windowBits;
/** 128 bits of HMAC-SHA256: no two values collide by accident. */
const macBytes = 16;

export interface Keys {
  /** For HMACs of values and files. */
  readonly mac: Buffer;
  /** For sealing known.json. */
  readonly box: Buffer;
  /** Multipliers and offsets of the window hash and the checksum. */
  readonly mix: Int32Array;
}

/** One key for each purpose, so that nothing else derived from the clone's local key tells anything about these. */
export function deriveKeys(localKey: Uint8Array): Keys {
  const derive = (purpose: string) => createHmac('sha256', localKey).update(`blackbox-ts guard: ${purpose}`).digest();
  const random = derive('windows');
  const mix = Int32Array.from({ length: 8 }, (_, i) => random.readInt32LE(i * 4));
  // Odd multipliers lose no bits modulo 2^32.
  for (const i of [1, 3, 4, 6]) mix[i] = (mix[i] ?? 0) | 1;
  return { mac: derive('values'), box: derive('known.json'), mix };
}

/** 18 bits of a keyed multilinear hash of six bytes, given as two 24-bit halves. The scanner has the same formula in its loop. */
function windowHash(mix: Int32Array, high: number, low: number): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = mix;
  const sum = (Math.imul(high ^ a, b) + Math.imul(low ^ c, d)) | 0;
  return Math.imul(sum ^ (sum >>> 15), e) >>> windowShift;
}

/** 6 bits over all of a value: spares 63 of 64 HMACs where only the window matched. */
export function checksum(mix: Int32Array, bytes: Uint8Array, start: number, end: number): number {
  const [, , , , , seed = 0, factor = 0] = mix;
  let sum = seed;
  for (let i = start; i < end; i++) sum = Math.imul(sum ^ (bytes[i] ?? 0), factor);
  return (sum ^ (sum >>> 13)) & 0x3f;
}

export function macOf(keys: Keys, what: 'value' | 'file' | 'stripped file', bytes: Uint8Array): Buffer {
  return createHmac('sha256', keys.mac).update(`${what}\n`).update(bytes).digest().subarray(0, macBytes);
}

export function sameMac(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Words of lower-case letters are common text, everything else is what makes a value its own. */
function rarity(byte: number): number {
  return byte >= 0x61 && byte <= 0x7a ? 1 : byte === 0x20 || byte === 0x2d || byte === 0x5f ? 0 : 3;
}

/** Where in a value its window lies: on its rarest six bytes, the later ones when equal, because beginnings (`sk_live_`, `MII`) are shared. */
export function windowOffset(value: Uint8Array): number {
  let best = 0;
  let bestRarity = -1;
  for (let at = 0; at + windowBytes <= value.length; at++) {
    let sum = 0;
    for (let i = 0; i < windowBytes; i++) sum += rarity(value[at + i] ?? 0);
    if (sum >= bestRarity) [best, bestRarity] = [at, sum];
  }
  return best;
}

/** The window hash of a value at an offset. */
export function windowOf(mix: Int32Array, value: Uint8Array, offset: number): number {
  const half = (at: number) => ((value[at] ?? 0) << 16) | ((value[at + 1] ?? 0) << 8) | (value[at + 2] ?? 0);
  return windowHash(mix, half(offset), half(offset + 3));
}
