/** Temporary folders, repositories and child programs for the tests of the host: nothing of the real home or environment is used. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { nodeGit } from '../../src/host/git.js';
import type { Git, Repository } from '../../src/host/types.js';
import { afterThisFile } from '../harness/after-file.js';

const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A folder that is removed when the test file is done. */
export function temporaryFolder(name = 'host'): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `bbt-${name}-`)));
  afterThisFile(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An environment with a home of its own, in which git knows who commits. */
export function cleanEnv(home = temporaryFolder('home')): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Al',
    GIT_AUTHOR_EMAIL: 'al@example.com',
    GIT_COMMITTER_NAME: 'Al',
    GIT_COMMITTER_EMAIL: 'al@example.com',
  };
}

export interface TestRepository {
  readonly root: string;
  readonly env: Record<string, string>;
  readonly repository: Repository;
  readonly ask: Git;
  /** The real git program, as a user would run it. */
  git(...args: string[]): string;
  write(path: string, content: string | Uint8Array): void;
}

export function newRepository(initOptions: readonly string[] = [], folder = temporaryFolder('repo')): TestRepository {
  const env = cleanEnv();
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', ...initOptions, folder], { env });
  return repositoryIn(folder, env);
}

export function repositoryIn(root: string, env: Record<string, string>): TestRepository {
  const port = nodeGit(env, root);
  const repository = port.find(root);
  return {
    root,
    env,
    repository,
    ask: port.open(repository),
    git: (...args) => execFileSync('git', args, { cwd: root, env, encoding: 'utf8', maxBuffer: 1 << 28 }),
    write: (path, content) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    },
  };
}

let bundle: string | undefined;

/** The host as one plain JavaScript file, for programs that are to be killed, limited or given a terminal. */
export function hostBundle(): string {
  if (bundle !== undefined) return bundle;
  const file = join(temporaryFolder('bundle'), 'host.mjs');
  buildSync({
    stdin: {
      contents: `export * from './src/host/host.ts'; export { BlackboxError } from './src/errors.ts'; export { holdInterrupts } from './src/host/cleanup.ts';`,
      resolveDir: projectRoot,
    },
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  bundle = file;
  afterThisFile(() => {
    bundle = undefined;
  });
  return file;
}

/** A program that has `host` (and `files`, `terminal`) at hand; what it fails with is printed as JSON on stdout with code 1. */
export function script(body: string): string {
  const file = join(temporaryFolder('script'), 'main.mjs');
  const text = `import { nodeHost, BlackboxError, holdInterrupts } from ${JSON.stringify(pathToFileURL(hostBundle()).href)};
import fs from 'node:fs';
const host = nodeHost();
const { files } = host;
try {
${body}
} catch (error) {
  fs.writeSync(1, JSON.stringify({ code: error.code, message: error.message }));
  process.exitCode = 1;
}
`;
  writeFileSync(file, text);
  return file;
}

export interface ScriptOptions {
  readonly env?: Record<string, string | undefined>;
  readonly cwd?: string;
  readonly input?: string;
  /** A program that starts node: `['bash', '-c', 'ulimit …; exec "$@"', '--']`. */
  readonly through?: readonly string[];
}

export function runScript(body: string, options: ScriptOptions = {}) {
  const [program = '', ...args] = [...(options.through ?? []), process.execPath, script(body)];
  const done = spawnSync(program, args, {
    cwd: options.cwd,
    env: { ...cleanEnv(), ...options.env },
    input: options.input ?? '',
    encoding: 'utf8',
    timeout: 50_000,
  });
  return { status: done.status, signal: done.signal, stdout: done.stdout, stderr: done.stderr };
}

export interface Started {
  readonly child: ChildProcess;
  output(): string;
  /** Waits until the output holds this. */
  until(text: string): Promise<void>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export function startScript(body: string, options: ScriptOptions = {}): Started {
  const [program = '', ...args] = [...(options.through ?? []), process.execPath, script(body)];
  return start(program, args, { ...cleanEnv(), ...options.env }, options.cwd);
}

export function start(program: string, args: string[], env: Record<string, string | undefined>, cwd?: string): Started {
  const child = spawn(program, args, { cwd, env: env as NodeJS.ProcessEnv, stdio: 'pipe' });
  let text = '';
  child.stdout.on('data', (data) => {
    text += data;
  });
  child.stderr.on('data', (data) => {
    text += data;
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  const until = async (wanted: string) => {
    for (let i = 0; i < 1000 && !text.includes(wanted); i++) await new Promise((resolve) => setTimeout(resolve, 10));
    if (!text.includes(wanted)) throw new Error(`"${wanted}" did not come; what came: ${JSON.stringify(text)}`);
  };
  return { child, output: () => text, until, ended };
}

/** A command line under a terminal of its own (util-linux `script`); what is written to its stdin is typed. */
export function atTerminal(body: string, options: ScriptOptions = {}): Started & { type(keys: string): void } {
  const words = [...(options.through ?? []), process.execPath, script(body)];
  const command = `exec ${words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')}`;
  const args = ['--quiet', '--return', '--flush', '--echo', 'never', '--command', command, '/dev/null'];
  const started = start('script', args, { ...cleanEnv(), TERM: 'xterm', ...options.env }, options.cwd);
  return { ...started, type: (keys) => void started.child.stdin?.write(keys) };
}

/** The code that `work` fails with; '' when it does not fail. */
export function codeOf(work: () => unknown): string {
  try {
    work();
    return '';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** What `work` fails with. */
export async function failure(work: () => unknown): Promise<Error & { code: string; hints: readonly string[] }> {
  try {
    await work();
  } catch (error) {
    return error as Error & { code: string; hints: readonly string[] };
  }
  throw new Error('it did not fail');
}
