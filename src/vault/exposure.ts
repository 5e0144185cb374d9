/** What git has to say of each registered file: plaintext that is one careless `git add` away from a commit, and sealed files of an older time. */
import { ignorePattern } from './gitfiles.js';
import { olderIn } from './older.js';
import { sealedPath } from './paths.js';
import { readText } from './plan-gitfiles.js';
import type { FileCondition, FileState, RepoPath, Vault } from './types.js';

export interface Exposure {
  /** In git's index. */
  readonly tracked: ReadonlySet<RepoPath>;
  /** Not ignored by git. */
  readonly unignored: ReadonlySet<RepoPath>;
  /** Of those, the ones whose line in .gitignore is there, so that another line must take it back. */
  readonly takenBack: ReadonlySet<RepoPath>;
  /** Whose sealed file was put back over a newer one, with its blob. */
  readonly older: ReadonlyMap<RepoPath, string>;
}

/** In these there is a plaintext in the work tree. */
const withPlaintext: readonly FileCondition[] = ['open', 'changed', 'outdated', 'unsealed'];

/**
 * Few questions to git, however many files. Git compares each path that it is asked about with each line of .gitignore: of those that are
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
  const oids = new Map(git.trackedEntries([...paths, ...paths.map(sealedPath)]).map((e) => [e.path, e.oid] as const));
  const unignored = asked.filter((path) => !ignored.has(path));
  return {
    tracked: new Set(paths.filter((path) => oids.has(path))),
    unignored: new Set(unignored),
    takenBack: new Set(unignored.filter(hasLine)),
    older: olderIn(vault, oids, paths),
  };
}
