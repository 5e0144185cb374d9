/** Whole plaintexts under another name: copies, renames, re-indented or with other line ends. */
import { type Keys, macOf, sameMac } from './fingerprint.js';
import type { KnownFile } from './store.js';

/** Less than this is an empty file or a `{}`, and no secret. */
const leastStripped = 16;
/** A file this many times as large as a plaintext without its white space is not just that plaintext, spaced out. */
const mostSpacing = 8;

const isSpace = Uint8Array.from({ length: 256 }, (_, byte) => (byte === 0x20 || (byte >= 9 && byte <= 13) ? 1 : 0));

const markLength = (bytes: Uint8Array) => (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);

/** How long a text is without white space and byte order mark. Four times as fast as {@link strip}, which few files are worth. */
function strippedLength(bytes: Uint8Array): number {
  let spaces = markLength(bytes);
  for (let i = spaces; i < bytes.length; i++) spaces += isSpace[bytes[i] as number] as number;
  return bytes.length - spaces;
}

/** Without white space and byte order mark. */
function strip(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let written = 0;
  for (let i = markLength(bytes); i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (isSpace[byte] === 0) out[written++] = byte;
  }
  return out.subarray(0, written);
}

export function wholeDigests(keys: Keys, plaintext: Uint8Array): Pick<KnownFile, 'size' | 'mac' | 'stripped'> {
  const stripped = strip(plaintext);
  const enough = stripped.length >= leastStripped;
  return {
    size: plaintext.length,
    mac: macOf(keys, 'file', plaintext),
    stripped: enough ? { size: stripped.length, mac: macOf(keys, 'stripped file', stripped) } : null,
  };
}

/** Whether the size of some content allows it to be this plaintext: only then is it worth stripping. */
function mayBeWhole({ size, stripped }: KnownFile, length: number): boolean {
  return stripped !== null && (length === size || (length >= stripped.size && length <= stripped.size * mostSpacing));
}

/** Those of `files` whose plaintext `content` is, white space aside. */
export function wholesIn(keys: Keys, files: readonly KnownFile[], content: Uint8Array): KnownFile[] {
  const likely = files.filter((file) => mayBeWhole(file, content.length));
  if (likely.length === 0) return [];
  // A plain Uint8Array: a Buffer among them would make the loops slower.
  const bytes = new Uint8Array(content.buffer, content.byteOffset, content.length);
  const length = strippedLength(bytes);
  const same = likely.filter((file) => file.stripped?.size === length);
  if (same.length === 0) return [];
  const mac = macOf(keys, 'stripped file', strip(bytes));
  return same.filter((file) => file.stripped !== null && sameMac(file.stripped.mac, mac));
}

const isSameMemory = (a: Uint8Array, b: Uint8Array) =>
  a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;

/** The same bytes once: most files are their only view. */
export function distinctMemory(contents: readonly Uint8Array[]): Uint8Array[] {
  return contents.filter((content, i) => contents.findIndex((other) => isSameMemory(other, content)) === i);
}
