/** Trees of values: built and merged so that no name in a file can reach a prototype. */
import type { Tree, Value } from './types.js';

/** Deeper than anything a person nests; what walks a tree recursively is safe below it. */
const deepest = 100;
/** Some ten times what the largest text in question holds; bounds what YAML's aliases can multiply. */
const mostValues = 1_000_000;

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets an own property, whatever its name: `tree['__proto__'] = …` would change the prototype instead. */
export function put(tree: Tree, name: string, value: Value): void {
  if (name === '__proto__')
    Object.defineProperty(tree, name, { value, writable: true, enumerable: true, configurable: true });
  else tree[name] = value;
}

/** The value of an own property; undefined for what is only inherited. */
export function take(tree: Tree, name: string): Value | undefined {
  return Object.hasOwn(tree, name) ? tree[name] : undefined;
}

/**
 * A function that copies what a parser made into ordinary objects and arrays that share nothing. All that it copies has one budget.
 * @param refuse makes the error for content that is too deep, too much, or of a kind that JSON does not know
 */
export function treeCopier(refuse: (reason: string) => Error): (value: unknown, depth?: number) => Value {
  let left = mostValues;

  return function copy(value: unknown, depth = 0): Value {
    if (depth > deepest) throw refuse(`it is nested more than ${deepest} levels deep`);
    if (--left < 0) throw refuse(`it holds more than ${mostValues} values`);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null)
      return value;
    if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
    // A date has no other form in a tree than the text it was written as.
    if (value instanceof Date) return value.toISOString();
    if (!isTree(value)) throw refuse('it holds a kind of value that cannot be represented');
    const tree: Tree = {};
    for (const name of Object.keys(value)) put(tree, name, copy(value[name], depth + 1));
    return tree;
  };
}

/** One tree over another: trees are merged by name, everything else, arrays included, is replaced. Neither is changed. */
export function mergeTrees(base: Tree, over: Tree): Tree {
  const merged: Tree = {};
  for (const name of Object.keys(base)) put(merged, name, base[name] as Value);
  for (const name of Object.keys(over)) {
    const below = take(merged, name);
    const above = over[name];
    // What a program says may be a variable that is not set.
    if (above === undefined) continue;
    put(merged, name, isTree(below) && isTree(above) ? mergeTrees(below, above) : above);
  }
  return merged;
}

/** A value that holds no others, with the names that lead to it; array indexes are names too. */
export interface Leaf {
  readonly path: readonly string[];
  readonly value: string | number | boolean | null;
}

/** Every leaf, in the order of the file. */
export function leaves(value: Value, path: readonly string[] = []): Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]));
}
