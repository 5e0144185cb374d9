/**
 * Loading again what was loaded before: at once, as long as what it gave is still in use and everything that was asked for it would be answered
 * as it was. Nothing is kept that the program does not hold itself: what is dropped, disposed of or collected is read anew.
 */
import type { VaultHost } from '../vault/types.js';
import type { Layer } from './layers.js';
import type { LoadOptions } from './types.js';
import { type Facts, holds, type Witness } from './witness.js';

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

/** Not while the program waits for its secrets: most load them once. */
function askLater(one: Remembered): void {
  setImmediate(() => ask(one)).unref();
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

/** The layers of files, as they were when they were last loaded; null when they have to be read. */
export function recalled(host: VaultHost, options: LoadOptions): readonly Layer[] | null {
  const one = remembered.get(question(options) ?? '');
  const layers = layersOf.get(one?.secrets.deref() ?? host);
  return one !== undefined && layers !== undefined && stands(one, host) ? layers : null;
}

/** @param witness who has seen them read; null when they were recalled */
export function remember(
  secrets: object,
  options: LoadOptions,
  layers: readonly Layer[],
  witness: Witness | null,
): void {
  const asked = question(options);
  if (asked === null) return;
  const before = remembered.get(asked);
  remembered.delete(asked);
  const one = witness === null ? before : { witness, facts: undefined };
  if (one === undefined) return;
  for (const oldest of remembered.keys()) if (remembered.size >= most) remembered.delete(oldest);
  const now = { ...one, secrets: new WeakRef(secrets) };
  remembered.set(asked, now);
  layersOf.set(secrets, layers);
  if (witness !== null) askLater(now);
}

/** Nothing of these secrets is kept any longer. */
export function forget(secrets: object): void {
  layersOf.delete(secrets);
}
