/**
 * A program of the user's, run in our place: its own words, our streams, our terminal; what is sent to us is sent on to it, and we end as it
 * ended. No shell.
 */
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { holdSignals } from './cleanup.js';
import { systemCode } from './system.js';
import { isTerminal, writeAll } from './terminal/streams.js';
import type { Ended, InPlaceOptions } from './types.js';

type Filter = NonNullable<InPlaceOptions['filter']>;

const handedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', 'SIGWINCH'] as const;
/** Typed on a terminal, they reach both of us. */
const fromTerminal: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH']);
/** signal(7): by default they leave a core dump, which holds what we have in memory. */
const dumping: ReadonlySet<string> = new Set(
  'SIGQUIT SIGILL SIGTRAP SIGABRT SIGIOT SIGBUS SIGFPE SIGSEGV SIGXCPU SIGXFSZ SIGSYS'.split(' '),
);

/** Sends on what is sent to us. Returns what ends that. */
function handOn(child: ChildProcess): () => void {
  const onTerminal = [0, 1, 2].some(isTerminal);
  const listener = (signal: NodeJS.Signals) => {
    if (!onTerminal || !fromTerminal.has(signal)) child.kill(signal);
  };
  const release = holdSignals();
  for (const signal of handedOn) process.on(signal, listener);
  return () => {
    for (const signal of handedOn) process.removeListener(signal, listener);
    release();
  };
}

/** Everything that comes from `stream`, changed, to a descriptor of ours. When nobody reads that any more, the program is told so. */
function pass(stream: Readable, fd: number, filter: Filter): void {
  const { push, end } = bound(filter());
  const write = (bytes: Uint8Array) => {
    if (!writeAll(fd, bytes)) stream.destroy();
  };
  stream.on('data', (bytes: Buffer) => write(push(bytes)));
  stream.on('end', () => write(end()));
}

function bound(filter: ReturnType<Filter>): ReturnType<Filter> {
  return { push: (bytes) => filter.push(bytes), end: () => filter.end() };
}

/** A child, or why there is none. Most of the reasons are told as an event, and some thrown (E2BIG). */
function started([program = '', ...args]: readonly string[], { env, filter }: InPlaceOptions): ChildProcess | string {
  const { spawn } = process.getBuiltinModule('node:child_process');
  const how = (fd: number) => (filter === undefined || isTerminal(fd) ? 'inherit' : 'pipe');
  if (program === '') return 'ENOENT';
  try {
    return spawn(program, args, { env: env as NodeJS.ProcessEnv, stdio: ['inherit', how(1), how(2)] });
  } catch (error) {
    const code = systemCode(error);
    if (code === '') throw error;
    return code;
  }
}

/** See {@link Host.runInPlace}. */
export async function runInPlace(words: readonly string[], options: InPlaceOptions): Promise<Ended> {
  const { filter } = options;
  const child = started(words, options);
  if (typeof child === 'string') return { code: null, signal: null, failure: child };
  const done = handOn(child);
  if (filter !== undefined) {
    if (child.stdout !== null) pass(child.stdout, 1, filter);
    if (child.stderr !== null) pass(child.stderr, 2, filter);
  }
  return new Promise<Ended>((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, failure: systemCode(error) || 'EUNKNOWN' }));
    // Not `exit`: what it wrote last has to be passed on first.
    child.on('close', (code, signal) => resolve({ code, signal, failure: '' }));
  }).finally(done);
}

/** See {@link Host.endAs}. */
export function endAs(signal: NodeJS.Signals): number {
  const { signals } = process.getBuiltinModule('node:os').constants;
  if (!dumping.has(signal)) process.kill(process.pid, signal);
  return 128 + (signals[signal] ?? 0);
}
