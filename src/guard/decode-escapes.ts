/** Percent-encoding, backslash escapes and character entities, in whole or in part: decoded around each escape, as far as a value may reach. */
import type { Decoder } from './decoders.js';

const newline = 10;
/** What lies between two escapes of a value may itself be base64, hexadecimal or UTF-16: at most this many bytes for one. */
const widest = 3;

/** One escape: the bytes it takes and the character it stands for; null when what stands there is no escape. */
type Escape = (
  source: Uint8Array,
  at: number,
  end: number,
) => { readonly size: number; readonly code: number; readonly byte?: true } | null;

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** `count` hexadecimal digits as a number; -1 when they are not all there. */
function hexNumber(source: Uint8Array, at: number, count: number, end: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) {
    const digit = at + i < end ? hexValue(source[at + i]) : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// RFC 3986, 2.1: the escapes are bytes, not characters.
const percentEscape: Escape = (source, at, end) => {
  const code = hexNumber(source, at + 1, 2, end);
  return code < 0 ? null : { size: 3, code, byte: true };
};

/** `\uXXXX`, as a surrogate pair when a second half follows. */
function unicodeEscape(source: Uint8Array, at: number, end: number): ReturnType<Escape> {
  const high = hexNumber(source, at + 2, 4, end);
  if (high < 0) return null;
  const paired = high >= 0xd800 && high < 0xdc00 && source[at + 6] === 0x5c && source[at + 7] === 0x75;
  const low = paired ? hexNumber(source, at + 8, 4, end) : -1;
  if (low < 0xdc00 || low > 0xdfff) return { size: 6, code: high };
  return { size: 12, code: 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00) };
}

const controls = new Map(
  Object.entries({ n: 10, r: 13, t: 9, b: 8, f: 12 }).map(([letter, code]) => [letter.charCodeAt(0), code]),
);

// RFC 8259, 7, and what programming languages and shells add: `\xHH`, and a backslash before any punctuation.
const backslashEscape: Escape = (source, at, end) => {
  const next = at + 1 < end ? (source[at + 1] ?? 0) : 0;
  if (next === 0x75) return unicodeEscape(source, at, end);
  if (next === 0x78) {
    const code = hexNumber(source, at + 2, 2, end);
    return code < 0 ? null : { size: 4, code };
  }
  const control = controls.get(next);
  if (control !== undefined) return { size: 2, code: control };
  const letterOrDigit = (next >= 0x30 && next <= 0x39) || ((next | 0x20) >= 0x61 && (next | 0x20) <= 0x7a);
  return next < 0x20 || next > 0x7e || letterOrDigit ? null : { size: 2, code: next };
};

const named: readonly (readonly [string, number])[] = [
  ['&amp;', 0x26],
  ['&lt;', 0x3c],
  ['&gt;', 0x3e],
  ['&quot;', 0x22],
  ['&apos;', 0x27],
];
/** `&#x10FFFF;` is the longest there is; zeros in front of it are nobody's encoding. */
const longestEntity = 12;

const entityStarts = Buffer.from('#algq');

// XML 1.0, 4.1 and 4.6.
const entityEscape: Escape = (source, at, end) => {
  if (!entityStarts.includes(source[at + 1] ?? 0)) return null;
  const text = String.fromCharCode(...source.subarray(at, Math.min(end, at + longestEntity)));
  for (const [name, code] of named) if (text.startsWith(name)) return { size: name.length, code };
  const number = /^&#(?:(\d{1,7})|[xX]([0-9a-fA-F]{1,6}));/.exec(text);
  if (number === null) return null;
  return {
    size: number[0].length,
    code: number[1] === undefined ? Number.parseInt(number[2] ?? '', 16) : Number(number[1]),
  };
};

/** Writes a character as UTF-8 (RFC 3629, 3); returns the new end. */
export function writeUtf8(out: Uint8Array, at: number, code: number): number {
  let end = at;
  if (code < 0x80) out[end++] = code;
  else {
    const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    out[end++] = ((0xff00 >> (more + 1)) & 0xff) | (code >> (6 * more));
    for (let i = more - 1; i >= 0; i--) out[end++] = 0x80 | ((code >> (6 * i)) & 0x3f);
  }
  return end;
}

function escapeDecoder(name: string, marker: number, escapeAt: Escape): Decoder {
  /** The first escape at or after `from`; -1 when there is none. A marker alone, as in `a && b`, is none. */
  function nextEscape(source: Uint8Array, from: number): number {
    let at = source.indexOf(marker, from);
    while (at >= 0 && escapeAt(source, at, source.length) === null) at = source.indexOf(marker, at + 1);
    return at;
  }

  const decode: Decoder['decode'] = (source, out, sought, stop = Number.POSITIVE_INFINITY) => {
    const longest = sought.longest * widest;
    let written = 0;
    for (let mark = nextEscape(source, 0), at = 0; mark >= 0; ) {
      // Between two escapes of one value lies no more than the value itself: so far around each it makes sense to look.
      at = Math.max(at, mark - longest);
      for (let end = mark + longest; at < Math.min(end, source.length); ) {
        const found = source[at] === marker ? escapeAt(source, at, source.length) : null;
        if (found !== null) end = at + found.size + longest;
        const before = written;
        if (found === null) out[written++] = source[at] as number;
        else if (found.byte === true) out[written++] = found.code;
        else written = writeUtf8(out, written, Math.min(found.code, 0x10ffff));
        if (stop >= before && stop < written) return at;
        at += found?.size ?? 1;
      }
      if (stop === written) return at;
      out[written++] = newline;
      mark = nextEscape(source, at);
    }
    return written;
  };
  return { name, growth: 2, decode };
}

export const percent = escapeDecoder('percent-encoded', 0x25, percentEscape);
export const escapes = escapeDecoder('escaped', 0x5c, backslashEscape);
export const entities = escapeDecoder('as character entities', 0x26, entityEscape);
