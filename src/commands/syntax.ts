/** Whether content is what the name of its file says. */
import { BlackboxError } from '../errors.js';
import { formatOf, parseValue } from '../formats/index.js';
import type { Host } from '../host/types.js';
import type { RepoPath, Vault } from '../vault/index.js';

/** What is larger is data rather than something that people write, and takes long to parse. */
const checkedLimit = 1024 * 1024;

/** Why content is not what its file's format wants; null when it is, or the format wants nothing. */
export function syntaxProblem(path: RepoPath, content: Buffer): BlackboxError | null {
  const format = formatOf(path);
  if (format.name === 'plain') return null;
  try {
    parseValue(format, content, path);
    return null;
  } catch (error) {
    const wrong = ['ERR_BLACKBOX_SYNTAX', 'ERR_BLACKBOX_NOT_TEXT'];
    if (!(error instanceof BlackboxError)) throw error;
    return wrong.includes(error.code) ? error : null;
  }
}

/** What is sealed as it lies there is sealed also when no program will load it: its writer should know before they do. */
export function warnUnsound(host: Host, vault: Vault, paths: readonly RepoPath[]): void {
  for (const path of paths) {
    const absolute = vault.host.files.within(vault.root, path);
    if ((vault.host.files.stat(absolute)?.size ?? 0) > checkedLimit) continue;
    const content = vault.host.files.read(absolute);
    const problem = content === null || content.length === 0 ? null : syntaxProblem(path, content);
    if (problem !== null) host.terminal.warn(problem.sentence);
  }
}
