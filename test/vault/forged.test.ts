/** Leaving versions out of a history: what is left says what a history without them would say. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PathChange } from '../../src/host/types.js';
import { without } from '../../src/vault/forged.js';
import { isOlder } from '../../src/vault/older.js';
import { note, type Past } from '../../src/vault/past.js';
import { at } from './world.js';

const commit = { id: '', author: '', date: '', subject: '' };
const none = '0'.repeat(40);

/** The changes of one file that held these blobs one after the other, newest first. */
function changesOf(blobs: readonly string[]): PathChange[] {
  return blobs
    .map((oid, i) => ({ path: 'a.age', status: oid === none ? 'D' : 'M', oid, before: blobs[i - 1] ?? none, commit }))
    .filter(({ oid, before }) => oid !== before)
    .reverse();
}

function isNowOlder(changes: readonly PathChange[], oid: string): boolean {
  const versions: Past = new Map();
  for (const change of changes.toReversed()) note(versions, change);
  return isOlder({ versions }, at('a'), oid);
}

it('whatever was forged, deleted and brought back', () => {
  const blob = fc.constantFrom('a', 'b', 'c', 'f1', 'f2', none);
  const forged = new Set(['f1', 'f2']);
  fc.assert(
    fc.property(fc.array(blob, { maxLength: 10 }), (blobs) => {
      const left = without(changesOf(blobs), forged);
      const honest = changesOf(blobs.filter((oid) => !forged.has(oid)));
      expect(left.every(({ oid, before }) => !forged.has(oid) && !forged.has(before))).toBe(true);
      for (const oid of ['a', 'b', 'c']) {
        // Where a forged blob came more than once, what it was put over is not one thing: then rather too much is older than too little.
        if (isNowOlder(honest, oid)) expect(isNowOlder(left, oid)).toBe(true);
        const once = [...forged].every((f) => blobs.filter((one, i) => one === f && blobs[i - 1] !== f).length < 2);
        if (once) expect(isNowOlder(left, oid)).toBe(isNowOlder(honest, oid));
      }
    }),
    { numRuns: 2000 },
  );
});
