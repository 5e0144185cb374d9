/** Words that git keeps beside files: those of commits and of annotated tags; and what refs lead to that is in no commit. */
import type { Message, StagedEntry, Tagged } from '../types.js';
import { parts } from './questions.js';
import { type GitCall, git } from './run.js';

/** A tag of a tag of a tag: nobody goes further. */
const deepest = 8;

export function messages(call: GitCall, revisions: readonly string[]): Message[] {
  const args = ['log', '-z', '--encoding=UTF-8', '--no-color', '--format=tformat:%H%n%B', ...revisions, '--'];
  return parts(git(call, args).stdout).map((entry) => {
    const end = entry.indexOf('\n');
    return { id: entry.slice(0, end), text: entry.slice(end + 1) };
  });
}

/** What all refs point to. */
export function refTips(call: GitCall): string[] {
  const text = git(call, ['for-each-ref', '--format=%(objectname)']).stdout.toString('latin1');
  return [...new Set(text.split('\n').filter((oid) => oid !== ''))];
}

interface Kind {
  readonly oid: string;
  readonly type: string;
}

// git-cat-file(1): `<oid> <type>`, or `<what was asked> missing`.
function kinds(call: GitCall, oids: readonly string[]): Kind[] {
  const args = ['cat-file', '--batch-check=%(objectname) %(objecttype)', '--buffer'];
  const answer = git(call, args, `${oids.join('\n')}\n`).stdout.toString('latin1');
  return answer.split('\n').flatMap((line) => {
    const [oid = '', type = ''] = line.split(' ');
    return type === '' || type === 'missing' ? [] : [{ oid, type }];
  });
}

function readTag(call: GitCall, oid: string): { readonly message: Message; readonly object: string } {
  const text = git(call, ['cat-file', 'tag', oid]).stdout.toString('utf8');
  const object = /^object ([0-9a-f]{40,64})\n/.exec(text)?.[1] ?? '';
  const body = text.indexOf('\n\n');
  return { message: { id: oid, text: body < 0 ? '' : text.slice(body + 2) }, object };
}

// git-ls-tree(1), "output format": `<mode> <type> <id>`, a tab, the path, NUL.
function listTree(call: GitCall, oid: string, paths: readonly string[] = []): StagedEntry[] {
  const answer = parts(git(call, ['ls-tree', '-r', '-z', '--full-tree', oid, '--', ...paths]).stdout);
  return answer.flatMap((line) => {
    const [, mode = '', blob = '', path = ''] = /^(\d+) \w+ ([0-9a-f]+)\t([\s\S]*)$/.exec(line) ?? [];
    return mode === '160000' || mode === '' ? [] : [{ path, mode, oid: blob, status: 'A' }];
  });
}

function entriesOf(call: GitCall, { oid, type }: Kind): StagedEntry[] {
  if (type === 'blob') return [{ path: `(tagged) ${oid}`, mode: '100644', oid, status: 'A' }];
  return type === 'tree' ? listTree(call, oid) : [];
}

export function tagged(call: GitCall, oids: readonly string[]): Tagged {
  const commits: string[] = [];
  const found: Message[] = [];
  const entries: StagedEntry[] = [];
  let asked = [...new Set(oids)];
  for (let depth = 0; asked.length > 0 && depth < deepest; depth++) {
    const there = kinds(call, asked);
    const tags = there.filter(({ type }) => type === 'tag').map(({ oid }) => readTag(call, oid));
    for (const { oid, type } of there) if (type === 'commit') commits.push(oid);
    found.push(...tags.map(({ message }) => message));
    entries.push(...there.flatMap((kind) => entriesOf(call, kind)));
    asked = tags.map(({ object }) => object).filter((object) => object !== '');
  }
  return { commits, messages: found, entries };
}

/** Those of `commits` that no remote-tracking branch leads to. */
export function unpublished(call: GitCall, commits: readonly string[]): Set<string> {
  if (commits.length === 0) return new Set();
  const text = git(call, ['rev-list', '--stdin', '--not', '--remotes'], `${commits.join('\n')}\n`).stdout.toString(
    'latin1',
  );
  const all = new Set(text.split('\n'));
  return new Set(commits.filter((commit) => all.has(commit)));
}

function commitOf(call: GitCall, revision: string): string {
  const answer = git(call, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  return answer.stdout.toString('latin1').trim();
}

export function tree(call: GitCall, revision: string, folder?: string): StagedEntry[] {
  return listTree(call, commitOf(call, revision), folder === undefined ? [] : [`${folder}/`]);
}

// git-cat-file(1), "batch output": `<name> missing`; and `ambiguous` for what is no full id.
export function idsOf(call: GitCall, names: readonly string[]): (string | null)[] {
  if (names.length === 0) return [];
  const args = ['cat-file', '--batch-check=%(objectname)', '--buffer'];
  const answer = git(call, args, `${names.join('\n')}\n`)
    .stdout.toString('latin1')
    .split('\n');
  return names.map((_, i) => (/^[0-9a-f]{40,64}$/.test(answer[i] ?? '') ? (answer[i] ?? null) : null));
}

export function fileAt(call: GitCall, revision: string, path: string): Buffer | null {
  const name = `${commitOf(call, revision)}:${path}`;
  const answer = git(call, ['cat-file', 'blob', name], '', [128]);
  return answer.status === 0 ? answer.stdout : null;
}
