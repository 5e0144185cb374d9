/** One line that counts, on a terminal, once something takes longer than a person likes to look at nothing. */
import type { Progress } from '../types.js';
import { shorten } from './width.js';

const patience = 1_000;
const interval = 100;

export interface Line {
  /** Columns of the terminal, asked each time: windows change. */
  columns(): number;
  write(text: string): void;
  now(): number;
}

/** Clears whatever stands in the line the cursor is in (ECMA-48: carriage return, EL). */
export const clearLine = '\r\x1b[K';

/** A progress that can be taken off the screen while something else is written. */
export interface ProgressLine extends Progress {
  hide(): void;
}

/** See {@link Terminal.progress}. `what` must be safe to print. */
export function progressLine(line: Line, what: string, total: number): ProgressLine {
  const start = line.now();
  let last = start + patience - interval;
  let shown = false;
  const hide = () => {
    if (shown) line.write(clearLine);
    shown = false;
  };
  const update = (done: number) => {
    if (line.now() - last < interval) return;
    last = line.now();
    // The last column stays free: in it, some terminals break the line.
    line.write(clearLine + shorten(`${what} ${done}/${total}`, Math.max(0, line.columns() - 1)));
    shown = true;
  };
  return { update, hide, end: hide };
}

export const noProgress: ProgressLine = { update: () => {}, hide: () => {}, end: () => {} };
