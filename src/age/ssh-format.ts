/**
 * SSH public keys: the wire format (RFC 4251 §5, RFC 8709 §4, RFC 4253 §6.6) and the one-line text of `.pub` files.
 * Nothing here encrypts: the key kinds do (ssh-ed25519.ts, ssh-rsa.ts), and whatever else needs to know an SSH key.
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { badSshKey, unsupportedSshKey } from './errors.js';

export type SshPublicKey =
  | { readonly type: 'ssh-ed25519'; readonly wire: Buffer; readonly comment: string; readonly point: Buffer }
  | {
      readonly type: 'ssh-rsa';
      readonly wire: Buffer;
      readonly comment: string;
      readonly n: Buffer;
      readonly e: Buffer;
    };

/** Makes what is thrown, from a reason such as "it ends too early". */
export type Fail = (reason: string) => Error;

/** Reads SSH wire data from front to back. Every method throws when there is too little of it. */
export interface WireReader {
  bytes(length: number): Buffer;
  uint32(): number;
  string(): Buffer;
  text(): string;
  /** A non-negative integer in its one shortest form, as big-endian bytes without the sign byte. */
  mpint(): Buffer;
  rest(): Buffer;
}

// NIST SP 800-57 has 1024-bit RSA at 80 bits of strength: broken for secrets that stay in a git history for years. age's limit, too.
export const minRsaBits = 2048;
// What OpenSSL and ssh-keygen can make at most. Each wrap costs time quadratic in the length, and a key is anybody's input.
export const maxRsaBits = 16_384;
// Go's crypto/ssh, hence age, takes no longer exponent; ssh-keygen always uses 65537.
const maxExponentBits = 24;
// A 16,384-bit RSA key has 2,200 bytes. More is no key.
const maxWireBytes = 8192;

export function wireReader(data: Uint8Array, fail: Fail = badSshKey): WireReader {
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  const bytes = (length: number): Buffer => {
    if (length > view.length - at) throw fail('it ends too early');
    at += length;
    return view.subarray(at - length, at);
  };
  const uint32 = () => bytes(4).readUInt32BE();
  const string = () => bytes(uint32());
  return {
    bytes,
    uint32,
    string,
    text: () => string().toString('latin1'),
    mpint: () => unsigned(string(), fail),
    rest: () => bytes(view.length - at),
  };
}

function unsigned(bytes: Buffer, fail: Fail): Buffer {
  const [first = 0, second = 0] = bytes;
  // One number, one encoding: otherwise the same key could be listed twice under two texts.
  const padded = first === 0 && bytes.length > 0;
  if (first >= 0x80 || (padded && second < 0x80)) throw fail('a number in it is not in its shortest form');
  return padded ? bytes.subarray(1) : bytes;
}

export function wireString(content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content as Uint8Array);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A big-endian unsigned integer as an SSH mpint, whatever zeros it came with. */
export function wireMpint(integer: Uint8Array): Buffer {
  const start = integer.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.alloc(0) : integer.subarray(start);
  return wireString((digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits);
}

/** `ssh-ed25519 AAAA… comment` as in a `.pub` file. Throws ERR_BLACKBOX_BAD_RECIPIENT. */
export function parseSshPublicKey(line: string): SshPublicKey {
  const [, type = '', encoded = '', comment = ''] = /^(\S+)(?:[ \t]+(\S+))?(?:[ \t]+(.*))?$/.exec(line.trim()) ?? [];
  if (encoded === '') throw badSshKey('the part after its type is missing');
  // Before the base64, so that somebody with a hardware key reads that it is one, not that it is malformed.
  if (type !== 'ssh-ed25519' && type !== 'ssh-rsa') throw unsupportedSshKey(type);
  if (encoded.length > maxWireBytes * 2) throw badSshKey('it is longer than any key');
  const wire = Buffer.from(encoded, 'base64');
  if (wire.toString('base64') !== encoded) throw badSshKey('its base64 is not valid');
  const key = parseSshWire(wire, comment.trim());
  if (key.type !== type) throw badSshKey(`it says ${type} in front and something else inside`);
  return key;
}

/** A public key in wire format. Throws ERR_BLACKBOX_BAD_RECIPIENT for one that is malformed, weak, or of a kind that cannot encrypt. */
export function parseSshWire(wire: Buffer, comment = '', fail: Fail = badSshKey): SshPublicKey {
  if (wire.length > maxWireBytes) throw fail('it is longer than any key');
  const reader = wireReader(wire, fail);
  const type = reader.text();
  if (type !== 'ssh-ed25519' && type !== 'ssh-rsa') throw unsupportedSshKey(type);
  const key = type === 'ssh-ed25519' ? readEd25519(reader, wire, comment, fail) : readRsa(reader, wire, comment, fail);
  if (reader.rest().length > 0) throw fail('something follows the key');
  return key;
}

function readEd25519(reader: WireReader, wire: Buffer, comment: string, fail: Fail): SshPublicKey {
  const point = reader.string();
  if (point.length !== 32) throw fail(`an Ed25519 key has 32 bytes, not ${point.length}`);
  return { type: 'ssh-ed25519', wire, comment, point };
}

function readRsa(reader: WireReader, wire: Buffer, comment: string, fail: Fail): SshPublicKey {
  const e = reader.mpint();
  const n = reader.mpint();
  checkRsaNumbers(n, e, fail);
  return { type: 'ssh-rsa', wire, comment, n, e };
}

/** Throws for an RSA key, its numbers without leading zeros, that protects nothing or takes too long. */
export function checkRsaNumbers(n: Buffer, e: Buffer, fail: Fail): void {
  const exponent = BigInt(`0x0${e.toString('hex')}`);
  if (exponent < 3n || exponent % 2n === 0n || bitLength(e) > maxExponentBits) throw fail('its exponent is not usable');
  checkModulus(n, fail);
}

/** Throws when an RSA modulus is too short to protect anything, or too long to work with. */
function checkModulus(n: Uint8Array, fail: Fail): void {
  const bits = bitLength(n);
  if (bits < minRsaBits) throw fail(`RSA with ${bits} bits is too weak (at least ${minRsaBits} are needed)`);
  if (bits > maxRsaBits) throw fail(`RSA with ${bits} bits is more than ssh-keygen makes (${maxRsaBits})`);
  if (((n.at(-1) ?? 0) & 1) === 0) throw fail('its modulus is even');
}

/** Of a big-endian integer without leading zeros. */
function bitLength(integer: Uint8Array): number {
  return Math.max(0, integer.length * 8 - Math.clz32(integer[0] ?? 0) + 24);
}

/** The canonical text of a key: its type and wire bytes, no comment. */
export function sshKeyText(key: SshPublicKey): string {
  return `${key.type} ${key.wire.toString('base64')}`;
}

/** What a stanza calls the key: 4 bytes of its SHA-256. https://github.com/FiloSottile/age/blob/main/agessh/agessh.go (sshFingerprint) */
export function sshTag(wire: Uint8Array): string {
  return createHash('sha256').update(wire).digest().subarray(0, 4).toString('base64').replaceAll('=', '');
}

/** `SHA256:…` as `ssh-keygen -l` prints it. */
export function sshFingerprint(wire: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(wire).digest('base64').replaceAll('=', '')}`;
}

/** The key for node:crypto: OAEP with an RSA key, verifying signatures with either. */
export function sshKeyObject(key: SshPublicKey): KeyObject {
  const jwk =
    key.type === 'ssh-rsa'
      ? { kty: 'RSA', n: key.n.toString('base64url'), e: key.e.toString('base64url') }
      : { kty: 'OKP', crv: 'Ed25519', x: key.point.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}
