/** Local state in memory, and what a clone would know after decrypting some files. */
import { type KnownValues, loadKnown, remember, type StateFiles } from '../../src/guard/index.js';

export interface Memory extends StateFiles {
  readonly contents: Map<string, string>;
  /** How often something was written. */
  writes: number;
}

export function memory(): Memory {
  const contents = new Map<string, string>();
  const files: Memory = {
    contents,
    writes: 0,
    read: (path) => (contents.has(path) ? Buffer.from(contents.get(path) ?? '') : null),
    makeFolder: () => {},
    writeLocal: (path, text) => {
      contents.set(path, text);
      files.writes++;
    },
  };
  return files;
}

export function knowing(plaintexts: Record<string, string | Uint8Array>): KnownValues {
  const files = memory();
  const entries = Object.entries(plaintexts).map(([path, text]) => ({ path, plaintext: Buffer.from(text) }));
  remember(files, '/state', entries);
  const known = loadKnown(files, '/state');
  if (known === null) throw new Error('nothing was remembered');
  return known;
}

/** Secrets for tests are put together at run time, or other people's scanners would find them in this repository. */
export const secret = (...parts: readonly string[]) => parts.join('');
