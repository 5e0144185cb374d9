/** YAML: the parser tells where a value stands, and the text is changed there. Where that does not do, the parser writes the document anew. */
import { createRequire } from 'node:module';
import type { Document, Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import type { Value } from '../types.js';
import { cutMember } from './members.js';
import { type Change, type Editor, insertLine, lineEnd, lineStart, newlineOf, type Span, splice } from './types.js';

const require = createRequire(import.meta.url);

function documentOf(text: string): { yaml: typeof import('yaml'); document: Document } {
  const yaml = require('yaml') as typeof import('yaml');
  const document = yaml.parseDocument(text, {
    schema: 'core',
    merge: true,
    uniqueKeys: false,
    logLevel: 'error',
    prettyErrors: false,
  });
  return { yaml, document };
}

/** JSON is YAML; a plain word needs no quotes if it had none. */
function valueText(value: Value, quoted: boolean): string {
  const isPlain =
    typeof value === 'string' &&
    !quoted &&
    /^[A-Za-z_][\w./@+-]*$/.test(value) &&
    !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}

interface Found {
  /** The innermost collection on the way that is there, and how much of the path leads to it. */
  readonly parent: Node;
  readonly depth: number;
  readonly pair: Pair | null;
  readonly value: Node | null;
}

function findPair(yaml: typeof import('yaml'), map: YAMLMap, name: string): Pair | undefined {
  return map.items.find((pair) => yaml.isScalar(pair.key) && String(pair.key.value ?? '') === name);
}

function find(yaml: typeof import('yaml'), root: Node, path: readonly string[]): Found | null {
  let parent = root;
  for (const [depth, name] of path.entries()) {
    const pair = yaml.isMap(parent) ? (findPair(yaml, parent, name) ?? null) : null;
    const value =
      pair !== null
        ? (pair.value as Node | null)
        : yaml.isSeq(parent)
          ? ((parent.items[Number(name)] as Node | undefined) ?? null)
          : null;
    const isThere = pair !== null || value !== null;
    if (!isThere || depth === path.length - 1) return { parent, depth, pair, value: isThere ? value : null };
    if (!yaml.isCollection(value)) return null;
    parent = value;
  }
  return null;
}

function spanOf(node: Node | null): Span | null {
  const range = node?.range;
  return range === null || range === undefined ? null : { start: range[0], end: range[1] };
}

/** Puts another value in the place of one. */
function replace(text: string, node: Node, value: Value, quoted: boolean): string | null {
  const span = spanOf(node);
  if (span === null) return null;
  const old = text.slice(span.start, span.end);
  const gap =
    span.start > 0 && /\S/.test(text.charAt(span.start - 1)) && !'[{,'.includes(text.charAt(span.start - 1)) ? ' ' : '';
  // A block of lines ends with its line.
  // Of what was left empty, a comment begins right there.
  const end = old.endsWith('\n') ? newlineOf(text) : text.charAt(span.end) === '#' ? ' ' : '';
  return splice(text, span, `${gap}${valueText(value, quoted)}${end}`);
}

/** Lines in the place of a block of lines, as `|` has them: a key in PEM stays one that can be read. */
function replaceLines(text: string, node: Node, value: string): string | null {
  const span = spanOf(node);
  const indent = /\n( +)\S/.exec(text.slice(span?.start, span?.end))?.[1];
  if (span === null || indent === undefined) return null;
  const lines = value.replace(/\n$/, '').split('\n');
  const block = [`|${value.endsWith('\n') ? '' : '-'}`, ...lines.map((line) => (line === '' ? '' : indent + line)), ''];
  return splice(text, span, block.join(newlineOf(text)));
}

function nest(path: readonly string[], value: Value): Value {
  return path.reduceRight<Value>((inner, name) => ({ [name]: inner }), value);
}

/** What is missing of a path, one line a name, as block mappings are written. */
function blockLines(path: readonly string[], value: Value, column: string): string {
  const [name = '', ...rest] = path;
  if (rest.length === 0) return `${column}${valueText(name, false)}: ${valueText(value, false)}`;
  return `${column}${valueText(name, false)}:\n${blockLines(rest, value, `${column}  `)}`;
}

/** A value after the last one of a list, or the first one of what is empty. */
function append(text: string, { parent, depth }: Found, path: readonly string[], value: Value): string | null {
  const { items, flow } = parent as YAMLSeq & { flow?: boolean };
  const span = spanOf(parent);
  const range = (items.at(-1) as Node | undefined)?.range;
  const inner = nest(path.slice(depth + 1), value);
  if (span === null || (items.length > 0 && path[depth] !== String(items.length))) return null;
  if (items.length === 0)
    return splice(text, span, text.startsWith('[', span.start) ? JSON.stringify([inner]) : flowMap(path[depth], inner));
  if (range === null || range === undefined) return null;
  if (flow === true) return splice(text, { start: range[1], end: range[1] }, `, ${JSON.stringify(inner)}`);
  const column = text.slice(lineStart(text, span.start), span.start).replace(/[^\t ]/g, ' ');
  return insertLine(text, endOf(text, range[1]), `${column}- ${valueText(inner, false)}`);
}

const flowMap = (name: string | undefined, value: Value) => `{ ${JSON.stringify(name)}: ${JSON.stringify(value)} }`;

/** Where the lines end of what ends at an offset. */
const endOf = (text: string, end: number) => (text.charAt(end - 1) === '\n' ? end : lineEnd(text, end));

function insert(text: string, found: Found, path: readonly string[], value: Value): string | null {
  const { parent, depth } = found;
  const map = parent as YAMLMap & { flow?: boolean };
  if (map.items.length === 0 || text.startsWith('[', spanOf(parent)?.start) || isBlockList(text, parent))
    return append(text, found, path, value);
  const first = map.items[0] as Pair | undefined;
  const last = map.items.at(-1) as Pair | undefined;
  const keyAt = spanOf((first?.key ?? null) as Node | null)?.start;
  const range = (((last?.value ?? last?.key) as Node | null) ?? null)?.range;
  if (keyAt === undefined || range === null || range === undefined || !('items' in parent) || first?.key === undefined)
    return null;
  if (map.flow === true) {
    const text_ = `, ${JSON.stringify(path[depth])}: ${JSON.stringify(nest(path.slice(depth + 1), value))}`;
    return splice(text, { start: range[1], end: range[1] }, text_);
  }
  const column = text.slice(lineStart(text, keyAt), keyAt).replace(/[^\t ]/g, ' ');
  const end = endOf(text, range[1]);
  const lines = blockLines(path.slice(depth), value, column);
  return insertLine(text, end, lines.replaceAll('\n', newlineOf(text)));
}

/** From the first to the last character of a member of a collection: of a list in lines, with its dash. */
function memberSpan(text: string, parent: Node, member: Pair | Node): Span | null {
  const { key, value } = 'key' in member ? member : { key: member, value: member };
  const start = spanOf((key ?? null) as Node | null)?.start;
  const end = ((value ?? key) as Node | null)?.range?.[1];
  if (start === undefined || end === undefined) return null;
  if (!isBlockList(text, parent)) return { start, end };
  const dash = text.lastIndexOf('-', start - 1);
  return dash < 0 || text.slice(dash + 1, start).trim() !== '' ? null : { start: dash, end };
}

const isBlockList = (text: string, parent: Node) =>
  !('flow' in parent && parent.flow === true) && /^-\s/.test(text.slice(spanOf(parent)?.start));

function cut(text: string, { parent, pair, value }: Found): string | null {
  const { items, flow } = parent as YAMLMap & { flow?: boolean };
  const index = items.indexOf((pair ?? value) as Pair);
  const spans = items.map((item) => memberSpan(text, parent, item));
  const own = spans[index];
  if (!own) return null;
  if (flow === true) return spans.includes(null) ? null : cutMember(text, spans as Span[], index);
  const start = lineStart(text, own.start);
  // Only where it has its lines to itself.
  const shares = text.slice(start, own.start).trim() !== '';
  return items.length === 1 || shares ? null : splice(text, { start, end: endOf(text, own.end) }, '');
}

function place(text: string, path: readonly string[]): { yaml: typeof import('yaml'); found: Found | null } {
  const { yaml, document } = documentOf(text);
  const root = document.contents as Node | null;
  return { yaml, found: root === null || !yaml.isCollection(root) ? null : find(yaml, root, path) };
}

function inLines(text: string, { path, value }: Change): string | null {
  if (typeof value !== 'string' || !value.includes('\n')) return null;
  const { yaml, found } = place(text, path);
  const isBlock = yaml.isScalar(found?.value) && found.value.type === 'BLOCK_LITERAL';
  return found?.value && isBlock ? replaceLines(text, found.value, value) : null;
}

function inPlace(text: string, { path, value }: Change): string | null {
  const { yaml, found } = place(text, path);
  if (found === null) return null;
  if (value === undefined) return cut(text, found);
  if (found.pair === null && found.value === null) return insert(text, found, path, value);
  if (found.value === null || found.depth < path.length - 1) return null;
  const isQuoted = yaml.isScalar(found.value) && found.value.type !== 'PLAIN';
  const inFlow = (found.parent as { flow?: boolean }).flow === true;
  return replace(text, found.value, value, isQuoted || inFlow);
}

/** The parser's own way: comments and order stay, blanks and quotes may not. */
function anew(text: string, { path, value }: Change): string {
  const { yaml, document } = documentOf(text);
  const names = path.map((name, i) =>
    yaml.isSeq(i === 0 ? document.contents : document.getIn(path.slice(0, i))) ? Number(name) : name,
  );
  if (value === undefined) document.deleteIn(names);
  else document.setIn(names, document.createNode(value));
  return document.toString({
    lineWidth: 0,
    indentSeq: !/^( *)[^\s#-][^\n]*:[ \t]*\r?\n\1- /m.test(text),
    flowCollectionPadding: !/[[{][^\s\]}]/.test(text),
  });
}

export const yamlEditor: Editor = [inLines, inPlace, anew];
