/** Other programs, run to their end. Never through a shell; `node:child_process` is loaded when the first one runs (4 ms). */
import type { SpawnSyncOptions } from 'node:child_process';
import { systemCode } from './system.js';
import type { Env } from './types.js';

export interface Ran {
  /** null when a signal ended it or it could not be started. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** What it wrote to descriptor 3, where one was asked for. */
  readonly extra: string;
  /** ENOENT: no such program; ENOBUFS: it wrote more than `limit`; '' when it ran. */
  readonly failure: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env: Env;
  readonly input?: Uint8Array | string;
  /** The most it may write to each descriptor; beyond that it is killed. */
  readonly limit: number;
  readonly stdio?: SpawnSyncOptions['stdio'];
}

export function run(program: string, args: readonly string[], options: RunOptions): Ran {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const done = spawnSync(program, args, {
    cwd: options.cwd,
    env: options.env as NodeJS.ProcessEnv,
    input: options.input ?? '',
    maxBuffer: options.limit,
    stdio: options.stdio ?? 'pipe',
    windowsHide: true,
  });
  return {
    status: done.status,
    signal: done.signal,
    stdout: done.stdout ?? Buffer.alloc(0),
    stderr: String(done.stderr ?? ''),
    extra: String(done.output?.[3] ?? ''),
    failure: failureOf(done.error, done.status),
  };
}

// Who ends before it has read all its input has still said how it ended.
function failureOf(error: Error | undefined, status: number | null): string {
  if (error === undefined) return '';
  const code = systemCode(error);
  return code === 'EPIPE' && status !== null ? '' : code || 'EUNKNOWN';
}

// Identities given in the environment are for this program. What it starts has no use for them and would pass them on.
const secretVariables = ['BLACKBOX_IDENTITY', 'SOPS_AGE_KEY'];

/** The user's environment for a program of theirs (gpg, an editor, a password manager), without the identities given to us. */
export function userEnv(env: Env, changes: Env = {}): Env {
  const copy: Record<string, string | undefined> = { ...env };
  for (const name of secretVariables) delete copy[name];
  return { ...copy, ...changes };
}
