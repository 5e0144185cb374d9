/** Where a registered plaintext is one careless `git add` away from a commit, or in the index already. */
import { ignorePattern } from './gitfiles.js';
import { readText } from './plan-gitfiles.js';
import type { FileCondition, FileState, RepoPath, Vault } from './types.js';

export interface Exposure {
  /** In git's index. */
  readonly tracked: ReadonlySet<RepoPath>;
  /** Not ignored by git. */
  readonly unignored: ReadonlySet<RepoPath>;
  /** Of those, the ones whose line in .gitignore is there, so that another line must take it back. */
  readonly takenBack: ReadonlySet<RepoPath>;
}

/** In these there is a plaintext in the work tree. */
const withPlaintext: readonly FileCondition[] = ['open', 'changed', 'outdated', 'unsealed'];

/**
 * Two questions to git, however many files. Git compares each path that it is asked about with each line of .gitignore: of those that are
 * not there in plaintext and have their line, it is not asked.
 */
export function exposure(vault: Vault, states: readonly FileState[]): Exposure {
  const git = vault.host.git.open(vault.repository);
  const paths = states.map((s) => s.entry.path);
  const lines = new Set(readText(vault, '.gitignore').split(/\r?\n/));
  const hasLine = (path: RepoPath) => lines.has(ignorePattern(path));
  const asked = states
    .filter((s) => withPlaintext.includes(s.condition) || !hasLine(s.entry.path))
    .map((s) => s.entry.path);
  const ignored = git.ignored(asked);
  const tracked = git.tracked(paths);
  const unignored = asked.filter((path) => !ignored.has(path));
  return {
    tracked: new Set(paths.filter((path) => tracked.has(path))),
    unignored: new Set(unignored),
    takenBack: new Set(unignored.filter(hasLine)),
  };
}
