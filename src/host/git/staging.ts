/** Making git's index hold what has been written: what every command that seals ends with, so that it loads nothing for it. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { gitFailed, noGit } from '../errors.js';
import { systemCode } from '../system.js';
import type { Env } from '../types.js';
import { command, type GitCall } from './run.js';

interface Change {
  readonly args: readonly string[];
  readonly input: string;
  readonly env?: Env;
}

/** As much of git's words as a sentence could use. */
const wordsLimit = 64 * 1024;

/** Runs git while other things go on: old files are still going, and Ctrl-C is to be heard. */
function change(call: GitCall, { args, input, env = {} }: Change): Promise<void> {
  const { spawn } = process.getBuiltinModule('node:child_process');
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, {
      cwd: call.repository.root,
      env: { ...call.env, ...env } as NodeJS.ProcessEnv,
      stdio: ['pipe', 'ignore', 'pipe'],
      windowsHide: true,
    });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(0, wordsLimit);
    });
    const failed = (why: string) => gitFailed(command(args), why, call.repository.root);
    child.on('error', (error) => reject(systemCode(error) === 'ENOENT' ? noGit() : failed(error.message)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(failed(signal === null ? words : `ended by ${signal}`));
    });
    // Who ends before it has read all its input says by its exit code how it ended.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

// What is sealed cannot be compressed: trying takes git seven times as long as all the rest.
const asTheyAre = ['-c', 'core.looseCompression=0', '-c', 'pack.compression=0'];
/** From here on one pack is made faster than a file for each object: a fifth of the time for a thousand. Below, packs would only pile up. */
const manyObjects = 100;
// What is larger than this many bytes goes into one pack for all of a command's files (git-config(1), core.bigFileThreshold). What git has to
// convert first does not, and need not.
const asOnePack = ['-c', 'core.bigFileThreshold=1'];
// For each object git takes a quarter of a megabyte and gives it back: by default the C library hands it to the kernel and asks for it again each
// time, a third of all the time (mallopt(3); other C libraries do not know these variables).
const memoryKept = { MALLOC_TOP_PAD_: '8388608', MALLOC_TRIM_THRESHOLD_: '67108864' };
const pathsFromInput = ['--pathspec-from-file=-', '--pathspec-file-nul'];

/** Makes the index hold what the work tree holds at these paths; what is gone from the work tree is taken out. */
export async function stage(call: GitCall, paths: readonly string[]): Promise<void> {
  const there = paths.filter(
    (path) => lstatSync(join(call.repository.root, path), { throwIfNoEntry: false }) !== undefined,
  );
  const present = new Set(there);
  await unstage(
    call,
    paths.filter((path) => !present.has(path)),
  );
  if (there.length === 0) return;
  const many = there.length >= manyObjects;
  await change(call, {
    args: [...asTheyAre, ...(many ? asOnePack : []), 'add', '--all', ...pathsFromInput],
    input: there.join('\0'),
    env: many ? memoryKept : {},
  });
}

export async function unstage(call: GitCall, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const args = ['rm', '--cached', '--force', '--ignore-unmatch', ...pathsFromInput];
  await change(call, { args, input: paths.join('\0') });
}
