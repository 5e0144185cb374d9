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

function sectionOf(path: readonly string[]): string {
  return path.map(escaped).join('.');
}

/** Every line of a name: of a list, all of its items. */
function cutName(text: string, lines: readonly Line[]): string {
  return [...lines].reverse().reduce<string>((left, line) => splice(left, line, ''), text);
}

/** A section and those below it, each up to its last entry: what follows may be about the next one. */
function cutSection(text: string, lines: readonly Line[], path: readonly string[]): string {
  const name = sectionOf(path);
  const heads = lines.filter((line) => line.opens && (line.section === name || line.section.startsWith(`${name}.`)));
  return heads.reverse().reduce<string>((left, head) => {
    const next = lines.find((line) => line.opens && line.start > head.start)?.start ?? text.length;
    const last = lines.findLast((line) => line.start < next && (line.name !== '' || line === head)) ?? head;
    return splice(left, { start: head.start, end: last.end }, '');
  }, text);
}

/** An item of a list, which is a line `name[] =`. */
function editItem(text: string, lines: readonly Line[], { path, value }: Change): string | null {
  const [section, name, index] = [sectionOf(path.slice(0, -2)), `${path.at(-2)}[]`, Number(path.at(-1))];
  const items = lines.filter((line) => line.section === section && line.name === name);
  const [own, last] = [items[index], items.at(-1)];
  if (own !== undefined && value === undefined) return splice(text, own, '');
  const put = value === undefined ? null : value === null ? 'null' : valueText(value);
  if (put === null || last === undefined) return null;
  return own === undefined ? insertLine(text, last.end, `${name} = ${put}`) : splice(text, own.value, put);
}

function edit(text: string, { path, value }: Change): string | null {
  const name = path.at(-1) ?? '';
  const section = sectionOf(path.slice(0, -1));
  const lines = linesOf(text);
  const inside = lines.filter((line) => line.section === section);
  const own = inside.filter((line) => line.name === name);
  const items = inside.filter((line) => line.name === `${name}[]`);
  if (value === undefined && own.length + items.length > 0)
    return cutName(
      text,
      lines.filter((line) => own.includes(line) || items.includes(line)),
    );
  if (/^\d+$/.test(name) && own.length === 0) {
    const item = editItem(text, lines, { path, value });
    if (item !== null) return item;
  }
  if (value === undefined) return cutSection(text, lines, path);
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
