/** Public keys of Ed25519, imported the fast way: the ones that DER gives, and none that is degenerate. */
import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ed25519PrivateKey, ed25519PublicKey, publicPoint } from '../../src/age/ed25519.js';

const spki = Buffer.from('302a300506032b6570032100', 'hex');

it('a public key imported the fast way is the one that DER gives', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
      const point = publicPoint(ed25519PrivateKey(seed));
      const slow = createPublicKey({ key: Buffer.concat([spki, point]), format: 'der', type: 'spki' });
      expect(ed25519PublicKey(point)?.equals(slow)).toBe(true);
    }),
  );
});

it.each([
  ['of small order', `01${'00'.repeat(31)}`],
  ['of small order, with the sign bit set', `01${'00'.repeat(30)}80`],
  ['not reduced', `ee${'ff'.repeat(30)}7f`],
  ['too short', '00'.repeat(31)],
])('a point that is %s is no key', (_, hex) => {
  expect(ed25519PublicKey(Buffer.from(hex, 'hex'))).toBeNull();
});
