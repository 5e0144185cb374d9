/** `admin remove`: shuts somebody out with new file keys, proves it from the files on disk, and says what they have seen. */
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { showPath, visible } from '../text.js';
import {
  audienceGap,
  beginRemoval,
  type DeparturePlan,
  endRemoval,
  filesReadableBy,
  findPerson,
  locked,
  ownEntries,
  type Person,
  personPath,
  planRemovePerson,
  type RegistryEntry,
  type RepoPath,
  type Roster,
  readRegistry,
  readRoster,
  removedElsewhere,
  sealedOrDamaged,
  seenBefore,
  seenRoster,
  type Vault,
  withoutPerson,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption } from './command.js';
import { sayConfirmed, sayProven, sayStray, sayWhatWasSeen } from './departure-words.js';
import { sayBrought } from './people-words.js';
import { proveClosed } from './prove-closed.js';
import { stillNamed } from './refusals.js';
import { selfOf } from './self.js';
import { carryOut, files, keyringOf, sayCommit, vaultHere } from './work.js';

interface Removal {
  /** The roster of this checkout, before. */
  readonly here: Roster;
  readonly name: string;
  /** null when a killed run has taken them off the roster already, and git has yet to hear of it. */
  readonly person: Person | null;
  readonly registry: readonly RegistryEntry[];
  /** What the headers, or those before an interrupted run, say that they can read. */
  readonly seen: readonly RepoPath[];
  readonly reseal: DeparturePlan;
}

interface Leaver {
  readonly person: Person | null;
  /** Whether the removal is yet to be signed. */
  readonly listed: boolean;
}

/** Who is to go; null when they are gone from the work tree and only git has yet to hear of it, because a run was killed at its very end. */
function personToRemove(host: Host, vault: Vault, roster: Roster, name: string): Leaver {
  try {
    return { person: findPerson(roster, name), listed: true };
  } catch (error) {
    if (!(error instanceof BlackboxError) || error.code !== 'ERR_BLACKBOX_UNKNOWN_PERSON') throw error;
    const elsewhere = removedElsewhere(roster, name);
    if (elsewhere !== null) return { person: elsewhere, listed: false };
    const path = personPath(name.normalize('NFC'));
    if (/[/\\\0]/.test(name) || host.git.open(vault.repository).tracked([path]).size === 0) throw error;
    return { person: null, listed: false };
  }
}

/** Files whose headers name a key of nobody entitled: whoever's entry was deleted by hand can read them. */
function withStrangers(vault: Vault, roster: Roster, registry: readonly RegistryEntry[]): RepoPath[] {
  const isOpenToOthers = (entry: RegistryEntry) => {
    const info = sealedOrDamaged(vault, entry);
    return info !== null && info !== 'damaged' && audienceGap(roster, entry, info).surplus.length > 0;
  };
  return registry.filter(isOpenToOthers).map((e) => e.path);
}

async function planRemoval(host: Host, vault: Vault, given: Given, wanted: string): Promise<Removal> {
  const here = readRoster(vault);
  const roster = seenRoster(here);
  const registry = readRegistry(vault);
  const { person, listed } = personToRemove(host, vault, roster, wanted);
  const keyring = keyringOf(host, given);
  const after =
    person === null || !listed
      ? { roster, changes: [] }
      : withoutPerson(roster, person.name, selfOf(host, keyring, roster).own);
  const name = person?.name ?? wanted.normalize('NFC');
  const progress = host.terminal.progress('re-encrypting', registry.length);
  const readable =
    person === null ? withStrangers(vault, roster, registry) : filesReadableBy(vault, registry, person).readable;
  const seen = seenBefore(vault, name, readable);
  const options = { keyring, fresh: false, seen, onProgress: (done: number) => progress.update(done) };
  try {
    return {
      here,
      name,
      person,
      registry,
      seen,
      reseal: await planRemovePerson(vault, after, name, registry, options),
    };
  } finally {
    progress.end();
  }
}

/** Reads every header again, from disk. @returns in how many files the person is not named: all of them */
function prove(vault: Vault, { person, registry }: Removal): number {
  return person === null ? 0 : proveClosed(vault, person, registry, ownEntries(vault), stillNamed);
}

function saySeen(host: Host, { name, seen, reseal }: Removal): void {
  sayWhatWasSeen(host, `${visible(name)} could read`, `${visible(name)} has seen them`, seen, reseal);
}

function sayRemoved(host: Host, removal: Removal, proven: number): void {
  const { name, reseal } = removal;
  const changed = reseal.changed.length;
  const keys = changed === 1 ? 'a new key' : 'new keys';
  host.terminal.say(
    `${visible(name)} is off the roster${changed === 0 ? '' : `; ${files(changed)} re-encrypted under ${keys}`}`,
  );
  sayProven(host, proven, name);
  for (const path of reseal.missing) host.terminal.warn(`${showPath(path)} has no sealed file here: nothing to prove`);
  sayConfirmed(host, removal.here, removal.reseal.plan);
  saySeen(host, removal);
  sayCommit(host, `remove ${name} from the vault`);
}

async function remove(host: Host, vault: Vault, given: Given, wanted: string): Promise<number> {
  const removal = await planRemoval(host, vault, given, wanted);
  if (!flag(given, 'dryRun')) beginRemoval(vault, removal.name, removal.seen);
  let proven = 0;
  const done = await carryOut(host, vault, given, removal.reseal.plan, {
    // Before the roster entry goes: a removal that cannot be proven is not done.
    beforeShred: async () => {
      proven = prove(vault, removal);
    },
  });
  if (done) {
    sayBrought(host, removal.here, removal.name);
    sayRemoved(host, removal, proven);
    if (removal.person !== null) sayStray(host, vault, removal.registry, removal.person);
    endRemoval(vault, removal.name);
  } else saySeen(host, removal);
  return 0;
}

export const command: Command = {
  args: [{ name: '<name>', what: 'who it is, as `blackbox-ts admin list` says' }],
  options: [identityOption, dryRunOption],
  details:
    'All that the person can read is encrypted anew under keys they have never had.\n' +
    'What they have read, they may remember: every value is written down, as a\n' +
    'digest in an encrypted file, until it has been changed. `blackbox-ts rotation`\n' +
    'shows what is left.',
  examples: [
    ['blackbox-ts admin remove alice', 'shut alice out of every file'],
    ['blackbox-ts admin remove --dry-run alice', 'say which files that concerns, and change nothing'],
  ],
  run: (host, given) => {
    const vault = vaultHere(host);
    return locked(vault, () => remove(host, vault, given, given.args[0] ?? ''));
  },
};
