/**
 * Encryption of an application's own data, a field at a time, under keys that are secrets.
 *
 * Each value is sealed with AES-256-GCM under a key and a nonce of its own, both derived with HKDF-SHA-256 (RFC 5869) from the application's
 * key and 24 random bytes. So no count of messages wears a key out, and a nonce cannot be used twice. What is authenticated with the value: the
 * context, when it ends, whether it is text, and which key it was.
 *
 * token: version (1) | key id (4) | kind (1) | expiry, ms since 1970 (8, zeros: never) | salt (24) | ciphertext | tag (16)
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { badCipherKey, badOption, cannotDecrypt, expired, noContext, notEncryptable } from './errors.js';
import { checkNames } from './options.js';
import { Secret } from './secret.js';

/** A key: 32 or more bytes or characters that nobody can guess. */
export type CipherKey = Secret<unknown> | string | Uint8Array;

export interface EncryptOptions {
  /** For how long it can be decrypted, in ms. Without it, for ever. */
  readonly ttl?: number | undefined;
}

/**
 * Encrypts and decrypts values, each for one context: where it belongs, `users.ssn:42`. A value that is moved to another row, column or table
 * does not open there.
 */
export interface Cipher {
  /** Text as base64url; bytes as bytes. */
  encrypt(value: string, context: string, options?: EncryptOptions): string;
  encrypt(value: Uint8Array, context: string, options?: EncryptOptions): Buffer;
  /** @throws ERR_BLACKBOX_CANNOT_DECRYPT when it was altered, is of another context, or under a key that is not there; ERR_BLACKBOX_EXPIRED */
  decrypt(token: string, context: string): string;
  decrypt(token: Uint8Array, context: string): Buffer;
  /** Whether a value is under the first key. What is not should be encrypted anew before that key is taken away. */
  isCurrent(token: string | Uint8Array): boolean;
}

const version = 1;
const [idAt, kindAt, expiryAt, saltAt, bodyAt] = [1, 5, 6, 14, 38];
const [text, bytes] = [0, 1];
const tagLength = 16;
const none = Buffer.alloc(0);
/** Of characters, 32 hold 128 bits even in hexadecimal. */
const shortestKey = 32;

interface Key {
  readonly material: Buffer;
  readonly id: Buffer;
}

function derive(material: Uint8Array, salt: Uint8Array, info: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', material, salt, `blackbox-ts cipher ${version} ${info}`, length));
}

function newKey(given: CipherKey): Key {
  const value: unknown = given instanceof Secret ? given.reveal() : given;
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) throw badCipherKey('is neither text nor bytes');
  const material = Buffer.from(value as string);
  if (material.length < shortestKey) throw badCipherKey(`has fewer than ${shortestKey} bytes`);
  if (new Set(material).size < 8) throw badCipherKey('is no random one: it repeats itself');
  return { material, id: derive(material, Buffer.alloc(0), 'id', 4) };
}

function associated(head: Uint8Array, context: string): Buffer {
  // Halves of characters would all become the same bytes, and contexts that differ one.
  if (typeof context !== 'string' || context === '' || /\p{Cs}/u.test(context)) throw noContext();
  return Buffer.concat([head, createHash('sha256').update(context).digest()]);
}

function cipherKey(key: Key, salt: Uint8Array): { readonly key: Buffer; readonly nonce: Buffer } {
  const both = derive(key.material, salt, 'value', 44);
  return { key: both.subarray(0, 32), nonce: both.subarray(32) };
}

