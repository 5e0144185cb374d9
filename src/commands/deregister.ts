/** `deregister`: a file leaves the vault's care, and its content stays where its owner can see it. */
import type { Host } from '../host/types.js';
import { shellWord, showPath } from '../text.js';
import {
  locked,
  pickEntries,
  planDeregister,
  type RegistryEntry,
  type RepoPath,
  readRegistry,
  sealedPath,
  type Vault,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, forceOption, type Given, identityOption } from './command.js';
import { forgetPaths } from './known.js';
import { refreshFilter } from './strict.js';
import { carryOut, keyringOf, nameFiles, sayCommit, sayFiles, vaultHere } from './work.js';

function warnUnguarded(host: Host, paths: readonly RepoPath[]): void {
  for (const path of paths) {
    host.terminal.warn(
      `${showPath(path)} is here in plaintext: git no longer ignores it, and the guard no longer knows it`,
    );
  }
  const names = paths.map(shellWord).join(' ');
  if (paths.length > 0 && paths.length <= 5) host.terminal.say(`  to seal it again: blackbox-ts register ${names}`);
}

async function deregister(
  host: Host,
  vault: Vault,
  given: Given,
  registry: readonly RegistryEntry[],
  gone: readonly RegistryEntry[],
): Promise<undefined> {
  const paths = gone.map((e) => e.path);
  const remove = flag(given, 'delete');
  const options = { remove, force: flag(given, 'force'), keyring: keyringOf(host, given) };
  const plan = await planDeregister(vault, registry, gone, options);
  if (!(await carryOut(host, vault, given, plan))) return;
  refreshFilter(host, vault);
  forgetPaths(vault, paths);
  sayFiles(host, 'deregistered', paths);
  if (remove) {
    const first = paths[0];
    const where = first === undefined ? '' : `: git log -- ${shellWord(sealedPath(first))}`;
    host.terminal.say(`only git's history still has the content${where}`);
  } else warnUnguarded(host, paths);
  sayCommit(host, `stop sealing ${nameFiles(paths)}`);
}

export const command: Command = {
  args: [{ name: '<paths...>', what: 'files to take out of the registry' }],
  options: [
    { flags: '--delete', what: 'remove the content as well, instead of leaving it here in plaintext' },
    { ...forceOption, what: 'even if the plaintext here lacks what is sealed, or is not sealed' },
    identityOption,
    dryRunOption,
  ],
  details:
    'The sealed file and the .gitignore line go. The plaintext stays; where there is none, it is written first, for you only.\n' +
    'What the file holds may be committed from then on.',
  examples: [
    ['blackbox-ts deregister notes.txt', 'keep notes.txt in plaintext from now on'],
    ['blackbox-ts deregister --delete old.json', 'be done with old.json'],
  ],
  run: async (host, given) => {
    const vault = vaultHere(host);
    return locked(vault, () => {
      const registry = readRegistry(vault);
      return deregister(host, vault, given, registry, pickEntries(vault, registry, given.args));
    });
  },
};
