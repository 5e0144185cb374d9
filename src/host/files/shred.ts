/** Removing plaintext: overwritten once, synced, truncated, removed. What journals, snapshots and flash storage keep is beyond reach. */
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { hardLinked, notAFile, writeFailed } from '../errors.js';
import { meansAbsent, systemCode } from '../system.js';
import { kindOf } from './read.js';
import { syncFolderNow } from './replace.js';

const { O_WRONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const pieceSize = 1024 * 1024;

/** See {@link Files.shred}. Nothing happens when the file is absent. Throws ERR_BLACKBOX_HARD_LINKED for a file that has further names. */
export function shred(path: string): void {
  try {
    const stats = lstatSync(path);
    if (!stats.isFile()) throw notAFile(path, kindOf(stats));
    if (stats.nlink > 1) throw hardLinked(path, stats.nlink);
    overwrite(path);
    unlinkSync(path);
    syncFolderNow(dirname(path));
  } catch (error) {
    if (!meansAbsent(error)) throw writeFailed(path, error, 'shred');
  }
}

function openForWriting(path: string): number {
  const flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK;
  try {
    return openSync(path, flags);
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error;
    // A file of our own that is read-only. If it is not our own, this fails as well.
    chmodSync(path, 0o600);
    return openSync(path, flags);
  }
}

function overwrite(path: string): void {
  const fd = openForWriting(path);
  try {
    const { size } = fstatSync(fd);
    const noise = Buffer.allocUnsafe(Math.min(size, pieceSize));
    for (let at = 0; at < size; ) {
      process.getBuiltinModule('node:crypto').randomFillSync(noise);
      at += writeSync(fd, noise, 0, Math.min(noise.length, size - at), at);
    }
    fsyncSync(fd);
    ftruncateSync(fd, 0);
  } finally {
    closeSync(fd);
  }
}

/** Shreds all that is in a folder of ours, and the folder. Goes on when one file fails, and throws the first failure at the end. */
export function shredFolder(folder: string): void {
  const failures: unknown[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    try {
      if (entry.isDirectory()) shredFolder(path);
      else shredEntry(path, entry.isFile());
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  rmdirSync(folder);
}

function shredEntry(path: string, isFile: boolean): void {
  try {
    if (isFile) overwrite(path);
  } finally {
    unlinkSync(path);
  }
}