function seal(key: Key, kind: number, value: Uint8Array, context: string, options: EncryptOptions): Buffer {
  // A limit that is misspelled, or not where it belongs, would be none.
  checkNames(options, ['ttl'], 'to end after a minute: { ttl: 60_000 }');
  const { ttl } = options;
  if (ttl !== undefined && !(Number.isSafeInteger(ttl) && ttl > 0))
    throw badOption('ttl', 'is a number of milliseconds above 0');
  const head = Buffer.alloc(bodyAt);
  head[0] = version;
  key.id.copy(head, idAt);
  head[kindAt] = kind;
  head.writeBigUInt64BE(ttl === undefined ? 0n : BigInt(Date.now() + ttl), expiryAt);
  randomBytes(bodyAt - saltAt).copy(head, saltAt);
  const own = cipherKey(key, head.subarray(saltAt));
  const cipher = createCipheriv('aes-256-gcm', own.key, own.nonce);
  cipher.setAAD(associated(head, context));
  return Buffer.concat([head, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
}

function openWith(key: Key, token: Buffer, context: string): Buffer | null {
  const own = cipherKey(key, token.subarray(saltAt, bodyAt));
  const decipher = createDecipheriv('aes-256-gcm', own.key, own.nonce, { authTagLength: tagLength });
  decipher.setAAD(associated(token.subarray(0, bodyAt), context));
  decipher.setAuthTag(token.subarray(-tagLength));
  const value = decipher.update(token.subarray(bodyAt, -tagLength));
  try {
    return Buffer.concat([value, decipher.final()]);
  } catch {
    return null;
  }
}

function open(keys: readonly Key[], kind: number, token: Buffer, context: string): Buffer {
  const wellFormed = token.length >= bodyAt + tagLength && token[0] === version && token[kindAt] === kind;
  const own = wellFormed ? keys.filter(({ id }) => id.equals(token.subarray(idAt, kindAt))) : [];
  for (const key of own) {
    const value = openWith(key, token, context);
    if (value === null) continue;
    const end = token.readBigUInt64BE(expiryAt);
    if (end !== 0n && end <= BigInt(Date.now())) throw expired();
    return value;
  }
  throw cannotDecrypt(wellFormed && own.length === 0);
}

/** Strictly: Buffer.from would pass over what is no base64url, and one value would have many tokens. */
function fromText(token: string): Buffer {
  const decoded = Buffer.from(token, 'base64url');
  return decoded.toString('base64url') === token ? decoded : Buffer.alloc(0);
}

/**
 * @param keys the first writes, all of them read
 * @throws ERR_BLACKBOX_BAD_OPTION for a key that is none
 */
export function newCipher(keys: CipherKey | readonly CipherKey[]): Cipher {
  const all = (Array.isArray(keys) ? (keys as readonly CipherKey[]) : [keys as CipherKey]).map(newKey);
  const [first] = all;
  if (first === undefined) throw badCipherKey('is missing');
  function encrypt(value: string, context: string, options?: EncryptOptions): string;
  function encrypt(value: Uint8Array, context: string, options?: EncryptOptions): Buffer;
  function encrypt(value: string | Uint8Array, context: string, options: EncryptOptions = {}): string | Buffer {
    if (value instanceof Uint8Array) return seal(first as Key, bytes, value, context, options);
    if (typeof value !== 'string') throw notEncryptable('neither text nor bytes');
    if (/\p{Cs}/u.test(value)) throw notEncryptable('no Unicode text: it would come back as another one');
    return seal(first as Key, text, Buffer.from(value), context, options).toString('base64url');
  }
  function decrypt(token: string, context: string): string;
  function decrypt(token: Uint8Array, context: string): Buffer;
  function decrypt(token: string | Uint8Array, context: string): string | Buffer {
    if (typeof token === 'string') return open(all, text, fromText(token), context).toString('utf8');
    if (!(token instanceof Uint8Array)) throw cannotDecrypt(false);
    return open(all, bytes, Buffer.from(token), context);
  }
  const isCurrent = (token: string | Uint8Array) => {
    const raw = typeof token === 'string' ? fromText(token) : token instanceof Uint8Array ? Buffer.from(token) : none;
    return raw.length >= bodyAt + tagLength && first.id.equals(raw.subarray(idAt, kindAt));
  };
  return Object.freeze({ encrypt, decrypt, isCurrent });
}
