import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIdentityFile } from '../../src/age/identities.js';
import { parseRecipient } from '../../src/age/recipients.js';
import { deriveSshKey, poly1305, sshCipher } from '../../src/age/ssh-cipher.js';
import { wireMpint, wireString } from '../../src/age/ssh-format.js';
import { sshPrivateKey } from '../../src/age/ssh-private.js';
import type { Stanza } from '../../src/age/types.js';
import { ed25519Line, ed25519Wire, openSshFile, openSshSecret, pem, rsaWire, seedOf } from './keys.js';

const seed = seedOf('alice');
const options = { name: '~/.ssh/id_ed25519' };
const fileKey = Buffer.from('0123456789abcdef');
const stanza = parseRecipient(ed25519Line(seed)).wrap(fileKey) as Stanza;

const bad = (sentence: RegExp) =>
  expect.objectContaining({ code: 'ERR_BLACKBOX_BAD_IDENTITY', sentence: expect.stringMatching(sentence) });

function kdfOptions(rounds: number, salt = Buffer.alloc(16, 1)): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(rounds);
  return Buffer.concat([wireString(salt), number]);
}

/** A file encrypted by the same steps backwards: these ciphers are their own inverse, or CTR. */
function encrypted(passphrase: string, rounds = 1): string {
  const cipher = sshCipher('aes256-ctr');
  const derived = deriveSshKey(passphrase, Buffer.alloc(16, 1), rounds, 48) ?? Buffer.alloc(48);
  const secret =
    cipher?.decrypt(derived.subarray(0, 32), derived.subarray(32), openSshSecret(seed), Buffer.alloc(0)) ??
    Buffer.alloc(0);
  return openSshFile(seed, { cipher: 'aes256-ctr', kdf: 'bcrypt', kdfOptions: kdfOptions(rounds), secret });
}

