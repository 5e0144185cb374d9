/**
 * Looks for many texts in a stream of bytes at once, in one pass. The search is Aho and Corasick's: https://doi.org/10.1145/360825.360855
 * Long texts are found by their beginning, and followed from there on: what is built for the search stays small.
 */

/** By so many bytes a text is found. What has as much in common with a secret is as much of it. */
const longestBeginning = 64;

/** One byte after another. Most have one that follows, for which a Map would take ten times the memory. */
export interface Node {
  readonly depth: number;
  /** The first one that follows, and its byte. */
  byte: number;
  child: Node | null;
  /** All that follow when there are several. */
  more: Map<number, Node> | null;
  /** Where the search goes on when the next byte does not follow: the longest other beginning that this ends with. */
  fallback: Node | null;
  /** The longest text that ends here. */
  match: Match | null;
  /** How texts go on that are longer than what is searched for. */
  rests: readonly Rest[];
}

export interface Match {
  readonly length: number;
  /** What is shown instead. */
  readonly mask: string;
}

interface Rest {
  readonly bytes: Buffer;
  readonly mask: string;
}

const none: readonly Rest[] = [];

export const newNode = (depth: number): Node => ({
  depth,
  byte: -1,
  child: null,
  more: null,
  fallback: null,
  match: null,
  rests: none,
});

function after(node: Node, byte: number): Node | undefined {
  if (node.more !== null) return node.more.get(byte);
  return node.byte === byte ? (node.child ?? undefined) : undefined;
}

function put(node: Node, byte: number, next: Node): void {
  if (node.child === null) {
    node.byte = byte;
    node.child = next;
    return;
  }
  node.more ??= new Map([[node.byte, node.child]]);
  node.more.set(byte, next);
}

function following(node: Node): Iterable<readonly [number, Node]> {
  return node.more ?? (node.child === null ? [] : [[node.byte, node.child]]);
}

export function insert(root: Node, text: Buffer, mask: string): void {
  let node = root;
  for (const byte of text.subarray(0, longestBeginning)) {
    let next = after(node, byte);
    if (next === undefined) {
      next = newNode(node.depth + 1);
      put(node, byte, next);
    }
    node = next;
  }
  node.match ??= { length: node.depth, mask };
  if (text.length > node.depth) node.rests = [...node.rests, { bytes: text.subarray(node.depth), mask }];
}

function step(node: Node | null, byte: number, root: Node): Node {
  for (let at = node; at !== null; at = at.fallback) {
    const next = after(at, byte);
    if (next !== undefined) return next;
  }
  return root;
}

/** Once, when all texts are in. */
export function link(root: Node): void {
  const queue = Array.from(following(root), ([, node]) => node);
  for (const node of queue) node.fallback = root;
  for (const node of queue) {
    for (const [byte, next] of following(node)) {
      const fallback = step(node.fallback, byte, root);
      next.fallback = fallback;
      next.match ??= fallback.match;
      if (fallback.rests.length > 0) next.rests = [...next.rests, ...fallback.rests];
      queue.push(next);
    }
  }
}

/** The search in one stream. */
export class Search {
  readonly #root: Node;
  #node: Node;
  /** Of the texts whose beginning was found: how they go on, and how much of that has been seen. */
  #followed: readonly { readonly rest: Rest; readonly seen: number }[] = [];
  /** How long the find is that may still go on. */
  #reach = 0;
  /** In the middle of nothing. */
  #isIdle = true;
  /** 1 for each byte that a text begins with. */
  readonly #begins = new Uint8Array(256);

  constructor(root: Node) {
    this.#root = root;
    this.#node = root;
    for (const [byte] of following(root)) this.#begins[byte] = 1;
  }

  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Of how many of the last bytes it is not decided yet whether they belong to a text. */
  get depth(): number {
    return Math.max(this.#node.depth, this.#reach);
  }

  reset(): void {
    this.#node = this.#root;
    this.#followed = [];
    this.#reach = 0;
    this.#isIdle = true;
  }

  /** What ends with this byte. */
  feed(byte: number): Match | null {
    // What nearly all output is.
    if (this.#isIdle && this.#begins[byte] === 0) return null;
    return this.#advance(byte);
  }

  #advance(byte: number): Match | null {
    this.#node = step(this.#node, byte, this.#root);
    const { match, rests } = this.#node;
    const going = this.#follow(byte);
    const longer = going !== null && going.length >= (match?.length ?? 0) ? going : match;
    if (rests.length > 0) this.#followed = [...this.#followed, ...rests.map((rest) => ({ rest, seen: 0 }))];
    this.#reach = this.#followed.length === 0 ? 0 : Math.max(going?.length ?? 0, match?.length ?? 0);
    this.#isIdle = this.#node === this.#root && this.#followed.length === 0;
    return longer;
  }

  #follow(byte: number): Match | null {
    if (this.#followed.length === 0) return null;
    const going = this.#followed.filter(({ rest, seen }) => rest.bytes[seen] === byte);
    const [first] = going;
    this.#followed = going
      .map(({ rest, seen }) => ({ rest, seen: seen + 1 }))
      .filter(({ rest, seen }) => seen < rest.bytes.length);
    return first === undefined ? null : { length: this.#reach + 1, mask: first.rest.mask };
  }
}
