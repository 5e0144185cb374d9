/** Aligned columns. */
import { visible } from '../../text.js';
import { shorten, width } from './width.js';

const gap = '  ';
/** No column is cut below this: in a window narrower than that lines wrap, which still reads better than stumps. */
const leastWidth = 8;

export interface TableStyle {
  /** Columns of the terminal; Infinity when it is none. */
  readonly width: number;
  readonly head: (text: string) => string;
}

/** See {@link Terminal.table}: lines without trailing spaces, each ended by a line break; '' for no rows. */
export function table(
  rows: readonly (readonly string[])[],
  head: readonly string[] | undefined,
  style: TableStyle,
): string {
  if (rows.length === 0) return '';
  const lines = (head === undefined ? rows : [head, ...rows]).map((row) => row.map((cell) => visible(cell)));
  const widths = shrink(columnWidths(lines), style.width);
  const text = lines.map((row) => formatRow(row, widths));
  if (head !== undefined) text[0] = style.head(text[0] ?? '');
  return `${text.join('\n')}\n`;
}

function columnWidths(lines: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of lines) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell));
  }
  return widths;
}

function shrink(widths: readonly number[], available: number): number[] {
  const result = [...widths];
  let excess = result.reduce((sum, w) => sum + w, 0) + gap.length * (result.length - 1) - available;
  while (excess > 0) {
    const widest = result.indexOf(Math.max(...result));
    const next = Math.max(leastWidth, ...result.filter((_, i) => i !== widest));
    const cut = Math.min(excess, Math.max(1, (result[widest] ?? 0) - next));
    if ((result[widest] ?? 0) - cut < leastWidth) break;
    result[widest] = (result[widest] ?? 0) - cut;
    excess -= cut;
  }
  return result;
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, i) => {
    const text = shorten(cell, widths[i] ?? 0);
    return text + ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(text)));
  });
  return cells.join(gap).trimEnd();
}
