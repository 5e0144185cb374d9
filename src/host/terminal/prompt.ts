/**
 * Questions on the terminal itself, whatever stdin and stdout are connected to. Synchronous: the rest of the program waits anyway.
 * The terminal is in raw mode while we ask, so that Ctrl-C reaches us as a character and no path leaves it without echo.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { ReadStream } from 'node:tty';
import { atEnd } from '../cleanup.js';
import { cancelled, noTerminal } from '../errors.js';
import { systemCode } from '../system.js';
import { writeAll } from './streams.js';

/** A passphrase, or a pasted private key of one line. */
const answerLimit = 16 * 1024;

interface Tty {
  /** Blocking, for reading and writing. */
  readonly fd: number;
  /** node's view of the same terminal, which can set its mode, and the descriptor that was given for it: it does not block any more. */
  readonly stream: ReadStream;
  readonly streamFd: number;
}

/** Asks, and answers with the line typed. `echo` shows it. Throws ERR_BLACKBOX_NO_TERMINAL, ERR_BLACKBOX_CANCELLED. */
export function ask(prompt: string, echo: boolean): string {
  const tty = openTty(prompt);
  tty.stream.setRawMode(true);
  const disarm = atEnd(() => tty.stream.setRawMode(false));
  try {
    writeAll(tty.fd, Buffer.from(prompt));
    return readLine(tty, echo);
  } finally {
    writeAll(tty.fd, Buffer.from('\r\n'));
    drain(tty);
    tty.stream.setRawMode(false);
    disarm();
    close(tty);
  }
}

// node reads the terminal through a copy of the descriptor, where it can make one; then both are to be closed.
function close(tty: Tty): void {
  tty.stream.destroy();
  for (const fd of [tty.streamFd, tty.fd]) {
    try {
      closeSync(fd);
    } catch {
      // Closed with the stream.
    }
  }
}

function openTty(prompt: string): Tty {
  const name = process.platform === 'win32' ? '\\\\.\\CON' : '/dev/tty';
  try {
    const { ReadStream } = process.getBuiltinModule('node:tty');
    // Two descriptors: node makes the one that it is given non-blocking.
    const streamFd = openSync(name, 'r+');
    return { fd: openSync(name, 'r+'), stream: new ReadStream(streamFd), streamFd };
  } catch {
    throw noTerminal(prompt.replace(/[:?]?\s*$/, ''));
  }
}

function readLine(tty: Tty, echo: boolean): string {
  const line = Buffer.alloc(answerLimit);
  const editor = lineEditor(line, (text) => echo && writeAll(tty.fd, text));
  const piece = Buffer.alloc(1024);
  try {
    for (;;) {
      const got = read(tty.fd, piece);
      if (got === 0) throw cancelled('the question');
      for (const byte of piece.subarray(0, got)) {
        if (editor.type(byte) === 'done') return line.toString('utf8', 0, editor.length());
      }
    }
  } finally {
    line.fill(0);
    piece.fill(0);
  }
}

// The terminal may go away while we wait (EIO): then nobody answers.
function read(fd: number, piece: Buffer): number {
  try {
    return readSync(fd, piece, 0, piece.length, null);
  } catch (error) {
    if (systemCode(error) === 'EIO') return 0;
    throw error;
  }
}

const [ctrlC, ctrlD, backspace, lineFeed, carriageReturn, ctrlU, ctrlW, esc, del] = [3, 4, 8, 10, 13, 21, 23, 27, 127];

export interface LineEditor {
  /** Takes the next byte from the terminal; 'done' when the line is complete. Throws ERR_BLACKBOX_CANCELLED. */
  type(byte: number): 'more' | 'done';
  length(): number;
}

/** A line being typed into `line`, as UTF-8: backspace, Ctrl-U (and Ctrl-W), Enter, Ctrl-C, Ctrl-D; cursor keys and the like are dropped. */
export function lineEditor(line: Buffer, show: (text: Buffer) => void): LineEditor {
  let length = 0;
  let sequence: 'none' | 'escape' | 'parameters' = 'none';
  const erase = () => {
    if (length === 0) return;
    do length--;
    while (length > 0 && isContinuation(line[length] ?? 0));
    show(Buffer.from('\b \b'));
  };
  const control = (byte: number): 'more' | 'done' => {
    if (byte === ctrlC || (byte === ctrlD && length === 0)) throw cancelled('the question');
    if (byte === lineFeed || byte === carriageReturn || byte === ctrlD) return 'done';
    if (byte === backspace || byte === del) erase();
    if (byte === ctrlU || byte === ctrlW) while (length > 0) erase();
    if (byte === esc) sequence = 'escape';
    return 'more';
  };
  const type = (byte: number): 'more' | 'done' => {
    if (sequence !== 'none' && byte !== ctrlC) {
      sequence = afterEscape(sequence, byte);
      return 'more';
    }
    if (byte < 32 || byte === del) return control(byte);
    if (length < line.length) line[length++] = byte;
    show(Buffer.of(byte));
    return 'more';
  };
  return { type, length: () => length };
}

// ECMA-48: ESC [ (or O), parameters, and one final byte from `@` to `~`.
function afterEscape(sequence: 'escape' | 'parameters', byte: number): 'none' | 'parameters' {
  const begins = sequence === 'escape' && (byte === 0x5b || byte === 0x4f);
  return begins || (sequence === 'parameters' && (byte < 0x40 || byte > 0x7e)) ? 'parameters' : 'none';
}

// RFC 3629: bytes of a character after its first.
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** A paste comes in pieces, and a busy terminal takes a while for the next: so many pauses without any are its end. */
const [pause, quietPauses] = [10, 3];
/** Whatever types on for ever is no paste. */
const longestDrain = 1000;

// The rest of a paste of several lines would otherwise be typed into the shell, and into its history.
function drain(tty: Tty): void {
  const piece = Buffer.alloc(1024);
  const end = Date.now() + longestDrain;
  for (let quiet = 0; quiet < quietPauses && Date.now() < end; ) {
    const got = readWaiting(tty.streamFd, piece);
    if (got === 0) break;
    quiet = got === null ? quiet + 1 : 0;
    if (got === null) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
  }
  piece.fill(0);
}

/** How many bytes were there; null for none yet, 0 when there will be no more. */
function readWaiting(fd: number, piece: Buffer): number | null {
  try {
    return readSync(fd, piece, 0, piece.length, null);
  } catch (error) {
    return systemCode(error) === 'EAGAIN' ? null : 0;
  }
}
