/** The names and shapes of secrets as TypeScript. Values never. */
import { isTree } from '../formats/tree.js';
import type { Tree, Value } from '../formats/types.js';

const isWord = (name: string) => /^[A-Za-z_$][\w$]*$/.test(name);
const keyOf = (name: string) =>
  isWord(name)
    ? name
    : JSON.stringify(name).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The shape of a value: one text for one shape, so that items of a list can be told apart by it. */
function shapeOf(value: Value, depth: string): string {
  if (Array.isArray(value)) {
    const shapes = [...new Set(value.map((item) => shapeOf(item, depth)))].sort();
    return shapes.length === 1 ? `Array<${shapes[0]}>` : `Array<${shapes.join(' | ') || 'unknown'}>`;
  }
  if (isTree(value)) return treeShape(value, depth);
  return value === null ? 'null' : typeof value;
}

function treeShape(tree: Tree, depth: string): string {
  const names = Object.keys(tree).sort();
  if (names.length === 0) return '{}';
  const inner = `${depth}  `;
  const lines = names.map((name) => `${inner}${keyOf(name)}: ${shapeOf(tree[name] as Value, inner)};\n`);
  return `{\n${lines.join('')}${depth}}`;
}

/** What such a file begins with, and nothing else does. */
export const declarationsMark = '// Written by `blackbox-ts types`:';

/** A file that types `loadSecrets()`. The same for the same names and shapes, whatever the values and their order. */
export function declarations(tree: Tree): string {
  return `${declarationsMark} names and shapes of secrets, no values.
declare module 'blackbox-ts' {
  interface Registered {
    secrets: ${treeShape(tree, '    ')};
  }
}

export {};
`;
}
