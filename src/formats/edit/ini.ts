/** INI, line by line, by the rules of ../ini.ts. */
import { type Change, type Editor, insertLine, type Span, splice } from './types.js';

interface Line extends Span {
  /** The section that the line is in, or opens. */
  readonly section: string;
  readonly opens: boolean;
  /** Of an entry; '' for everything else. */
  readonly name: string;
  readonly value: Span;
}

function unquoted(word: string): string {
  const inner = /^"(.*)"$|^'(.*)'$/s.exec(word.trim());
  return inner === null ? word.trim() : (inner[1] ?? inner[2] ?? '');
}

function lineOf(text: string, { start, end }: Span, section: string): Line {
  const raw = text.slice(start, end).replace(/\r?\n$/, '');
  const opened = /^\s*\[([^\]]*)\]/.exec(raw)?.[1];
  const nothing = { start: end, end };
  if (opened !== undefined) return { start, end, section: unquoted(opened), opens: true, name: '', value: nothing };
  const entry = /^(\s*([^=;#\s][^=]*?)\s*=[ \t]*)/.exec(raw);
  if (entry === null) return { start, end, section, opens: false, name: '', value: nothing };
  const from = start + (entry[1] ?? '').length;
  const rest = raw.slice((entry[1] ?? '').length);
  const value = /^("(?:[^"\\]|\\.)*"|'[^']*')/.exec(rest)?.[0] ?? rest.replace(/(^|\s)[;#].*$/, '').trimEnd();
  return {
    start,
    end,
    section,
    opens: false,
    name: unquoted(entry[2] ?? ''),
    value: { start: from, end: from + value.length },
  };
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (const match of text.matchAll(/[^\n]*\n|[^\n]+$/g)) {
    const span = { start: match.index, end: match.index + match[0].length };
    lines.push(lineOf(text, span, lines.at(-1)?.section ?? ''));
  }
  return lines;
}

function valueText(value: NonNullable<Change['value']>): string | null {
  if (typeof value === 'object') return null;
  if (typeof value === 'boolean') return String(value);
  const text = String(value);
  return /^[\w./:@%+-]+$/.test(text) && !['true', 'false', 'null'].includes(text) ? text : JSON.stringify(text);
}

const escaped = (name: string) => name.replaceAll('.', '\\.');

function edit(text: string, { path, value }: Change): string | null {
  const name = path.at(-1) ?? '';
  const section = path.slice(0, -1).map(escaped).join('.');
  const lines = linesOf(text);
  const inside = lines.filter((line) => line.section === section);
  const own = inside.filter((line) => line.name === name);
  if (value === undefined) return own.reverse().reduce<string>((left, line) => splice(left, line, ''), text);
  const put = value === null ? 'null' : valueText(value);
  const last = own.at(-1);
  if (put === null || !/^[^\s=;#[\]"'][^=;#[\]\n]*$/.test(name)) return null;
  if (last !== undefined) return splice(text, last.value, put);
  const end = inside.findLast((line) => line.name !== '' || line.opens)?.end;
  if (end !== undefined) return insertLine(text, end, `${name} = ${put}`);
  if (section === '')
    return insertLine(text, lines.find((line) => line.opens)?.start ?? text.length, `${name} = ${put}`);
  return insertLine(insertLine(text, text.length, `[${section}]`), Number.MAX_SAFE_INTEGER, `${name} = ${put}`);
}

export const iniEditor: Editor = [edit];
