import fc from 'fast-check';
import * as openpgp from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseIdentityFile, parseIdentityFileAsync } from '../../src/age/identities.js';
import { checkOpenpgpRecipient, gpgIdentity, openpgpRecipient } from '../../src/age/openpgp.js';
import { dearmor, isPublicKeyMessage, readKeyBlock } from '../../src/age/openpgp-packets.js';
import { parseRecipient } from '../../src/age/recipients.js';
import type { Identity, Stanza } from '../../src/age/types.js';

const fileKey = Buffer.from('0123456789abcdef');
const code = (name: string, sentence = /./) =>
  expect.objectContaining({ code: `ERR_BLACKBOX_${name}`, sentence: expect.stringMatching(sentence) });

type Made = { publicKey: string; privateKey: string };

const make = (options: object): Promise<Made> =>
  openpgp.generateKey({
    userIDs: [{ name: 'Alice', email: 'alice@example.com' }],
    format: 'armored',
    ...options,
  } as never) as never;

const made: Record<string, Made> = {};
beforeAll(async () => {
  made.curve = await make({ type: 'ecc' });
  made.rsa = await make({ type: 'rsa', rsaBits: 2048 });
  made.modern = await make({ type: 'curve25519' });
  made.v6 = await make({ type: 'curve25519', config: { v6Keys: true, aeadProtect: true } });
  made.p256 = await make({ type: 'ecc', curve: 'nistP256' });
  made.x448 = await make({ type: 'curve448' });
});

const kinds = ['curve', 'rsa', 'modern', 'v6', 'p256', 'x448'];

function key(kind: string): Made {
  return made[kind] ?? expect.fail(`no ${kind}`);
}

async function stanzaFor(kind: string): Promise<Stanza> {
  return await openpgpRecipient(key(kind).publicKey).wrap(fileKey);
}

function identity(kind: string, options = {}): Identity {
  const [found] = parseIdentityFile(Buffer.from(key(kind).privateKey), { name: 'alice.asc', ...options });
  return found ?? expect.fail('no identity');
}

/** A packet with an old-style header and a two-byte length. */
function packet(tag: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x80 | (tag << 2) | 1, body.length >> 8, body.length & 255), body]);
}

