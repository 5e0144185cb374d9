/** `decrypt`: plaintext in the work tree, for whoever asked and nobody else. */
import type { Host } from '../host/types.js';
import { locked, pickEntries, planDecrypt, readRegistry, type Vault } from '../vault/index.js';
import { type Command, dryRunOption, flag, forceOption, type Given, identityOption } from './command.js';
import { rememberPlaintexts } from './known.js';
import { pathsOrAll } from './refuse-files.js';
import { forSelf } from './self.js';
import { carryOut, keyringOf, sayFiles, vaultHere } from './work.js';

async function decrypt(host: Host, vault: Vault, given: Given): Promise<undefined> {
  const keyring = keyringOf(host, given);
  const named = pickEntries(vault, readRegistry(vault), given.args);
  const entries = flag(given, 'all') ? forSelf(host, vault, keyring, named) : named;
  const { plan, written, unchanged } = await planDecrypt(vault, entries, keyring, flag(given, 'force'));
  if (!(await carryOut(host, vault, given, plan))) return;
  rememberPlaintexts(vault, written);
  sayFiles(host, 'decrypted', written);
  sayFiles(host, 'unchanged', unchanged);
}

export const command: Command = {
  args: [{ name: '[paths...]', what: 'files to write in plaintext' }],
  options: [
    { flags: '-a, --all', what: 'all registered files, but those for groups that you are not in' },
    { ...forceOption, what: 'overwrite plaintexts with changes that are not sealed' },
    identityOption,
    dryRunOption,
  ],
  details: 'Plaintext is readable for you only (0600). To see content without writing it: blackbox-ts cat.',
  examples: [
    ['blackbox-ts decrypt secrets.json', 'write secrets.json from secrets.json.age'],
    ['blackbox-ts decrypt --all', 'write all registered files'],
  ],
  run: async (host, given) => {
    pathsOrAll(given);
    const vault = vaultHere(host);
    return locked(vault, () => decrypt(host, vault, given));
  },
};
