/** `guard index`: seals what the guard looks for, for machines that may not read the values. */
import { loadKnown, makeIndex, publicKeysOf, type ToIndex } from '../guard/index.js';
import type { Host } from '../host/types.js';
import { count, list, showPath } from '../text.js';
import {
  dropScanPlan,
  entitledPeople,
  joinPlans,
  type Keyring,
  locked,
  openSealed,
  type Plan,
  plan,
  type RegistryEntry,
  type Roster,
  readRegistry,
  readRoster,
  type ScanAudience,
  scanAudiences,
  scanEntries,
  scannersOf,
  scanPlan,
  sealedContentOf,
  sealedPath,
  type Vault,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption } from './command.js';
import { rememberMany } from './known.js';
import { freshnessOf, openIndexes } from './scan-indexes.js';
import { selfOf } from './self.js';
import { carryOut, files, keyringOf, sayCommit, somethingToDo, vaultHere } from './work.js';

/** Larger files are data, of which the guard knows no values either. */
const sealedLimit = 16 * 1024 * 1024;
/** So many files are named. */
const named = 5;

function some(paths: readonly string[]): string {
  return `${paths.slice(0, named).map(showPath).join(', ')}${paths.length > named ? ', …' : ''}`;
}

async function contentOf(vault: Vault, { path }: RegistryEntry, keyring: Keyring): Promise<ToIndex> {
  const { files: system } = vault.host;
  const payload = sealedContentOf(vault, path);
  const size = system.stat(system.within(vault.root, sealedPath(path)))?.size ?? 0;
  const isData = size === 0 || size > sealedLimit;
  return { path, payload, plaintext: isData ? null : await openSealed(vault, path, keyring) };
}

interface Made {
  readonly plan: Plan;
  readonly values: number;
  readonly weak: number;
  readonly ambient: number;
}

/** An index of all files of one audience. @throws those of `openSealed` */
async function planIndex(vault: Vault, roster: Roster, audience: ScanAudience, keyring: Keyring): Promise<Made> {
  const contents: ToIndex[] = [];
  for (const entry of audience.files) contents.push(await contentOf(vault, entry, keyring));
  // The guard learns them here, too; what it finds in tracked files has no place in an index.
  rememberMany(
    vault,
    contents.flatMap(({ path, plaintext }) =>
      plaintext === null ? [] : [{ path: path as RegistryEntry['path'], plaintext }],
    ),
  );
  const known = loadKnown(vault.host.files, vault.state);
  const { text, ...left } = makeIndex(contents, { known, publicKeys: publicKeysOf(vault) });
  return { plan: await scanPlan(vault, roster, audience, text), ...left };
}

function sayMade(host: Host, roster: Roster, audiences: readonly ScanAudience[], made: readonly Made[]): void {
  const sum = (of: (one: Made) => number) => made.reduce((total, one) => total + of(one), 0);
  const about = files(audiences.reduce((total, { files: all }) => total + all.length, 0));
  host.terminal.say(
    `the scan index knows ${count(
      sum((one) => one.values),
      'value',
    )} of ${about}`,
  );
  const weak = sum((one) => one.weak);
  if (weak > 0) host.terminal.say(`${count(weak, 'value')} left out that could be found by guessing`);
  const ambient = sum((one) => one.ambient);
  if (ambient > 0) host.terminal.say(`${count(ambient, 'value')} left out that tracked files contain`);
  if (audiences.some(({ entry }) => scannersOf(roster, entry) > 0)) return;
  host.terminal.say('nobody on the roster only scans; to let a machine in that does:');
  host.terminal.say("  blackbox-ts admin add --role scanner --name ci 'age1…'");
}

/** Whoever may not read the files of an audience leaves its index to those who may. */
function mayRead(roster: Roster, own: ReadonlySet<string>, { entry }: ScanAudience): boolean {
  const readers = entitledPeople(roster, { groups: entry.groups });
  return readers.some((person) => person.recipients.some((r) => own.has(r.text)));
}

