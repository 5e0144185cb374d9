/**
 * Finding the repository that holds a folder, by looking at files as git does (gitrepository-layout(5), setup.c): no process.
 * The git program is later run in the folder found here and looks by itself, so that its own checks (of ownership) stay in force.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { bareRepository, brokenGitFile, noRepository, readFailed } from '../errors.js';
import { meansAbsent } from '../system.js';
import type { Env, Repository } from '../types.js';

/** `gitdir: <path>`, or a path: what is longer is no such file. */
const pointerLimit = 4096;

function kind(path: string): 'file' | 'folder' | null {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) return 'folder';
    return stats?.isFile() ? 'file' : null;
  } catch (error) {
    if (meansAbsent(error)) return null;
    throw readFailed(path, error);
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (meansAbsent(error)) return null;
    throw readFailed(path, error);
  }
}

// Linked worktrees have a HEAD of their own and share the rest with the folder that `commondir` names.
function commonDirOf(gitDir: string): string {
  const pointer = textOf(join(gitDir, 'commondir'));
  return pointer === null ? gitDir : physical(resolve(gitDir, pointer.slice(0, pointerLimit).trimEnd()));
}

function isGitDir(path: string): boolean {
  if (kind(join(path, 'HEAD')) !== 'file') return false;
  const common = commonDirOf(path);
  return kind(join(common, 'objects')) === 'folder' && kind(join(common, 'refs')) === 'folder';
}

function physical(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

// `.git` is the repository's folder, a symlink to it, or (in linked worktrees and submodules) a file that names it.
function gitDirAt(folder: string): string | null {
  const entry = join(folder, '.git');
  const what = kind(entry);
  if (what === 'folder') return isGitDir(entry) ? physical(entry) : null;
  return what === 'file' ? followGitFile(entry) : null;
}

function followGitFile(entry: string): string {
  const target = /^gitdir: ([^\0]{1,4096}?)[\r\n]*$/.exec((textOf(entry) ?? '').slice(0, pointerLimit))?.[1];
  if (target === undefined) throw brokenGitFile(entry, 'it does not say "gitdir: …"');
  const gitDir = physical(resolve(dirname(entry), target));
  if (!isGitDir(gitDir)) throw brokenGitFile(entry, 'the folder it names is not one');
  return gitDir;
}

// A bare repository whose `.git` file or folder is visited directly. In one with linked worktrees those have their own HEAD and are not bare.
function isBare(gitDir: string, commonDir: string): boolean {
  if (gitDir !== commonDir) return false;
  const configuration = `${textOf(join(gitDir, 'config')) ?? ''}\n${textOf(join(gitDir, 'config.worktree')) ?? ''}`;
  const core = configuration.split(/^[ \t]*\[/m).filter((section) => /^core\][^\n]*/i.test(section));
  return core.some((section) => /^\s*bare\s*=\s*(true|yes|on|1)\s*$/im.test(section.replace(/^core\]/i, '\n')));
}

/** The repository whose work tree begins at exactly this folder; null when none does. */
export function repositoryAt(folder: string): Repository | null {
  const gitDir = gitDirAt(folder);
  if (gitDir === null) return null;
  const commonDir = commonDirOf(gitDir);
  if (isBare(gitDir, commonDir)) throw bareRepository(folder);
  return { root: folder, gitDir, commonDir };
}

/**
 * The commit that is checked out, where a file tells it, as in most clones; null where git has to be asked: nothing is committed, the branch is
 * packed, or references are kept in another way. https://git-scm.com/docs/gitrepository-layout
 */
export function tipAt({ gitDir, commonDir }: Repository): string | null {
  const head = lineOf(join(gitDir, 'HEAD'));
  const branch = /^ref: (refs\/heads\/[^\0\s]{1,1024})\n$/.exec(head)?.[1];
  // A branch's name has no component that begins with a dot (git-check-ref-format).
  const told = branch === undefined ? head : branch.includes('/.') ? '' : lineOf(join(commonDir, branch));
  return /^([0-9a-f]{40}|[0-9a-f]{64})\n$/.exec(told)?.[1] ?? null;
}

function lineOf(path: string): string {
  return kind(path) === 'file' ? (textOf(path) ?? '') : '';
}

function isInside(root: string, folder: string): boolean {
  const way = relative(root, folder);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * `git --git-dir=X --work-tree=Y …` hands both to its hooks. GIT_DIR alone does not change what is found: git sets it for the hooks
 * of linked worktrees and submodules, and runs these at the top of the work tree, from where the same repository is found by looking.
 */
function fromEnvironment(folder: string, env: Env, cwd: string): Repository | null {
  if (!env.GIT_DIR || !env.GIT_WORK_TREE) return null;
  const root = physical(resolve(cwd, env.GIT_WORK_TREE));
  const gitDir = physical(resolve(cwd, env.GIT_DIR));
  return isInside(root, folder) && isGitDir(gitDir) ? { root, gitDir, commonDir: commonDirOf(gitDir) } : null;
}

/** See {@link GitPort.findBare}. */
export function bareAt(folder: string): Repository {
  const gitDir = physical(folder);
  if (!isGitDir(gitDir)) throw noRepository(folder);
  return { root: gitDir, gitDir, commonDir: commonDirOf(gitDir) };
}

/** See {@link GitPort.find}. */
export function findRepository(from: string, env: Env, cwd: string): Repository {
  const start = physical(resolve(cwd, from));
  const given = fromEnvironment(start, env, cwd);
  if (given !== null) return given;
  for (let folder = start; ; folder = dirname(folder)) {
    const found = repositoryAt(folder);
    if (found !== null) return found;
    if (isGitDir(folder)) throw bareRepository(folder);
    if (folder === dirname(folder)) throw noRepository(from);
  }
}
