import { createPrivateKey, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '../../src/age/base64.js';
import { encodeBech32 } from '../../src/age/bech32.js';
import { ephemeral, exportPublic, importPublic, pairFrom, sharedSecret } from '../../src/age/curve25519.js';
import { hkdf, newFileKey, openFileKey, sealFileKey } from '../../src/age/filekey.js';
import type { Stanza } from '../../src/age/types.js';
import { generateIdentity, x25519Identity, x25519Recipient } from '../../src/age/x25519.js';
import { failure } from './failure.js';

// The pair of https://c2sp.org/age#the-x25519-recipient-type
const identityText = 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX';
const recipientText = 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj';
const secretWords = identityText.slice(16);

/** Every point that gives nobody a secret, as the sources of https://cr.yp.to/ecdh.html#validate list them. */
const lowOrder = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].flatMap((hex) => {
  const point = Buffer.from(hex, 'hex');
  const high = Buffer.from(point);
  high.writeUInt8(high.readUInt8(31) | 0x80, 31); // a bit that X25519 ignores
  return [point, high];
});

function pair() {
  const { identity, recipient } = generateIdentity();
  return { identity: x25519Identity(identity), recipient: x25519Recipient(recipient) };
}

describe('an age key', () => {
  it('is the one that age makes of the same secret', () => {
    expect(x25519Identity(identityText).recipient).toBe(recipientText);
    expect(x25519Recipient(recipientText).text).toBe(recipientText);
  });

  it('opens what was wrapped for it, and nothing else: null', () => {
    const [mine, other, fileKey] = [pair(), pair(), newFileKey()];
    const stanza = mine.recipient.wrap(fileKey) as Stanza;
    expect(mine.identity.unwrap([stanza])).toEqual(fileKey);
    expect(other.identity.unwrap([stanza])).toBeNull();
    expect(mine.identity.unwrap([other.recipient.wrap(fileKey) as Stanza, stanza])).toEqual(fileKey);
    expect(mine.identity.unwrap([{ args: ['x25519', stanza.args[1] ?? ''], body: stanza.body }])).toBeNull();
    expect(mine.identity.unwrap([])).toBeNull();
  });

  it('makes another stanza each time, which names nobody', () => {
    const [{ recipient }, fileKey] = [pair(), newFileKey()];
    const [a, b] = [recipient.wrap(fileKey) as Stanza, recipient.wrap(fileKey) as Stanza];
    expect(a.args[1]).not.toBe(b.args[1]);
    expect(Buffer.from(a.body).equals(b.body)).toBe(false);
  });

  it('gives a wrong answer for no change of a stanza', () => {
    const [{ identity, recipient }, fileKey] = [pair(), newFileKey()];
    fc.assert(
      fc.property(fc.nat(63), fc.nat(7), (place, bit) => {
        const { args, body } = recipient.wrap(fileKey) as Stanza;
        const bytes = Buffer.concat([Buffer.from(args[1] ?? '', 'base64'), body]);
        bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << bit), place);
        const changed = { args: ['X25519', encodeBase64(bytes.subarray(0, 32))], body: bytes.subarray(32) };
        // The highest bit of a point does not count in X25519, but it does in the salt.
        expect(identity.unwrap([changed])).toBeNull();
      }),
    );
  });

  it.each([
    ['no share', { args: ['X25519'], body: Buffer.alloc(32) }],
    ['two shares', { args: ['X25519', 'a', 'b'], body: Buffer.alloc(32) }],
    ['a short share', { args: ['X25519', encodeBase64(Buffer.alloc(31, 9))], body: Buffer.alloc(32) }],
    ['a padded share', { args: ['X25519', `${encodeBase64(Buffer.alloc(32, 9))}=`], body: Buffer.alloc(32) }],
    ['a long body', { args: ['X25519', encodeBase64(Buffer.alloc(32, 9))], body: Buffer.alloc(33) }],
    ['an empty body', { args: ['X25519', encodeBase64(Buffer.alloc(32, 9))], body: Buffer.alloc(0) }],
  ])('throws for a stanza with %s: mine or not, it is damaged', (_what, stanza) => {
    expect(failure(() => pair().identity.unwrap([stanza]))?.code).toBe('ERR_BLACKBOX_DAMAGED');
  });

  it.each(lowOrder.map((point) => [point.toString('hex'), point] as const))('refuses the point %s', (_hex, point) => {
    expect(sharedSecret(ephemeral().privateKey, importPublic(point))).toBeNull();
    const given = failure(() => x25519Recipient(encodeBech32('age', point)));
    expect(given?.code).toBe('ERR_BLACKBOX_BAD_RECIPIENT');
    const stanza = { args: ['X25519', encodeBase64(point)], body: Buffer.alloc(32) };
    expect(failure(() => pair().identity.unwrap([stanza]))?.code).toBe('ERR_BLACKBOX_DAMAGED');
  });
});

