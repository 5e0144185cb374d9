/** Finds known values in bytes, as they are and in every form that decoders know, to the second power: base64 of JSON escapes, and so on. */
import { type Decoder, decoders } from './decoders.js';
import { mask } from './mask.js';
import { type Match, type Matcher, match } from './matcher.js';
import { scratch } from './scratch.js';

/** Scanned at a time: bounds the memory that decoders need, whatever the size of a file. */
const sliceBytes = 1 << 20;
/** More than the longest value takes in the widest encoding of an encoding: a value that begins in a slice's share is seen whole. */
const margin = 1 << 14;
/** An encoding of an encoding; deeper is nobody's accident. */
const maxDepth = 2;
const maxGrowth = Math.max(...decoders.map((decoder) => decoder.growth));
/** More findings than this in one file tell nobody more. */
const maxHits = 20;

export interface Hit {
  /** In bytes. */
  readonly offset: number;
  readonly end: number;
  readonly label: string;
  /** '' as it is; else `base64`, `escaped in base64`, … */
  readonly encoding: string;
  /** At most the first two characters, and the length. */
  readonly masked: string;
}

interface Found extends Match {
  readonly encoding: readonly string[];
  readonly masked: string;
}

function decodedMatches(
  matcher: Matcher,
  source: Uint8Array,
  decoder: Decoder,
  out: Uint8Array,
  depth: number,
): Found[] {
  const view = out.subarray(0, decoder.decode(source, out, matcher.sought));
  if (view.length === 0) return [];
  const place = (at: number) => decoder.decode(source, out, matcher.sought, at);
  // Decoding again to find the places overwrites `out` with what it holds already.
  return findIn(matcher, view, depth).map((found) => ({
    ...found,
    start: place(found.start),
    end: place(found.end),
    encoding: [...found.encoding, decoder.name],
  }));
}

function findIn(matcher: Matcher, bytes: Uint8Array, depth: number): Found[] {
  const found: Found[] = match(matcher, bytes, maxHits).map((m) => ({
    ...m,
    encoding: [],
    masked: mask(bytes.subarray(m.start, m.end)),
  }));
  if (depth === 0) return found;
  const out = scratch(`depth ${depth}`, bytes.length * maxGrowth + 16);
  return found.concat(decoders.flatMap((decoder) => decodedMatches(matcher, bytes, decoder, out, depth - 1)));
}

/** The same value at the same place is one finding, named by its plainest form. */
function distinct(found: readonly Found[]): Found[] {
  const seen = new Set<string>();
  return found.filter(({ value, start }) => {
    const key = `${start} ${value.label}`;
    return !seen.has(key) && seen.add(key);
  });
}

function findInSlices(matcher: Matcher, bytes: Uint8Array): Found[] {
  const all: Found[] = [];
  for (let base = 0; base === 0 || base + margin < bytes.length; base += sliceBytes) {
    const slice = bytes.subarray(base, base + sliceBytes + 2 * margin);
    const from = base === 0 ? 0 : margin;
    // Each place belongs to one slice, in which at least `margin` bytes around it can be seen.
    const own = findIn(matcher, slice, maxDepth).filter(({ start }) => start >= from && start < sliceBytes + margin);
    for (const found of own) all.push({ ...found, start: base + found.start, end: base + found.end });
    if (all.length >= maxHits) break;
  }
  return distinct(all);
}

/** Known values in `bytes`, in order. Values that tracked files contain anyway are left out. */
export function scanBytes(matcher: Matcher, content: Uint8Array): Hit[] {
  if (matcher.values.size === 0) return [];
  // Plain Uint8Arrays all through: a Buffer among them would make the loops slower.
  const bytes = new Uint8Array(content.buffer, content.byteOffset, content.length);
  return findInSlices(matcher, bytes)
    .sort((a, b) => a.start - b.start)
    .slice(0, maxHits)
    .map(({ value, start, end, encoding, masked }) => {
      return { offset: start, end, label: value.label, encoding: encoding.join(' in '), masked };
    });
}
