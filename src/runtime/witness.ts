/** What a load has asked of the machine, so that the next one can ask whether any answer would be another one now. */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { FileStat, Files, GitPort, Repository } from '../host/types.js';
import type { VaultHost } from '../vault/types.js';

/**
 * What was changed less than so many ms before it was asked for may change once more and look the same: file systems count time in steps, of up
 * to two seconds (FAT).
 */
const settled = 2_500;

/** Answers, to be asked for again. */
export interface Facts {
  readonly cwd: string;
  readonly home: string;
  /** What stands at a path: its stamp, null where nothing is. */
  readonly stamps: ReadonlyMap<string, string | null>;
  /** Folders on the way to something, in which anything else may change. */
  readonly folders: ReadonlySet<string>;
  /** Where symlinks lead. */
  readonly real: ReadonlyMap<string, string>;
  readonly env: ReadonlyMap<string, string | undefined>;
}

export interface Witness {
  /** The machine, as it is to be asked. */
  readonly host: VaultHost;
  /** All that was asked; null when something cannot be asked for again without doing it, or has only just changed. */
  facts(): Facts | null;
}

/** Variables that hold keys, which are not to be kept any longer than they stand there: their digests are. */
const keys: ReadonlySet<string> = new Set(['BLACKBOX_IDENTITY', 'SOPS_AGE_KEY']);

function variable(env: VaultHost['env'], name: string): string | undefined {
  const value = env[name];
  return value !== undefined && keys.has(name) ? createHash('sha256').update(value).digest('base64') : value;
}

class Notes {
  readonly since = Date.now();
  /** And whether something was there: null where the answer does not tell. */
  readonly paths = new Map<string, boolean | null>();
  /** Where nothing may be. */
  readonly empty = new Set<string>();
  readonly folders = new Set<string>();
  /** Where a way from the top of the repository ends. */
  readonly ends = new Set<string>();
  readonly real = new Map<string, string>();
  readonly env = new Map<string, string | undefined>();
  /** Something was done, and not only asked: a program started, a file written. */
  did = false;

  /** As `act`, and noted. */
  doing<A extends unknown[], T>(act: (...given: A) => T): (...given: A) => T {
    return (...given) => {
      this.did = true;
      return act(...given);
    };
  }

  at<T>(path: string, answer: T, there: boolean | null = answer !== null): T {
    const before = this.paths.get(path) ?? there;
    // What comes or goes while it is looked at is looked at again.
    if (before !== null && there !== null && before !== there) this.did = true;
    this.paths.set(path, before ?? there);
    return answer;
  }

  /** Of a folder, that it is one: what else becomes of it is asked for apart. */
  stood(path: string, stat: FileStat | null): FileStat | null {
    if (stat?.kind === 'folder') this.folders.add(path);
    else this.at(path, stat);
    return stat;
  }

  led(path: string, to: string): string {
    this.real.set(path, to);
    return to;
  }

  /** The folders from `top` on that hold a path. */
  way(top: string, path: string): string {
    for (let at = dirname(path); at.length >= top.length && !this.folders.has(at); at = dirname(at))
      this.folders.add(at);
    this.ends.add(path);
    return path;
  }

  /** Nothing that git knows, from a folder on up to below another one. */
  noRepository(from: string, top: string): void {
    for (let at = from; at.length > top.length; at = dirname(at)) {
      this.empty.add(join(at, '.git')).add(join(at, 'HEAD'));
      if (at === dirname(at)) break;
    }
  }

  /** What `GitPort.find` looks at. */
  repository(from: string, { root, gitDir, commonDir }: Repository): Repository {
    this.noRepository(from, root);
    const entry = join(root, '.git');
    if (gitDir !== entry) this.at(entry, entry);
    for (const folder of [gitDir, join(commonDir, 'objects'), join(commonDir, 'refs')]) this.folders.add(folder);
    for (const name of ['config', 'config.worktree', 'commondir']) this.at(join(gitDir, name), name, null);
    return { root, gitDir, commonDir };
  }
}

