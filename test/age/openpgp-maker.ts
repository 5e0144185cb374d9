/** OpenPGP keys and signatures made packet by packet (RFC 9580), so that each part can be wrong in exactly one way. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface MadeKey {
  readonly version: 4 | 6;
  readonly algorithm: number;
  readonly created: number;
  readonly body: Buffer;
  readonly framed: Buffer;
  readonly fingerprint: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

export const types = {
  data: 0x00,
  text: 0x01,
  user: 0x13,
  binding: 0x18,
  back: 0x19,
  direct: 0x1f,
  revokeKey: 0x20,
  revokeSubkey: 0x28,
  revokeUser: 0x30,
};
export const t0 = 1_700_000_000;

function uint(value: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}

export function mpi(bytes: Uint8Array): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(start));
  const bits = digits.length === 0 ? 0 : digits.length * 8 - Math.clz32(digits[0] ?? 0) + 24;
  return Buffer.concat([uint(bits, 2), digits]);
}

export function packet(tag: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(0xc0 | tag, 0xff), uint(body.length, 4), body]);
}

export function subpacket(type: number, body: Uint8Array, critical = false): Buffer {
  return Buffer.concat([Buffer.of(body.length + 1, type | (critical ? 0x80 : 0)), body]);
}

export const says = {
  created: (at: number) => subpacket(2, uint(at, 4)),
  lasts: (seconds: number) => subpacket(3, uint(seconds, 4)),
  keyLasts: (seconds: number) => subpacket(9, uint(seconds, 4)),
  flags: (...bytes: number[]) => subpacket(27, Buffer.from(bytes)),
  issuer: (key: MadeKey) => subpacket(33, Buffer.concat([Buffer.of(key.version), Buffer.from(key.fingerprint, 'hex')])),
  issuerId: (key: MadeKey) => subpacket(16, Buffer.from(key.keyId, 'hex')),
  unknown: () => subpacket(101, Buffer.from('x'), true),
  notation: (critical: boolean) => subpacket(20, Buffer.from([0, 0, 0, 0, 0, 1, 0, 1, 97, 98]), critical),
};

function frame(version: 4 | 6, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(version === 4 ? 0x99 : 0x9b), uint(body.length, version === 4 ? 2 : 4), body]);
}

/** Ed25519: the legacy kind in version 4, the new one in version 6 and when asked for. */
export function newKey(options: { version?: 4 | 6; created?: number; algorithm?: number } = {}): MadeKey {
  const { version = 4, created = t0 } = options;
  const { privateKey } = generateKeyPairSync('ed25519');
  return keyFrom(privateKey, { version, created, algorithm: options.algorithm ?? (version === 4 ? 22 : 27) });
}

export function keyFrom(
  privateKey: KeyObject,
  { version, created, algorithm }: { version: 4 | 6; created: number; algorithm: number },
  point = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32),
): MadeKey {
  const oid = Buffer.from('092b06010401da470f01', 'hex');
  const fields = algorithm === 22 ? Buffer.concat([oid, mpi(Buffer.concat([Buffer.of(0x40), point]))]) : point;
  const length = version === 6 ? uint(fields.length, 4) : Buffer.alloc(0);
  const body = Buffer.concat([Buffer.of(version), uint(created, 4), Buffer.of(algorithm), length, fields]);
  const framed = frame(version, body);
  const fingerprint = createHash(version === 4 ? 'sha1' : 'sha256')
    .update(framed)
    .digest('hex')
    .toUpperCase();
  const keyId = version === 4 ? fingerprint.slice(-16) : fingerprint.slice(0, 16);
  return { version, algorithm, created, body, framed, fingerprint, keyId, privateKey };
}

export interface Parts {
  readonly type: number;
  readonly subject: readonly Uint8Array[];
  readonly hashed: readonly Uint8Array[];
  readonly unhashed?: readonly Uint8Array[];
  readonly hash?: string;
}

const hashes: Record<string, { id: number; salt: number }> = {
  md5: { id: 1, salt: 16 },
  sha1: { id: 2, salt: 16 },
  sha256: { id: 8, salt: 16 },
  sha384: { id: 9, salt: 24 },
  sha512: { id: 10, salt: 32 },
  sha224: { id: 11, salt: 16 },
};

