/** JSON as `JSON.parse` reads it: of two equal names the last wins. RFC 8259. */
import { syntaxError } from './errors.js';
import { positionAt } from './position.js';
import { treeCopier } from './tree.js';
import type { Format, Value } from './types.js';

const stringPiece = /[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const literal = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const blank = /[ \t\n\r]*/y;

/** Where a match of the sticky expression at `from` ends; `from` itself when there is none. */
function matchEnd(expression: RegExp, text: string, from: number): number {
  expression.lastIndex = from;
  return expression.test(text) ? expression.lastIndex : from;
}

/** Where the string that starts at `from` ends, before its closing quote or the first character that cannot be in it. */
function stringEnd(text: string, from: number): number {
  let at = from + 1;
  for (let end = matchEnd(stringPiece, text, at); end > at; end = matchEnd(stringPiece, text, at)) at = end;
  return at;
}

/** What may come next: a value, a name, its colon, or a comma or bracket. `first` says that a bracket may close at once. */
interface Expectation {
  readonly next: 'value' | 'name' | 'colon' | 'comma';
  readonly first: boolean;
}

const comma: Expectation = { next: 'comma', first: false };

/** What is expected after a mark of punctuation; null when `c` is none, or none that may stand here. */
function afterMark(c: string, open: string[], state: Expectation): Expectation | null {
  if (state.next === 'value' && (c === '{' || c === '[')) {
    open.push(c === '{' ? '}' : ']');
    return { next: c === '{' ? 'name' : 'value', first: true };
  }
  if (c === open.at(-1) && (state.next === 'comma' || state.first)) {
    open.pop();
    return comma;
  }
  if (c === ',' && state.next === 'comma' && open.length > 0) {
    return { next: open.at(-1) === '}' ? 'name' : 'value', first: false };
  }
  return c === ':' && state.next === 'colon' ? { next: 'value', first: false } : null;
}

/**
 * The offset at which a text stops being JSON; its length when it ends too soon, or is JSON.
 * V8 knows the offset too, but tells it only in a message that quotes the content.
 */
export function jsonFaultAt(text: string): number {
  const open: string[] = [];
  let state: Expectation = { next: 'value', first: false };
  for (let at = matchEnd(blank, text, 0); at < text.length; at = matchEnd(blank, text, at)) {
    const c = text.charAt(at);
    const next = afterMark(c, open, state);
    if (next !== null) {
      state = next;
      at += 1;
    } else if (c === '"' && (state.next === 'value' || state.next === 'name')) {
      at = stringEnd(text, at);
      if (text[at] !== '"') return at;
      at += 1;
      state = state.next === 'name' ? { next: 'colon', first: false } : comma;
    } else {
      const end = state.next === 'value' ? matchEnd(literal, text, at) : at;
      if (end === at) return at;
      at = end;
      state = comma;
    }
  }
  return text.length;
}

function parse(text: string, path = 'the text'): Value {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The error is left behind on purpose: its message holds content.
    const at = jsonFaultAt(text);
    const reason = at === text.length ? 'it ends too soon' : 'unexpected character';
    throw syntaxError('json', path, reason, positionAt(text, at));
  }
  return treeCopier((reason) => syntaxError('json', path, reason))(value);
}

export const json: Format = { name: 'json', parse };
