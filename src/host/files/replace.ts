/** Writing many files so that either all are new or none is: temporary files, synced; then renames; then the folders synced. */
import {
  closeSync,
  constants,
  fchmodSync,
  fsync,
  fsyncSync,
  linkSync,
  mkdirSync,
  open,
  openSync,
  renameSync,
  rmdirSync,
  unlink,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { atEnd } from '../cleanup.js';
import { notAFile, sameTargetTwice, writeFailed } from '../errors.js';
import { meansAbsent, systemCode } from '../system.js';
import type { ReplaceEvents, Write } from '../types.js';
import { joined } from './joined.js';
import { note, temporaryName } from './journal.js';
import { stat } from './read.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_RDONLY, O_NOFOLLOW = 0 } = constants;
/** Syncs wait for the disk: many at once are three times as fast as one after the other. Far below any limit on open files. */
const atOnce = 32;
/** How much of a large file is written between two chances for Ctrl-C to be heard. */
const breath = 16 * 1024 * 1024;

function sync(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** Making a file takes a journaling file system a while, in which others can be made and encrypted. */
function openLater(path: string, flags: number, mode?: number): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, flags, mode, (error, fd) => (error === null ? resolve(fd) : reject(error)));
  });
}

interface Step {
  readonly write: Write;
  readonly temp: string;
  /** A second name for the old bytes while the new ones are put in place; null when there is no old file. */
  readonly backup: string | null;
}

/** See {@link Files.replace}. */
export async function replace(writes: readonly Write[], journal: string, on: ReplaceEvents = {}): Promise<void> {
  if (writes.length === 0) return;
  const steps = plan(writes);
  const names = [...steps.map(({ temp }) => temp), ...backups(steps)];
  const forget = note(journal, names);
  const folders = new Set<string>();
  const disarm = atEnd(() => removeAll(names));
  let ended = false;
  const end = (clean: boolean) => {
    if (ended) return;
    ended = true;
    disarm();
    if (clean) forget();
  };
  try {
    for (const parent of new Set(writes.map(({ path }) => dirname(path)))) makeFolders(parent, folders);
    await writeAll(steps, writeTemporary, on.progress);
    const headed = steps.filter(({ write }) => write.head !== undefined);
    if (headed.length > 0) {
      await on.contents?.();
      await writeAll(headed, writeHead);
    }
    putInPlace(steps);
    await syncFolders(steps, folders);
    const cleared = removeInParallel(backups(steps)).then(end);
    if (on.clearing === undefined) await cleared;
    else on.clearing(cleared);
  } catch (error) {
    end(removeAll(names));
    dropFolders(folders);
    throw error;
  }
}

function plan(writes: readonly Write[]): Step[] {
  const targets = new Set<string>();
  return writes.map((write) => {
    if (targets.has(write.path)) throw sameTargetTwice(write.path);
    targets.add(write.path);
    const old = stat(write.path);
    if (old !== null && old.kind !== 'file') throw notAFile(write.path, old.kind);
    return { write, temp: temporaryName(write.path), backup: old === null ? null : temporaryName(write.path) };
  });
}

function makeFolders(wanted: string, made: Set<string>): void {
  const missing: string[] = [];
  for (let folder = wanted; stat(folder) === null && folder !== dirname(folder); folder = dirname(folder)) {
    missing.unshift(folder);
  }
  try {
    for (const folder of missing) {
      mkdirSync(folder);
      made.add(folder);
    }
  } catch (error) {
    throw writeFailed(wanted, error);
  }
}

