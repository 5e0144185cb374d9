/** Age plugins: other people's programs, found on the PATH, spoken with over pipes. What they say is `src/age/plugin-talk.ts`'s to judge. */
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, parse, sep } from 'node:path';
import { atEnd } from './cleanup.js';
import { pluginSilent } from './errors.js';
import { userEnv } from './processes.js';
import type { Env, PluginProcess } from './types.js';

/** How long a plugin may say nothing: somebody looks for their hardware key, and its own patience ends sooner. */
const longestSilence = 5 * 60 * 1000;
/** Of what it writes to standard error, the end tells why it failed. */
const wordsLimit = 8 * 1024;
/** What was killed is gone in no time, unless it hangs in the kernel, with a device that does not answer. */
const longestEnd = 1000;
/** All that it may say: the stanzas of one file and some hundred questions take a tenth of it. */
const outputLimit = 1024 * 1024;

/** See {@link Plugins.start}. @param repository the folder in which no program is one of the user's own */
export function startPlugin(name: string, machine: string, env: Env, repository: string): PluginProcess | null {
  // It becomes a file's name.
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new TypeError('not the name of a plugin');
  const program = onPath(`age-plugin-${name}`, env, repository);
  return program === null ? null : start(program, machine, env);
}

/** Where a program is. Relative folders on the PATH, and those in the repository, hold what came with the repository. */
function onPath(name: string, env: Env, repository: string): string | null {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, file)).find((path) => isProgram(path, repository)) ?? null;
}

function isProgram(path: string, repository: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    const places = [path, real(path)];
    return statSync(path).isFile() && !places.some((place) => place.startsWith(`${real(repository)}${sep}`));
  } catch {
    return false;
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function start(program: string, machine: string, env: Env): PluginProcess {
  const { spawn } = process.getBuiltinModule('node:child_process');
  // At the top of the file system nothing lies about that came with a repository.
  const options = { cwd: parse(program).root, env: userEnv(env) as NodeJS.ProcessEnv, windowsHide: true };
  return converser(spawn(program, [`--age-plugin=${machine}`], { ...options, stdio: 'pipe' }));
}

function converser(child: ChildProcess): PluginProcess {
  const { stdin, stdout } = child;
  const words = lastWords(child);
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    // It could not be started: no `close` will come.
    child.on('error', () => resolve());
  });
  const disarm = atEnd(() => void child.kill('SIGKILL'));
  // Whoever has ended reads no more; that shows when it is asked for its answer.
  stdin?.on('error', () => {});
  const pieces = stdout?.[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let left = outputLimit;
  return {
    async read() {
      // A pipe that breaks is one that ends.
      const next = pieces.next().catch(() => ({ done: true, value: undefined }) as const);
      const { done, value } = await withoutSilence(next);
      left -= done ? 0 : value.length;
      return done || left < 0 ? null : value;
    },
    write: (text) => void stdin?.write(text),
    async stop(grace) {
      stdin?.end();
      stdout?.destroy();
      await within(closed, grace);
      child.kill('SIGKILL');
      // What it has started itself may hold its standard error open: that is not waited for.
      child.stderr?.destroy();
      await within(closed, longestEnd);
      disarm();
      return words();
    },
  };
}

/** The last line on standard error, which is read on, so that nobody waits for room. */
function lastWords(child: ChildProcess): () => string {
  let words = '';
  child.stderr?.on('data', (piece: Buffer) => {
    words = (words + piece.toString('utf8')).slice(-wordsLimit);
  });
  child.stderr?.on('error', () => {});
  return () => words.trim().split('\n').at(-1) ?? '';
}

async function withoutSilence<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(pluginSilent(longestSilence / 1000)), longestSilence);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}

async function within(work: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}
