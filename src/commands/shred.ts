/** `shred`: plaintexts leave the work tree once nothing in them can be lost. */
import type { Host } from '../host/types.js';
import { locked, pickEntries, planShred, readRegistry, type Vault } from '../vault/index.js';
import { type Command, dryRunOption, flag, forceOption, type Given, identityOption } from './command.js';
import { carryOut, keyringOf, sayFiles, vaultHere } from './work.js';

async function shred(host: Host, vault: Vault, given: Given): Promise<undefined> {
  const entries = pickEntries(vault, readRegistry(vault), given.args);
  const named = given.args.length > 0;
  const plan = await planShred(vault, entries, { named, force: flag(given, 'force'), keyring: keyringOf(host, given) });
  if (!(await carryOut(host, vault, given, plan))) return;
  sayFiles(host, 'shredded', plan.shred);
  if (plan.shred.length === 0) host.terminal.say('there is no plaintext here');
}

export const command: Command = {
  args: [{ name: '[paths...]', what: 'files whose plaintext is removed; all when none is named' }],
  options: [{ ...forceOption, what: 'also plaintexts with changes that are not sealed' }, identityOption, dryRunOption],
  details:
    'Each plaintext is overwritten and removed. What journals, snapshots and flash storage keep of it is beyond reach.',
  examples: [
    ['blackbox-ts shred', 'remove every plaintext that is sealed as it is'],
    ['blackbox-ts shred --force secrets.json', 'drop the changes in secrets.json'],
  ],
  run: async (host, given) => {
    const vault = vaultHere(host);
    return locked(vault, () => shred(host, vault, given));
  },
};