describe('an OpenPGP key block', () => {
  it.each(kinds)('%s: has the fingerprint that openpgp says, as a public and as a secret key', async (kind) => {
    const expected = (await openpgp.readKey({ armoredKey: key(kind).publicKey })).getFingerprint().toUpperCase();
    expect(readKeyBlock(key(kind).publicKey)).toMatchObject({ fingerprint: expected, secret: false });
    expect(readKeyBlock(key(kind).privateKey)).toMatchObject({ fingerprint: expected, secret: true });
    expect(readKeyBlock(key(kind).publicKey).userId).toBe('Alice <alice@example.com>');
  });

  it('is the same with other armor', () => {
    const { publicKey } = key('curve');
    const expected = readKeyBlock(publicKey).fingerprint;
    const variants = [
      publicKey.replaceAll('\n', '\r\n'),
      publicKey.replace(/^=.*$/m, ''),
      publicKey.replace('\n\n', '\nVersion: GnuPG v2\nComment: hello: world\n\n'),
      publicKey.replace('\n\n', '\n  \t\n'),
      ` \n${publicKey.trimEnd()}`,
    ];
    for (const variant of variants) expect(readKeyBlock(variant).fingerprint).toBe(expected);
  });

  it('altered anywhere is refused or has another fingerprint, and is never used for Alice', async () => {
    const { publicKey } = key('curve');
    const expected = readKeyBlock(publicKey).fingerprint;
    const start = publicKey.indexOf('\n\n') + 2;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: start, max: publicKey.length - 45 }),
        fc.constantFrom('A', 'x', '+', ''),
        async (at, change) => {
          fc.pre(publicKey[at] !== change && publicKey[at] !== '\n');
          const altered = publicKey.slice(0, at) + change + publicKey.slice(at + 1);
          try {
            const recipient = parseRecipient(altered);
            await recipient.wrap(fileKey);
            // What is left are bits that no signature covers (unhashed subpackets, the second user id, …): then it is the same key.
            expect(recipient.text).toBe(`openpgp ${expected}`);
          } catch (error) {
            expect(error).toEqual(
              expect.objectContaining({ code: expect.stringMatching(/BAD_RECIPIENT|RECIPIENT_UNUSABLE/) }),
            );
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('made of any bytes is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        const armored = `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${Buffer.from(bytes).toString('base64')}\n-----END PGP PUBLIC KEY BLOCK-----`;
        expect(() => parseRecipient(armored)).toThrow(code('BAD_RECIPIENT'));
      }),
    );
  });

  const v4 = Buffer.from('046b00f89a01', 'hex');
  it.each([
    ['nothing', Buffer.alloc(0), /does not begin with a key/],
    ['a user id first', packet(13, Buffer.from('x')), /does not begin with a key/],
    [
      'a user id before the key',
      Buffer.concat([packet(13, Buffer.from('x')), packet(6, v4)]),
      /does not begin with a key/,
    ],
    ['version 3', packet(6, Buffer.of(3, 0, 0)), /version 3, whose fingerprints can be forged/],
    ['version 5', packet(6, Buffer.of(5, 0, 0)), /version 5, which is not supported/],
    ['an empty key', packet(6, Buffer.alloc(0)), /incomplete/],
    ['a packet longer than the data', packet(6, v4).subarray(0, -1), /incomplete/],
    ['a length without its bytes', Buffer.of(0x99), /incomplete/],
    ['4 GiB', Buffer.from('c6ffffffffff04', 'hex'), /incomplete/],
    ['a partial length', Buffer.from('c6e004', 'hex'), /incomplete/],
    ['no length', Buffer.from('9b04', 'hex'), /incomplete/],
    ['no packet', Buffer.from('hello'), /not OpenPGP data/],
    ['an unknown algorithm in a secret key', packet(5, Buffer.of(4, 0, 0, 0, 0, 99)), /algorithm is unknown/],
    ['too much', Buffer.alloc(600 * 1024, 0xff), /more than 512 KiB/],
  ])('is refused with %s', (_, data, sentence) => {
    expect(() => readKeyBlock(data)).toThrow(code('BAD_RECIPIENT', sentence));
  });

  it('reads every form of length', () => {
    const uid = Buffer.alloc(200, 0x61);
    const head = packet(6, v4);
    for (const form of [
      Buffer.of(0xcd, 192, 8),
      Buffer.from('cdff000000c8', 'hex'),
      Buffer.from('b4c8', 'hex'),
      Buffer.from('b6000000c8', 'hex'),
    ]) {
      expect(readKeyBlock(Buffer.concat([head, form, uid])).userId).toBe(uid.toString());
    }
  });

  it('shows at most a line of a user id', () => {
    const block = Buffer.concat([packet(6, v4), packet(13, Buffer.alloc(5000, 0x61))]);
    expect(readKeyBlock(block).userId).toHaveLength(256);
  });

  it('with a secret subkey is a private key whatever its label says', () => {
    const data = Buffer.concat([dearmor(key('curve').publicKey), packet(7, v4)]);
    const armored = `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${data.toString('base64')}\n-----END PGP PUBLIC KEY BLOCK-----`;
    expect(() => parseRecipient(armored)).toThrow(code('PRIVATE_KEY_GIVEN'));
  });
});

