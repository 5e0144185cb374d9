import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { readKeyBlock } from '../../src/age/openpgp-packets.js';
import { verifyOpenpgpSignature } from '../../src/age/openpgp-signature.js';
import { signingKeys } from '../../src/age/openpgp-signing-keys.js';
import { verifySignature } from '../../src/age/signing.js';
import {
  backSignature,
  binding,
  block,
  certification,
  dataSignature,
  keyFrom,
  type MadeKey,
  message,
  newKey,
  type Parts,
  packet,
  says,
  signature,
  subkey,
  subpacket,
  t0,
  types,
  user,
} from './openpgp-maker.js';

const day = 86_400;
const primary = newKey();
const sub = newKey();
const stranger = newKey();
const accepts = (armored: string, by: MadeKey, parts: Partial<Parts> & { at?: number } = {}) =>
  verifyOpenpgpSignature(armored, message, dataSignature(by, parts));
const certifyOnly = [says.created(t0), says.flags(0x01)];
/** A primary key that only certifies, and a subkey that signs. */
const withSubkey = (...args: Parameters<typeof subkey>) =>
  block(primary, user(primary, { hashed: certifyOnly }), subkey(...args));

describe('a signature by a key that was made packet by packet', () => {
  it.each([
    ['version 4, Ed25519 as of old', {}],
    ['version 4, Ed25519', { algorithm: 27 }],
    ['version 6', { version: 6 as const }],
  ])('%s: is good when all is well, by primary key and subkey', (_what, options) => {
    const [main, part] = [newKey(options), newKey(options)];
    const armored = block(main, user(main), subkey(main, part));
    expect(
      signingKeys(readKeyBlock(armored))
        .map(({ key }) => key.fingerprint)
        .sort(),
    ).toEqual([main.fingerprint, part.fingerprint].sort());
    for (const by of [main, part]) {
      for (const hash of ['sha256', 'sha384', 'sha512']) expect(accepts(armored, by, { hash })).toBe(true);
      expect(verifyOpenpgpSignature(armored, Buffer.from('another'), dataSignature(by))).toBe(false);
    }
    expect(accepts(armored, stranger)).toBe(false);
  });

  it('is good under the name of the primary key, and of no other', () => {
    const armored = withSubkey(primary, sub);
    const key = `openpgp ${primary.fingerprint}`;
    const made = dataSignature(sub);
    expect(verifySignature(key, message, made, () => armored)).toBe(true);
    expect(verifySignature(key, message, made)).toBe(false);
    expect(verifySignature(key, message, made, () => undefined)).toBe(false);
    expect(verifySignature(`openpgp ${sub.fingerprint}`, message, made, () => armored)).toBe(false);
    // A block of somebody else's, in which even the subkey is right.
    const other = block(stranger, user(stranger), subkey(stranger, sub));
    expect(verifySignature(`openpgp ${stranger.fingerprint}`, message, made, () => other)).toBe(true);
    expect(verifySignature(key, message, made, () => other)).toBe(false);
  });

  const bare = block(primary, user(primary));
  const issuers = [
    ['its issuer', [says.issuer(primary)], [says.issuerId(primary)], true],
    ['nothing', [], [], true],
    ['another issuer', [says.issuer(stranger)], [], false],
    ['another issuer by id', [says.issuerId(stranger)], [], false],
    ['another issuer outside the signature', [], [says.issuerId(stranger)], false],
    ['a critical issuer outside the signature', [], [subpacket(16, Buffer.from(primary.keyId, 'hex'), true)], false],
    ['whatever else outside the signature', [], [says.notation(false)], false],
    ['a notation', [says.notation(false)], [], true],
    ['a critical notation', [says.notation(true)], [], false],
    ['a critical subpacket that nobody knows', [says.unknown()], [], false],
    ['an end', [says.lasts(day)], [], false],
    ['two times', [says.created(t0)], [], false],
  ] as const;
  it.each(issuers)('that names %s', (_what, more, unhashed, good) => {
    expect(accepts(bare, primary, { hashed: [says.created(t0 + 1), ...more], unhashed })).toBe(good);
  });

  it.each([
    ['without a time', { hashed: [] }],
    ['with its time outside', { hashed: [], unhashed: [says.created(t0 + 1)] }],
    ['with a malformed time', { hashed: [subpacket(2, Buffer.from('abc'))] }],
    ['over text', { type: types.text }],
    ['over a user id', { type: types.user }],
    ['that revokes', { type: types.revokeKey }],
    ['with SHA-1', { hash: 'sha1' }],
    ['with SHA-224', { hash: 'sha224' }],
    ['with MD5', { hash: 'md5' }],
    ['from before the key', { at: t0 - 1 }],
  ])('%s is refused', (_what, parts) => {
    expect(accepts(bare, primary, parts)).toBe(false);
  });

  it('is one packet, of the shortest form, and nothing else', () => {
    const good = dataSignature(primary);
    const body = good.subarray(2);
    const check = (...bytes: Uint8Array[]) => verifyOpenpgpSignature(bare, message, Buffer.concat(bytes));
    expect(check(good)).toBe(true);
    expect(check(Buffer.of(0x88, body.length), body)).toBe(true);
    expect(check(good, good)).toBe(false);
    expect(check(good, Buffer.of(0))).toBe(false);
    expect(check(packet(13, Buffer.from('x')), good)).toBe(false);
    expect(check(packet(2, body))).toBe(false);
    expect(check(Buffer.of(0x89, 0, body.length), body)).toBe(false);
    expect(check(Buffer.of(0x8b), body)).toBe(false);
    expect(check(Buffer.of(0xc2, 0xe0, body[0] ?? 0, body.length - 1), body.subarray(1))).toBe(false);
    expect(check()).toBe(false);
    expect(check(Buffer.from('-----BEGIN PGP SIGNATURE-----'))).toBe(false);
  });

  it('is refused when a bit of it is changed, or a part of it is missing', () => {
    const armored = block(primary, user(primary), subkey(primary, sub));
    for (const by of [primary, sub]) {
      const good = dataSignature(by, {
        hashed: [says.created(t0 + 5), says.issuer(by)],
        unhashed: [says.issuerId(by)],
      });
      expect(verifyOpenpgpSignature(armored, message, good)).toBe(true);
      for (let i = 0; i < good.length * 8; i++) {
        const flipped = Buffer.from(good);
        flipped[i >> 3] = (flipped[i >> 3] ?? 0) ^ (1 << (i & 7));
        expect(verifyOpenpgpSignature(armored, message, flipped)).toBe(false);
        expect(verifyOpenpgpSignature(armored, message, good.subarray(0, i >> 3))).toBe(false);
      }
    }
  });
});

