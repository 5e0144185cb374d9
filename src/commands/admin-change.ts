/** `admin change`: another role or other groups for somebody. Files go to those who may read them then, and only to those. */
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { list, visible } from '../text.js';
import {
  closedTo,
  filesReadableBy,
  findPerson,
  locked,
  type NextRoster,
  ownEntries,
  type Person,
  planChangePerson,
  type RegistryEntry,
  type RepoPath,
  type ResealPlan,
  readRegistry,
  readRoster,
  seenRoster,
  type Vault,
  withChanges,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption } from './command.js';
import { sayProven, sayWhatWasSeen } from './departure-words.js';
import { sayBrought } from './people-words.js';
import { proveClosed } from './prove-closed.js';
import { keyStillNamed } from './refusals.js';
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

interface Changing {
  readonly after: NextRoster;
  readonly person: Person;
  readonly registry: readonly RegistryEntry[];
  /** Of these, what they are not to read from now on. */
  readonly closed: readonly RegistryEntry[];
  /** Of these, what they can read until now: they have to be taken to have read it. */
  readonly seen: readonly RepoPath[];
}

function changing(vault: Vault, after: NextRoster, person: Person): Changing {
  const registry = readRegistry(vault);
  const closed = closedTo(after.roster, registry, person.name);
  return { after, person, registry, closed, seen: filesReadableBy(vault, closed, person).readable };
}

async function planned(host: Host, vault: Vault, given: Given, { after, registry }: Changing): Promise<ResealPlan> {
  const progress = host.terminal.progress('re-encrypting', registry.length);
  const onProgress = (done: number) => progress.update(done);
  const options = { keyring: keyringOf(host, given), fresh: false, onProgress };
  return planChangePerson(vault, after, registry, options).finally(() => progress.end());
}

function prove(vault: Vault, { after, person, closed }: Changing): number {
  const own = closedTo(after.roster, ownEntries(vault), person.name);
  return proveClosed(vault, person, closed, own, keyStillNamed);
}

function whatTheyAre({ after, person: { name } }: Changing): string {
  const { role, groups } = findPerson(after.roster, name);
  return `${role}, ${groups.length === 0 ? 'in no group' : `in ${list(groups.map(visible))}`}`;
}

function sayChanged(host: Host, it: Changing, { changed }: ResealPlan, proven: number): void {
  const name = visible(it.person.name);
  host.terminal.say(`${name} is ${whatTheyAre(it)}; ${files(changed.length)} re-encrypted`);
  sayProven(host, proven, it.person.name);
}

function saySeen(host: Host, { person, seen }: Changing, { noted }: ResealPlan): void {
  if (seen.length === 0) return;
  const name = visible(person.name);
  sayWhatWasSeen(host, `${name} could read`, `${name} has seen them`, seen, { recorded: noted });
}

async function change(host: Host, vault: Vault, given: Given): Promise<number> {
  const roster = readRoster(vault);
  const person = findPerson(seenRoster(roster), given.args[0] ?? '');
  const { own } = selfOf(host, keyringOf(host, given), roster);
  const it = changing(vault, withChanges(roster, person.name, wanted(given), own), person);
  const reseal = await planned(host, vault, given, it);
  let proven = 0;
  const beforeShred = async () => {
    if (it.seen.length > 0) proven = prove(vault, it);
  };
  const done = await carryOut(host, vault, given, reseal.plan, { beforeShred });
  if (done) sayChanged(host, it, reseal, proven);
  else host.terminal.say(`would make ${visible(person.name)} ${whatTheyAre(it)}`);
  saySeen(host, it, reseal);
  if (!done) return 0;
  sayBrought(host, roster, person.name);
  sayCommit(host, `change ${person.name}`);
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
