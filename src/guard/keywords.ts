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
  readonly next: Uint16Array;
  readonly endings: number[][];
  states: number;
}

function addWord(trie: Trie, word: string, number: number): void {
  let state = 0;
  for (let i = 0; i < word.length; i++) {
    const at = (state << columnBits) | (trie.columnOf[word.charCodeAt(i) & 0xff] as number);
    if (trie.next[at] === 0) trie.next[at] = trie.states++;
    state = trie.next[at] as number;
  }
  trie.endings[state] ??= [];
  trie.endings[state]?.push(number);
}

/** Fills what is missing in the row of `state` from the row of the longest suffix of it that is in the trie too. Returns its children. */
function completeRow(trie: Trie, state: number, suffix: number, suffixes: Uint16Array): number[] {
  const { next } = trie;
  const children: number[] = [];
  for (let column = 1; column < columns; column++) {
    const at = (state << columnBits) | column;
    const child = next[at] as number;
    const fallback = state === 0 ? 0 : (next[(suffix << columnBits) | column] as number);
    if (child === 0) next[at] = fallback;
    else {
      suffixes[child] = fallback;
      children.push(child);
    }
  }
  return children;
}

/** Breadth first: the rows that are copied from are complete. */
function complete(trie: Trie): void {
  const suffixes = new Uint16Array(trie.states);
  const order = [0];
  for (let i = 0; i < order.length; i++) {
    const state = order[i] as number;
    const suffix = suffixes[state] as number;
    const inherited = trie.endings[suffix];
    if (state !== 0 && inherited !== undefined) trie.endings[state] = [...(trie.endings[state] ?? []), ...inherited];
    order.push(...completeRow(trie, state, suffix, suffixes));
  }
}

function markEndings({ next, endings }: Trie): void {
  for (let at = 0; at < next.length; at++) {
    const state = next[at] as number;
    if (endings[state] !== undefined) next[at] = state | endsKeyword;
  }
}

/** Prepares the search for `words`, ASCII all of them. */
export function buildKeywords(words: readonly string[]): Keywords {
  const room = 1 + words.reduce((sum, word) => sum + word.length, 0);
  if (room > mostStates) throw new RangeError('there are too many keywords');
  const trie: Trie = { columnOf: columnTable(words), next: new Uint16Array(room << columnBits), endings: [], states: 1 };
  for (const [number, word] of words.entries()) addWord(trie, word, number);
  complete(trie);
  const used: Trie = { ...trie, next: trie.next.slice(0, trie.states << columnBits) };
  markEndings(used);
  return { columnOf: used.columnOf, next: used.next, endings: used.endings };
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
    if (entry > state) for (const keyword of endings[state] as readonly number[]) onEnd(keyword, i + 1);
  }
}
