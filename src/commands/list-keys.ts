/** `list --keys`: which names registered files have. */
import { formatOf, leaves, parseText } from '../formats/index.js';
import type { Host } from '../host/types.js';
import { dotted } from '../runtime/names.js';
import { showPath, visible } from '../text.js';
import { type Keyring, openSealed, type RegistryEntry, type Vault } from '../vault/index.js';
import { flag, type Given } from './command.js';
import { jsonText } from './json.js';
import { forSelf } from './self.js';
import { keyringOf } from './work.js';

interface Keys {
  readonly path: string;
  readonly keys: readonly string[];
}

async function keysOf(vault: Vault, keyring: Keyring, { path }: RegistryEntry): Promise<Keys> {
  const tree = parseText(formatOf(path), await openSealed(vault, path, keyring), path);
  return { path, keys: leaves(tree).map((leaf) => dotted(leaf.path)) };
}

export async function listKeys(
  vault: Vault,
  host: Host,
  given: Given,
  entries: readonly RegistryEntry[],
): Promise<void> {
  // What has no names is passed over, unless it was asked for.
  const keyring = keyringOf(host, given);
  const structured = entries.filter(({ path }) => formatOf(path).name !== 'plain');
  const wanted = given.args.length > 0 ? entries : forSelf(host, vault, keyring, structured);
  const all: Keys[] = [];
  for (const entry of wanted) all.push(await keysOf(vault, keyring, entry));
  if (flag(given, 'json')) return host.terminal.data(jsonText(all));
  const lines = all.flatMap(({ path, keys }) =>
    keys.map((key) => (given.args.length === 1 ? `${visible(key)}\n` : `${showPath(path)}\t${visible(key)}\n`)),
  );
  host.terminal.data(lines.join(''));
}
