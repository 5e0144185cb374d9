import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  decrypt,
  decryptSync,
  encodeArmor,
  encrypt,
  encryptSync,
  formatHeader,
  generateIdentity,
  generatePqIdentity,
  newFileKey,
  sealPayload,
  wrapAllSync,
  x25519Identity,
  x25519Recipient,
} from '../../src/age/index.js';
import { failure, failureOf } from './failure.js';

const alice = generateIdentity();
const bob = generateIdentity();
const words = Buffer.from('the words');
let pq: { identity: string; recipient: string };
beforeAll(async () => {
  pq = await generatePqIdentity();
});

describe('the library', () => {
  it('gives back what was encrypted, whichever way', async () => {
    for (const bytes of [Buffer.alloc(0), words, new Uint8Array(70_000).fill(7)]) {
      const sealed = [await encrypt(bytes, [alice.recipient]), encryptSync(bytes, [x25519Recipient(alice.recipient)])];
      for (const file of sealed) {
        expect(await decrypt(file, [alice.identity])).toEqual(Buffer.from(bytes));
        expect(decryptSync(file, [x25519Identity(alice.identity)])).toEqual(Buffer.from(bytes));
      }
    }
  });

  it('encrypts for several, each of whom can read', async () => {
    const file = await encrypt(words, [alice.recipient, bob.recipient, pq.recipient]);
    for (const { identity } of [alice, bob, pq]) expect(await decrypt(file, [identity])).toEqual(words);
    expect(decryptSync(file, [pq.identity, bob.identity])).toEqual(words);
  });

  it('takes files of keys as text: a roster, an identity file', async () => {
    const roster = `# alice\n${alice.recipient}\n\n# bob\n${bob.recipient}\n`;
    const identityFile = `# created: today\n# public key: ${bob.recipient}\n${bob.identity}\n`;
    const file = encryptSync(words, [roster]);
    expect(decryptSync(file, [identityFile])).toEqual(words);
    expect(await decrypt(file, [identityFile])).toEqual(words);
  });

  it('takes a passphrase', async () => {
    const file = encryptSync(words, { passphrase: 'correct horse', workFactor: 2 });
    expect(decryptSync(file, { passphrase: 'correct horse' })).toEqual(words);
    expect(await decrypt(await encrypt(words, { passphrase: 'x', workFactor: 2 }), { passphrase: 'x' })).toEqual(words);
    expect(failure(() => decryptSync(file, { passphrase: 'wrong' }))?.code).toBe('ERR_BLACKBOX_WRONG_PASSPHRASE');
    expect((await failureOf(decrypt(file, { passphrase: 'wrong' })))?.code).toBe('ERR_BLACKBOX_WRONG_PASSPHRASE');
    expect(failure(() => decryptSync(file, [alice.identity]))?.code).toBe('ERR_BLACKBOX_NO_MATCHING_IDENTITY');
    const forAlice = encryptSync(words, [alice.recipient]);
    expect(failure(() => decryptSync(forAlice, { passphrase: 'x' }))?.code).toBe('ERR_BLACKBOX_NO_MATCHING_IDENTITY');
  });

  it('reads armor', async () => {
    const text = encodeArmor(encryptSync(words, [alice.recipient]));
    expect(decryptSync(Buffer.from(text), [alice.identity])).toEqual(words);
    expect(await decrypt(Buffer.from(`\n${text.replaceAll('\n', '\r\n')}`), [alice.identity])).toEqual(words);
  });

  it('reads a file with stanzas it does not know', () => {
    const fileKey = newFileKey();
    const foreign = { args: ['example.com/enigma', 'x'], body: Buffer.alloc(100) };
    const stanzas = [foreign, ...wrapAllSync(fileKey, [x25519Recipient(alice.recipient)]), foreign];
    const file = Buffer.concat([formatHeader(stanzas, fileKey), ...sealPayload(fileKey, [words])]);
    expect(decryptSync(file, [alice.identity])).toEqual(words);
  });

  it('never writes the same file twice, nor the plaintext', () => {
    const [a, b] = [encryptSync(words, [alice.recipient]), encryptSync(words, [alice.recipient])];
    expect(a.equals(b)).toBe(false);
    expect(a.includes(words)).toBe(false);
  });
});

