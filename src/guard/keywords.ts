/**
 * Where which keyword ends: one pass over the bytes, whatever the number of keywords (Aho and Corasick, Communications of the ACM 18(6), 1975).
 * Letters count in either case.
 */

/** Transitions are 16 bits: 15 for the state, one that says whether a keyword ends there. */
const endsKeyword = 0x8000;
const mostStates = 0x8000;
/** A power of two, so that a row is found by shifting; enough for letters, digits and what else tokens begin with. */
const columnBits = 6;
const columns = 1 << columnBits;

export interface Keywords {
  /** Of each byte, its column: the same for both cases of a letter, 0 for whatever no keyword has. */
  readonly columnOf: Uint8Array;
  readonly next: Uint16Array;
  /** By state: the numbers of the keywords that end there. */
  readonly endings: readonly (readonly number[] | undefined)[];
}

const fold = (code: number) => (code >= 0x41 && code <= 0x5a ? code | 0x20 : code);

function columnTable(words: readonly string[]): Uint8Array {
  const table = new Uint8Array(256);
  let used = 0;
  for (const word of words) {
    for (let i = 0; i < word.length; i++) {
      const code = fold(word.charCodeAt(i));
      if (table[code] !== 0) continue;
      table[code] = ++used;
      if (code >= 0x61 && code <= 0x7a) table[code - 0x20] = used;
    }
  }
  if (used >= columns) throw new RangeError('the keywords have too many different characters');
  return table;
}

interface Trie {
  readonly columnOf: Uint8Array;
  /** By state: columns and the states they lead to, two numbers each. */
  readonly children: number[][];
  readonly endings: (readonly number[] | undefined)[];
}

/** The state that `column` leads to; made where there is none. */
function childOf({ children }: Trie, state: number, column: number): number {
  const below = children[state] as number[];
  for (let k = 0; k < below.length; k += 2) if (below[k] === column) return below[k + 1] as number;
  children.push([]);
  below.push(column, children.length - 1);
  return children.length - 1;
}

function addWord(trie: Trie, word: string, number: number): void {
  let state = 0;
  for (let i = 0; i < word.length; i++) state = childOf(trie, state, trie.columnOf[word.charCodeAt(i)] as number);
  trie.endings[state] = [...(trie.endings[state] ?? []), number];
}

/**
 * Makes one transition for each state and byte: where the trie has none, that of the longest suffix which it has. Breadth first, so that
 * rows that are copied from are complete; and numbered so, because the states near the root, where a search is nearly always, then lie
 * close together.
 */
function complete(trie: Trie): Pick<Keywords, 'next' | 'endings'> {
  const { children } = trie;
  const next = new Uint16Array(children.length << columnBits);
  const suffixes = new Uint16Array(children.length);
  const endings: (readonly number[] | undefined)[] = [undefined];
  const order = [0];
  for (let state = 0; state < order.length; state++) {
    const row = state << columnBits;
    const suffixRow = (suffixes[state] as number) << columnBits;
    if (state !== 0) next.copyWithin(row, suffixRow, suffixRow + columns);
    const below = children[order[state] as number] as number[];
    for (let k = 0; k < below.length; k += 2) {
      const [column = 0, old = 0] = [below[k], below[k + 1]];
      const child = order.push(old) - 1;
      const suffix = state === 0 ? 0 : (next[suffixRow | column] as number) & ~endsKeyword;
      const ended = [...(trie.endings[old] ?? []), ...(endings[suffix] ?? [])];
      suffixes[child] = suffix;
      endings[child] = ended.length === 0 ? undefined : ended;
      next[row | column] = ended.length === 0 ? child : child | endsKeyword;
    }
  }
  return { next, endings };
}

/** Prepares the search for `words`, ASCII all of them. */
export function buildKeywords(words: readonly string[]): Keywords {
  const trie: Trie = { columnOf: columnTable(words), children: [[]], endings: [] };
  for (const [number, word] of words.entries()) addWord(trie, word, number);
  if (trie.children.length > mostStates) throw new RangeError('there are too many keywords');
  return { columnOf: trie.columnOf, ...complete(trie) };
}

/** Tells of each occurrence of each keyword, in the order of their ends. `onEnd` gets the keyword's number and the offset after it. */
export function findKeywords(
  { columnOf, next, endings }: Keywords,
  bytes: Uint8Array,
  onEnd: (keyword: number, end: number) => void,
): void {
  const { length } = bytes;
  let state = 0;
  for (let i = 0; i < length; i++) {
    const entry = next[(state << columnBits) | (columnOf[bytes[i] as number] as number)] as number;
    state = entry & ~endsKeyword;
    if (entry !== state) for (const keyword of endings[state] as readonly number[]) onEnd(keyword, i + 1);
  }
}
