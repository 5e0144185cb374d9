/** Stanzas that say whose they are: by a tag of an SSH key, by an OpenPGP fingerprint. */
import type { Stanza } from './types.js';

/** The stanzas of this type whose first argument is one of ours. */
export function stanzasFor(stanzas: readonly Stanza[], type: string, isMine: (tag: string) => boolean): Stanza[] {
  return stanzas.filter(({ args }) => args[0] === type && args[1] !== undefined && isMine(args[1]));
}

/**
 * What the first of our stanzas that can be opened holds; null when there are none. A tag may be another's by chance or intent (an SSH tag
 * has 32 bits), so one stanza that fails must not hide the next. When all fail, the first failure is thrown.
 */
export function openFirst(mine: readonly Stanza[], open: (stanza: Stanza) => Uint8Array): Uint8Array | null {
  const failures: unknown[] = [];
  for (const stanza of mine) {
    try {
      return open(stanza);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return null;
}

/** {@link openFirst} for keys that answer later. */
export async function openFirstAsync(
  mine: readonly Stanza[],
  open: (stanza: Stanza) => Promise<Uint8Array>,
): Promise<Uint8Array | null> {
  const failures: unknown[] = [];
  for (const stanza of mine) {
    try {
      return await open(stanza);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return null;
}
