/** Public keys of OpenPGP that can verify, by algorithm, for node:crypto. RFC 9580, sections 5.2.3, 5.5.5 and 9. */
import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { ed25519PublicKey } from './ed25519.js';
import { badOpenpgpKey } from './errors.js';
import { fingerprintOf, framedKey, type Packet, publicPart } from './openpgp-packets.js';
import { type FieldReader, fieldReader, unlessMalformed } from './openpgp-reader.js';
import type { SignaturePacket } from './openpgp-signature-packet.js';
import { checkRsaNumbers } from './ssh-format.js';

export interface VerificationKey {
  readonly fingerprint: string;
  readonly keyId: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** How the key goes into a signature over it. */
  readonly framed: Buffer;
  /** Whether the signature is this key's over these pieces. Says nothing about what it is for. */
  verify(signature: SignaturePacket, subject: readonly Uint8Array[]): boolean;
}

interface Algorithm {
  /** The fields of the key; null for a key that must not be used. */
  key(reader: FieldReader): KeyObject | null;
  /** The fields of a signature, as node:crypto takes them. */
  signature(reader: FieldReader, key: KeyObject): Buffer;
  /** Whether what it signs is the digest as a message: so Ed25519 in OpenPGP, section 5.2.3.3. */
  readonly overDigest: boolean;
}

/** Section 9.2: by the object identifier of the curve, with what JWK and OpenSSL call it. */
const curves: Readonly<Record<string, { readonly crv: string; readonly name: string; readonly size: number }>> = {
  '2a8648ce3d030107': { crv: 'P-256', name: 'prime256v1', size: 32 },
  '2b81040022': { crv: 'P-384', name: 'secp384r1', size: 48 },
  '2b81040023': { crv: 'P-521', name: 'secp521r1', size: 66 },
};
const ed25519Oid = '2b06010401da470f01';

const rsa: Algorithm = {
  key: (reader) => {
    const [n, e] = [reader.mpi(), reader.mpi()];
    checkRsaNumbers(n, e, badOpenpgpKey);
    return fromJwk({ kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') });
  },
  signature: (reader, key) => padded(reader.mpi(), Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)),
  overDigest: false,
};

const ecdsa: Algorithm = {
  key: (reader) => {
    const curve = curves[reader.bytes(reader.number(1)).toString('hex')];
    const point = reader.mpi();
    // 4: both coordinates follow, section 11.2.1.
    if (curve === undefined || point[0] !== 4 || point.length !== 1 + 2 * curve.size) return null;
    const [x, y] = [point.subarray(1, 1 + curve.size), point.subarray(1 + curve.size)];
    return fromJwk({ kty: 'EC', crv: curve.crv, x: x.toString('base64url'), y: y.toString('base64url') });
  },
  signature: (reader, key) => {
    const curve = Object.values(curves).find(({ name }) => name === key.asymmetricKeyDetails?.namedCurve);
    return Buffer.concat([padded(reader.mpi(), curve?.size ?? 0), padded(reader.mpi(), curve?.size ?? 0)]);
  },
  overDigest: false,
};

const eddsaLegacy: Algorithm = {
  key: (reader) => {
    const oid = reader.bytes(reader.number(1)).toString('hex');
    const point = reader.mpi();
    return oid === ed25519Oid && point[0] === 0x40 ? ed25519PublicKey(point.subarray(1)) : null;
  },
  signature: (reader) => Buffer.concat([padded(reader.mpi(), 32), padded(reader.mpi(), 32)]),
  overDigest: true,
};

const ed25519: Algorithm = {
  key: (reader) => ed25519PublicKey(reader.bytes(32)),
  signature: (reader) => reader.bytes(64),
  overDigest: true,
};

/** Section 9.1. What is not here, DSA, Brainpool curves, Ed448, cannot sign for us. */
const algorithms: Readonly<Record<number, Algorithm>> = { 1: rsa, 3: rsa, 19: ecdsa, 22: eddsaLegacy, 27: ed25519 };
const legacy = 22;

/** A key or subkey that can verify; null for one of a kind, or with numbers, that must not. */
export function readVerificationKey(packet: Packet): VerificationKey | null {
  return unlessMalformed(() => read(packet));
}

function read(packet: Packet): VerificationKey | null {
  const reader = fieldReader(publicPart(packet));
  const version = reader.number(1);
  const created = reader.number(4);
  const number = reader.number(1);
  const algorithm = algorithms[number];
  // Section 5.5.5.5: the legacy kind belongs to version 4.
  if (algorithm === undefined || (version === 6 && number === legacy)) return null;
  if (version === 6) reader.number(4); // how long the fields are
  const key = algorithm.key(reader);
  if (key === null || reader.left() > 0) return null;
  const fingerprint = fingerprintOf(packet);
  return {
    fingerprint,
    keyId: version === 4 ? fingerprint.slice(-16) : fingerprint.slice(0, 16),
    created,
    framed: framedKey(packet),
    // A signature has its key's version, section 5.2.
    verify: (signature, subject) =>
      signature.version === version && signature.algorithm === number && check(algorithm, key, signature, subject),
  };
}

function check(algorithm: Algorithm, key: KeyObject, packet: SignaturePacket, subject: readonly Uint8Array[]): boolean {
  const signed = Buffer.concat([packet.salt, ...subject, packet.trailer]);
  const digest = createHash(packet.hash).update(signed).digest();
  if (!digest.subarray(0, 2).equals(packet.start)) return false;
  const value = signatureValue(algorithm, key, packet.value);
  if (value === null) return false;
  return algorithm.overDigest
    ? verify(null, digest, key, value)
    : verify(packet.hash, signed, { key, dsaEncoding: 'ieee-p1363' }, value);
}

function signatureValue(algorithm: Algorithm, key: KeyObject, bytes: Buffer): Buffer | null {
  const reader = fieldReader(bytes);
  const value = unlessMalformed(() => algorithm.signature(reader, key));
  return reader.left() === 0 ? value : null;
}

function padded(digits: Buffer, size: number): Buffer {
  if (digits.length > size) throw badOpenpgpKey('its signature is malformed');
  return Buffer.concat([Buffer.alloc(size - digits.length), digits]);
}

/** null for what is no key: a point off its curve, an exponent that OpenSSL will not have. */
function fromJwk(key: JsonWebKey): KeyObject | null {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    return null;
  }
}
