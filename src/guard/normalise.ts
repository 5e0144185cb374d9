/**
 * Content as rules can read it: UTF-16 as UTF-8, compressed files and archives opened, as far as that is affordable. What was not opened
 * is told, never passed in silence.
 */
import { createRequire } from 'node:module';
import { zipEntries } from './zip.js';

const require = createRequire(import.meta.url);

/** An archive in an archive, as a jar in a distribution; deeper is nobody's accident. */
const deepest = 3;
/** Unpacked bytes of one staged file: looked into in about half a second. */
const mostUnpacked = 64 << 20;
/** Text shrinks to a tenth or a twentieth. What unpacks to more than this many times its size, and more than a megabyte, is a bomb or empty. */
const mostRatio = 200;
const alwaysUnpacked = 1 << 20;

export interface View {
  readonly bytes: Uint8Array;
  /** Where it was found, innermost first: `notes.txt in zip`. '' for the content as it is, or as UTF-16 is read. */
  readonly within: string;
  /** No binary: the layer that guesses looks at text only. */
  readonly isText: boolean;
}

/** What could not be looked into, and where it lies: '' for the file itself. */
export interface NotScanned {
  readonly what: string;
  readonly within: string;
}

export interface Opened {
  readonly views: readonly View[];
  readonly notScanned: readonly NotScanned[];
}

/** Unpacks, or gives null when it is too much or damaged from the beginning. */
export type Inflate = (packed: Uint8Array, form: 'gzip' | 'raw') => Uint8Array | null;

/** Of a text in UTF-16 without a byte order mark, every other byte of the beginning is zero, or nearly so. */
const patternSample = 4096;
const leastPattern = 8;

function utf16Order(bytes: Uint8Array): 'little' | 'big' | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'little';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'big';
  // Most files have none, and a search finds that out faster than a loop that is not compiled yet.
  if (bytes.indexOf(0) < 0) return null;
  const zeros = [0, 0];
  const pairs = Math.min(bytes.length, patternSample) >> 1;
  for (let i = 0; i < 2 * pairs; i++) if (bytes[i] === 0) zeros[i & 1] = (zeros[i & 1] as number) + 1;
  const [even = 0, odd = 0] = zeros;
  if (pairs < leastPattern) return null;
  if (odd >= pairs * 0.9 && even <= pairs * 0.02) return 'little';
  return even >= pairs * 0.9 && odd <= pairs * 0.02 ? 'big' : null;
}

/** The same text in UTF-8; null when it is no UTF-16. */
function fromUtf16(bytes: Uint8Array): Uint8Array | null {
  const order = utf16Order(bytes);
  if (order === null) return null;
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1));
  const text = (order === 'big' ? even.swap16() : even).toString('utf16le');
  return new Uint8Array(Buffer.from(text.replace(/^\ufeff/, '')));
}

const startsWith = (bytes: Uint8Array, ...magic: readonly number[]) => magic.every((byte, i) => bytes[i] === byte);

/** Containers that are not opened here, by how they begin. */
const closed: readonly (readonly [name: string, first: number, ...rest: number[]])[] = [
  ['a 7z archive', 0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c],
  ['a RAR archive', 0x52, 0x61, 0x72, 0x21, 0x1a, 0x07],
  ['an xz file', 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  ['a bzip2 file', 0x42, 0x5a, 0x68],
  ['a Zstandard file', 0x28, 0xb5, 0x2f, 0xfd],
  ['an LZ4 file', 0x04, 0x22, 0x4d, 0x18],
];

interface Opening {
  readonly views: View[];
  readonly notScanned: NotScanned[];
  left: number;
}

/** Loaded with the first compressed file. */
function inflateWith(opening: Opening): Inflate {
  return (packed, form) => {
    const { gunzipSync, inflateRawSync, constants } = require('node:zlib') as typeof import('node:zlib');
    const most = Math.min(opening.left, Math.max(alwaysUnpacked, packed.length * mostRatio));
    // What is cut off is read as far as it goes.
    const options = { maxOutputLength: most, finishFlush: constants.Z_SYNC_FLUSH };
    try {
      const unpacked = form === 'gzip' ? gunzipSync(packed, options) : inflateRawSync(packed, options);
      opening.left -= unpacked.length;
      return new Uint8Array(unpacked.buffer, unpacked.byteOffset, unpacked.length);
    } catch {
      return null;
    }
  };
}

function openInto(opening: Opening, bytes: Uint8Array, within: string, depth: number): void {
  const text = fromUtf16(bytes);
  const read = text ?? bytes;
  opening.views.push({ bytes: read, within, isText: text !== null || bytes.subarray(0, 8000).indexOf(0) < 0 });
  const unopened = closed.find(([, first, ...rest]) => bytes[0] === first && startsWith(bytes, first, ...rest));
  if (unopened !== undefined && bytes.length > 16) opening.notScanned.push({ what: unopened[0], within });
  if (startsWith(bytes, 0x1f, 0x8b, 0x08)) openGzip(opening, bytes, within, depth);
  else if (startsWith(bytes, 0x50, 0x4b, 0x03, 0x04)) openZip(opening, bytes, within, depth);
}

const inside = (name: string, within: string) => (within === '' ? name : `${name} in ${within}`);

function openGzip(opening: Opening, bytes: Uint8Array, within: string, depth: number): void {
  const unpacked = depth === 0 ? null : inflateWith(opening)(bytes, 'gzip');
  if (unpacked === null)
    opening.notScanned.push({ what: 'a gzip file that unpacks to too much, or is damaged', within });
  else openInto(opening, unpacked, inside('gzip', within), depth - 1);
}

function openZip(opening: Opening, bytes: Uint8Array, within: string, depth: number): void {
  const entries = depth === 0 ? null : zipEntries(bytes, inflateWith(opening));
  if (entries === null)
    return void opening.notScanned.push({ what: 'a ZIP archive that is too large, too deep or damaged', within });
  const place = inside('zip', within);
  let closedEntries = 0;
  const names: string[] = [];
  for (const { name, content } of entries) {
    names.push(name);
    if (content === null) closedEntries++;
    else openInto(opening, content, `${name.slice(-100)} in ${place}`, depth - 1);
  }
  opening.views.push({
    bytes: new Uint8Array(Buffer.from(names.join('\n'))),
    within: `a file name in ${place}`,
    isText: false,
  });
  if (closedEntries > 0)
    opening.notScanned.push({
      what: `${closedEntries} of ${names.length} files that are encrypted, too large or damaged`,
      within: place,
    });
}

/** Everything that can be read in some content, beginning with itself. */
export function openContent(content: Uint8Array): Opened {
  const bytes = new Uint8Array(content.buffer, content.byteOffset, content.length);
  const opening: Opening = { views: [], notScanned: [], left: mostUnpacked };
  openInto(opening, bytes, '', deepest);
  return opening;
}
