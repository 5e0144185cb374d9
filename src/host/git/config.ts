/** Setting git's local configuration, through simple-git (25 ms to load: only `init`, `setup` and what installs hooks or drivers do it). */
import { gitFailed, noGit } from '../errors.js';
import { command, type GitCall } from './run.js';

/** Of the error that we hand to simple-git it keeps nothing but the message, so that is where git's exit code goes. */
const exitCode = /^(?:Error: )?exit (\S+)\n/;
/** What `--unset-all` ends with where there is nothing to unset (git-config(1)). */
const notThere = 5;

/** @param value null to take it out */
export async function setConfig(call: GitCall, key: string, value: string | null): Promise<void> {
  if (value !== null) return change(call, ['config', '--local', '--replace-all', key, value]);
  await change(call, ['config', '--local', '--unset-all', key], notThere);
}

async function change(call: GitCall, args: readonly string[], accepted?: number): Promise<void> {
  const { simpleGit } = await import('simple-git');
  const git = simpleGit({
    baseDir: call.repository.root,
    // It would drop every variable that begins with GIT_, and refuses some that we have chosen ourselves (see run.ts).
    allowEnvironment: Object.keys(call.env),
    unsafe: {
      allowUnsafeConfigPaths: true,
      allowUnsafeDiffTextConv: true,
      allowUnsafeMergeDriver: true,
      allowUnsafeFilter: true,
    },
    completion: { onClose: true, onExit: false },
    // Its own rule takes a failure without words for success.
    errors: (_, { exitCode: code, stdErr }) =>
      code === 0 ? undefined : new Error(`exit ${code}\n${Buffer.concat(stdErr).toString('utf8')}`),
  });
  try {
    await git.env(call.env as Record<string, string>).raw([...args]);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (/\bspawn git ENOENT\b/.test(message)) throw noGit();
    if (accepted !== undefined && Number(exitCode.exec(message)?.[1]) === accepted) return;
    throw gitFailed(command(args), message.replace(exitCode, ''), call.repository.root);
  }
}
