/** The machine this program runs on. Everything is made when first used: starting costs next to nothing. */
import { realpathSync } from 'node:fs';
import { isAbsolute, parse } from 'node:path';
import { atEnd } from './cleanup.js';
import { runForOutput } from './command.js';
import { nodeEditor } from './editor.js';
import { nodeFiles } from './files.js';
import { nodeGit } from './git.js';
import { nodeGpg } from './gpg.js';
import { endAs, runInPlace } from './in-place.js';
import { startPlugin } from './plugins.js';
import { sshSign } from './ssh.js';
import { openStage } from './stage.js';
import { nodeTerminal } from './terminal.js';
import { nodeThreads } from './threads.js';
import type { Env, GitPort, Host } from './types.js';
import { watchFolders } from './watch.js';

/**
 * The real {@link Host}: this process's folder, environment and terminal.
 * @param asks whether plugins may tell and ask something on the terminal: a library's host does not
 */
export function nodeHost(asks = false): Host {
  const { env, platform } = process;
  const cwd = process.cwd();
  const home = homeOf(env);
  const host: Host = lazily<Host>({
    cwd: () => cwd,
    home: () => home,
    userName: () => userNameOf(env),
    env: () => env,
    platform: () => platform,
    files: () => nodeFiles(env),
    git: () => nodeGit(env, cwd),
    gpg: () => nodeGpg(env, home),
    plugins: () => ({
      start: (name, machine) => startPlugin(name, machine, env, topOf(host.git, cwd)),
      get dialog() {
        return asks ? host.terminal : null;
      },
    }),
    terminal: () => nodeTerminal(env),
    editor: () => nodeEditor(env, platform),
    threads: () => nodeThreads(),
    program: () => ({ node: process.execPath, script: scriptOf(process.argv[1] ?? '') }),
    runForOutput: () => (command) => runForOutput(command, env, platform),
    sshSign: () => (publicKey, message) => sshSign(publicKey, message, env, nodeFiles(env)),
    atEnd: () => atEnd,
    openStage: () => () => openStage(env),
    watch: () => watchFolders,
    runInPlace: () => runInPlace,
    endAs: () => endAs,
  });
  return host;
}

function topOf(git: GitPort, cwd: string): string {
  try {
    return git.find(cwd).root;
  } catch {
    return cwd;
  }
}

// `node_modules/.bin/blackbox-ts` is a link to it.
function scriptOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

// From an empty or a relative one, `~/.config` would be a folder of wherever somebody is: a key would be made in the work tree, and looked for there.
function homeOf(env: Env): string {
  const told = process.platform === 'win32' ? env.USERPROFILE : env.HOME;
  if (told !== undefined && isAbsolute(told)) return told;
  try {
    return process.getBuiltinModule('node:os').userInfo().homedir;
  } catch {
    return parse(process.cwd()).root;
  }
}

// A user id without an entry in the user database (in containers) has no name.
function userNameOf(env: Env): string {
  try {
    return process.getBuiltinModule('node:os').userInfo().username;
  } catch {
    return env.LOGNAME || env.USER || env.USERNAME || '';
  }
}

/** An object whose properties are made when they are first read, once. */
function lazily<T extends object>(makers: { readonly [K in keyof T]: () => T[K] }): T {
  const object = {};
  for (const [name, make] of Object.entries<() => unknown>(makers)) {
    const get = () => {
      const value = make();
      Object.defineProperty(object, name, { value, enumerable: true });
      return value;
    };
    Object.defineProperty(object, name, { get, enumerable: true, configurable: true });
  }
  return object as T;
}
