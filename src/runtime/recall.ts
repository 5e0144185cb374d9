/**
 * Loading again what was loaded before: at once, as long as what it gave is still in use and everything that was asked for it would be answered
 * as it was. Nothing is kept that the program does not hold itself: what is dropped, disposed of or collected is read anew.
 */
import type { VaultHost } from '../vault/types.js';
import type { Layer } from './layers.js';
import type { LoadOptions } from './types.js';
import { type Facts, holds, type Witness, witness } from './witness.js';

interface Remembered {
  readonly witness: Witness;
  /** null: they do not allow to load this again. undefined: the witness has not been asked yet. */
  facts: Facts | null | undefined;
  /** What the program was given. */
  readonly secrets: WeakRef<object>;
}

/** By what was asked for. */
const remembered = new Map<string, Remembered>();
/** A program asks for few different things. */
const most = 32;

/** What lies below what the program itself says, for as long as the secrets made of it are there. */
const layersOf = new WeakMap<object, readonly Layer[]>();

/** What was asked for; null when it is to be done each time: with keys of its own, a question, a store, or a warning to be given. */
function question(options: LoadOptions): string | null {
  const { identities, passphrase, cache, authenticity, root, vault, files, environment, local } = options;
  const plain = [identities, passphrase, cache, authenticity].every((option) => option === undefined);
  return plain ? JSON.stringify([root, vault, files, environment, local].map((option) => option ?? null)) : null;
}

/** In ms: by then a program that only does its work and ends has ended, and a server has started. */
const afterStart = 200;

/** Not while the program waits for its secrets: most load them once. Who loads again sooner asks then. */
function askLater(one: Remembered): void {
  setTimeout(() => ask(one), afterStart).unref();
}

function ask(one: Remembered): Facts | null {
  if (one.facts !== undefined) return one.facts;
  try {
    one.facts = one.witness.facts();
  } catch {
    // What cannot be asked for now is read again, and told then.
    one.facts = null;
  }
  return one.facts;
}

function stands(one: Remembered, host: VaultHost): boolean {
  try {
    const facts = ask(one);
    return facts !== null && holds(facts, host);
  } catch {
    return false;
  }
}

/** What is known before a load, and what is to be known after it. */
export interface Recall {
  /** The layers of files, as they were when they were last loaded; null when they have to be read. */
  readonly layers: readonly Layer[] | null;
  /** The machine to ask then. */
  readonly host: VaultHost;
  /** The secrets, and that these layers lie below them. */
  keep<T extends object>(secrets: T, layers: readonly Layer[]): T;
}

export function recall(host: VaultHost, options: LoadOptions): Recall {
  const asked = question(options);
  if (asked === null) return { layers: null, host, keep: (secrets) => secrets };
  const one = remembered.get(asked);
  const before = layersOf.get(one?.secrets.deref() ?? host);
  if (one !== undefined && before !== undefined && stands(one, host)) {
    return { layers: before, host, keep: (secrets, layers) => remember(asked, one, secrets, layers) };
  }
  const seen = witness(host);
  const keep: Recall['keep'] = (secrets, layers) => {
    const fresh = { witness: seen, facts: undefined };
    return remember(asked, fresh, secrets, layers);
  };
  return { layers: null, host: seen.host, keep };
}

function remember<T extends object>(
  asked: string,
  { witness: seen, facts }: Pick<Remembered, 'witness' | 'facts'>,
  secrets: T,
  layers: readonly Layer[],
): T {
  const now: Remembered = { witness: seen, facts, secrets: new WeakRef(secrets) };
  remembered.delete(asked);
  for (const oldest of remembered.keys()) if (remembered.size >= most) remembered.delete(oldest);
  remembered.set(asked, now);
  layersOf.set(secrets, layers);
  if (facts === undefined) askLater(now);
  return secrets;
}

/** Nothing of these secrets is kept any longer. */
export function forget(secrets: object): void {
  layersOf.delete(secrets);
}
