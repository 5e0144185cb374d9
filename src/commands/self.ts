/** Who the user is, as the roster sees it. */
import type { Host } from '../host/types.js';
import { list, showPath } from '../text.js';
import {
  isFor,
  type Keyring,
  type Person,
  personWith,
  type RegistryEntry,
  type Roster,
  readRoster,
  type Vault,
} from '../vault/index.js';
import { publicKeyOf } from './identity-file.js';
import { ownTexts } from './work.js';

export interface Self {
  /** null when no identity of theirs is known to be on the roster. */
  readonly person: Person | null;
  /** Canonical texts of their public keys. */
  readonly own: ReadonlySet<string>;
  /** Whether they have an identity whose public key cannot be told before it is unlocked. */
  readonly unsure: boolean;
}

export function selfOf(host: Host, keyring: Keyring, roster: Roster): Self {
  const own = new Set(ownTexts(host, keyring, roster));
  let unsure = false;
  for (const { source, found } of keyring.sources(false)) {
    if (found.every(({ identity }) => identity.recipient !== '')) continue;
    const key = publicKeyOf(host, source);
    if (key === null) unsure = true;
    else own.add(key.text);
  }
  return { person: personWith(roster, own), own, unsure };
}

/**
 * Of all registered files, those that are for the user: of a vault with groups, nobody may have to be in all of them. What is left out is said. Of a
 * stranger to the roster nothing is: why they can read none is told by the first.
 */
export function forSelf(
  host: Host,
  vault: Vault,
  keyring: Keyring,
  entries: readonly RegistryEntry[],
): readonly RegistryEntry[] {
  if (entries.every(({ groups }) => groups.length === 0)) return entries;
  const { person } = selfOf(host, keyring, readRoster(vault));
  if (person === null) return entries;
  const isMine = ({ groups }: RegistryEntry) => isFor(groups, person.groups);
  const others = entries.filter((entry) => !isMine(entry));
  if (others.length === 0) return entries;
  const names = others.slice(0, 5).map(({ path, groups }) => `${showPath(path)} (${groups.join(', ')})`);
  host.terminal.say(
    `left out, for groups that you are not in: ${others.length > 5 ? `${names.join(', ')}, …` : list(names)}`,
  );
  return entries.filter(isMine);
}
