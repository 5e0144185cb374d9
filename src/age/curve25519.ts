/** X25519 (RFC 7748) on raw 32-byte values. Keys travel as JWK where they can: node reads those ten times faster than DER. */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject, randomBytes } from 'node:crypto';

export const pointLength = 32;
const jwk = { kty: 'OKP', crv: 'X25519' } as const;
const pkcs8Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');
const placeholder = Buffer.alloc(pointLength);

export interface KeyPair {
  readonly privateKey: KeyObject;
  /** The 32 bytes of the public half. */
  readonly share: Buffer;
}

/** Both halves of a key, from its scalar. */
export function pairFrom(scalar: Uint8Array): KeyPair {
  const key = importJwk(scalar);
  const share = key === null ? placeholder : exportPublic(key);
  if (key !== null && !share.equals(placeholder)) return { privateKey: key, share };
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, scalar]), format: 'der', type: 'pkcs8' });
  return { privateKey, share: exportPublic(privateKey) };
}

/** A JWK has to name the public half, which node computes from the private one all the same; should it ever not, DER is the slow way (0.4 ms). */
function importJwk(scalar: Uint8Array): KeyObject | null {
  const key = { ...jwk, d: Buffer.from(scalar).toString('base64url'), x: placeholder.toString('base64url') };
  try {
    return createPrivateKey({ key, format: 'jwk' });
  } catch {
    return null;
  }
}

export function importPublic(point: Uint8Array): KeyObject {
  return createPublicKey({ key: { ...jwk, x: Buffer.from(point).toString('base64url') }, format: 'jwk' });
}

/** The 32 bytes of a public key, or of the public key that belongs to a private one. */
export function exportPublic(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
}

/**
 * A fresh key pair for one stanza. Not from `generateKeyPairSync`: exporting a key that it made can hang for ever, when the garbage collector
 * runs at that moment and frees the generating job, whose destructor waits for the lock that the export holds (seen in node 20, about once in
 * 300,000 exports).
 */
export function ephemeral(): KeyPair {
  return pairFrom(randomBytes(pointLength));
}

/**
 * The shared secret; null when it would be all zero, which means that the other side's point is of low order and was chosen to make it so
 * (RFC 7748, section 6.1). OpenSSL refuses those by itself; the comparison stands for builds that do not.
 */
export function sharedSecret(privateKey: KeyObject, publicKey: KeyObject): Buffer | null {
  try {
    const secret = diffieHellman({ privateKey, publicKey });
    return secret.some((byte) => byte !== 0) ? secret : null;
  } catch {
    return null;
  }
}
