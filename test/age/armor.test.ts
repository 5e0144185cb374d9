import { armor } from 'age-encryption';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeArmor, encodeArmor, isArmored } from '../../src/age/armor.js';
import { failure } from './failure.js';

const bytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 400 }),
  fc.constantFrom(48, 96).map((n) => new Uint8Array(n)),
);
const begin = '-----BEGIN AGE ENCRYPTED FILE-----';
const end = '-----END AGE ENCRYPTED FILE-----';

describe('armor', () => {
  it('gives back what was armored, and is what age-encryption writes', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        const text = encodeArmor(data);
        expect(text).toBe(armor.encode(data));
        expect(isArmored(Buffer.from(text))).toBe(true);
        expect(decodeArmor(Buffer.from(text))).toEqual(Buffer.from(data));
        expect(decodeArmor(Buffer.from(`\r\n \t${text.replaceAll('\n', '\r\n')}\n\n`))).toEqual(Buffer.from(data));
      }),
    );
  });

  it('decodes nothing but what it would write, give or take line endings and the space around', () => {
    fc.assert(
      fc.property(
        bytes,
        fc.nat(),
        fc.constantFrom('', 'A', '=', '\n', ' ', '-', '\r', '\t', '\u00a0', '_'),
        (data, at, character) => {
          const text = encodeArmor(data);
          const place = at % text.length;
          const changed = text.slice(0, place) + character + text.slice(place + 1);
          const decoded = tryDecode(changed);
          if (decoded) expect(encodeArmor(decoded).trim()).toBe(changed.replaceAll('\r\n', '\n').trim());
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['text before it', `hello\n${begin}\nAAAA\n${end}\n`],
    ['text after it', `${begin}\nAAAA\n${end}\nhello\n`],
    ['an empty line at the end', `${begin}\nAAAA\n\n${end}\n`],
    ['a short line before the last', `${begin}\nAAAA\nAAAA\n${end}\n`],
    ['a long line', `${begin}\n${'A'.repeat(68)}\n${end}\n`],
    ['no padding', `${begin}\nAAA\n${end}\n`],
    ['stray bits', `${begin}\nAB==\n${end}\n`],
    ['no end', `${begin}\nAAAA\n`],
    ['another label', `-----BEGIN MESSAGE-----\nAAAA\n-----END MESSAGE-----\n`],
    ['headers', `${begin}\nVersion: 1\n\nAAAA\n${end}\n`],
    ['a lone carriage return', `${begin}\rAAAA\n${end}\n`],
  ])('with %s is damaged', (_what, text) => {
    expect(failure(() => decodeArmor(Buffer.from(text)))?.code).toBe('ERR_BLACKBOX_DAMAGED');
  });

  it('says on which line', () => {
    const text = `${begin}\n${'A'.repeat(64)}\nAAAA\nAAAA\n${end}\n`;
    expect(failure(() => decodeArmor(Buffer.from(text)))?.message).toContain('armor line 3');
  });

  it('takes little space around it, and no more than fits in memory', () => {
    const text = `${begin}\nAAAA\n${end}\n`;
    expect(failure(() => decodeArmor(Buffer.from(' '.repeat(1025) + text)))?.message).toContain('white space');
    expect(failure(() => decodeArmor(Buffer.from(text + '\n'.repeat(1 << 20))))?.message).toContain('white space');
    expect(failure(() => decodeArmor(Buffer.alloc((64 << 20) + 1)))?.message).toContain('larger than');
  });

  it('is recognised by its first line alone', () => {
    expect(isArmored(Buffer.from(`${' '.repeat(1000)}${begin}`))).toBe(true);
    for (const text of ['', 'age-encryption.org/v1\n', 'x-----BEGIN AGE ENCRYPTED FILE-----', begin.toLowerCase()]) {
      expect(isArmored(Buffer.from(text))).toBe(false);
    }
  });
});

function tryDecode(text: string): Buffer | null {
  let decoded: Buffer | null = null;
  failure(() => {
    decoded = decodeArmor(Buffer.from(text, 'latin1'));
  });
  return decoded;
}
