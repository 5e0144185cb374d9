/** `status`: how every registered file is, and what mends what is wrong. No key is needed, and nothing is changed. */
import type { Host } from '../host/types.js';
import { count, shellWord, showPath, visible } from '../text.js';
import {
  departureCount,
  type Exposure,
  exposure,
  type FileState,
  fileStates,
  ignorePattern,
  type LooseFile,
  looseLocalFiles,
  type OlderVersion,
  olderVersion,
  ownEntries,
  pickEntries,
  type Roster,
  readRegistry,
  readRoster,
  recipientTag,
  sealedPath,
  unfinishedOf,
  type Vault,
} from '../vault/index.js';
import { type Command, flag, type Given, jsonOption } from './command.js';
import { jsonText } from './json.js';
import { sayPeople } from './status-people.js';
import { type Facts, type Problem, problemsOf, readersCell } from './status-problems.js';
import { files, somethingToDo, typedPath, vaultHere } from './work.js';

/** So many files with the same problem are told one by one. */
const sameProblem = 10;
/** A kept edit is somebody's work in progress, not something that is wrong with the vault. */
const harmless = 'unfinished';

interface Row {
  readonly facts: Facts;
  readonly problems: readonly Problem[];
}

/** Names for tags, where the roster has them. */
function naming(roster: Roster): (tag: string) => string {
  const names = new Map(roster.people.flatMap((p) => p.recipients.map((r) => [recipientTag(r), p.name] as const)));
  return (tag) => visible(names.get(tag) ?? `an unknown key (${tag.slice(0, 8)})`);
}

/** Of those that are told one by one: each takes processes of its own. */
function whoPutBack(vault: Vault, older: Exposure['older']): Map<string, OlderVersion> {
  const told = [...older].slice(0, sameProblem);
  return new Map(told.map(([path, oid]) => [path, olderVersion(vault, path, oid)] as const));
}

function examine(vault: Vault, roster: Roster, states: readonly FileState[]): Row[] {
  const exposed = exposure(vault, states);
  const unfinished = new Set(
    unfinishedOf(
      vault,
      states.map((s) => s.entry.path),
    ),
  );
  const nameOf = naming(roster);
  const older = whoPutBack(vault, exposed.older);
  return states.map((state) => {
    const { path } = state.entry;
    const facts: Facts = {
      state,
      strangers: state.surplus.map(nameOf),
      tracked: exposed.tracked.has(path),
      unignored: exposed.unignored.has(path),
      takenBack: exposed.takenBack.has(path),
      older: exposed.older.has(path) ? (older.get(path) ?? {}) : null,
      unfinished: unfinished.has(path),
      typed: (name) => typedPath(vault, name),
    };
    return { facts, problems: problemsOf(facts) };
  });
}

function asJson({ facts, problems }: Row) {
  const { state, tracked, unignored, strangers, older } = facts;
  const { path, groups } = state.entry;
  const { condition, conflict, lacking, surplus } = state;
  const extra = surplus.map((tag, i) => ({ tag, name: strangers[i] }));
  return {
    path,
    sealed: sealedPath(path),
    groups,
    condition,
    conflict,
    lacking,
    surplus: extra,
    tracked,
    ignored: !unignored,
    older,
    problems,
  };
}

/** One sentence a problem; many of a kind are counted. */
function sayProblems(host: Host, rows: readonly Row[]): void {
  const all = rows.flatMap((r) => r.problems);
  for (const kind of new Set(all.map((p) => p.kind))) {
    const problems = all.filter((p) => p.kind === kind);
    for (const { sentence, mend } of problems.slice(0, sameProblem)) {
      host.terminal.warn(sentence);
      host.terminal.say(`  ${mend}`);
    }
    const rest = problems.length - sameProblem;
    if (rest > 0) host.terminal.warn(`the same (${kind}) holds for ${rest === 1 ? 'one more file' : `${rest} more`}`);
  }
}

