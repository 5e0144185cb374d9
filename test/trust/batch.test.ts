import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leadsTo, leafHash, merkle, type Proof, proofLength, rootOf, treeWith } from '../../src/trust/batch.js';

/** RFC 6962, section 2.1, word for word: the reference that the fast one is held against. */
function reference(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves;
  if (leaves.length === 1 && first !== undefined) return first;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return createHash('sha256')
    .update(Buffer.of(1))
    .update(reference(leaves.slice(0, k)))
    .update(reference(leaves.slice(k)))
    .digest();
}

const leavesOf = (n: number) => Array.from({ length: n }, () => leafHash(randomBytes(8)));

describe('the tree over a batch of files', () => {
  it('has the root of RFC 6962, and a proof for each leaf', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), (n) => {
        const leaves = leavesOf(n);
        const { root, proofs } = merkle(leaves);
        expect(root).toEqual(reference(leaves));
        proofs.forEach((proof, i) => {
          expect(proof.hashes).toHaveLength(proofLength(i, n) * 32);
          expect(rootOf(leaves[i] as Buffer, proof)).toEqual(root);
        });
      }),
    );
  });

  it('proves no leaf in another place, of another count, or with a hash more, less or changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), (n, a, b) => {
        const leaves = leavesOf(n);
        const { root, proofs } = merkle(leaves);
        const [i, j] = [a % n, b % n];
        const proof = proofs[i] ?? { index: 0, count: 0, hashes: Buffer.alloc(0) };
        const hashes = Buffer.from(proof.hashes);
        const leaf = leaves[i] as Buffer;
        if (i !== j) expect(rootOf(leaf, { ...proof, index: j })).not.toEqual(root);
        if (i !== j) expect(rootOf(leaves[j] as Buffer, proof)).not.toEqual(root);
        expect(rootOf(leaf, { ...proof, hashes: Buffer.concat([hashes, randomBytes(32)]) })).toBeNull();
        expect(rootOf(leaf, { ...proof, hashes: hashes.subarray(32) })).toBeNull();
        expect(rootOf(leaf, { ...proof, hashes: Buffer.from(hashes).reverse() })).not.toEqual(root);
        expect(rootOf(leaf, { ...proof, index: n })).toBeNull();
      }),
    );
  });

  it('is known piece by piece with the same answers, whatever is asked in which order', () => {
    const change = fc.constantFrom('none', 'leaf', 'index', 'longer', 'shorter', 'first', 'last');
    const asked = fc.array(fc.tuple(fc.nat(), change), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), asked, (n, questions) => {
        const leaves = leavesOf(n);
        const { root, proofs } = merkle(leaves);
        const tree = treeWith(root);
        for (const [which, how] of questions) {
          const i = which % n;
          const { index, count, hashes } = proofs[i] ?? { index: 0, count: 0, hashes: Buffer.alloc(0) };
          const at = how === 'first' ? 0 : how === 'last' ? hashes.length - 32 : hashes.length;
          const changed = Buffer.from(hashes);
          changed.subarray(Math.max(0, at), at + 32).reverse();
          const proof = {
            index: how === 'index' ? (index + 1) % n : index,
            count,
            hashes:
              how === 'longer'
                ? Buffer.concat([hashes, randomBytes(32)])
                : how === 'shorter'
                  ? hashes.subarray(32)
                  : changed,
          };
          const leaf = how === 'leaf' ? leafHash(randomBytes(8)) : (leaves[i] as Buffer);
          expect(leadsTo(tree, leaf, proof)).toBe(rootOf(leaf, proof)?.equals(root) === true);
        }
        expect(leaves.every((leaf, i) => leadsTo(tree, leaf, proofs[i] as Proof))).toBe(true);
      }),
    );
  });
});
