/** Git, run while other things go on: what has come can be looked at, and Ctrl-C is heard. */
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { gitFailed, noGit } from '../errors.js';
import { systemCode } from '../system.js';
import type { Env } from '../types.js';
import { command, type GitCall } from './run.js';

/** As much of git's words as a sentence could use. */
const wordsLimit = 64 * 1024;

interface Begun {
  readonly child: ChildProcess;
  /** Resolves when it has ended with 0. */
  readonly ended: Promise<void>;
}

/** Starts git and gives it its input. Who ends before it has read all of that says by its exit code how it ended. */
export function begin(
  call: GitCall,
  args: readonly string[],
  input: string,
  stdout: 'pipe' | 'ignore',
  env: Env = {},
): Begun {
  const { spawn } = process.getBuiltinModule('node:child_process');
  const stdio: StdioOptions = ['pipe', stdout, 'pipe'];
  const child = spawn('git', args, {
    cwd: call.repository.root,
    env: { ...call.env, ...env } as NodeJS.ProcessEnv,
    stdio,
    windowsHide: true,
  });
  const ended = endOf(child, call, args);
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return { child, ended };
}

function endOf(child: ChildProcess, call: GitCall, args: readonly string[]): Promise<void> {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(0, wordsLimit);
  });
  const failed = (why: string) => gitFailed(command(args), why, call.repository.root);
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(systemCode(error) === 'ENOENT' ? noGit() : failed(error.message)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(failed(signal === null ? words : `ended by ${signal}`));
    });
  });
}
