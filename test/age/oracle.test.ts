/** The native code against age-encryption, both ways, on random inputs. */
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { newFileKey } from '../../src/age/filekey.js';
import { formatHeader } from '../../src/age/header.js';
import {
  decrypt,
  decryptSync,
  encrypt,
  encryptSync,
  generateIdentity,
  generatePqIdentity,
} from '../../src/age/index.js';
import { pqRecipient } from '../../src/age/pq.js';
import { scryptRecipient } from '../../src/age/scrypt.js';
import { wrapAll, wrapAllSync } from '../../src/age/wrap.js';
import { x25519Recipient } from '../../src/age/x25519.js';
import { failureOf } from './failure.js';

const edges = [0, 1, 15, 16, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073];
const plaintext = fc.oneof(
  fc.constantFrom(...edges).map((size) => new Uint8Array(size).fill(size % 251)),
  fc.uint8Array({ maxLength: 2000 }),
);
const passphrase = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });

async function theirs(bytes: Uint8Array, to: { recipients?: string[]; passphrase?: string }): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const recipient of to.recipients ?? []) encrypter.addRecipient(recipient);
  if (to.passphrase !== undefined) encrypter.setPassphrase(to.passphrase);
  encrypter.setScryptWorkFactor(3);
  return await encrypter.encrypt(bytes);
}

async function openTheirs(file: Uint8Array, by: { identity?: string; passphrase?: string }): Promise<Buffer> {
  const decrypter = new Decrypter();
  if (by.identity !== undefined) decrypter.addIdentity(by.identity);
  if (by.passphrase !== undefined) decrypter.addPassphrase(by.passphrase);
  return Buffer.from(await decrypter.decrypt(file));
}

let pq: { identity: string; recipient: string };
beforeAll(async () => {
  pq = await generatePqIdentity();
});

describe('beside age-encryption', () => {
  it.each(edges)('%i bytes, both ways, in one piece', async (size) => {
    const { identity, recipient } = generateIdentity();
    const bytes = Buffer.alloc(size, 3);
    expect((await openTheirs(encryptSync(bytes, [recipient]), { identity })).equals(bytes)).toBe(true);
    expect(decryptSync(await theirs(bytes, { recipients: [recipient] }), [identity]).equals(bytes)).toBe(true);
  });

  it('X25519, any bytes, as any of several recipients', async () => {
    await fc.assert(
      fc.asyncProperty(plaintext, fc.integer({ min: 1, max: 6 }), fc.nat(), async (bytes, count, which) => {
        const team = Array.from({ length: count }, () => generateIdentity());
        const recipients = team.map(({ recipient }) => recipient);
        const { identity } = team[which % count] ?? generateIdentity();
        expect((await openTheirs(encryptSync(bytes, recipients), { identity })).equals(bytes)).toBe(true);
        expect(decryptSync(await theirs(bytes, { recipients }), [identity]).equals(bytes)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('post-quantum keys, alone and in company', async () => {
    await fc.assert(
      fc.asyncProperty(plaintext, fc.boolean(), async (bytes, inCompany) => {
        const recipients = inCompany ? [generateIdentity().recipient, pq.recipient] : [pq.recipient];
        expect((await openTheirs(await encrypt(bytes, recipients), pq)).equals(bytes)).toBe(true);
        expect((await decrypt(await theirs(bytes, { recipients }), [pq.identity])).equals(bytes)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('passphrases', async () => {
    await fc.assert(
      fc.asyncProperty(plaintext, passphrase, async (bytes, words) => {
        const ours = encryptSync(bytes, { passphrase: words, workFactor: 3 });
        expect((await openTheirs(ours, { passphrase: words })).equals(bytes)).toBe(true);
        expect(decryptSync(await theirs(bytes, { passphrase: words }), { passphrase: words }).equals(bytes)).toBe(true);
        const wrong = { passphrase: `${words}!` };
        expect((await failureOf(decrypt(ours, wrong)))?.code).toBe('ERR_BLACKBOX_WRONG_PASSPHRASE');
        await expect(openTheirs(ours, wrong)).rejects.toThrow();
      }),
      { numRuns: 40 },
    );
  });

  it('keys: each makes of the other’s private key the same public one', async () => {
    for (let i = 0; i < 20; i++) {
      const ours = generateIdentity();
      expect(await identityToRecipient(ours.identity)).toBe(ours.recipient);
      const identity = await generateX25519Identity();
      const recipient = await identityToRecipient(identity);
      expect(decryptSync(encryptSync(Buffer.of(1), [recipient]), [identity])).toEqual(Buffer.of(1));
    }
    expect(await identityToRecipient(pq.identity)).toBe(pq.recipient);
  });

  it('headers: it reads the file key from ours, which proves the stanzas and the MAC', async () => {
    const fileKey = newFileKey();
    const me = generateIdentity();
    const foreign = { args: ['blackbox-ts/1', 'digest'], body: Buffer.alloc(48) };
    const cases = [
      { stanzas: wrapAllSync(fileKey, [x25519Recipient(me.recipient)]), identity: me.identity },
      { stanzas: await wrapAll(fileKey, [pqRecipient(pq.recipient)]), identity: pq.identity },
      { stanzas: [foreign, ...wrapAllSync(fileKey, [x25519Recipient(me.recipient)])], identity: me.identity },
    ];
    for (const { stanzas, identity } of cases) {
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      expect(Buffer.from(await decrypter.decryptHeader(formatHeader(stanzas, fileKey)))).toEqual(fileKey);
    }
    const decrypter = new Decrypter();
    decrypter.addPassphrase('words');
    const header = formatHeader(wrapAllSync(fileKey, [scryptRecipient('words', 4)]), fileKey);
    expect(Buffer.from(await decrypter.decryptHeader(header))).toEqual(fileKey);
  });
});
