/** Reading OpenPGP fields from front to back. Every method throws ERR_BLACKBOX_BAD_RECIPIENT when there is too little left. */
import { BlackboxError } from '../errors.js';
import { badOpenpgpKey } from './errors.js';

export interface FieldReader {
  bytes(length: number): Buffer;
  /** A big-endian number of 1, 2 or 4 bytes. */
  number(size: 1 | 2 | 4): number;
  /** A multiprecision integer, RFC 9580, section 3.2: only in its one shortest form, so that one number has one encoding. */
  mpi(): Buffer;
  left(): number;
}

export function fieldReader(data: Buffer): FieldReader {
  let at = 0;
  const bytes = (length: number): Buffer => {
    if (length > data.length - at) throw badOpenpgpKey('it is incomplete');
    at += length;
    return data.subarray(at - length, at);
  };
  const number = (size: 1 | 2 | 4) => bytes(size).readUIntBE(0, size);
  const mpi = (): Buffer => {
    const bits = number(2);
    const digits = bytes(Math.ceil(bits / 8));
    if (bitLength(digits) !== bits) throw badOpenpgpKey('a number in it is not in its shortest form');
    return digits;
  };
  return { bytes, number, mpi, left: () => data.length - at };
}

/** null instead of a refusal: for what may be anything and must only be told from the real thing. */
export function unlessMalformed<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

/** Of a big-endian integer without leading zero bytes. */
function bitLength(digits: Uint8Array): number {
  return digits.length === 0 ? 0 : digits.length * 8 - Math.clz32(digits[0] ?? 0) + 24;
}
