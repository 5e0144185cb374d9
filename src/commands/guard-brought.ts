/** Sealed files and statements as commits bring them, held against what was agreed upon before. */
import { BlackboxError } from '../errors.js';
import { formerAdminRule, olderVersionRule } from '../guard/advice.js';
import { forgedRule, type Judge } from '../guard/registered.js';
import type { Finding } from '../guard/types.js';
import type { Git } from '../host/types.js';
import { visible } from '../text.js';
import { whyNotAt } from '../vault/authority-at.js';
import { genuineChanges } from '../vault/forged.js';
import { type BroughtFile, lateStatements } from '../vault/late-statements.js';
import { type Genuine, isAnswered, putBackIn } from '../vault/older.js';
import { parseRepoPath } from '../vault/paths.js';
import { vaultAt } from '../vault/revision.js';
import { isCompleteSealedFile } from '../vault/sealed.js';
import type { Vault } from '../vault/types.js';
import { findVault, hasVault } from '../vault/vault.js';

/** What was put back over a forged file alone was put over nothing. Where it cannot be told which those are, every one counts. */
function genuineIn(place: Omit<Vault, 'id'>): Genuine {
  let vault: Vault | undefined;
  return (sealed, changes) => {
    try {
      if (!hasVault(place)) return changes;
      vault ??= { ...findVault(place.host, place.root), passive: true };
      return genuineChanges(vault, parseRepoPath(sealed.replace(/\.age$/, '')), changes);
    } catch (error) {
      if (!(error instanceof BlackboxError)) throw error;
      return changes;
    }
  };
}

/** Versions of sealed files that commits have put back over newer ones. Where that has been answered since, it is only told. */
export function putBackFindings(git: Git, revisions: readonly string[], place: Omit<Vault, 'id'>): Finding[] {
  return putBackIn(git, revisions, genuineIn(place)).map(({ path, commit, answered }) => ({
    path,
    line: 0,
    column: 0,
    rule: olderVersionRule,
    severity: answered ? 'warn' : 'block',
    what: `an older version, put back over a newer one by ${commit.author}, ${commit.date.slice(0, 10)}`,
    masked: '',
    commit: commit.id,
  }));
}

/** Statements by somebody who could not make them any more, by what others have agreed to. */
export function lateFindings(
  place: Omit<Vault, 'id'>,
  configFrom: string | undefined,
  changes: readonly BroughtFile[],
): Finding[] {
  const agreed = configFrom === undefined ? null : vaultAt(place, configFrom);
  if (agreed === null) return [];
  return lateStatements(agreed, changes).map(({ brought: { path, commit }, by }) => ({
    path,
    line: 0,
    column: 0,
    rule: formerAdminRule,
    severity: 'block',
    what: `a statement of ${visible(by)}, who had lost the right to make it, that takes something away`,
    masked: '',
    commit,
  }));
}

/** The vault that names the founder, and the one whose roster counts beside that of each commit; null where nothing is agreed upon yet. */
function agreedVault(place: Omit<Vault, 'id'>, configFrom: string | undefined) {
  if (configFrom !== undefined) {
    const agreed = vaultAt(place, configFrom);
    return agreed && { from: agreed, agreed };
  }
  return hasVault(place) ? { from: findVault(place.host, place.root), agreed: null } : null;
}

/** Judges sealed files as commits bring them: complete, and signed by somebody who might, where it can be known who that is. */
export function judgeBrought(
  place: Omit<Vault, 'id'>,
  commits: readonly string[],
  configFrom: string | undefined,
): Judge {
  const found = commits.length === 0 ? null : agreedVault(place, configFrom);
  const whyNot = found && whyNotAt(place, found.from, found.agreed, commits);
  return (path, bytes, commit) => {
    if (!isCompleteSealedFile(bytes)) return false;
    return commit === undefined || whyNot === null ? true : (whyNot(commit, path, bytes) ?? true);
  };
}

/** A later commit may have put right what one has brought: then it is only told. Each costs a process; who brings more is found out by the first. */
const mostAnswered = 100;

export function answeredForgeries(git: Git, revisions: readonly string[], findings: readonly Finding[]): Finding[] {
  let asked = 0;
  return findings.map((finding) => {
    const { rule, path, commit } = finding;
    if (rule !== forgedRule || commit === undefined || asked++ >= mostAnswered) return finding;
    return isAnswered(git, revisions, path, commit) ? { ...finding, severity: 'warn' } : finding;
  });
}
