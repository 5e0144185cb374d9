/** The values in a plaintext that are worth knowing, each with a label that says where it stands. */
import { isUtf8 } from 'node:buffer';
import { BlackboxError } from '../errors.js';
import { formatOf, type Leaf, leaves, parseValue } from '../formats/index.js';
import { harvestLine, harvestText } from './harvest-text.js';
import { isUnguessable } from './random.js';
import { isWorthKnowing, looksRandom, standsOutAnywhere } from './worth.js';

/** Bytes of a value that are looked for. Of longer ones the beginning finds them just as well, at a bounded price. */
const longest = 256;
/** Of one file. A secrets file holds tens; a data file should not slow every commit down. */
const mostValues = 5000;
/** Larger plaintexts are known by their digest only: they are data, and harvesting them would take seconds. */
const largestText = 4 << 20;

/** Keys may be nested a hundred deep; a finding is a line. */
const longestLabel = 300;

export interface Harvested {
  readonly bytes: Uint8Array;
  readonly label: string;
  readonly anywhere: boolean;
  /** Nobody finds it by guessing, however fast. */
  readonly unguessable: boolean;
}

/** Collects values: `text` as it stands, whether it is worth it has been decided. */
export type Collect = (text: string, where: string) => void;

/** A key path as a label: a name that looks like a secret itself is left out. */
function keyLabel(path: readonly string[]): string {
  return path.map((name) => (looksRandom(name) ? '…' : name.slice(0, 60))).join('.');
}

/** Lines of printable text behind a base64 value (a Kubernetes secret, a docker login): what leaks may be the text itself. */
function behindBase64(text: string): string[] {
  if (text.length < 8 || text.length > 4096 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return [];
  const inner = Buffer.from(text, 'base64');
  const plainAlphabet = text.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
  if (inner.toString('base64').replace(/=+$/, '') !== plainAlphabet) return [];
  const inside = inner.toString('latin1');
  return /^[\x20-\x7e\t\r\n]+$/.test(inside) ? inside.split(/[\r\n]+/).map((line) => line.trim()) : [];
}

function harvestValue(text: string, key: string, label: string, collect: Collect): void {
  if (isWorthKnowing(text, key)) collect(text, label);
  harvestLine(text, label, collect);
  for (const line of behindBase64(text)) if (isWorthKnowing(line, key)) collect(line, `${label}, decoded`);
}

function harvestLeaf({ path, value }: Leaf, file: string, collect: Collect): void {
  if (value === null || typeof value === 'boolean') return;
  const label = `${keyLabel(path) || 'the value'} in ${file}`;
  const text = String(value).trim();
  // A number's text is its digits; 0.25 or 1e9 is a setting.
  if (typeof value === 'number' && !/^\d+$/.test(text)) return;
  if (text.includes('\n')) harvestText(text, label, collect);
  else harvestValue(text, path.join('.'), label, collect);
}

/** Keys whose values are no secrets, and these values. */
interface Open {
  readonly keys: ReadonlySet<string>;
  readonly texts: string[];
}

const nothingOpen: ReadonlySet<string> = new Set();

/** Leaves of a structured file; none when it cannot be parsed: then it is text like any other. */
function harvestLeaves(path: string, plaintext: Uint8Array, open: Open, collect: Collect): void {
  const format = formatOf(path);
  if (format.name === 'plain') return;
  try {
    for (const leaf of leaves(parseValue(format, plaintext, path))) {
      if (open.keys.has(leaf.path.join('.'))) open.texts.push(String(leaf.value));
      else harvestLeaf(leaf, path, collect);
    }
  } catch (error) {
    if (!(error instanceof BlackboxError)) throw error;
  }
}

/** What is worth knowing of a plaintext; not the values of `publicKeys`, unless they stand under other keys as well. Bytes that are no text, and texts above 4 MiB, have no values: they are known as a whole only. */
export function harvest(path: string, plaintext: Uint8Array, publicKeys = nothingOpen): Harvested[] {
  if (plaintext.length > largestText || !isUtf8(plaintext)) return [];
  const found = new Map<string, Harvested>();
  const collect: Collect = (text, label) => {
    if (found.has(text) || found.size >= mostValues) return;
    const where = label.length > longestLabel ? `${label.slice(0, longestLabel)}…` : label;
    const bytes = Buffer.from(text).subarray(0, longest);
    const unguessable = isUnguessable(bytes.toString('latin1'));
    found.set(text, { bytes, label: where, anywhere: standsOutAnywhere(text), unguessable });
  };
  const open: Open = { keys: publicKeys, texts: [] };
  harvestLeaves(path, plaintext, open, collect);
  const text = Buffer.from(plaintext)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  const closed: Collect = (found, label) => {
    if (!open.texts.some((one) => one.includes(found))) collect(found, label);
  };
  harvestText(text, path, closed, formatOf(path).name === 'plain');
  return [...found.values()];
}
