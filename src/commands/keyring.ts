/** The vault and the user's keys: what every command begins with. Imported from their own files, so that `cat` loads no more than it needs. */
import type { Host } from '../host/types.js';
import { type Keyring, openKeyring } from '../vault/keyring.js';
import type { Vault } from '../vault/types.js';
import { findVault } from '../vault/vault.js';
import { type Given, texts } from './command.js';

const keyrings = new WeakMap<Given, Keyring>();

/** The user's identities: one keyring for a command, so that passphrases are asked for on the terminal once each. */
export function keyringOf(host: Host, given: Given): Keyring {
  return keyrings.get(given) ?? newKeyringOf(host, given);
}

/** Looks at everything again: when an identity has been made meanwhile. */
export function newKeyringOf(host: Host, given: Given): Keyring {
  const read = (identity: string) => (identity === '-' ? host.terminal.readStdin().toString('utf8') : identity);
  const keyring = openKeyring(host, {
    identities: texts(given, 'identity').map(read),
    askPassphrase: (what) => host.terminal.askSecret(`passphrase for ${what}: `),
  });
  keyrings.set(given, keyring);
  return keyring;
}

/** The user's keys as far as they open a file without asking anybody: gpg may ask, and identities behind a passphrase do. */
export function quietKeyring(host: Host, given: Given): Keyring {
  const keyring = openKeyring(host, { identities: texts(given, 'identity'), withoutPlugins: true });
  return { sources: () => keyring.sources(false), exclusive: keyring.exclusive };
}

export function vaultHere(host: Host): Vault {
  return findVault(host);
}
