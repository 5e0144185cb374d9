import { execFileSync } from 'node:child_process';
import { type createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { derivedSigner, verifySignature } from '../../src/age/signing.js';
import { parseSshWire, sshKeyText, wireMpint, wireString } from '../../src/age/ssh-format.js';
import { sshSigner, unarmorSshSignature, verifySshSignature } from '../../src/age/sshsig.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'blackbox-signing-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the signing key of an age identity', () => {
  it('is the same each time, and another for each identity', () => {
    const secret = randomBytes(32);
    expect(derivedSigner(secret).key).toBe(derivedSigner(secret).key);
    expect(derivedSigner(secret).key).not.toBe(derivedSigner(randomBytes(32)).key);
    expect(derivedSigner(secret).key).toMatch(/^ed25519 [A-Za-z0-9+/]{43}=$/);
  });

  it('is the one that the format document gives for the secret of 32 zero bytes', () => {
    expect(derivedSigner(Buffer.alloc(32)).key).toMatchInlineSnapshot(
      `"ed25519 RwCEWVGFQW2jE81IRIkjg9qhRjBgzLPOz9FwMBI0fEg="`,
    );
  });

  it('signs so that no other message, key or signature passes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(63),
        fc.integer({ min: 1, max: 255 }),
        (message, at, flip) => {
          const signer = derivedSigner(randomBytes(32));
          const signature = Buffer.from(signer.sign(message) as Uint8Array);
          expect(verifySignature(signer.key, message, signature)).toBe(true);
          expect(verifySignature(signer.key, Buffer.concat([message, Buffer.of(0)]), signature)).toBe(false);
          expect(verifySignature(derivedSigner(randomBytes(32)).key, message, signature)).toBe(false);
          signature[at] = (signature[at] ?? 0) ^ flip;
          expect(verifySignature(signer.key, message, signature)).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['of order 1', `01${'00'.repeat(31)}`],
    ['of order 4', '00'.repeat(32)],
    ['of order 8', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['with the sign bit', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'],
    ['not reduced', `ee${'ff'.repeat(30)}7f`],
  ])('never verifies under a point %s', (_what, hex) => {
    const key = `ed25519 ${Buffer.from(hex, 'hex').toString('base64')}`;
    // With a key of order 1, R = B and s = 1 would be a good signature of everything.
    const forged = Buffer.concat([
      Buffer.from(`58${'66'.repeat(31)}`, 'hex'),
      Buffer.from(`01${'00'.repeat(31)}`, 'hex'),
    ]);
    expect(verifySignature(key, Buffer.from('anything'), forged)).toBe(false);
  });
});

function rsaLine(): { line: string; privateKey: ReturnType<typeof createPrivateKey> } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const parts = [wireString('ssh-rsa'), wireMpint(Buffer.from(e, 'base64url')), wireMpint(Buffer.from(n, 'base64url'))];
  return { line: sshKeyText(parseSshWire(Buffer.concat(parts))), privateKey };
}

function edLine(): { line: string; privateKey: ReturnType<typeof createPrivateKey> } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const wire = Buffer.concat([wireString('ssh-ed25519'), wireString(Buffer.from(x, 'base64url'))]);
  return { line: sshKeyText(parseSshWire(wire)), privateKey };
}

function keygen(args: readonly string[], input?: Uint8Array): string {
  return execFileSync('ssh-keygen', args, { input, stdio: ['pipe', 'pipe', 'pipe'] }).toString();
}

describe.each([
  ['ed25519', edLine],
  ['rsa', rsaLine],
])('SSH signatures with %s', (kind, make) => {
  it('of ours are good to ssh-keygen', () => {
    const { line, privateKey } = make();
    const message = randomBytes(100);
    const blob = Buffer.from(sshSigner(line, privateKey).sign(message) as Uint8Array);
    const armored = `-----BEGIN SSH SIGNATURE-----\n${blob.toString('base64').replace(/.{70}/g, '$&\n')}\n-----END SSH SIGNATURE-----\n`;
    writeFileSync(join(folder, 'sig'), armored);
    writeFileSync(join(folder, 'allowed'), `somebody ${line}\n`);
    const args = [
      '-Y',
      'verify',
      '-n',
      'blackbox-ts',
      '-f',
      join(folder, 'allowed'),
      '-I',
      'somebody',
      '-s',
      join(folder, 'sig'),
    ];
    expect(keygen(args, message)).toContain('Good "blackbox-ts" signature');
    expect(() => keygen(args, Buffer.from('another'))).toThrow();
  });

  it('of ssh-keygen are good to us, for our namespace only', () => {
    const file = join(folder, `id_${kind}`);
    keygen(['-q', '-t', kind, '-N', '', '-C', '', '-f', file]);
    const line = readFileSync(`${file}.pub`, 'utf8').trim();
    const message = randomBytes(50);
    const signature = unarmorSshSignature(keygen(['-Y', 'sign', '-n', 'blackbox-ts', '-f', file], message));
    expect(verifySshSignature(line, message, signature)).toBe(true);
    expect(verifySignature(line, message, signature)).toBe(true);
    expect(verifySshSignature(line, Buffer.from('another'), signature)).toBe(false);
    expect(verifySshSignature(make().line, message, signature)).toBe(false);
    const foreign = unarmorSshSignature(keygen(['-Y', 'sign', '-n', 'git', '-f', file], message));
    expect(verifySshSignature(line, message, foreign)).toBe(false);
    const weaker = unarmorSshSignature(
      keygen(['-Y', 'sign', '-n', 'blackbox-ts', '-O', 'hashalg=sha256', '-f', file], message),
    );
    expect(verifySshSignature(line, message, weaker)).toBe(true);
  });

  it('are refused when a byte is changed or missing, without throwing', () => {
    const { line, privateKey } = make();
    const message = Buffer.from('message');
    const blob = Buffer.from(sshSigner(line, privateKey).sign(message) as Uint8Array);
    for (let i = 0; i < blob.length; i += 7) {
      const flipped = Buffer.from(blob);
      flipped[i] = (flipped[i] ?? 0) ^ 1;
      expect(verifySshSignature(line, message, flipped)).toBe(false);
      expect(verifySshSignature(line, message, blob.subarray(0, i))).toBe(false);
    }
    expect(verifySshSignature(line, message, Buffer.concat([blob, Buffer.of(0)]))).toBe(false);
  });
});
