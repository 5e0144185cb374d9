/** `list`: which files are registered. */
import { showPath } from '../text.js';
import { pickEntries, readRegistry, sealedPath } from '../vault/index.js';
import { type Command, flag, identityOption, jsonOption } from './command.js';
import { jsonText } from './json.js';
import { vaultHere } from './work.js';

export const command: Command = {
  args: [{ name: '[paths...]', what: 'these alone' }],
  options: [
    jsonOption,
    { flags: '-k, --keys', what: 'the names of values in them; decrypts them, and prints no value' },
    { ...identityOption, with: '--keys' },
    { flags: '-z, --null', what: 'print paths as they are, each ended by a NUL character', not: ['--json', '--keys'] },
  ],
  details:
    'One path a line, relative to the top of the repository, then a tab and the\n' +
    'groups that it is for, if it is not for everybody. Control characters in names\n' +
    'are shown as escapes.',
  examples: [
    ['blackbox-ts list', 'print the registered paths'],
    ['blackbox-ts list --keys secrets.json', 'print the names of its values'],
    ['blackbox-ts list -z | xargs -0 blackbox-ts status', 'hand them on, whatever their names are'],
  ],
  run: async (host, given) => {
    const vault = vaultHere(host);
    const registry = readRegistry(vault);
    const entries = given.args.length === 0 ? registry : pickEntries(vault, registry, given.args);
    if (flag(given, 'keys')) {
      await (await import('./list-keys.js')).listKeys(vault, host, given, entries);
      return undefined;
    }
    const { terminal } = host;
    if (flag(given, 'json')) {
      const rows = entries.map(({ path, groups }) => ({ path, sealed: sealedPath(path), groups }));
      terminal.data(jsonText(rows));
    } else if (flag(given, 'null')) terminal.data(entries.map((e) => `${e.path}\0`).join(''));
    else
      terminal.data(
        entries
          .map((e) => `${[showPath(e.path), ...(e.groups.length === 0 ? [] : [e.groups.join(',')])].join('\t')}\n`)
          .join(''),
      );
    return undefined;
  },
};
