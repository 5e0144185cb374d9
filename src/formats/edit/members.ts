/** Members of what stands between brackets, in any format that has them. */
import { lineEnd, lineStart, type Span, splice } from './types.js';

/**
 * Takes one member out of what stands between brackets, with its comma: with its lines where it has them to itself, else from between its neighbours.
 * Null where a comment would go that belongs to what stays.
 */
export function cutMember(text: string, spans: readonly Span[], index: number): string | null {
  const [before, own, after] = [spans[index - 1], spans[index], spans[index + 1]];
  if (own === undefined) return null;
  const start = lineStart(text, own.start);
  const hasItsLines =
    text.slice(start, own.start).trim() === '' && /^[ \t]*,[ \t]*(#.*)?\r?\n/.test(text.slice(own.end));
  if (hasItsLines) return splice(text, { start, end: lineEnd(text, own.end) }, '');
  const span =
    before === undefined ? { start: own.start, end: after?.start ?? own.end } : { start: before.end, end: own.end };
  return text.slice(span.start, span.end).includes('#') ? null : splice(text, span, '');
}
