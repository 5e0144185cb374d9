/** What an application encrypts opens for the same context, under one of its keys, in time; and in no other case. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { createCipher, Secret } from '../../src/index.js';

const [key, other] = [randomBytes(32).toString('base64'), randomBytes(32)];
const cipher = createCipher(new Secret(key));

const refusal = (code: string) => expect.objectContaining({ code: `ERR_BLACKBOX_${code}` });

describe('a cipher', () => {
  it('gives back what it took, text as text and bytes as bytes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array(),
        fc.string({ minLength: 1 }),
        (text, bytes, context) => {
          expect(cipher.decrypt(cipher.encrypt(text, context), context)).toBe(text);
          expect(cipher.decrypt(cipher.encrypt(bytes, context), context)).toEqual(Buffer.from(bytes));
        },
      ),
    );
    expectTypeOf(cipher.encrypt('x', 'c')).toEqualTypeOf<string>();
    expectTypeOf(() => cipher.decrypt(Buffer.alloc(0), 'c')).returns.toEqualTypeOf<Buffer>();
  });

  it('never says the same twice, nor anything of the value', () => {
    const tokens = new Set(Array.from({ length: 100 }, () => cipher.encrypt('hunter2', 'c')));
    expect(tokens.size).toBe(100);
    expect([...tokens].some((token) => Buffer.from(token, 'base64url').includes('hunter2'))).toBe(false);
    expect([...tokens].every((token) => /^[\w-]+$/.test(token))).toBe(true);
  });

  it('opens nothing in another place', () => {
    const token = cipher.encrypt('x', 'users.ssn:1');
    for (const context of ['users.ssn:2', 'users.ssn:1 ', 'users.ssn'])
      expect(() => cipher.decrypt(token, context)).toThrow(refusal('CANNOT_DECRYPT'));
    for (const context of ['', undefined, 1]) {
      expect(() => cipher.encrypt('x', context as string)).toThrow(refusal('BAD_OPTION'));
      expect(() => cipher.decrypt(token, context as string)).toThrow(refusal('BAD_OPTION'));
    }
  });

  it('takes nothing that would come back as something else, and never says what it was', () => {
    const odd = [
      42,
      4711n,
      null,
      undefined,
      ['hunter2'],
      { hunter2: 1 },
      new Date(4711),
      '\ud800hunter2',
      'hunter2\udc00',
    ];
    for (const value of odd) {
      const attempt = () => cipher.encrypt(value as string, 'c');
      expect(attempt).toThrow(refusal('BAD_OPTION'));
      expect(attempt).not.toThrow(/hunter2|42|4711/);
    }
    for (const token of [42, null, undefined, {}, [1]] as unknown as string[]) {
      expect(() => cipher.decrypt(token, 'c')).toThrow(refusal('CANNOT_DECRYPT'));
      expect(cipher.isCurrent(token)).toBe(false);
    }
    // As bytes, both of these are the same.
    for (const context of ['a\ud800', 'a\udfff'])
      expect(() => cipher.encrypt('x', context)).toThrow(refusal('BAD_OPTION'));
  });

  it('opens nothing that was altered, by a bit, a byte or an encoding', () => {
    const token = cipher.encrypt(Buffer.from('value'), 'c', { ttl: 60_000 });
    for (let bit = 0; bit < token.length * 8; bit++) {
      const altered = Buffer.from(token);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => cipher.decrypt(altered, 'c'), `bit ${bit}`).toThrow(refusal('CANNOT_DECRYPT'));
    }
    for (let length = 0; length < token.length; length++)
      expect(() => cipher.decrypt(token.subarray(0, length), 'c')).toThrow(refusal('CANNOT_DECRYPT'));
    const text = cipher.encrypt('value', 'c');
    for (const bad of [`${text}=`, `${text}A`, ` ${text}`, text.slice(1), '', 'no token'])
      expect(() => cipher.decrypt(bad, 'c')).toThrow(refusal('CANNOT_DECRYPT'));
    // Text is not taken for bytes, nor bytes for text.
    expect(() => cipher.decrypt(Buffer.from(text, 'base64url'), 'c')).toThrow(refusal('CANNOT_DECRYPT'));
    expect(() => cipher.decrypt(token.toString('base64url'), 'c')).toThrow(refusal('CANNOT_DECRYPT'));
  });

  it('rotates keys: the first writes, all read', () => {
    const old = cipher.encrypt('x', 'c');
    const both = createCipher([other, key]);
    expect(both.decrypt(old, 'c')).toBe('x');
    expect([both.isCurrent(old), cipher.isCurrent(old), both.isCurrent('nonsense')]).toEqual([false, true, false]);
    const fresh = both.encrypt('y', 'c');
    expect([both.isCurrent(fresh), createCipher(other).decrypt(fresh, 'c')]).toEqual([true, 'y']);
    expect(() => cipher.decrypt(fresh, 'c')).toThrow(
      expect.objectContaining({ message: expect.stringContaining('the key that it was encrypted under is not there') }),
    );
  });

  it('ends in time', () => {
    const token = cipher.encrypt('x', 'c', { ttl: 1000 });
    expect(cipher.decrypt(token, 'c')).toBe('x');
    vi.useFakeTimers({ now: Date.now() + 1001 });
    try {
      expect(() => cipher.decrypt(token, 'c')).toThrow(refusal('EXPIRED'));
    } finally {
      vi.useRealTimers();
    }
    // A limit that is misspelled, or not where it belongs, would be none.
    for (const options of [{ tll: 1000 }, 1000, [1000], null, 'x'])
      expect(() => cipher.encrypt('x', 'c', options as never)).toThrow(refusal('BAD_OPTION'));
    for (const ttl of [0, -1, Number.NaN, 1.5, '5' as unknown as number])
      expect(() => cipher.encrypt('x', 'c', { ttl })).toThrow(refusal('BAD_OPTION'));
  });

  it('takes no key that can be guessed, and repeats none', () => {
    for (const bad of [
      '',
      'password',
      'short but with many letters',
      'a'.repeat(64),
      5,
      null,
      undefined,
      new Secret(5),
      [],
    ]) {
      const attempt = () => createCipher(bad as string);
      expect(attempt).toThrow(refusal('BAD_OPTION'));
      if (typeof bad === 'string' && bad.length > 5) expect(attempt).not.toThrow(bad);
    }
  });
});
