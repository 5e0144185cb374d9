/** UTF-16 of either byte order, whole files as well as strings in binaries. */
import { writeUtf8 } from './decode-escapes.js';
import type { Decoder } from './decoders.js';
import { windowBytes } from './fingerprint.js';

const newline = 10;
/** Without a byte order mark only characters below this are taken as UTF-16: two random bytes seldom are one. It covers Latin, Greek, Cyrillic, Hebrew, Arabic. */
const likely = 0x7ff;

/** Where a run of UTF-16 characters from `at` ends. */
function endOfRun(source: Uint8Array, at: number, length: number, little: 0 | 1, highest: number): number {
  let end = at;
  for (; end + 1 < length; end += 2) {
    const unit = little
      ? (source[end] as number) | ((source[end + 1] as number) << 8)
      : ((source[end] as number) << 8) | (source[end + 1] as number);
    if (unit < 9 || unit > highest) break;
  }
  return end;
}

function codeAt(source: Uint8Array, at: number, end: number, little: 0 | 1): number {
  const unit = (i: number) => ((source[i + little] ?? 0) << 8) | (source[i + 1 - little] ?? 0);
  const high = unit(at);
  if (high < 0xd800 || high > 0xdbff || at + 3 >= end) return high;
  const low = unit(at + 2);
  return low < 0xdc00 || low > 0xdfff ? high : 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

interface Output {
  readonly bytes: Uint8Array;
  length: number;
}

/** Writes a run as UTF-8. Returns the place output byte `stop` came from, or -1. */
function writeRun(source: Uint8Array, from: number, end: number, little: 0 | 1, out: Output, stop: number): number {
  for (let at = from; at < end; ) {
    const code = codeAt(source, at, end, little);
    out.length = writeUtf8(out.bytes, out.length, code);
    if (stop < out.length) return at;
    at += code > 0xffff ? 4 : 2;
  }
  if (stop === out.length) return end;
  out.bytes[out.length++] = newline;
  return -1;
}

const decode: Decoder['decode'] = (source, bytes, _sought, stop = Number.POSITIVE_INFINITY) => {
  const marked = (source[0] === 0xff && source[1] === 0xfe) || (source[0] === 0xfe && source[1] === 0xff);
  const { length } = source;
  const out: Output = { bytes, length: 0 };
  if (!marked && source.indexOf(0) < 0) return 0;
  for (const little of [1, 0] as const) {
    for (let at = 0; at + 1 < length; ) {
      const end = endOfRun(source, at, length, little, marked ? 0xffff : likely);
      if (end - at < 2 * windowBytes) {
        at = end > at ? end - 1 : at + 1;
        continue;
      }
      const place = writeRun(source, at, end, little, out, stop);
      if (place >= 0) return place;
      at = end;
    }
  }
  return out.length;
};

export const utf16: Decoder = { name: 'UTF-16', growth: 4, decode };
