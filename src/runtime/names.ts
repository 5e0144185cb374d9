/** Names that lead to values: `db.password`, `servers.0.host`. */
import { isTree, take } from '../formats/tree.js';

export type Path = readonly string[];

/** As people write it; also where a name has dots of its own. */
export function dotted(path: Path): string {
  return path.join('.');
}

function step(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return /^(0|[1-9]\d*)$/.test(name) ? value[Number(name)] : undefined;
  return isTree(value) && !isLeafObject(value) ? take(value, name) : undefined;
}

// A date, a Secret: what a schema may make of a value is not looked into.
function isLeafObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && prototype !== null && !(walkable in value);
}

/** Marks objects with a prototype of ours whose own properties are names. */
export const walkable = Symbol('walkable');

export function at(value: unknown, path: Path): unknown {
  return path.reduce(step, value);
}

/** What a dotted name leads to. A name that has dots itself is found, too: the longest that is there is taken first. */
export function find(value: unknown, name: string): unknown {
  const whole = step(value, name);
  if (whole !== undefined) return whole;
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const inner = step(value, name.slice(0, dot));
    const found = inner === undefined ? undefined : find(inner, name.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Letters to put in, take out, replace or swap with their neighbour to come from one word to another; above `most` it is some larger number. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}

/** More would be a list rather than a hint. */
const mostNear = 3;
/** Beyond these, comparing every name would take noticeable time; both are far above what people type. */
const longestCompared = 200;
const mostCompared = 10_000;

/** Those names that somebody who typed `name` may have meant, the nearest first. Case and marks between words are not counted. */
export function nearMisses(name: string, names: readonly string[]): string[] {
  const plain = (text: string) => text.toLowerCase().replace(/[-_.\s]/g, '');
  const wanted = plain(name.slice(0, longestCompared));
  const last = plain(name.slice(name.lastIndexOf('.') + 1).slice(0, longestCompared));
  const most = Math.max(1, Math.floor(wanted.length / 4));
  const rank = (other: string) => {
    const far = distance(wanted, plain(other.slice(0, longestCompared)), most);
    // The right name at another place.
    return far > most && last !== '' && plain(other.slice(other.lastIndexOf('.') + 1)) === last ? most : far;
  };
  return names
    .slice(0, mostCompared)
    .map((other) => ({ other, far: rank(other) }))
    .filter(({ far }) => far <= most)
    .sort((a, b) => a.far - b.far)
    .slice(0, mostNear)
    .map(({ other }) => other);
}
