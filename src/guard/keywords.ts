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

/**
 * Makes the states level by level: those near the root, where a search is nearly always, then lie close together, and whatever a state falls
 * back on is complete when it is made. So each has one transition for each byte: where no keyword goes on, that of the longest suffix which does.
 */
interface Machine {
  readonly columnOf: Uint8Array;
  readonly next: Uint16Array;
  readonly suffixes: Uint16Array;
  readonly endings: (readonly number[] | undefined)[];
  states: number;
}

/** The numbers of words that go on, and the state that each has come to. */
interface Front {
  readonly words: readonly string[];
  numbers: number[];
  readonly at: Uint16Array;
}

/** Makes the states to which the letters at `depth` lead, and gives the places of the transitions to them. */
function grow(machine: Machine, { words, numbers, at }: Front, depth: number): number[] {
  const made: number[] = [];
  const first = machine.states;
  for (const number of numbers) {
    const word = words[number] as string;
    const place = ((at[number] as number) << columnBits) | (machine.columnOf[word.charCodeAt(depth)] as number);
    // What stands there otherwise was taken over from a suffix, and is nearer to the root.
    if (((machine.next[place] as number) & ~endsKeyword) < first) {
      machine.next[place] = machine.states++;
      made.push(place);
    }
    const state = machine.next[place] as number;
    at[number] = state;
    if (word.length === depth + 1) machine.endings[state] = [...(machine.endings[state] ?? []), number];
  }
  return made;
}

/** Gives new states what the longest suffix has: first the keywords that end there, then, when all have theirs, the transitions. */
function complete({ next, suffixes, endings }: Machine, made: readonly number[], first: number): void {
  for (let i = 0; i < made.length; i++) {
    const place = made[i] as number;
    const parent = place >> columnBits;
    const back = parent === 0 ? 0 : ((suffixes[parent] as number) << columnBits) | (place & (columns - 1));
    const suffix = parent === 0 ? 0 : (next[back] as number) & ~endsKeyword;
    const ended = endings[suffix];
    suffixes[first + i] = suffix;
    if (ended !== undefined) endings[first + i] = [...(endings[first + i] ?? []), ...ended];
    if (endings[first + i] !== undefined) next[place] = (first + i) | endsKeyword;
  }
  for (let state = first; state < first + made.length; state++) {
    const suffix = (suffixes[state] as number) << columnBits;
    next.copyWithin(state << columnBits, suffix, suffix + columns);
  }
}

/** Prepares the search for `words`, ASCII all of them. */
export function buildKeywords(words: readonly string[]): Keywords {
  const most = words.reduce((sum, word) => sum + word.length, 1);
  if (most > mostStates) throw new RangeError('there are too many keywords');
  const machine: Machine = {
    columnOf: columnTable(words),
    next: new Uint16Array(most << columnBits),
    suffixes: new Uint16Array(most),
    endings: [undefined],
    states: 1,
  };
  const front: Front = { words, numbers: words.map((_, number) => number), at: new Uint16Array(words.length) };
  for (let depth = 0; front.numbers.length > 0; depth++) {
    const first = machine.states;
    complete(machine, grow(machine, front, depth), first);
    front.numbers = front.numbers.filter((number) => (words[number] as string).length > depth + 1);
  }
  const { columnOf, next, endings, states } = machine;
  return { columnOf, next: next.subarray(0, states << columnBits), endings };
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
