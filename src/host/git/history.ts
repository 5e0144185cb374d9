/** Questions to git about the past: each is one process. */
import type { CommitLine, PathChange } from '../types.js';
import { hasCommits, parts, rawLine } from './questions.js';
import { type GitCall, git } from './run.js';

/** Of a file that was changed in every commit, nobody reads further. Bounds what git has to say, not what it looks at. */
const historyLimit = 2_000;

type Change = Omit<PathChange, 'commit'>;

interface LogEntry {
  readonly commit: CommitLine;
  readonly changes: readonly Change[];
}

// Each entry: id, author, date, subject; then, for each parent that the commit differs from, a raw line and a path.
const logFormat = '--format=tformat:%H%x00%an%x00%aI%x00%s';
const shape = ['--raw', '-m', '-z', '--no-abbrev', '--no-renames', '--no-color', '--encoding=UTF-8', logFormat];

function* logEntries(words: readonly string[]): Generator<LogEntry> {
  for (let i = 0; i < words.length; ) {
    const [id = '', author = '', date = '', subject = ''] = words.slice(i, i + 4);
    const changes: Change[] = [];
    i += 4;
    while (i < words.length && !/^\n?[0-9a-f]{40,64}$/.test(words[i] ?? '')) {
      const raw = rawLine.exec((words[i] ?? '').trimStart());
      const [, , , , oid = '', status = ''] = raw ?? [];
      if (raw !== null) changes.push({ status, path: words[i + 1] ?? '', oid });
      i += raw === null ? 1 : 2;
    }
    yield { commit: { id: id.trim(), author, date, subject }, changes };
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

export function history(call: GitCall, path: string): PathChange[] {
  if (!hasCommits(call)) return [];
  const entries = [...log(call, ['HEAD', '--full-history'], path)];
  return entries.flatMap(({ commit, changes }) => changes.map((change) => ({ ...change, commit })));
}

export function head(call: GitCall): CommitLine | null {
  if (!hasCommits(call)) return null;
  const args = ['log', '--max-count=1', '-z', '--no-color', '--encoding=UTF-8', logFormat];
  const [id = '', author = '', date = '', subject = ''] = parts(git(call, args).stdout);
  return { id, author, date, subject };
}
