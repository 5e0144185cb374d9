/** Making git's index hold what has been written: what every command that seals ends with, so that it loads nothing for it. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { begin } from './child.js';
import type { GitCall } from './run.js';

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
  const args = [...asTheyAre, ...(many ? asOnePack : []), 'add', '--all', ...pathsFromInput];
  await begin(call, args, there.join('\0'), 'ignore', many ? memoryKept : {}).ended;
}

export async function unstage(call: GitCall, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const args = ['rm', '--cached', '--force', '--ignore-unmatch', ...pathsFromInput];
  await begin(call, args, paths.join('\0'), 'ignore').ended;
}
