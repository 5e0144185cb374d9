/** Stanzas for many files at once, made by all processors there are: what takes longest when somebody comes or leaves. */
import { randomFillSync } from 'node:crypto';
import { newFileKey, type Recipient, type Stanza, wrapAll } from '../age/index.js';
import type { Plugins } from '../age/types.js';
import {
  chunkOf,
  filesOf,
  isShareable,
  keyOf,
  newShare,
  release,
  setKey,
  take,
  unpack,
  type WrappedChunk,
  type WrapShare,
} from '../age/wrap-share.js';
import type { Thread } from '../host/types.js';
import type { RepoPath, VaultHost } from './types.js';

/** What is to be made for a file. */
export interface Wanted {
  /** A stanza for each. */
  readonly recipients: readonly Recipient[];
  /** With a new file key, or with the one that the file has. */
  readonly fresh: boolean;
}

/** A file key, and a stanza with it for each recipient, in their order. */
export interface Wrapped {
  readonly fileKey: Uint8Array;
  readonly stanzas: readonly Stanza[];
}

export interface Wrapping {
  /** The key of a file that keeps it. */
  offer(path: RepoPath, fileKey: Uint8Array): void;
  /** All that is wanted, once every key has been offered. */
  all(onProgress?: (done: number) => void): Promise<ReadonlyMap<RepoPath, Wrapped>>;
  /** What was made is forgotten by those who made it. */
  end(): void;
}

/** From so many stanzas on (a tenth of a second) starting a thread pays. */
const worthwhile = 800;

/** In this thread, now. */
export async function wrap(
  recipients: readonly Recipient[],
  plugins: Plugins | undefined,
  fileKey: Uint8Array = newFileKey(),
): Promise<Wrapped> {
  return { fileKey, stanzas: recipients.length === 0 ? [] : await wrapAll(fileKey, recipients, plugins) };
}

/** Threads that may be wanted. */
export interface Ready {
  /** They are wanted; null where there are none. */
  take(): Thread | null;
  end(): void;
}

/** So many files are a fifth of a second's work to look at: meanwhile threads get ready. */
const early = 500;

/** @param files that may have to be wrapped for */
export function getReady({ threads }: Pick<VaultHost, 'threads'>, files: number): Ready {
  const start = () => (threads !== undefined && threads.spare > 0 ? threads.start() : null);
  let thread = files >= early ? start() : null;
  return {
    take: () => {
      thread ??= start();
      return thread;
    },
    end: () => thread?.end(),
  };
}

interface Work {
  readonly share: WrapShare;
  readonly paths: readonly RepoPath[];
  readonly wanted: readonly Wanted[];
  /** Of each chunk, how many of its files have not told their key. */
  readonly silent: number[];
  readonly thread: Thread | null;
  readonly plugins: Plugins | undefined;
}

/** Begins to wrap for these files, in other threads as well where there are any and the work is worth it. Ends with these. */
export function beginWrapping(wanted: ReadonlyMap<RepoPath, Wanted>, ready: Ready, plugins?: Plugins): Wrapping {
  const sets = new Map([...wanted.values()].map(({ recipients }) => [recipients, recipients.filter(isShareable)]));
  const numbers = new Map([...sets.keys()].map((set, i) => [set, i]));
  const files = [...wanted.values()].map(({ recipients }) => numbers.get(recipients) ?? 0);
  const share = newShare([...sets.values()], files, randomFillSync);
  const stanzas = files.reduce((sum, set) => sum + (share.sets[set]?.length ?? 0), 0);
  const thread = stanzas >= worthwhile ? ready.take() : null;
  thread?.give(share);
  const silent = Array.from(share.chunks, (_, chunk) => filesOf(share, chunk).length);
  const work: Work = {
    ...{ share, silent, paths: [...wanted.keys()], wanted: [...wanted.values()], thread, plugins },
  };
  const places = new Map(work.paths.map((path, i) => [path, i]));
  const told = (file: number) => {
    const chunk = chunkOf(file);
    silent[chunk] = (silent[chunk] ?? 0) - 1;
    if (silent[chunk] === 0) release(share, chunk);
  };
  for (const [file, { fresh }] of work.wanted.entries()) if (fresh) told(file);
  return {
    offer(path, fileKey) {
      const file = places.get(path);
      if (file === undefined || work.wanted[file]?.fresh === true) throw new Error('a key that nobody asked for');
      setKey(share, file, fileKey);
      told(file);
    },
    all: (onProgress) => wrapRest(work, onProgress),
    end: () => {
      ready.end();
      share.keys.fill(0);
    },
  };
}

/** What nobody has begun with, from the end on, where the others are last; and then what they have made. */
async function wrapRest(work: Work, onProgress: (done: number) => void = () => {}): Promise<Map<RepoPath, Wrapped>> {
  const { share, paths, silent, thread, plugins } = work;
  if (silent.some((files) => files > 0)) throw new Error('stanzas are asked for before all keys are told');
  const done = new Map<RepoPath, Wrapped>();
  const add = (file: number, wrapped: Wrapped) => {
    done.set(paths[file] as RepoPath, wrapped);
    onProgress(done.size);
  };
  for (let chunk = share.chunks.length - 1; chunk >= 0; chunk--) {
    if (!take(share, chunk)) continue;
    for (const file of filesOf(share, chunk))
      add(file, await wrap(recipientsOf(work, file), plugins, keyOf(share, file)));
    // Ctrl-C is heard between two chunks.
    await new Promise(setImmediate);
  }
  while (done.size < paths.length) {
    const packed = (await thread?.next()) as WrappedChunk;
    for (const [file, made] of unpack(share, packed)) add(file, await combine(work, file, made));
  }
  return done;
}

function recipientsOf({ wanted }: Work, file: number): readonly Recipient[] {
  return wanted[file]?.recipients ?? [];
}

/** What came from elsewhere, and beside it what can only be wrapped here. */
async function combine(work: Work, file: number, shared: readonly Stanza[]): Promise<Wrapped> {
  const recipients = recipientsOf(work, file);
  const { fileKey, stanzas } = await wrap(
    recipients.filter((recipient) => !isShareable(recipient)),
    work.plugins,
    keyOf(work.share, file),
  );
  const [there, own] = [shared.values(), stanzas.values()];
  return { fileKey, stanzas: recipients.flatMap((r) => (isShareable(r) ? there : own).next().value ?? []) };
}