function print(host: Host, rows: readonly Row[]): void {
  const { terminal } = host;
  const grouped = rows.some(({ facts }) => facts.state.entry.groups.length > 0);
  const cells = rows.map(({ facts }) => [
    facts.state.entry.path,
    facts.state.condition,
    ...(grouped ? [facts.state.entry.groups.join(', ')] : []),
    readersCell(facts),
  ]);
  terminal.data(terminal.table(cells, ['FILE', 'STATE', ...(grouped ? ['GROUPS'] : []), 'READERS']));
  if (rows.length === 0) terminal.say('no file is registered; to begin: blackbox-ts register FILE');
  sayProblems(host, rows);
}

/** The files of the ledger and the scan indexes are the vault's own: they are no rows, but whoever may read the others has to be able to read them. */
function isOwnStale(vault: Vault, roster: Roster): boolean {
  const states = fileStates(vault, roster, ownEntries(vault));
  return states.some((s) => s.condition !== 'sealed' || s.forged !== null || s.lacking.length + s.surplus.length > 0);
}

/** What can be told of the ledger without a key. */
function sayLedger(host: Host, vault: Vault, stale: boolean): void {
  const departures = departureCount(vault);
  if (departures > 0) {
    const what = `${count(departures, 'departure')} in the ledger of values to change`;
    host.terminal.say(`${what}; to see what is left: blackbox-ts rotation`);
  }
  if (!stale) return;
  host.terminal.warn(
    'the ledger or the scan index in .blackbox is damaged, or not sealed for those whom the roster says',
  );
  host.terminal.say('  blackbox-ts reencrypt');
}

/** Plaintexts that nobody registered, as they are for one machine alone: one careless `git add` away from everybody's. */
function sayLoose({ terminal }: Host, vault: Vault, { path, tracked }: LooseFile): void {
  const type = (name: string) => shellWord(typedPath(vault, name));
  const what = `${showPath(path)} is for this machine alone, and git ${tracked ? 'tracks it' : 'does not ignore it'}`;
  const mend = tracked
    ? `git rm --cached -- ${type(path)}`
    : `echo ${shellWord(ignorePattern(path))} >> ${type('.gitignore')}`;
  terminal.warn(what);
  terminal.say(`  ${mend}`);
}

async function status(host: Host, given: Given): Promise<number> {
  const vault = vaultHere(host);
  const roster = readRoster(vault);
  const entries = pickEntries(vault, readRegistry(vault), given.args);
  const rows = examine(vault, roster, fileStates(vault, roster, entries));
  const [all, json] = [given.args.length === 0, flag(given, 'json')];
  if (json) host.terminal.data(jsonText(rows.map(asJson)));
  else print(host, rows);
  const loose = all ? looseLocalFiles(vault, entries) : [];
  const stale = all && isOwnStale(vault, roster);
  if (all && !json) {
    for (const file of loose) sayLoose(host, vault, file);
    sayLedger(host, vault, stale);
    await sayPeople(host, vault, roster);
  }
  const wrong = rows.filter((r) => r.problems.some((p) => p.kind !== harmless));
  if (!flag(given, 'check') || (wrong.length === 0 && !stale && loose.length === 0)) return 0;
  if (json) return somethingToDo;
  host.terminal.say(`${files(wrong.length + loose.length)} of ${rows.length + loose.length} not in order`);
  return somethingToDo;
}

export const command: Command = {
  args: [{ name: '[paths...]', what: 'files to look at; all when none is named' }],
  options: [jsonOption, { flags: '--check', what: 'exit code 3 when anything is not in order: for CI' }],
  details: `States: sealed (no plaintext here), open (the plaintext here is what is sealed), changed (it is not), outdated (the sealed file is
newer), unsealed (plaintext without a sealed file), missing (neither), damaged, blocked (a symlink or folder is in the way).
In order are sealed and open files whose readers are those on the roster, and whose plaintext git ignores and does not track.`,
  examples: [
    ['blackbox-ts status', 'show every registered file'],
    ['blackbox-ts status --check', 'fail when something is not in order'],
  ],
  run: (host, given) => status(host, given),
};