describe('the library refuses', () => {
  const sealed = encryptSync(words, [alice.recipient]);

  it.each([
    ['nobody to encrypt for', () => encryptSync(words, []), 'ERR_BLACKBOX_NO_RECIPIENTS'],
    ['a recipient that is none', () => encryptSync(words, ['alice@example.com']), 'ERR_BLACKBOX_BAD_RECIPIENT'],
    ['a private key to encrypt for', () => encryptSync(words, [alice.identity]), 'ERR_BLACKBOX_PRIVATE_KEY_GIVEN'],
    ['an empty passphrase', () => encryptSync(words, { passphrase: '' }), 'ERR_BLACKBOX_WRONG_PASSPHRASE'],
    ['a post-quantum key at once', () => encryptSync(words, [pq.recipient]), 'ERR_BLACKBOX_ASYNC_ONLY'],
    ['nothing to decrypt with', () => decryptSync(sealed, []), 'ERR_BLACKBOX_NO_IDENTITY'],
    ['an identity that is none', () => decryptSync(sealed, ['hello']), 'ERR_BLACKBOX_BAD_IDENTITY'],
    ['an empty identity', () => decryptSync(sealed, ['']), 'ERR_BLACKBOX_BAD_IDENTITY'],
    ['somebody else', () => decryptSync(sealed, [bob.identity]), 'ERR_BLACKBOX_NO_MATCHING_IDENTITY'],
    ['no bytes', () => decryptSync(Buffer.alloc(0), [alice.identity]), 'ERR_BLACKBOX_NOT_AGE'],
    ['plain text', () => decryptSync(words, [alice.identity]), 'ERR_BLACKBOX_NOT_AGE'],
    ['a header alone', () => decryptSync(sealed.subarray(0, 188), [alice.identity]), 'ERR_BLACKBOX_DAMAGED'],
  ])('%s', (_what, work, code) => {
    expect(failure(work)?.code).toBe(code);
  });

  it('the same, when it may take its time', async () => {
    expect((await failureOf(encrypt(words, [])))?.code).toBe('ERR_BLACKBOX_NO_RECIPIENTS');
    expect((await failureOf(decrypt(sealed, [])))?.code).toBe('ERR_BLACKBOX_NO_IDENTITY');
    expect((await failureOf(decrypt(sealed, [bob.identity, pq.identity])))?.code).toBe(
      'ERR_BLACKBOX_NO_MATCHING_IDENTITY',
    );
    expect((await failureOf(decrypt(words, [bob.identity])))?.code).toBe('ERR_BLACKBOX_NOT_AGE');
  });

  it('to say what it read: no message holds a key or the plaintext', () => {
    const broken = [alice.identity.slice(0, -1), alice.identity.toLowerCase(), `${alice.identity}X`];
    for (const identity of broken) {
      const error = failure(() => decryptSync(sealed, [identity]));
      expect(error?.code).toBe('ERR_BLACKBOX_BAD_IDENTITY');
      expect(`${error?.message}`.toUpperCase()).not.toContain(alice.identity.slice(20, 30));
    }
  });
});

describe('a sealed file that was changed', () => {
  const codes = ['ERR_BLACKBOX_DAMAGED', 'ERR_BLACKBOX_NOT_AGE', 'ERR_BLACKBOX_NO_MATCHING_IDENTITY'];
  const sizes = fc.constantFrom(0, 1, 100, 65_536, 65_537);

  it('in any bit never opens', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(7), (size, at, bit) => {
        const file = encryptSync(Buffer.alloc(size, 1), [alice.recipient, bob.recipient]);
        const place = at % file.length;
        file.writeUInt8(file.readUInt8(place) ^ (1 << bit), place);
        expect(codes).toContain(failure(() => decryptSync(file, [bob.identity]))?.code);
      }),
      { numRuns: 300 },
    );
  });

  it('in any bit of its header never opens', () => {
    const file = encryptSync(words, [alice.recipient]);
    for (let place = 0; place < file.length; place++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = Buffer.from(file);
        changed.writeUInt8(changed.readUInt8(place) ^ (1 << bit), place);
        expect(codes).toContain(failure(() => decryptSync(changed, [alice.identity]))?.code);
      }
    }
  });

  it('at its end never opens', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 20 }), (size, at, extra) => {
        const file = encryptSync(Buffer.alloc(size, 1), [alice.recipient]);
        for (const changed of [file.subarray(0, at % file.length), Buffer.concat([file, extra])]) {
          expect(codes).toContain(failure(() => decryptSync(changed, [alice.identity]))?.code);
        }
      }),
    );
  });

  it('in its armor never opens to anything else', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(7), (at, bit) => {
        const text = Buffer.from(encodeArmor(encryptSync(words, [alice.recipient])));
        const place = at % text.length;
        text.writeUInt8(text.readUInt8(place) ^ (1 << bit), place);
        let plaintext: Buffer | null = null;
        const error = failure(() => {
          plaintext = decryptSync(text, [alice.identity]);
        });
        if (error) expect(codes).toContain(error.code);
        else expect(plaintext).toEqual(words); // white space around the armor counts for nothing
      }),
      { numRuns: 300 },
    );
  });

  it('by putting one file’s header on another’s payload never opens', () => {
    const [a, b] = [encryptSync(words, [alice.recipient]), encryptSync(Buffer.from('the other'), [alice.recipient])];
    const mixed = Buffer.concat([a.subarray(0, a.length - 41), b.subarray(b.length - 41)]);
    expect(failure(() => decryptSync(mixed, [alice.identity]))?.code).toBe('ERR_BLACKBOX_DAMAGED');
  });
});
