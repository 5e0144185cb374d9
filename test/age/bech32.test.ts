import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBech32, encodeBech32 } from '../../src/age/bech32.js';

const prefix = fc.stringMatching(/^[a-z][a-z0-9-]{0,18}$/);
const bytes = fc.uint8Array({ maxLength: 1300 });
// The example of https://c2sp.org/age#the-x25519-recipient-type
const example = 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj';

describe('bech32', () => {
  it('takes the shortest data there is', () => {
    expect(decodeBech32('age1qqpexly5')?.bytes).toEqual(Buffer.of(0));
  });

  it('gives back what was encoded, in either case', () => {
    fc.assert(
      fc.property(prefix, bytes, (name, data) => {
        const text = encodeBech32(name, data);
        expect(decodeBech32(text)).toEqual({ prefix: name, bytes: Buffer.from(data) });
        expect(decodeBech32(text.toUpperCase())).toEqual({ prefix: name.toUpperCase(), bytes: Buffer.from(data) });
      }),
    );
  });

  it('never accepts a text with one character changed, dropped, doubled or swapped with its neighbour', () => {
    fc.assert(
      fc.property(
        fc.nat(example.length - 2),
        fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7lb1-A'),
        (at, character) => {
          const [before, it, after] = [example.slice(0, at), example.slice(at, at + 1), example.slice(at + 1)];
          const changed = [before + character + after, before + after, before + it + it + after];
          changed.push(before + after.slice(0, 1) + it + after.slice(1));
          for (const text of changed) if (text !== example) expect(decodeBech32(text)).toBeNull();
        },
      ),
    );
  });

  it.each([
    ['mixed case', example.replace('z', 'Z')],
    ['no separator', 'zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj'],
    ['no prefix', '1nwldj5'],
    ['a checksum that is too short', 'age1qqqqq'],
    ['a space in the prefix', encodeBech32('a b', Buffer.of(1))],
    ['a Bech32m checksum (BIP 350)', 'abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx'],
    ['an empty text', ''],
    ['five bits that belong to no byte', 'age1qdd35qf'],
    ['left-over bits that are not zero', 'age1qpu0j2ex'],
    ['a text that is longer than any key', encodeBech32('age', Buffer.alloc(4096))],
  ])('refuses %s', (_what, text) => {
    expect(decodeBech32(text)).toBeNull();
  });

  it.each([
    // https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki#test-vectors
    ['A12UEL5L', 'A', ''],
    ['abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw', 'abcdef', '00443214c74254b635cf84653a56d7c675be77df'],
    [
      'split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w',
      'split',
      'c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d',
    ],
  ])('BIP 173: %s', (text, expectedPrefix, hex) => {
    expect(decodeBech32(text)).toEqual({ prefix: expectedPrefix, bytes: Buffer.from(hex, 'hex') });
  });
});