describe('who may sign', () => {
  const flagless = [says.created(t0)];
  it.each([
    ['a primary key that says it signs', block(primary, user(primary)), true],
    ['in a direct-key signature', block(primary, direct([says.created(t0), says.flags(0x03)])), true],
    ['one that only certifies', block(primary, user(primary, { hashed: certifyOnly })), false],
    ['one that does not say', block(primary, user(primary, { hashed: flagless })), false],
    [
      'one that says so outside the signature',
      block(primary, user(primary, { hashed: flagless, unhashed: [says.flags(3)] })),
      false,
    ],
    ['one that says nothing of itself', block(primary), false],
    ['one of which another says it', block(primary, user(primary, { by: stranger })), false],
    ['one that says it with SHA-1', block(primary, user(primary, { hash: 'sha1' })), false],
    [
      'one that demands what is not known',
      block(primary, user(primary, { hashed: [says.created(t0), says.flags(3), says.unknown()] })),
      false,
    ],
    [
      'one that says it twice',
      block(primary, user(primary, { hashed: [says.created(t0), says.flags(3), says.flags(3)] })),
      false,
    ],
  ])('%s', (_what, armored, good) => {
    expect(accepts(armored, primary)).toBe(good);
    expect(signingKeys(readKeyBlock(armored))).toHaveLength(good ? 1 : 0);
  });

  function direct(hashed: Buffer[]): Buffer {
    return packet(2, signature(primary, { type: types.direct, subject: [primary.framed], hashed }));
  }

  it('what was said last counts, wherever it stands', () => {
    const later = (flags: number, more: Buffer[] = []) => ({
      name: Buffer.from('Work'),
      hashed: [says.created(t0 + 10), says.flags(flags), ...more],
    });
    expect(accepts(block(primary, user(primary), user(primary, later(1))), primary)).toBe(false);
    expect(accepts(block(primary, user(primary, later(1)), user(primary)), primary)).toBe(false);
    expect(accepts(block(primary, user(primary, { hashed: certifyOnly }), user(primary, later(3))), primary)).toBe(
      true,
    );
    // Not understood is not the same as not said.
    expect(accepts(block(primary, user(primary), user(primary, later(1, [says.unknown()]))), primary)).toBe(false);
    // What says nothing of use, as when a revoker is named, does not hide what does.
    expect(accepts(block(primary, direct([says.created(t0 + 10)]), user(primary)), primary)).toBe(true);
  });

  it('a subkey that both keys confirm', () => {
    expect(accepts(withSubkey(primary, sub), sub)).toBe(true);
    expect(accepts(withSubkey(primary, sub), primary)).toBe(false);
    expect(accepts(withSubkey(primary, sub, { backIn: 'unhashed' }), sub)).toBe(true);
  });

  it.each([
    ['one that is there without a word', Buffer.concat([packet(14, sub.body)])],
    ['one bound by a stranger', subkey(primary, sub, { by: stranger })],
    ['one bound with SHA-1', subkey(primary, sub, { hash: 'sha1' })],
    ['one for encryption', subkey(primary, sub, { hashed: [says.created(t0), says.flags(0x0c)] })],
    ['one for nothing said', subkey(primary, sub, { hashed: [says.created(t0)] })],
    ['one with an unknown demand', subkey(primary, sub, { hashed: [says.created(t0), says.flags(2), says.unknown()] })],
    ['one that does not confirm', subkey(primary, sub, { back: null })],
    [
      'one for which the primary key confirms',
      subkey(primary, sub, { back: backSignature(primary, sub, { by: primary }) }),
    ],
    [
      'one for which a stranger confirms',
      subkey(primary, sub, { back: backSignature(primary, sub, { by: stranger }) }),
    ],
    ['one that confirms another primary key', subkey(primary, sub, { back: backSignature(stranger, sub) })],
    ['one that confirms with SHA-1', subkey(primary, sub, { back: backSignature(primary, sub, { hash: 'sha1' }) })],
    [
      'one that confirms with a binding',
      subkey(primary, sub, { back: backSignature(primary, sub, { type: types.binding }) }),
    ],
    [
      'one that confirms with a demand',
      subkey(primary, sub, { back: backSignature(primary, sub, { hashed: [says.created(t0), says.unknown()] }) }),
    ],
    ['one that confirms with noise', subkey(primary, sub, { back: Buffer.from('noise') })],
    [
      'one bound as a user id',
      Buffer.concat([packet(14, sub.body), packet(13, Buffer.from('x')), packet(2, binding(primary, sub))]),
    ],
  ])('not %s', (_what, part) => {
    expect(accepts(block(primary, user(primary, { hashed: certifyOnly }), part), sub)).toBe(false);
    expect(accepts(block(primary, user(primary), part), primary)).toBe(true);
  });

  it('not a stranger who takes the signing subkey of another for their own', () => {
    // Mallory binds Alice's subkey to her own key, with all that she can copy.
    const alices = backSignature(primary, sub);
    for (const back of [alices, null, backSignature(stranger, sub, { by: stranger })]) {
      const armored = block(stranger, user(stranger), subkey(stranger, sub, { back }));
      expect(accepts(armored, sub)).toBe(false);
      expect(accepts(armored, stranger)).toBe(true);
    }
  });

  it('a binding that was renewed counts as the newest says', () => {
    const renewed = (flags: number) =>
      packet(2, binding(primary, sub, { hashed: [says.created(t0 + 10), says.flags(flags)] }));
    const bound = (...more: Buffer[]) =>
      block(primary, user(primary, { hashed: certifyOnly }), subkey(primary, sub), ...more);
    expect(accepts(bound(renewed(2)), sub)).toBe(true);
    expect(accepts(bound(renewed(0x0c)), sub)).toBe(false);
  });

  it('not a key whose point would let one signature fit many messages', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    for (const algorithm of [22, 27]) {
      const weak = keyFrom(
        privateKey,
        { version: 4, created: t0, algorithm },
        Buffer.from(`01${'00'.repeat(31)}`, 'hex'),
      );
      expect(signingKeys(readKeyBlock(block(weak, user(weak))))).toEqual([]);
    }
  });

  it('not a version 6 key of the legacy kind', () => {
    const odd = newKey({ version: 6, algorithm: 22 });
    expect(accepts(block(odd, user(odd)), odd)).toBe(false);
  });
});

