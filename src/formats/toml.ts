/** TOML 1.0. Dates and times are the text they were written as. https://toml.io/en/v1.0.0 */
import { createRequire } from 'node:module';
import { syntaxError } from './errors.js';
import { treeCopier } from './tree.js';
import type { Value } from './types.js';

const require = createRequire(import.meta.url);

/** The first line of the parser's message is fixed words; the following ones quote the content. */
function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
}

export function parseToml(text: string, path = 'the text'): Value {
  const toml = require('smol-toml') as typeof import('smol-toml');
  let value: unknown;
  try {
    value = toml.parse(text);
  } catch (error) {
    if (!(error instanceof toml.TomlError)) throw error;
    throw syntaxError('toml', path, firstLine(error.message), { line: error.line, column: error.column });
  }
  return treeCopier((reason) => syntaxError('toml', path, reason))(value);
}
