/**
 * SSH private key files: OpenSSH's own format (https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key), and RSA and Ed25519
 * keys in PEM (PKCS#1, PKCS#8). The public half of an encrypted OpenSSH file is readable, so its passphrase is asked for only when needed.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { BlackboxError } from '../errors.js';
import { showPath } from '../text.js';
import {
  badIdentity,
  tooManyRounds,
  unsupportedCipher,
  unsupportedPem,
  unsupportedSshIdentity,
  wrongPassphraseFor,
} from './errors.js';
import { type IdentityOptions, lockedIdentity } from './locked-identity.js';
import { deriveSshKey, maxBcryptRounds, sshCipher } from './ssh-cipher.js';
import { type Ed25519PublicKey, ed25519Point, sshEd25519Identity } from './ssh-ed25519.js';
import {
  parseSshPublicKey,
  parseSshWire,
  type SshPublicKey,
  sshKeyText,
  sshTag,
  type WireReader,
  wireMpint,
  wireReader,
  wireString,
} from './ssh-format.js';
import { type RsaPublicKey, sshRsaIdentity } from './ssh-rsa.js';
import type { SigningIdentity, Stanza } from './types.js';

const magic = 'openssh-key-v1\0';
const openSshLabel = 'OPENSSH PRIVATE KEY';

/** An identity from one private key file. Throws ERR_BLACKBOX_BAD_IDENTITY; its `unwrap` also throws ERR_BLACKBOX_WRONG_PASSPHRASE. */
export function sshPrivateKey(pem: string, options: IdentityOptions): SigningIdentity {
  const [, label = '', body = ''] = /-----BEGIN ([A-Z0-9 ]+)-----\s([\s\S]*?)-----END \1-----/.exec(pem) ?? [];
  if (label === '') throw broken(options, 'its last line is missing');
  return label === openSshLabel ? openSshIdentity(body, options) : pemIdentity(label, pem, options);
}

interface Sealed {
  readonly cipher: string;
  readonly kdf: string;
  readonly kdfOptions: Buffer;
  readonly key: SshPublicKey;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

function openSshIdentity(base64: string, options: IdentityOptions): SigningIdentity {
  const sealed = parseOpenSsh(Buffer.from(base64, 'base64'), options);
  if (sealed.cipher === 'none') return readSecret(sealed.ciphertext, sealed.key, options);
  checkEncryption(sealed, options);
  const unlock = (passphrase: string) => readSecret(openSecret(sealed, passphrase, options), sealed.key, options);
  return lockedIdentity({ ...names(sealed.key), unlock }, options);
}

function parseOpenSsh(data: Buffer, options: IdentityOptions): Sealed {
  const fail = (reason: string) => broken(options, reason);
  const reader = wireReader(data, fail);
  if (reader.bytes(magic.length).toString('latin1') !== magic) throw fail('it is no OpenSSH key');
  const [cipher, kdf, kdfOptions] = [reader.text(), reader.text(), reader.string()];
  // OpenSSH has never written, and does not read, a file with more.
  if (reader.uint32() !== 1) throw fail('it holds more than one key');
  const key = publicHalf(reader.string(), options);
  return { cipher, kdf, kdfOptions, key, ciphertext: reader.string(), tag: reader.rest() };
}

function publicHalf(wire: Buffer, options: IdentityOptions): SshPublicKey {
  const type = wireReader(wire, (reason) => broken(options, reason)).text();
  if (type !== 'ssh-ed25519' && type !== 'ssh-rsa') throw unsupportedSshIdentity(options.name, type);
  return parseSshWire(wire, '', (reason) => broken(options, reason));
}

function checkEncryption({ cipher, kdf, kdfOptions, ciphertext, tag }: Sealed, options: IdentityOptions): void {
  const known = sshCipher(cipher);
  if (!known || kdf !== 'bcrypt') throw unsupportedCipher(options.name, known ? kdf : cipher);
  if (ciphertext.length % known.blockLength !== 0 || tag.length !== known.tagLength)
    throw broken(options, 'it is incomplete');
  const { rounds } = bcryptOptions(kdfOptions, options);
  if (rounds > maxBcryptRounds) throw tooManyRounds(options.name, rounds, maxBcryptRounds);
}

function bcryptOptions(kdfOptions: Buffer, options: IdentityOptions): { salt: Buffer; rounds: number } {
  const reader = wireReader(kdfOptions, (reason) => broken(options, reason));
  return { salt: reader.string(), rounds: reader.uint32() };
}

function openSecret(sealed: Sealed, passphrase: string, options: IdentityOptions): Buffer {
  const cipher = sshCipher(sealed.cipher);
  if (!cipher) throw unsupportedCipher(options.name, sealed.cipher);
  const { salt, rounds } = bcryptOptions(sealed.kdfOptions, options);
  const derived = deriveSshKey(passphrase, salt, rounds, cipher.keyLength + cipher.ivLength);
  const [key, iv] = [derived?.subarray(0, cipher.keyLength), derived?.subarray(cipher.keyLength)];
  const secret = key && iv ? cipher.decrypt(key, iv, sealed.ciphertext, sealed.tag) : null;
  // Two equal numbers in front show that the passphrase was right.
  if (!secret || secret.length < 8 || !secret.subarray(0, 4).equals(secret.subarray(4, 8)))
    throw wrongPassphraseFor(options.name);
  return secret;
}

/** PROTOCOL.key, section 3: two check numbers, then the private key as the agent protocol spells it. */
function readSecret(secret: Buffer, key: SshPublicKey, options: IdentityOptions): SigningIdentity {
  const reader = wireReader(secret, (reason) => broken(options, reason));
  const check = reader.uint32();
  if (reader.uint32() !== check) throw broken(options, 'it is damaged');
  if (reader.text() !== key.type) throw mismatch(options);
  return key.type === 'ssh-ed25519' ? readEd25519(reader, key, options) : readRsa(reader, key, options);
}

function readEd25519(reader: WireReader, key: Ed25519PublicKey, options: IdentityOptions): SigningIdentity {
  reader.string();
  const seed = reader.string().subarray(0, 32);
  if (seed.length !== 32 || !ed25519Point(seed).equals(key.point)) throw mismatch(options);
  return sshEd25519Identity(seed, key);
}

function readRsa(reader: WireReader, key: RsaPublicKey, options: IdentityOptions): SigningIdentity {
  const [n, e, d] = [reader.mpint(), reader.mpint(), reader.mpint()];
  const [qi, p, q] = [reader.mpint(), reader.mpint(), reader.mpint()];
  const isFactored = p.length > 1 && q.length > 1 && toBigInt(p) * toBigInt(q) === toBigInt(n);
  if (!n.equals(key.n) || !e.equals(key.e) || !isFactored) throw mismatch(options);
  const parts = { n, e, d, p, q, dp: reduce(d, p), dq: reduce(d, q), qi };
  const jwk = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.toString('base64url')]));
  return sshRsaIdentity(createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' }), key);
}