describe('an OpenPGP recipient', () => {
  it.each(kinds)('%s: wraps for its exported secret key', async (kind) => {
    const stanza = await stanzaFor(kind);
    expect(stanza.args).toEqual(['openpgp', readKeyBlock(key(kind).publicKey).fingerprint]);
    expect(isPublicKeyMessage(Buffer.from(stanza.body))).toBe(true);
    const mine = identity(kind);
    expect(mine).toMatchObject({ kind: 'openpgp', recipient: stanza.args.join(' '), sync: false });
    expect(await mine.unwrap([stanza])).toEqual(Uint8Array.from(fileKey));
    const [alike] = await parseIdentityFileAsync(Buffer.from(key(kind).privateKey), { name: 'x' });
    expect(await alike?.unwrap([stanza])).toEqual(Uint8Array.from(fileKey));
  });

  it('tells about itself', async () => {
    const info = await checkOpenpgpRecipient(openpgpRecipient(key('rsa').publicKey));
    expect(info).toEqual({
      fingerprint: readKeyBlock(key('rsa').publicKey).fingerprint,
      userId: 'Alice <alice@example.com>',
      algorithm: 'rsaEncryptSign 2048',
      expires: null,
    });
  });

  it('knows when it expires, the subkey included', async () => {
    const soon = await make({ type: 'ecc', keyExpirationTime: 3600, subkeys: [{ keyExpirationTime: 600 }] });
    const { expires } = await checkOpenpgpRecipient(openpgpRecipient(soon.publicKey));
    expect((expires?.getTime() ?? 0) - Date.now()).toBeLessThanOrEqual(600_000);
  });

  it('is refused when it is not valid yet', async () => {
    const future = await make({ type: 'ecc', date: new Date(Date.now() + 86_400_000) });
    await expect(openpgpRecipient(future.publicKey).wrap(fileKey)).rejects.toThrow(
      code('RECIPIENT_UNUSABLE', /not valid yet/),
    );
  });

  it('is refused when its encryption subkey was grafted on from another key', async () => {
    const mallory = await make({ type: 'ecc', userIDs: [{ name: 'Mallory' }] });
    const packets = async (armoredKey: string) => [...(await openpgp.readKey({ armoredKey })).toPacketList()];
    const victim = (await packets(key('curve').publicKey)).slice(0, 3);
    const list = new openpgp.PacketList();
    list.push(...victim, ...(await packets(mallory.publicKey)).slice(3));
    const grafted = openpgp.armor(openpgp.enums.armor.publicKey, list.write());
    const recipient = openpgpRecipient(grafted);
    expect(recipient.text).toBe(openpgpRecipient(key('curve').publicKey).text);
    await expect(recipient.wrap(fileKey)).rejects.toThrow(code('RECIPIENT_UNUSABLE', /its encryption subkey/));
  });

  it('shows a hostile user id harmlessly', async () => {
    const hostile = await make({
      type: 'ecc',
      userIDs: [{ name: 'Eve\u001b[2J\u202e' }],
      date: new Date(Date.now() + 86_400_000),
    });
    await expect(openpgpRecipient(hostile.publicKey).wrap(fileKey)).rejects.toThrow(
      code('RECIPIENT_UNUSABLE', /Eve\\u\{1b\}\[2J\\u\{202e\}/),
    );
  });
});

describe('an exported secret key', () => {
  it('answers null at once, without unlocking anything, to what is for others', async () => {
    const options = { askPassphrase: () => expect.fail('nothing to ask for') };
    const [stanza, { args, body }] = [await stanzaFor('rsa'), await stanzaFor('curve')];
    expect(identity('curve', options).unwrap([stanza])).toBeNull();
    expect(identity('curve', options).unwrap([])).toBeNull();
    expect(identity('curve', options).unwrap([{ args: ['openpgp'], body }])).toBeNull();
    expect(identity('curve', options).unwrap([{ args: ['X25519', ...args.slice(1)], body }])).toBeNull();
  });

  it('throws for a stanza that names it and is not for it, but opens the next', async () => {
    const [theirs, mine] = [await stanzaFor('rsa'), await stanzaFor('curve')];
    const forged = { args: mine.args, body: theirs.body };
    await expect(identity('curve').unwrap([forged])).rejects.toThrow(code('DAMAGED', /does not open/));
    expect(await identity('curve').unwrap([forged, mine])).toEqual(Uint8Array.from(fileKey));
    await expect(identity('curve').unwrap([{ ...mine, args: [...mine.args, 'x'] }])).rejects.toThrow(code('DAMAGED'));
    await expect(identity('curve').unwrap([{ ...mine, body: mine.body.subarray(0, -1) }])).rejects.toThrow(
      code('DAMAGED'),
    );
  });

  it.each([
    ['too short a file key', 'x'],
    ['too long a file key', 'x'.repeat(17)],
    ['ten megabytes of nothing, compressed', '\0'.repeat(10_000_000)],
  ])('refuses %s', async (_, content) => {
    const encryptionKeys = await openpgp.readKey({ armoredKey: key('curve').publicKey });
    const message = await openpgp.createMessage({ binary: Buffer.from(content) });
    const preferredCompressionAlgorithm =
      content.length > 100 ? openpgp.enums.compression.zlib : openpgp.enums.compression.uncompressed;
    const body = await openpgp.encrypt({
      message,
      encryptionKeys,
      format: 'binary',
      config: { preferredCompressionAlgorithm },
    });
    const stanza = { args: ['openpgp', encryptionKeys.getFingerprint().toUpperCase()], body };
    await expect(identity('curve').unwrap([stanza])).rejects.toThrow(code('DAMAGED'));
  });

  it('is refused when it is damaged, without a word of it', () => {
    const secret = key('curve').privateKey;
    const cut = secret.replace(/\n[^\n]+\n=/, '\n=');
    for (const text of [cut, secret.replace(/-----END[\s\S]*/, ''), secret.slice(0, 300)]) {
      expect(() => parseIdentityFile(Buffer.from(text), { name: 'alice.asc' })).toThrow(
        code('BAD_IDENTITY', /alice\.asc/),
      );
    }
  });
});

describe('the identity that asks gpg', () => {
  const body = () => stanzaFor('curve');

  it('does not start gpg for a file without openpgp stanzas', () => {
    const gpg = { secretFingerprints: () => expect.fail('started'), decrypt: () => expect.fail('started') };
    const others = [
      { args: ['X25519', 'x'], body: Buffer.alloc(32) },
      { args: ['openpgp'], body: Buffer.alloc(1) },
    ];
    expect(gpgIdentity(gpg).unwrap(others)).toBeNull();
    expect(gpgIdentity(gpg).sync).toBe(true);
  });

  it('does not hand gpg what is for a key that it does not hold', async () => {
    const gpg = { secretFingerprints: () => new Set(['0'.repeat(40)]), decrypt: () => expect.fail('asked') };
    expect(gpgIdentity(gpg).unwrap([await body()])).toBeNull();
  });

  it('takes nothing but a file key', async () => {
    const stanza = await body();
    for (const answer of [Buffer.alloc(0), Buffer.alloc(15), Buffer.alloc(17)]) {
      const gpg = { secretFingerprints: () => new Set([stanza.args[1] ?? '']), decrypt: () => answer };
      expect(() => gpgIdentity(gpg).unwrap([stanza])).toThrow(code('DAMAGED', /other than a file key/));
    }
  });

  it('tries the next of its stanzas when one fails, and says the first reason when all do', async () => {
    const [one, two] = [await stanzaFor('curve'), await stanzaFor('rsa')];
    const held = new Set([one.args[1] ?? '', two.args[1] ?? '']);
    const gpg = (works: (message: Uint8Array) => boolean) => ({
      secretFingerprints: () => held,
      decrypt(message: Uint8Array) {
        if (works(message)) return fileKey;
        throw new Error(`card of ${message.length > 200 ? 'rsa' : 'curve'} is missing`);
      },
    });
    expect(gpgIdentity(gpg((message) => message.length > 200)).unwrap([one, two])).toEqual(fileKey);
    expect(() => gpgIdentity(gpg(() => false)).unwrap([one, two])).toThrow('card of curve is missing');
  });
});
