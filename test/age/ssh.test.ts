import { createHash, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportPublic, pairFrom } from '../../src/age/curve25519.js';
import { parseRecipient } from '../../src/age/recipients.js';
import { ed25519Point, ed25519ToX25519, sshEd25519Identity, sshEd25519Recipient } from '../../src/age/ssh-ed25519.js';
import {
  parseSshPublicKey,
  parseSshWire,
  sshKeyObject,
  sshKeyText,
  sshTag,
  wireMpint,
  wireReader,
  wireString,
} from '../../src/age/ssh-format.js';
import { sshRsaIdentity, sshRsaRecipient } from '../../src/age/ssh-rsa.js';
import type { Stanza } from '../../src/age/types.js';
import { ed25519Line, ed25519Wire, rsaLine, rsaWire, seedOf } from './keys.js';

const bad = (sentence: RegExp) =>
  expect.objectContaining({ code: 'ERR_BLACKBOX_BAD_RECIPIENT', sentence: expect.stringMatching(sentence) });
const damaged = expect.objectContaining({ code: 'ERR_BLACKBOX_DAMAGED' });

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const fileKeys = fc.uint8Array({ minLength: 16, maxLength: 16 });

function ed25519(seed: Uint8Array) {
  const key = parseSshWire(ed25519Wire(seed));
  if (key.type !== 'ssh-ed25519') throw new Error('not Ed25519');
  return { recipient: sshEd25519Recipient(key), identity: sshEd25519Identity(seed, key) };
}

const rsaPair = generateKeyPairSync('rsa', { modulusLength: 2048 });

function rsa() {
  const key = parseSshWire(rsaWire(rsaPair.privateKey));
  if (key.type !== 'ssh-rsa') throw new Error('not RSA');
  return { recipient: sshRsaRecipient(key), identity: sshRsaIdentity(rsaPair.privateKey, key), key };
}

const alice = ed25519(seedOf('alice'));
const fileKey = Buffer.from('0123456789abcdef');