describe('an OpenSSH private key file', () => {
  it('opens what is for it, also with CRLF, a byte order mark, and without a final newline', () => {
    const file = openSshFile(seed);
    for (const text of [file, file.replaceAll('\n', '\r\n'), `\ufeff${file}`, file.trimEnd(), `\n# mine\n${file}`]) {
      const [identity] = parseIdentityFile(Buffer.from(text), options);
      expect(identity?.unwrap([stanza])).toEqual(fileKey);
    }
  });

  it('names the empty passphrase a wrong one', () => {
    const identity = sshPrivateKey(encrypted('x'), { ...options, askPassphrase: () => '' });
    expect(() => identity.unwrap([stanza])).toThrow(expect.objectContaining({ code: 'ERR_BLACKBOX_WRONG_PASSPHRASE' }));
  });

  it('asks in UTF-8', () => {
    const identity = sshPrivateKey(encrypted('pässwörd 🔑'), { ...options, askPassphrase: () => 'pässwörd 🔑' });
    expect(identity.unwrap([stanza])).toEqual(fileKey);
  });

  it('passes on that the question was cancelled, and does not ask again', () => {
    let asked = 0;
    const cancel = () => {
      asked++;
      throw new Error('cancelled');
    };
    const identity = sshPrivateKey(encrypted('x'), { ...options, askPassphrase: cancel });
    for (const _ of [1, 2, 3]) expect(() => identity.unwrap([stanza])).toThrow('cancelled');
    expect(asked).toBe(1);
  });

  it.each([
    ['two keys', openSshFile(seed, { keys: 2 }), /more than one key/],
    [
      'an unknown cipher',
      openSshFile(seed, { cipher: 'rot13', kdf: 'bcrypt', kdfOptions: kdfOptions(16) }),
      /encrypted with rot13, which is not/,
    ],
    [
      'a cipher from Object.prototype',
      openSshFile(seed, { cipher: 'constructor', kdf: 'bcrypt' }),
      /encrypted with constructor, which/,
    ],
    ['an unknown derivation', openSshFile(seed, { cipher: 'aes256-ctr', kdf: 'md5' }), /encrypted with md5/],
    [
      'rounds for a year',
      openSshFile(seed, { cipher: 'aes256-ctr', kdf: 'bcrypt', kdfOptions: kdfOptions(2 ** 32 - 1) }),
      /4294967295 rounds/,
    ],
    [
      'half a block',
      openSshFile(seed, { cipher: 'aes256-ctr', kdf: 'bcrypt', kdfOptions: kdfOptions(16), secret: Buffer.alloc(20) }),
      /incomplete/,
    ],
    [
      'no tag',
      openSshFile(seed, { cipher: 'aes256-gcm@openssh.com', kdf: 'bcrypt', kdfOptions: kdfOptions(16) }),
      /incomplete/,
    ],
    ['check numbers that differ', openSshFile(seed, { secret: openSshSecret(seed, [1, 2]) }), /it is damaged/],
    [
      'another public half',
      openSshFile(seed, { publicWire: ed25519Wire(seedOf('bob')) }),
      /halves do not belong together/,
    ],
    [
      'another private half',
      openSshFile(seed, { secret: openSshSecret(seedOf('bob')) }),
      /halves do not belong together/,
    ],
    [
      'a security key',
      openSshFile(seed, { publicWire: wireString('sk-ssh-ed25519@openssh.com') }),
      /tokens can sign, but not decrypt/,
    ],
    ['an unknown key', openSshFile(seed, { publicWire: wireString('ssh-\u001b[2J') }), /ssh-\\u\{1b\}/],
    ['another magic', pem('OPENSSH PRIVATE KEY', Buffer.from('openssh-key-v9\0')), /no OpenSSH key/],
    ['nothing', pem('OPENSSH PRIVATE KEY', Buffer.alloc(0)), /ends too early/],
    ['no end', openSshFile(seed).replace(/-----END[\s\S]*/, ''), /last line is missing/],
    ['another end', openSshFile(seed).replace('END OPENSSH', 'END RSA'), /last line is missing/],
    ['two files in one', openSshFile(seed) + openSshFile(seedOf('bob')), /more than one private key block/],
    ['DSA in PEM', pem('DSA PRIVATE KEY', Buffer.alloc(10)), /DSA PRIVATE KEY is none of the kinds/],
    ['garbage in PEM', pem('RSA PRIVATE KEY', Buffer.alloc(10)), /malformed/],
    ['garbage in PKCS#8', pem('PRIVATE KEY', Buffer.alloc(10)), /malformed/],
  ])('is refused with %s', (_, file, sentence) => {
    expect(() => parseIdentityFile(Buffer.from(file), options)).toThrow(bad(sentence));
  });

  it('is refused when its RSA numbers do not fit', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { n = '', e = '', d = '' } = privateKey.export({ format: 'jwk' });
    const [modulus, exponent, secret] = [n, e, d].map((part) => Buffer.from(part, 'base64url')) as [
      Buffer,
      Buffer,
      Buffer,
    ];
    for (const [p, q] of [
      [Buffer.of(1), modulus],
      [modulus, Buffer.of(1)],
      [modulus, modulus],
      [Buffer.alloc(0), Buffer.alloc(0)],
    ]) {
      const numbers = [modulus, exponent, secret, exponent, p ?? exponent, q ?? exponent].map(wireMpint);
      const content = Buffer.concat([Buffer.alloc(8), wireString('ssh-rsa'), ...numbers]);
      const file = openSshFile(seed, { publicWire: rsaWire(privateKey), secret: content });
      expect(() => parseIdentityFile(Buffer.from(file), options)).toThrow(bad(/halves do not belong together/));
    }
  });

  it('is refused in PEM when it cannot decrypt', () => {
    const { privateKey } = generateKeyPairSync('x448');
    const file = privateKey.export({ format: 'pem', type: 'pkcs8' });
    expect(() => parseIdentityFile(Buffer.from(file), options)).toThrow(bad(/\(x448\) cannot decrypt/));
  });

  it('altered anywhere, gives the right key or a refusal that quotes nothing', () => {
    const file = openSshFile(seed);
    const body = file.split('\n').slice(1, -2).join('');
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.constantFrom('A', 'B', 'z', '/', ''), (at, replacement) => {
        const altered = body.slice(0, at) + replacement + body.slice(at + 1);
        const text = `-----BEGIN OPENSSH PRIVATE KEY-----\n${altered}\n-----END OPENSSH PRIVATE KEY-----\n`;
        try {
          const [identity] = parseIdentityFile(Buffer.from(text), options);
          expect(identity?.recipient).toBe(ed25519Line(seed));
        } catch (error) {
          expect(error).toEqual(expect.objectContaining({ code: 'ERR_BLACKBOX_BAD_IDENTITY' }));
          for (let i = 0; i + 12 < body.length; i += 12) expect(String(error)).not.toContain(body.slice(i, i + 12));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('Poly1305', () => {
  it('is that of RFC 8439, section 2.5.2', () => {
    const key = Buffer.from('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b', 'hex');
    const tag = poly1305(key, Buffer.from('Cryptographic Forum Research Group'));
    expect(tag.toString('hex')).toBe('a8061dc1305136c6c22b8baf0c0127a9');
  });
});
