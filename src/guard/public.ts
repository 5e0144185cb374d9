/**
 * Values of registered files that are no secrets (a host name, a public key id): `.blackbox/public`, a line for each key, merged by union.
 * Nothing else makes the guard forget a value; and one that is a secret under another key stays known.
 */
import { publicDamaged } from './errors.js';

export const publicFile = '.blackbox/public';
/** A line for every key of a large team's files. */
export const largestPublic = 1 << 20;

export interface PublicKey {
  readonly path: string;
  /** As findings show it: names joined by dots. */
  readonly key: string;
  readonly reason: string;
}

const isTexts = (value: unknown): value is [string, string, string] =>
  Array.isArray(value) && value.length === 3 && value.every((one) => typeof one === 'string' && one !== '');

function parseLine(line: string, number: number): PublicKey {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw publicDamaged(number);
  }
  if (!isTexts(parsed)) throw publicDamaged(number);
  const [path, key, reason] = parsed;
  return { path, key, reason };
}

/** @throws ERR_BLACKBOX_VAULT_DAMAGED for a line that is none */
export function parsePublic(text: string): PublicKey[] {
  return text.split(/\r?\n/).flatMap((line, i) => (line === '' ? [] : [parseLine(line, i + 1)]));
}

export function formatPublic(keys: readonly PublicKey[]): string {
  return [...new Set(keys.map(({ path, key, reason }) => `${JSON.stringify([path, key, reason])}\n`))].sort().join('');
}

/** The public keys of each path. */
export function publicKeysByPath(keys: readonly PublicKey[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byPath = new Map<string, Set<string>>();
  for (const { path, key } of keys) byPath.set(path, (byPath.get(path) ?? new Set()).add(key));
  return byPath;
}
