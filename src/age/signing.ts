/**
 * Signatures with the keys that people have. A signing key has a canonical text, like a recipient: `ed25519 <base64>` (derived from an age
 * identity), `ssh-ed25519 AAAA…`, `ssh-rsa AAAA…`, `openpgp <FINGERPRINT>`. Callers put a label in front of what they sign.
 */
import { type KeyObject, sign, verify } from 'node:crypto';
import { ed25519PrivateKey, ed25519PublicKey, publicPoint } from './ed25519.js';
import { hkdf } from './filekey.js';
import type { OpenpgpKeyBlock } from './openpgp-packets.js';
import { verifyOpenpgpSignature } from './openpgp-signature.js';
import { verifySshSignature } from './sshsig.js';
import type { Signer } from './types.js';

/** Under this label, and no other use of the identity, its signing key is derived. */
const label = 'blackbox-ts/1 signing key';
const derivedPrefix = 'ed25519 ';
const openpgpPrefix = 'openpgp ';

/**
 * The signing key that belongs to an age identity: Ed25519 (RFC 8032) with the seed HKDF-SHA-256(secret, salt "", info "blackbox-ts/1 signing key").
 * One label serves both kinds of identity, because two identities never have the same 32 random bytes.
 * @param secret the 32 bytes that the identity encodes: of AGE-SECRET-KEY-1… the scalar, of AGE-SECRET-KEY-PQ-1… the seed
 */
export function derivedSigner(secret: Uint8Array): Signer {
  const privateKey = ed25519PrivateKey(hkdf(secret, '', label));
  const key = derivedPrefix + publicPoint(privateKey).toString('base64');
  return { key, sign: (message) => sign(null, message, privateKey) };
}

const points = new Map<string, KeyObject | null>();
/** As many keys as a large roster has; a hostile repository must not fill memory. */
const mostPoints = 4096;

function importPoint(text: string): KeyObject | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? ed25519PublicKey(bytes) : null;
}

/** By its canonical text: making a key object takes as long as a signature. */
function pointOf(text: string): KeyObject | null {
  const known = points.get(text);
  if (known !== undefined) return known;
  if (points.size >= mostPoints) points.clear();
  const key = importPoint(text);
  points.set(text, key);
  return key;
}

/** Whether this is the canonical text of a signing key of an age identity, with a point that can verify. */
export function isDerivedKey(text: string): boolean {
  return text.startsWith(derivedPrefix) && pointOf(text.slice(derivedPrefix.length)) !== null;
}

/**
 * Whether a signature is good; false for anything malformed.
 * @param blockOf the public key block that belongs to an OpenPGP fingerprint, armored or read; without it no OpenPGP signature is good
 */
export function verifySignature(
  key: string,
  message: Uint8Array,
  signature: Uint8Array,
  blockOf?: (fingerprint: string) => string | OpenpgpKeyBlock | undefined,
): boolean {
  if (key.startsWith('ssh-')) return verifySshSignature(key, message, signature);
  if (key.startsWith(openpgpPrefix)) {
    const fingerprint = key.slice(openpgpPrefix.length);
    const block = blockOf?.(fingerprint);
    return block !== undefined && verifyOpenpgpSignature(block, message, signature, fingerprint);
  }
  if (!key.startsWith(derivedPrefix)) return false;
  const publicKey = pointOf(key.slice(derivedPrefix.length));
  return publicKey !== null && signature.length === 64 && verify(null, message, publicKey, signature);
}
