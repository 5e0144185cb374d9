/** `admin add`: lets somebody in. Their key goes into every file that they may read, and last onto the roster. */
import type { Recipient } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { list, shellWord, showPath, visible } from '../text.js';
import {
  findPerson,
  joinPlans,
  keyEntries,
  locked,
  type Newcomer,
  type Person,
  type Plan,
  parseName,
  personText,
  planAddPerson,
  type RegistryEntry,
  type ResealPlan,
  type Roster,
  readRegistry,
  readRoster,
  seenRoster,
  type Vault,
  withPerson,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption, text } from './command.js';
import { type GivenKeys, readKeys } from './given-keys.js';
import { describeKey } from './key-words.js';
import { sayBrought } from './people-words.js';
import { cannotAdd, nameNeeded } from './refusals.js';
import { groupOption, groupsOf, roleOf, roleOption } from './role-options.js';
import { selfOf } from './self.js';
import { carryOut, files, keyringOf, sayCommit, vaultHere } from './work.js';

function nameOf(keys: GivenKeys, given: Given): string {
  const name = text(given, 'name') ?? keys.name;
  if (name === null) throw nameNeeded();
  return parseName(name);
}

/** A key that cannot sign makes a reader, whatever was asked for. */
function newcomerOf(given: Given, keys: GivenKeys, name: string): Newcomer {
  const entries = keyEntries(keys.lines.join('\n'));
  const role = entries.some((k) => k.sign !== null)
    ? (roleOf(given) ?? 'admin')
    : roleOf(given) === 'scanner'
      ? 'scanner'
      : 'reader';
  return { name, recipients: keys.recipients, keys: entries, role, groups: groupsOf(given) ?? [] };
}

/** Keys that no signing key can be derived from: what holds them does not give them away. */
const elsewhere: ReadonlySet<Recipient['kind']> = new Set(['plugin', 'p256tag', 'mlkem768p256tag']);

/** Whoever became less than was asked for is told how to become more. */
function sayReader(host: Host, given: Given, { before, person }: Addition): void {
  const wanted = roleOf(given) ?? 'admin';
  if (before !== undefined || person.role === wanted) return;
  const name = visible(person.name);
  const more = person.recipients.some(({ kind }) => elsewhere.has(kind))
    ? `for more, add a key of theirs that can, such as their SSH key: blackbox-ts admin add --append --name ${shellWord(person.name)} FILE`
    : 'for more they run blackbox-ts keygen --public, and you add what it prints';
  host.terminal.warn(
    `${name} becomes a reader: this key cannot sign what ${wanted === 'admin' ? 'an admin' : 'a writer'} writes; ${more}`,
  );
}

/** Keys for somebody who is on the roster: role and groups are theirs already. */
function furtherKeysOf(given: Given, keys: GivenKeys, { name, role, groups }: Person): Newcomer {
  const wanted = { role: roleOf(given) ?? role, groups: groupsOf(given) ?? groups };
  if (wanted.role !== role || wanted.groups.join() !== groups.join()) {
    throw new BlackboxError('ERR_BLACKBOX_USAGE', `${visible(name)} is on the roster already`, {
      exitCode: 2,
      hints: [`for another role or other groups: blackbox-ts admin change ${shellWord(name)} …`],
    });
  }
  const entries = keyEntries(keys.lines.join('\n'));
  return { name, recipients: keys.recipients, keys: entries, role, groups };
}

function checkMayAdd(host: Host, given: Given, roster: Roster, registry: readonly RegistryEntry[]): void {
  const { person, unsure } = selfOf(host, keyringOf(host, given), roster);
  // Somebody whose identity cannot tell its public key is let on: they can add only if they can open the files.
  if (person === null && !unsure && registry.length > 0) throw cannotAdd();
}

interface Addition {
  readonly roster: Roster;
  /** As they were; undefined for somebody new. */
  readonly before: Person | undefined;
  readonly person: Person;
  readonly reseal: ResealPlan;
}

