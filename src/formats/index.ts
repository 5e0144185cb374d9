/** Which format a file has, by its name alone, and what its bytes hold. Everything here is synchronous; parsers load when first needed. */
import { isUtf8 } from 'node:buffer';
import { parseDotenv } from './dotenv.js';
import { notStructured, notText, textTooLarge } from './errors.js';
import { isStructured, type StructuredExtension } from './extensions.js';
import { parseIni } from './ini.js';
import { json } from './json.js';
import { parseToml } from './toml.js';
import { isTree } from './tree.js';
import type { Format, Tree, Value } from './types.js';
import { parseYaml } from './yaml.js';

export { type Leaf, leaves, mergeTrees } from './tree.js';
export type { Format, FormatName, Tree, Value } from './types.js';

/** Far above any file that people edit; what is larger is data, and parsing it would take a multiple of it in memory. */
const longestText = 16 * 1024 * 1024;

const dotenv: Format = { name: 'dotenv', parse: parseDotenv };
const ini: Format = { name: 'ini', parse: parseIni };
const yaml: Format = { name: 'yaml', parse: parseYaml };

const byExtension: Readonly<Record<StructuredExtension, Format>> = {
  json,
  yaml,
  yml: yaml,
  env: dotenv,
  toml: { name: 'toml', parse: parseToml },
  ini,
  cfg: ini,
};

const plain: Format = {
  name: 'plain',
  parse(_text, path = 'the text') {
    throw notStructured(path, 'its extension is of no format that has them');
  },
};

/**
 * The format of a file by its last extension, without regard to case; `.env`, `.env.production`, `prod.env` are dotenv.
 * Java's `.properties` and shell's `.envrc` look like INI and dotenv and are neither: they are plain.
 */
export function formatOf(path: string): Format {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const dot = name.lastIndexOf('.');
  const extension = dot < 0 ? '' : name.slice(dot + 1);
  if (isStructured(extension)) return byExtension[extension];
  return name.startsWith('.env.') ? dotenv : plain;
}

/**
 * Bytes as text, without a byte order mark.
 * @throws ERR_BLACKBOX_NOT_TEXT unless they are UTF-8 without NUL
 */
export function decodeText(bytes: Uint8Array, path: string): string {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) throw notText(path, 'it looks like UTF-16: save it as UTF-8');
  if (!isUtf8(bytes) || bytes.includes(0)) throw notText(path);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .replace(/^\ufeff/, '');
}

/**
 * What a file holds, whatever stands at its top level.
 * @throws ERR_BLACKBOX_NOT_TEXT, ERR_BLACKBOX_SYNTAX, ERR_BLACKBOX_NOT_STRUCTURED, ERR_BLACKBOX_TOO_LARGE
 */
export function parseValue(format: Format, bytes: Uint8Array, path: string): Value {
  if (bytes.length > longestText) throw textTooLarge(path, longestText);
  return format.parse(decodeText(bytes, path), path);
}

/**
 * What a file holds, by name.
 * @throws as {@link parseValue}; ERR_BLACKBOX_NOT_STRUCTURED also when there are no names at its top level
 */
export function parseText(format: Format, bytes: Uint8Array, path: string): Tree {
  const value = parseValue(format, bytes, path);
  if (!isTree(value)) throw notStructured(path, 'its top level is not a mapping from names to values');
  return value;
}
