/** Age plugins for a vault: with whose key it was that could not be wrapped for. */
import type { Plugins } from '../age/types.js';
import { BlackboxError } from '../errors.js';
import { readRoster } from './roster.js';
import type { Vault } from './types.js';

/** undefined where no program of the user's is started. */
export function pluginsOf(vault: Vault): Plugins | undefined {
  const { plugins } = vault.host;
  if (plugins === undefined) return undefined;
  return {
    start: plugins.start,
    get dialog() {
      return plugins.dialog;
    },
    ownerOf: (recipient) => ownerOf(vault, recipient),
  };
}

/** Only for a sentence: a roster that is broken has an error of its own wherever it matters. Whoever is just let in is not on it. */
function ownerOf(vault: Vault, recipient: string): string | null {
  try {
    const { people } = readRoster(vault);
    return people.find((person) => person.recipients.some(({ text }) => text === recipient))?.name ?? null;
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}
