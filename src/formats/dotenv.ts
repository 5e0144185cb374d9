/** Dotenv exactly as Node reads it (`util.parseEnv`, `node --env-file`): every value is a string, nothing is expanded or run. */
import { parseEnv } from 'node:util';
import { syntaxError } from './errors.js';
import { positionAt } from './position.js';
import { treeCopier } from './tree.js';
import type { Value } from './types.js';

// Node drops this name without a word; a secret must not get lost like that.
const unsettable = /^[ \t]*(?:export[ \t]+)?__proto__[ \t]*=/m;

export function parseDotenv(text: string, path = 'the text'): Value {
  const at = text.search(unsettable);
  if (at >= 0) throw syntaxError('dotenv', path, 'the name __proto__ cannot be used', positionAt(text, at));
  return treeCopier((reason) => syntaxError('dotenv', path, reason))(parseEnv(text));
}
