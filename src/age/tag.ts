/**
 * Keys of hardware that are sealed for without its plugin: `age1tag1…` and `age1tagpq1…`, through age-encryption, which is loaded when the first
 * such key is used. Opening takes the plugin. https://c2sp.org/age#the-p256tag-recipient-type
 */
import { ECDH } from 'node:crypto';
import { decodeBech32 } from './bech32.js';
import { badRecipient } from './errors.js';
import { foreignWrap, isModularKey } from './pq.js';
import type { Recipient } from './types.js';

/** A compressed point of P-256; an ML-KEM-768 key and an uncompressed point. */
const compressed = 33;
const mlkem = 1184;
const uncompressed = 65;

/** An `age1tag1…` or `age1tagpq1…` public key. Throws ERR_BLACKBOX_BAD_RECIPIENT. */
export function tagRecipient(text: string): Recipient {
  const decoded = decodeBech32(text);
  const hybrid = decoded?.prefix === 'age1tagpq';
  const length = hybrid ? mlkem + uncompressed : compressed;
  const key = decoded?.bytes;
  if (key?.length !== length || (!hybrid && decoded?.prefix !== 'age1tag'))
    throw badRecipient('an age hardware key', 'it is incomplete or mistyped');
  if (!isPoint(hybrid ? key.subarray(mlkem) : key) || (hybrid && !isModularKey(key)))
    throw badRecipient('an age hardware key', 'its numbers are out of range');
  const kind = hybrid ? 'mlkem768p256tag' : 'p256tag';
  const wrap = (fileKey: Uint8Array) => foreignWrap(fileKey, text, 'an age hardware key');
  return { kind, text, comment: '', sign: null, wrap };
}

function isPoint(bytes: Buffer): boolean {
  try {
    ECDH.convertKey(bytes, 'prime256v1');
    return true;
  } catch {
    return false;
  }
}
