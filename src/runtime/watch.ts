/** Secrets that follow their files: for servers that run for long, and for development. */
import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { BlackboxError } from '../errors.js';
import type { VaultHost } from '../vault/types.js';
import { load, watchedFiles } from './load.js';
import type { LoadOptions, Secrets, Watching, WatchOptions } from './types.js';

/** Watches folders. Answers with what ends that. */
export type Watch = (folders: readonly string[], onEvent: () => void) => () => void;

/** Editors, git and deployments change several files in a row, and rename them into place. */
const quietTime = 100;
/** What never rests, such as a log that is written beside them, puts it off no longer. */
const longestWait = 1000;

/** @param taken the secrets were, and what failed is the program's own work with them */
type Tell = (error: Error, taken: boolean) => void;

const warn: Tell = (error, taken) => {
  const what = taken ? 'onChange failed with new secrets' : 'secrets were not reloaded, and the last good ones stay';
  process.emitWarning(`${what}: ${error.message}`, { code: 'BLACKBOX_NOT_RELOADED' });
};

const asError = (error: unknown) => (error instanceof Error ? error : new Error('not an error', { cause: error }));

type OnChange<S> = (secrets: S, before: S) => unknown;

class Follower<S extends Disposable> implements Watching<S> {
  #secrets: S;
  #timer: NodeJS.Timeout | null = null;
  #due: number | null = null;
  #closed = false;
  #work: Promise<void> = Promise.resolve();

  constructor(
    first: S,
    readonly load: () => Promise<S>,
    readonly onChange: OnChange<S>,
    readonly tell: Tell,
    readonly unwatch: () => void,
  ) {
    this.#secrets = first;
  }

  get secrets(): S {
    return this.#secrets;
  }

  /** Something has changed. */
  touch(): void {
    if (this.#closed) return;
    const now = Date.now();
    this.#due ??= now + longestWait;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.reload(), Math.max(0, Math.min(quietTime, this.#due - now)));
    this.#timer.unref();
  }

  /** One after the other: what is loaded last is what was there last. What somebody's `onError` threw is told to them, and is not in the way. */
  reload(): Promise<void> {
    this.#due = null;
    this.#work = this.#work.catch(() => undefined).then(() => this.#swap());
    return this.#work;
  }

  async #swap(): Promise<void> {
    if (this.#closed) return;
    const before = this.#secrets;
    try {
      const fresh = await this.load();
      if (this.#closed || isDeepStrictEqual(fresh, before)) return;
      this.#secrets = fresh;
      await this.onChange(fresh, before);
    } catch (error) {
      if (!this.#closed) this.tell(asError(error), this.#secrets !== before);
    }
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.unwatch();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Where symlinks stand on the way to a folder: they may be led elsewhere, as deployments do it. */
function foldersOfLinks(host: VaultHost, folder: string): string[] {
  const above = dirname(folder);
  if (above === folder) return [];
  const isLink = host.files.stat(folder)?.kind === 'symlink';
  return [...(isLink ? [above] : []), ...foldersOfLinks(host, above)];
}

/** The folders in which something has to change for the secrets to change. */
function foldersOf(host: VaultHost, options: LoadOptions): string[] {
  const { root, paths } = watchedFiles(host, options);
  const vault = join(root, '.blackbox');
  const links = foldersOfLinks(host, resolve(host.cwd, options.root ?? ''));
  return [...new Set([vault, join(vault, 'admins'), ...paths.map((path) => dirname(join(root, path))), ...links])];
}

/** Watches what is to be watched now. */
class Lookout {
  #folders: readonly string[] = [];
  #stop: () => void = () => undefined;

  constructor(
    readonly find: () => readonly string[],
    readonly watch: Watch,
    readonly onEvent: () => void,
  ) {}

  renew(): void {
    const folders = this.find();
    if (folders.join('\0') === this.#folders.join('\0')) return;
    this.#stop();
    this.#folders = folders;
    this.#stop = this.watch(folders, this.onEvent);
  }

  stop(): void {
    this.#stop();
  }
}

/** Loads now (and throws when that fails), and again after every change. */
export async function follow(
  host: VaultHost,
  watch: Watch,
  { onError, ...options }: WatchOptions,
  onChange: OnChange<Secrets<unknown>>,
): Promise<Watching<Secrets<unknown>>> {
  if (typeof onChange !== 'function')
    throw new BlackboxError('ERR_BLACKBOX_BAD_OPTION', 'onChange is to be a function');
  const tell: Tell = onError === undefined ? warn : (error) => onError(error);
  const early: { told: boolean; follower: Follower<Secrets<unknown>> | null } = { told: false, follower: null };
  const lookout = new Lookout(
    () => foldersOf(host, options),
    watch,
    () => {
      early.told = true;
      early.follower?.touch();
    },
  );
  // Watched before they are read: what changes in between is not missed.
  const loadWatched = async () => {
    lookout.renew();
    return load(host, options);
  };
  try {
    const first = await loadWatched();
    early.follower = new Follower(first, loadWatched, onChange, tell, () => lookout.stop());
  } catch (error) {
    lookout.stop();
    throw error;
  }
  if (early.told) early.follower.touch();
  return early.follower;
}
