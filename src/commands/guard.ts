/** `guard`: what is about to be committed, judged on the staged bytes alone; or the tree, commits, files, standard input. Needs no key. */
import { relative, resolve, sep } from 'node:path';
import { BlackboxError } from '../errors.js';
import {
  guardReport,
  inspector,
  isBlocking,
  type KnownValues,
  loadKnown,
  type Rules,
  renderFindings,
} from '../guard/index.js';
import type { Git, Host, StagedEntry } from '../host/types.js';
import { count, showPath } from '../text.js';
import {
  authorityOf,
  findVault,
  hasVault,
  inspectSealed,
  isCompleteSealedFile,
  locate,
  parseRegistry,
  parseRepoPath,
  type RepoPath,
  readRegistry,
  registeredGroups,
  registryFile,
  type Vault,
  whyNotAuthentic,
} from '../vault/index.js';
import { type Command, flag, type Given, jsonOption, text } from './command.js';
import { type Look, type Looked, lfsStore, lookAtBlobs, lookAtCommits, lookAtFiles } from './guard-look.js';
import { jsonText } from './json.js';
import { registryUnreadable } from './refusals.js';

type Place = Omit<Vault, 'id'>;
type Shared = Pick<Rules, 'known' | 'credentials' | 'strict' | 'lfs'>;

interface Judged extends Looked {
  /** Paths that were looked at as registered ones; none where the work tree was looked at, in which their plaintext may be. */
  readonly registered: ReadonlySet<RepoPath>;
}

/**
 * Judges blobs of the index. The registry's own blobs come first: what is registered in the index or in the work tree counts, so that
 * neither can be used to unregister a path in silence. One that cannot be parsed refuses everything.
 */
function judgeEntries(git: Git, place: Place, entries: readonly StagedEntry[], shared: Shared): Judged {
  const registered = new Set(readRegistry(place).map((e) => e.path));
  const registries = git.trackedEntries([registryFile]).map((e) => e.oid);
  const look = lookOnce(() =>
    inspector({ ...shared, registered, isSealed: (path, bytes) => isOurs(place, path, bytes) }),
  );
  const findings = lookAtBlobs(git, entries, look, registries, (content) => {
    for (const path of registryPaths(content)) registered.add(path);
  });
  return { findings, files: entries.length, registered };
}

function plaintextOf(file: string): RepoPath {
  return parseRepoPath(file.replace(/\.age$/, ''));
}

/** A sealed file goes in only if somebody who may has signed it for this path. */
function isOurs(place: Place, file: string, bytes: Uint8Array): boolean {
  if (!isCompleteSealedFile(bytes)) return false;
  if (!hasVault(place)) return true;
  const vault = findVault(place.host, place.root);
  const path = plaintextOf(file);
  const groups = registeredGroups(vault, path);
  return whyNotAuthentic(authorityOf(vault), path, inspectSealed(bytes, file), groups) === null;
}

/** Prepared when the first candidate comes, because by then the registry is complete. */
function lookOnce(make: () => Look): Look {
  let made: Look | undefined;
  return (candidate) => {
    made ??= make();
    return made(candidate);
  };
}

function registryPaths(content: Buffer | null): RepoPath[] {
  if (content === null) throw registryUnreadable();
  return parseRegistry(content.toString('utf8')).map((e) => e.path);
}

/** What was named: commits as `A..B`, files, or `-`. */
const isRange = (word: string) => /^[^-].*\.\.|^\.\.[^/\\]/.test(word);

/** What commits brought, judged by the registry of now, their sealed files as such only (by whom they were signed was judged when they came): a path that was committed before it was registered is a leak all the same. */
function judgeCommits(git: Git, place: Place, revisions: readonly string[], shared: Shared): Judged {
  const registered = new Set(readRegistry(place).map((e) => e.path));
  const look = inspector({ ...shared, registered, isSealed: (_, bytes) => isCompleteSealedFile(bytes) });
  return { ...lookAtCommits(git, revisions, look), registered };
}

/** Of files, only what is in them counts: in the work tree a registered file's plaintext is where it belongs. */
function judgeNamed(host: Host, place: Place | null, names: readonly string[], shared: Shared): Judged {
  const isCommits = (name: string) =>
    place !== null && isRange(name) && host.files.stat(resolve(host.cwd, name)) === null;
  const files = names.filter((name) => !isCommits(name));
  const look = inspector({ ...shared, registered: new Set(), isSealed: () => true });
  const inFiles: Judged = { ...lookAtFiles(host, files, look), registered: new Set() };
  if (place === null || files.length === names.length) return inFiles;
  const git = host.git.open(place.repository);
  const inCommits = judgeCommits(git, place, names.filter(isCommits), shared);
  const findings = [...inCommits.findings, ...inFiles.findings];
  return { findings, files: inCommits.files + inFiles.files, registered: inCommits.registered };
}

/** Where the commands in the findings will be pasted: git tells its hooks, which run at the top, where it was called. */
function prefixOf(host: Host, root: string): string {
  const prefix = host.env.GIT_PREFIX;
  if (prefix !== undefined) return prefix;
  const inside = relative(root, host.cwd);
  return inside.startsWith('..') ? '' : inside.split(sep).join('/');
}

