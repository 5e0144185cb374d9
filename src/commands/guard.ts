/** `guard`: what is about to be committed, judged on the staged bytes alone. Needs no key. */
import { relative, sep } from 'node:path';
import { type Finding, guardReport, inspector, type KnownValues, loadKnown, renderFindings } from '../guard/index.js';
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
import { jsonText } from './json.js';
import { registryUnreadable } from './refusals.js';

/** Beyond what git hosts accept; such a file is scanned at about 100 MB/s. */
const blobLimit = 512 * 1024 * 1024;

type Place = Omit<Vault, 'id'>;

interface Judged {
  readonly findings: readonly Finding[];
  readonly files: number;
  readonly registered: ReadonlySet<RepoPath>;
}

/** Staged blobs that can be read: a submodule's content is elsewhere, and what is deleted has none. */
function withContent(entries: readonly StagedEntry[]): StagedEntry[] {
  return entries.filter((e) => e.status !== 'D' && e.mode !== '160000');
}

/**
 * Judges blob by blob, as git delivers them. The registry's own blobs come first: what is registered in the index or in the work tree counts,
 * so that neither can be used to unregister a path in silence. One that cannot be parsed refuses everything.
 */
function judge(git: Git, place: Place, known: KnownValues | null): Judged {
  const entries = git.staged().filter((e) => e.status !== 'D');
  const registered = new Set(readRegistry(place).map((e) => e.path));
  const registries = git.trackedEntries([registryFile]).map((e) => e.oid);
  const candidates = withContent(entries);
  const findings: Finding[] = [];
  let at = -registries.length;
  const look = inspectorOnce(() =>
    inspector({ registered, isSealed: (path, bytes) => isOurs(place, path, bytes), known }),
  );
  const oids = [...registries, ...candidates.map((e) => e.oid)];
  git.blobs(
    oids,
    (_, content) => {
      const entry = candidates[at];
      if (at++ < 0) for (const path of registryPaths(content)) registered.add(path);
      else if (entry !== undefined) findings.push(...look()({ path: entry.path, mode: entry.mode, content }));
    },
    blobLimit,
  );
  for (const e of entries)
    if (e.mode === '160000') findings.push(...look()({ path: e.path, mode: e.mode, content: null }));
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
function inspectorOnce<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function registryPaths(content: Buffer | null): RepoPath[] {
  if (content === null) throw registryUnreadable();
  return parseRegistry(content.toString('utf8')).map((e) => e.path);
}

/** Where the commands in the findings will be pasted: git tells its hooks, which run at the top, where it was called. */
function prefixOf(host: Host, root: string): string {
  const prefix = host.env.GIT_PREFIX;
  if (prefix !== undefined) return prefix;
  const inside = relative(root, host.cwd);
  return inside.startsWith('..') ? '' : inside.split(sep).join('/');
}

function report(host: Host, given: Given, git: Git, place: Place, judged: Judged, known: KnownValues | null): number {
  const { findings, registered } = judged;
  const knownPaths = new Set<string>(known?.paths);
  const unknown = [...registered].filter((path) => !knownPaths.has(path));
  if (flag(given, 'json')) host.terminal.data(jsonText(guardReport(findings, unknown)));
  else if (findings.length > 0) {
    host.terminal.say(renderFindings(findings, { prefix: prefixOf(host, place.root), firstCommit: !git.hasCommits() }));
  } else if (text(given, 'hook') === undefined) sayClean(host, judged.files, unknown);
  return findings.length === 0 ? 0 : 3;
}

function sayClean(host: Host, files: number, unknown: readonly RepoPath[]): void {
  host.terminal.say(`no leak in ${count(files, 'staged file')}`);
  if (unknown.length === 0) return;
  const some = unknown.slice(0, 5).map(showPath).join(', ');
  host.terminal.say(
    `the values of ${count(unknown.length, 'file')} are not known here and were not looked for: ${some}${unknown.length > 5 ? ', …' : ''}`,
  );
  host.terminal.say('  to learn them: blackbox-ts setup');
}

async function guard(host: Host, given: Given): Promise<number> {
  const place = locate(host);
  // A branch without a vault can be checked out in a clone that has the hook: what is known here must not be committed there either.
  if (text(given, 'hook') === undefined || hasVault(place)) findVault(host);
  const git = host.git.open(place.repository);
  const known = loadKnown(host.files, place.state);
  return report(host, given, git, place, judge(git, place, known), known);
}

export const command: Command = {
  options: [
    { flags: '--hook <name>', what: 'run as this git hook (pre-commit): silent when there is nothing to say' },
    jsonOption,
  ],
  details:
    'Judges the staged bytes, whatever the work tree holds. Refused are registered\n' +
    'paths in plaintext, under any spelling; sealed files that are not; and values\n' +
    'that this clone knows from registered files, also encoded. Ends with 3 when\n' +
    'something is found.',
  examples: [
    ['blackbox-ts guard', 'look at what is staged now'],
    ['blackbox-ts guard --json', 'the same for a program'],
  ],
  run: guard,
};
