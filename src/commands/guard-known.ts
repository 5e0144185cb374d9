/** What the guard knows of the team's values: what this clone has learnt, and the scan index where it opens. Loaded where there is an index. */
import { withIndexes } from '../guard/scan-index.js';
import type { KnownValues } from '../guard/store.js';
import type { Host } from '../host/types.js';
import { type Keyring, openKeyring } from '../vault/keyring.js';
import type { Vault } from '../vault/types.js';
import type { SharedOptions } from './guard-rules.js';
import { indexNotOpened } from './refusals.js';
import { freshnessOf, openIndexes } from './scan-indexes.js';

/** Who names an identity for this program means it to be used: that it opens nothing must not pass in silence. */
const ownVariables = ['BLACKBOX_IDENTITY', 'BLACKBOX_IDENTITY_FILE', 'BLACKBOX_IDENTITY_CMD'];

/** In a hook, no program of the user's is run that may ask them, or the network, for a key. */
function withoutCommands(host: Host): Host {
  return { ...host, env: { ...host.env, BLACKBOX_IDENTITY_CMD: undefined, SOPS_AGE_KEY_CMD: undefined } };
}

/** Keys as far as they open without asking anybody: no passphrase, no gpg, no plugin. */
function quietly(host: Host, { inHook, identities = [] }: SharedOptions): Keyring {
  const keyring = openKeyring(inHook === true ? withoutCommands(host) : host, { identities, withoutPlugins: true });
  return { sources: () => keyring.sources(false), exclusive: keyring.exclusive };
}

/**
 * @param from the vault whose indexes count, and the one whose sealed files are there now
 * @throws ERR_BLACKBOX_NOT_AUTHENTIC and others of `openIndexes` for an index that is none, and those of `openSealed` when an identity was named
 * that opens no index
 */
export async function withScanIndex(
  host: Host,
  from: { readonly vault: Vault; readonly now: Vault },
  known: KnownValues | null,
  options: SharedOptions,
): Promise<KnownValues | null> {
  const opened = await openIndexes(from.vault, quietly(host, options));
  const isNamed = (options.identities ?? []).length > 0 || ownVariables.some((name) => (host.env[name] ?? '') !== '');
  if (opened.refused !== null && opened.indexes.size === 0 && isNamed && options.inHook !== true)
    throw indexNotOpened(opened.refused);
  return withIndexes(known, [...opened.indexes.values()], freshnessOf(from.vault, opened, from.now).fresh);
}
