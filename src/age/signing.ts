/**
 * Signatures with the keys that people have. A signing key has a canonical text, like a recipient: `ed25519 <base64>` (derived from an age
 * identity), `ssh-ed25519 AAAA…`, `ssh-rsa AAAA…`, `openpgp <FINGERPRINT>`. Callers put a label in front of what they sign.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { hkdf } from './filekey.js';
import { verifySshSignature } from './sshsig.js';

/** Somebody's private key, ready to sign. */
export interface Signer {
  /** Canonical text of the key that verifies. */
  readonly key: string;
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Under this label, and no other use of the identity, its signing key is derived. */
const label = 'blackbox-ts/1 signing key';
// RFC 8410, section 10: the constant beginnings of PKCS #8 and SubjectPublicKeyInfo for Ed25519.
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * The signing key that belongs to an age identity: Ed25519 (RFC 8032) with the seed HKDF-SHA-256(secret, salt "", info "blackbox-ts/1 signing key").
 * @param secret the 32 bytes that the identity encodes
 */
export function derivedSigner(secret: Uint8Array): Signer {
  const seed = hkdf(secret, '', label);
  const privateKey = createPrivateKey({ key: Buffer.concat([privatePrefix, seed]), format: 'der', type: 'pkcs8' });
  const point = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length);
  return { key: `ed25519 ${point.toString('base64')}`, sign: (message) => sign(null, message, privateKey) };
}

const points = new Map<string, KeyObject | null>();
/** As many keys as a large roster has; a hostile repository must not fill memory. */
const mostPoints = 4096;

function importPoint(text: string): KeyObject | null {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== 32 || bytes.toString('base64') !== text || isSmallOrder(bytes)) return null;
  return createPublicKey({ key: Buffer.concat([publicPrefix, bytes]), format: 'der', type: 'spki' });
}

function pointOf(text: string): KeyObject | null {
  const known = points.get(text);
  if (known !== undefined) return known;
  if (points.size >= mostPoints) points.clear();
  const key = importPoint(text);
  points.set(text, key);
  return key;
}

/**
 * Points of small order, and those whose y is not reduced: under such a key one signature fits many messages, and its owner could disown or swap them.
 * The y coordinates of the eight torsion points: 0, 1, -1, and the two of order 8. https://eprint.iacr.org/2020/1244 table 1
 */
const smallOrder: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);
const prime = (1n << 255n) - 19n;

function isSmallOrder(bytes: Buffer): boolean {
  const masked = Buffer.from(bytes);
  masked[31] = (masked[31] ?? 0) & 0x7f;
  const y = BigInt(`0x${Buffer.from(masked).reverse().toString('hex')}`);
  return y >= prime || smallOrder.has(masked.toString('hex'));
}

/** Whether a signature is good; false for anything malformed. OpenPGP signatures need the key block and are checked in openpgp-signature.ts. */
export function verifySignature(key: string, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.startsWith('ssh-')) return verifySshSignature(key, message, signature);
  if (!key.startsWith('ed25519 ')) return false;
  const publicKey = pointOf(key.slice('ed25519 '.length));
  return publicKey !== null && signature.length === 64 && verify(null, message, publicKey, signature);
}
