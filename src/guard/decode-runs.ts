/** base64 (both alphabets, wrapped or not) and hexadecimal (either case): runs of digits, decoded from each digit a byte could begin at. */
import type { Decoder } from './decoders.js';
import { windowBytes } from './fingerprint.js';
import { scratch } from './scratch.js';

const noDigit = 255;
/** Only lines at least this long are taken as wrapped base64 that goes on in the next line: encoders wrap at 64 or 76. */
const wrappedLine = 56;
const newline = 10;

function digitTable(alphabets: readonly string[]): Uint8Array {
  const table = new Uint8Array(256).fill(noDigit);
  for (const digits of alphabets) for (let i = 0; i < digits.length; i++) table[digits.charCodeAt(i)] = i;
  return table;
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const sixBits = digitTable([`${letters}+/`, `${letters}-_`]);
const fourBits = digitTable(['0123456789abcdef', '0123456789ABCDEF']);

const isText = (byte: number) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13;
const asciiText = Uint8Array.from({ length: 256 }, (_, byte) => (isText(byte) ? 1 : 0));
const anyText = Uint8Array.from({ length: 256 }, (_, byte) => (isText(byte) || byte >= 0x80 ? 1 : 0));

interface Run {
  /** Digit values, wrapped lines joined. */
  readonly digits: Uint8Array;
  count: number;
  start: number;
  end: number;
}

/** The first digit of a run of at least `minimum` digits at or after `from`; `length` when there is none. Looks at few bytes where runs are rare. */
function findRun(source: Uint8Array, from: number, minimum: number, table: Uint8Array): number {
  const { length } = source;
  let start = from;
  for (let probe = start + minimum - 1; probe < length; probe = start + minimum - 1) {
    while (probe >= start && table[source[probe] as number] !== noDigit) probe--;
    if (probe < start) return start;
    start = probe + 1;
  }
  return length;
}

/** Where the next line's digits begin when a line of `width` digits ends at `at`; -1 when this is no wrapped text. */
function continuation(source: Uint8Array, at: number, width: number, table: Uint8Array): number {
  const { length } = source;
  let next = source[at] === 13 ? at + 1 : at;
  if (width < wrappedLine || source[next] !== newline) return -1;
  next++;
  while (next < length && (source[next] === 0x20 || source[next] === 9)) next++;
  return next < length && table[source[next] ?? 0] !== noDigit ? next : -1;
}

/** Reads the digits of the run that begins at `start`. */
function readRun(run: Run, source: Uint8Array, start: number, table: Uint8Array): void {
  const { length } = source;
  run.start = start;
  run.count = 0;
  for (let at = start, lineStart = start; at >= 0; lineStart = at) {
    let digit = at < length ? (table[source[at] as number] as number) : noDigit;
    while (digit !== noDigit) {
      run.digits[run.count++] = digit;
      digit = ++at < length ? (table[source[at] as number] as number) : noDigit;
    }
    run.end = at;
    at = continuation(source, at, at - lineStart, table);
  }
}

/** Where digit `index` of a run stands. */
function placeOf(run: Run, source: Uint8Array, table: Uint8Array, index: number): number {
  let seen = 0;
  for (let at = run.start; at < run.end; at++) {
    if (table[source[at] ?? 0] !== noDigit && seen++ === index) return at;
  }
  return run.end;
}

/** What a digit may be in a group of four that decodes to printable ASCII: first 1, second 2, third 4, fourth 8. */
const rolesInText = Uint8Array.from(sixBits, (digit) => {
  if (digit === noDigit) return 0;
  const first = digit >= 8 && digit < 32 ? 1 : 0;
  const second = (digit & 8) === 0 && (digit & 6) !== 0 ? 2 : 0;
  return first | second | ((digit & 2) === 0 ? 4 : 0) | 8;
});
/** The same for each of the four phases that a digit's place may have, so that a digit that fits a phase sets that phase's bit. */
const phaseBits = Uint8Array.from({ length: 1024 }, (_, i) => {
  const roles = (rolesInText[i & 255] ?? 0) * 17;
  return (roles >> (i >> 8)) & 15;
});

/**
 * Reads over the digits at `start`, and tells whether eight in a row could be text in some phase: that much, whichever way they lie,
 * six printable ASCII bytes need. Names in source code, which look like base64 otherwise, seldom pass.
 */
function passDigits(run: Run, source: Uint8Array, start: number): boolean {
  let fits = 0;
  let at = start;
  let hopeful = false;
  for (; at < source.length; at++) {
    const byte = source[at] as number;
    if ((rolesInText[byte] as number) === 0) break;
    // The last eight digits' phases, four bits each; a phase in which all eight fit survives.
    fits = (fits << 4) | (phaseBits[((at & 3) << 8) | byte] as number);
    const pairs = fits & (fits >>> 16) & 0xffff;
    const quads = pairs & (pairs >>> 8);
    if ((quads & (quads >>> 4) & 15) !== 0) hopeful = true;
  }
  run.end = at;
  return hopeful;
}

interface Output {
  readonly bytes: Uint8Array;
  length: number;
}

/**
 * Decodes a run from digit `phase` on. Only stretches of text long enough to hold a value are kept, each between the bytes that stood
 * around it; almost all of what merely looks like base64 decodes to none. Returns the digit that output byte `stop` came from, or -1.
 */
function decodePhase(run: Run, bits: number, phase: number, out: Output, text: Uint8Array, stop: number): number {
  const { bytes } = out;
  const { digits, count } = run;
  bytes[out.length] = newline;
  let stretch = out.length + 1;
  let at = stretch;
  let first = phase;
  let buffer = 0;
  let held = 0;
  for (let i = phase; i <= count; i++) {
    buffer = (buffer << bits) | (i < count ? (digits[i] as number) : 0);
    held += bits;
    if (held < 8 && i < count) continue;
    held -= 8;
    const byte = i < count ? (buffer >> held) & 0xff : newline;
    if (i < count && text[byte] === 1) {
      if (at === stretch) first = i;
      bytes[at++] = byte;
    } else if (at - stretch < windowBytes) {
      bytes[stretch - 1] = byte;
      at = stretch;
    } else {
      if (stop >= stretch && stop <= at) return first + Math.floor(((stop - stretch) * 8) / bits) - 1;
      bytes[at++] = byte;
      out.length = at;
      stretch = at;
    }
  }
  return -1;
}

function runDecoder(name: string, table: Uint8Array, bits: 4 | 6): Decoder {
  const phases = bits === 6 ? 4 : 2;
  const decode: Decoder['decode'] = (source, bytes, sought, stop = Number.POSITIVE_INFINITY) => {
    const run: Run = { digits: scratch('digits', source.length), count: 0, start: 0, end: 0 };
    const out: Output = { bytes, length: 0 };
    const text = sought.ascii ? asciiText : anyText;
    const minimum = Math.ceil(((sought.shortest ?? windowBytes) * 8) / bits);
    const next = (from: number) => findRun(source, from, minimum, table);
    for (let at = next(0); at < source.length; at = next(run.end)) {
      if (bits === 6 && sought.anchored && !passDigits(run, source, at)) continue;
      readRun(run, source, at, table);
      for (let phase = 0; phase < phases; phase++) {
        const digit = decodePhase(run, bits, phase, out, text, stop);
        if (digit >= 0) return placeOf(run, source, table, digit);
      }
    }
    return out.length;
  };
  return { name, growth: phases, decode };
}

export const base64 = runDecoder('base64', sixBits, 6);
export const hex = runDecoder('hex', fourBits, 4);
