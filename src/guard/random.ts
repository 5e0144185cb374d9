/** Strings that a generator made, whatever they are called: literals, and values in configuration. */
import { configuration, lineAround, looksGenerated } from './generic.js';
import { isPlaceholder } from './placeholders.js';
import type { Place } from './rules/rule.js';
import { isHex, isUuid, mixture, wordiness } from './wording.js';

/** Shorter ones are ids and class names far more often than secrets; longer ones are data. */
const shortest = 24;
const longest = 100;

const inToken = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9+/_-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Data in base64: zero bytes anywhere, or how images, fonts, archives, certificates and keys in DER, WebAssembly and JSON begin. */
const dataInBase64 =
  /AAA|^(?:iVBOR|\/9j\/|R0lGOD|UklGR|d09G|AAEAAA|AAAA|AGFzbQ|MI[A-Za-z]{2}|M[C-H][A-Za-z0-9]|eyJ|H4sI|UEsD|JVBER|PHN2Z|PD94|77u\/|Qk[0-9])/;
/** Digests and ids name themselves, in the string or in its line. */
const named = /^(?:sha\d{1,3}|md5|h1|blake\d)[-:]|^[A-Z][a-z]+[A-Z]\w*_[a-z]/;
const tellingLine =
  /integrity|sha-?\d|md5|hash|digest|checksum|fingerprint|signature|etag|uuid|guid|\bid\b|[a-z]Id\b|_id\b|pub|cert|commit|\brev\b|revision|version|nonce|cursor|alphabet|charset|characters|dictionary|base64|encod|decod|regex|pattern|sourcemap|mappings|class(?:name)?\b|icon|svg|font|image|chunk|module|import|require|href|src\b|url|test|expect|assert|example/i;

function isData(text: string): boolean {
  // Many zeros: numbers of few bits, in base64.
  if (text.split('A').length > Math.max(4, text.length / 12)) return true;
  // No character twice: an alphabet.
  if (dataInBase64.test(text) || named.test(text) || new Set(text).size === text.length) return true;
  const inner = Buffer.from(text, 'base64').toString('latin1');
  return /^[\x09\x0a\x0d\x20-\x7e]+$/.test(inner);
}

/** Letters of both cases and digits, changing often, in no pairs that words have. */
export function isRandomString(text: string): boolean {
  const { kinds, changes, digits } = mixture(text);
  if (kinds < 3 || digits < 2 || changes * 3 < text.length || isHex(text) || isUuid(text)) return false;
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text) || /[/+_-].*[/+_-].*[/+_-].*[/+_-].*[/+_-]/.test(text)) return false;
  return looksGenerated(text) && wordiness(text) < -0.3 && !isPlaceholder(text) && !isData(text);
}

/** A random text of 16 letters and digits has 95 bits, one of 20 hexadecimal digits 80. */
const unguessable = { text: 16, hex: 20 };

/**
 * Whether somebody who can test as many guesses as they like finds a value: not if a generator has made it, or a part of it. In doubt it is
 * guessable, as are passwords that people make of words and years.
 */
export function isUnguessable(value: string): boolean {
  const isGenerated = (part: string) =>
    isHex(part)
      ? part.length >= unguessable.hex && looksGenerated(part)
      : part.length >= unguessable.text && looksGenerated(part) && wordiness(part) < -0.3;
  return [value, ...value.split(/[^A-Za-z0-9+/]+/)].some(isGenerated);
}

/** Where the next run of at least `shortest` token characters begins; -1 when there is none. Looks at few bytes where runs are rare. */
function nextRun(bytes: Uint8Array, from: number): number {
  let start = from;
  for (let probe = start + shortest - 1; probe < bytes.length; probe = start + shortest - 1) {
    while (probe >= start && inToken[bytes[probe] as number] === 1) probe--;
    if (probe < start) return start;
    start = probe + 1;
  }
  return -1;
}

const quotes = new Set(Buffer.from('"\'`'));
const equals = 0x3d;

/** Whether a run is the whole of a literal, or of a value in configuration. */
function isWhole(bytes: Uint8Array, start: number, end: number, inConfiguration: boolean): boolean {
  const before = bytes[start - 1];
  const after = bytes[end];
  if (before !== undefined && quotes.has(before)) return before === after;
  return (
    inConfiguration &&
    (before === equals || (before === 0x20 && bytes[start - 2] === 0x3a)) &&
    (after === undefined || after === 10 || after === 13)
  );
}

/** Random-looking strings in `bytes`, at most `limit`; `lineOf` gives the text around an offset. */
export function randomStrings(bytes: Uint8Array, path: string, limit: number): Place[] {
  const found: Place[] = [];
  const inConfiguration = configuration.test(path);
  for (let start = nextRun(bytes, 0); start >= 0 && found.length < limit; ) {
    let end = start;
    while (end < bytes.length && inToken[bytes[end] as number] === 1) end++;
    const next = end;
    while (bytes[end] === equals) end++;
    if (end - start <= longest && isWhole(bytes, start, end, inConfiguration) && isSecretAt(bytes, start, end))
      found.push({ start, end });
    start = nextRun(bytes, next);
  }
  return found;
}

function isSecretAt(bytes: Uint8Array, start: number, end: number): boolean {
  const from = Math.max(0, start - 300);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.min(bytes.length, end + 300) - from).toString(
    'latin1',
  );
  if (!isRandomString(text.slice(start - from, end - from).replace(/=+$/, ''))) return false;
  const line = lineAround(text, start - from);
  return !tellingLine.test(line.replace(text.slice(start - from, end - from), ''));
}