/** Opens and wraps every file for the new roster; nothing is written yet. */
async function planWith(host: Host, vault: Vault, given: Given, keys: GivenKeys, name: string): Promise<Addition> {
  const roster = readRoster(vault);
  const registry = readRegistry(vault);
  const before = seenRoster(roster).people.find((p) => p.name === name);
  const newcomer = before === undefined ? newcomerOf(given, keys, name) : furtherKeysOf(given, keys, before);
  const after = withPerson(roster, newcomer, flag(given, 'append'));
  checkMayAdd(host, given, roster, registry);
  const person = findPerson(after.roster, name);
  const progress = host.terminal.progress('re-wrapping', registry.length);
  const options = {
    keyring: keyringOf(host, given),
    fresh: false,
    onProgress: (done: number) => progress.update(done),
  };
  try {
    const [, view] = personText(person);
    return { roster, before, person, reseal: await planAddPerson(vault, after, name, view, registry, options) };
  } finally {
    progress.end();
  }
}

function sayAdded(host: Host, { roster, before, person, reseal }: Addition): void {
  const name = visible(person.name);
  const groups = person.groups.length === 0 ? '' : `, in ${list(person.groups.map(visible))}`;
  host.terminal.say(`${name} is on the roster as ${person.role}${groups}; ${files(reseal.changed.length)} re-wrapped`);
  for (const path of reseal.missing) host.terminal.warn(`${showPath(path)} has no sealed file: ${name} cannot read it`);
  const signs = (p: Person | undefined) => p?.keys.some((k) => k.sign !== null) === true;
  if (before !== undefined && person.role === 'reader' && signs(person) && !signs(before))
    host.terminal.say(
      `${name} can sign now; to let them write: blackbox-ts admin change ${shellWord(person.name)} --role writer`,
    );
  sayBrought(host, roster, person.name);
  sayCommit(host, `add ${person.name} to the vault`);
}

/** A line for each key, for the admin to compare. @throws ERR_BLACKBOX_RECIPIENT_UNUSABLE */
export async function sayKeys(host: Host, name: string, keys: GivenKeys): Promise<void> {
  for (const key of await Promise.all(keys.recipients.map(describeKey))) host.terminal.say(`${visible(name)}: ${key}`);
}

/**
 * Lets somebody in with these keys.
 * @param say what to tell of the keys once it is known that they can be added; nothing if that has been told
 * @param more what else is to be done in the same step
 */
export async function addPerson(
  host: Host,
  vault: Vault,
  given: Given,
  keys: GivenKeys,
  name: string,
  { say = sayKeys, more = [] }: { say?: typeof sayKeys; more?: readonly Plan[] } = {},
): Promise<number> {
  const addition = await planWith(host, vault, given, keys, name);
  await say(host, name, keys);
  sayReader(host, given, addition);
  if (await carryOut(host, vault, given, joinPlans([addition.reseal.plan, ...more]))) sayAdded(host, addition);
  return 0;
}

export const appendOption = { flags: '--append', what: 'a further key for somebody who is on the roster' };

export const command: Command = {
  args: [{ name: '<key>', what: 'a file of public keys, - for standard input, or one public key' }],
  options: [
    { flags: '--name <name>', what: "the person's name (default: the file's name without extension)" },
    appendOption,
    roleOption,
    groupOption,
    identityOption,
    dryRunOption,
  ],
  details:
    'Age keys (age1…, also those of plugins and hardware), SSH keys (ssh-ed25519,\n' +
    'ssh-rsa) and armored OpenPGP public keys, any mix of them, as many as the person\n' +
    'has. Ask the person whether the fingerprints shown are theirs: whoever has the\n' +
    'private key will read everything.\n' +
    'A key that is on the roster may be given again: an OpenPGP key when its owner\n' +
    'has extended it, an age key with the signing key that it came without.',
  examples: [
    ['blackbox-ts admin add alice.pub', 'let alice in with the keys in alice.pub'],
    ['blackbox-ts admin add --append --name alice laptop.pub', 'a second key for alice'],
    ["blackbox-ts admin add --role reader --name ci 'age1…'", 'let a machine in with one key, to read'],
    ['blackbox-ts admin add --role writer --group ops carol.pub', 'carol, who also reads what is for the group ops'],
    ['gpg --armor --export 0123…CDEF | blackbox-ts admin add --name bob -', 'let bob in with his OpenPGP key'],
  ],
  run: (host, given) => {
    const vault = vaultHere(host);
    const keys = readKeys(host, given.args[0] ?? '');
    const name = nameOf(keys, given);
    return locked(vault, () => addPerson(host, vault, given, keys, name));
  },
};
