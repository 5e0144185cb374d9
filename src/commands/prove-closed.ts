/** That somebody, or one of their keys, reads files no more, from what lies on disk. */
import type { BlackboxError } from '../errors.js';
import { filesReadableBy, type Person, type RegistryEntry, type Vault } from '../vault/index.js';
import { damagedBlocks } from './refusals.js';

/**
 * Reads every header again, from disk.
 * @param own files of the vault itself, which are proven and not counted
 * @param still what is said when a header names them
 * @returns in how many files they are not named: all of them
 */
export function proveClosed(
  vault: Vault,
  person: Pick<Person, 'name'> & { readonly recipients: readonly Pick<Person['recipients'][number], 'text'>[] },
  entries: readonly RegistryEntry[],
  own: readonly RegistryEntry[],
  still: (name: string, paths: readonly string[]) => BlackboxError,
): number {
  const { readable, closed, unclear } = filesReadableBy(vault, [...entries, ...own], person);
  if (readable.length > 0) throw still(person.name, readable);
  if (unclear.length > 0) throw damagedBlocks(person.name, unclear);
  return closed.length - own.length;
}
