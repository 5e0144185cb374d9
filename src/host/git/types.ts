/** git as the rest of the program sees it: a flat list of questions. */

/** Where a repository is. Found by looking at files only: no git process. */
export interface Repository {
  /** Top of the work tree. */
  readonly root: string;
  readonly gitDir: string;
  /** Shared by all linked worktrees. */
  readonly commonDir: string;
}

/** Finding repositories; the git program for one of them. */
export interface GitPort {
  /** The repository that holds `folder`. Throws ERR_BLACKBOX_NO_REPOSITORY, or ERR_BLACKBOX_BARE_REPOSITORY. */
  find(folder: string): Repository;
  /** The folder of a repository itself, as its own hooks run in it: bare, or without its work tree. Its top is the folder. */
  findBare(folder: string): Repository;
  open(repository: Repository): Git;
}

export interface StagedEntry {
  readonly path: string;
  /** `100644`, `120000` (symlink), `160000` (submodule), … */
  readonly mode: string;
  readonly oid: string;
  /** A, M, T, D, U */
  readonly status: string;
  /** Blobs that stood there before: none for what is new, several where a merge has several parents. Told by {@link Git.staged} and {@link Git.changes}. */
  readonly before?: readonly string[];
}

/** A path as one commit has left it. */
export interface Change extends StagedEntry {
  readonly commit: string;
}

/** Words of a commit or an annotated tag. */
export interface Message {
  readonly id: string;
  readonly text: string;
}

/** What refs lead to, tags of tags followed. */
export interface Tagged {
  readonly commits: readonly string[];
  readonly messages: readonly Message[];
  /** Blobs and trees that are tagged without a commit. */
  readonly entries: readonly StagedEntry[];
}

export interface CommitLine {
  readonly id: string;
  readonly author: string;
  /** ISO 8601 */
  readonly date: string;
  readonly subject: string;
}

export interface PathChange {
  readonly path: string;
  /** A, M, T, D */
  readonly status: string;
  /** The blob that the path holds from then on, and the one that it held before; zeros for none. */
  readonly oid: string;
  readonly before: string;
  readonly commit: CommitLine;
}

/** What the history of HEAD says. */
export interface Past {
  /** The commit that HEAD stands for; null before the first one. */
  readonly tip: string | null;
  /** What was known up to this commit still holds, and `changes` are those after it; null: they are all there are. */
  readonly since: string | null;
  /** Each after those that build upon it, whatever their dates say; of a merge, what differs from each parent. */
  readonly changes: readonly PathChange[];
}

/** How a hook ended. */
export interface HookRun {
  readonly status: number | null;
  readonly stderr: string;
}

/**
 * Questions to git and the few things we ask it to do. Each is one process; paths go in by standard input or after `--`, always literally.
 * Environment variables in which git would run programs (GIT_EDITOR, GIT_SSH_COMMAND, …) are not handed on; GIT_INDEX_FILE is, as hooks need it.
 */
export interface Git {
  /** What the next commit changes (against the empty tree before the first one), without renames. */
  staged(): StagedEntry[];
  /** What commits changed, deletions aside, newest first. `revisions` are git's own words: `A..B`, `--all`. */
  changes(revisions: readonly string[]): Change[];
  /** The messages of the commits that {@link Git.changes} tells of. */
  messages(revisions: readonly string[]): Message[];
  /** What `oids` are; those that are not here are left out. */
  tagged(oids: readonly string[]): Tagged;
  /** What all refs point to. */
  refTips(): string[];
  /** Those of `commits` that no remote-tracking branch leads to. */
  unpublished(commits: readonly string[]): Set<string>;
  /** A file as a revision has it; null when it has none. Throws when there is no such revision. */
  fileAt(revision: string, path: string): Buffer | null;
  /** What lies in a revision's tree, or in one folder of it, all the way down; submodules aside. Throws when there is no such revision. */
  tree(revision: string, folder?: string): StagedEntry[];
  /** The ids of objects by git's names for them, `<commit>:<path>`, in order; null for what is not there. */
  idsOf(names: readonly string[]): (string | null)[];
  /**
   * Reads blobs through one `cat-file --batch`, in order; `null` for one that is missing (as in a partial clone) or larger than `limit`. One is
   * asked for by its id, or as `:0:<path>`, which is what the index has at a path of plain letters.
   */
  blobs(
    oids: Iterable<string>,
    onBlob: (oid: string, content: Buffer | null, missing: boolean) => void,
    limit?: number,
  ): void;
  /** As {@link blobs}; of very many, git reads further ones while those that have come are looked at. */
  eachBlob(
    oids: readonly string[],
    onBlob: (oid: string, content: Buffer | null, missing: boolean) => void,
    limit?: number,
  ): Promise<void>;
  /** Those of `paths` that are in the index (all tracked paths when undefined). */
  tracked(paths?: readonly string[]): Set<string>;
  /** Tracked paths with modes and blob ids; of `paths` only, where given. A path in conflict is there several times, with the status U. */
  trackedEntries(paths?: readonly string[]): StagedEntry[];
  /** Commits in which a path existed, newest first, at most `limit` (default 20). */
  commitsWith(path: string, limit?: number): CommitLine[];
  /** The last commit in HEAD's history that changed a path, not a merge that only took it over; null when none did. */
  lastChange(path: string): CommitLine | null;
  /** Every change of a path, or of all paths below a folder, in the history of HEAD or of a commit, newest first; of a merge, what differs from each parent. */
  history(path: string, from?: string): PathChange[];
  /** The same of all paths that fit one of the patterns, in the histories of `revisions`, each commit after those that build upon it. */
  pathChanges(revisions: readonly string[], patterns: readonly string[]): PathChange[];
  /**
   * {@link pathChanges} of HEAD, for whoever remembers what was so up to the commit `since`: if that is part of HEAD's
   * history, only what is newer. One process when HEAD is still there, two when it has grown, three when it has gone elsewhere.
   */
  past(patterns: readonly string[], since: string | null): Past;
  hasCommits(): boolean;
  /** What is checked out; null before the first commit. */
  head(): CommitLine | null;
  /** Those of `paths` that git would ignore. */
  ignored(paths: readonly string[]): Set<string>;
  stage(paths: readonly string[]): Promise<void>;
  /** Takes paths out of the index, leaving the work tree alone. */
  unstage(paths: readonly string[]): Promise<void>;
  /** Local configuration. */
  config(key: string): string | null;
  setConfig(key: string, value: string | null): Promise<void>;
  /** Where hooks are run from (`core.hooksPath` included), absolute. */
  hooksFolder(): string;
  /**
   * Runs hooks as git would, by name, as long as `work` takes: each in an index of its own that holds one made-up file, `staged`, which is also what
   * commit-msg gets for a message and pre-push for a remote. Whatever stands in the hook is run.
   */
  runHooks<T>(staged: string, work: (run: (name: string) => HookRun) => T): T;
  version(): string;
}
