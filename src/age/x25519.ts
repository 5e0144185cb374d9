/** The X25519 stanza: `age1…` and `AGE-SECRET-KEY-1…`. https://c2sp.org/age#the-x25519-recipient-type */
import { type KeyObject, randomBytes } from 'node:crypto';
import { decodeBase64, encodeBase64 } from './base64.js';
import { decodeBech32, encodeBech32 } from './bech32.js';
import { ephemeral, importPublic, pairFrom, pointLength, sharedSecret } from './curve25519.js';
import { badIdentity, badRecipient, damaged, privateKeyGiven } from './errors.js';
import { hkdf, openFileKey, sealFileKey } from './filekey.js';
import { derivedSigner } from './signing.js';
import type { Recipient, SigningIdentity, Stanza } from './types.js';

const type = 'X25519';
const label = 'age-encryption.org/v1/X25519';
const recipientPrefix = 'age';
const identityPrefix = 'AGE-SECRET-KEY-';

/** An `age1…` public key. Throws ERR_BLACKBOX_BAD_RECIPIENT, ERR_BLACKBOX_PRIVATE_KEY_GIVEN. */
export function x25519Recipient(text: string): Recipient {
  if (/^age-secret-key-/i.test(text)) throw privateKeyGiven('an age identity');
  const decoded = decodeBech32(text);
  if (!decoded) throw badRecipient('an age public key', 'its checksum is wrong: a character is missing or mistyped');
  if (decoded.prefix !== recipientPrefix || decoded.bytes.length !== pointLength) {
    throw badRecipient('an age public key', 'it is not one of the kind age1…');
  }
  const point = decoded.bytes;
  if (isLowOrder(point))
    throw badRecipient('an age public key', 'it is a point that would give the same secret to everybody');
  let key: KeyObject | null = null;
  // Most commands read a roster to know who is on it, and wrap for nobody.
  const wrapFor = (fileKey: Uint8Array) => {
    key ??= importPublic(point);
    return wrap(fileKey, point, key);
  };
  return { kind: 'x25519', text, comment: '', sign: null, wrap: wrapFor };
}

/** An `AGE-SECRET-KEY-1…` private key. Throws ERR_BLACKBOX_BAD_IDENTITY. */
export function x25519Identity(text: string): SigningIdentity {
  const decoded = decodeBech32(text);
  if (!decoded) throw badIdentity('an age identity', 'its checksum is wrong: a character is missing or mistyped');
  if (decoded.prefix !== identityPrefix || decoded.bytes.length !== pointLength) {
    throw badIdentity('an age identity', 'it is not one of the kind AGE-SECRET-KEY-1…');
  }
  const secret = decoded.bytes;
  const { privateKey: key, share: point } = pairFrom(secret);
  const recipient = encodeBech32(recipientPrefix, point);
  const signer = () => derivedSigner(secret);
  return { kind: 'x25519', recipient, sync: true, unwrap: (stanzas) => unwrap(stanzas, point, key), signer };
}

/**
 * A new X25519 identity, as `age-keygen` makes them, and its public key.
 *
 * @example
 * ```ts
 * const { identity, recipient } = generateIdentity(); // AGE-SECRET-KEY-1…, age1…
 * ```
 */
export function generateIdentity(): { identity: string; recipient: string } {
  const scalar = randomBytes(pointLength);
  const recipient = encodeBech32(recipientPrefix, pairFrom(scalar).share);
  return { identity: encodeBech32(identityPrefix, scalar).toUpperCase(), recipient };
}

function wrap(fileKey: Uint8Array, point: Uint8Array, key: KeyObject): Stanza {
  const { privateKey, share } = ephemeral();
  const secret = sharedSecret(privateKey, key);
  if (!secret) throw badRecipient('an age public key', 'it is a point that would give the same secret to everybody');
  const wrapKey = hkdf(secret, Buffer.concat([share, point]), label);
  return { args: [type, encodeBase64(share)], body: sealFileKey(wrapKey, fileKey) };
}

function unwrap(stanzas: readonly Stanza[], point: Uint8Array, key: KeyObject): Uint8Array | null {
  for (const stanza of stanzas) {
    const fileKey = stanza.args[0] === type ? unwrapOne(stanza, point, key) : null;
    if (fileKey) return fileKey;
  }
  return null;
}

function unwrapOne({ args, body }: Stanza, point: Uint8Array, key: KeyObject): Uint8Array | null {
  const share = args.length === 2 ? decodeBase64(args[1] ?? '') : null;
  if (share?.length !== pointLength) throw damaged('X25519 stanza', 'its share is malformed');
  const secret = sharedSecret(key, importPublic(share));
  if (!secret) throw damaged('X25519 stanza', 'its share is a point of low order');
  return openFileKey(hkdf(secret, Buffer.concat([share, point]), label), body, type);
}

/** Every encoding that a multiple of the cofactor takes to zero: 0, 1, the two of order 8, p-1, p, p+1. https://cr.yp.to/ecdh.html#validate */
const lowOrder: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

// The highest bit does not count (RFC 7748, section 5).
function isLowOrder(point: Buffer): boolean {
  const masked = Buffer.from(point);
  masked[31] = (masked[31] ?? 0) & 0x7f;
  return lowOrder.has(masked.toString('hex'));
}
