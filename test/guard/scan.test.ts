/** Known values are found in every form, nowhere else, and in linear time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decoders } from '../../src/guard/decoders.js';
import { scan } from '../../src/guard/index.js';
import { match, matchPlainly } from '../../src/guard/matcher.js';
import { isWorthKnowing } from '../../src/guard/worth.js';
import { encodings } from './encodings.js';
import { knowing, secret } from './state.js';

const knowingValue = (value: string) => knowing({ 'config/prod.json': JSON.stringify({ db: { password: value } }) });
/** As a file would hold it: something before, something after. */
const framed = (bytes: Buffer, before = 'const x = "', after = '";\n') =>
  Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
const framedUtf16 = (bytes: Buffer) => Buffer.concat([Buffer.from([0xff, 0, 0]), bytes, Buffer.from([0, 0])]);

const base62 = fc.string({
  unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'),
  minLength: 6,
  maxLength: 64,
});
const printable = fc.string({ unit: 'grapheme-ascii', minLength: 6, maxLength: 40 });
const foreign = fc.string({ unit: fc.constantFrom(...'äöüßéñçаяжαβωשלם日本語🔑aZ9!'), minLength: 6, maxLength: 24 });
const value = fc
  .oneof(base62, printable, foreign)
  .filter((v) => v === v.trim() && !/[\r\n]/.test(v) && isWorthKnowing(v, 'password'))
  // Of an assignment or a URL, parts are known, not the whole; that is the harvest's test.
  .filter((v) => Buffer.byteLength(v) <= 256);

describe('every encoding of every value is found', () => {
  for (const [name, encode] of Object.entries(encodings)) {
    it(name, () => {
      fc.assert(
        fc.property(value, (v) => {
          // UTF-16 without a byte order mark is told from other bytes by its small code units only.
          fc.pre(!name.includes('UTF-16') || /^[\u0020-\u07ff]*$/.test(v));
          const encoded = encode(Buffer.from(v));
          const content = name.startsWith('UTF-16') ? framedUtf16(encoded) : framed(encoded);
          const hits = scan(knowingValue(v), content);
          expect(hits.map((hit) => hit.label)).toContain('db.password in config/prod.json');
          expect(JSON.stringify(hits)).not.toContain(JSON.stringify(v).slice(1, -1));
        }),
        { numRuns: 60 },
      );
    });
  }
});

describe('where it stands', () => {
  const password = secret('kT7', 'wQz', '93xLm', 'Vb2pR8sD');
  const known = knowingValue(password);
  const at = (content: string) => scan(known, Buffer.from(content)).map(({ offset, encoding }) => [offset, encoding]);

  it('is told for each form, by the plainest name', () => {
    expect(at(`a = "${password}"`)).toEqual([[5, '']]);
    expect(at(`a = "${Buffer.from(password).toString('base64')}"`)).toEqual([[5, 'base64']]);
    expect(at(`a = "${Buffer.from(password).toString('hex')}"`)).toEqual([[5, 'hex']]);
    expect(at(`a = "\\u${password.charCodeAt(0).toString(16).padStart(4, '0')}${password.slice(1)}"`)).toEqual([
      [5, 'escaped'],
    ]);
    expect(at(`a = "${Buffer.from(JSON.stringify(`\t${password}`)).toString('base64')}"`)).toEqual([[9, 'base64']]);
  });

  it('is told for values in a wrapped text', () => {
    const long = Buffer.from(`${'x'.repeat(70)} ${password} ${'y'.repeat(70)}`).toString('base64');
    const lines = (long.match(/.{1,76}/g) ?? []).join('\n');
    const [hit] = scan(known, Buffer.from(lines));
    const before = lines.slice(0, hit?.offset).replaceAll('\n', '');
    expect(Math.floor((before.length * 3) / 4)).toBeGreaterThanOrEqual(69);
    expect(Math.floor((before.length * 3) / 4)).toBeLessThanOrEqual(71);
  });

  it('is found across the pieces that large files are scanned in', () => {
    const mebi = 1 << 20;
    for (const offset of [0, 1, mebi - 10, mebi, mebi + 16380, mebi + 16384 - 10, 2 * mebi + 3, 3 * mebi - 30]) {
      const content = Buffer.alloc(3 * mebi, '.');
      content.write(password, offset);
      expect(scan(known, content).map((hit) => hit.offset)).toEqual([offset]);
    }
  });

  it('is told at most twenty times a file', () => {
    expect(scan(known, Buffer.from(`${password}\n`.repeat(10_000)))).toHaveLength(20);
  });

  it('shows two characters of long values, none of short ones', () => {
    const short = secret('hun', 'ter', '2x');
    expect(scan(known, Buffer.from(password))[0]?.masked).toBe('kT…, 19 characters');
    expect(scan(knowingValue(short), Buffer.from(short))[0]?.masked).toBe('8 characters');
  });
});

