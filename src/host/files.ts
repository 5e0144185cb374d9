/** Files, as {@link Files} promises them. */
import { appendFileSync, mkdirSync, realpathSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { notAFile, readFailed, writeFailed } from './errors.js';
import { sweep, temporaryName } from './files/journal.js';
import { lock } from './files/lock.js';
import { privateFolder, setAside } from './files/private-folder.js';
import { list, read, readHead, readPieces, stamp, stat } from './files/read.js';
import { replace } from './files/replace.js';
import { shred } from './files/shred.js';
import { within } from './files/within.js';
import { meansAbsent } from './system.js';
import type { Env, Files } from './types.js';

function makeFolder(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    throw writeFailed(path, error, 'make the folder');
  }
  const made = stat(path);
  if (made?.kind === 'symlink') throw notAFile(path, made.kind);
}

function physical(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (meansAbsent(error)) return path;
    throw readFailed(path, error);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!meansAbsent(error)) throw writeFailed(path, error, 'remove');
  }
}

function writeLocal(path: string, text: string): void {
  const temp = temporaryName(path);
  try {
    writeFileSync(temp, text, { flag: 'wx', mode: 0o600 });
    renameSync(temp, path);
  } catch (error) {
    rmSync(temp, { force: true });
    throw writeFailed(path, error);
  }
}

function append(path: string, text: string): void {
  try {
    appendFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    throw writeFailed(path, error);
  }
}

const memoryFolders = ({ XDG_RUNTIME_DIR }: Env) => (XDG_RUNTIME_DIR ? ['/dev/shm', XDG_RUNTIME_DIR] : ['/dev/shm']);

export function nodeFiles(env: Env): Files {
  return {
    stat,
    stamp,
    read,
    readHead,
    readPieces,
    list,
    real: physical,
    physical,
    makeFolder,
    within,
    replace,
    writeLocal,
    append,
    sweep,
    remove,
    shred,
    lock,
    setAside: (text) => setAside(memoryFolders(env), text),
    privateFolder: () => privateFolder(memoryFolders(env)),
  };
}
