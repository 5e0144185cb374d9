/**
 * Changing one value of a text and nothing else: comments, order, quotes and blank lines stay. Each format finds the place in its own way;
 * whatever it does is proven here, by reading the result: it has to hold exactly what was wanted, or the text is left alone.
 */
import { isDeepStrictEqual } from 'node:util';
import { cannotEdit } from '../errors.js';
import { decodeText } from '../index.js';
import { isTree, put, take } from '../tree.js';
import type { Format, FormatName, Tree, Value } from '../types.js';
import { dotenvEditor } from './dotenv.js';
import { iniEditor } from './ini.js';
import { jsonEditor } from './json.js';
import { tomlEditor } from './toml.js';
import type { Change, Editor } from './types.js';
import { yamlEditor } from './yaml.js';

export type { Change } from './types.js';

const editors: Readonly<Partial<Record<FormatName, Editor>>> = {
  json: jsonEditor,
  yaml: yamlEditor,
  toml: tomlEditor,
  dotenv: dotenvEditor,
  ini: iniEditor,
};

const isIndex = (name: string) => /^(0|[1-9]\d*)$/.test(name);

/** The same list with one item changed, added at its end, or taken out; null when there is no such item. */
function changedList(
  list: readonly Value[],
  [name = '', ...rest]: readonly string[],
  value: Value | undefined,
): Value[] | null {
  const index = Number(name);
  if (!isIndex(name) || index > list.length || (value === undefined && index === list.length)) return null;
  if (rest.length === 0 && value === undefined) return list.filter((_, i) => i !== index);
  const inner = rest.length === 0 ? (value as Value) : changed(list[index], rest, value);
  return inner === null ? null : [...list.slice(0, index), inner, ...list.slice(index + 1)];
}

/** A value with one change; null where that is not possible: below a value that holds no others. */
function changed(value: Value | undefined, path: readonly string[], wanted: Value | undefined): Value | null {
  const [name = '', ...rest] = path;
  if (Array.isArray(value)) return changedList(value, path, wanted);
  if (value !== undefined && value !== null && !isTree(value)) return null;
  const tree: Tree = {};
  for (const [key, inner] of Object.entries(value ?? {})) put(tree, key, inner);
  if (rest.length === 0) {
    if (wanted !== undefined) put(tree, name, wanted);
    else delete tree[name];
    return tree;
  }
  if (wanted === undefined && take(tree, name) === undefined) return null;
  const inner = changed(take(tree, name), rest, wanted);
  if (inner === null) return null;
  put(tree, name, inner);
  return tree;
}

/**
 * A text with one value set, or taken out (`value` is undefined).
 * @param file only for the error
 * @throws ERR_BLACKBOX_CANNOT_EDIT, and ERR_BLACKBOX_SYNTAX when the text does not parse
 */
export function editText(format: Format, text: string, change: Change, file: string): string {
  const editor = editors[format.name];
  if (editor === undefined) throw cannotEdit(file, 'its extension is of no format that has names and values');
  const before = format.parse(text, file);
  const wanted = changed(before, change.path, change.value);
  if (wanted === null)
    throw cannotEdit(file, 'the name leads below a value that holds no others, or beyond the end of a list');
  if (isDeepStrictEqual(wanted, before)) return text;
  // What an editor makes of an odd text may not even parse: the proof fails then as well.
  for (const edit of editor) {
    const after = attempt(() => edit(text, change));
    if (
      after !== null &&
      isDeepStrictEqual(
        attempt(() => format.parse(after, file)),
        wanted,
      )
    )
      return after;
  }
  throw cannotEdit(file, 'the value cannot be changed without changing more than that, or its format cannot hold it');
}

/** {@link editText} of what a file holds, with the byte order mark that it may begin with. */
export function editBytes(format: Format, content: Uint8Array, change: Change, file: string): Buffer {
  const text = decodeText(content, file);
  const mark = content.length - Buffer.byteLength(text) === 3 ? '\ufeff' : '';
  return Buffer.from(`${mark}${editText(format, text, change, file)}`);
}

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
