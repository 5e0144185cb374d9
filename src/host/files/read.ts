/** Reading regular files: never through a symlink, never a device, never more than asked for. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, type Stats } from 'node:fs';
import { notAFile, readFailed, tooLarge } from '../errors.js';
import { meansAbsent, systemCode } from '../system.js';
import type { FileStat } from '../types.js';

/** Files of secrets are small; what is larger is read in pieces, by those who expect it. */
const defaultLimit = 64 * 1024 * 1024;
const pieceSize = 1024 * 1024;

// A named pipe would block `open` for ever without O_NONBLOCK. Windows has neither flag.
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

export function kindOf(stats: Stats): FileStat['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

export function stat(path: string): FileStat | null {
  try {
    // Absence is common and not to be thrown about: an error costs ten times as much as the question.
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return null;
    return { kind: kindOf(stats), size: stats.size, mode: stats.mode & 0o7777, mtimeMs: stats.mtimeMs };
  } catch (error) {
    if (meansAbsent(error)) return null;
    throw readFailed(path, error);
  }
}

export function stamp(path: string): { text: string; changed: number } | null {
  try {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return null;
    const { dev, ino, mode, size, mtimeNs, ctimeNs } = stats;
    return { text: `${dev} ${ino} ${mode} ${size} ${mtimeNs} ${ctimeNs}`, changed: Number(ctimeNs / 1_000_000n) };
  } catch (error) {
    if (meansAbsent(error)) return null;
    throw readFailed(path, error);
  }
}

export function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw readFailed(folder, error);
  }
}

function open(path: string): number | null {
  try {
    if (O_NOFOLLOW === 0 && lstatSync(path).isSymbolicLink()) throw notAFile(path, 'symlink');
    return openSync(path, flags);
  } catch (error) {
    if (meansAbsent(error)) return null;
    // ELOOP is what O_NOFOLLOW says of a symlink (FreeBSD: EMLINK), ENXIO what open says of a socket.
    if (['ELOOP', 'EMLINK'].includes(systemCode(error))) throw notAFile(path, 'symlink');
    if (systemCode(error) === 'ENXIO') throw notAFile(path, 'other');
    throw readFailed(path, error);
  }
}

function withFile<T>(path: string, use: (fd: number, size: number) => T): T | null {
  const fd = open(path);
  if (fd === null) return null;
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw notAFile(path, kindOf(stats));
    return use(fd, stats.size);
  } catch (error) {
    throw readFailed(path, error);
  } finally {
    closeSync(fd);
  }
}

function fill(fd: number, buffer: Buffer): Buffer {
  let filled = 0;
  while (filled < buffer.length) {
    const got = readSync(fd, buffer, filled, buffer.length - filled, null);
    if (got === 0) break;
    filled += got;
  }
  return buffer.subarray(0, filled);
}

// A file may grow while it is read, and some (in /proc) say that they are empty: what counts is what arrives.
function readAll(fd: number, size: number, limit: number, path: string): Buffer {
  const first = fill(fd, Buffer.allocUnsafeSlow(Math.min(size, limit) + 1));
  const pieces = [first];
  let total = first.length;
  while (total <= limit) {
    if (total <= size) return pieces.length === 1 ? first : Buffer.concat(pieces);
    const next = fill(fd, Buffer.allocUnsafe(Math.min(pieceSize, limit + 1 - total)));
    if (next.length === 0) return Buffer.concat(pieces);
    pieces.push(next);
    total += next.length;
  }
  throw tooLarge(path, limit);
}

export function read(path: string, limit = defaultLimit): Buffer | null {
  return withFile(path, (fd, size) => {
    if (size > limit) throw tooLarge(path, limit);
    return readAll(fd, size, limit, path);
  });
}

export function readHead(path: string, bytes: number): Buffer | null {
  // Most files are smaller than what is asked for, and only what there is should stay in memory.
  return withFile(path, (fd, size) => fill(fd, Buffer.allocUnsafe(Math.min(bytes, size + 1))));
}

export function* readPieces(path: string): Generator<Uint8Array> {
  const fd = open(path);
  if (fd === null) throw readFailed(path, Object.assign(new Error('absent'), { code: 'ENOENT' }));
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw notAFile(path, kindOf(stats));
    yield* pieces(fd, stats.size);
  } catch (error) {
    throw readFailed(path, error);
  } finally {
    closeSync(fd);
  }
}

/** Most files are small: a whole piece's memory for each of a thousand costs more than all the reading. */
function* pieces(fd: number, expected: number): Generator<Buffer> {
  for (let size = Math.min(pieceSize, expected + 1); ; size = pieceSize) {
    const piece = fill(fd, Buffer.allocUnsafeSlow(size));
    if (piece.length > 0) yield piece;
    if (piece.length < size) return;
  }
}
