/** Runs programs as one person of a story would: their home, their keys, nothing of ours. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from './packed.js';
import { canStandBy, runOnStandby } from './standby.js';
import { splitWords } from './words.js';

export { packageRoot, projectRoot } from './packed.js';
export const programFile = join(packageRoot, 'bin', 'blackbox-ts.js');

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as bytes, for secrets that are not text. */
  readonly bytes: Buffer;
  readonly signal: NodeJS.Signals | null;
}

export interface RunOptions {
  /** What comes in on stdin; nothing by default. */
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The exit code that the story expects: 0 unless it says so, null for any. */
  readonly code?: number | null;
  /** Where to run, the person's clone unless the story says otherwise. */
  readonly cwd?: string;
  /** A program with arguments that starts ours: `setpriv …`. */
  readonly through?: readonly string[];
  /** The output may show secrets, as `cat` does. */
  readonly shows?: boolean;
}

export type LeadOptions = Pick<RunOptions, 'code' | 'cwd' | 'env' | 'shows'>;

/** `blackbox-ts …` becomes the packed program under the Node.js that runs the tests; everything else is looked up on the PATH. */
export function toCommand(line: string | readonly string[], through: readonly string[] = []): [string, string[]] {
  const words = typeof line === 'string' ? splitWords(line) : [...line];
  const real = words[0] === 'blackbox-ts' ? [process.execPath, programFile, ...words.slice(1)] : words;
  const [program, ...rest] = [...through, ...real];
  if (program === undefined) throw new Error('nothing to run');
  return [program, rest];
}

function describe(line: string | readonly string[], result: Result, expected: number): string {
  const what = typeof line === 'string' ? line : line.map((word) => JSON.stringify(word)).join(' ');
  return `${what}\nended with ${result.signal ?? result.code} instead of ${expected}\n--- stdout\n${result.stdout}\n--- stderr\n${result.stderr}`;
}

/** Runs to the end. Throws, with all output, when the exit code is not the expected one. */
export function runProgram(
  line: string | readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  options: RunOptions,
): Result {
  const [program, arguments_] = toCommand(line, options.through);
  const child = spawnSync(program, arguments_, {
    cwd: options.cwd ?? cwd,
    env: { ...env, ...options.env },
    input: options.stdin ?? '',
    maxBuffer: 512 << 20,
    timeout: 50_000,
    killSignal: 'SIGKILL',
  });
  if (child.error !== undefined && child.status === null) throw child.error;
  const result: Result = {
    code: child.status ?? -1,
    signal: child.signal,
    bytes: child.stdout,
    stdout: child.stdout.toString(),
    stderr: child.stderr.toString(),
  };
  return asExpected(line, result, options);
}

function asExpected(line: string | readonly string[], result: Result, options: RunOptions): Result {
  const expected = options.code === undefined ? 0 : options.code;
  if (expected !== null && result.code !== expected) throw new Error(describe(line, result, expected));
  return result;
}

/** As {@link runProgram}, for the packed program's commands; without a process that is kept for them, by starting it. */
export function leadProgram(
  line: string | readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  options: LeadOptions,
): Result {
  const [program, ...words] = typeof line === 'string' ? splitWords(line) : line;
  if (program !== 'blackbox-ts') throw new Error(`not a command of ours: ${program}`);
  if (!canStandBy()) return runProgram(line, env, cwd, options);
  const { code, stdout, stderr } = runOnStandby(words, { ...env, ...options.env }, options.cwd ?? cwd);
  const texts = { bytes: stdout, stdout: stdout.toString(), stderr: stderr.toString() };
  return asExpected(line, { code, signal: null, ...texts }, options);
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves when the process has ended and all its output has come. */
  readonly ended: Promise<Result>;
  /** What has come on stdout and stderr so far. */
  output(): string;
  /** Whether the program itself has ended; what it started may still hold its output open. */
  hasEnded(): boolean;
  /** Signals the program with all that it started, as Ctrl-C in a terminal does. */
  signalAll(signal: NodeJS.Signals): void;
}

/** Starts a program and lets it run: for stories that interrupt, kill, or race it. */
export function startProgram(
  line: string | readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  options: RunOptions,
): Running {
  const [program, arguments_] = toCommand(line, options.through);
  // A process group of its own, as a shell gives to a job: what it starts can be ended with it.
  const child = spawn(program, arguments_, {
    cwd: options.cwd ?? cwd,
    env: { ...env, ...options.env },
    stdio: 'pipe',
    detached: true,
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => out.push(piece));
  child.stderr.on('data', (piece: Buffer) => err.push(piece));
  if (options.stdin !== undefined) child.stdin.end(options.stdin);
  const ended = new Promise<Result>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const bytes = Buffer.concat(out);
      resolve({ code: code ?? -1, signal, bytes, stdout: bytes.toString(), stderr: Buffer.concat(err).toString() });
    });
  });
  return {
    child,
    ended,
    output: () => Buffer.concat([...out, ...err]).toString(),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    signalAll: (signal) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch (error) {
        // Nobody is left in the group: what was asked for is so.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
  };
}

/** Waits until something is so; throws after `seconds`. */
export async function until(what: string, isSo: () => boolean, seconds = 20): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
