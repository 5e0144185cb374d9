/** Told apart by their letters: words, which people write, and what generators make. */

/**
 * How much more often a letter is followed by another in words than by chance: powers of two, 4 standing for even. A row for each first
 * letter. Counted over the 7,500 words that occur most in public JavaScript and its documentation.
 */
const pairs =
  `35651351514757150767443241 52325211412622410442401020 61426116505531710536412030 41237320610311410341411020
63675542312657353776253630 42115500600411500333300030 40105034400324310432301111 50116000501221500423200020
54655550012557750566150305 20102000000000200030300000 21025120400111110041102110 62347211702611620144420050
63126000511341550131400010 62666471524324531267441031 44552341413567450755545210 62226114402530640645400010
00000000000000000000400000 73447331704354630465432040 52527225603332551267513130 62427225701421620665402050
45434330400546140555000100 41106000500000300010100000 40014013400103300331001100 21313101300110140004000000
12202110300223240031001000 30004000200000100000000001`
    .split(/\s+/)
    .map((row) => Uint8Array.from(row, (digit) => Number(digit)));
const even = 4;

const letter = (code: number) => {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a ? lower - 0x61 : -1;
};

/** How much more like words than like chance the pairs of letters in a text are, in powers of two a pair; 0 where there are none. Random letters lie about -1.5, words above 0.5. */
export function wordiness(text: string): number {
  let sum = 0;
  let count = 0;
  let before = -1;
  for (let i = 0; i < text.length; i++) {
    const here = letter(text.charCodeAt(i));
    if (here >= 0 && before >= 0) {
      sum += (pairs[before]?.[here] ?? even) - even;
      count++;
    }
    before = here;
  }
  return count === 0 ? 0 : sum / count;
}

/** Bits a character (Shannon): 4 at most for hexadecimal digits, about 4.5 for 30 random letters and digits. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Letters small and large, digits, and the rest: how many of these four kinds a text has, and how often it changes between them. */
export function mixture(text: string): { kinds: number; changes: number; digits: number; letters: number } {
  let kinds = 0;
  let changes = 0;
  let digits = 0;
  let letters = 0;
  let before = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind =
      code >= 0x61 && code <= 0x7a ? 1 : code >= 0x41 && code <= 0x5a ? 2 : code >= 0x30 && code <= 0x39 ? 4 : 8;
    kinds |= kind;
    if (kind === 4) digits++;
    else if (kind < 4) letters++;
    if (before !== 0 && kind !== before) changes++;
    before = kind;
  }
  return { kinds: [1, 2, 4, 8].filter((kind) => (kinds & kind) !== 0).length, changes, digits, letters };
}

export const isHex = (text: string) => /^(?:[0-9a-f]+|[0-9A-F]+)$/.test(text);
export const isUuid = (text: string) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
