/** The one pass that finds all keywords says what looking for each of them says. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildKeywords, findKeywords } from '../../src/guard/keywords.js';

function plainly(words: readonly string[], text: string): string[] {
  const found: [number, number][] = [];
  for (const [number, word] of words.entries()) {
    const lower = text.toLowerCase();
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + 1))
      found.push([at + word.length, number]);
  }
  return found.map(([end, number]) => `${end} ${number}`).sort();
}

function atOnce(words: readonly string[], text: string): string[] {
  const found: string[] = [];
  findKeywords(buildKeywords(words), new Uint8Array(Buffer.from(text, 'latin1')), (number, end) => {
    found.push(`${end} ${number}`);
  });
  return found.sort();
}

describe('keywords', () => {
  it('in each other, behind each other, in either case, once more under another number', () => {
    const words = ['he', 'she', 'his', 'hers', 'e', 'her', 's', 'ushers', 'sh'];
    for (const text of ['ushers', 'USHERS and his', 'sheshehers', '', 'x'])
      expect(atOnce(words, text)).toEqual(plainly(words, text));
  });

  it('whatever they are', () => {
    const word = fc.stringMatching(/^[ab_-]{1,6}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 1, maxLength: 12 }),
        fc.stringMatching(/^[abAB_x-]{0,60}$/),
        (words, text) => {
          expect(atOnce(words, text)).toEqual(plainly(words, text));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('too many are refused, not cut off', () => {
    expect(() => buildKeywords(Array.from({ length: 5000 }, (_, i) => `word${i}`))).toThrow(RangeError);
    expect(() => buildKeywords([Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('')])).toThrow(
      RangeError,
    );
  });
});
