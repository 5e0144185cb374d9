/** What `doctor` looks at: each check says how things are and, where they are not right, the command that mends them. */
import { BlackboxError } from '../../errors.js';
import type { Host, Repository } from '../../host/types.js';
import type { Keyring, RegistryEntry, Roster, Vault } from '../../vault/index.js';

export type Outcome = 'ok' | 'warn' | 'fail';

export interface Check {
  readonly name: string;
  readonly outcome: Outcome;
  /** How it is. */
  readonly what: string;
  /** What to type, when it is not right. */
  readonly mend?: string;
}

/** What could be found out so far; null for what is missing or broken, which a check of its own has told. */
export interface Patient {
  readonly host: Host;
  readonly keyring: Keyring;
  readonly repository: Repository | null;
  readonly vault: Vault | null;
  readonly roster: Roster | null;
  readonly registry: readonly RegistryEntry[] | null;
}

export function ok(name: string, what: string): Check {
  return { name, outcome: 'ok', what };
}

export function warn(name: string, what: string, mend?: string): Check {
  return { name, outcome: 'warn', what, ...(mend === undefined ? {} : { mend }) };
}

export function fail(name: string, what: string, mend?: string): Check {
  return { ...warn(name, what, mend), outcome: 'fail' };
}

/** What a failure of the program says, as a failed check. A bug is passed on. */
export function failed(name: string, error: unknown, mend?: string): Check {
  if (!(error instanceof BlackboxError)) throw error;
  return fail(name, error.sentence, error.hints[0] ?? mend);
}

/** The checks that `look` makes; its failure is a failed check. */
export async function attempt(
  name: string,
  look: () => Promise<readonly Check[]> | readonly Check[],
): Promise<readonly Check[]> {
  try {
    return await look();
  } catch (error) {
    return [failed(name, error)];
  }
}
