/** `admin add`: lets somebody in. Their key goes into every file that they may read, and last onto the roster. */
import { checkOpenpgpRecipient, type Recipient } from '../age/index.js';
import type { Host } from '../host/types.js';
import { showPath, visible } from '../text.js';
import {
  findPerson,
  formatPerson,
  keyEntries,
  locked,
  type Newcomer,
  type Person,
  parseName,
  personFile,
  planAddPerson,
  type RegistryEntry,
  type ResealPlan,
  type Roster,
  readRegistry,
  readRoster,
  type Vault,
  withPerson,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption, text } from './command.js';
import { type GivenKeys, linesWithout, readKeys } from './given-keys.js';
import { fingerprint, kindName } from './keys.js';
import { cannotAdd, nameNeeded } from './refusals.js';
import { groupOption, groupsOf, roleOf, roleOption } from './role-options.js';
import { selfOf } from './self.js';
import { carryOut, files, keyringOf, sayCommit, vaultHere } from './work.js';

/** As in the vault: a person's file is never larger. */
const personFileLimit = 1024 * 1024;

function nameOf(keys: GivenKeys, given: Given): string {
  const name = text(given, 'name') ?? keys.name;
  if (name === null) throw nameNeeded();
  return parseName(name);
}

/** One line for each key, for a person to compare; for an OpenPGP key also the check that it may be used. */
async function describe(recipient: Recipient): Promise<string> {
  const words = [kindName(recipient), fingerprint(recipient)];
  if (recipient.comment !== '') words.push(`(${visible(recipient.comment)})`);
  if (recipient.kind === 'openpgp') {
    const { expires } = await checkOpenpgpRecipient(recipient);
    if (expires !== null) words.push(`expires ${expires.toISOString().slice(0, 10)}`);
  }
  return words.join(' ');
}

/** The person's file: what it holds already, and behind it the keys that are new. */
function personText(vault: Vault, person: Person, before: Person | undefined, keys: GivenKeys): string {
  const fresh = linesWithout(keys, new Set(before?.recipients.map((r) => r.text)));
  if (before === undefined) return formatPerson(fresh);
  const { files } = vault.host;
  const text = files.read(files.within(vault.root, personFile(person.name)), personFileLimit)?.toString('utf8') ?? '';
  return fresh.length === 0 ? text : formatPerson([...text.trimEnd().split('\n'), ...fresh]);
}

/** A key that cannot sign makes a reader, whatever was asked for; and its owner is told how to become more. */
function newcomerOf(host: Host, given: Given, keys: GivenKeys, name: string): Newcomer {
  const wanted = roleOf(given) ?? 'admin';
  const entries = keyEntries(keys.lines.join('\n'));
  const signs = entries.some((k) => k.sign !== null);
  if (!signs && wanted !== 'reader') {
    const why = `${visible(name)} becomes a reader: this key cannot sign what an ${wanted} writes`;
    host.terminal.warn(`${why}; for more they run blackbox-ts keygen --public, and you add what it prints`);
  }
  const role = signs ? wanted : 'reader';
  return { name, recipients: keys.recipients, keys: entries, role, groups: groupsOf(given) ?? [] };
}

function checkMayAdd(host: Host, given: Given, roster: Roster, registry: readonly RegistryEntry[]): void {
  const { person, unsure } = selfOf(host, keyringOf(host, given), roster);
  // Somebody whose identity cannot tell its public key is let on: they can add only if they can open the files.
  if (person === null && !unsure && registry.length > 0) throw cannotAdd();
}

function sayAdded(host: Host, name: string, { changed, missing }: ResealPlan): void {
  host.terminal.say(`${visible(name)} is on the roster; ${files(changed.length)} re-wrapped`);
  for (const path of missing)
    host.terminal.warn(`${showPath(path)} has no sealed file: ${visible(name)} cannot read it`);
  sayCommit(host, `add ${name} to the vault`);
}

/** Opens and wraps every file for the new roster; nothing is written yet. */
async function planWith(
  host: Host,
  vault: Vault,
  given: Given,
  keys: GivenKeys,
  name: string,
): Promise<{ name: string; reseal: ResealPlan }> {
  const roster = readRoster(vault);
  const registry = readRegistry(vault);
  const after = withPerson(roster, newcomerOf(host, given, keys, name), flag(given, 'append'));
  checkMayAdd(host, given, roster, registry);
  const mine = after.roster.people.find((p) => p.recipients.some((r) => r.text === keys.recipients[0]?.text));
  const person = mine ?? findPerson(after.roster, name);
  const before = roster.people.find((p) => p.name === person.name);
  const progress = host.terminal.progress('re-wrapping', registry.length);
  const options = {
    keyring: keyringOf(host, given),
    fresh: false,
    onProgress: (done: number) => progress.update(done),
  };
  try {
    const text = personText(vault, person, before, keys);
    return { name: person.name, reseal: await planAddPerson(vault, after, person.name, text, registry, options) };
  } finally {
    progress.end();
  }
}

async function add(host: Host, vault: Vault, given: Given, keys: GivenKeys, wanted: string): Promise<number> {
  const described = await Promise.all(keys.recipients.map(describe));
  const { name, reseal } = await planWith(host, vault, given, keys, wanted);
  for (const key of described) host.terminal.say(`${visible(name)}: ${key}`);
  if (await carryOut(host, vault, given, reseal.plan)) sayAdded(host, name, reseal);
  return 0;
}

export const command: Command = {
  args: [{ name: '<key>', what: 'a file of public keys, - for standard input, or one public key' }],
  options: [
    { flags: '--name <name>', what: "the person's name (default: the file's name without extension)" },
    { flags: '--append', what: 'a further key for somebody who is on the roster' },
    roleOption,
    groupOption,
    identityOption,
    dryRunOption,
  ],
  details:
    'Age keys (age1…), SSH keys (ssh-ed25519, ssh-rsa) and armored OpenPGP public\n' +
    'keys, any mix of them. Ask the person whether the fingerprints shown are\n' +
    'theirs: whoever has the private key will read everything.',
  examples: [
    ['blackbox-ts admin add alice.pub', 'let alice in with the keys in alice.pub'],
    ['blackbox-ts admin add --append --name alice laptop.pub', 'a second key for alice'],
    ["blackbox-ts admin add --name ci 'age1…'", 'let a machine in with one key'],
    ['gpg --armor --export 0123…CDEF | blackbox-ts admin add --name bob -', 'let bob in with his OpenPGP key'],
  ],
  run: (host, given) => {
    const vault = vaultHere(host);
    const keys = readKeys(host, given.args[0] ?? '');
    const name = nameOf(keys, given);
    return locked(vault, () => add(host, vault, given, keys, name));
  },
};
