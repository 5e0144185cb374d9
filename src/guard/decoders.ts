/**
 * Other forms a value can stand in. A decoder writes what it can decode of some bytes to an output, pieces apart from each other by a newline,
 * so that the scanner sees values as they are. All are linear, bounded by their input, and know nothing of values.
 */
import { entities, escapes, percent } from './decode-escapes.js';
import { base64, hex } from './decode-runs.js';
import { utf16 } from './decode-utf16.js';

/** What the values that are looked for have in common: decoders leave out what cannot be one. */
export interface Sought {
  /** All are ASCII text. */
  readonly ascii: boolean;
  /** Each has six printable ASCII characters in a row. */
  readonly anchored: boolean;
  /** Bytes of the longest. */
  readonly longest: number;
  /** Bytes of the shortest, where that is more than the window by which values are found. */
  readonly shortest?: number;
}

export interface Decoder {
  /** As findings name it. */
  readonly name: string;
  /** Output bytes per input byte, at most. */
  readonly growth: number;
  /** Returns how many bytes it wrote; with `stop`, the place in `source` where output byte `stop` came from. */
  decode(source: Uint8Array, out: Uint8Array, sought: Sought, stop?: number): number;
}

export const decoders: readonly Decoder[] = [base64, hex, percent, escapes, entities, utf16];
