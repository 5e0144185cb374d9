/** JSON, edited where it stands: new members look like their neighbours. The text is known to parse. */
import type { Value } from '../types.js';
import { type Change, type Editor, newlineOf, type Span, splice } from './types.js';

interface Node extends Span {
  readonly members: readonly Member[] | null;
  readonly isList: boolean;
}

interface Member extends Span {
  readonly name: string;
  readonly value: Node;
}

const blank = /\s*/y;
const stringToken = /"(?:[^"\\]|\\.)*"/y;
const scalarToken = /[^\s,\]}]+/y;

class Reader {
  at = 0;
  constructor(readonly text: string) {}

  token(expression: RegExp): string {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  /** Skips blanks, and tells what comes next. */
  peek(): string {
    this.token(blank);
    return this.text.charAt(this.at);
  }
}

function readNode(reader: Reader): Node {
  const mark = reader.peek();
  const start = reader.at;
  if (mark !== '{' && mark !== '[') {
    reader.token(mark === '"' ? stringToken : scalarToken);
    return { start, end: reader.at, members: null, isList: false };
  }
  const members: Member[] = [];
  const close = mark === '{' ? '}' : ']';
  reader.at++;
  while (reader.peek() !== close) {
    if (reader.peek() === ',') reader.at++;
    members.push(readMember(reader, mark === '[' ? String(members.length) : null));
  }
  reader.at++;
  return { start, end: reader.at, members, isList: mark === '[' };
}

function readMember(reader: Reader, index: string | null): Member {
  reader.peek();
  const start = reader.at;
  const name = index ?? (JSON.parse(reader.token(stringToken)) as string);
  if (index === null) {
    reader.peek();
    reader.at++; // the colon
  }
  const value = readNode(reader);
  return { name, value, start, end: value.end };
}

/** Of two equal names the last counts. */
const named = (node: Node, name: string) => node.members?.findLast((member) => member.name === name);

/** How one level is indented here; '' in a text of one line. */
function indentOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? (text.includes('\n') ? '  ' : '');
}

/** A value as it would be written at a depth of indentation. */
function written(text: string, value: Value, depth: string): string {
  const indent = indentOf(text);
  return JSON.stringify(value, null, indent).replaceAll('\n', `${newlineOf(text)}${depth}`);
}

function memberText(text: string, parent: Node, name: string, value: Value, depth: string): string {
  if (parent.isList) return written(text, value, depth);
  const sample = parent.members?.[0];
  const colon =
    sample === undefined ? ': ' : (/^"(?:[^"\\]|\\.)*"(\s*:\s*)/.exec(text.slice(sample.start))?.[1] ?? ': ');
  return `${JSON.stringify(name)}${colon}${written(text, value, depth)}`;
}

function append(text: string, parent: Node, name: string, value: Value): string {
  const last = parent.members?.at(-1);
  if (last === undefined) {
    const outer = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', parent.start - 1) + 1))?.[0] ?? '';
    const indent = indentOf(text);
    const depth = `${outer}${indent}`;
    const [open, close] = text.includes('\n') ? [`${newlineOf(text)}${depth}`, `${newlineOf(text)}${outer}`] : ['', ''];
    return splice(
      text,
      { start: parent.start + 1, end: parent.end - 1 },
      `${open}${memberText(text, parent, name, value, depth)}${close}`,
    );
  }
  const gap = /\s*$/.exec(text.slice(0, last.start))?.[0] ?? '';
  const depth = /[^\n]*$/.exec(gap)?.[0] ?? '';
  const comma = gap === '' && parent.members?.length === 1 && text.includes(', ') ? ', ' : `,${gap}`;
  return splice(text, { start: last.end, end: last.end }, `${comma}${memberText(text, parent, name, value, depth)}`);
}

function cut(text: string, parent: Node, name: string): string | null {
  const members = parent.members ?? [];
  const index = members.findLastIndex((member) => member.name === name);
  const [before, own, after] = [members[index - 1], members[index], members[index + 1]];
  if (own === undefined) return null;
  if (before !== undefined) return splice(text, { start: before.end, end: own.end }, '');
  if (after !== undefined) return splice(text, { start: own.start, end: after.start }, '');
  return splice(text, { start: parent.start + 1, end: parent.end - 1 }, '');
}

/** What is missing of a path, as one value. */
function nest(path: readonly string[], value: Value): Value {
  return path.reduceRight<Value>((inner, name) => ({ [name]: inner }), value);
}

function edit(text: string, { path, value }: Change): string | null {
  let node = readNode(new Reader(text));
  for (const [i, name] of path.entries()) {
    const member = named(node, name);
    if (member === undefined) {
      if (value === undefined || node.members === null) return null;
      return append(text, node, name, nest(path.slice(i + 1), value));
    }
    if (i === path.length - 1 || member.value.members === null) {
      const isTwice = !node.isList && node.members?.find((one) => one.name === name) !== member;
      const left = value === undefined ? cut(text, node, name) : null;
      // Without the last one, the one before it would count.
      if (value === undefined) return left !== null && isTwice ? edit(left, { path, value }) : left;
      const depth = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', member.start - 1) + 1))?.[0] ?? '';
      return splice(text, member.value, written(text, nest(path.slice(i + 1), value), depth));
    }
    node = member.value;
  }
  return null;
}

export const jsonEditor: Editor = [edit];
