/** Running hooks as git would, to see what they do: against an index of its own, so that nothing of the user's is touched. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from '../cleanup.js';
import { run } from '../processes.js';
import type { HookRun } from '../types.js';
import { type GitCall, git, runGit } from './run.js';

/** What a hook says before it ends; more is cut off with the hook. */
const wordsLimit = 4 * 1024 * 1024;

function removeAll(index: string, message: string): void {
  for (const file of [index, `${index}.lock`, message]) rmSync(file, { force: true });
}

// githooks(5): commit-msg gets the file that holds the message, pre-push the remote's name and its address.
function argumentsOf(name: string, canary: string, message: string): string[] {
  if (name === 'commit-msg') return [message];
  if (name === 'reference-transaction') return [canary];
  return name === 'pre-push' ? [canary, canary] : [];
}

// An index that holds this one path. Its content is no object of the repository: nothing is written there to ask a question.
function stageOnly(call: GitCall, path: string): void {
  const oid = git(call, ['hash-object', '--stdin'], `${path}\n`).stdout.toString('latin1').trim();
  git(call, ['update-index', '--add', '--cacheinfo', `100644,${oid},${path}`]);
}

export type RunOne = (name: string) => HookRun;

/** See {@link Git.runHooks}. @param hooksFolder asked for where git is too old to run a hook by its name */
export function runHooks<T>(call: GitCall, staged: string, hooksFolder: () => string, work: (run: RunOne) => T): T {
  const index = join(call.repository.gitDir, `blackbox-ts-hook-${process.pid}.index`);
  const own: GitCall = { ...call, env: { ...call.env, GIT_INDEX_FILE: index } };
  const message = `${index}.message`;
  const disarm = atEnd(() => removeAll(index, message));
  try {
    stageOnly(own, staged);
    const content = readFileSync(index);
    return work((name) => {
      // A hook may have changed what the one before it was given.
      writeFileSync(index, content, { mode: 0o600 });
      writeFileSync(message, `${staged}\n`, { mode: 0o600 });
      return start({ ...own, env: { ...own.env, ...ours } }, name, argumentsOf(name, staged, message), hooksFolder);
    });
  } finally {
    removeAll(index, message);
    disarm();
  }
}

/** What we set for our own questions must not change what the hook's own git commands mean. */
const ours = { GIT_LITERAL_PATHSPECS: undefined, GIT_OPTIONAL_LOCKS: undefined, GIT_NO_REPLACE_OBJECTS: undefined };

function start(call: GitCall, name: string, args: readonly string[], hooksFolder: () => string): HookRun {
  const ran = runGit(call, ['hook', 'run', name, ...(args.length === 0 ? [] : ['--', ...args])], '', wordsLimit);
  // git-hook(1) is there since 2.36. An older git says that it has no such command, and runs the file all the same.
  if (ran.status === 1 && /'hook' is not a git command/.test(ran.stderr)) {
    const direct = run(join(hooksFolder(), name), args, {
      cwd: call.repository.root,
      env: call.env,
      limit: wordsLimit,
    });
    return { status: direct.status, stderr: direct.stderr };
  }
  return { status: ran.status, stderr: ran.stderr };
}
