/**
 * What is assigned to a name, in whatever language: `password = "…"`, `"password": "…"`, `PASSWORD=…`, `<password>…</password>`,
 * `setPassword("…")`, `process.env.PASSWORD || "…"`, `--password …`. Written by hand: it goes over a bounded stretch once, and never back.
 */

/** On either side of the word that was found. */
const longestName = 80;
const longestGap = 24;
/** Secrets of one line: keys, tokens, passwords. What is longer is data. */
export const longestValue = 512;

export interface Assignment {
  /** The whole identifier: `config.db_password`. */
  readonly name: string;
  /** Offsets in the text. */
  readonly start: number;
  readonly valueStart: number;
  readonly value: string;
  /** Between quotation marks, as literals are in programs. Without, only configuration has values. */
  readonly quoted: boolean;
  /** What stands between: `=`, `:`, `||`, `,`, `(`, `>`, or ' ' for nothing but space. */
  readonly operator: string;
}

const nameBytes = new Set(Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.$'));
const isName = (code: number) => nameBytes.has(code);
const isSpace = (code: number) => code === 0x20 || code === 9;
const isQuote = (code: number) => code === 0x22 || code === 0x27 || code === 0x60;

const closers = new Set(Buffer.from('"\'`\\])}*'));
const operator = /:[=-]|=>|->|<-|[!=]={1,2}|\|\|=?|\?\?=?|[?+.]?=|::?|,|\(|>|or(?= ["'])|(?=["'])/y;
/** A type between the name and its value (`password: string = "…"`, `password string = "…"`), or an attribute (`key="password" value="…"`). */
const annotation = /[ :]{1,3}[\w&'<>|?[\] .*]{1,40}= {0,4}(?=["'`])/y;
/** Lists of names and values: `- name: PASSWORD`, and in the next line `value: …`. */
const paired = /,?\s{0,60}["']?value["']?\s{0,4}[:=]/iy;

function skip(text: string, at: number, most: number, isIt: (code: number) => boolean): number {
  const end = Math.min(text.length, at + most);
  while (at < end && isIt(text.charCodeAt(at))) at++;
  return at;
}

function startOfName(text: string, at: number): number {
  const end = Math.max(0, at - longestName);
  while (at > end && isName(text.charCodeAt(at - 1))) at--;
  return at;
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** The operator behind a name that ends at `at`, and where what follows it begins; null when there is none. */
function readOperator(text: string, at: number): { operator: string; end: number } | null {
  const pair = endOf(paired, text, at);
  if (pair >= 0) return { operator: ':', end: pair };
  const spaced = skip(text, at, longestGap, isSpace);
  const annotated = endOf(annotation, text, spaced > at ? spaced - 1 : at);
  if (annotated >= 0) return { operator: '=', end: annotated };
  const end = endOf(operator, text, spaced);
  if (end >= 0) return { operator: text.slice(spaced, end) || ' ', end };
  return spaced > at ? { operator: ' ', end: spaced } : null;
}

/** Over white space, at most one line end, and what may stand before a quotation mark (`b"…"`, `@"…"`). */
function startOfValue(text: string, at: number): number {
  let start = skip(text, at, longestGap, isSpace);
  const breaks = text.charCodeAt(start) === 13 ? start + 1 : start;
  if (text.charCodeAt(breaks) === 10) {
    const next = skip(text, breaks + 1, longestGap, isSpace);
    if (isQuote(text.charCodeAt(next))) start = next;
  }
  for (const letters of [1, 2])
    if (/^[bBfFrRuUL@$&]{1,2}$/.test(text.slice(start, start + letters)) && isQuote(text.charCodeAt(start + letters)))
      return start + letters;
  return start;
}

/** What stands between the quotation marks of which the first is at `at`; null when the line ends before the second. */
function quotedValue(text: string, at: number): { value: string; start: number } | null {
  const escaped = text.charCodeAt(at) === 0x5c;
  let quote = text.slice(at, at + (escaped ? 2 : 1));
  if (text.startsWith(quote.repeat(3), at)) quote = quote.repeat(3);
  const start = at + quote.length;
  for (let end = start; end <= start + longestValue && end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === 10 || code === 13) return null;
    if (text.startsWith(quote, end)) return { value: text.slice(start, end), start };
    if (code === 0x5c) end++;
  }
  return null;
}

const bare = /[^\s"'`,;<>(){}[\]\\|&]{1,512}/y;
/** What may stand after a value without quotation marks. Behind anything else it was an expression. */
const afterBare = /[\s,;&<"'`)|}\]\\]|$/y;

function bareValue(text: string, at: number): { value: string; start: number } | null {
  bare.lastIndex = at;
  const found = bare.exec(text);
  if (found === null) return null;
  afterBare.lastIndex = bare.lastIndex;
  return afterBare.test(text) ? { value: found[0], start: at } : null;
}

/** Whether a name is a string and stands first, as in `put("password", …)`; not further on in a list. */
function isFirstArgument(text: string, start: number, end: number): boolean {
  return (
    isQuote(text.charCodeAt(end)) &&
    isQuote(text.charCodeAt(start - 1)) &&
    /[([]\s{0,4}$/.test(text.slice(Math.max(0, start - 6), start - 1))
  );
}

/** The assignment to the identifier in which `start` to `end` lie; null when there is none. */
export function assignmentAt(text: string, start: number, end: number): Assignment | null {
  const from = startOfName(text, start);
  const nameEnd = skip(text, end, longestName, isName);
  const closed = skip(text, nameEnd, 4, (code) => closers.has(code));
  const found = readOperator(text, closed);
  // Of two arguments, the first is a name only when it is a string.
  if (found === null || (found.operator === ',' && !isFirstArgument(text, from, nameEnd))) return null;
  const at = startOfValue(text, found.end);
  const code = text.charCodeAt(at);
  const quoted = isQuote(code) || (code === 0x5c && isQuote(text.charCodeAt(at + 1)));
  const value = quoted ? quotedValue(text, at) : bareValue(text, at);
  if (value === null) return null;
  const name = text.slice(from, nameEnd);
  return { name, start: from, value: value.value, valueStart: value.start, quoted, operator: found.operator };
}
