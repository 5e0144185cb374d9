/** New file keys for many files at once, wrapped by all processors there are: what takes longest when somebody leaves. */
import { randomFillSync } from 'node:crypto';
import { newFileKey, type Recipient, type Stanza, wrapAll } from '../age/index.js';
import { chunkOf, isShareable, keyOf, newShare, take, unpack, type WrappedChunk } from '../age/wrap-share.js';
import type { Thread } from '../host/types.js';
import type { RepoPath, VaultHost } from './types.js';

/** A new file key, and a stanza with it for each recipient, in their order. */
export interface Wrapped {
  readonly fileKey: Uint8Array;
  readonly stanzas: readonly Stanza[];
}

export interface Wrapping {
  wrap(path: RepoPath, recipients: readonly Recipient[]): Promise<Wrapped>;
  /** Nothing more is asked for; what was made and not asked for is forgotten. */
  end(): void;
}

/** From so many stanzas on (a fifth of a second) starting a thread pays. */
const worthwhile = 2000;

async function wrapHere(recipients: readonly Recipient[], fileKey: Uint8Array = newFileKey()): Promise<Wrapped> {
  return { fileKey, stanzas: await wrapAll(fileKey, recipients) };
}

/** In this thread, when it is asked for. */
export const inTurn: Wrapping = { wrap: (_, recipients) => wrapHere(recipients), end: () => {} };

type Wanted = ReadonlyMap<RepoPath, readonly Recipient[]>;

/** Begins to wrap for these files, in other threads where there are any and the work is worth it. */
export function beginWrapping({ threads }: Pick<VaultHost, 'threads'>, wanted: Wanted): Wrapping {
  const shareable = new Map([...new Set(wanted.values())].map((set) => [set, set.filter(isShareable)]));
  const stanzas = [...wanted.values()].reduce((sum, set) => sum + (shareable.get(set)?.length ?? 0), 0);
  if (threads === undefined || threads.spare < 1 || stanzas < worthwhile) return inTurn;
  const sets = [...shareable.keys()];
  const files = [...wanted.values()].map((set) => sets.indexOf(set));
  const share = newShare([...shareable.values()], files, randomFillSync);
  const thread = threads.start(share);
  const places = new Map([...wanted.keys()].map((path, i) => [path, i]));
  const arrived = new Map<number, Stanza[]>();
  const mine = new Set<number>();
  return {
    async wrap(path, recipients) {
      const file = places.get(path);
      if (file === undefined || wanted.get(path) !== recipients) return wrapHere(recipients);
      // A file key is for one payload: whoever asks again gets another.
      places.delete(path);
      const chunk = chunkOf(file);
      if (mine.has(chunk) || take(share, chunk)) {
        mine.add(chunk);
        return wrapHere(recipients, keyOf(share, file));
      }
      while (!arrived.has(file)) {
        const packed = (await thread.next()) as WrappedChunk;
        for (const [each, made] of unpack(share, packed)) arrived.set(each, made);
      }
      return combine(keyOf(share, file), recipients, arrived.get(file) ?? []);
    },
    end: () => endWrapping(thread, share.keys),
  };
}

function endWrapping(thread: Thread, keys: Uint8Array): void {
  thread.end();
  keys.fill(0);
}

/** What came from elsewhere, and beside it what can only be wrapped here. */
async function combine(
  fileKey: Uint8Array,
  recipients: readonly Recipient[],
  shared: readonly Stanza[],
): Promise<Wrapped> {
  const others = recipients.filter((recipient) => !isShareable(recipient));
  const here = others.length === 0 ? [] : await wrapAll(fileKey, others);
  const [there, own] = [shared.values(), here.values()];
  const stanzas = recipients.flatMap((r) => (isShareable(r) ? there : own).next().value ?? []);
  return { fileKey, stanzas };
}
