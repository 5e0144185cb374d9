/** `hook install`: the hooks that refuse leaks, beside whatever hooks are there. */
import { allHooks, hookNames } from '../guard/index.js';
import { findVault, locked } from '../vault/index.js';
import { type Command, dryRunOption, flag } from './command.js';
import { installAndProve } from './hook.js';
import { installFilter } from './strict.js';

export const command: Command = {
  options: [
    {
      flags: '--strict',
      what: 'also refuse at git add, and every change of a branch, so that --no-verify does not help',
    },
    dryRunOption,
  ],
  details:
    'pre-commit, pre-merge-commit, commit-msg and pre-push, where git runs hooks\n' +
    'from, core.hooksPath included; with husky, in .husky. Hooks that are there go\n' +
    'on running after ours. Each is then run on a canary: it counts as installed\n' +
    'when it was seen to refuse. --strict adds reference-transaction, and a clean\n' +
    'filter for registered paths, in this clone.',
  examples: [
    ['blackbox-ts hook install', 'install the hooks in this clone, or bring them up to date'],
    ['blackbox-ts hook install --strict', 'the same, and stop what goes past hooks of commits'],
    ['blackbox-ts hook install --dry-run', 'say what would be written'],
  ],
  run: async (host, given) => {
    const vault = findVault(host);
    const strict = flag(given, 'strict');
    await locked(vault, async () => {
      await installAndProve(host, vault, flag(given, 'dryRun'), strict ? allHooks : hookNames);
      if (strict && !flag(given, 'dryRun')) await installFilter(host, vault);
    });
    return 0;
  },
};
