/**
 * One signature for all files that a command seals: over the root of a Merkle tree of them, so that a smartcard is touched once however many
 * files there are. The tree is RFC 6962's (section 2.1): leaves and inner nodes are hashed under different first bytes.
 */
import { createHash } from 'node:crypto';

const prefixes = [Buffer.of(0), Buffer.of(1)] as const;

const hash = (prefix: 0 | 1, ...parts: Uint8Array[]): Buffer => {
  const h = createHash('sha256').update(prefixes[prefix]);
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
  /** One after another, from the leaf's sibling on. */
  readonly hashes: Uint8Array;
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
    const siblings: Buffer[] = [];
    for (let level = 0, i = index; level < all.length - 1; level++, i >>= 1) {
      const sibling = all[level]?.[i ^ 1];
      if (sibling !== undefined) siblings.push(sibling);
    }
    return { index, count: leaves.length, hashes: Buffer.concat(siblings) };
  });
  return { root: all.at(-1)?.[0] ?? Buffer.alloc(0), proofs };
}

/** How many hashes the proof of this leaf has. */
export function proofLength(index: number, count: number): number {
  let length = 0;
  for (let i = index, n = count; n > 1; i >>= 1, n = (n + 1) >> 1) if ((i ^ 1) < n) length++;
  return length;
}

function isPossible({ index, count, hashes }: Proof): boolean {
  return index < count && count <= mostLeaves && hashes.length === proofLength(index, count) * hashLength;
}

/** A node on the way from a leaf to the root. */
interface Step {
  readonly level: number;
  readonly index: number;
  readonly node: Buffer;
  /** How many bytes of the proof lead to it. */
  readonly used: number;
}

/** The leaf, and what the proof makes of it, up to the root. Each is hashed when it is asked for. */
function* steps(leaf: Buffer, { index, count, hashes }: Proof): Generator<Step> {
  let [level, node, used] = [0, leaf, 0];
  for (let i = index, n = count; ; i >>= 1, n = (n + 1) >> 1) {
    yield { level: level++, index: i, node, used };
    if (n <= 1) return;
    if ((i ^ 1) >= n) continue;
    const sibling = hashes.subarray(used, used + hashLength);
    node = (i & 1) === 1 ? hash(1, sibling, node) : hash(1, node, sibling);
    used += hashLength;
  }
}

/** The root that a leaf and its proof lead to; null when the proof has another length than its place asks for. */
export function rootOf(leaf: Buffer, proof: Proof): Buffer | null {
  return isPossible(proof) ? ([...steps(leaf, proof)].at(-1)?.node ?? null) : null;
}

/** A node, and the hashes that lead from it to the root. */
interface Known {
  readonly node: Uint8Array;
  readonly above: Uint8Array;
}

/** What is known of a tree. */
export interface KnownTree {
  readonly root: Uint8Array;
  readonly nodes: Map<number, Known>;
}

const nothing = new Uint8Array();

const nodeKey = ({ level, index }: Step) => level * mostLeaves * 2 + index;

/**
 * Whether a leaf and its proof lead to the root of this tree; what they show is known from then on. Says the same as {@link rootOf}, and hashes
 * only up to the first node that is known: in a batch of a thousand files twice a file instead of ten times. What is above has to be what is known.
 */
export function leadsTo(tree: KnownTree, leaf: Buffer, proof: Proof): boolean {
  if (!isPossible(proof)) return false;
  const shown: Step[] = [];
  let met: Known = { node: leaf, above: proof.hashes };
  let known: Known | undefined;
  for (const step of steps(leaf, proof)) {
    met = { node: step.node, above: proof.hashes.subarray(step.used) };
    known = tree.nodes.get(nodeKey(step));
    if (known !== undefined) break;
    shown.push(step);
  }
  known ??= { node: tree.root, above: nothing };
  if (Buffer.compare(met.node, known.node) !== 0 || Buffer.compare(met.above, known.above) !== 0) return false;
  // A copy: what it was cut from is much larger.
  const hashes = Buffer.from(proof.hashes);
  for (const step of shown) tree.nodes.set(nodeKey(step), { node: step.node, above: hashes.subarray(step.used) });
  return true;
}

/** A tree of which nothing but the root is known. */
export function treeWith(root: Uint8Array): KnownTree {
  return { root, nodes: new Map() };
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
