/** `hook install`: the hooks that refuse leaks, beside whatever hooks are there. */
import { hookNames } from '../guard/index.js';
import { findVault, locked } from '../vault/index.js';
import { type Command, dryRunOption, flag } from './command.js';
import { installAndProve } from './hook.js';

export const command: Command = {
  options: [dryRunOption],
  details:
    'pre-commit, pre-merge-commit, commit-msg and pre-push, where git runs hooks\n' +
    'from, core.hooksPath included; with husky, in .husky. Hooks that are there go\n' +
    'on running after ours. Each is then run on a canary: it counts as installed\n' +
    'when it was seen to refuse.',
  examples: [
    ['blackbox-ts hook install', 'install the hooks in this clone, or bring them up to date'],
    ['blackbox-ts hook install --dry-run', 'say what would be written'],
  ],
  run: async (host, given) => {
    const vault = findVault(host);
    await locked(vault, () => installAndProve(host, vault, flag(given, 'dryRun'), hookNames));
    return 0;
  },
};
