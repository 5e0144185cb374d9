/** What known values look like to the scanner: tables by window hash. */
import type { Sought } from './decoders.js';
import { checksum, type Keys, macOf, sameMac, windowBytes, windowCount, windowOf, windowShift } from './fingerprint.js';

/** One known value, as far as it is known. */
export interface KnownValue {
  /** Where it comes from: `db.password in config/prod.json`. */
  readonly label: string;
  /** In bytes. */
  readonly length: number;
  /** Where in it the window lies. */
  readonly offset: number;
  readonly window: number;
  readonly check: number;
  readonly mac: Uint8Array;
  /** Long or random enough not to occur by accident inside something else; others count only where no letter or digit adjoins. */
  readonly anywhere: boolean;
  readonly ascii: boolean;
  readonly anchored: boolean;
  /** Stood in tracked files when it was first seen: public, or an old leak. It blocks nothing. */
  readonly ambient: boolean;
}

export interface Matcher {
  readonly keys: Keys;
  /** A bit for each window hash that `values` has: small enough to stay in the processor's nearest cache. */
  readonly flags: Uint8Array;
  /** By window hash. */
  readonly values: ReadonlyMap<number, readonly KnownValue[]>;
  readonly sought: Sought;
}

export interface Match {
  readonly value: KnownValue;
  readonly start: number;
  readonly end: number;
}

export function buildMatcher(keys: Keys, values: Iterable<KnownValue>): Matcher {
  const flags = new Uint8Array(windowCount / 8);
  const byWindow = new Map<number, KnownValue[]>();
  const macs = new Set<string>();
  const sought = { ascii: true, anchored: true, longest: 0 };
  for (const value of values) {
    // The same value in two files is one value; the first label tells where.
    const mac = Buffer.from(value.mac).toString('latin1');
    if (macs.has(mac)) continue;
    macs.add(mac);
    flags[value.window >> 3] = (flags[value.window >> 3] ?? 0) | (1 << (value.window & 7));
    const others = byWindow.get(value.window);
    if (others === undefined) byWindow.set(value.window, [value]);
    else others.push(value);
    sought.ascii &&= value.ascii;
    sought.anchored &&= value.anchored;
    sought.longest = Math.max(sought.longest, value.length);
  }
  return { keys, flags, values: byWindow, sought };
}

function isWord(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a) || byte >= 0x80;
}

/** Whether no letter or digit continues what lies between `start` and `end`. */
function standsAlone(bytes: Uint8Array, start: number, end: number): boolean {
  const joinedBefore = isWord(bytes[start - 1]) && isWord(bytes[start]);
  const joinedAfter = isWord(bytes[end]) && isWord(bytes[end - 1]);
  return !joinedBefore && !joinedAfter;
}

function confirm(matcher: Matcher, bytes: Uint8Array, window: number, at: number, matches: Match[]): void {
  const { keys } = matcher;
  for (const value of matcher.values.get(window) ?? []) {
    const start = at - value.offset;
    const end = start + value.length;
    if (start < 0 || end > bytes.length) continue;
    if (!value.anywhere && !standsAlone(bytes, start, end)) continue;
    if (checksum(keys.mix, bytes, start, end) !== value.check) continue;
    if (sameMac(macOf(keys, 'value', bytes.subarray(start, end)), value.mac)) matches.push({ value, start, end });
  }
}

/** Where the next six bytes begin, at or after `from`, that some value has for its window, or others with the same hash; -1 when there are none. */
function nextWindow(flags: Uint8Array, mix: Int32Array, bytes: Uint8Array, from: number): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = mix;
  const { length } = bytes;
  const shift = windowShift;
  const first = from + windowBytes - 1;
  let high = 0;
  let low = 0;
  for (let i = from; i < length; i++) {
    high = ((high << 8) | (low >>> 16)) & 0xffffff;
    low = ((low << 8) | (bytes[i] as number)) & 0xffffff;
    // windowHash(), written out: a call here costs a third of the speed. A test holds the two together.
    const sum = (Math.imul(high ^ a, b) + Math.imul(low ^ c, d)) | 0;
    const window = Math.imul(sum ^ (sum >>> 15), e) >>> shift;
    if (((flags[window >> 3] as number) & (1 << (window & 7))) !== 0 && i >= first) return i - windowBytes + 1;
  }
  return -1;
}

const none: readonly Match[] = [];

/** Known values that stand in `bytes` as they are, at most about `limit`. One pass, a few operations a byte, no going back. */
export function match(matcher: Matcher, bytes: Uint8Array, limit: number): readonly Match[] {
  const { flags } = matcher;
  const { mix } = matcher.keys;
  let at = nextWindow(flags, mix, bytes, 0);
  if (at < 0) return none;
  const found: Match[] = [];
  for (; at >= 0 && found.length < limit; at = nextWindow(flags, mix, bytes, at + 1)) {
    confirm(matcher, bytes, windowOf(mix, bytes, at), at, found);
  }
  return found;
}

/** The slow twin of {@link match}, for tests: says the same in the plainest way. */
export function matchPlainly(matcher: Matcher, bytes: Uint8Array): readonly Match[] {
  const matches: Match[] = [];
  for (let at = 0; at + windowBytes <= bytes.length; at++) {
    confirm(matcher, bytes, windowOf(matcher.keys.mix, bytes, at), at, matches);
  }
  return matches;
}
