/** What commits bring: one process, however many there are. */
import type { Change } from '../types.js';
import { parts } from './questions.js';
import { type GitCall, git } from './run.js';

// git-diff(1), "raw output format" and "diff format for merges": a colon for each parent, then modes, ids, and letters of them all.
const rawLine = /^\n?(:+)((?:\d{6} )+)([0-9a-f ]+) ([A-Z]+)$/;
const isNothing = (oid: string) => /^0+$/.test(oid);

/** The words of a raw line as a change; null for what is deleted. */
function asChange(words: RegExpExecArray, path: string, commit: string): Change | null {
  const parents = (words[1] ?? '').length;
  const modes = (words[2] ?? '').trim().split(' ');
  const oids = (words[3] ?? '').split(' ');
  const oid = oids[parents] ?? '';
  if (isNothing(oid)) return null;
  const before = oids.slice(0, parents).filter((old, i) => !isNothing(old) && modes[i] !== '160000');
  return { commit, path, mode: modes[parents] ?? '', oid, status: (words[4] ?? '').slice(0, 1), before };
}

/** Of a merge, only what differs from each of its parents: the rest came with another commit. */
export function changes(call: GitCall, revisions: readonly string[]): Change[] {
  const shape = [
    '--raw',
    '-c',
    '-z',
    '--root',
    '--no-abbrev',
    '--no-renames',
    '--no-color',
    '--ignore-submodules=none',
  ];
  const args = ['log', ...shape, '--format=tformat:%H', ...revisions, '--'];
  const words = parts(git(call, args).stdout);
  const found: Change[] = [];
  let commit = '';
  for (let i = 0; i < words.length; i++) {
    const raw = rawLine.exec(words[i] ?? '');
    if (raw === null) commit = (words[i] ?? '').trim() || commit;
    else {
      const change = asChange(raw, words[++i] ?? '', commit);
      if (change !== null) found.push(change);
    }
  }
  return found;
}