describe('revoked keys', () => {
  const revokeKey = (parts: Partial<Parts> & { by?: MadeKey } = {}) => {
    const { by = primary, ...rest } = parts;
    return packet(
      2,
      signature(by, { type: types.revokeKey, subject: [primary.framed], hashed: [says.created(t0 + day)], ...rest }),
    );
  };
  const revokeSubkey = (by = primary, hash = 'sha512') =>
    packet(
      2,
      signature(by, {
        type: types.revokeSubkey,
        subject: [primary.framed, sub.framed],
        hashed: [says.created(t0 + day)],
        hash,
      }),
    );
  const all = (first: Buffer[], last: Buffer[]) =>
    block(primary, ...first, user(primary), subkey(primary, sub), ...last);

  it('are refused, with all their subkeys, also for what they signed before', () => {
    for (const hash of ['sha512', 'sha1', 'sha224']) {
      expect(accepts(all([revokeKey({ hash })], []), primary)).toBe(false);
      expect(accepts(all([revokeKey({ hash })], []), sub)).toBe(false);
    }
    const demanding = revokeKey({ hashed: [says.created(t0 + day), says.unknown()] });
    expect(accepts(all([demanding], []), primary)).toBe(false);
  });

  it('subkeys are refused alone', () => {
    for (const hash of ['sha512', 'sha1']) {
      expect(accepts(all([], [revokeSubkey(primary, hash)]), sub)).toBe(false);
      expect(accepts(all([], [revokeSubkey(primary, hash)]), primary)).toBe(true);
    }
    // Binding it anew does not bring it back.
    const again = packet(2, binding(primary, sub, { hashed: [says.created(t0 + 2 * day), says.flags(2)] }));
    expect(accepts(all([], [revokeSubkey(), again]), sub)).toBe(false);
  });

  it('nobody else can revoke them', () => {
    const armored = all(
      [revokeKey({ by: stranger }), revokeKey({ by: sub })],
      [revokeSubkey(stranger), revokeSubkey(sub)],
    );
    expect(accepts(armored, primary)).toBe(true);
    expect(accepts(armored, sub)).toBe(true);
  });

  it('a user id that was taken back says nothing any more', () => {
    const back = (at: number) =>
      packet(2, certification(primary, { type: types.revokeUser, hashed: [says.created(at)] }));
    expect(accepts(block(primary, user(primary), back(t0 + 1)), primary)).toBe(false);
    expect(
      accepts(block(primary, user(primary), back(t0 + 1), user(primary, { name: Buffer.from('Work') })), primary),
    ).toBe(true);
    const flagged = certification(primary, { type: types.revokeUser, hashed: [says.created(t0 + 1), says.flags(3)] });
    expect(accepts(block(primary, user(primary), packet(2, flagged)), primary)).toBe(false);
    const again = packet(2, certification(primary, { hashed: [says.created(t0 + 2), says.flags(3)] }));
    expect(accepts(block(primary, user(primary), back(t0 + 1), again), primary)).toBe(true);
  });
});

