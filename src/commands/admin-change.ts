/** `admin change`: another role or other groups for somebody. Files go to those who may read them then, and only to those. */
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { list, visible } from '../text.js';
import {
  findPerson,
  locked,
  planChangePerson,
  readRegistry,
  readRoster,
  seenRoster,
  type Vault,
  withChanges,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption } from './command.js';
import { sayBrought } from './people-words.js';
import { groupOption, groupsOf, roleOf, roleOption } from './role-options.js';
import { selfOf } from './self.js';
import { carryOut, files, keyringOf, sayCommit, vaultHere } from './work.js';

function wanted(given: Given) {
  const groups = flag(given, 'noGroups') ? [] : groupsOf(given);
  const role = roleOf(given);
  if (groups !== undefined || role !== undefined) return { groups, role };
  throw new BlackboxError('ERR_BLACKBOX_USAGE', 'nothing to change: name a role or groups', {
    exitCode: 2,
    hints: ['blackbox-ts admin change NAME --role writer', 'blackbox-ts admin change NAME --group ops'],
  });
}

async function change(host: Host, vault: Vault, given: Given): Promise<number> {
  const roster = readRoster(vault);
  const name = findPerson(seenRoster(roster), given.args[0] ?? '').name;
  const { own } = selfOf(host, keyringOf(host, given), roster);
  const after = withChanges(roster, name, wanted(given), own);
  const registry = readRegistry(vault);
  const progress = host.terminal.progress('re-encrypting', registry.length);
  const options = { keyring: keyringOf(host, given), fresh: false, onProgress: (n: number) => progress.update(n) };
  const reseal = await planChangePerson(vault, after, registry, options).finally(() => progress.end());
  if (!(await carryOut(host, vault, given, reseal.plan))) return 0;
  const { role, groups } = findPerson(after.roster, name);
  const where = groups.length === 0 ? 'in no group' : `in ${list(groups.map(visible))}`;
  host.terminal.say(`${visible(name)} is ${role}, ${where}; ${files(reseal.changed.length)} re-encrypted`);
  sayBrought(host, roster, name);
  sayCommit(host, `change ${name}`);
  return 0;
}

export const command: Command = {
  args: [{ name: '<name>', what: 'who it is, as `blackbox-ts admin list` says' }],
  options: [
    roleOption,
    { ...groupOption, what: 'the groups they are in from now on (may be given more than once)' },
    { flags: '--no-groups', what: 'in no group any more', not: ['--group'] },
    identityOption,
    dryRunOption,
  ],
  examples: [
    ['blackbox-ts admin change alice --role writer', 'alice may change secrets, and no longer the roster'],
    [
      'blackbox-ts admin change alice --group ops --group db',
      'alice reads the files of these groups, and those for everybody',
    ],
  ],
  run: (host, given) => {
    const vault = vaultHere(host);
    return locked(vault, () => change(host, vault, given));
  },
};
