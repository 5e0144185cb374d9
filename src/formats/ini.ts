/**
 * INI as the npm package `ini` reads and writes it, except where that loses something without a word:
 * - `;` and `#` begin a comment at a line's start or after a blank only: `p#ss;word` is a whole password.
 * - What stands in single quotes is taken literally (`'0123'` is no number), and what stands in any quotes is a string (`"true"`).
 * - A line that is neither section, comment nor name is refused, and so is one name for both a value and a section.
 */
import { syntaxError } from './errors.js';
import { isTree, put, take, treeCopier } from './tree.js';
import type { Tree, Value } from './types.js';

const comment = String.raw`(?:\s*[;#].*)?$`;
const doubleQuoted = new RegExp(String.raw`^("(?:[^"\\]|\\.)*")${comment}`, 's');
const singleQuoted = new RegExp(`^'([^']*)'${comment}`, 's');
const section = new RegExp(String.raw`^\[([^\]]*)\]${comment}`, 's');

function jsonString(text: string): string | null {
  try {
    return String(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The content of a quoted word; null when it is not quoted. */
function quoted(word: string): string | null {
  const double = doubleQuoted.exec(word)?.[1];
  if (double !== undefined) return jsonString(double);
  return singleQuoted.exec(word)?.[1] ?? /^'(.*)'$/s.exec(word)?.[1] ?? null;
}

/** What is not quoted: up to a comment, with what `ini` escapes. `text` still has the blank that a comment needs before it. */
function bare(text: string): string {
  return text
    .replace(/\s[;#].*$/s, '')
    .replace(/\\([\\;#])/g, '$1')
    .trim();
}

const constants: ReadonlyMap<string, Value> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function readName(text: string): string {
  return quoted(text.trim()) ?? bare(text);
}

function readValue(text: string): Value {
  const inQuotes = quoted(text.trim());
  if (inQuotes !== null) return inQuotes;
  const value = bare(text);
  return constants.has(value) ? (constants.get(value) ?? null) : value;
}

/** The tree of `[a.b]`: dots nest unless escaped. Null when a value has its place. */
function openSection(root: Tree, name: string): Tree | null {
  let tree = root;
  for (const part of name.split(/(?<!\\)\./)) {
    const component = part.replaceAll('\\.', '.');
    const inner = take(tree, component) ?? {};
    if (!isTree(inner)) return null;
    put(tree, component, inner);
    tree = inner;
  }
  return tree;
}

/** Sets a name, or adds to a list: `name[]`. False when a section has its place. */
function setName(tree: Tree, name: string, value: Value): boolean {
  const isList = name.length > 2 && name.endsWith('[]');
  const key = isList ? name.slice(0, -2) : name;
  const before = take(tree, key);
  if (isTree(before)) return false;
  if (Array.isArray(before)) before.push(value);
  else if (isList) put(tree, key, before === undefined ? [value] : [before, value]);
  else put(tree, key, value);
  return true;
}

function readLines(text: string, path: string): Tree {
  const root: Tree = {};
  let current = root;
  for (const [i, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.trim();
    const refuse = (reason: string) => syntaxError('ini', path, reason, { line: i + 1, column: raw.search(/\S/) + 1 });
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;
    const header = section.exec(line)?.[1];
    if (header !== undefined) {
      const opened = openSection(root, readName(header));
      if (opened === null) throw refuse('a section where a value is already');
      current = opened;
      continue;
    }
    const equals = line.indexOf('=');
    const name = readName(equals < 0 ? line : line.slice(0, equals));
    if (line.startsWith('[') || name === '') throw refuse('neither a section, a comment, nor a name with a value');
    if (!setName(current, name, equals < 0 || readValue(line.slice(equals + 1))))
      throw refuse('a value where a section is already');
  }
  return root;
}

export function parseIni(text: string, path = 'the text'): Value {
  return treeCopier((reason) => syntaxError('ini', path, reason))(readLines(text, path));
}
