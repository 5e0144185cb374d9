/** `admin retire-key`: one of somebody's keys opens nothing from now on. For a lost laptop, and for a key that was replaced. */
import type { Host } from '../host/types.js';
import { showPath, visible } from '../text.js';
import {
  beginRemoval,
  type DeparturePlan,
  endRemoval,
  filesReadableBy,
  findPerson,
  locked,
  type NextRoster,
  ownEntries,
  type Person,
  planRetireKey,
  type RegistryEntry,
  type RepoPath,
  type Roster,
  readRegistry,
  readRoster,
  seenBefore,
  seenRoster,
  statementPath,
  type Vault,
  withoutKey,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption } from './command.js';
import { sayConfirmed, sayStray, sayWhatWasSeen } from './departure-words.js';
import { fingerprint, namesKey } from './keys.js';
import { sayBrought } from './people-words.js';
import { proveClosed } from './prove-closed.js';
import { ambiguousKey, keyStillNamed, noSuchKey, retiresOwnLast } from './refusals.js';
import { selfOf } from './self.js';
import { carryOut, files, keyringOf, sayCommit, vaultHere } from './work.js';

/** A key, by its canonical text. */
type Key = Pick<Person['recipients'][number], 'text'>;

interface Retirement {
  /** The roster of this checkout, before. */
  readonly here: Roster;
  readonly name: string;
  readonly key: Key;
  readonly registry: readonly RegistryEntry[];
  readonly seen: readonly RepoPath[];
  readonly reseal: DeparturePlan;
}

/** A key that has been retired already, and of which git has yet to hear: by a run that was killed, on another branch, or before it was undone. */
function halfRetired(host: Host, vault: Vault, { trust }: Roster, name: string, given: string): Key | null {
  for (const { id, statement } of trust.seen.statements.values()) {
    for (const change of statement.changes) {
      if (change.do !== 'retire-key' || change.name !== name || !namesKey(given, { text: change.recipient })) continue;
      const path = statementPath(id);
      if (host.git.open(vault.repository).tracked([path]).size === 0) return { text: change.recipient };
    }
  }
  return null;
}

function keyNamed(person: Person, given: string): Key | null {
  const found = person.recipients.filter((r) => namesKey(given, r));
  if (found.length > 1) throw ambiguousKey(person.name, given, found.map(fingerprint));
  return found[0] ?? null;
}

/** Whoever retires the only key that they have here could not open what they have just sealed. */
function checkNotOwnLast(host: Host, given: Given, roster: Roster, person: Person, key: Key): void {
  const { own } = selfOf(host, keyringOf(host, given), roster);
  const left = person.recipients.filter((r) => r.text !== key.text);
  if (own.has(key.text) && !left.some((r) => own.has(r.text))) throw retiresOwnLast(person.name);
}

interface Wanted {
  readonly key: Key;
  readonly after: NextRoster;
}

function find(host: Host, vault: Vault, given: Given, here: Roster): Wanted & { readonly name: string } {
  const [wanted = '', wantedKey = ''] = given.args;
  const roster = seenRoster(here);
  const person = findPerson(roster, wanted);
  const { name } = person;
  const key = keyNamed(person, wantedKey);
  if (key !== null) {
    checkNotOwnLast(host, given, roster, person, key);
    return { name, key, after: withoutKey(here, name, key.text) };
  }
  const half = halfRetired(host, vault, here, name, wantedKey);
  if (half === null) throw noSuchKey(name, wantedKey, person.recipients.map(fingerprint));
  return { name, key: half, after: { roster, changes: [] } };
}

/** Under which an interrupted run finds what it had found. */
const labelOf = ({ name, key }: Pick<Retirement, 'name' | 'key'>) => `${name}\n${key.text}`;

async function planRetirement(host: Host, vault: Vault, given: Given): Promise<Retirement> {
  const here = readRoster(vault);
  const registry = readRegistry(vault);
  const { name, key, after } = find(host, vault, given, here);
  const { readable } = filesReadableBy(vault, registry, { recipients: [key] });
  const seen = seenBefore(vault, labelOf({ name, key }), readable);
  const progress = host.terminal.progress('re-encrypting', registry.length);
  const onProgress = (done: number) => progress.update(done);
  const options = { keyring: keyringOf(host, given), fresh: false, seen, onProgress };
  const reseal = await planRetireKey(vault, after, name, registry, options).finally(() => progress.end());
  return { here, name, key, registry, seen, reseal };
}

/** Reads every header again, from disk. @returns in how many files the key is not named: all of them */
function prove(vault: Vault, { name, key, registry }: Retirement): number {
  return proveClosed(vault, { name, recipients: [key] }, registry, ownEntries(vault), keyStillNamed);
}

function saySeen(host: Host, { name, seen, reseal }: Retirement): void {
  const whoever = `whoever has that key of ${visible(name)}`;
  sayWhatWasSeen(host, 'the key opened', `${whoever} can have seen them`, seen, reseal);
}

function sayRetired(host: Host, retirement: Retirement, proven: number): void {
  const { name, key, here, reseal } = retirement;
  const changed = reseal.changed.length;
  const again =
    changed === 0 ? '' : `; ${files(changed)} re-encrypted under ${changed === 1 ? 'a new key' : 'new keys'}`;
  sayBrought(host, here, name);
  host.terminal.say(`retired a key of ${visible(name)}: ${fingerprint(key)}${again}`);
  if (proven > 0) host.terminal.say(`proven: read again from disk, the headers of ${files(proven)} do not name it`);
  for (const path of reseal.missing) host.terminal.warn(`${showPath(path)} has no sealed file here: nothing to prove`);
  sayConfirmed(host, here, reseal.plan);
  saySeen(host, retirement);
  sayCommit(host, `retire a key of ${name}`);
}

async function retire(host: Host, vault: Vault, given: Given): Promise<number> {
  const retirement = await planRetirement(host, vault, given);
  if (!flag(given, 'dryRun')) beginRemoval(vault, labelOf(retirement), retirement.seen);
  let proven = 0;
  const done = await carryOut(host, vault, given, retirement.reseal.plan, {
    beforeShred: async () => {
      proven = prove(vault, retirement);
    },
  });
  if (done) {
    sayRetired(host, retirement, proven);
    sayStray(host, vault, retirement.registry, { recipients: [retirement.key] });
    endRemoval(vault, labelOf(retirement));
  } else saySeen(host, retirement);
  return 0;
}

export const command: Command = {
  args: [
    { name: '<name>', what: 'whose key it is' },
    {
      name: '<fingerprint>',
      what: 'the key, as `blackbox-ts admin list` prints it, or its first 8 characters or more',
    },
  ],
  options: [identityOption, dryRunOption],
  details:
    'All that the key opens is encrypted anew, for the keys that the person still\n' +
    'has. What could be read with it goes into the ledger of values to change, as\n' +
    'when somebody leaves: `blackbox-ts rotation` shows it.',
  examples: [
    ['blackbox-ts admin retire-key alice age1qx2vm', 'the laptop with this key is lost'],
    [
      'blackbox-ts admin retire-key --dry-run alice SHA256:3xk9LQ2f',
      'say which files that concerns, and change nothing',
    ],
  ],
  run: (host, given) => {
    const vault = vaultHere(host);
    return locked(vault, () => retire(host, vault, given));
  },
};
