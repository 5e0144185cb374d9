/** The few things that we ask git to change, through simple-git (31 ms to load: only when something changes). */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { gitFailed, noGit } from '../errors.js';
import type { Env } from '../types.js';
import { command, type GitCall } from './run.js';

/** Of the error that we hand to simple-git it keeps nothing but the message, so that is where git's exit code goes. */
const exitCode = /^(?:Error: )?exit (\S+)\n/;

interface Change {
  readonly args: readonly string[];
  readonly input?: string;
  readonly env?: Env;
  /** Exit codes that mean "done already". */
  readonly accepted?: readonly number[];
}

export function prepare(): void {
  // Whatever is wrong with it is told when it is used.
  import('simple-git').catch(() => {});
}

async function change(call: GitCall, { args, input = '', accepted = [], env = {} }: Change): Promise<void> {
  const { simpleGit } = await import('simple-git');
  const git = simpleGit({
    baseDir: call.repository.root,
    // It would drop every variable that begins with GIT_, and refuses some that we have chosen ourselves (see run.ts).
    allowEnvironment: Object.keys({ ...call.env, ...env }),
    unsafe: {
      allowUnsafeConfigPaths: true,
      allowUnsafeDiffTextConv: true,
      allowUnsafeMergeDriver: true,
      allowUnsafeFilter: true,
    },
    completion: { onClose: true, onExit: false },
    input: () => input,
    // Its own rule takes a failure without words for success.
    errors: (_, { exitCode: code, stdErr }) =>
      code === 0 ? undefined : new Error(`exit ${code}\n${Buffer.concat(stdErr).toString('utf8')}`),
  });
  try {
    await git.env({ ...call.env, ...env } as Record<string, string>).raw([...args]);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (/\bspawn git ENOENT\b/.test(message)) throw noGit();
    if (accepted.includes(Number(exitCode.exec(message)?.[1]))) return;
    throw gitFailed(command(args), message.replace(exitCode, ''), call.repository.root);
  }
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
  const many = there.length >= manyObjects;
  // --verbose: simple-git waits 50 ms for the words of a silent command.
  const add = ['add', '--all', '--verbose', ...pathsFromInput];
  if (there.length > 0)
    await change(call, {
      args: [...asTheyAre, ...(many ? asOnePack : []), ...add],
      env: many ? memoryKept : {},
      input: there.join('\0'),
    });
}

export async function unstage(call: GitCall, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const args = ['rm', '--cached', '--force', '--ignore-unmatch', ...pathsFromInput];
  await change(call, { args, input: paths.join('\0') });
}

export async function setConfig(call: GitCall, key: string, value: string | null): Promise<void> {
  if (value !== null) return change(call, { args: ['config', '--local', '--replace-all', key, value] });
  await change(call, { args: ['config', '--local', '--unset-all', key], accepted: [5] });
}