/** The body of a signature packet. */
export function signature(by: MadeKey, { type, subject, hashed, unhashed = [], hash = 'sha512' }: Parts): Buffer {
  const size = by.version === 4 ? 2 : 4;
  const { id, salt: saltLength } = hashes[hash] ?? { id: 99, salt: 0 };
  const area = (list: readonly Uint8Array[]) => {
    const content = Buffer.concat(list);
    return Buffer.concat([uint(content.length, size), content]);
  };
  const head = Buffer.concat([Buffer.of(by.version, type, by.algorithm, id), area(hashed)]);
  const salt = by.version === 4 ? Buffer.alloc(0) : Buffer.alloc(saltLength, 7);
  const end = Buffer.concat([Buffer.of(by.version, 0xff), uint(head.length, 4)]);
  const digest = createHash(hash)
    .update(Buffer.concat([salt, ...subject, head, end]))
    .digest();
  const raw = sign(null, digest, by.privateKey);
  const value = by.algorithm === 22 ? Buffer.concat([mpi(raw.subarray(0, 32)), mpi(raw.subarray(32))]) : raw;
  const salted = by.version === 4 ? [] : [Buffer.of(salt.length), salt];
  return Buffer.concat([head, area(unhashed), digest.subarray(0, 2), ...salted, value]);
}

const userId = Buffer.from('Alice <alice@example.com>');
const framedUser = (name: Uint8Array) => Buffer.concat([Buffer.of(0xb4), uint(name.length, 4), name]);

/** What follows a primary key: a user id with its certification. */
export function user(primary: MadeKey, extra: Partial<Parts> & { by?: MadeKey; name?: Buffer } = {}): Buffer {
  const { by = primary, name = userId, ...parts } = extra;
  return Buffer.concat([packet(13, name), packet(2, certification(primary, { by, name, ...parts }))]);
}

export function certification(
  primary: MadeKey,
  { by = primary, name = userId, ...parts }: Partial<Parts> & { by?: MadeKey; name?: Buffer } = {},
): Buffer {
  return signature(by, {
    type: types.user,
    subject: [primary.framed, framedUser(name)],
    hashed: [says.created(t0), says.flags(0x03)],
    ...parts,
  });
}

export interface SubkeyParts {
  readonly hashed?: readonly Uint8Array[];
  readonly by?: MadeKey;
  readonly hash?: string;
  /** null for none. */
  readonly back?: Buffer | null;
  readonly backIn?: 'hashed' | 'unhashed';
}

export function backSignature(
  primary: MadeKey,
  subkey: MadeKey,
  parts: Partial<Parts> & { by?: MadeKey } = {},
): Buffer {
  const { by = subkey, ...rest } = parts;
  const subject = [primary.framed, subkey.framed];
  return signature(by, { type: types.back, subject, hashed: [says.created(t0)], ...rest });
}

/** A subkey packet with its binding. */
export function subkey(primary: MadeKey, key: MadeKey, parts: SubkeyParts = {}): Buffer {
  return Buffer.concat([packet(14, key.body), packet(2, binding(primary, key, parts))]);
}

export function binding(primary: MadeKey, key: MadeKey, parts: SubkeyParts = {}): Buffer {
  const {
    by = primary,
    hash,
    hashed = [says.created(t0), says.flags(0x02)],
    back = backSignature(primary, key),
    backIn = 'hashed',
  } = parts;
  const embedded = back === null ? [] : [subpacket(32, back)];
  return signature(by, {
    type: types.binding,
    subject: [primary.framed, key.framed],
    hashed: [...hashed, ...(backIn === 'hashed' ? embedded : [])],
    unhashed: backIn === 'unhashed' ? embedded : [],
    ...(hash === undefined ? {} : { hash }),
  });
}

export function block(primary: MadeKey, ...parts: readonly Uint8Array[]): string {
  const data = Buffer.concat([packet(6, primary.body), ...parts]);
  const lines = data.toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${lines}\n-----END PGP PUBLIC KEY BLOCK-----`;
}

export const message = Buffer.from('a message');

/** A detached signature over {@link message}, an hour after the keys were made unless told otherwise. */
export function dataSignature(by: MadeKey, parts: Partial<Parts> & { at?: number } = {}): Buffer {
  const { at = t0 + 3600, ...rest } = parts;
  const body = signature(by, { type: types.data, subject: [message], hashed: [says.created(at)], ...rest });
  return Buffer.concat([Buffer.of(0xc2), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  return length < 192 ? Buffer.of(length) : Buffer.of(((length - 192) >> 8) + 192, (length - 192) & 0xff);
}
