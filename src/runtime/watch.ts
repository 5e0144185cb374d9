/** Secrets that follow their files: for servers that run for long, and for development. */
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { BlackboxError } from '../errors.js';
import type { VaultHost } from '../vault/types.js';
import { load, watchedFiles } from './load.js';
import type { Secrets, Watching, WatchOptions } from './types.js';

/** Watches folders. Answers with what ends that. */
export type Watch = (folders: readonly string[], onEvent: () => void) => () => void;

/** Editors, git and deployments change several files in a row, and rename them into place. */
const quietTime = 100;

function warn(error: Error): void {
  process.emitWarning(`secrets were not reloaded, and the last good ones stay: ${error.message}`, {
    code: 'BLACKBOX_NOT_RELOADED',
  });
}

class Follower<S extends Disposable> implements Watching<S> {
  #secrets: S;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  #work: Promise<void> = Promise.resolve();

  constructor(
    first: S,
    readonly load: () => Promise<S>,
    readonly onChange: (secrets: S, before: S) => void,
    readonly onError: (error: Error) => void,
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
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.reload(), quietTime);
    this.#timer.unref();
  }

  /** One after the other: what is loaded last is what was there last. */
  reload(): Promise<void> {
    this.#work = this.#work.then(() => this.#swap());
    return this.#work;
  }

  async #swap(): Promise<void> {
    try {
      const fresh = await this.load();
      if (this.#closed || isDeepStrictEqual(fresh, this.#secrets)) return;
      const before = this.#secrets;
      this.#secrets = fresh;
      this.onChange(fresh, before);
    } catch (error) {
      if (!this.#closed) this.onError(error instanceof Error ? error : new Error('not an error', { cause: error }));
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

/** The folders in which something has to change for the secrets to change. */
function foldersOf(root: string, files: readonly string[]): string[] {
  const vault = join(root, '.blackbox');
  return [...new Set([vault, join(vault, 'admins'), ...files.map((file) => dirname(join(root, file)))])];
}

/** Loads now (and throws when that fails), and again after every change. */
export async function follow(
  host: VaultHost,
  watch: Watch,
  { onError = warn, ...options }: WatchOptions,
  onChange: (secrets: Secrets<unknown>, before: Secrets<unknown>) => void,
): Promise<Watching<Secrets<unknown>>> {
  if (typeof onChange !== 'function')
    throw new BlackboxError('ERR_BLACKBOX_BAD_OPTION', 'onChange is to be a function');
  const { root, paths } = watchedFiles(host, options);
  // Watched before they are read: what changes in between is not missed.
  const early: { told: boolean; follower: Follower<Secrets<unknown>> | null } = { told: false, follower: null };
  const unwatch = watch(foldersOf(root, paths), () => {
    early.told = true;
    early.follower?.touch();
  });
  try {
    const first = await load(host, options);
    early.follower = new Follower<Secrets<unknown>>(first, () => load(host, options), onChange, onError, unwatch);
  } catch (error) {
    unwatch();
    throw error;
  }
  if (early.told) early.follower.touch();
  return early.follower;
}
