/** `register`: the one thing a person must do for a file to be safe. */
import type { Host } from '../host/types.js';
import { count, list, shellWord, showPath, visible } from '../text.js';
import {
  entitledPeople,
  filesReadableBy,
  locked,
  planRegister,
  proveSealed,
  type RegistryEntry,
  type RepoPath,
  type Roster,
  readRegistry,
  readRoster,
  sealedPath,
  toRepoPath,
  type Vault,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption } from './command.js';
import { rememberPlaintexts } from './known.js';
import { groupOption, groupsOf } from './role-options.js';
import { refreshFilter } from './strict.js';
import { warnUnsound } from './syntax.js';
import { carryOut, keyringOf, mostLines, nameFiles, sayCommit, vaultHere } from './work.js';

/** For whom: undefined where nothing was said. */
function wantedGroups(given: Given): readonly string[] | undefined {
  const groups = groupsOf(given);
  return flag(given, 'everybody') ? [] : groups;
}

/** Who can read which of these files now, and is not among those they are to be for. */
type Losses = ReadonlyMap<string, readonly RepoPath[]>;

function shutOut(vault: Vault, roster: Roster, paths: readonly RepoPath[], groups: readonly string[]): Losses {
  const after = new Set(entitledPeople(roster, { groups }));
  const entries = paths.map((path) => ({ path, groups }));
  const losing = roster.people
    .filter((person) => !after.has(person))
    .map((person) => [person.name, filesReadableBy(vault, entries, person).readable] as const);
  return new Map(losing.filter(([, lost]) => lost.length > 0));
}

function sayLosses(host: Host, losses: Losses): void {
  for (const [name, [first = '', ...rest]] of losses) {
    const [them, it] = rest.length === 0 ? [showPath(first), 'it'] : [count(rest.length + 1, 'file'), 'them'];
    host.terminal.warn(`${visible(name)} can no longer read ${them}, and knows what is in ${it}`);
  }
  if (losses.size > 0) host.terminal.say('to see what is still to be changed: blackbox-ts rotation');
}

function sayRegistered(
  host: Host,
  roster: Roster,
  entries: readonly RegistryEntry[],
  again: ReadonlySet<RepoPath>,
): void {
  const plain = entries.length > mostLines && again.size === 0 ? entries : [];
  if (plain[0] !== undefined) {
    const readers = entitledPeople(roster, plain[0]).length;
    host.terminal.say(`sealed ${count(plain.length, 'file')} for ${count(readers, 'person', 'people')}`);
  }
  for (const { path, groups } of plain.length > 0 ? [] : entries) {
    const people = count(entitledPeople(roster, { groups }).length, 'person', 'people');
    const where = groups.length === 0 ? '' : ` in ${list(groups.map(visible))}`;
    host.terminal.say(`${again.has(path) ? 're-encrypted' : 'sealed'} ${showPath(path)} for ${people}${where}`);
  }
}

async function register(host: Host, vault: Vault, given: Given, paths: readonly RepoPath[]): Promise<number> {
  const roster = readRoster(vault);
  const registry = readRegistry(vault);
  const keyring = keyringOf(host, given);
  const tracked = host.git.open(vault.repository).tracked(paths.flatMap((path) => [path, sealedPath(path)]));
  const groups = wantedGroups(given);
  const known = new Set(groups === undefined ? [] : registry.map((e) => e.path));
  const again = new Set(paths.filter((path) => known.has(path)));
  const losses = shutOut(vault, roster, [...again], groups ?? []);
  const options = { keep: flag(given, 'keep'), tracked, keyring, ...(groups === undefined ? {} : { groups }) };
  const plan = await planRegister(vault, roster, registry, paths, options);
  const done = await carryOut(host, vault, given, plan, {
    beforeShred: async () => {
      warnUnsound(host, vault, paths);
      rememberPlaintexts(vault, paths);
      // The only plaintext there may be goes only once the sealed file is proven to give it back.
      for (const path of plan.shred) await proveSealed(vault, path, keyring);
    },
  });
  if (!done) return 0;
  refreshFilter(host, vault);
  const entries = readRegistry(vault).filter((e) => paths.includes(e.path));
  sayRegistered(host, roster, entries, again);
  sayLosses(host, losses);
  for (const path of paths) if (tracked.has(path)) sayHistory(host, vault, path);
  warnUnignored(host, vault, paths);
  sayCommit(host, `seal ${nameFiles(paths)}`);
  return 0;
}

/** A file that git tracked is in the repository's past: sealing it now does not take it out of there. */
function sayHistory(host: Host, vault: Vault, path: string): void {
  const commits = host.git.open(vault.repository).commitsWith(path);
  if (commits.length === 0) return;
  const where = count(commits.length, 'commit');
  host.terminal.warn(`${showPath(path)} remains in plaintext in ${where}; change the secrets in it:`);
  for (const c of commits) {
    host.terminal.say(`  ${c.id.slice(0, 12)} ${c.date.slice(0, 10)} ${showPath(c.author)}: ${showPath(c.subject)}`);
  }
}

/** Some other line of a .gitignore may take ours back. */
export function warnUnignored(host: Host, vault: Vault, paths: readonly RepoPath[]): void {
  const ignored = host.git.open(vault.repository).ignored(paths);
  for (const path of paths.filter((p) => !ignored.has(p))) {
    host.terminal.warn(`git does not ignore ${showPath(path)}: another .gitignore line takes it back`);
    host.terminal.say(`  to find it: git check-ignore -v --no-index -- ${shellWord(path)}`);
  }
}

export const command: Command = {
  args: [{ name: '<paths...>', what: 'files to seal' }],
  options: [
    { flags: '--keep', what: 'leave the plaintext in the work tree' },
    { ...groupOption, what: 'only for those in this group, and not for everybody (may be given more than once)' },
    {
      flags: '--everybody',
      what: 'a file that was for groups is for everybody on the roster from now on',
      not: ['--group'],
    },
    identityOption,
    dryRunOption,
  ],
  details:
    'Each file is sealed as <path>.age for everybody on the roster, git-ignored,\n' +
    'taken out of the index, and its plaintext shredded. With --group or --everybody,\n' +
    'a file that is registered already is sealed for those from now on, and its\n' +
    'plaintext is left as it is.',
  examples: [
    ['blackbox-ts register secrets.json', 'seal secrets.json as secrets.json.age and remove the plaintext'],
    ['blackbox-ts register --group ops prod.env', 'seal prod.env for those in the group ops'],
    ['blackbox-ts register --everybody prod.env', 'and for everybody after all'],
    ['blackbox-ts register --keep .env', 'seal .env and go on using it here'],
  ],
  run: (host, given) => {
    const vault = vaultHere(host);
    const paths = [...new Set(given.args.map((arg) => toRepoPath(vault, arg)))];
    return locked(vault, () => register(host, vault, given, paths));
  },
};
