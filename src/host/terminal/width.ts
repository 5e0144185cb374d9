/** How many columns text takes on a terminal, and cutting it to fit. */

// Unicode Standard Annex #11, classes W and F, in blocks. Close enough: a column too few or too many shifts a table, nothing else.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{1f1e6}-\u{1f1ff}\u{1f200}-\u{1f320}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const ascii = /^[\x20-\x7e]*$/;
const invisible = /^[\p{M}\p{Cf}]*$/u;

let segmenter: Intl.Segmenter | undefined;

/** What a reader takes for one character. */
function graphemes(text: string): string[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

function graphemeWidth(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}

/** Columns that text takes. It must hold no control characters. */
export function width(text: string): number {
  if (ascii.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

/** Text in at most `columns` columns: the middle gives way, as both ends of a path or a fingerprint tell more. */
export function shorten(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  if (columns <= 1) return '…'.slice(0, columns);
  const all = graphemes(text);
  const right = takeWhileFits(all.toReversed(), Math.floor((columns - 1) / 2)).reverse();
  const left = takeWhileFits(all, columns - 1 - width(right.join('')));
  return `${left.join('')}…${right.join('')}`;
}

function takeWhileFits(all: readonly string[], columns: number): string[] {
  const taken: string[] = [];
  let left = columns;
  for (const grapheme of all) {
    left -= graphemeWidth(grapheme);
    if (left < 0) break;
    taken.push(grapheme);
  }
  return taken;
}