interface Reported {
  readonly staged: boolean;
  readonly prefix: string;
  readonly firstCommit: () => boolean;
  readonly known: KnownValues | null;
}

function report(host: Host, given: Given, judged: Judged, { staged, prefix, firstCommit, known }: Reported): number {
  const { findings, registered } = judged;
  const knownPaths = new Set<string>(known?.paths);
  const unknown = [...registered].filter((path) => !knownPaths.has(path));
  const blocked = findings.some(isBlocking);
  if (flag(given, 'json')) host.terminal.data(jsonText(guardReport(findings, unknown)));
  else {
    const options = { prefix, staged, firstCommit: blocked && staged && firstCommit() };
    if (findings.length > 0) host.terminal.say(renderFindings(findings, options));
    if (!blocked && text(given, 'hook') === undefined)
      sayClean(host, count(judged.files, staged ? 'staged file' : 'file'), unknown);
  }
  return blocked ? 3 : 0;
}

function sayClean(host: Host, files: string, unknown: readonly RepoPath[]): void {
  host.terminal.say(`no leak in ${files}`);
  if (unknown.length === 0) return;
  const some = unknown.slice(0, 5).map(showPath).join(', ');
  host.terminal.say(
    `the values of ${count(unknown.length, 'file')} are not known here and were not looked for: ${some}${unknown.length > 5 ? ', …' : ''}`,
  );
  host.terminal.say('  to learn them: blackbox-ts setup');
}

/** Files and standard input can be looked at anywhere. */
function locateIfAny(host: Host): Place | null {
  try {
    return locate(host);
  } catch (error) {
    if (error instanceof BlackboxError && error.code === 'ERR_BLACKBOX_NO_REPOSITORY') return null;
    throw error;
  }
}

async function sharedRules(host: Host, given: Given, place: Place | null): Promise<Shared> {
  // A chunk of its own: other commands know no credentials.
  const { credentials } = await import('../guard/credentials.js');
  const lfs = place === null ? {} : { lfs: lfsStore(host, place.repository.commonDir) };
  const known = place === null ? null : loadKnown(host.files, place.state);
  return { known, credentials: credentials(), strict: flag(given, 'strict'), ...lfs };
}

/** Findings of the index or of history; of the index, what is staged or all of it. */
function judgeRepository(given: Given, place: Place, git: Git, shared: Shared): Judged {
  if (flag(given, 'history')) return judgeCommits(git, place, ['--all'], shared);
  const entries = flag(given, 'all') ? git.trackedEntries() : git.staged().filter((e) => e.status !== 'D');
  return judgeEntries(git, place, entries, shared);
}

async function guardNamed(host: Host, given: Given): Promise<number> {
  const place = locateIfAny(host);
  const shared = await sharedRules(host, given, place);
  const judged = judgeNamed(host, place, given.args, shared);
  return report(host, given, judged, { staged: false, prefix: '', firstCommit: () => false, known: shared.known });
}

async function guard(host: Host, given: Given): Promise<number> {
  if (given.args.length > 0) return guardNamed(host, given);
  const place = locate(host);
  // A branch without a vault can be checked out in a clone that has the hook: what is known here must not be committed there either.
  if (text(given, 'hook') === undefined || hasVault(place)) findVault(host);
  const git = host.git.open(place.repository);
  const shared = await sharedRules(host, given, place);
  const judged = judgeRepository(given, place, git, shared);
  const staged = !flag(given, 'all') && !flag(given, 'history');
  const firstCommit = () => !git.hasCommits();
  return report(host, given, judged, { staged, prefix: prefixOf(host, place.root), firstCommit, known: shared.known });
}

export const command: Command = {
  args: [
    {
      name: '[what...]',
      what: 'files and folders, commits as A..B, or - for standard input, instead of what is staged',
    },
  ],
  options: [
    { flags: '--all', what: 'look at everything that git tracks, as the index has it' },
    { flags: '--history', what: 'look at everything that any commit has brought' },
    {
      flags: '--strict',
      what: 'refuse what cannot be looked into, too: encrypted or too large archives, absent LFS objects',
    },
    { flags: '--hook <name>', what: 'run as this git hook (pre-commit): silent when there is nothing to say' },
    jsonOption,
  ],
  details:
    'Judges the staged bytes, whatever the work tree holds. Refused are registered paths in plaintext, under any spelling; sealed files that\n' +
    'are not; values that this clone knows from registered files, also encoded; credentials of known forms; and what looks like a secret,\n' +
    'where it is new. In tests and examples the last are only told. Ends with 3 when something is refused.',
  examples: [
    ['blackbox-ts guard', 'look at what is staged now'],
    ['blackbox-ts guard --json', 'the same for a program'],
    ['blackbox-ts guard origin/main..HEAD', 'look at what these commits have brought'],
    ['kubectl get cm app -o yaml | blackbox-ts guard -', 'look at what comes in'],
  ],
  run: guard,
};
