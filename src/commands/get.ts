/** `get`: one value to stdout. */

import { leaves } from '../formats/tree.js';
import type { Value } from '../formats/types.js';
import { noSuchName } from '../runtime/errors.js';
import { merged } from '../runtime/layers.js';
import { dotted, find, nearMisses } from '../runtime/names.js';
import { type Command, flag, identityOption } from './command.js';
import { checkIsName, envOption, fromOption, namedBy, sealedLayers } from './values.js';
import { vaultHere } from './work.js';

/** Text as it is; everything else as JSON. On a terminal a line should end. */
function shown(value: Value, asJson: boolean): string {
  if (asJson || typeof value !== 'string') return `${JSON.stringify(value, null, 2)}\n`;
  return value.endsWith('\n') ? value : `${value}\n`;
}

export const command: Command = {
  args: [
    { name: '<file-or-name>', what: 'the name: db.password, servers.0.host; or a registered file before it' },
    { name: '[name]', what: 'the name, after a file' },
  ],
  options: [{ flags: '--json', what: 'print JSON, also of text' }, envOption, fromOption, identityOption],
  details: 'Of the sealed files alone: local files and environment variables are not asked.',
  examples: [
    ['blackbox-ts get db.password', 'print one value of secrets.json, or whatever its format is'],
    ['blackbox-ts get .env DATABASE_URL', 'of a file that has another name'],
    ['blackbox-ts get --env production db', 'print a tree, as JSON'],
  ],
  run: async (host, given) => {
    const { file, name } = namedBy(given);
    const tree = merged(await sealedLayers(host, given, file));
    const value = find(tree, name) as Value | undefined;
    if (value === undefined) {
      checkIsName(vaultHere(host), { file, name });
      const names = leaves(tree).map(({ path }) => dotted(path));
      throw noSuchName(name, nearMisses(name, names));
    }
    host.terminal.data(shown(value, flag(given, 'json')));
    return undefined;
  },
};
