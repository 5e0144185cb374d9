/** Throw-away repositories with a guard that is a few lines of Node.js: hooks are tested with real git, real sh and real files. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HookPlace, HookSource, RunHook } from '../../src/guard/index.js';

const project = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const script = readFileSync(join(project, 'hooks', 'pre-commit'), 'utf8');

/** Refuses what holds the word LEAK, or the canary, in the index that it is given; notes how it was called. */
const fakeGuard = `#!/usr/bin/env node
const { execFileSync } = require('node:child_process');
const { appendFileSync } = require('node:fs');
appendFileSync(__filename + '.log', JSON.stringify({ arguments: process.argv.slice(2), index: process.env.GIT_INDEX_FILE }) + '\\n');
const git = (...words) => execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const staged = git('diff', '--cached', '--name-only', '--diff-filter=d', '--no-renames', '-z').split('\\0').filter(Boolean);
const bad = staged.filter((path) => path === '.blackbox/canary' || git('show', ':' + path).includes('LEAK'));
for (const path of bad) process.stderr.write('refused: ' + path + '\\n');
process.exitCode = bad.length ? 3 : 0;
`;

export interface Folder {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs git in `cwd` (default: the repository). */
  git(words: readonly string[], cwd?: string, env?: NodeJS.ProcessEnv): SpawnSyncReturns<string>;
  write(path: string, content: string, mode?: number): string;
  /** The commits' subjects. */
  log(cwd?: string): string[];
  calls(): { arguments: string[]; index: string }[];
  place(cwd?: string): HookPlace;
  readonly source: HookSource;
  /** Runs the hook as `blackbox-ts hook install` and `doctor` do. */
  readonly runHook: RunHook;
  remove(): void;
}

function runOrThrow(result: SpawnSyncReturns<string>): string {
  if (result.status !== 0) throw new Error(`${result.status}: ${result.stderr}`);
  return result.stdout.trimEnd();
}

export function newRepository(name = 'a repository'): Folder {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'guard hooks-')));
  const path = join(top, name);
  const guard = join(top, "the program's place", 'guard.js');
  const env: NodeJS.ProcessEnv = {
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
    HOME: top,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(top, 'gitconfig'),
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, 'A'],
        [`GIT_${who}_EMAIL`, 'a@example.com'],
      ]),
    ),
  };
  const run = (words: readonly string[], cwd = path, more: NodeJS.ProcessEnv = {}) =>
    spawnSync('git', words, { cwd, env: { ...env, ...more }, encoding: 'utf8' });
  const write = (file: string, content: string, mode = 0o644) => {
    const absolute = join(path, file);
    mkdirSync(dirname(absolute), { recursive: true });
    writeFileSync(absolute, content);
    chmodSync(absolute, mode);
    return absolute;
  };
  mkdirSync(path);
  mkdirSync(dirname(guard));
  writeFileSync(guard, fakeGuard, { mode: 0o755 });
  writeFileSync(join(top, 'gitconfig'), '[init]\n\tdefaultBranch = main\n');
  runOrThrow(run(['init', '-q']));
  write('.blackbox/vault.json', '{}\n');
  const ask = (cwd: string, ...words: string[]) => runOrThrow(run(['rev-parse', ...words], cwd));
  return {
    path,
    env,
    git: run,
    write,
    log: (cwd = path) => run(['log', '--format=%s'], cwd).stdout.split('\n').filter(Boolean),
    calls: () => {
      const log = spawnSync('cat', [`${guard}.log`], { encoding: 'utf8' }).stdout;
      return log
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    },
    place: (cwd = path) => {
      const [root = '', gitDir = '', commonDir = ''] = ['--show-toplevel', '--git-dir', '--git-common-dir'].map(
        (what) => ask(cwd, '--path-format=absolute', what),
      );
      const hooksFolder = resolve(cwd, ask(cwd, '--git-path', 'hooks'));
      return { repository: { root, gitDir, commonDir }, hooksFolder, state: join(commonDir, 'blackbox-ts') };
    },
    source: { script, program: { node: process.execPath, program: guard } },
    runHook: (canary, hook) => {
      const index = join(path, '.git', 'blackbox-ts-canary');
      const more = { GIT_INDEX_FILE: index };
      runOrThrow(run(['read-tree', '--empty'], path, more));
      // The object need not exist: the path alone is refused.
      const oid = runOrThrow(
        spawnSync('git', ['hash-object', '--stdin'], { cwd: path, env, input: '', encoding: 'utf8' }),
      );
      runOrThrow(run(['update-index', '--add', '--cacheinfo', `100644,${oid},${canary}`], path, more));
      try {
        const { status, stderr } = run(['hook', 'run', '--ignore-missing', hook], path, more);
        return { status, stderr };
      } finally {
        rmSync(index, { force: true });
      }
    },
    remove: () => rmSync(top, { recursive: true, force: true }),
  };
}

/** A PATH that knows git and sh, and no Node.js. */
export function pathWithoutNode(folder: Folder): string {
  const bin = join(folder.path, '..', 'bin');
  mkdirSync(bin, { recursive: true });
  for (const program of ['git', 'sh', 'cat', 'touch', 'env']) {
    const found = spawnSync('sh', ['-c', `command -v ${program}`], { env: folder.env, encoding: 'utf8' }).stdout.trim();
    symlinkSync(found, join(bin, program));
  }
  return bin;
}
