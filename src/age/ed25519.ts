/** Ed25519 keys (RFC 8032) for node:crypto, from their bare 32 bytes. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

const keyLength = 32;
// RFC 8410, section 10: the constant beginning of PKCS #8 for Ed25519, and how long that of SubjectPublicKeyInfo is.
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefixLength = 12;

export function ed25519PrivateKey(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([privatePrefix, seed]), format: 'der', type: 'pkcs8' });
}

/** The public point that belongs to a private key. */
export function publicPoint(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(publicPrefixLength);
}

/** A key to verify with; null for bytes that no honest key has. */
export function ed25519PublicKey(point: Uint8Array): KeyObject | null {
  if (point.length !== keyLength || isDegenerate(point)) return null;
  // Node reads a JWK ten times faster than DER.
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(point).toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

/**
 * Points of small order, and those whose y is not reduced: under such a key one signature fits many messages, and its owner could disown or
 * swap them. The y coordinates of the eight torsion points: 0, 1, -1, and the two of order 8. https://eprint.iacr.org/2020/1244 table 1
 */
const smallOrder: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);
const prime = (1n << 255n) - 19n;

function isDegenerate(point: Uint8Array): boolean {
  const masked = Buffer.from(point);
  masked[31] = (masked[31] ?? 0) & 0x7f;
  const y = BigInt(`0x${Buffer.from(masked).reverse().toString('hex')}`);
  return y >= prime || smallOrder.has(masked.toString('hex'));
}