/** Works on all of them, so many at once; after a failure on no further ones, and it is thrown when nothing is under way any longer. */
async function inParallel<T>(items: readonly T[], many: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const worker = async () => {
    for (let item = items[next++]; item !== undefined && failures.length === 0; item = items[next++])
      await work(item).catch((error) => failures.push(error));
  };
  await Promise.all(Array.from({ length: Math.min(many, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}

async function writeAll(
  steps: readonly Step[],
  write: (step: Step) => Promise<void>,
  onProgress: (done: number) => void = () => {},
): Promise<void> {
  let done = 0;
  await inParallel(steps, atOnce, async (step) => {
    try {
      await write(step);
    } catch (error) {
      throw writeFailed(step.write.path, error);
    } finally {
      onProgress(++done);
    }
  });
}

async function writeTemporary({ write, temp }: Step): Promise<void> {
  const fd = await openLater(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const start = write.head?.length ?? 0;
    if (write.content instanceof Uint8Array) writeAt(fd, write.content, start);
    else await writePieces(fd, write.content(), start);
    fchmodSync(fd, write.mode);
    if (write.head === undefined) await sync(fd);
  } finally {
    closeSync(fd);
  }
}

/** What stands first and could be told last. */
async function writeHead({ write, temp }: Step): Promise<void> {
  const bytes = write.head?.bytes() ?? Buffer.alloc(0);
  if (bytes.length !== write.head?.length)
    throw new Error(`a head of ${bytes.length} bytes instead of ${write.head?.length}`);
  const fd = openSync(temp, O_WRONLY | O_NOFOLLOW);
  try {
    writeAt(fd, bytes, 0);
    await sync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeAt(fd: number, bytes: Uint8Array, place: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, place + at);
}

async function writePieces(fd: number, pieces: Iterable<Uint8Array>, start: number): Promise<void> {
  let [place, sinceBreath] = [start, 0];
  for (const piece of joined(pieces)) {
    writeAt(fd, piece, place);
    place += piece.length;
    sinceBreath += piece.length;
    if (sinceBreath < breath) continue;
    sinceBreath = 0;
    await new Promise(setImmediate);
  }
}

// In one go, without a pause in which a signal could be handled: a signal finds either all or none in place.
function putInPlace(steps: readonly Step[]): void {
  let done = 0;
  try {
    for (const { write, temp, backup } of steps) {
      if (backup !== null) keep(write.path, backup);
      renameSync(temp, write.path);
      done++;
    }
  } catch (error) {
    for (const step of steps.slice(0, done).reverse()) takeBack(step);
    throw writeFailed(steps[done]?.write.path ?? '', error);
  }
}

// Some file systems have no hard links, and some files may not be linked to. Then this file cannot be taken back; the others can.
function keep(path: string, backup: string): void {
  try {
    linkSync(path, backup);
  } catch (error) {
    if (['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'].includes(systemCode(error))) throw error;
  }
}

function takeBack({ write, backup }: Step): void {
  try {
    if (backup === null) unlinkSync(write.path);
    else renameSync(backup, write.path);
  } catch {
    // The new bytes stay: complete, and proven by whoever made them.
  }
}

function backups(steps: readonly Step[]): string[] {
  return steps.flatMap(({ backup }) => backup ?? []);
}

/** Whether none of these files is left. */
function removeAll(names: readonly string[]): boolean {
  return names.filter((name) => !removeQuietly(name)).length === 0;
}

function gone(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    unlink(name, (error) => resolve(error === null || meansAbsent(error)));
  });
}

/** Others who have something to write do not wait until all have gone. */
const goingAtOnce = 4;

/** As {@link removeAll}: the last name of a file that was on disk takes a while to go. */
async function removeInParallel(names: readonly string[]): Promise<boolean> {
  let all = true;
  await inParallel(names, goingAtOnce, async (name) => {
    all = (await gone(name)) && all;
  });
  return all;
}

function removeQuietly(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    return meansAbsent(error);
  }
}

function dropFolders(made: ReadonlySet<string>): void {
  for (const folder of [...made].reverse()) {
    try {
      rmdirSync(folder);
    } catch {
      // Somebody else has put something there.
    }
  }
}

/** A rename is durable when its folder is synced; so is a new folder when its parent is. */
async function syncFolders(steps: readonly Step[], made: ReadonlySet<string>): Promise<void> {
  const folders = new Set([
    ...steps.map((step) => dirname(step.write.path)),
    ...[...made].map((folder) => dirname(folder)),
  ]);
  await inParallel([...folders], atOnce, syncFolder);
}

// Windows cannot open a folder, some file systems cannot sync one, and one may be writable without being readable.
async function syncFolder(folder: string): Promise<void> {
  try {
    const fd = openSync(folder, O_RDONLY);
    await sync(fd).finally(() => closeSync(fd));
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'EBADF'].includes(systemCode(error)))
      throw writeFailed(folder, error, 'sync');
  }
}

/** Makes what was just done in a folder durable. */
export function syncFolderNow(folder: string): void {
  try {
    const fd = openSync(folder, O_RDONLY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // As above; and what is not durable yet is merely done again after a crash.
  }
}
