/**
 * The two one-method interfaces that the whole of this layer is made of, with age's own words.
 * A key kind is one file that implements both; the container (header, payload) knows no keys; keys know no files.
 */

/** One recipient stanza of an age header: `-> type arg arg…` and a body. https://c2sp.org/age#recipient-stanza */
export interface Stanza {
  /** The type is the first argument. At least one; each of printable ASCII without spaces. */
  readonly args: readonly string[];
  readonly body: Uint8Array;
}

/** A public key that a file key can be wrapped for. */
export interface Recipient {
  readonly kind:
    | 'x25519'
    | 'mlkem768x25519'
    | 'p256tag'
    | 'mlkem768p256tag'
    | 'plugin'
    | 'ssh-ed25519'
    | 'ssh-rsa'
    | 'openpgp'
    | 'scrypt';
  /**
   * The key's canonical text: equal for equal keys, whatever comment or armor it came with. `age1…`, `ssh-ed25519 AAAA…` (no comment),
   * `openpgp 0123…CDEF` (the primary key's fingerprint in upper case). Never contains a line break.
   */
  readonly text: string;
  /** Words that came with the key (an SSH comment, an OpenPGP user id): for display only, as hostile as the file they came from. */
  readonly comment: string;
  /**
   * Wraps a 16-byte file key in exactly one stanza. Kinds with synchronous primitives (x25519, ssh-*) return it at once, the others a promise.
   * Throws when the key may not be used (an expired OpenPGP key).
   * @param plugins what starts the program that a key of an age plugin needs
   */
  wrap(fileKey: Uint8Array, plugins?: Plugins): Stanza | Promise<Stanza>;
  /**
   * Canonical text of the key that its owner signs with, null when it cannot sign, or nobody said what with. SSH and OpenPGP keys sign
   * themselves; for an age key it stands beside it, as its owner's claim.
   */
  readonly sign: string | null;
}

/** Somebody's private key, ready to sign. */
export interface Signer {
  /** Canonical text of the key that verifies: `ed25519 <base64>`, `ssh-ed25519 AAAA…`, `ssh-rsa AAAA…`, `openpgp <FINGERPRINT>`. */
  readonly key: string;
  /** At once, except with an exported OpenPGP key. Asks for a passphrase where the key is behind one that has not been given yet. */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** A private key that may open a stanza. */
export interface Identity {
  readonly kind: Recipient['kind'];
  /** Canonical text of its public key (see {@link Recipient.text}), or '' when it has none (a passphrase). */
  readonly recipient: string;
  /** Whether `unwrap` answers at once. */
  readonly sync: boolean;
  /**
   * The 16-byte file key; null when none of the stanzas is for this identity ("not mine").
   * Throws when a stanza is for this identity but malformed, or when it cannot be tried (agent gone, cancelled): "mine but broken".
   */
  unwrap(stanzas: readonly Stanza[]): Uint8Array | null | Promise<Uint8Array | null>;
  /**
   * What it signs with; absent when it cannot sign. Where the public key is not known without it, asks for the passphrase at once (the same
   * question, asked once, as `unwrap`'s). A file behind a passphrase may hold several keys: then the one among `keys`, else the first.
   */
  readonly signer?: (keys?: ReadonlySet<string>) => Signer;
}

export type SigningIdentity = Identity & Required<Pick<Identity, 'signer'>>;

/** Where age plugins come from, and whoever may be asked on their behalf. https://c2sp.org/age-plugin */
export interface Plugins {
  /** Starts `age-plugin-<name> --age-plugin=<machine>`; null when there is no such program. */
  start(name: string, machine: 'recipient-v1' | 'identity-v1'): PluginProcess | null;
  /** null where nobody can be told or asked anything. */
  readonly dialog: PluginDialog | null;
  /** Whose public key this is, for a sentence. */
  ownerOf?(recipient: string): string | null;
}

export interface PluginProcess {
  /** What it says next, in pieces of any length; null when it says nothing more. Throws when it has been silent for too long. */
  read(): Promise<Uint8Array | null>;
  write(text: string): void;
  /** Lets it end by itself for so many milliseconds, and then ends it; what it said last on standard error. May be called again. */
  stop(grace: number): Promise<string>;
}

/** Questions of a plugin to a person. They throw ERR_BLACKBOX_NO_TERMINAL where nobody is there, ERR_BLACKBOX_CANCELLED on Ctrl-C. */
export interface PluginDialog {
  say(line: string): void;
  confirm(question: string): boolean;
  ask(prompt: string): string;
  askSecret(prompt: string): string;
}

/** An age header as read: https://c2sp.org/age#header */
export interface Header {
  readonly stanzas: readonly Stanza[];
  readonly mac: Uint8Array;
  /** The bytes that the MAC covers: from the version line up to and including `---`. */
  readonly covered: Uint8Array;
  /** How many bytes the header takes; the payload starts there. */
  readonly length: number;
}
