/** Questions to git about the past: each is one process. */
import type { CommitLine, Past, PathChange } from '../types.js';
import { hasCommits, parts, rawLine, resolved } from './questions.js';
import { type GitCall, git } from './run.js';

/** Of a file that was changed in every commit, nobody reads further. Bounds what git has to say, not what it looks at. */
const historyLimit = 2_000;

type Change = Omit<PathChange, 'commit'>;

interface LogEntry {
  /** Of two histories that are compared, in which it is: `<` or `>`. */
  readonly side: string;
  readonly commit: CommitLine;
  readonly changes: readonly Change[];
}

// Each entry: side and id, author, date, subject; then, for each parent that the commit differs from, a raw line and a path.
const logFormat = '--format=tformat:%m%H%x00%an%x00%aI%x00%s';
const shape = ['--raw', '-m', '-z', '--no-abbrev', '--no-renames', '--no-color', '--encoding=UTF-8', logFormat];

function* logEntries(words: readonly string[]): Generator<LogEntry> {
  for (let i = 0; i < words.length; ) {
    const [id = '', author = '', date = '', subject = ''] = words.slice(i, i + 4);
    const changes: Change[] = [];
    i += 4;
    while (i < words.length && !/^\n?[<>][0-9a-f]{40,64}$/.test(words[i] ?? '')) {
      const raw = rawLine.exec((words[i] ?? '').trimStart());
      const [, , , before = '', oid = '', status = ''] = raw ?? [];
      if (raw !== null) changes.push({ status, path: words[i + 1] ?? '', oid, before });
      i += raw === null ? 1 : 2;
    }
    const [side = '', ...digits] = id.trim();
    yield { side, commit: { id: digits.join(''), author, date, subject }, changes };
  }
}

function log(call: GitCall, options: readonly string[], path: string): Generator<LogEntry> {
  return logEntries(parts(git(call, ['log', ...options, ...shape, '--', path]).stdout));
}

export function commitsWith(call: GitCall, path: string, limit = 20): CommitLine[] {
  const found = new Map<string, CommitLine>();
  for (const { commit, changes } of log(call, ['--all', '--full-history', `--max-count=${historyLimit}`], path)) {
    if (changes.some((c) => c.status !== 'D' && c.path === path)) found.set(commit.id, commit);
  }
  return [...found.values()].slice(0, limit);
}

export function lastChange(call: GitCall, path: string): CommitLine | null {
  if (!hasCommits(call)) return null;
  // Without --full-history: not the merge that took a change over, but the commit that made it.
  for (const { commit } of log(call, ['HEAD', '--max-count=1'], path)) return commit;
  return null;
}

function changesOf(entries: Iterable<LogEntry>): PathChange[] {
  return [...entries].flatMap(({ commit, changes }) => changes.map((change) => ({ ...change, commit })));
}

export function history(call: GitCall, path: string, from?: string): PathChange[] {
  if (from === undefined && !hasCommits(call)) return [];
  return changesOf(log(call, [from ?? 'HEAD', '--full-history'], path));
}

/** git-log(1) ends with it when a commit is not there, and for all that is wrong otherwise. */
const fatal = 128;

function askLog(call: GitCall, revisions: readonly string[], patterns: readonly string[], accepted: readonly number[]) {
  const globs = { ...call, env: { ...call.env, GIT_LITERAL_PATHSPECS: '0' } };
  const args = ['log', ...revisions, '--topo-order', '--left-right', '--full-history', ...shape, '--', ...patterns];
  return git(globs, args, '', accepted);
}

/** Of all that `patterns` name. Where the history cannot be read, as in a partial clone that lacks older folders, nothing is made of a part of it. */
function logOf(call: GitCall, revisions: readonly string[], patterns: readonly string[]): LogEntry[] {
  return [...logEntries(parts(askLog(call, revisions, patterns, []).stdout))];
}

/** {@link logOf} two histories that are compared; null when one of the commits is not there. */
function differenceOf(call: GitCall, revisions: string, patterns: readonly string[]): LogEntry[] | null {
  const answer = askLog(call, [revisions], patterns, [fatal]);
  return answer.status === 0 ? [...logEntries(parts(answer.stdout))] : null;
}

/** @param told the commit that is checked out, where that was plain to see without a process */
export function past(call: GitCall, patterns: readonly string[], since: string | null, told: string | null): Past {
  const tip = told ?? resolved(call, 'HEAD');
  if (tip === null) return { tip, since: null, changes: [] };
  if (tip === since) return { tip, since, changes: [] };
  const both = since === null ? null : differenceOf(call, `${tip}...${since}`, patterns);
  const grown = both?.every(({ side }) => side === '<') === true;
  if (both !== null && grown) return { tip, since, changes: changesOf(both) };
  return { tip, since: null, changes: changesOf(logOf(call, [tip], patterns)) };
}

export function head(call: GitCall): CommitLine | null {
  if (!hasCommits(call)) return null;
  const args = ['log', '--max-count=1', '-z', '--no-color', '--encoding=UTF-8', logFormat];
  for (const { commit } of logEntries(parts(git(call, args).stdout))) return commit;
  return null;
}

export function pathChanges(call: GitCall, revisions: readonly string[], patterns: readonly string[]): PathChange[] {
  return changesOf(logOf(call, revisions, patterns));
}