describe('keys that expire', () => {
  const until = (end: number, at = t0) => [says.created(at), says.flags(3), says.keyLasts(end)];
  const subUntil = (end: number) => ({ hashed: [says.created(t0), says.flags(2), says.keyLasts(end)] });

  it('count until then, not after it', () => {
    const armored = block(primary, user(primary, { hashed: until(day) }), subkey(primary, sub));
    for (const by of [primary, sub]) {
      expect(accepts(armored, by, { at: t0 })).toBe(true);
      expect(accepts(armored, by, { at: t0 + day - 1 })).toBe(true);
      expect(accepts(armored, by, { at: t0 + day })).toBe(false);
      expect(accepts(armored, by, { at: t0 + 9 * day })).toBe(false);
      expect(accepts(armored, by, { at: t0 - 1 })).toBe(false);
    }
  });

  it('subkeys for themselves', () => {
    const armored = block(primary, user(primary), subkey(primary, sub, subUntil(day)));
    expect(accepts(armored, sub, { at: t0 + day - 1 })).toBe(true);
    expect(accepts(armored, sub, { at: t0 + day })).toBe(false);
    expect(accepts(armored, primary, { at: t0 + day })).toBe(true);
  });

  it('can be extended and cut short, by what is said last', () => {
    const later = (end: number) => packet(2, certification(primary, { hashed: until(end, t0 + 60) }));
    expect(
      accepts(block(primary, user(primary, { hashed: until(day) }), later(9 * day)), primary, { at: t0 + 2 * day }),
    ).toBe(true);
    expect(
      accepts(block(primary, user(primary, { hashed: until(9 * day) }), later(day)), primary, { at: t0 + 2 * day }),
    ).toBe(false);
  });

  it('so does what is said of them', () => {
    const armored = block(primary, user(primary, { hashed: [says.created(t0), says.flags(3), says.lasts(day)] }));
    expect(accepts(armored, primary, { at: t0 + day - 1 })).toBe(true);
    expect(accepts(armored, primary, { at: t0 + day })).toBe(false);
  });
});

