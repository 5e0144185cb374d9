/** The index, commits, files and messages, each judged by the rules that fit it. */
import { resolve } from 'node:path';
import { inspector, type Rules } from '../guard/inspect.js';
import type { Finding } from '../guard/types.js';
import type { Git, Host, StagedEntry, Tagged } from '../host/types.js';
import { registryFile } from '../vault/registry.js';
import type { RepoPath } from '../vault/types.js';
import { type Look, type Looked, lookAtBlobs, lookAtFiles, lookAtMessages, withCommit } from './guard-look.js';
import { type Place, registeredHere, registryAt, type Shared } from './guard-rules.js';

export interface Judged extends Looked {
  /** Paths that were looked at as registered ones; none where the work tree was looked at, in which their plaintext may be. */
  readonly registered: ReadonlySet<RepoPath>;
}

/**
 * Judges blobs of the index. The registry's own blobs come first: what is registered in the index or in the work tree counts, so that
 * neither can be used to unregister a path in silence. One that cannot be parsed refuses everything.
 */
export async function judgeEntries(
  git: Git,
  place: Place,
  entries: readonly StagedEntry[],
  shared: Shared,
): Promise<Judged> {
  const isSealed = await judgeOf(place, entries);
  const registered = registeredHere(place);
  const look = lookOnce(() => inspector({ ...shared, registered: registered.paths, isSealed }));
  const addStaged = (content: Buffer | null) => {
    if (content !== null) registered.add(content);
    else addUnmerged(git, registered.add);
  };
  const findings = await lookAtBlobs(git, entries, look, [`:0:${registryFile}`], addStaged);
  return { findings, files: entries.length, registered: registered.paths };
}

/** Where the index has no registry, or one whose blob is not there, or several of a merge that is not done. */
function addUnmerged(git: Git, add: (content: Buffer | null) => void): void {
  const oids = git.trackedEntries([registryFile]).map((e) => e.oid);
  if (oids.length > 0) git.blobs(oids, (_, content) => add(content));
}

/** Loaded when something stands there as a sealed file. (Without it, nothing would count as one.) */
async function judgeOf(place: Place, entries: readonly StagedEntry[]): Promise<Rules['isSealed']> {
  if (!entries.some(({ path }) => /\.age$/i.test(path))) return () => false;
  const { isOurs } = await import('./guard-ours.js');
  return (path, bytes) => isOurs(place, path, bytes);
}

/** Prepared when the first candidate comes, because by then the registry is complete. */
function lookOnce(make: () => Look): Look {
  let made: Look | undefined;
  return (candidate) => {
    made ??= make();
    return made(candidate);
  };
}

/** Of files and messages, only what is in them counts: in the work tree a registered file's plaintext is where it belongs. */
export function contentLook(shared: Shared): Look {
  return inspector({ ...shared, registered: new Set(), isSealed: () => true });
}

const nothingTagged: Tagged = { commits: [], messages: [], entries: [] };

/** What commits have brought, to be looked at. */
export interface Brought {
  /** As git takes them: `A..B`, `--all`. */
  readonly revisions: readonly string[];
  /** What the refs in question lead to: those that are pushed, or all. */
  readonly tagged?: Tagged;
  /** A revision whose registry counts beside that of the work tree. */
  readonly configFrom?: string | undefined;
  /** Sealed files are held against the roster of the commits that bring them. */
  readonly signers?: boolean;
}

/**
 * Judges each blob and each message that commits have brought, once. Their registries and those of the work tree count together: a path that was
 * committed before it was registered is a leak all the same.
 */
export async function judgeCommits(git: Git, place: Place, brought: Brought, shared: Shared): Promise<Judged> {
  const { answeredForgeries, judgeBrought, lateFindings, putBackFindings } = await import('./guard-brought.js');
  const { tagged = nothingTagged } = brought;
  const registered = registeredHere(place);
  if (brought.configFrom !== undefined) {
    const before = registryAt(git, brought.configFrom);
    if (before !== null) registered.add(before);
  }
  // Without a revision, git would take the current one.
  const none = brought.revisions.length === 0;
  const changes = none ? [] : git.changes(brought.revisions);
  const registries = [...new Set(changes.filter(({ path }) => path === registryFile).map(({ oid }) => oid))];
  const sealing = brought.signers === true ? changes.filter(({ path }) => /\.age$/i.test(path)) : [];
  const isSealed = judgeBrought(place, [...new Set(sealing.map(({ commit }) => commit))], brought.configFrom);
  const look = lookOnce(() => inspector({ ...shared, registered: registered.paths, isSealed }));
  const seen = new Set<string>();
  const entries = [...changes, ...tagged.entries].filter(({ oid, path }) => {
    const key = `${oid} ${path}`;
    return !seen.has(key) && seen.add(key);
  });
  const found = await lookAtBlobs(git, entries, look, registries, registered.add);
  const inFiles = answeredForgeries(git, brought.revisions, found);
  const messages = [...(none ? [] : git.messages(brought.revisions)), ...tagged.messages];
  const older = none ? [] : putBackFindings(git, brought.revisions, place);
  const late = brought.signers === true ? lateFindings(place, brought.configFrom, changes) : [];
  const findings = [...inFiles, ...older, ...late, ...lookAtMessages(messages, contentLook(shared))];
  const tags = new Set(tagged.messages.map(({ id }) => id));
  return { findings: published(git, findings, tags), files: entries.length, registered: registered.paths };
}

/** Says of each finding whether others have its commit. Of tags, no remote-tracking branch tells. */
function published(git: Git, findings: readonly Finding[], tags: ReadonlySet<string>): Finding[] {
  const commits = new Set(findings.flatMap(({ commit = '' }) => (commit === '' || tags.has(commit) ? [] : [commit])));
  const own = git.unpublished([...commits]);
  return findings.map((finding) => {
    const { commit = '' } = finding;
    return commits.has(commit) ? withCommit(finding, commit, !own.has(commit)) : finding;
  });
}

/** What was named: commits as `A..B`, files, or `-`. */
const isRange = (word: string) => /^[^-].*\.\.|^\.\.[^/\\]/.test(word);

export async function judgeNamed(
  host: Host,
  place: Place | null,
  names: readonly string[],
  shared: Shared,
  configFrom?: string,
): Promise<Judged> {
  const isCommits = (name: string) =>
    place !== null && isRange(name) && host.files.stat(resolve(host.cwd, name)) === null;
  const files = names.filter((name) => !isCommits(name));
  const inFiles: Judged = { ...lookAtFiles(host, files, contentLook(shared)), registered: new Set() };
  if (place === null || files.length === names.length) return inFiles;
  const git = host.git.open(place.repository);
  const inCommits = await judgeCommits(
    git,
    place,
    { revisions: names.filter(isCommits), configFrom, signers: true },
    shared,
  );
  const findings = [...inCommits.findings, ...inFiles.findings];
  return { findings, files: inCommits.files + inFiles.files, registered: inCommits.registered };
}