describe('what is no age key', () => {
  it.each([
    ['mistyped', recipientText.replace('lq', 'ql')],
    ['cut off', recipientText.slice(0, -1)],
    ['in upper case', recipientText.toUpperCase()],
    ['of another length', encodeBech32('age', Buffer.alloc(31, 9))],
    ['of another kind', encodeBech32('age1tag', Buffer.alloc(33, 9))],
    ['empty', ''],
  ])('a public key that is %s', (_what, text) => {
    expect(failure(() => x25519Recipient(text))?.code).toBe('ERR_BLACKBOX_BAD_RECIPIENT');
  });

  it.each([
    ['mistyped', identityText.replace('GF', 'FG')],
    ['in lower case', identityText.toLowerCase()],
    ['of another length', encodeBech32('AGE-SECRET-KEY-', Buffer.alloc(33)).toUpperCase()],
    ['of another kind', encodeBech32('AGE-SECRET-KEY-PQ-', Buffer.alloc(32)).toUpperCase()],
    ['public', recipientText],
  ])('a private key that is %s, without repeating it', (_what, text) => {
    const error = failure(() => x25519Identity(text));
    expect(error?.code).toBe('ERR_BLACKBOX_BAD_IDENTITY');
    expect(error?.message).not.toContain(secretWords.slice(10, 20));
  });

  it('a private key where a public one belongs, without repeating it', () => {
    const error = failure(() => x25519Recipient(identityText));
    expect(error?.code).toBe('ERR_BLACKBOX_PRIVATE_KEY_GIVEN');
    expect(`${error?.message}${error?.stack}`).not.toContain(secretWords.slice(0, 10));
  });
});

describe('primitives', () => {
  it('X25519 gives the answers of RFC 7748, section 6.1', () => {
    const hex = (text: string) => Buffer.from(text, 'hex');
    const alice = pairFrom(hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a')).privateKey;
    const bob = pairFrom(hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')).privateKey;
    const alicePublic = '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a';
    const bobPublic = 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f';
    const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
    expect(exportPublic(alice).toString('hex')).toBe(alicePublic);
    expect(exportPublic(bob).toString('hex')).toBe(bobPublic);
    expect(sharedSecret(alice, importPublic(hex(bobPublic)))?.toString('hex')).toBe(shared);
    expect(sharedSecret(bob, importPublic(hex(alicePublic)))?.toString('hex')).toBe(shared);
  });

  it('a private key imported the fast way is the one that DER gives', () => {
    const prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (scalar) => {
        const slow = createPrivateKey({ key: Buffer.concat([prefix, scalar]), format: 'der', type: 'pkcs8' });
        expect(exportPublic(pairFrom(scalar).privateKey)).toEqual(exportPublic(slow));
        expect(pairFrom(scalar).share).toEqual(exportPublic(slow));
        const share = importPublic(ephemeral().share);
        expect(sharedSecret(pairFrom(scalar).privateKey, share)).toEqual(sharedSecret(slow, share));
      }),
    );
  });

  it('hkdf is what node computes the long way', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.string(), (secret, salt, info) => {
        fc.pre(secret.length > 0 && Buffer.byteLength(info) <= 1024);
        expect(hkdf(secret, salt, info)).toEqual(Buffer.from(hkdfSync('sha256', secret, salt, info, 32)));
      }),
    );
  });

  it('a file key opens with its wrap key only', () => {
    const [wrapKey, fileKey] = [Buffer.alloc(32, 1), newFileKey()];
    const body = sealFileKey(wrapKey, fileKey);
    expect(openFileKey(wrapKey, body, 'test')).toEqual(fileKey);
    expect(openFileKey(Buffer.alloc(32, 2), body, 'test')).toBeNull();
    expect(failure(() => openFileKey(wrapKey, body.subarray(1), 'test'))?.code).toBe('ERR_BLACKBOX_DAMAGED');
  });
});
