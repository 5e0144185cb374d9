/** `hook uninstall`: the repository's hooks as they were before. */
import { locate, locked } from '../vault/index.js';
import { type Command, dryRunOption, flag } from './command.js';
import { uninstall } from './hook.js';

export const command: Command = {
  options: [dryRunOption],
  details: 'Hooks that stood there before ours come back. Hooks that are not ours are\n' + 'left alone.',
  examples: [
    ['blackbox-ts hook uninstall', 'take the hooks out of this clone'],
    ['blackbox-ts hook uninstall --dry-run', 'say what would be changed'],
  ],
  // Also where there is no vault any more: the hook may have outlived it.
  run: async (host, given) => {
    const place = locate(host);
    await locked(place, () => uninstall(host, place, flag(given, 'dryRun')));
    return 0;
  },
};
