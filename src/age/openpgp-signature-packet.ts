/** Signature packets of OpenPGP, versions 4 and 6: RFC 9580, section 5.2. Read here, judged elsewhere. */
import { badOpenpgpKey } from './errors.js';
import { type FieldReader, fieldReader, unlessMalformed } from './openpgp-reader.js';

/** Section 5.2.1. */
export const signatureTypes = {
  binary: 0x00,
  certification: [0x10, 0x11, 0x12, 0x13],
  subkeyBinding: 0x18,
  primaryKeyBinding: 0x19,
  directKey: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
  certificationRevocation: 0x30,
} as const;

export interface SignaturePacket {
  readonly version: 4 | 6;
  readonly type: number;
  readonly algorithm: number;
  /** As node:crypto calls it. */
  readonly hash: string;
  /** What is signed behind the subject: everything from the version to the end of the hashed subpackets, and the trailer. */
  readonly trailer: Buffer;
  readonly unhashed: Buffer;
  /** What is hashed before the subject: empty in version 4. */
  readonly salt: Buffer;
  /** The first two bytes of the digest. */
  readonly start: Buffer;
  /** The signature itself, as its algorithm writes it. */
  readonly value: Buffer;
  readonly says: Statements;
}

/** What the hashed subpackets say. Times in seconds. */
export interface Statements {
  readonly created: number;
  /** Seconds after its creation until the signature expires; 0 for never. */
  readonly lasts: number;
  /** Seconds after the key's creation until that expires; 0 for never. */
  readonly keyLasts: number;
  /** The first byte of the key flags, null when there are none. */
  readonly keyFlags: number | null;
  /** Upper-case hexadecimal. May come from the unhashed area: a hint, never a proof. */
  readonly issuerKeyId: string | null;
  readonly issuerFingerprint: string | null;
  /** The body of a signature inside this one. It proves itself, so the unhashed area, where gpg puts it, will do. */
  readonly embedded: Buffer | null;
  /** Whether it must not be used by whoever does not understand all of it. Section 5.2.3.7. */
  readonly demanding: boolean;
}

/** Section 9.5, with the length of the salt in version 6. More than we accept, so that no revocation is overlooked. */
const hashes: Readonly<Record<number, { readonly name: string; readonly salt: number | null }>> = {
  2: { name: 'sha1', salt: null },
  8: { name: 'sha256', salt: 16 },
  9: { name: 'sha384', salt: 24 },
  10: { name: 'sha512', salt: 32 },
  11: { name: 'sha224', salt: 16 },
  12: { name: 'sha3-256', salt: 16 },
  14: { name: 'sha3-512', salt: 32 },
};
// gpg writes at most a dozen; each costs an object here.
const maxSubpackets = 64;

const subpackets = {
  created: 2,
  lasts: 3,
  keyLasts: 9,
  issuerKeyId: 16,
  keyFlags: 27,
  embedded: 32,
  issuerFingerprint: 33,
} as const;
/** Those, and the ones that say nothing about who may sign: preferences, names, addresses, features, the reason for a revocation. */
const understood: ReadonlySet<number> = new Set([
  ...Object.values(subpackets),
  11,
  21,
  22,
  23,
  24,
  25,
  26,
  28,
  29,
  30,
  34,
  39,
]);

/** A signature packet; null for a version, a hash or a shape that is not known. */
export function readSignature(body: Buffer): SignaturePacket | null {
  return unlessMalformed(() => read(body));
}

function read(body: Buffer): SignaturePacket {
  const reader = fieldReader(body);
  const version = reader.number(1);
  if (version !== 4 && version !== 6) throw badOpenpgpKey('its signature is of another version');
  const [type, algorithm, hash] = [reader.number(1), reader.number(1), hashes[reader.number(1)]];
  const area = () => reader.bytes(reader.number(version === 4 ? 2 : 4));
  const hashed = area();
  const covered = body.subarray(0, body.length - reader.left());
  const unhashed = area();
  const start = reader.bytes(2);
  const salt = version === 4 ? Buffer.alloc(0) : reader.bytes(reader.number(1));
  if (hash === undefined || (version === 6 && salt.length !== hash.salt)) throw badOpenpgpKey('its hash is unknown');
  const value = reader.bytes(reader.left());
  const says = statements(list(hashed), list(unhashed));
  const trailer = withEnd(covered, version);
  return { version, type, algorithm, hash: hash.name, trailer, unhashed, salt, start, value, says };
}

/** Section 5.2.4: the version again, 0xff, and how much of the packet was hashed. */
function withEnd(covered: Buffer, version: number): Buffer {
  const end = Buffer.alloc(6, 0xff);
  end[0] = version;
  end.writeUInt32BE(covered.length, 2);
  return Buffer.concat([covered, end]);
}

interface Subpacket {
  readonly type: number;
  readonly critical: boolean;
  readonly body: Buffer;
}

function list(area: Buffer): Subpacket[] {
  const reader = fieldReader(area);
  const found: Subpacket[] = [];
  while (reader.left() > 0) {
    const content = reader.bytes(subpacketLength(reader));
    const [type = 0] = content;
    if (content.length === 0 || found.length >= maxSubpackets) throw badOpenpgpKey('its signature is malformed');
    found.push({ type: type & 0x7f, critical: type >= 0x80, body: content.subarray(1) });
  }
  return found;
}

/** Section 5.2.3.7. */
function subpacketLength(reader: FieldReader): number {
  const first = reader.number(1);
  if (first === 255) return reader.number(4);
  return first < 192 ? first : ((first - 192) << 8) + reader.number(1) + 192;
}

function statements(hashed: readonly Subpacket[], unhashed: readonly Subpacket[]): Statements {
  const bodies = (type: number) => hashed.filter((packet) => packet.type === type).map(({ body }) => body);
  const own = (type: number): Buffer | null => {
    const [body = null, second] = bodies(type);
    // Two of them would be two meanings.
    if (second !== undefined) throw badOpenpgpKey('its signature says a thing twice');
    return body;
  };
  const hint = (type: number) => own(type) ?? unhashed.find((packet) => packet.type === type)?.body ?? null;
  const created = own(subpackets.created);
  if (created === null) throw badOpenpgpKey('its signature has no time');
  return {
    created: seconds(created),
    lasts: seconds(own(subpackets.lasts)),
    keyLasts: seconds(own(subpackets.keyLasts)),
    keyFlags: own(subpackets.keyFlags)?.at(0) ?? null,
    issuerKeyId: hex(hint(subpackets.issuerKeyId)),
    // Its first byte is the version of the key.
    issuerFingerprint: hex(hint(subpackets.issuerFingerprint)?.subarray(1) ?? null),
    embedded: hint(subpackets.embedded),
    demanding: hashed.some(({ type, critical }) => critical && !understood.has(type)),
  };
}

function seconds(body: Buffer | null): number {
  if (body === null) return 0;
  if (body.length !== 4) throw badOpenpgpKey('its signature is malformed');
  return body.readUInt32BE();
}

function hex(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('hex').toUpperCase();
}
