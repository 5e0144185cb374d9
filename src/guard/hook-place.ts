/** Where the hooks of a repository are, and what stands there. */
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { FileStat, Files, Repository } from '../host/types.js';
import { shellWord } from '../text.js';
import { hookRefused } from './errors.js';

/**
 * Those of git's hooks that see what leaks: what is staged for a commit, for a merge, its message, and all that is pushed. Cherry-picks,
 * rebases, `am`, and commits with --no-verify run none of the others: what they bring is seen when it is pushed.
 */
export const hookNames = ['pre-commit', 'pre-merge-commit', 'commit-msg', 'pre-push'] as const;
/** Sees every change of a branch, whatever made it. Only where it was asked for: it runs for each commit of a rebase. */
export const strictHook = 'reference-transaction';
export type HookName = (typeof hookNames)[number] | typeof strictHook;
export const allHooks: readonly HookName[] = [...hookNames, strictHook];

export type HookFiles = Pick<Files, 'stat' | 'read' | 'within' | 'makeFolder' | 'replace' | 'remove'>;

/** What git says of a repository. */
export interface HookPlace {
  readonly repository: Repository;
  /** Where git runs hooks from, absolute, `core.hooksPath` included: `Git.hooksFolder()`. */
  readonly hooksFolder: string;
  /** `<commonDir>/blackbox-ts`. */
  readonly state: string;
}

export interface HookFile {
  readonly name: HookName;
  readonly path: string;
  /** The hook that ours replaced. */
  readonly before: string;
  /** husky's own hooks are written anew by every npm install; our lines go to the file that they run. */
  readonly husky: boolean;
  /** In the work tree: others get it by cloning, so it holds no paths of this machine. */
  readonly shared: boolean;
}

/** No hook is larger; what is, is a program that somebody put there. */
const largestHook = 1 << 20;

function isBelow(path: string, folder: string): boolean {
  const rest = relative(folder, path);
  return rest !== '' && rest !== '..' && !rest.startsWith(`..${sep}`) && !isAbsolute(rest);
}

/** Finds the file. Whatever the repository holds, a hook in the work tree is not reached through symlinks. */
export function hookFile(files: HookFiles, { repository, hooksFolder }: HookPlace, name: HookName): HookFile {
  const husky = basename(hooksFolder) === '_' && files.stat(join(hooksFolder, 'h')) !== null;
  const path = join(husky ? dirname(hooksFolder) : hooksFolder, name);
  const own = isBelow(path, repository.gitDir) || isBelow(path, repository.commonDir);
  const shared = !own && isBelow(path, repository.root);
  if (shared) files.within(repository.root, relative(repository.root, path).split(sep).join('/'));
  return { name, path, before: `${path}.before-blackbox-ts`, husky, shared };
}

export interface ExistingHook {
  readonly text: string;
  readonly content: Buffer;
  readonly mode: number;
}

function refuseKind(path: string, { kind }: FileStat): never {
  const away = `mv ${shellWord(path)} ${shellWord(`${path}.before-blackbox-ts`)}`;
  if (kind === 'symlink')
    throw hookRefused(path, 'it is a symbolic link, and what it points to is not ours to move', [away]);
  throw hookRefused(path, 'it is not a regular file', [away]);
}

/** The hook at a path; null when there is none. Throws for links and folders: only their owner knows what they are for. */
export function readHook(files: HookFiles, path: string): ExistingHook | null {
  const stat = files.stat(path);
  if (stat === null) return null;
  if (stat.kind !== 'file') refuseKind(path, stat);
  const content = files.read(path, largestHook);
  return content === null ? null : { text: content.toString('utf8'), content, mode: stat.mode & 0o777 };
}
