/**
 * Worlds that many stories begin with, made once in a run of the tests and copied from then on: a copy takes a tenth of the time of the commands
 * that led to it. A world is taken for one that was built before only as long as nothing else has happened in it.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

/** Set by `global-setup.ts`; without it every world is built anew. */
export const templatesVariable = 'BLACKBOX_TEST_TEMPLATES';

/** A file system in memory, where there is one. */
export const memory = '/dev/shm';
/** How the folder is called in which all worlds of a run are: in memory, where there is room. */
export const worldsPrefix = 'bb-run-';

interface Template {
  /** Where it was built: a path that some of its files hold. */
  readonly folder: string;
  readonly holdingIt: readonly string[];
}

function* entriesBelow(folder: string, prefix = ''): Generator<string> {
  for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    yield path;
    if (entry.isDirectory()) yield* entriesBelow(folder, path);
  }
}

/** Another one as soon as anything below the folder was made, removed, written or renamed. */
export function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const path of entriesBelow(folder)) {
    const { ctimeMs, ino, size } = lstatSync(join(folder, path));
    hash.update(`${path}\0${ctimeMs} ${ino} ${size}\n`);
  }
  return hash.digest('hex');
}

function copy(from: string, to: string): void {
  if (process.platform === 'win32')
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  else execFileSync('cp', ['-a', `${from}/.`, to]);
}

function placeOf(key: string): string | null {
  const folder = process.env[templatesVariable];
  return folder === undefined ? null : join(folder, createHash('sha256').update(key).digest('hex').slice(0, 32));
}

/** Keeps a world as it is now. */
export function keepTemplate(key: string, folder: string): void {
  const place = placeOf(key);
  if (place === null || existsSync(place)) return;
  const draft = mkdtempSync(`${place}-`);
  mkdirSync(join(draft, 'world'));
  copy(folder, join(draft, 'world'));
  const holdingIt = [...entriesBelow(folder)].filter(
    (path) => lstatSync(join(folder, path)).isFile() && readFileSync(join(folder, path)).includes(folder),
  );
  writeFileSync(join(draft, 'template.json'), JSON.stringify({ folder, holdingIt } satisfies Template));
  try {
    renameSync(draft, place);
  } catch {
    // Another file of tests was faster.
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Makes a world what it was when it was kept; false when there is none of this key. */
export function takeTemplate(key: string, folder: string): boolean {
  const place = placeOf(key);
  if (place === null || !existsSync(place)) return false;
  const template: Template = JSON.parse(readFileSync(join(place, 'template.json'), 'utf8'));
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  copy(join(place, 'world'), folder);
  for (const path of template.holdingIt) {
    const text = readFileSync(join(folder, path), 'latin1');
    writeFileSync(join(folder, path), text.replaceAll(template.folder, folder), 'latin1');
  }
  moveWorktreeStates(template.folder, folder);
  return true;
}

/** What a clone knows of its work tree lies under a name made from the work tree's path. */
function moveWorktreeStates(before: string, now: string): void {
  const nameOf = (root: string) => createHash('sha256').update(root).digest('hex').slice(0, 16);
  for (const path of entriesBelow(now)) {
    if (basename(path) !== 'worktrees' || !path.endsWith('/.git/blackbox-ts/worktrees')) continue;
    const clone = path.slice(0, -'/.git/blackbox-ts/worktrees'.length);
    const old = join(now, path, nameOf(join(before, clone)));
    if (existsSync(old)) renameSync(old, join(now, path, nameOf(join(now, clone))));
  }
}