describe('what is no leak', () => {
  const short = secret('hun', 'ter', '2x');
  const long = secret('kT7wQz', '93xLmVb2pR8sD');
  const count = (v: string, content: string) => scan(knowingValue(v), Buffer.from(content)).length;

  it('a short value inside a longer word is not one, in any encoding', () => {
    for (const around of [`a${short}`, `${short}z`, `1${short}`, `é${short}`]) {
      expect(count(short, `x = ${around};`)).toBe(0);
      expect(count(short, Buffer.from(around).toString('base64'))).toBe(0);
      expect(count(short, Buffer.from(around).toString('hex'))).toBe(0);
    }
    for (const around of [short, `(${short})`, `_${short}-`, `${short}.`, `://${short}@`])
      expect(count(short, around)).toBe(1);
  });

  it('a long one is, wherever it stands', () => {
    expect(count(long, `prefix${long}suffix`)).toBe(1);
    expect(count(long, Buffer.from(`prefix${long}suffix`).toString('base64'))).toBe(1);
  });

  it('nothing is found in other text, and the fast matcher says what the plain one says', () => {
    const keys = fc.dictionary(fc.constantFrom('password', 'token', 'secret', 'key'), value, { minKeys: 1 });
    fc.assert(
      fc.property(keys, fc.uint8Array({ maxLength: 2000 }), fc.boolean(), (values, noise, planted) => {
        const { matcher } = knowing({ 's.json': JSON.stringify(values) });
        const text = Object.values(values).join(' and ');
        const content = planted ? Buffer.concat([noise, Buffer.from(` ${text} `), noise]) : noise;
        const fast = match(matcher, new Uint8Array(content), Number.POSITIVE_INFINITY);
        expect(fast).toEqual(matchPlainly(matcher, new Uint8Array(content)));
        expect(fast.length > 0).toBe(planted && matcher.values.size > 0);
      }),
      { numRuns: 300 },
    );
  });

  it('another value of the same kind is not found', () => {
    fc.assert(
      fc.property(base62, base62, (mine, other) => {
        fc.pre(isWorthKnowing(mine, 'password') && !other.includes(mine));
        expect(scan(knowingValue(mine), framed(Buffer.from(other)))).toEqual([]);
      }),
    );
  });
});

describe('effort', () => {
  const value = secret('sk_live_', '51H8xAbC', 'dEfGhIjKlMnOp');
  const known = knowingValue(value);
  const inputs: Record<string, (bytes: number) => string> = {
    'the beginning of a value, repeated': (n) => value.slice(0, 14).repeat(n / 14),
    'all but the end of a value, repeated': (n) => value.slice(0, -1).repeat(n / (value.length - 1)),
    'one line of base64': (n) => Buffer.alloc((n * 3) / 4, 'some text, ').toString('base64'),
    'base64 of base64': (n) => Buffer.from(Buffer.alloc((n * 9) / 16, 'text').toString('base64')).toString('base64'),
    'hexadecimal digits': (n) => '6162636465'.repeat(n / 10),
    'percent signs': (n) => '%'.repeat(n),
    'percent escapes': (n) => '%25'.repeat(n / 3),
    backslashes: (n) => '\\'.repeat(n),
    'unicode escapes': (n) => '\\u005c'.repeat(n / 6),
    ampersands: (n) => '&#x26;'.repeat(n / 6),
    'zero bytes': (n) => '\0'.repeat(n),
    'UTF-16': (n) => 'a\0'.repeat(n / 2),
    'nested brackets': (n) => '['.repeat(n),
  };

  /** Bytes that decoders write when they are applied to each other's output: what scanning costs, counted and not timed. */
  function work(bytes: Uint8Array, depth = 2): number {
    if (depth === 0) return bytes.length;
    const outputs = decoders.map((decoder) => {
      const out = new Uint8Array(bytes.length * decoder.growth + 16);
      return out.subarray(0, decoder.decode(bytes, out, known.matcher.sought));
    });
    return bytes.length + outputs.reduce((sum, out) => sum + work(out, depth - 1), 0);
  }

  for (const [name, make] of Object.entries(inputs)) {
    it(`${name}: grows with the input, not faster`, () => {
      const small = work(Buffer.from(make(50_000)));
      const large = work(Buffer.from(make(200_000)));
      expect(large).toBeLessThan(small * 4.2);
      expect(large).toBeLessThan(200_000 * 40);
    });
  }

  it('a megabyte of each is scanned without finding anything', () => {
    for (const make of Object.values(inputs)) expect(scan(known, Buffer.from(make(1 << 20)))).toEqual([]);
  }, 60_000);

  it('decoders never write more than they said', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, narrow) => {
        for (const decoder of decoders) {
          const limit = bytes.length * decoder.growth + 16;
          const out = new Uint8Array(limit);
          const written = decoder.decode(bytes, out, { ascii: narrow, anchored: narrow, longest: 20 });
          expect(written).toBeLessThanOrEqual(limit);
        }
      }),
      { numRuns: 500 },
    );
  });
});
