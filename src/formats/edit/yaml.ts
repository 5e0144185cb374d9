/** YAML: the parser tells where a value stands, and the text is changed there. Where that does not do, the parser writes the document anew. */
import { createRequire } from 'node:module';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import type { Value } from '../types.js';
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
  const end = old.endsWith('\n') ? newlineOf(text) : '';
  return splice(text, span, `${gap}${valueText(value, quoted)}${end}`);
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

function insert(text: string, { parent, depth }: Found, path: readonly string[], value: Value): string | null {
  const map = parent as YAMLMap & { flow?: boolean };
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
  const end = text.charAt(range[1] - 1) === '\n' ? range[1] : lineEnd(text, range[1]);
  const lines = blockLines(path.slice(depth), value, column);
  return insertLine(text, end, lines.replaceAll('\n', newlineOf(text)));
}

function cut(text: string, { parent, pair }: Found): string | null {
  const start = spanOf((pair?.key ?? null) as Node | null)?.start;
  const range = (((pair?.value ?? pair?.key) as Node | null) ?? null)?.range;
  if (pair === null || start === undefined || range === null || range === undefined) return null;
  if ((parent as { flow?: boolean }).flow === true || (parent as YAMLMap).items.length === 1) return null;
  // Only where it has its lines to itself.
  if (text.slice(lineStart(text, start), start).trim() !== '') return null;
  const end = text.charAt(range[1] - 1) === '\n' ? range[1] : lineEnd(text, range[1]);
  return splice(text, { start: lineStart(text, start), end }, '');
}

function inPlace(text: string, { path, value }: Change): string | null {
  const { yaml, document } = documentOf(text);
  const root = document.contents as Node | null;
  const found = root === null || !yaml.isCollection(root) ? null : find(yaml, root, path);
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
  return document.toString({ lineWidth: 0 });
}

export const yamlEditor: Editor = [inPlace, anew];
