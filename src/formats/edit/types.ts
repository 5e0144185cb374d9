import type { Value } from '../types.js';

/** What is to be different. */
export interface Change {
  readonly path: readonly string[];
  /** undefined: the name goes. */
  readonly value: Value | undefined;
}

/** Ways to make a change, the gentlest first. Each answers with a text, which is then proven; null or any exception means: not this way. */
export type Editor = readonly ((text: string, change: Change) => string | null)[];

/** A part of a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export function splice(text: string, { start, end }: Span, put: string): string {
  return text.slice(0, start) + put + text.slice(end);
}

/** Where the line that holds an offset begins. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Behind the line break of the line that holds an offset; the text's end when it is the last one. */
export function lineEnd(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  return at < 0 ? text.length : at + 1;
}

export function newlineOf(text: string): string {
  return /\r\n/.test(text) ? '\r\n' : '\n';
}

/** Puts a line in at an offset where lines begin; the line before it is ended if it is not. */
export function insertLine(text: string, offset: number, line: string): string {
  const newline = newlineOf(text);
  const before = text.slice(0, offset);
  const gap = before === '' || before.endsWith('\n') ? '' : newline;
  return `${before}${gap}${line}${newline}${text.slice(offset)}`;
}