/** d mod (prime - 1), which JWK wants and OpenSSH leaves out. */
function reduce(d: Buffer, prime: Buffer): Buffer {
  const hex = (toBigInt(d) % (toBigInt(prime) - 1n)).toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x0${bytes.toString('hex')}`);
}

const pemLabels = ['RSA PRIVATE KEY', 'PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'];

function pemIdentity(label: string, pem: string, options: IdentityOptions): SigningIdentity {
  if (!pemLabels.includes(label)) throw unsupportedPem(options.name, label);
  const encrypted = label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/m.test(pem);
  if (!encrypted) return fromKeyObject(readPem(pem, options), options);
  // Nothing outside the encryption tells whose key it is: without the .pub file, any SSH stanza may be for it.
  const key = publicKeyBeside(options);
  const unknown = {
    kind: 'ssh-rsa',
    recipient: '',
    isFor: ({ args }: Stanza) => args[0] === 'ssh-rsa' || args[0] === 'ssh-ed25519',
  } as const;
  const unlock = (passphrase: string) => fromKeyObject(readPem(pem, options, passphrase), options);
  return lockedIdentity({ ...(key ? names(key) : unknown), unlock }, options);
}

function publicKeyBeside({ publicKey }: IdentityOptions): SshPublicKey | null {
  try {
    const text = publicKey?.() ?? null;
    return text === null ? null : parseSshPublicKey(text);
  } catch {
    return null; // it only saves a question
  }
}

function readPem(pem: string, options: IdentityOptions, passphrase?: string): KeyObject {
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch (cause) {
    if (passphrase === undefined) throw broken(options, 'it is malformed', cause);
    // OpenSSL cannot always tell a wrong passphrase from an encryption that it has given up on, such as DES.
    const unsure = (cause as NodeJS.ErrnoException).code === 'ERR_OSSL_UNSUPPORTED';
    throw wrongPassphraseFor(options.name, cause, unsure ? [oldEncryption] : []);
  }
}

const oldEncryption = 'if it was right, the file is encrypted in too old a way: ssh-keygen -p -f FILE encrypts it anew';

function fromKeyObject(secret: KeyObject, options: IdentityOptions): SigningIdentity {
  const type = secret.asymmetricKeyType;
  if (type !== 'rsa' && type !== 'ed25519') throw unsupportedSshIdentity(options.name, type ?? 'unknown');
  const { x = '', e = '', n = '' } = createPublicKey(secret).export({ format: 'jwk' });
  const [point, exponent, modulus] = [decode(x), decode(e), decode(n)];
  const wire = type === 'rsa' ? [wireMpint(exponent), wireMpint(modulus)] : [wireString(point)];
  const key = publicHalf(Buffer.concat([wireString(type === 'rsa' ? 'ssh-rsa' : 'ssh-ed25519'), ...wire]), options);
  if (key.type === 'ssh-rsa') return sshRsaIdentity(secret, key);
  return sshEd25519Identity(decode(secret.export({ format: 'jwk' }).d ?? ''), key);
}

function decode(base64url: string): Buffer {
  return Buffer.from(base64url, 'base64url');
}

function names(key: SshPublicKey) {
  const tag = sshTag(key.wire);
  return {
    kind: key.type,
    recipient: sshKeyText(key),
    isFor: ({ args }: Stanza) => args[0] === key.type && args[1] === tag,
  };
}

function broken(options: IdentityOptions, reason: string, cause?: unknown): BlackboxError {
  return badIdentity(`the private key in ${showPath(options.name)}`, reason, cause);
}

function mismatch(options: IdentityOptions): BlackboxError {
  return broken(options, 'its private and public halves do not belong together');
}