function watchedFiles(notes: Notes, files: Files): Files {
  return {
    stat: (path) => notes.stood(path, files.stat(path)),
    stamp: (path) => notes.at(path, files.stamp(path)),
    read: (path, limit) => notes.at(path, files.read(path, limit)),
    readHead: (path, bytes) => notes.at(path, files.readHead(path, bytes)),
    readPieces: (path) => notes.at(path, files.readPieces(path)),
    list: (folder) => notes.at(folder, files.list(folder), null),
    real: (path) => notes.led(path, files.real(path)),
    physical: (path) => notes.led(path, files.physical(path)),
    within: (root, relative) => notes.way(root, files.within(root, relative)),
    makeFolder: notes.doing(files.makeFolder),
    replace: notes.doing(files.replace),
    writeLocal: notes.doing(files.writeLocal),
    append: notes.doing(files.append),
    sweep: notes.doing(files.sweep),
    remove: notes.doing(files.remove),
    shred: notes.doing(files.shred),
    lock: notes.doing(files.lock),
    setAside: notes.doing(files.setAside),
    privateFolder: notes.doing(files.privateFolder),
  };
}

function watchedEnv(notes: Notes, env: VaultHost['env']): VaultHost['env'] {
  return new Proxy(env, {
    get: (all, name) => {
      if (typeof name === 'string') notes.env.set(name, variable(all, name));
      return all[name as string];
    },
    // Whoever wants all of them wants to hand them on.
    ownKeys: (all) => {
      notes.did = true;
      return Reflect.ownKeys(all);
    },
  });
}

function watchedGit(notes: Notes, { git, files, env }: VaultHost): GitPort {
  const find = (from: string): Repository => {
    const start = notes.led(from, files.real(from));
    for (const name of ['GIT_DIR', 'GIT_WORK_TREE']) notes.env.set(name, variable(env, name));
    try {
      return notes.repository(start, git.find(start));
    } catch (error) {
      notes.noRepository(start, '');
      throw error;
    }
  };
  return { find, findBare: notes.doing(git.findBare), open: notes.doing(git.open) };
}

/** The machine, and what is asked of it from now on. */
export function witness(host: VaultHost): Witness {
  const notes = new Notes();
  const { cwd, home, platform, plugins } = host;
  const watched: VaultHost = {
    ...{ cwd, home, platform },
    files: watchedFiles(notes, host.files),
    env: watchedEnv(notes, host.env),
    git: watchedGit(notes, host),
    get gpg() {
      notes.did = true;
      return host.gpg;
    },
    ...(plugins === undefined ? {} : { plugins: { ...plugins, start: notes.doing(plugins.start) } }),
    sshSign: notes.doing((key, message) => host.sshSign(key, message)),
    runForOutput: notes.doing((command) => host.runForOutput(command)),
  };
  return { host: watched, facts: () => (notes.did ? null : factsOf(notes, host)) };
}

function factsOf(notes: Notes, { cwd, home, files }: VaultHost): Facts | null {
  const { paths, empty, since, folders, real, env, ends } = notes;
  for (const path of ends) if (!paths.has(path)) notes.stood(path, files.stat(path));
  const stamps = new Map<string, string | null>();
  for (const path of [...paths.keys(), ...empty]) {
    const stamp = files.stamp(path);
    const there = paths.get(path) ?? null;
    // It has come or gone since: of what has gone, no time tells.
    if (there !== null && there !== (stamp !== null)) return null;
    // Later than the clock says is too late as well.
    if (stamp !== null && (empty.has(path) || stamp.changed > since - settled)) return null;
    stamps.set(path, stamp?.text ?? null);
  }
  return { cwd, home, stamps, folders, real, env };
}

/** Whether everything would be answered as it was. */
export function holds({ cwd, home, stamps, folders, real, env }: Facts, host: VaultHost): boolean {
  const { files } = host;
  if (host.cwd !== cwd || host.home !== home) return false;
  for (const [name, value] of env) if (variable(host.env, name) !== value) return false;
  for (const [path, stamp] of stamps) if ((files.stamp(path)?.text ?? null) !== stamp) return false;
  for (const folder of folders) if (files.stat(folder)?.kind !== 'folder') return false;
  for (const [path, to] of real) if (files.real(path) !== to) return false;
  return true;
}
