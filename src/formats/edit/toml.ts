/** TOML 1.0: statements are found, not understood; what is changed is one value. https://toml.io/en/v1.0.0 */
import { isTree } from '../tree.js';
import type { Value } from '../types.js';
import { type Change, type Editor, insertLine, lineEnd, lineStart, type Span, splice } from './types.js';

interface Statement extends Span {
  /** The whole name: of a table, or of a value. Items of arrays of tables have their index in it. */
  readonly path: readonly string[];
  /** Null for the head of a table. */
  readonly value: Span | null;
}

const blanks = /(?:[ \t\r\n]|#[^\n]*)*/y;
const text3 = /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}/y;
const text1 = /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
const bareWord = /[A-Za-z0-9_-]+/y;
const scalar = /[^\s,\]}#][^,\]}#\n\r]*/y;
const dot = /[ \t]*\.[ \t]*/y;

class Reader {
  at = 0;
  constructor(readonly text: string) {}

  take(expression: RegExp): string {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  skip(mark: string): boolean {
    const is = this.text.startsWith(mark, this.at);
    if (is) this.at += mark.length;
    return is;
  }
}

function word(reader: Reader): string {
  const quoted = reader.take(text1);
  if (quoted === '') return reader.take(bareWord);
  return quoted.startsWith('"') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

function name(reader: Reader): string[] {
  const words = [word(reader)];
  while (reader.take(dot) !== '') words.push(word(reader));
  return words;
}

/** Goes past a value, and tells where it is. */
function value(reader: Reader): Span {
  const start = reader.at;
  if (reader.take(text3) !== '' || reader.take(text1) !== '') return { start, end: reader.at };
  const close = reader.skip('[') ? ']' : reader.skip('{') ? '}' : '';
  if (close === '') {
    const end = start + reader.take(scalar).trimEnd().length;
    return { start, end };
  }
  for (reader.take(blanks); !reader.skip(close) && reader.at < reader.text.length; reader.take(blanks)) {
    if (reader.skip(',')) continue;
    if (close === '}') {
      name(reader);
      reader.take(/[ \t]*=[ \t]*/y);
    }
    value(reader);
  }
  return { start, end: reader.at };
}

function head(reader: Reader, start: number, counts: Map<string, number>): Statement {
  const isList = reader.skip('[');
  reader.take(/[ \t]*/y);
  const words = withIndexes(name(reader), counts);
  reader.at = lineEnd(reader.text, reader.at);
  if (!isList) return { start, end: reader.at, path: words, value: null };
  const key = JSON.stringify(words);
  const index = counts.get(key) ?? 0;
  counts.set(key, index + 1);
  return { start, end: reader.at, path: [...words, String(index)], value: null };
}

/** `a.b` where `a` is an array of tables means its last one. */
function withIndexes(words: readonly string[], counts: ReadonlyMap<string, number>): string[] {
  const path: string[] = [];
  for (const [i, one] of words.entries()) {
    path.push(one);
    const count = counts.get(JSON.stringify(path));
    if (count !== undefined && i < words.length - 1) path.push(String(count - 1));
  }
  return path;
}

function statementsOf(text: string): Statement[] {
  const reader = new Reader(text);
  const statements: Statement[] = [];
  const counts = new Map<string, number>();
  let table: readonly string[] = [];
  for (reader.take(blanks); reader.at < text.length; reader.take(blanks)) {
    const start = lineStart(text, reader.at);
    if (reader.skip('[')) {
      const statement = head(reader, start, counts);
      table = statement.path;
      statements.push(statement);
      continue;
    }
    const path = [...table, ...name(reader)];
    if (reader.take(/[ \t]*=[ \t]*/y) === '') throw new Error('no statement');
    const span = value(reader);
    reader.at = lineEnd(text, span.end);
    statements.push({ start, end: reader.at, path, value: span });
  }
  return statements;
}

function valueText(wanted: Value): string {
  if (wanted === null) throw new Error('there is no null in TOML');
  if (typeof wanted === 'string') return JSON.stringify(wanted).replaceAll('\u007f', '\\u007f');
  if (Array.isArray(wanted)) return `[${wanted.map(valueText).join(', ')}]`;
  if (!isTree(wanted)) return String(wanted);
  return `{ ${Object.entries(wanted)
    .map(([key, inner]) => `${keyText(key)} = ${valueText(inner)}`)
    .join(', ')} }`;
}

const keyText = (key: string) => (/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key));
const isAt = (path: readonly string[]) => (s: Statement) =>
  s.path.length === path.length && s.path.every((n, i) => n === path[i]);

function insert(text: string, statements: readonly Statement[], path: readonly string[], put: string): string {
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const table = path.slice(0, depth);
    const head = statements.findLastIndex((s) => s.value === null && isAt(table)(s));
    if (depth > 0 && head < 0) continue;
    if (depth === 0 && path.length > 1) break;
    const line = `${path.slice(depth).map(keyText).join('.')} = ${put}`;
    const next = statements.findIndex((s, i) => i > head && s.value === null);
    const last = statements.slice(0, next < 0 ? undefined : next).at(-1);
    if (head < 0 && last === undefined) return insertLine(text, statements[0]?.start ?? text.length, line);
    return insertLine(text, last?.end ?? 0, line);
  }
  const section = `[${path.slice(0, -1).map(keyText).join('.')}]`;
  const spaced = text.trim() === '' ? text : insertLine(text, text.length, '');
  return insertLine(
    insertLine(spaced, spaced.length, section),
    Number.MAX_SAFE_INTEGER,
    `${keyText(path.at(-1) ?? '')} = ${put}`,
  );
}

/** A table goes with all that belongs to it. */
function cut(text: string, statements: readonly Statement[], path: readonly string[]): string {
  const below = (s: Statement) => path.every((n, i) => s.path[i] === n);
  return statements
    .filter(below)
    .reverse()
    .reduce<string>((left, s) => splice(left, s, ''), text);
}

function edit(text: string, { path, value: wanted }: Change): string | null {
  const statements = statementsOf(text);
  if (wanted === undefined) return cut(text, statements, path);
  const own = statements.find((s) => s.value !== null && isAt(path)(s));
  if (own?.value) return splice(text, own.value, valueText(wanted));
  return insert(text, statements, path, valueText(wanted));
}

export const tomlEditor: Editor = [edit];
