/**
 * As much of OpenPGP (RFC 9580, and RFC 4880 for version 4) as it takes to say whose key a block holds, without loading a library:
 * armor, packet headers, the primary key's fingerprint, the first user id. Nothing is verified here; openpgp.ts does that before a key is used.
 */
import { createHash } from 'node:crypto';
import { badOpenpgpKey, severalOpenpgpKeys, unsupportedOpenpgpVersion } from './errors.js';

export interface OpenpgpKeyBlock {
  /** The packets, without armor. */
  readonly data: Buffer;
  /** Of the primary key, in upper-case hexadecimal: 40 digits (version 4) or 64 (version 6). */
  readonly fingerprint: string;
  /** The first user id, '' when there is none: display only. */
  readonly userId: string;
  /** Whether any part of it is secret, whatever the armor says. */
  readonly secret: boolean;
}

export interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

// A key with the signatures of hundreds of other people; one that was flooded with them has megabytes, and no use for them here.
export const maxKeyBytes = 512 * 1024;
// For one recipient with the longest RSA key this takes 2.2 KiB; a post-quantum one will stay below, too.
export const maxMessageBytes = 8 * 1024;
// For display: what follows is no name.
const maxUserId = 256;

export const tags = {
  sessionKey: 1,
  signature: 2,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  userId: 13,
  publicSubkey: 14,
  encryptedData: 18,
} as const;

/** The one key in an armored or binary block. Throws ERR_BLACKBOX_BAD_RECIPIENT. */
export function readKeyBlock(block: string | Buffer): OpenpgpKeyBlock {
  const data = typeof block === 'string' ? dearmor(block) : block;
  if (data.length > maxKeyBytes)
    throw badOpenpgpKey(`it has more than ${maxKeyBytes / 1024} KiB; export it without others' signatures`);
  const all = packets(data);
  const primaries = all.filter(({ tag }) => tag === tags.publicKey || tag === tags.secretKey);
  const [first] = primaries;
  if (!first || first !== all[0]) throw badOpenpgpKey('it does not begin with a key');
  if (primaries.length > 1) throw severalOpenpgpKeys(primaries.map(fingerprintOf));
  return {
    data,
    fingerprint: fingerprintOf(first),
    userId:
      all
        .find(({ tag }) => tag === tags.userId)
        ?.body.toString('utf8')
        .slice(0, maxUserId) ?? '',
    secret: all.some(({ tag }) => tag === tags.secretKey || tag === tags.secretSubkey),
  };
}

/** RFC 9580, section 6.2. The checksum is not looked at, as section 6.1 demands: signatures are what protects a key. */
export function dearmor(text: string): Buffer {
  if (text.length > maxKeyBytes * 2)
    throw badOpenpgpKey(`it has more than ${maxKeyBytes / 1024} KiB; export it without others' signatures`);
  const lines = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trimEnd());
  const body = lines
    .slice(lines.indexOf('') + 1, -1)
    .filter((line) => line !== '' && !/^=[A-Za-z0-9+/]{4}$/.test(line));
  const base64 = body.join('');
  const data = Buffer.from(base64, 'base64');
  if (!lines.includes('') || !sameBase64(base64, data)) throw badOpenpgpKey('its armor is damaged or incomplete');
  return data;
}

/** The same block in armor without headers: equal for equal packets. */
export function armorKeyBlock({ data }: OpenpgpKeyBlock): string {
  const lines = data.toString('base64').replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${lines}=${checksum(data)}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
}

/** RFC 9580, section 6.1.1: CRC-24, which gpg 2.2 does not do without. */
function checksum(data: Buffer): string {
  let crc = 0xb704ce;
  for (const byte of data) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x800000 ? 0x1864cfb : 0);
  }
  const bytes = Buffer.alloc(3);
  bytes.writeUIntBE(crc & 0xffffff, 0, 3);
  return bytes.toString('base64');
}

function sameBase64(text: string, data: Buffer): boolean {
  return data.length > 0 && data.toString('base64') === text;
}

/** Packets of known length only: a key has no others. */
export function packets(data: Buffer): Packet[] {
  const found: Packet[] = [];
  for (let at = 0; at < data.length; ) {
    const { tag, start, end } = header(data, at);
    if (end === null || end > data.length) throw badOpenpgpKey('it is incomplete');
    found.push({ tag, body: data.subarray(start, end) });
    at = end;
  }
  return found;
}

