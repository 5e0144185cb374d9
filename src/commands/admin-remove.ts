/** `admin remove`: shuts somebody out with new file keys, proves it from the files on disk, and says what they have seen. */
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { showPath, visible } from '../text.js';
import {
  beginRemoval,
  endRemoval,
  filesReadableBy,
  findPerson,
  locked,
  type Person,
  personPath,
  planRemovePerson,
  type RegistryEntry,
  type RepoPath,
  type ResealPlan,
  type Roster,
  readRegistry,
  readRoster,
  seenBefore,
  type Vault,
  withoutPerson,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption } from './command.js';
import { damagedBlocks, stillNamed } from './refusals.js';
import { selfOf } from './self.js';
import { carryOut, files, keyringOf, sayCommit, vaultHere } from './work.js';

interface Removal {
  readonly name: string;
  /** null when a killed run has taken them off the roster already. */
  readonly person: Person | null;
  readonly registry: readonly RegistryEntry[];
  readonly reseal: ResealPlan;
}

/** The person; null when they are gone from the work tree and only git has yet to hear of it, because a run was killed at its very end. */
function personToRemove(host: Host, vault: Vault, roster: Roster, name: string): Person | null {
  try {
    return findPerson(roster, name);
  } catch (error) {
    if (!(error instanceof BlackboxError) || error.code !== 'ERR_BLACKBOX_UNKNOWN_PERSON') throw error;
    const path = personPath(name.normalize('NFC'));
    if (/[/\\\0]/.test(name) || host.git.open(vault.repository).tracked([path]).size === 0) throw error;
    return null;
  }
}

async function planRemoval(host: Host, vault: Vault, given: Given, wanted: string): Promise<Removal> {
  const roster = readRoster(vault);
  const registry = readRegistry(vault);
  const person = personToRemove(host, vault, roster, wanted);
  const keyring = keyringOf(host, given);
  const after = person === null ? roster : withoutPerson(roster, person.name, selfOf(host, keyring, roster).own);
  const name = person?.name ?? wanted.normalize('NFC');
  const progress = host.terminal.progress('re-encrypting', registry.length);
  const options = { keyring, fresh: false, onProgress: (done: number) => progress.update(done) };
  try {
    return { name, person, registry, reseal: await planRemovePerson(vault, after, name, registry, options) };
  } finally {
    progress.end();
  }
}

/** Reads every header again, from disk. @returns in how many files the person is not named: all of them */
function prove(vault: Vault, { name, person, registry }: Removal): number {
  if (person === null) return 0;
  const { readable, closed, unclear } = filesReadableBy(vault, registry, person);
  if (readable.length > 0) throw stillNamed(name, readable);
  if (unclear.length > 0) throw damagedBlocks(name, unclear);
  return closed.length;
}

function seenBy(vault: Vault, { name, person, registry }: Removal): RepoPath[] {
  return seenBefore(vault, name, person === null ? [] : filesReadableBy(vault, registry, person).readable);
}

function saySeen(host: Host, name: string, seen: readonly RepoPath[]): void {
  if (seen.length === 0) {
    host.terminal.say(`${visible(name)} could read no file that is registered now`);
    return;
  }
  const these = seen.length === 1 ? 'this file: ' : 'these files: ';
  host.terminal.warn(`change the secrets in ${these}${visible(name)} has seen them, and git keeps the old versions`);
  for (const path of seen) host.terminal.say(`  ${showPath(path)}`);
}

function sayRemoved(host: Host, { name, reseal }: Removal, proven: number, seen: readonly RepoPath[]): void {
  const changed = reseal.changed.length;
  const keys = changed === 1 ? 'a new key' : 'new keys';
  host.terminal.say(
    `${visible(name)} is off the roster${changed === 0 ? '' : `; ${files(changed)} re-encrypted under ${keys}`}`,
  );
  if (proven > 0)
    host.terminal.say(`proven: read again from disk, the headers of ${files(proven)} name no key of ${visible(name)}`);
  for (const path of reseal.missing) host.terminal.warn(`${showPath(path)} has no sealed file here: nothing to prove`);
  saySeen(host, name, seen);
  sayCommit(host, `remove ${name} from the vault`);
}

async function remove(host: Host, vault: Vault, given: Given, wanted: string): Promise<number> {
  const removal = await planRemoval(host, vault, given, wanted);
  const seen = seenBy(vault, removal);
  if (!flag(given, 'dryRun')) beginRemoval(vault, removal.name, seen);
  let proven = 0;
  const done = await carryOut(host, vault, given, removal.reseal.plan, {
    // Before the roster entry goes: a removal that cannot be proven is not done.
    beforeShred: async () => {
      proven = prove(vault, removal);
    },
  });
  if (done) {
    sayRemoved(host, removal, proven, seen);
    endRemoval(vault, removal.name);
  } else saySeen(host, removal.name, seen);
  return 0;
}

export const command: Command = {
  args: [{ name: '<name>', what: 'who it is, as `blackbox-ts admin list` says' }],
  options: [identityOption, dryRunOption],
  details:
    'All that the person can read is encrypted anew under keys they have never had. What they have read, they may remember: the list of\n' +
    'those files is printed, for their contents to be changed.',
  examples: [
    ['blackbox-ts admin remove alice', 'shut alice out of every file'],
    ['blackbox-ts admin remove --dry-run alice', 'say which files that concerns, and change nothing'],
  ],
  run: (host, given) => {
    const vault = vaultHere(host);
    return locked(vault, () => remove(host, vault, given, given.args[0] ?? ''));
  },
};
