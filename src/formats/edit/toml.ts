/** TOML 1.0: statements are found, not understood; what is changed is one value. https://toml.io/en/v1.0.0 */
import { isTree } from '../tree.js';
import type { Value } from '../types.js';
import { cutMember } from './members.js';
import { type Change, type Editor, insertLine, lineEnd, lineStart, newlineOf, type Span, splice } from './types.js';

interface Statement extends Span {
  /** The whole name: of a table, or of a value. Items of arrays of tables have their index in it. */
  readonly path: readonly string[];
  /** Null for the head of a table. */
  readonly value: Span | null;
  /** How much of the name says the table that it is in. */
  readonly depth: number;
}

/** Of an array or an inline table. */
interface Member extends Span {
  readonly path: readonly string[];
  readonly value: Span;
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
  members(reader, close);
  return { start, end: reader.at };
}

/** Goes past what stands between brackets. */
function members(reader: Reader, close: string): Member[] {
  const found: Member[] = [];
  for (reader.take(blanks); !reader.skip(close) && reader.at < reader.text.length; reader.take(blanks)) {
    if (reader.skip(',')) continue;
    const start = reader.at;
    const path = close === '}' ? name(reader) : [String(found.length)];
    if (close === '}') reader.take(/[ \t]*=[ \t]*/y);
    const span = value(reader);
    found.push({ start, end: span.end, path, value: span });
  }
  return found;
}

function head(reader: Reader, start: number, counts: Map<string, number>): Statement {
  const isList = reader.skip('[');
  reader.take(/[ \t]*/y);
  const words = withIndexes(name(reader), counts);
  reader.at = lineEnd(reader.text, reader.at);
  if (!isList) return { start, end: reader.at, path: words, value: null, depth: words.length };
  const key = JSON.stringify(words);
  const index = counts.get(key) ?? 0;
  counts.set(key, index + 1);
  return { start, end: reader.at, path: [...words, String(index)], value: null, depth: words.length + 1 };
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
    statements.push({ start, end: reader.at, path, value: span, depth: table.length });
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

const begins = (path: readonly string[], with_: readonly string[]) => with_.every((n, i) => path[i] === n);

/** After those that name the same table with dots, as they do. */
function besides(
  text: string,
  statements: readonly Statement[],
  path: readonly string[],
  depth: number,
  put: string,
): string | null {
  const dotted = ({ value, path: own, depth: in_ }: Statement) =>
    value !== null && in_ < depth && begins(own, path.slice(0, depth)) && begins(path, own.slice(0, in_));
  const last = statements.findLast(dotted);
  if (last === undefined) return null;
  return insertLine(text, last.end, `${path.slice(last.depth).map(keyText).join('.')} = ${put}`);
}

/** A change within an array or an inline table. */
function editInside(text: string, span: Span, path: readonly string[], wanted: Value | undefined): string | null {
  const reader = new Reader(text);
  reader.at = span.start + 1;
  const close = { '[': ']', '{': '}' }[text.charAt(span.start)];
  if (close === undefined) return null;
  const all = members(reader, close);
  const index = all.findIndex((member) => begins(path, member.path));
  const own = all[index];
  const rest = path.slice(own?.path.length);
  if (own !== undefined && rest.length > 0) return editInside(text, own.value, rest, wanted);
  if (wanted === undefined) return cutMember(text, all, index);
  if (own !== undefined) return splice(text, own.value, valueText(wanted));
  return appendMember(
    text,
    span,
    all,
    close === '}' ? `${path.map(keyText).join('.')} = ${valueText(wanted)}` : valueText(wanted),
  );
}

function appendMember(text: string, span: Span, all: readonly Member[], put: string): string {
  const last = all.at(-1);
  if (last === undefined) return splice(text, span, text.startsWith('[', span.start) ? `[${put}]` : `{ ${put} }`);
  const gap = /\s*$/.exec(text.slice(0, last.start))?.[0] ?? '';
  // A comment behind the last one stays there.
  const closed = /^[ \t]*,[ \t]*(#.*)?\r?\n/.test(text.slice(last.end));
  if (closed && gap.includes('\n'))
    return insertLine(text, lineEnd(text, last.end), `${/[^\n]*$/.exec(gap)?.[0]}${put},`);
  return splice(text, { start: last.end, end: last.end }, `,${gap === '' || all.length === 1 ? ' ' : gap}${put}`);
}

function insert(text: string, statements: readonly Statement[], path: readonly string[], put: string): string {
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const table = path.slice(0, depth);
    const head = statements.findLastIndex((s) => s.value === null && isAt(table)(s));
    const kin = head < 0 && depth > 0 ? besides(text, statements, path, depth, put) : null;
    if (kin !== null) return kin;
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

const date = /^(\d{4}-\d\d-\d\d([Tt ]|$)|\d\d:\d\d:)[\d:.+\-Zz]*$/;

/** A date stays one, and text in lines stays in lines: a key in PEM stays one that can be read. */
const likeBefore: Write = (text, { start, end }, wanted) => {
  const before = text.slice(start, end);
  if (typeof wanted !== 'string') return valueText(wanted);
  if (date.test(before) && date.test(wanted)) return wanted;
  const isBlock =
    /^("""|''')/.test(before) && wanted.includes('\n') && /^[^\p{Cc}]*$/u.test(wanted.replaceAll('\n', ''));
  if (!isBlock || wanted.includes("'''") || wanted.endsWith("'")) return valueText(wanted);
  return `'''${newlineOf(text)}${wanted}'''`;
};

/** A table goes with all that belongs to it. */
function cut(text: string, statements: readonly Statement[], path: readonly string[]): string {
  const below = (s: Statement) => path.every((n, i) => s.path[i] === n);
  return statements
    .filter(below)
    .reverse()
    .reduce<string>((left, s) => splice(left, s, ''), text);
}

type Write = (text: string, before: Span, wanted: Value) => string;

function edit(text: string, { path, value: wanted }: Change, write: Write): string | null {
  const statements = statementsOf(text);
  const holder = statements.find((s) => s.value !== null && s.path.length < path.length && begins(path, s.path));
  if (holder?.value) return editInside(text, holder.value, path.slice(holder.path.length), wanted);
  if (wanted === undefined) return cut(text, statements, path);
  const own = statements.find((s) => s.value !== null && isAt(path)(s));
  if (own?.value) return splice(text, own.value, write(text, own.value, wanted));
  return insert(text, statements, path, valueText(wanted));
}

export const tomlEditor: Editor = [
  (text, change) => edit(text, change, likeBefore),
  (text, change) => edit(text, change, (_text, _before, wanted) => valueText(wanted)),
];
