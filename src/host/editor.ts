/** The user's editor, on a file that holds plaintext: waited for, and kept from leaving copies elsewhere where we know how. */
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, join, sep } from 'node:path';
import { atEnd, holdInterrupts } from './cleanup.js';
import { editorFailed } from './errors.js';
import { userEnv } from './processes.js';
import { systemCode } from './system.js';
import type { Editor, Env } from './types.js';
import { splitWords } from './words.js';

export function nodeEditor(env: Env, platform: NodeJS.Platform): Editor {
  return { open: (path) => open(path, env, platform) };
}

async function open(path: string, env: Env, platform: NodeJS.Platform): Promise<void> {
  const [program = '', ...given] = editorCommand(env, platform);
  const args = [...given, ...precautions(program, env), path];
  const release = holdInterrupts();
  try {
    const { spawn } = process.getBuiltinModule('node:child_process');
    const child = spawn(program, args, { stdio: 'inherit', env: userEnv(env) as NodeJS.ProcessEnv });
    await withUs(child, ended(child, program));
  } finally {
    release();
  }
}

/**
 * When we are told to end, so is the editor: it would go on with a file that is gone. An interrupt it may take as it likes; from a terminal
 * it has got the same one already, and editors that read keys never see it.
 */
async function withUs(child: ChildProcess, end: Promise<void>): Promise<void> {
  const interrupt = () => void child.kill('SIGINT');
  process.on('SIGINT', interrupt);
  const disarm = atEnd(() => void child.kill());
  try {
    await end;
  } finally {
    disarm();
    process.removeListener('SIGINT', interrupt);
  }
}

/** The words of $BLACKBOX_EDITOR, $VISUAL or $EDITOR; a path with spaces in it may stand there as it is. */
export function editorCommand(env: Env, platform: NodeJS.Platform): string[] {
  const command = [env.BLACKBOX_EDITOR, env.VISUAL, env.EDITOR].find(
    (text) => text !== undefined && text.trim() !== '',
  );
  if (command === undefined) return [platform === 'win32' ? 'notepad' : 'vi'];
  if (command.includes(sep) && statSync(command, { throwIfNoEntry: false })?.isFile()) return [command];
  const words = splitWords(command, platform);
  return (words[0] ?? '') === '' ? ['vi'] : words;
}

// The end of the editor is its end, not that of something it has started: `exit`, not `close`.
function ended(child: ChildProcess, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(
        editorFailed(
          program,
          systemCode(error) === 'ENOENT' ? 'was not found' : `could not be started (${systemCode(error)})`,
        ),
      );
    });
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(editorFailed(program, signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`));
    });
  });
}

/**
 * Swap, backup, undo and history files may lie far from the file that is edited. Vim: `-n` no swap file, `-i NONE` no viminfo (Neovim: no
 * shada), which would keep registers, that is, what was yanked. Emacs: what it saves by itself.
 */
const vim = ['-n', '-i', 'NONE', '-c', 'silent! set noswapfile nobackup nowritebackup noundofile'];
const emacs = ['--eval', '(setq make-backup-files nil auto-save-default nil create-lockfiles nil)'];

function precautions(program: string, env: Env): readonly string[] {
  const name = basename(resolved(program, env)).toLowerCase();
  if (/^([gmr]?vim|g?view|nvim)(\.|$)/.test(name)) return vim;
  return /^emacs([-.\d]|$)/.test(name) ? emacs : [];
}

// `vi` may be Vim or something that knows none of these options: what it is a symlink to tells.
function resolved(program: string, env: Env): string {
  const candidates = program.includes(sep)
    ? [program]
    : (env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  for (const candidate of candidates) {
    try {
      accessSync(candidate, constants.X_OK);
      return realpathSync(candidate);
    } catch {
      // Not here.
    }
  }
  return program;
}
