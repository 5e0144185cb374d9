/**
 * Where values come from, the lowest first: the schema's defaults, the base file, the environment's file, the local file, process.env, and
 * what the program itself says. Trees are merged by name; everything else, lists included, is replaced.
 */
import { formatOf, parseText } from '../formats/index.js';
import { isTree, type Leaf, leaves, mergeTrees, put } from '../formats/tree.js';
import type { Tree, Value } from '../formats/types.js';
import type { Env } from '../host/types.js';
import { ambiguousVariable, mendable, wrongVariable } from './errors.js';
import { at, dotted, type Path } from './names.js';

export interface Layer {
  /** `secrets.json`, `environment`, `override`: shown to people. */
  readonly source: string;
  readonly tree: Tree;
  /** A registered file, which `blackbox-ts edit` opens. */
  readonly sealed?: boolean;
  /** A dotenv file: its names are spelled as variables already. */
  readonly spelled?: boolean;
  /** Of the environment: the variable of each value. */
  readonly variables?: ReadonlyMap<string, string>;
}

/** What a file holds. @throws ERR_BLACKBOX_SYNTAX and others of `parseText` */
export function fileLayer(path: string, bytes: Uint8Array): Layer {
  const format = formatOf(path);
  return { source: path, tree: parseText(format, bytes, path), spelled: format.name === 'dotenv' };
}

/** What a registered file holds: whoever can read it is told how to mend it. @throws as {@link fileLayer} */
export function sealedLayer(path: string, bytes: Uint8Array): Layer {
  try {
    return { ...fileLayer(path, bytes), sealed: true };
  } catch (error) {
    throw mendable(error, path);
  }
}

/** Where one value comes from. Never the value. */
export interface Origin {
  readonly name: string;
  /** A file, `environment NAME`, `override`, or `schema` for what the schema added. */
  readonly source: string;
  /** Where the name has other values, which this one lies over: the nearest first. */
  readonly over: readonly string[];
}

export function merged(layers: readonly Layer[]): Tree {
  return layers.reduce<Tree>((base, { tree }) => mergeTrees(base, tree), {});
}

function sourceOf({ source, variables }: Layer, path: Path): string {
  return variables === undefined ? source : `${source} ${variables.get(dotted(path))}`;
}

/** Of the value at each path, the layers that have it. */
export function originsOf(paths: readonly Path[], layers: readonly Layer[]): Origin[] {
  return paths.map((path) => {
    const holders = layers.filter((layer) => at(layer.tree, path) !== undefined).reverse();
    const [source = 'schema', ...over] = holders.map((layer) => sourceOf(layer, path));
    return { name: dotted(path), source, over };
  });
}

/** `db.password`, `dbPassword` and `DB-Password` as a variable's name: DB_PASSWORD. */
export function variableName(path: Path): string {
  return path
    .map((name) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_'))
    .join('_')
    .toUpperCase();
}

/** A variable's text as the kind of value that it replaces. */
function asKind(text: string, { path, value }: Leaf, variable: string): Value {
  if (typeof value === 'number') {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(number)) throw wrongVariable(variable, dotted(path), 'a number');
    return number;
  }
  if (typeof value !== 'boolean') return text;
  if (text !== 'true' && text !== 'false') throw wrongVariable(variable, dotted(path), 'true or false');
  return text === 'true';
}

/** A tree with one value. Items of lists have no variables: a list is replaced as a whole. */
function treeOf(path: Path, value: Value): Tree {
  const [name = '', ...rest] = path;
  const tree: Tree = {};
  put(tree, name, rest.length === 0 ? value : treeOf(rest, value));
  return tree;
}

function isInList(tree: Tree, path: Path): boolean {
  return path.some((_, i) => i > 0 && !isTree(at(tree, path.slice(0, i))));
}

/**
 * The layer of environment variables: those of `prefix` and the name of a value that is there.
 * @param more names that may be given although no file has them
 */
export function environmentLayer(env: Env, prefix: string, below: Tree, more: readonly Path[] = []): Layer {
  const known = leaves(below).filter(({ path }) => !isInList(below, path));
  const absent = more.filter((path) => at(below, path) === undefined).map((path) => ({ path, value: null }));
  const byVariable = new Map<string, Leaf[]>();
  for (const leaf of [...known, ...absent]) {
    const variable = `${prefix}${variableName(leaf.path)}`;
    if (env[variable] === undefined) continue;
    byVariable.set(variable, [...(byVariable.get(variable) ?? []), leaf]);
  }
  let tree: Tree = {};
  const variables = new Map<string, string>();
  for (const [variable, [leaf, ...others]] of byVariable) {
    if (leaf === undefined) continue;
    if (others.length > 0)
      throw ambiguousVariable(
        variable,
        [leaf, ...others].map((l) => dotted(l.path)),
      );
    tree = mergeTrees(tree, treeOf(leaf.path, asKind(env[variable] ?? '', leaf, variable)));
    variables.set(dotted(leaf.path), variable);
  }
  return { source: 'environment', tree, variables };
}