describe('hostile input', () => {
  it('never throws, whatever the block and the signature are', () => {
    const data = readKeyBlock(block(primary, user(primary), subkey(primary, sub))).data;
    const good = dataSignature(sub);
    fc.assert(
      fc.property(
        fc.nat(data.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.uint8Array({ maxLength: 80 }),
        (at, flip, noise) => {
          const altered = Buffer.from(data);
          altered[at] = (altered[at] ?? 0) ^ flip;
          const armored = `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${altered.toString('base64')}\n-----END PGP PUBLIC KEY BLOCK-----`;
          // Whatever became of the block, a signature of its subkey is never one of another key.
          expect(verifyOpenpgpSignature(armored, Buffer.from('another'), good)).toBe(false);
          expect(verifySignature(`openpgp ${stranger.fingerprint}`, message, good, () => armored)).toBe(false);
          expect(verifyOpenpgpSignature(armored, message, noise)).toBe(false);
          expect(verifyOpenpgpSignature(Buffer.from(noise).toString('latin1'), message, good)).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('a block full of signatures costs little, and says nothing', () => {
    const forged = packet(2, certification(primary, { by: stranger, hashed: [says.created(t0), says.flags(3)] }));
    const flood = block(primary, user(primary), ...Array.from({ length: 2000 }, () => forged));
    expect(accepts(flood, primary)).toBe(false);
    // Those that name somebody else are not even looked at, as the certifications that friends leave.
    const named = packet(
      2,
      certification(primary, { by: stranger, hashed: [says.created(t0), says.issuer(stranger)] }),
    );
    const friends = block(primary, user(primary), ...Array.from({ length: 2000 }, () => named));
    expect(accepts(friends, primary)).toBe(true);
  });

  it('a signature of megabytes is not read', () => {
    expect(verifyOpenpgpSignature(block(primary, user(primary)), message, Buffer.alloc(4 << 20, 0xc2))).toBe(false);
  });
});

const kinds: readonly (readonly [string, object])[] = [
  ['Ed25519 of old', { type: 'ecc' }],
  ['Ed25519', { type: 'curve25519' }],
  ['Ed25519, version 6', { type: 'curve25519', config: { v6Keys: true } }],
  ['RSA', { type: 'rsa', rsaBits: 2048 }],
  ['RSA, version 6', { type: 'rsa', rsaBits: 2048, config: { v6Keys: true } }],
  ['P-256', { type: 'ecc', curve: 'nistP256' }],
  ['P-384', { type: 'ecc', curve: 'nistP384' }],
  ['P-521', { type: 'ecc', curve: 'nistP521' }],
  ['a signing subkey', { type: 'ecc', subkeys: [{}, { sign: true }] }],
  ['a signing subkey, version 6', { type: 'curve25519', subkeys: [{ sign: true }], config: { v6Keys: true } }],
  ['an RSA signing subkey', { type: 'rsa', rsaBits: 2048, subkeys: [{ sign: true, rsaBits: 2048 }] }],
];

describe('beside openpgp', () => {
  const generate = async (options: object) => {
    const userIDs = [{ name: 'Alice' }];
    const made = await openpgp.generateKey({ userIDs, format: 'object', ...options } as never);
    return made as unknown as { privateKey: openpgp.PrivateKey; publicKey: openpgp.PublicKey };
  };
  const signWith = async (key: openpgp.PrivateKey, bytes: Uint8Array, hash: number) => {
    const options = { message: await openpgp.createMessage({ binary: bytes }), signingKeys: key };
    const config = { preferredHashAlgorithm: hash };
    return Buffer.from(
      (await openpgp.sign({ ...options, detached: true, format: 'binary', config } as never)) as Uint8Array,
    );
  };
  const theirs = async (key: openpgp.PublicKey, bytes: Uint8Array, made: Uint8Array) => {
    const signatureRead = await openpgp.readSignature({ binarySignature: made });
    const text = await openpgp.createMessage({ binary: bytes });
    const { signatures } = await openpgp.verify({ message: text, signature: signatureRead, verificationKeys: key });
    return await signatures[0]?.verified.catch(() => false);
  };

  it.each(kinds)('%s: what it signs is good, and nothing else', async (_kind, options) => {
    const { privateKey, publicKey } = await generate(options);
    const armored = publicKey.armor();
    for (const [length, hash] of [
      [0, openpgp.enums.hash.sha256],
      [1, openpgp.enums.hash.sha384],
      [1000, openpgp.enums.hash.sha512],
    ] as const) {
      const bytes = new Uint8Array(length).fill(length);
      const made = await signWith(privateKey, bytes, hash);
      expect(verifyOpenpgpSignature(armored, bytes, made)).toBe(true);
      expect(await theirs(publicKey, bytes, made)).toBe(true);
      expect(verifyOpenpgpSignature(armored, new Uint8Array([9]), made)).toBe(false);
      for (let i = 0; i < made.length * 8; i += 3) {
        const flipped = Buffer.from(made);
        flipped[i >> 3] = (flipped[i >> 3] ?? 0) ^ (1 << (i & 7));
        expect(verifyOpenpgpSignature(armored, bytes, flipped)).toBe(false);
      }
    }
  });

  it('a key that its owner revoked, whole or a subkey of it', async () => {
    const { privateKey, publicKey } = await generate({ type: 'ecc', subkeys: [{ sign: true }] });
    const made = await signWith(privateKey, message, openpgp.enums.hash.sha512);
    expect(verifyOpenpgpSignature(publicKey.armor(), message, made)).toBe(true);
    const revoked = (await openpgp.revokeKey({ key: privateKey, format: 'object' } as never)) as unknown as {
      publicKey: openpgp.PublicKey;
    };
    expect(verifyOpenpgpSignature(revoked.publicKey.armor(), message, made)).toBe(false);
    const [part] = privateKey.subkeys;
    const packetOf = privateKey.keyPacket as openpgp.SecretKeyPacket;
    const gone = (await part?.revoke(packetOf)) ?? expect.fail('no subkey');
    const partly = privateKey.toPublic();
    partly.subkeys = [gone as never];
    expect(verifyOpenpgpSignature(partly.armor(), message, made)).toBe(false);
  });

  it('a key that expired: what it signed before is good', async () => {
    const date = new Date(Date.now() - 10 * day * 1000);
    const { privateKey, publicKey } = await generate({ type: 'ecc', date, keyExpirationTime: day });
    const at = async (when: Date) => {
      const options = {
        message: await openpgp.createMessage({ binary: message }),
        signingKeys: privateKey,
        date: when,
      };
      return Buffer.from((await openpgp.sign({ ...options, detached: true, format: 'binary' } as never)) as Uint8Array);
    };
    expect(verifyOpenpgpSignature(publicKey.armor(), message, await at(new Date(date.getTime() + 3600_000)))).toBe(
      true,
    );
    expect(signingKeys(readKeyBlock(publicKey.armor()))[0]?.until).toBe(Math.floor(date.getTime() / 1000) + day);
  });
});
