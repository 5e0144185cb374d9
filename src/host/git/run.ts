/** Running the git program: in which environment, and what its failures are called. */
import { realpathSync } from 'node:fs';
import { delimiter, dirname, resolve } from 'node:path';
import { gitFailed, noGit } from '../errors.js';
import { run } from '../processes.js';
import type { Env, Repository } from '../types.js';
import { findRepository, repositoryAt } from './repository.js';

/** What git says of the largest repositories fits; a Buffer can hold it. */
const answerLimit = 1024 * 1024 * 1024;

/**
 * What git gets to see of the user's environment: where its configuration and itself are found, and no variable in which it would run a
 * program or look elsewhere. Secrets that the environment holds for us stay with us.
 */
const kept = new Set(
  `PATH HOME USER LOGNAME USERNAME SHELL TMPDIR TMP TEMP TZ SUDO_UID LD_LIBRARY_PATH
  USERPROFILE HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES ALLUSERSPROFILE SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT
  XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR XDG_CONFIG_DIRS
  GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_CONFIG_NOSYSTEM`.split(/\s+/),
);

export interface GitCall {
  readonly repository: Repository;
  readonly env: Env;
}

export interface Answer {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Settings of the user that would change an answer or run a program, set to what we rely on. */
export const settings = [
  '-c',
  'core.quotePath=false',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'log.showSignature=false',
  '-c',
  'log.follow=false',
  '-c',
  'log.showRoot=true',
];

export function gitCall(repository: Repository, env: Env, cwd: string): GitCall {
  return { repository, env: gitEnv(repository, env, cwd) };
}

function gitEnv(repository: Repository, env: Env, cwd: string): Env {
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => kept.has(name.toUpperCase()))),
    ...place(repository),
    ...index(repository, env, cwd),
    ...quarantine(env),
    LC_ALL: 'C',
    // Paths are names, never patterns.
    GIT_LITERAL_PATHSPECS: '1',
    // A question must not take the index lock from a git command that runs beside us.
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    // What a commit holds is judged, not what a replacement shows; and nothing is fetched to answer a question.
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
  };
}

/**
 * Git looks for itself, and only in `root`. (Telling it with GIT_DIR would switch its check of the owner off, and with it the protection
 * from a repository that somebody else has put there.) Only where the user's own environment names another place do we hand that on.
 */
function place({ root, gitDir }: Repository): Env {
  if (repositoryAt(root)?.gitDir !== gitDir) return { GIT_DIR: gitDir, GIT_WORK_TREE: root };
  const parent = dirname(root);
  return parent.includes(delimiter) ? {} : { GIT_CEILING_DIRECTORIES: parent };
}

/** `git commit -a` and `git commit -- path` run their hooks with an index of their own. It counts for the repository it belongs to only. */
function index(repository: Repository, env: Env, cwd: string): Env {
  if (!env.GIT_INDEX_FILE || environmentGitDir(env, cwd) !== repository.gitDir) return {};
  return { GIT_INDEX_FILE: env.GIT_INDEX_FILE };
}

/** What is being pushed lies apart until pre-receive has agreed to it (git-receive-pack(1)): only git itself sets these. */
function quarantine(env: Env): Env {
  if (!env.GIT_QUARANTINE_PATH) return {};
  const { GIT_QUARANTINE_PATH, GIT_OBJECT_DIRECTORY, GIT_ALTERNATE_OBJECT_DIRECTORIES } = env;
  return { GIT_QUARANTINE_PATH, GIT_OBJECT_DIRECTORY, GIT_ALTERNATE_OBJECT_DIRECTORIES };
}

function environmentGitDir(env: Env, cwd: string): string | null {
  try {
    return env.GIT_DIR ? realpathSync(resolve(cwd, env.GIT_DIR)) : findRepository(cwd, env, cwd).gitDir;
  } catch {
    return null;
  }
}

/** Runs git and waits. Throws unless it ends with 0 or one of `accepted`. */
export function git(
  call: GitCall,
  args: readonly string[],
  input?: Uint8Array | string,
  accepted: readonly number[] = [],
): Answer {
  const ran = runGit(call, args, input, answerLimit);
  if (ran.failure !== '') throw gitFailed(command(args), ran.failure, call.repository.root);
  const { status, stdout, stderr } = ran;
  if (status === null) throw gitFailed(command(args), `ended by ${ran.signal}`, call.repository.root);
  if (status !== 0 && !accepted.includes(status)) throw gitFailed(command(args), stderr, call.repository.root);
  return { status, stdout, stderr };
}

/** As {@link git}, but leaves it to the caller what an answer larger than `limit` (failure ENOBUFS) means. */
export function runGit(call: GitCall, args: readonly string[], input: Uint8Array | string | undefined, limit: number) {
  const ran = run('git', [...settings, ...args], {
    cwd: call.repository.root,
    env: call.env,
    input: input ?? '',
    limit,
  });
  if (ran.failure === 'ENOENT') throw noGit();
  return ran;
}

export function command(args: readonly string[]): string {
  return args.find((arg) => !arg.startsWith('-') && !arg.includes('=')) ?? '';
}
