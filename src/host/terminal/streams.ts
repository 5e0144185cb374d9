/** The three standard descriptors, written and read at once: nothing is lost when the program ends, and nothing of node's streams is loaded. */
import { fstatSync, readSync, writeSync } from 'node:fs';
import { noInput, tooMuchInput } from '../errors.js';
import { systemCode } from '../system.js';

/** What is piped in is held in memory as a whole. */
const inputLimit = 1024 * 1024 * 1024;
const pieceSize = 64 * 1024;

/** Whether a descriptor is a terminal. Asking node:tty costs 5 ms, so what is no character device is not asked about. */
export function isTerminal(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(fd);
  } catch {
    return false;
  }
}

/** Writes all of it. False when nobody reads any more (`| head`): that is not a failure, there is just no more to say. */
export function writeAll(fd: number, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (['EPIPE', 'EBADF', 'EIO'].includes(systemCode(error))) return false;
      if (systemCode(error) !== 'EAGAIN') throw error;
      pause();
    }
  }
  return true;
}

/** Everything from a descriptor, until its end. */
export function readToEnd(fd: number, limit = inputLimit): Buffer {
  if (isTerminal(fd)) throw noInput();
  const pieces: Buffer[] = [];
  let total = 0;
  for (let piece = readPiece(fd); piece.length > 0; piece = readPiece(fd)) {
    total += piece.length;
    if (total > limit) throw tooMuchInput(limit);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, total);
}

function readPiece(fd: number): Buffer {
  const buffer = Buffer.allocUnsafeSlow(pieceSize);
  for (;;) {
    try {
      return buffer.subarray(0, readSync(fd, buffer, 0, pieceSize, null));
    } catch (error) {
      const code = systemCode(error);
      if (code === 'EOF') return buffer.subarray(0, 0);
      if (code === 'EBADF' || code === 'EISDIR') throw noInput();
      if (code !== 'EAGAIN') throw error;
      pause();
    }
  }
}

// The other end is slower than we are, and has made the descriptor non-blocking.
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}
