/** Who the user is, as the roster sees it. */
import type { Host } from '../host/types.js';
import { type Keyring, type Person, personWith, type Roster } from '../vault/index.js';
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
