/** Who brought what is refused: the sentence names the commit and its author. */
import { BlackboxError, type ErrorCode } from '../errors.js';
import type { CommitLine } from '../host/types.js';
import { commitWords } from './trust-errors.js';
import type { Vault } from './types.js';

const somebodysDoing: readonly ErrorCode[] = [
  'ERR_BLACKBOX_STATEMENT_BROKEN',
  'ERR_BLACKBOX_STATEMENT_FORGED',
  'ERR_BLACKBOX_STATEMENT_FOREIGN',
  'ERR_BLACKBOX_STATEMENT_MISSING',
  'ERR_BLACKBOX_STATEMENT_NOT_ENTITLED',
  'ERR_BLACKBOX_VAULT_DAMAGED',
  'ERR_BLACKBOX_VAULT_REPLACED',
  'ERR_BLACKBOX_NOT_AUTHENTIC',
];

/** undefined where there is no history to ask. */
function lastChange(vault: Vault, file: string): CommitLine | null | undefined {
  if (vault.host.files.stat(vault.repository.gitDir) === null) return undefined;
  try {
    return vault.host.git.open(vault.repository).lastChange(file);
  } catch (error) {
    // It only adorns another error.
    if (error instanceof BlackboxError) return undefined;
    throw error;
  }
}

/** The same error, with the last commit that changed the file that it is about. */
export function withCommit(vault: Vault, error: BlackboxError): BlackboxError {
  const { code, sentence, file, hints, attempts, exitCode } = error;
  const commit = file === undefined || !somebodysDoing.includes(code) ? undefined : lastChange(vault, file);
  if (file === undefined || commit === undefined) return error;
  const words = commit === null ? commitWords(null) : `last changed ${commitWords(commit)}`;
  return new BlackboxError(code, `${sentence}; ${words}`, { file, hints, attempts, exitCode, cause: error });
}

/** What `work` gives; where it refuses what the repository holds, with the commit that brought it. */
export function blaming<T>(vault: Vault, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof BlackboxError ? withCommit(vault, error) : error;
  }
}
