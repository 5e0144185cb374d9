/** The names of temporary files, written down before the files are made: what a killed run leaves can be found and removed. */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { writeFailed } from '../errors.js';
import { meansAbsent, systemCode } from '../system.js';
import { read, stat } from './read.js';
import { within } from './within.js';

const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW = 0 } = constants;
/** A journal of 100,000 long paths has 20 MB; what is larger is not ours. */
const journalLimit = 64 * 1024 * 1024;
const ourName = /^\.blackbox-tmp-[0-9a-f]{16}$/;

/** A name for a temporary file beside `path`: in the same folder, so that a rename is all it takes to put it in place. */
export function temporaryName(path: string): string {
  const { randomUUID } = process.getBuiltinModule('node:crypto');
  // 64 of its random bits. Node draws those for many at once: a thousand names cost a tenth of what a thousand `randomBytes` do.
  const random = randomUUID();
  return join(dirname(path), `.blackbox-tmp-${random.slice(0, 8)}${random.slice(-8)}`);
}

/** Adds names to the journal, durably, before any of the files is made. Call the answer when none of them is left. */
export function note(journal: string, names: readonly string[]): () => void {
  try {
    mkdirSync(dirname(journal), { recursive: true, mode: 0o700 });
    const before = append(journal, names);
    return () => forget(journal, before);
  } catch (error) {
    throw writeFailed(journal, error);
  }
}

function append(journal: string, names: readonly string[]): number {
  const fd = openSync(journal, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
  const before = fstatSync(fd).size;
  try {
    // One JSON string a line: a path may hold a line break. The first break ends a line that a crash has cut off.
    writeFileSync(fd, `\n${names.map((name) => JSON.stringify(name)).join('\n')}\n`);
    fsyncSync(fd);
  } catch (error) {
    ftruncateSync(fd, before);
    throw error;
  } finally {
    closeSync(fd);
  }
  return before;
}

// What an earlier, killed run has noted stays for `sweep`. A name too many in the journal does no harm, so this never fails.
function forget(journal: string, before: number): void {
  try {
    if (before === 0) unlinkSync(journal);
    else truncateSync(journal, before);
  } catch {
    // Somebody else has removed it.
  }
}

function noted(journal: string): string[] {
  const lines = read(journal, journalLimit)?.toString('utf8').split('\n') ?? [];
  return lines.flatMap((line) => {
    try {
      const name: unknown = JSON.parse(line);
      return typeof name === 'string' && isAbsolute(name) && ourName.test(basename(name)) ? [name] : [];
    } catch {
      return [];
    }
  });
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

// Through a symlink, or where something else than a file has that name, it is not what we made.
function removeTemporary(folder: string, name: string): void {
  try {
    const path = within(folder, relative(folder, name));
    if (lstatSync(path).isFile()) unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== '' && !meansAbsent(error)) throw writeFailed(name, error, 'remove');
  }
}

/** See {@link Files.sweep}. Names below another root (a linked worktree shares the journal) stay noted. */
export function sweep(journal: string, root: string): void {
  const folders = [root, dirname(journal)];
  const left = noted(journal).filter((name) => {
    const folder = folders.find((f) => isBelow(f, name));
    if (folder === undefined) return stat(name) !== null;
    removeTemporary(folder, name);
    return false;
  });
  try {
    unlinkSync(journal);
    if (left.length > 0) append(journal, left);
  } catch (error) {
    if (!meansAbsent(error)) throw writeFailed(journal, error, 'remove');
  }
}
