/** `hook install`: the hook that refuses leaks, beside whatever hook is there. */
import { findVault, locked } from '../vault/index.js';
import { type Command, dryRunOption, flag } from './command.js';
import { installAndProve } from './hook.js';

export const command: Command = {
  options: [dryRunOption],
  details:
    'Where git runs hooks from, core.hooksPath included; with husky, in\n' +
    '.husky/pre-commit. A hook that is there goes on running after ours. The hook\n' +
    'is then run on a canary: it counts as installed when it was seen to refuse.',
  examples: [
    ['blackbox-ts hook install', 'install the hook in this clone, or bring it up to date'],
    ['blackbox-ts hook install --dry-run', 'say what would be written'],
  ],
  run: async (host, given) => {
    const vault = findVault(host);
    await locked(vault, () => installAndProve(host, vault, flag(given, 'dryRun')));
    return 0;
  },
};
