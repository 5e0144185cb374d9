/** Sealed files of an older time, put back over newer ones: each is authentic, and none is what was sealed last. */
import { createHash } from 'node:crypto';
import { BlackboxError } from '../errors.js';
import type { CommitLine, Git, PathChange } from '../host/types.js';
import { genuineChanges } from './forged.js';
import { note, type Past, type PastFacts, pastOf } from './past.js';
import { sealedPath } from './paths.js';
import { olderPutBack } from './trust-errors.js';
import type { RepoPath, Vault } from './types.js';

export interface OlderVersion {
  /** Which commit put it back; null when none has yet. */
  readonly commit: CommitLine | null;
  /** The newest commit that put another version there; null when it is gone from the history. */
  readonly newer: CommitLine | null;
}

/**
 * Whether this blob is a version in whose place somebody has put a newer one. A version that is sealed anew is another blob, also of the same
 * content, so that whoever may write can always say that they mean it. In the history of one checkout a blob is both replaced and there only
 * if it was put back: on an older branch, what came later is not in the history.
 */
export function isOlder({ versions }: Pick<PastFacts, 'versions'>, path: RepoPath, oid: string): boolean {
  return versions.get(sealedPath(path))?.replaced.has(oid) === true;
}

/** So many files are looked at one by one, for forged versions in between; of more at once each counts as older that looks like it. */
const mostJudged = 100;

/** The same without what nobody entitled has sealed. Takes two processes: only asked of what looks older. */
function isOlderThanGenuine(vault: Vault, path: RepoPath, oid: string): boolean {
  const git = vault.host.git.open(vault.repository);
  const changes = git.pathChanges(['HEAD'], [`:(literal)${sealedPath(path)}`]);
  const genuine = genuineChanges(vault, path, changes);
  if (genuine === changes) return true;
  const versions: Past = new Map();
  for (const change of genuine.toReversed()) note(versions, change);
  return isOlder({ versions }, path, oid);
}

/** Who put an older version back, and which version it was put over. A few processes a file: for the few that are told one by one. */
export function olderVersion(vault: Vault, path: RepoPath, oid: string): OlderVersion {
  const all = vault.host.git.open(vault.repository).history(sealedPath(path));
  const changes = genuineChanges(vault, path, all);
  const at = changes.findIndex((change) => change.status !== 'D');
  const here = changes[at]?.oid === oid ? changes[at] : undefined;
  const another = (change: PathChange) => change.status !== 'D' && change.oid !== oid;
  return { commit: here?.commit ?? null, newer: changes.find(another)?.commit ?? null };
}

