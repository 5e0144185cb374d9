/** What is in a ZIP archive (APPNOTE.TXT 6.3): jar, docx, xlsx, apk, whl and many more are such. */
import type { Inflate } from './normalise.js';

const endMarker = 0x06054b50;
const entryMarker = 0x02014b50;
const localMarker = 0x04034b50;
/** An archive's comment is at most 65,535 bytes long. */
const endReach = 22 + 0xffff;
/** Source archives and applications have thousands of files; more cost too much in a commit. */
const mostEntries = 5000;

export interface ZipEntry {
  readonly name: string;
  /** null when it could not be opened: encrypted, another method, too large, damaged. */
  readonly content: Uint8Array | null;
}

function findEnd(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - endReach); at--) {
    if (view.getUint32(at, true) === endMarker) return at;
  }
  return -1;
}

/** The bytes of one file, from its entry in the directory at `at`. */
function contentOf(bytes: Uint8Array, view: DataView, at: number, inflate: Inflate): Uint8Array | null {
  const encrypted = (view.getUint16(at + 8, true) & 1) !== 0;
  const method = view.getUint16(at + 10, true);
  const size = view.getUint32(at + 20, true);
  const local = view.getUint32(at + 42, true);
  if (encrypted || local + 30 > bytes.length || view.getUint32(local, true) !== localMarker) return null;
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (start + size > bytes.length) return null;
  const packed = bytes.subarray(start, start + size);
  if (method === 0) return packed;
  return method === 8 ? inflate(packed, 'raw') : null;
}

/** The files in an archive, one by one; null when it has no readable directory. */
export function zipEntries(bytes: Uint8Array, inflate: Inflate): Iterable<ZipEntry> | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length < 22 ? -1 : findEnd(view);
  if (end < 0) return null;
  const count = view.getUint16(end + 10, true);
  const directory = view.getUint32(end + 16, true);
  // 65,535 files or 4 GiB: the numbers stand elsewhere then (ZIP64).
  if (count > mostEntries || directory + 46 * count > bytes.length) return null;
  return entriesAt(bytes, view, directory, count, inflate);
}

function* entriesAt(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  count: number,
  inflate: Inflate,
): Generator<ZipEntry> {
  for (let i = 0, at = from; i < count && at + 46 <= bytes.length; i++) {
    if (view.getUint32(at, true) !== entryMarker) return yield { name: '', content: null };
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
    ];
    const name = Buffer.from(bytes.subarray(at + 46, at + 46 + nameLength)).toString('utf8');
    if (!name.endsWith('/')) yield { name, content: contentOf(bytes, view, at, inflate) };
    at += 46 + nameLength + extra + comment;
  }
}
