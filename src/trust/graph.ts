/** Statements in the order of cause: which builds upon which. */
import { missingStatement } from './errors.js';
import type { SignedStatement } from './statement.js';

/** A statement in its place. */
export interface Node {
  readonly signed: SignedStatement;
  readonly depth: number;
  readonly index: number;
  /** One bit per statement: those it builds upon, itself included. */
  readonly past: Uint32Array;
}

export function has(set: Uint32Array, index: number): boolean {
  return (((set[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;
}

function mark(set: Uint32Array, index: number): void {
  set[index >>> 5] = (set[index >>> 5] ?? 0) | (1 << (index & 31));
}

function depths(byId: ReadonlyMap<string, SignedStatement>): Map<string, number> {
  const depth = new Map<string, number>();
  // Hashes cannot form a circle, so that a stack of what is still to be visited ends.
  for (const start of byId.values()) {
    const stack = [start];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const open = top.statement.after.filter((id) => !depth.has(id));
      for (const id of open) stack.push(byId.get(id) ?? missing(id, top.id));
      if (open.length > 0) continue;
      stack.pop();
      depth.set(top.id, 1 + Math.max(0, ...top.statement.after.map((id) => depth.get(id) ?? 0)));
    }
  }
  return depth;
}

function missing(id: string, by: string): never {
  throw missingStatement(id, by);
}

/** Those of which everything that they build upon is there. */
export function grounded(byId: ReadonlyMap<string, SignedStatement>): Map<string, SignedStatement> {
  const builders = new Map<string, string[]>();
  for (const [id, { statement }] of byId) {
    for (const parent of statement.after) builders.set(parent, [...(builders.get(parent) ?? []), id]);
  }
  const left = new Map(byId);
  const gone = [...builders.keys()].filter((id) => !byId.has(id));
  for (let id = gone.pop(); id !== undefined; id = gone.pop()) {
    left.delete(id);
    gone.push(...(builders.get(id) ?? []).filter((builder) => left.has(builder)));
  }
  return left;
}

/** All statements, each after those it builds upon; what is side by side in the order of ids, which is the same for everybody. */
export function ordered(byId: ReadonlyMap<string, SignedStatement>): Node[] {
  const depth = depths(byId);
  const rank = (s: SignedStatement) => depth.get(s.id) ?? 0;
  const sorted = [...byId.values()].sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
  const nodes = new Map<string, Node>();
  for (const [index, signed] of sorted.entries()) {
    const past = new Uint32Array((sorted.length + 31) >>> 5);
    for (const id of signed.statement.after) {
      const parent = nodes.get(id)?.past ?? past;
      for (let i = 0; i < past.length; i++) past[i] = (past[i] ?? 0) | (parent[i] ?? 0);
    }
    mark(past, index);
    nodes.set(signed.id, { signed, depth: rank(signed), index, past });
  }
  return [...nodes.values()];
}

/** The newest: those that no other builds upon. Sorted. */
export function headsOf(nodes: readonly Node[]): string[] {
  const built = new Set(nodes.flatMap((n) => n.signed.statement.after));
  return nodes
    .map((n) => n.signed.id)
    .filter((id) => !built.has(id))
    .sort();
}
