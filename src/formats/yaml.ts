/**
 * YAML 1.2, core schema, one document. Aliases and merge keys (`<<`) are followed, within the bounds of a tree; tags other than the
 * core schema's, duplicate names, and names that are no scalars are refused. https://yaml.org/spec/1.2.2/
 */
import { createRequire } from 'node:module';
import type { Alias, Node, YAMLMap } from 'yaml';
import { syntaxError, textTooLarge } from './errors.js';
import { positionAt } from './position.js';
import { isTree, put, treeCopier } from './tree.js';
import type { Tree, Value } from './types.js';

/** The parser takes some 10 µs a character for hostile input: this bounds it to seconds. */
const longestText = 1024 * 1024;
/** See `deepest` in tree.ts; here it also bounds the recursion over the parser's nodes. */
const deepest = 100;

// Loaded when the first YAML file is met (40 ms), and synchronously, for loadSecretsSync.
const require = createRequire(import.meta.url);

interface Reading {
  readonly yaml: typeof import('yaml');
  readonly anchors: Map<string, Value>;
  readonly copy: (value: unknown, depth?: number) => Value;
  readonly refuse: (reason: string, node?: unknown) => Error;
}

function readAlias(alias: Alias, reading: Reading, depth: number): Value {
  const target = reading.anchors.get(alias.source);
  // An anchor is known only once what it names is complete: an alias inside it would make a circle.
  if (target === undefined) throw reading.refuse('an alias without an anchor before it', alias);
  return reading.copy(target, depth);
}

/** The name of a pair; null for the merge key. */
function readName(key: unknown, reading: Reading): string | null {
  if (key === null) return '';
  if (!reading.yaml.isScalar(key)) throw reading.refuse('a name that is a list, a mapping or an alias', key);
  if (typeof key.value === 'symbol') return null;
  return key.value === null ? '' : String(key.value);
}

/** Adds the names of what `<<` points to, unless the mapping has them already. */
function mergeInto(tree: Tree, merged: Value, reading: Reading, node: unknown): void {
  for (const source of Array.isArray(merged) ? merged : [merged]) {
    if (!isTree(source)) throw reading.refuse('a merge key with something other than mappings', node);
    for (const [name, value] of Object.entries(source)) if (!Object.hasOwn(tree, name)) put(tree, name, value);
  }
}

function readMap(map: YAMLMap, reading: Reading, depth: number): Tree {
  const tree: Tree = {};
  const merges: (() => void)[] = [];
  for (const pair of map.items) {
    const name = readName(pair.key, reading);
    const value = read(pair.value, reading, depth + 1);
    if (name === null) merges.push(() => mergeInto(tree, value, reading, pair.key));
    else if (Object.hasOwn(tree, name)) throw reading.refuse('a name that is there already', pair.key);
    else put(tree, name, value);
  }
  // What stands in the mapping itself wins over what is merged, wherever the merge key stands.
  for (const merge of merges) merge();
  return tree;
}

function read(node: unknown, reading: Reading, depth: number): Value {
  const { yaml } = reading;
  if (depth > deepest) throw reading.refuse(`it is nested more than ${deepest} levels deep`, node);
  if (yaml.isAlias(node)) return readAlias(node, reading, depth);
  let value: Value;
  if (yaml.isMap(node)) value = readMap(node, reading, depth);
  else if (yaml.isSeq(node)) value = node.items.map((item) => read(item, reading, depth + 1));
  else value = reading.copy(yaml.isScalar(node) ? node.value : node, depth);
  const anchor = (node as Partial<Node & { anchor: string }> | null)?.anchor;
  if (anchor !== undefined) reading.anchors.set(anchor, value);
  return value;
}

export function parseYaml(text: string, path = 'the text'): Value {
  if (text.length > longestText) throw textTooLarge(path, longestText);
  const yaml = require('yaml') as typeof import('yaml');
  const fault = (reason: string, at?: number) =>
    syntaxError('yaml', path, reason, at === undefined ? at : positionAt(text, at));
  const refuse = (reason: string, node?: unknown) => fault(reason, (node as Node | undefined)?.range?.[0]);
  const document = yaml.parseDocument(text, {
    schema: 'core', // also under a `%YAML 1.1` directive
    merge: true,
    resolveKnownTags: false,
    uniqueKeys: false, // checked here: the parser's own check takes time by the square of the number of names
    logLevel: 'error', // nothing on stderr; 'silent' would also ignore all documents but the first
    prettyErrors: false, // they quote the content
  });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw fault(problem.code.toLowerCase().replaceAll('_', ' '), problem.pos[0]);
  return read(document.contents, { yaml, anchors: new Map(), copy: treeCopier(refuse), refuse }, 0);
}