/** A sealed file, where one is there. What a symlink blocks is told elsewhere. */
function sealedFileAt({ host: { files }, root }: Vault, path: RepoPath): { absolute: string; size: number } | null {
  try {
    const absolute = files.within(root, sealedPath(path));
    const stat = files.stat(absolute);
    return stat?.kind === 'file' ? { absolute, size: stat.size } : null;
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

/**
 * The id that git would give to a sealed file as it lies in the work tree. By an attribute (`ident`, `eol`, `working-tree-encoding`, a filter) that
 * somebody has pushed, git checks out other bytes than the blob has: what is read, and wrapped for others, are these.
 * @param like an id of the same repository, which tells its kind of hash. https://git-scm.com/docs/hash-function-transition
 */
function idOnDisk(vault: Vault, path: RepoPath, like: string): string | null {
  const there = sealedFileAt(vault, path);
  if (there === null) return null;
  const hash = createHash(like.length === 40 ? 'sha1' : 'sha256');
  hash.update(`blob ${there.size}\0`);
  for (const piece of vault.host.files.readPieces(there.absolute)) hash.update(piece);
  return hash.digest('hex');
}

/** Which older version a sealed file seems to be, in the index or as it lies there; null for none. A file without older versions is not read. */
function seemsOlder(vault: Vault, past: PastFacts, path: RepoPath, oid: string): string | null {
  if (isOlder(past, path, oid)) return oid;
  const [some] = past.versions.get(sealedPath(path))?.replaced ?? [];
  const there = some === undefined ? null : idOnDisk(vault, path, some);
  return there !== null && isOlder(past, path, there) ? there : null;
}

/** Those of these files that are older versions, with the blob that each is. @param oids of the index */
export function olderIn(
  vault: Vault,
  oids: ReadonlyMap<string, string>,
  paths: readonly RepoPath[],
): Map<RepoPath, string> {
  const past = pastOf(vault);
  const older = paths.flatMap((path) => {
    const oid = seemsOlder(vault, past, path, oids.get(sealedPath(path)) ?? '');
    return oid === null ? [] : [[path, oid] as const];
  });
  const judged = older.slice(0, mostJudged).filter(([path, oid]) => isOlderThanGenuine(vault, path, oid));
  return new Map([...judged, ...older.slice(mostJudged)]);
}

const indexes = new WeakMap<Vault, ReadonlyMap<string, string>>();

/** The blobs of git's index; asked once for a command, which stages nothing before it has checked everything. */
function indexOf(vault: Vault): ReadonlyMap<string, string> {
  const known = indexes.get(vault);
  if (known !== undefined) return known;
  const entries = vault.host.git.open(vault.repository).trackedEntries();
  const oids = new Map(entries.map((e) => [e.path, e.oid] as const));
  indexes.set(vault, oids);
  return oids;
}

/**
 * What is wrapped for others, unseen, is what was sealed last: else the next change of the roster would make a new version of the old one.
 * @throws ERR_BLACKBOX_OLDER_VERSION
 */
export function checkNewest(vault: Vault, path: RepoPath): void {
  const oid = seemsOlder(vault, pastOf(vault), path, indexOf(vault).get(sealedPath(path)) ?? '');
  if (oid === null || !isOlderThanGenuine(vault, path, oid)) return;
  throw olderPutBack(path, sealedPath(path), olderVersion(vault, path, oid));
}

export interface PutBack {
  /** Of the sealed file. */
  readonly path: string;
  readonly commit: CommitLine;
  /** Whether a later commit has put another version there. */
  readonly answered: boolean;
}

/** Each costs a process to be made sure of; whoever puts more back in one go is found out by the first ones. */
const mostPutBack = 100;

/** Where histories end that git's words stand for: of `A..B` it is B, of `--all` every branch; not what is left out. */
function endsIn(revisions: readonly string[]): string[] {
  const not = revisions.indexOf('--not');
  return revisions.slice(0, not < 0 ? undefined : not).flatMap(endsOf);
}

function endsOf(revision: string): string[] {
  const [from = '', to] = revision.split(/\.{2,3}/);
  if (to === undefined) return revision.startsWith('^') ? [] : [revision];
  return (revision.includes('...') ? [from, to] : [to]).map((end) => end || 'HEAD');
}

/** Changes of one sealed file without those that bring what never was a version of it. */
export type Genuine = (sealed: string, changes: readonly PathChange[]) => readonly PathChange[];

/** In another branch it may be the newest: only what came before this very commit tells. */
function isPutBack(git: Git, { path, oid, commit }: PathChange, genuine: Genuine): boolean {
  const past: Past = new Map();
  const earlier = genuine(path, git.pathChanges([`${commit.id}^@`], [`:(literal)${path}`]));
  for (const change of earlier.toReversed()) note(past, change);
  return past.get(path)?.replaced.has(oid) === true;
}

/** Whether a later one of the commits up to the ends of `revisions` has put something else at a path, or taken it away. */
export function isAnswered(git: Git, revisions: readonly string[], path: string, commit: string): boolean {
  return git.pathChanges(['--ancestry-path', ...endsIn(revisions), `^${commit}`], [`:(literal)${path}`]).length > 0;
}

/**
 * Older versions of sealed files that these commits have put back over newer ones.
 * @param revisions in git's own words: `A..B`, `--all`
 */
export function putBackIn(
  git: Git,
  revisions: readonly string[],
  genuine: Genuine = (_, changes) => changes,
): PutBack[] {
  const within = new Set(git.pathChanges(revisions, sealedFiles).map(keyOf));
  if (within.size === 0) return [];
  const past: Past = new Map();
  const ends = endsIn(revisions);
  const all = git.pathChanges(ends, sealedFiles).toReversed();
  const candidates = all.filter((change) => note(past, change) && within.delete(keyOf(change)));
  const found = candidates.slice(0, mostPutBack).filter((change) => isPutBack(git, change, genuine));
  return found.map(({ path, commit }) => {
    return { path, commit, answered: isAnswered(git, revisions, path, commit.id) };
  });
}

const sealedFiles = ['*.age'];
const keyOf = ({ path, commit }: PathChange) => `${commit.id} ${path}`;
