/**
 * One signature for all files that a command seals: over the root of a Merkle tree of them, so that a smartcard is touched once however many
 * files there are. The tree is RFC 6962's (section 2.1): leaves and inner nodes are hashed under different first bytes.
 */
import { createHash } from 'node:crypto';

const hash = (prefix: number, ...parts: Uint8Array[]): Buffer => {
  const h = createHash('sha256').update(Buffer.of(prefix));
  for (const part of parts) h.update(part);
  return h.digest();
};

export const hashLength = 32;
/** More files than a registry may have. */
export const mostLeaves = 1 << 20;

/** A leaf's place in its tree, with the hashes that lead from it to the root. */
export interface Proof {
  readonly index: number;
  readonly count: number;
  readonly path: readonly Uint8Array[];
}

export function leafHash(message: Uint8Array): Buffer {
  return hash(0, message);
}

/** All levels of the tree, leaves first. A node without a sibling moves up as it is, which gives RFC 6962's tree. */
function levels(leaves: readonly Buffer[]): Buffer[][] {
  const all: Buffer[][] = [[...leaves]];
  for (let below = all[0] ?? []; below.length > 1; below = all.at(-1) ?? []) {
    const above: Buffer[] = [];
    for (let i = 0; i < below.length; i += 2) {
      const [left, right] = [below[i] ?? Buffer.alloc(0), below[i + 1]];
      above.push(right === undefined ? left : hash(1, left, right));
    }
    all.push(above);
  }
  return all;
}

/** The root over these leaf hashes, and each one's proof, in order. */
export function merkle(leaves: readonly Buffer[]): { readonly root: Buffer; readonly proofs: readonly Proof[] } {
  const all = levels(leaves);
  const proofs = leaves.map((_, index) => {
    const path: Buffer[] = [];
    for (let level = 0, i = index; level < all.length - 1; level++, i >>= 1) {
      const sibling = all[level]?.[i ^ 1];
      if (sibling !== undefined) path.push(sibling);
    }
    return { index, count: leaves.length, path };
  });
  return { root: all.at(-1)?.[0] ?? Buffer.alloc(0), proofs };
}

/** How many hashes the proof of this leaf has. */
export function proofLength(index: number, count: number): number {
  let length = 0;
  for (let i = index, n = count; n > 1; i >>= 1, n = (n + 1) >> 1) if ((i ^ 1) < n) length++;
  return length;
}

/** The root that a leaf and its proof lead to; null when the proof has another length than its place asks for. */
export function rootOf(leaf: Buffer, { index, count, path }: Proof): Buffer | null {
  if (index >= count || count > mostLeaves || path.length !== proofLength(index, count)) return null;
  let node = leaf;
  let used = 0;
  for (let i = index, n = count; n > 1; i >>= 1, n = (n + 1) >> 1) {
    const sibling = (i ^ 1) < n ? path[used++] : undefined;
    if (sibling !== undefined) node = (i & 1) === 1 ? hash(1, sibling, node) : hash(1, node, sibling);
  }
  return node;
}

/** The nodes of a tree that are known to lead to its root. */
export type KnownTree = Map<number, Uint8Array>;

const rootKey = -1;
const nodeKey = (level: number, index: number) => level * mostLeaves * 2 + index;

/** The steps from a leaf to the root: on each level the node's index, and its sibling's hash where it has one. */
function* steps({
  index,
  count,
  path,
}: Proof): Generator<{ level: number; i: number; sibling: Uint8Array | undefined }> {
  let used = 0;
  let level = 0;
  for (let i = index, n = count; n > 1; i >>= 1, n = (n + 1) >> 1) {
    yield { level: level++, i, sibling: (i ^ 1) < n ? path[used++] : undefined };
  }
}

function isKnown(tree: KnownTree, key: number, node: Uint8Array): boolean {
  return Buffer.compare(tree.get(key) ?? new Uint8Array(), node) === 0;
}

/**
 * Whether a leaf and its proof lead to the root of this tree; what they show is known from then on. Says the same as {@link rootOf}, and hashes
 * only up to the first node that is known: in a batch of a thousand files once a file instead of ten times. What is above has to be what is known.
 */
export function leadsTo(tree: KnownTree, leaf: Buffer, proof: Proof): boolean {
  const { index, count, path } = proof;
  if (index >= count || count > mostLeaves || path.length !== proofLength(index, count)) return false;
  const shown: [number, Uint8Array][] = [];
  let node: Buffer | null = leaf;
  for (const { level, i, sibling } of steps(proof)) {
    const key = nodeKey(level, i);
    if (node !== null && tree.has(key)) {
      if (!isKnown(tree, key, node)) return false;
      node = null;
    }
    if (node !== null) shown.push([key, node]);
    if (sibling === undefined) continue;
    const beside = nodeKey(level, i ^ 1);
    if (node === null && !isKnown(tree, beside, sibling)) return false;
    // A copy: what it was cut from is much larger.
    if (node !== null) shown.push([beside, Buffer.from(sibling)]);
    if (node !== null) node = (i & 1) === 1 ? hash(1, sibling, node) : hash(1, node, sibling);
  }
  if (node !== null && !isKnown(tree, rootKey, node)) return false;
  for (const [key, known] of shown) tree.set(key, known);
  return true;
}

/** A tree of which nothing but the root is known. */
export function treeWith(root: Uint8Array): KnownTree {
  return new Map([[rootKey, root]]);
}

/** What is signed for a batch: under a label of its own. */
export function batchMessage(root: Uint8Array, count: number): Buffer {
  return Buffer.from(`blackbox-ts/1 files\n${count}\n${Buffer.from(root).toString('hex')}`);
}

/** What a signature says of one file. All of it, and nothing else, decides whether a sealed file is what somebody sealed. */
export interface FileClaim {
  /** Id of the founder's statement. */
  readonly vault: string;
  readonly path: string;
  /** The file's audience: empty for everybody. Sorted. */
  readonly groups: readonly string[];
  /** Digest of the recipient set, and of the stanzas that wrap for it, hex. */
  readonly recipients: string;
  readonly stanzas: string;
  /** SHA-256 of everything behind the header, hex. */
  readonly payload: string;
  /** Canonical text of the signing key. */
  readonly key: string;
}

export function claimMessage(claim: FileClaim): Buffer {
  const { vault, path, groups, recipients, stanzas, payload, key } = claim;
  return Buffer.from(
    `blackbox-ts/1 file\n${JSON.stringify({ vault, path, groups, recipients, stanzas, payload, key })}`,
  );
}
