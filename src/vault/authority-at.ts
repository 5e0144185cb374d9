/** Who might seal files as a commit has them: sealed files that come in are held against the roster of the commit that brings them. */
import { BlackboxError } from '../errors.js';
import type { SignedStatement } from '../trust/statement.js';
import { whyNotAuthentic } from './authentic.js';
import { parseRepoPath } from './paths.js';
import { expectedFounder } from './pin.js';
import { registeredGroups } from './registry.js';
import { vaultAt } from './revision.js';
import { inspectSealed } from './sealed.js';
import { readStatements, statementsFolder } from './statements.js';
import { type Authority, chainOfStatements } from './trust.js';
import type { RepoPath, Vault } from './types.js';

/** Why a sealed file is not authentic in a commit; null when it is. */
export type WhyNotAt = (commit: string, file: string, bytes: Uint8Array) => string | null;

interface Standing {
  readonly authority: Authority;
  /** For which groups the commit's registry says that a file is. */
  groups(path: RepoPath): readonly string[] | undefined;
}

/** What decides who may seal: commits that have the same in these places have the same roster. */
const deciding = [statementsFolder, '.blackbox/files', '.blackbox/vault.json'];

function distinct(statements: readonly SignedStatement[]): SignedStatement[] {
  return [...new Map(statements.map((signed) => [signed.id, signed])).values()];
}

/** @throws whatever is wrong with the statements of that commit */
function standingAt(vault: Vault | null, founder: string, agreed: Vault | null): Standing | string {
  if (vault === null) return 'there is no vault in its commit';
  if (vault.id !== founder) return 'its commit has another vault';
  // What has been taken away on the agreed side is taken away, whatever the commit leaves out.
  const statements = distinct([...readStatements(vault), ...(agreed === null ? [] : readStatements(agreed))]);
  return {
    authority: chainOfStatements(vault, founder, statements),
    groups: (path) => registeredGroups(vault, path),
  };
}

function attempt<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof BlackboxError && error.exitCode !== 70) return error.sentence;
    throw error;
  }
}

/**
 * Judges sealed files by the roster of the commit that brings them: its statements hang together from the founder's on, so that nobody is on it
 * whom no admin has let in, and the founder is the one whom the agreed side names.
 * @param agreed a vault that others have agreed to, whose statements count beside those of each commit; null: only its founder is known
 * @param from whose founder it is, as this clone has pinned it
 * @param commits all that will be asked about
 * @throws ERR_BLACKBOX_VAULT_REPLACED
 */
export function whyNotAt(
  place: Omit<Vault, 'id'>,
  from: Vault,
  agreed: Vault | null,
  commits: readonly string[],
): WhyNotAt {
  const founder = expectedFounder(from);
  const git = place.host.git.open(place.repository);
  const ids = git.idsOf(commits.flatMap((commit) => deciding.map((path) => `${commit}:${path}`)));
  const keys = new Map(
    commits.map((commit, i) => [commit, ids.slice(i * deciding.length, (i + 1) * deciding.length).join()]),
  );
  const standings = new Map<string, Standing | string>();
  const standingOf = (commit: string): Standing | string => {
    const key = keys.get(commit) ?? commit;
    const known = standings.get(key);
    if (known !== undefined) return known;
    const fresh = attempt(() => standingAt(vaultAt(place, commit, '.blackbox'), founder, agreed));
    standings.set(key, fresh);
    return fresh;
  };
  return (commit, file, bytes) => {
    const standing = standingOf(commit);
    if (typeof standing === 'string') return standing;
    return attempt(() => {
      const path = parseRepoPath(file.replace(/\.age$/, ''));
      const info = inspectSealed(bytes, file);
      const audiences = [standing.groups(path), agreed === null ? undefined : registeredGroups(agreed, path)];
      const reasons = audiences.map((groups) => whyNotAuthentic(standing.authority, path, info, groups));
      return reasons.find((reason) => reason !== null) ?? null;
    });
  };
}
