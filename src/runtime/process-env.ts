/** Filling an environment: for programs that read `process.env` and nothing else. */
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
    parsed[name] = value;
    if (override || target[name] === undefined) target[name] = value;
  }
  return parsed;
}
