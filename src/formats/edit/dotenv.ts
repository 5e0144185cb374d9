/** Dotenv, line by line as Node.js reads it: https://nodejs.org/api/environment_variables.html#env-files */
import type { Value } from '../types.js';
import { type Change, type Editor, insertLine, lineEnd, type Span, splice } from './types.js';

interface Entry {
  readonly name: string;
  readonly statement: Span;
  readonly value: Span;
  readonly quote: string;
}

const assignment = /^[ \t]*(?:export[ \t]+)?([^=\s#]+)[ \t]*=[ \t]*/;

function entryAt(text: string, start: number): Entry | null {
  const match = assignment.exec(text.slice(start, lineEnd(text, start)));
  if (match === null) return null;
  const from = start + match[0].length;
  const quote = /["'`]/.exec(text.charAt(from))?.[0] ?? '';
  const close = quote === '' ? -1 : text.indexOf(quote, from + 1);
  if (close >= 0) {
    return {
      name: match[1] ?? '',
      quote,
      value: { start: from, end: close + 1 },
      statement: { start, end: lineEnd(text, close) },
    };
  }
  const line = text.slice(from, lineEnd(text, start));
  const end = from + line.replace(/[ \t]*(#.*)?\r?\n?$/s, '').length;
  return {
    name: match[1] ?? '',
    quote: '',
    value: { start: from, end },
    statement: { start, end: lineEnd(text, start) },
  };
}

function entriesOf(text: string): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < text.length; ) {
    const entry = entryAt(text, at);
    if (entry !== null) entries.push(entry);
    at = entry?.statement.end ?? lineEnd(text, at);
  }
  return entries;
}

/** A value in quotes that leave it as it is; those that were there are tried first. Null when there are none. */
export function dotenvText(value: Value, before = ''): string | null {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (before === '' && /^[\w./:@%+,-]+$/.test(text)) return text;
  const takes = (quote: string) => !text.includes(quote) && (quote !== '"' || !text.includes('\\'));
  const quote = [before, "'", '`', '"'].find((q) => q !== '' && takes(q));
  return quote === undefined ? null : `${quote}${text}${quote}`;
}

const isName = (name: string) => /^[A-Za-z_][\w.-]*$/.test(name);

function edit(text: string, { path, value }: Change): string | null {
  const [name = '', ...rest] = path;
  if (rest.length > 0 || !isName(name)) return null;
  const entries = entriesOf(text);
  const own = entries.findLast((entry) => entry.name === name);
  if (value === undefined) {
    const all = entries.filter((entry) => entry.name === name).reverse();
    return all.reduce((left, { statement }) => splice(left, statement, ''), text);
  }
  const put = dotenvText(value, own?.quote);
  if (put === null) return null;
  if (own !== undefined) return splice(text, own.value, put);
  return insertLine(text, entries.at(-1)?.statement.end ?? text.length, `${name}=${put}`);
}

/** Where an unusual line hides another: the value is added once more, and the last one counts. */
function add(text: string, { path, value }: Change): string | null {
  const put = value === undefined || path.length !== 1 || !isName(path[0] ?? '') ? null : dotenvText(value);
  return put === null ? null : insertLine(text, text.length, `${path[0]}=${put}`);
}

export const dotenvEditor: Editor = [edit, add];
