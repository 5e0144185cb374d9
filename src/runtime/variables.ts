/** Secrets as environment variables: for programs that know nothing else. */
import { isTree, leaves, put, take } from '../formats/tree.js';
import type { Tree, Value } from '../formats/types.js';
import { noSuchName, noVariable, sameVariable } from './errors.js';
import { type Layer, merged, variableName } from './layers.js';
import { dotted, nearMisses, type Path } from './names.js';

export interface Variable {
  readonly name: string;
  readonly value: string;
  /** Where the value stands: `db.password`. */
  readonly path: string;
}

export interface VariableOptions {
  /** Of these alone: names of variables, or of values. */
  readonly only?: readonly string[] | undefined;
  /** In front of every name. */
  readonly prefix?: string | undefined;
}

/** Every value but lists' items: a list is one variable. */
function entries(tree: Tree, path: Path = []): [Path, Value][] {
  return Object.entries(tree).flatMap(([name, value]): [Path, Value][] =>
    isTree(value) ? entries(value, [...path, name]) : [[[...path, name], value]],
  );
}

/** A dotenv file spells its names as it means them; elsewhere `db.password` is DB_PASSWORD. */
function nameOf(path: Path, layers: readonly Layer[]): string {
  const [first = ''] = path;
  const isVariable = path.length === 1 && layers.some((l) => l.spelled === true && take(l.tree, first) !== undefined);
  return isVariable ? first : variableName(path);
}

function textOf(value: Value): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function variable(path: Path, value: Value, layers: readonly Layer[], prefix: string): Variable {
  return { name: `${prefix}${nameOf(path, layers)}`, value: textOf(value), path: dotted(path) };
}

/** @throws ERR_BLACKBOX_NO_VARIABLE */
function checkVariable({ name, value, path }: Variable): void {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) throw noVariable(path, 'its name is none that a variable can have');
  if (value.includes('\0')) throw noVariable(path, 'it holds a NUL character');
  // Half a character would silently become another one.
  if (/\p{Cs}/u.test(value)) throw noVariable(path, 'it holds what is no Unicode text');
}

function chosen(all: readonly Variable[], only: readonly string[], prefix: string): Variable[] {
  const isCalled = (v: Variable, name: string) => v.name === name || v.name === `${prefix}${name}` || v.path === name;
  for (const name of only) {
    if (!all.some((v) => isCalled(v, name))) {
      throw noSuchName(name, nearMisses(name, [...all.map((v) => v.path), ...all.map((v) => v.name)]));
    }
  }
  return all.filter((v) => only.some((name) => isCalled(v, name)));
}

/**
 * The values that some layers have, with the names that they would have as variables. Nothing (null) makes none.
 * @throws ERR_BLACKBOX_NO_SUCH_NAME
 */
export function valuesOf(layers: readonly Layer[], { only, prefix = '' }: VariableOptions = {}): Variable[] {
  const all = entries(merged(layers))
    .filter(([, value]) => value !== null)
    .map(([path, value]) => variable(path, value, layers, prefix));
  return only === undefined ? all : chosen(all, only, prefix);
}

/**
 * The variables that some layers make. What is not asked for may be none.
 * @throws ERR_BLACKBOX_NO_VARIABLE, ERR_BLACKBOX_NO_SUCH_NAME
 */
export function variablesOf(layers: readonly Layer[], options: VariableOptions = {}): Variable[] {
  const wanted = valuesOf(layers, options);
  const byName = new Map<string, Variable>();
  for (const one of wanted) {
    checkVariable(one);
    const other = byName.get(one.name);
    if (other !== undefined) throw sameVariable(one.name, [other.path, one.path]);
    byName.set(one.name, one);
  }
  return wanted;
}

/** The tree of these variables alone, with the names that the files have. */
export function treeOf(layers: readonly Layer[], variables: readonly Variable[]): Tree {
  const wanted = new Set(variables.map(({ path }) => path));
  const tree: Tree = {};
  for (const [path, value] of entries(merged(layers))) {
    if (!wanted.has(dotted(path))) continue;
    let inner = tree;
    for (const name of path.slice(0, -1)) {
      if (!Object.hasOwn(inner, name)) put(inner, name, {});
      inner = inner[name] as Tree;
    }
    put(inner, path.at(-1) ?? '', value);
  }
  return tree;
}

/** The texts to be masked: those of all leaves, with what is shown in their place. */
export function maskedTexts(layers: readonly Layer[]): { readonly text: string; readonly path: string }[] {
  return leaves(merged(layers)).flatMap(({ path, value }) =>
    typeof value === 'string' || typeof value === 'number' ? [{ text: String(value), path: dotted(path) }] : [],
  );
}
