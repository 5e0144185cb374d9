/** Whether a table can be shown with every cell in full. */

/** Columns that a text takes, or a few more: ideographs and emoji are two wide. */
function breadth(text: string): number {
  return [...text].reduce((sum, c) => sum + ((c.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2), 0);
}

/** Every name in full, or it is no answer: else there is another way to show it. */
export function fits(width: number, head: readonly string[], rows: readonly (readonly string[])[]): boolean {
  const columns = [...head, ''].map((_, i) => Math.max(...[head, ...rows].map((row) => breadth(row[i] ?? ''))));
  return !Number.isFinite(width) || columns.reduce((sum, w) => sum + w + 2, 0) <= width;
}

/** Without the columns that have nothing in any row. */
export function dense(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): { readonly head: string[]; readonly rows: string[][] } {
  const used = head.map((_, i) => rows.some((row) => row[i] !== ''));
  const keep = (row: readonly string[]) => row.filter((_, i) => used[i] === true);
  return { head: keep(head), rows: rows.map(keep) };
}
