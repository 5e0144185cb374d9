/** A place for plaintext that somebody edits: in memory where there is such a place, for this user only, gone when we are. */
import { accessSync, constants, lstatSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from '../cleanup.js';
import { writeFailed } from '../errors.js';
import { meansAbsent } from '../system.js';
import type { Files } from '../types.js';
import { isRunning, processSpace } from './lock.js';
import { list } from './read.js';
import { shredFolder } from './shred.js';

/** statfs(2): TMPFS_MAGIC, RAMFS_MAGIC. */
const inMemoryTypes = new Set([0x01021994, 0x858458f6]);

/** See {@link Files.privateFolder}. In the first of `candidates` that is in memory and may be written to, else where temporary files go. */
export function privateFolder(candidates: readonly string[]): ReturnType<Files['privateFolder']> {
  const { tmpdir } = process.getBuiltinModule('node:os');
  const memory = candidates.find(isInMemory);
  const parent = memory ?? tmpdir();
  removeLeftovers(parent);
  const path = make(join(parent, `${namePrefix()}${process.pid}-`));
  const clear = () => removeFolder(path);
  const disarm = atEnd(clear);
  return {
    path,
    inMemory: memory !== undefined,
    remove: () => {
      clear();
      disarm();
    },
  };
}

/** See {@link Files.setAside}. Where temporary files go, or else in memory: what is full is often one file system and not all. */
export function setAside(candidates: readonly string[], text: string): string {
  const { tmpdir } = process.getBuiltinModule('node:os');
  const { randomUUID } = process.getBuiltinModule('node:crypto');
  const paths = [tmpdir(), ...candidates.filter(isInMemory)].map((parent) =>
    join(parent, `blackbox-ts-kept-${randomUUID()}`),
  );
  let failure: unknown;
  for (const path of paths) {
    try {
      writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
      return path;
    } catch (error) {
      rmSync(path, { force: true });
      failure = error;
    }
  }
  throw writeFailed(paths[0] ?? '', failure);
}

function isInMemory(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return inMemoryTypes.has(statfsSync(folder).type);
  } catch {
    return false;
  }
}

function make(prefix: string): string {
  try {
    return mkdtempSync(prefix); // mkdtemp(3): 0700
  } catch (error) {
    throw writeFailed(prefix, error);
  }
}

function removeFolder(path: string): void {
  try {
    shredFolder(path);
  } catch (error) {
    if (!meansAbsent(error)) throw writeFailed(path, error, 'shred');
  }
}

// Process ids mean something only within their space, so the space is in the name: a digest, as it holds spaces and brackets.
function namePrefix(): string {
  const { createHash } = process.getBuiltinModule('node:crypto');
  return `blackbox-ts-${createHash('sha256').update(processSpace()).digest('hex').slice(0, 8)}-`;
}

// What a run that was killed has left behind.
function removeLeftovers(parent: string): void {
  const prefix = namePrefix();
  const isLeft = (name: string) =>
    name.startsWith(prefix) && !isRunning(Number.parseInt(name.slice(prefix.length), 10));
  for (const name of list(parent).filter(isLeft)) {
    try {
      const path = join(parent, name);
      const stats = lstatSync(path);
      if (stats.isDirectory() && stats.uid === process.getuid?.()) shredFolder(path);
    } catch {
      // It is somebody else's to remove, or just being removed.
    }
  }
}
