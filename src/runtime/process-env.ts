/** Filling an environment: for programs that read `process.env` and nothing else. */
import { put } from '../formats/tree.js';
import type { Tree } from '../formats/types.js';
import type { VaultHost } from '../vault/types.js';
import { gatherSync, type Search } from './load.js';
import type { LoadOptions } from './types.js';
import { variablesOf } from './variables.js';

export interface FillOptions extends LoadOptions {
  /** Also variables that are there already. */
  readonly override?: boolean | undefined;
}

/**
 * Adds the secrets to an environment. What is there already stays, as the layers say: the environment lies over the files.
 * @returns what the files say, whatever became of it
 */
export function fillEnvironment(
  host: VaultHost,
  target: Record<string, string | undefined>,
  { override = false, ...options }: FillOptions,
  search?: Search,
): Record<string, string> {
  const parsed: Record<string, string> = {};
  for (const { name, value } of variablesOf(gatherSync(host, options, search))) {
    put(parsed, name, value);
    // `constructor` is a name like any other, and every object has one from its prototype.
    if (override || !Object.hasOwn(target, name) || target[name] === undefined) put(target as Tree, name, value);
  }
  return parsed;
}