async function write(host: Host, vault: Vault, given: Given): Promise<number> {
  const roster = readRoster(vault);
  const keyring = keyringOf(host, given);
  const audiences = scanAudiences(readRegistry(vault));
  const { own, unsure } = selfOf(host, keyring, roster);
  const mine = audiences.filter((audience) => unsure || mayRead(roster, own, audience));
  const others = audiences.filter((audience) => !mine.includes(audience));
  const made: Made[] = [];
  for (const audience of mine) made.push(await planIndex(vault, roster, audience, keyring));
  const wanted = new Set(audiences.map(({ entry }) => entry.path));
  const leftover = scanEntries(vault).filter(({ path }) => !wanted.has(path));
  const summary = mine.map(({ entry }) => `write ${showPath(sealedPath(entry.path))}`);
  const all = joinPlans([plan({ summary }), ...made.map((one) => one.plan), dropScanPlan(leftover)]);
  if (!(await carryOut(host, vault, given, all))) return 0;
  if (mine.length > 0) sayMade(host, roster, mine, made);
  if (made.length + leftover.length > 0) sayCommit(host, 'the scan index');
  if (others.length === 0) return 0;
  const paths = others.flatMap(({ files: all_ }) => all_.map(({ path }) => path));
  host.terminal.warn(`not indexed, as you cannot read ${paths.length === 1 ? 'it' : 'them'}: ${some(paths)}`);
  const groups = [...new Set(others.flatMap(({ entry }) => entry.groups))];
  host.terminal.say(`  for somebody in ${list(groups)}: blackbox-ts guard index`);
  return 1;
}

/** Told with the scan key, too: what a machine that only scans would look for in vain. */
async function check(host: Host, vault: Vault, given: Given): Promise<number> {
  const opened = await openIndexes(vault, keyringOf(host, given));
  if (opened.refused !== null && opened.indexes.size === 0) throw opened.refused;
  const { fresh, stale, leftover } = freshnessOf(vault, opened);
  if (stale.length > 0)
    host.terminal.say(`the scan index does not know ${files(stale.length)} as sealed now: ${some(stale)}`);
  if (leftover.length > 0)
    host.terminal.say(`of no registered file any more: ${some(leftover.map(({ path }) => sealedPath(path)))}`);
  if (opened.refused !== null)
    host.terminal.warn(`not every scan index could be looked at: ${opened.refused.sentence}`);
  if (stale.length + leftover.length === 0) {
    host.terminal.say(`the scan index knows ${files(fresh.length)} as sealed now`);
    return 0;
  }
  host.terminal.say('to mend it, for somebody who can read them: blackbox-ts guard index');
  return somethingToDo;
}

async function remove(host: Host, vault: Vault, given: Given): Promise<number> {
  const entries = scanEntries(vault);
  const summary = entries.map(({ path }) => `remove ${showPath(sealedPath(path))}`);
  if (!(await carryOut(host, vault, given, { ...dropScanPlan(entries), summary }))) return 0;
  host.terminal.say(entries.length === 0 ? 'there is no scan index' : 'the scan index is gone');
  if (entries.length > 0) sayCommit(host, 'no scan index any more');
  return 0;
}

export const command: Command = {
  options: [
    { flags: '--check', what: 'change nothing; exit code 3 when it does not know the files as they are sealed now' },
    { flags: '--remove', what: 'take it out of the repository', not: ['--check'] },
    identityOption,
    dryRunOption,
  ],
  details:
    'Machines that only scan, such as CI, get to know by it which values must not\n' +
    'leak, and can read none. In it are keyed digests, under a new key each time, of\n' +
    'those values that nobody finds by guessing. It is sealed for those who may read\n' +
    'the files, and for people with the role `scanner`, who can open nothing else.',
  examples: [
    ["blackbox-ts admin add --role scanner --name ci 'age1…'", 'let a machine in that only scans'],
    ['blackbox-ts guard index', 'seal what it is to look for; again when values have changed'],
    ['blackbox-ts guard index --check', 'in CI: fail when the index is out of date'],
  ],
  run: async (host, given) => {
    const vault = vaultHere(host);
    if (flag(given, 'check')) return check(host, vault, given);
    return locked(vault, () => (flag(given, 'remove') ? remove : write)(host, vault, given));
  },
};
