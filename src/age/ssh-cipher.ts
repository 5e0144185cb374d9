/**
 * How OpenSSH encrypts private key files: bcrypt_pbkdf for the key, then one of its transport ciphers.
 * https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
 */
import { type CipherGCMTypes, createDecipheriv, timingSafeEqual } from 'node:crypto';
import { createRequire } from 'node:module';

interface SshCipher {
  readonly keyLength: number;
  readonly ivLength: number;
  readonly blockLength: number;
  /** Of the authentication tag that follows the encrypted part; 0 for a cipher that has none. */
  readonly tagLength: number;
  /** What was encrypted, or null when the tag is wrong. */
  decrypt(key: Buffer, iv: Buffer, ciphertext: Buffer, tag: Buffer): Buffer | null;
}

const ciphers: Readonly<Record<string, SshCipher>> = {
  'aes128-ctr': plain('aes-128-ctr', 16),
  'aes192-ctr': plain('aes-192-ctr', 24),
  'aes256-ctr': plain('aes-256-ctr', 32),
  'aes128-cbc': plain('aes-128-cbc', 16),
  'aes192-cbc': plain('aes-192-cbc', 24),
  'aes256-cbc': plain('aes-256-cbc', 32),
  '3des-cbc': plain('des-ede3-cbc', 24, 8),
  'aes128-gcm@openssh.com': gcm('aes-128-gcm', 16),
  'aes256-gcm@openssh.com': gcm('aes-256-gcm', 32),
  'chacha20-poly1305@openssh.com': { keyLength: 64, ivLength: 0, blockLength: 8, tagLength: 16, decrypt: chachaPoly },
};

export function sshCipher(name: string): SshCipher | null {
  return Object.hasOwn(ciphers, name) ? (ciphers[name] ?? null) : null;
}

export const sshCipherNames: readonly string[] = Object.keys(ciphers);

// ssh-keygen uses 16 to 24 rounds, careful people 100. Here a round takes 20 ms, so that this many take most of a minute.
export const maxBcryptRounds = 2048;

interface BcryptPbkdf {
  pbkdf(
    pass: Uint8Array,
    passLength: number,
    salt: Uint8Array,
    saltLength: number,
    key: Uint8Array,
    keyLength: number,
    rounds: number,
  ): number;
}

/** Key and IV from a passphrase; null for what bcrypt_pbkdf does not take: an empty passphrase or salt, no rounds. */
export function deriveSshKey(passphrase: string, salt: Buffer, rounds: number, length: number): Buffer | null {
  // Loaded here, synchronously: few identities are encrypted, and loadSecretsSync must be able to use those that are.
  const bcrypt = createRequire(import.meta.url)('bcrypt-pbkdf') as BcryptPbkdf;
  const pass = Buffer.from(passphrase);
  const key = Buffer.alloc(length);
  return bcrypt.pbkdf(pass, pass.length, salt, salt.length, key, length, rounds) === 0 ? key : null;
}

function plain(name: string, keyLength: number, blockLength = 16): SshCipher {
  const decrypt = (key: Buffer, iv: Buffer, ciphertext: Buffer) => {
    const decipher = createDecipheriv(name, key, iv).setAutoPadding(false);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  };
  return { keyLength, ivLength: blockLength, blockLength, tagLength: 0, decrypt };
}

function gcm(name: CipherGCMTypes, keyLength: number): SshCipher {
  const decrypt = (key: Buffer, iv: Buffer, ciphertext: Buffer, tag: Buffer) => {
    const decipher = createDecipheriv(name, key, iv, { authTagLength: 16 }).setAuthTag(tag);
    const plaintext = decipher.update(ciphertext);
    try {
      return Buffer.concat([plaintext, decipher.final()]);
    } catch {
      return null;
    }
  };
  return { keyLength, ivLength: 12, blockLength: 16, tagLength: 16, decrypt };
}

/**
 * OpenSSH's own composition, not RFC 8439's: 64-bit nonce (here zero), the tag over the ciphertext alone, the second half of the key
 * unused where there is no packet length. https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.chacha20poly1305
 */
function chachaPoly(key: Buffer, _iv: Buffer, ciphertext: Buffer, tag: Buffer): Buffer | null {
  const chacha = (counter: number, data: Buffer) => {
    // OpenSSL's IV is the block counter followed by the nonce, little-endian.
    const iv = Buffer.alloc(16);
    iv.writeUInt32LE(counter);
    return createDecipheriv('chacha20', key.subarray(0, 32), iv).update(data);
  };
  const expected = poly1305(chacha(0, Buffer.alloc(32)), ciphertext);
  return timingSafeEqual(expected, tag) ? chacha(1, ciphertext) : null;
}

const p1305 = 2n ** 130n - 5n;

/** RFC 8439, section 2.5. node:crypto has Poly1305 only inside its AEAD. Not in constant time: the key is used once, on the user's own file. */
export function poly1305(key: Uint8Array, message: Uint8Array): Buffer {
  const r = littleEndian(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + littleEndian(block) + (1n << BigInt(8 * block.length))) * r) % p1305;
  }
  const tag = BigInt.asUintN(128, sum + littleEndian(key.subarray(16, 32)));
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}
