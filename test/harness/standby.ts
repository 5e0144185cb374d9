/**
 * Commands that lead to a story run in a process that is kept for them: half of what such a start takes is Node.js, which begins, and the
 * compiling of the program and its dependencies. What a story is about is started by itself, as users do.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { packageRoot } from './packed.js';
import { templatesVariable } from './templates.js';

export interface Answer {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

interface Standby {
  readonly child: ChildProcess;
  readonly place: string;
  ordinal: number;
}

const program = join(dirname(fileURLToPath(import.meta.url)), 'standby-program.js');
const outputs = ['stdout', 'stderr'];
/** As for programs that are started. */
const patience = 50_000;

let kept: Standby | null = null;

function begin(folder: string): Standby {
  const place = mkdtempSync(join(folder, 'standby-'));
  const [out = 0, err = 0] = outputs.map((name) => openSync(join(place, name), 'a'));
  const child = spawn(process.execPath, ['--no-flush-bytecode', program, packageRoot, place], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', out, err, 'pipe'],
  });
  for (const output of [out, err]) closeSync(output);
  child.unref();
  child.on('exit', () => {
    kept = null;
  });
  return { child, place, ordinal: 0 };
}

/** Waits without letting anything else happen, as for a program that is started. */
function waitFor(path: string): boolean {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  for (const end = Date.now() + patience; Date.now() < end; Atomics.wait(nothing, 0, 0, 1)) {
    if (existsSync(path)) return true;
  }
  return false;
}

/** Whether there is a place for such a process; without it every command is a start. */
export const canStandBy = () => process.env[templatesVariable] !== undefined && process.platform !== 'win32';

/** Runs a command of the packed program, and waits for it. @param words those that follow the program's name */
export function runOnStandby(words: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Answer {
  kept ??= begin(process.env[templatesVariable] ?? '');
  const { child, place } = kept;
  const ordinal = kept.ordinal++;
  const requests = child.stdio[3] as Writable & { unref(): void };
  requests.unref();
  requests.write(`${JSON.stringify({ words, env, cwd, ordinal })}\n`);
  const answer = join(place, `answer-${ordinal}`);
  if (!waitFor(answer)) {
    kept = null;
    child.kill('SIGKILL');
    throw new Error(`waited ${patience / 1000} s in vain for: ${words.join(' ')}`);
  }
  const code = Number(readFileSync(answer, 'utf8'));
  rmSync(answer);
  const [stdout = Buffer.alloc(0), stderr = Buffer.alloc(0)] = outputs.map((name) => readFileSync(join(place, name)));
  return { code, stdout, stderr };
}
