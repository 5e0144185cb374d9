/** The sentences of this layer: what the machine, git, gpg, the editor or the terminal would not do. */
import { BlackboxError } from '../errors.js';
import { count, shellWord, showPath, visible } from '../text.js';
import { systemCode } from './system.js';

/** A line of another program's words, or a path in a sentence, is cut here: longer ones are noise, or an attack on the reader. */
const wordsLimit = 300;

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it exists already',
  EFBIG: 'the file would be larger than is allowed',
  EIO: 'the disk reports an error',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a symlink',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is not a folder',
  ENOTEMPTY: 'it is not empty',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
};

function reason(error: unknown): string {
  const code = systemCode(error);
  return reasons[code] ?? (code || 'an unexpected error');
}

/** The words of another program as part of a sentence: one line, bounded, nothing that a terminal would obey. */
export function cleaned(words: string): string {
  const line = visible(words.trim().split(/\r?\n/, 1)[0] ?? '').replace(/\.$/, '');
  return line.length > wordsLimit ? `${line.slice(0, wordsLimit)}…` : line;
}

/** Errors of the operating system become sentences; whatever has a sentence already (or is a bug) stays as it is. */
function unlessSystem(error: unknown, make: () => BlackboxError): unknown {
  return systemCode(error) === '' ? error : make();
}

export function readFailed(path: string, error: unknown): unknown {
  const sentence = `cannot read ${showPath(path)}: ${reason(error)}`;
  return unlessSystem(
    error,
    () => new BlackboxError('ERR_BLACKBOX_READ_FAILED', sentence, { file: path, cause: error }),
  );
}

export function writeFailed(path: string, error: unknown, doing = 'write'): unknown {
  const sentence = `cannot ${doing} ${showPath(path)}: ${reason(error)}`;
  const hints = ['ENOSPC', 'EDQUOT'].includes(systemCode(error))
    ? ['nothing was changed; make room and run it again']
    : [];
  const details = { file: path, cause: error, hints };
  return unlessSystem(error, () => new BlackboxError('ERR_BLACKBOX_WRITE_FAILED', sentence, details));
}

export function notAFile(path: string, kind: string): BlackboxError {
  const what = kind === 'other' ? 'device, pipe or socket' : kind;
  return new BlackboxError('ERR_BLACKBOX_NOT_A_FILE', `${showPath(path)} is a ${what}, not a file`, { file: path });
}

export function tooLarge(path: string, limit: number): BlackboxError {
  const sentence = `${showPath(path)} is larger than ${count(limit, 'byte')}, which is more than is read from such a file`;
  return new BlackboxError('ERR_BLACKBOX_TOO_LARGE', sentence, { file: path });
}

export function tooMuchInput(limit: number): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_TOO_LARGE', `standard input is larger than ${count(limit, 'byte')}`);
}

export function unsafePath(path: string, why: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_UNSAFE_PATH', `${showPath(path)} is not followed: ${why}`, { file: path });
}

export function sameTargetTwice(path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BUG', `${showPath(path)} would be written twice in one go`, {
    file: path,
    exitCode: 70,
  });
}

export function hardLinked(path: string, names: number): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_HARD_LINKED',
    `${showPath(path)} is not shredded: the file has ${names} names (hard links), and the others would lose their content`,
    {
      file: path,
      hints: [
        `find the others with: find . -xdev -samefile ${shellWord(path)}`,
        `or only remove this name: rm ${shellWord(path)}`,
      ],
    },
  );
}

export function locked(path: string, holder: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_LOCKED',
    `another blackbox-ts command is changing this vault (${visible(holder)})`,
    {
      file: path,
      hints: ['run it again when the other one is done', `if there is no other one any more: rm ${shellWord(path)}`],
    },
  );
}

export function noRepository(folder: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_REPOSITORY', `${showPath(folder)} is not in a git repository`, {
    hints: ['make one with: git init'],
  });
}

export function brokenGitFile(path: string, why: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NO_REPOSITORY',
    `${showPath(path)} does not lead to a git repository: ${why}`,
    {
      hints: ['if the repository was moved, run in it: git worktree repair'],
    },
  );
}

export function bareRepository(folder: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_BARE_REPOSITORY',
    `${showPath(folder)} is a git repository without a work tree (bare)`,
    {
      hints: ['run this in a clone of it, or make a work tree with: git worktree add'],
    },
  );
}

export function noGit(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_GIT', 'the git program was not found', {
    hints: ['install git (https://git-scm.com/downloads), or put it on the PATH'],
  });
}

export function gitFailed(command: string, words: string, root: string): BlackboxError {
  const why = cleaned(reasonOfGit(words)) || 'it gave no reason';
  const trust = `if you trust it: git config --global --add safe.directory ${shellWord(root)}`;
  const whole = 'to have all of its history here: git fetch --refetch --no-filter origin';
  const hints = why.includes('dubious ownership') ? [trust] : why.includes('promisor remote') ? [whole] : [];
  return new BlackboxError('ERR_BLACKBOX_GIT_FAILED', `git ${command} failed: ${why}`, { hints });
}

// Warnings may come first; a line that ends in a colon needs the next one.
function reasonOfGit(words: string): string {
  const lines = words.split('\n');
  const first = Math.max(
    lines.findIndex((line) => /^(fatal|error): /.test(line)),
    0,
  );
  const line = (lines[first] ?? '').replace(/^(fatal|error): /, '');
  return line.endsWith(':') ? `${line} ${lines[first + 1]?.trim() ?? ''}` : line;
}

export function gpgFailed(why: string, hints: readonly string[] = []): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_GPG_FAILED', `gpg: ${why}`, { hints });
}

export function sshFailed(why: string, hints: readonly string[] = []): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_SSH_FAILED', `ssh-keygen: ${why}`, { hints });
}

export function cancelled(what: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_CANCELLED', `${what} was cancelled`);
}

export function editorFailed(program: string, why: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_EDITOR', `the editor ${showPath(program)} ${why}`, {
    hints: ['choose another one with: export BLACKBOX_EDITOR=nano'],
  });
}

export function noTerminal(question: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_TERMINAL', `there is no terminal to ask on: ${visible(question)}`, {
    hints: ['run it in a terminal'],
  });
}

export function noInput(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_INPUT', 'nothing is piped into standard input', {
    hints: ['pipe the content in, as in: printf %s "$VALUE" | blackbox-ts …'],
  });
}

/** Only the program is named: its arguments may hold a secret. */
export function commandFailed(program: string, why: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_COMMAND_FAILED', `the command ${showPath(program)} ${why}`);
}

export function badCommand(why: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_COMMAND_FAILED',
    `a command from the environment cannot be understood: ${why}`,
  );
}

export function pluginSilent(seconds: number): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_PLUGIN_FAILED', `the age plugin said nothing for ${count(seconds, 'second')}`);
}