/** RFC 9580, section 4.2. `end` is null for a packet that comes in parts or ends with the data. */
function header(data: Buffer, at: number): { tag: number; start: number; end: number | null } {
  const first = byte(data, at);
  if (first < 0x80) throw badOpenpgpKey('it is not OpenPGP data');
  return first < 0xc0 ? legacyHeader(data, at, first) : currentHeader(data, at, first & 0x3f);
}

function currentHeader(data: Buffer, at: number, tag: number) {
  const length = byte(data, at + 1);
  if (length < 192) return bounds(tag, at + 2, length);
  if (length < 224) return bounds(tag, at + 3, ((length - 192) << 8) + byte(data, at + 2) + 192);
  if (length === 255) return bounds(tag, at + 6, number(data, at + 2, 4));
  return { tag, start: at + 2, end: null };
}

function legacyHeader(data: Buffer, at: number, first: number) {
  const tag = (first >> 2) & 15;
  const size = [1, 2, 4][first & 3];
  return size === undefined
    ? { tag, start: at + 1, end: null }
    : bounds(tag, at + 1 + size, number(data, at + 1, size));
}

function bounds(tag: number, start: number, length: number) {
  return { tag, start, end: start + length };
}

function byte(data: Buffer, at: number): number {
  return number(data, at, 1);
}

function number(data: Buffer, at: number, size: number): number {
  if (at + size > data.length) throw badOpenpgpKey('it is incomplete');
  return data.readUIntBE(at, size);
}

/** RFC 9580, section 5.5.4. */
export function fingerprintOf(packet: Packet): string {
  const hash = createHash(byte(packet.body, 0) === 4 ? 'sha1' : 'sha256');
  return hash.update(framedKey(packet)).digest('hex').toUpperCase();
}

/** The public part of a key or subkey as fingerprints and signatures take it: RFC 9580, sections 5.2.4 and 5.5.4. */
export function framedKey(packet: Packet): Buffer {
  const material = publicPart(packet);
  const prefix = Buffer.alloc(byte(material, 0) === 4 ? 3 : 5);
  prefix[0] = prefix.length === 3 ? 0x99 : 0x9b;
  prefix.writeUIntBE(material.length, 1, prefix.length - 1);
  return Buffer.concat([prefix, material]);
}

/** Of a key or subkey packet, what is not secret. */
export function publicPart({ tag, body }: Packet): Buffer {
  const version = byte(body, 0);
  if (version !== 4 && version !== 6) throw unsupportedOpenpgpVersion(version);
  const secret = tag === tags.secretKey || tag === tags.secretSubkey;
  return secret ? body.subarray(0, publicLength(body, version)) : body;
}

type Field = 'mpi' | 'oid' | number;

/** What the public part of a key consists of, by algorithm. RFC 9580, sections 5.5.5 and 9.1. A number is that many bytes. */
const publicFields: Readonly<Record<number, readonly Field[]>> = {
  1: ['mpi', 'mpi'],
  2: ['mpi', 'mpi'],
  3: ['mpi', 'mpi'],
  16: ['mpi', 'mpi', 'mpi'],
  17: ['mpi', 'mpi', 'mpi', 'mpi'],
  18: ['oid', 'mpi', 'oid'],
  19: ['oid', 'mpi'],
  22: ['oid', 'mpi'],
  25: [32],
  26: [56],
  27: [32],
  28: [57],
};

/** How much of a secret key packet is public: that much goes into the fingerprint. Version 6 says so itself. */
function publicLength(body: Buffer, version: number): number {
  if (version === 6) return 10 + number(body, 6, 4);
  const fields = publicFields[byte(body, 5)];
  if (!fields) throw badOpenpgpKey('its algorithm is unknown');
  return fields.reduce<number>((at, field) => at + fieldLength(body, at, field), 6);
}

function fieldLength(body: Buffer, at: number, field: Field): number {
  if (field === 'mpi') return 2 + Math.ceil(number(body, at, 2) / 8);
  return field === 'oid' ? 1 + byte(body, at) : field;
}

/**
 * Whether this is a message encrypted to public keys and nothing else. Anything else must not reach gpg: it would ask for passphrases, or
 * unpack what nobody encrypted.
 */
export function isPublicKeyMessage(data: Buffer): boolean {
  try {
    let packet = header(data, 0);
    if (data.length > maxMessageBytes || packet.tag !== tags.sessionKey) return false;
    while (packet.tag === tags.sessionKey && packet.end !== null) packet = header(data, packet.end);
    return packet.tag === tags.encryptedData;
  } catch {
    return false;
  }
}
