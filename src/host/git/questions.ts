/** Questions to git: each is one process (a second one before the first commit), and changes nothing. */
import { resolve } from 'node:path';
import type { StagedEntry } from '../types.js';
import { type GitCall, git } from './run.js';

/** So many paths, and so many bytes of them, go on a command line; with more it is faster to ask for everything. */
const argumentLimit = { paths: 200, bytes: 60_000 };

/** The parts of NUL-terminated output. */
export function parts(output: Buffer): string[] {
  const text = output.toString('utf8');
  return text === '' ? [] : text.replace(/\0$/, '').split('\0');
}

/** The id of the commit that a revision stands for; null when it stands for none. */
export function resolved(call: GitCall, revision: string): string | null {
  const answer = git(call, ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`], '', [1]);
  return answer.status === 0 ? answer.stdout.toString('latin1').trim() : null;
}

export function hasCommits(call: GitCall): boolean {
  return resolved(call, 'HEAD') !== null;
}

export function version(call: GitCall): string {
  const text = git(call, ['version']).stdout.toString('utf8');
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? text.trim();
}

export function hooksFolder(call: GitCall): string {
  const path = git(call, ['rev-parse', '--git-path', 'hooks'])
    .stdout.toString('utf8')
    .replace(/\r?\n$/, '');
  return resolve(call.repository.root, path);
}

export function config(call: GitCall, key: string): string | null {
  const answer = git(call, ['config', '--local', '--null', '--get', key], '', [1]);
  return answer.status === 0 ? answer.stdout.toString('utf8').replace(/\0$/, '') : null;
}

// git-diff(1), "raw output format": `:<old mode> <new mode> <old oid> <new oid> <status>`, NUL, path, NUL.
export const rawLine = /^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])/;

export function staged(call: GitCall): StagedEntry[] {
  const answer = stagedAgainst(call, 'HEAD', [128]);
  const output = answer.status === 0 ? answer.stdout : stagedAgainst(call, beforeFirstCommit(call)).stdout;
  const words = parts(output);
  const entries: StagedEntry[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    const [, oldMode = '', mode = '', old = '', oid = '', status = ''] = rawLine.exec(words[i] ?? '') ?? [];
    const before = /^0+$/.test(old) || oldMode === '160000' ? [] : [old];
    entries.push({ path: words[i + 1] ?? '', mode, oid, status, before });
  }
  return entries;
}

// Submodules are told of even where the repository's .gitmodules says to ignore them.
function stagedAgainst(call: GitCall, tree: string, accepted: number[] = []) {
  const args = [
    'diff-index',
    '--cached',
    '--raw',
    '-z',
    '--no-renames',
    '--no-abbrev',
    '--ignore-submodules=none',
    tree,
    '--',
  ];
  return git(call, args, '', accepted);
}

// 128 may mean other things than "no commit yet": then the same question against HEAD gives the reason.
function beforeFirstCommit(call: GitCall): string {
  if (hasCommits(call)) return 'HEAD';
  return git(call, ['hash-object', '-t', 'tree', '--stdin']).stdout.toString('utf8').trim();
}

// Asks for these paths, or for all where that is faster. A folder's name also stands for what is below it: more may come back than was asked.
function listed(call: GitCall, paths: readonly string[] | undefined, options: readonly string[] = []): string[] {
  if (paths?.length === 0) return [];
  const few =
    paths !== undefined && paths.length <= argumentLimit.paths && paths.join('').length <= argumentLimit.bytes;
  return parts(git(call, ['ls-files', '-z', ...options, ...(few ? ['--', ...paths] : [])]).stdout);
}

export function tracked(call: GitCall, paths?: readonly string[]): Set<string> {
  const found = new Set(listed(call, paths));
  return paths === undefined ? found : new Set(paths.filter((path) => found.has(path)));
}

export function trackedEntries(call: GitCall, paths?: readonly string[]): StagedEntry[] {
  const entries = listed(call, paths, ['--stage']).map((line) => {
    const [, mode = '', oid = '', stage = '', path = ''] = /^(\d+) ([0-9a-f]+) (\d)\t([\s\S]*)$/.exec(line) ?? [];
    return { path, mode, oid, status: stage === '0' ? '' : 'U' };
  });
  const asked = new Set(paths);
  return paths === undefined ? entries : entries.filter(({ path }) => asked.has(path));
}

/** By the ignore files alone: a path counts as ignored even while it is still tracked. */
export function ignored(call: GitCall, paths: readonly string[]): Set<string> {
  const asked = paths.filter((path) => path !== '').map((path) => `./${path}`);
  if (asked.length === 0) return new Set();
  // This command knows no literal pathspecs; it takes paths for names anyway, save for a colon in front.
  const plain = { ...call, env: { ...call.env, GIT_LITERAL_PATHSPECS: '0' } };
  const answer = git(plain, ['check-ignore', '--no-index', '-z', '--stdin'], asked.join('\0'), [1]);
  return new Set(parts(answer.stdout).map((path) => path.slice(2)));
}
