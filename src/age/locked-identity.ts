/** Private keys behind a passphrase: nobody is asked for it before a stanza calls for the key, and nobody is asked twice. */
import { passphraseNeeded } from './errors.js';
import type { Identity, Plugins, Signer, SigningIdentity, Stanza } from './types.js';

export interface IdentityOptions {
  /** What the file is called in messages: `~/.ssh/id_ed25519`, `BLACKBOX_IDENTITY`, … */
  readonly name: string;
  /** Asks for the passphrase of this file. Called at most once, and only when a stanza is for a key in it, or it has to sign. */
  readonly askPassphrase?: () => string;
  /** The text of the `.pub` file beside an old PEM key: with it, an encrypted one can be told from another's without its passphrase. */
  readonly publicKey?: () => string | null;
  /** What starts the program that the identity of an age plugin needs; without it, such an identity opens nothing. */
  readonly plugins?: Plugins;
}

export interface LockedKey {
  readonly kind: Identity['kind'];
  /** See {@link Identity.recipient}; '' when it cannot be known without the passphrase. */
  readonly recipient: string;
  isFor(stanza: Stanza): boolean;
  unlock(passphrase: string): SigningIdentity;
}

/** An identity that asks for its passphrase when the first stanza for it comes by or it has to sign, and remembers what came of it. */
export function lockedIdentity(key: LockedKey, options: IdentityOptions): SigningIdentity {
  const unlocked = once(() => key.unlock(passphrase(options)));
  const unwrap = (stanzas: readonly Stanza[]) =>
    stanzas.some((stanza) => key.isFor(stanza)) ? unlocked().unwrap(stanzas) : null;
  // Of those kept behind a passphrase, the ones that tell their public key are SSH keys, which sign themselves.
  const lazily: Signer = { key: key.recipient, sign: (message) => unlocked().signer().sign(message) };
  const signer = (keys?: ReadonlySet<string>) => (key.recipient === '' ? unlocked().signer(keys) : lazily);
  return { kind: key.kind, recipient: key.recipient, sync: true, unwrap, signer };
}

export function passphrase({ name, askPassphrase }: IdentityOptions): string {
  if (!askPassphrase) throw passphraseNeeded(name);
  return askPassphrase();
}

/** A failure is remembered, too: a wrong passphrase or a cancelled question must not be met again for each of a thousand files. */
export function once<T>(produce: () => T): () => T {
  let outcome: { value: T } | { failure: unknown } | undefined;
  return () => {
    outcome ??= attempt(produce);
    if ('failure' in outcome) throw outcome.failure;
    return outcome.value;
  };
}

function attempt<T>(produce: () => T): { value: T } | { failure: unknown } {
  try {
    return { value: produce() };
  } catch (failure) {
    return { failure };
  }
}
