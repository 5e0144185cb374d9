/** Where in a world of files a plaintext can be found, and what a world of files holds: nothing may be anywhere unasked. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { worldsPrefix } from './templates.js';

/** Every file and symlink below a folder, relative to it. Sockets and pipes are no places for secrets. */
export function filesBelow(root: string, folder = root): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(root, path);
    return entry.isFile() || entry.isSymbolicLink() ? [relative(root, path)] : [];
  });
}

/** A secret as it is, in base64 at all three alignments, and in hex. */
function forms(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  return [secret, ...shifted, bytes.toString('hex')].map((text) => Buffer.from(text));
}

/** What a file holds, or a symlink points to; nothing when it has just gone, as files of running programs may. */
function contentOf(path: string): Buffer {
  try {
    return lstatSync(path).isSymbolicLink() ? Buffer.from(readlinkSync(path)) : readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/** Without the worlds of runs, which come and go beside the one that is searched. */
function entriesOf(folder: string): Dirent[] {
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  return entries.filter(({ name }) => !name.startsWith(worldsPrefix));
}

function gitFolders(root: string, folder = root): string[] {
  if (existsSync(join(folder, 'objects')) && existsSync(join(folder, 'HEAD'))) return [folder];
  return entriesOf(folder)
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => gitFolders(root, join(folder, entry.name)));
}

/** All objects of a repository, reachable or not, loose or packed. */
function objectsOf(gitFolder: string): Buffer {
  const question = ['--git-dir', gitFolder, 'cat-file', '--batch-all-objects', '--batch', '--buffer'];
  return execFileSync('git', question, { maxBuffer: 1 << 30 });
}

/** Files below `root` (and git repositories, as `<folder> (objects)`) that hold one of these secrets in some form, sorted. */
export function whereIs(root: string, ...secrets: readonly string[]): string[] {
  const needles = secrets.flatMap(forms);
  const names = (path: string) => secrets.some((secret) => path.includes(secret));
  const holds = (content: Buffer) => needles.some((needle) => content.includes(needle));
  const files = filesBelow(root).filter((path) => names(path) || holds(contentOf(join(root, path))));
  const repositories = gitFolders(root).filter((folder) => holds(objectsOf(folder)));
  return [...files, ...repositories.map((folder) => `${relative(root, folder)} (objects)`)].sort();
}

function digest(path: string): string {
  const { mode } = lstatSync(path);
  return `${(mode & 0o7777).toString(8)} ${createHash('sha256').update(contentOf(path)).digest('hex')}`;
}

/** What the program works out from git's history and keeps, so as not to do it again: whoever only looks writes it, too. */
const workedOut = /\/\.git\/blackbox-ts\/worktrees\/[^/]+\/past\.json$/;

/** A folder's files with mode and digest; of an index what it lists, because git rewrites its time stamps when it looks. */
export function snapshot(root: string): Record<string, string> {
  const entries = filesBelow(root)
    .filter((path) => !workedOut.test(path))
    .map((path) => {
      const file = join(root, path);
      if (!/(^|\/)\.git\/(worktrees\/[^/]+\/)?index$/.test(path)) return [path, digest(file)];
      const listing = execFileSync('git', ['ls-files', '--stage', '-z'], {
        env: { PATH: process.env.PATH, GIT_INDEX_FILE: file, GIT_DIR: join(file, '..') },
      });
      return [path, createHash('sha256').update(listing).digest('hex')];
    });
  return Object.fromEntries(entries);
}