describe('the map from Ed25519 to X25519', () => {
  it('agrees with the private side for every key', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const scalar = createHash('sha512').update(seed).digest().subarray(0, 32);
        expect(ed25519ToX25519(ed25519Point(seed))).toEqual(exportPublic(pairFrom(scalar).privateKey));
      }),
    );
  });

  it('refuses what is no point of the curve, as half of all mistyped keys', () => {
    const point = ed25519Point(seedOf('typing'));
    let refused = 0;
    for (let bit = 0; bit < 200; bit++) {
      const mistyped = Buffer.from(point);
      mistyped[bit >> 3] = (mistyped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      try {
        ed25519ToX25519(mistyped);
      } catch (error) {
        expect(error).toEqual(bad(/no point of the curve/));
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(60);
    expect(refused).toBeLessThan(140);
  });

  it.each([
    ['the neutral element', `01${'00'.repeat(31)}`],
    ['order 2', `ec${'ff'.repeat(30)}7f`],
    ['order 4', '00'.repeat(32)],
    ['order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['order 8, other sign', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
    ['1 not reduced', `ee${'ff'.repeat(30)}7f`],
    ['0 not reduced', `ed${'ff'.repeat(30)}7f`],
    ['the largest encoding', 'ff'.repeat(32)],
  ])('refuses points of small order and numbers out of range: %s', (_, hex) => {
    const wire = Buffer.concat([wireString('ssh-ed25519'), wireString(Buffer.from(hex, 'hex'))]);
    expect(() => parseRecipient(`ssh-ed25519 ${wire.toString('base64')}`)).toThrow(bad(/point/));
  });
});

describe('ssh-ed25519 stanzas', () => {
  it('round trip', () => {
    fc.assert(
      fc.property(seeds, fileKeys, (seed, key) => {
        const { recipient, identity } = ed25519(seed);
        const stanza = recipient.wrap(key) as Stanza;
        expect(stanza.args).toHaveLength(3);
        expect(stanza.body).toHaveLength(32);
        expect(identity.unwrap([stanza])).toEqual(Buffer.from(key));
        expect(identity.recipient).toBe(recipient.text);
      }),
      { numRuns: 30 },
    );
  });

  it('never repeat', () => {
    const [one, two] = [alice.recipient.wrap(fileKey) as Stanza, alice.recipient.wrap(fileKey) as Stanza];
    expect(one.args[1]).toBe(two.args[1]);
    expect(one.args[2]).not.toBe(two.args[2]);
    expect(one.body).not.toEqual(two.body);
  });

  it('answer null to everybody else', () => {
    const stanza = alice.recipient.wrap(fileKey) as Stanza;
    expect(ed25519(seedOf('bob')).identity.unwrap([stanza])).toBeNull();
    expect(rsa().identity.unwrap([stanza])).toBeNull();
    expect(alice.identity.unwrap([])).toBeNull();
    expect(alice.identity.unwrap([{ args: ['X25519', ...stanza.args.slice(1)], body: stanza.body }])).toBeNull();
    expect(alice.identity.unwrap([{ args: ['ssh-ed25519'], body: stanza.body }])).toBeNull();
  });

  it('open although another, broken one carries the same 32-bit tag before them', () => {
    const stanza = alice.recipient.wrap(fileKey) as Stanza;
    const forged = { ...(ed25519(seedOf('mallory')).recipient.wrap(fileKey) as Stanza) };
    const collision = { args: ['ssh-ed25519', stanza.args[1] ?? '', forged.args[2] ?? ''], body: forged.body };
    expect(alice.identity.unwrap([collision, stanza])).toEqual(fileKey);
    expect(() => alice.identity.unwrap([collision])).toThrow(damaged);
  });

  it('throw when they are ours and malformed', () => {
    const { args, body } = alice.recipient.wrap(fileKey) as Stanza;
    const [type = '', tag = '', share = ''] = args;
    const malformed: Stanza[] = [
      { args: [type, tag], body },
      { args: [type, tag, share, 'more'], body },
      { args: [type, tag, `${share}=`], body },
      { args: [type, tag, share.slice(1)], body },
      { args: [type, tag, Buffer.alloc(32).toString('base64').replace('=', '')], body },
      { args, body: body.subarray(1) },
      { args, body: Buffer.concat([body, Buffer.alloc(1)]) },
      { args, body: Buffer.from(body).fill(0, 0, 1) },
    ];
    for (const stanza of malformed) expect(() => alice.identity.unwrap([stanza])).toThrow(damaged);
  });
});

describe('ssh-rsa stanzas', () => {
  const { recipient, identity, key } = rsa();

  it('round trip', () => {
    fc.assert(
      fc.property(fileKeys, (bytes) => {
        const stanza = recipient.wrap(bytes) as Stanza;
        expect(stanza.args).toEqual(['ssh-rsa', sshTag(key.wire)]);
        expect(identity.unwrap([stanza])).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 20 },
    );
  });

  it('throw when they are ours and malformed', () => {
    const { args, body } = recipient.wrap(fileKey) as Stanza;
    const malformed: Stanza[] = [
      { args: [...args, 'more'], body },
      // Not the first byte: where it is zero, the number is the same without it.
      { args, body: body.subarray(0, -1) },
      { args, body: Buffer.alloc(256) },
      { args, body: Buffer.alloc(300, 1) },
      recipient.wrap(Buffer.alloc(15)) as Stanza,
    ];
    for (const stanza of malformed) expect(() => identity.unwrap([stanza])).toThrow(damaged);
    expect(identity.unwrap([{ args: ['ssh-rsa', 'AAAAAA'], body }])).toBeNull();
  });
});

describe('SSH public keys as text', () => {
  const wire = ed25519Wire(seedOf('text'));
  const base64 = wire.toString('base64');

  it('are the same key whatever the comment', () => {
    const plain = parseSshPublicKey(`ssh-ed25519 ${base64}`);
    const commented = parseSshPublicKey(`  ssh-ed25519\t${base64}  alice on laptop \r\n`);
    expect(plain.comment).toBe('');
    expect(commented.comment).toBe('alice on laptop');
    expect(sshKeyText(commented)).toBe(`ssh-ed25519 ${base64}`);
    expect(sshKeyText(plain)).toBe(sshKeyText(commented));
  });

  it('can be read as anything without anything but a refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.uint8Array().map((bytes) => `ssh-ed25519 ${Buffer.from(bytes).toString('base64')}`),
        ),
        (text) => {
          expect(() => parseSshPublicKey(text)).toThrow(
            expect.objectContaining({ code: 'ERR_BLACKBOX_BAD_RECIPIENT' }),
          );
        },
      ),
    );
  });

  it.each([
    ['no base64', 'ssh-ed25519', /after its type is missing/],
    ['not base64', 'ssh-ed25519 !!!!', /base64 is not valid/],
    ['cut', `ssh-ed25519 ${base64.slice(0, -8)}`, /it ends too early/],
    ['not canonical', `ssh-ed25519 ${base64.replace(/.$/, '=')}`, /base64 is not valid/],
    [
      'something after it',
      `ssh-ed25519 ${Buffer.concat([wire, Buffer.alloc(3)]).toString('base64')}`,
      /something follows/,
    ],
    ['another type in front', `ssh-rsa ${base64}`, /says ssh-rsa in front and something else inside/],
    [
      'an unknown type inside',
      `ssh-ed25519 ${wireString('ssh-ed448').toString('base64')}`,
      /type ssh-ed448 cannot be used/,
    ],
    [
      '31 bytes',
      `ssh-ed25519 ${Buffer.concat([wireString('ssh-ed25519'), wireString(Buffer.alloc(31))]).toString('base64')}`,
      /32 bytes, not 31/,
    ],
    ['endless', `ssh-ed25519 ${'A'.repeat(40_000)}`, /longer than any key/],
    ['a length of 4 GiB', `ssh-ed25519 ${Buffer.from('ffffffff', 'hex').toString('base64')}`, /it ends too early/],
    ['DSA', 'ssh-dss AAAAB3NzaC1kc3M= old', /type ssh-dss .*only ssh-ed25519 and ssh-rsa/],
    ['ECDSA', 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY= x', /only ssh-ed25519 and ssh-rsa/],
    ['a security key', 'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaA== x', /security tokens can sign, but not decrypt/],
    ['a certificate', 'ssh-ed25519-cert-v01@openssh.com AAAAIHNzaA== x', /certificate/],
    ['control characters as a type', 'ssh-\u001b[2Jx AAAA', /type ssh-\\u\{1b\}\[2Jx/],
  ])('are refused: %s', (_, line, sentence) => {
    expect(() => parseSshPublicKey(line)).toThrow(bad(sentence));
  });

  function rsaText(n: Buffer, e: Buffer): string {
    return `ssh-rsa ${Buffer.concat([wireString('ssh-rsa'), wireString(e), wireString(n)]).toString('base64')}`;
  }
  const odd = (bytes: number) => Buffer.concat([Buffer.of(0), Buffer.alloc(bytes, 0xff)]);
  const f4 = Buffer.of(1, 0, 1);

  it.each([
    ['2047 bits', rsaText(Buffer.concat([Buffer.of(0x7f), Buffer.alloc(255, 0xff)]), f4), /2047 bits is too weak/],
    ['no bits', rsaText(Buffer.alloc(0), f4), /0 bits is too weak/],
    [
      '16,385 bits',
      rsaText(Buffer.concat([Buffer.of(1), Buffer.alloc(2048, 0xff)]), f4),
      /16385 bits is more than ssh-keygen makes/,
    ],
    ['an even modulus', rsaText(Buffer.concat([Buffer.of(0), Buffer.alloc(256, 0xfe)]), f4), /even/],
    ['exponent 1', rsaText(odd(256), Buffer.of(1)), /exponent/],
    ['an even exponent', rsaText(odd(256), Buffer.of(4)), /exponent/],
    ['a huge exponent', rsaText(odd(256), Buffer.of(1, 0, 0, 1)), /exponent/],
    ['zeros in front', rsaText(Buffer.concat([Buffer.of(0), odd(256)]), f4), /shortest form/],
    ['a negative number', rsaText(Buffer.alloc(256, 0xff), f4), /shortest form/],
  ])('RSA is refused: %s', (_, line, sentence) => {
    expect(() => parseSshPublicKey(line)).toThrow(bad(sentence));
  });

  it('take RSA from 2048 to 16,384 bits', () => {
    for (const bytes of [256, 2048]) expect(parseSshPublicKey(rsaText(odd(bytes), f4)).type).toBe('ssh-rsa');
  });

  it('become keys of node:crypto', () => {
    expect(sshKeyObject(parseSshPublicKey(ed25519Line(seedOf('x')))).asymmetricKeyType).toBe('ed25519');
    expect(sshKeyObject(parseSshPublicKey(rsaLine(rsaPair.privateKey))).equals(rsaPair.publicKey)).toBe(true);
  });

  it('have numbers that survive the wire', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 200n }), (value) => {
        const hex = value.toString(16);
        const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
        const read = wireReader(wireMpint(Buffer.concat([Buffer.alloc(2), bytes]))).mpint();
        expect(BigInt(`0x0${read.toString('hex')}`)).toBe(value);
      }),
    );
  });
});
