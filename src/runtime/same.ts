/**
 * Telling equal values apart from different ones without showing them: each value has a symbol of its own, the same wherever it occurs in
 * this process. Copies of this package share them, so that equality holds across copies.
 */
import { createHmac, randomBytes } from 'node:crypto';

interface Shared {
  /** Keyed: without this process's memory a digest tells nothing, however few values are possible. */
  readonly digest: (bytes: Uint8Array) => Buffer;
  readonly symbols: Map<string, symbol>;
  readonly objects: WeakMap<object, symbol>;
}

const place = Symbol.for('blackbox-ts.same');

function newShared(): Shared {
  const key = randomBytes(32);
  return {
    digest: (bytes) => createHmac('sha256', key).update(bytes).digest(),
    symbols: new Map(),
    objects: new WeakMap(),
  };
}

function shared(): Shared {
  const all = globalThis as { [place]?: Shared };
  if (all[place] === undefined) Object.defineProperty(all, place, { value: newShared() });
  return all[place] as Shared;
}

/** The bytes that a value is by; null for an object of a kind that is equal to itself only. */
function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return Buffer.concat([Buffer.from('bytes '), value]);
  if (value instanceof Date) return Buffer.from(`date ${value.getTime()}`);
  if (value instanceof URL) return Buffer.from(`url ${value.href}`);
  if ((typeof value === 'object' && value !== null) || typeof value === 'function' || typeof value === 'symbol')
    return null;
  return Buffer.from(`${typeof value} ${Object.is(value, -0) ? '-0' : String(value)}`);
}

/** A digest of a value under a key that never leaves this process; null for what is equal to itself only. */
export function digestOf(value: unknown): Buffer | null {
  const bytes = bytesOf(value);
  return bytes === null ? null : shared().digest(bytes);
}

/** The symbol of a value. Its description is a number in the order in which values were first compared. */
export function symbolOf(value: unknown): symbol {
  const { symbols, objects } = shared();
  const digest = digestOf(value)?.toString('base64');
  const known = digest === undefined ? objects.get(value as object) : symbols.get(digest);
  if (known !== undefined) return known;
  const symbol = Symbol(digest === undefined ? 'secret object' : `secret ${symbols.size + 1}`);
  if (digest === undefined) objects.set(value as object, symbol);
  else symbols.set(digest, symbol);
  return symbol;
}
