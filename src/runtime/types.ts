/** Whose secrets to load, and with what. */
export interface OpenOptions {
  /** Where to start: a folder of the repository. Default: the working directory. A relative one is relative to the working directory. */
  readonly root?: string | undefined;
  /**
   * Private keys to use instead of those that would be found: each the text of one (`AGE-SECRET-KEY-1…`, an SSH private key), or the path
   * of a file with some, relative to the working directory.
   */
  readonly identities?: string | readonly string[] | undefined;
  /**
   * Answers with the passphrase of a protected private key; `what` says of which. Without it, protected keys are not used and nobody is ever
   * asked anything.
   */
  readonly passphrase?: ((what: string) => string) | undefined;
  /**
   * The vault's fingerprint, as `blackbox-ts admin list` shows it: any other vault is refused. Default: `BLACKBOX_VAULT`, else what this clone
   * has pinned. On machines that have never seen the repository before (CI, servers), one of the two should be given.
   */
  readonly vault?: string | undefined;
  /**
   * What becomes of a file that nobody entitled has sealed, here and as it is: refused (`require`, the default), or loaded with a warning on
   * the process (`warn`, code `BLACKBOX_NOT_AUTHENTIC`).
   */
  readonly authenticity?: 'require' | 'warn' | undefined;
}

/** What to load. Without `files`, the nearest `secrets.<ext>` and the environment's `secrets.<environment>.<ext>` over it. */
export interface LoadOptions extends OpenOptions {
  /** Registered files, relative to `root`, in the order in which they lie over each other. */
  readonly files?: string | readonly string[] | undefined;
  /** The environment's name, `''` for none. Default: `BLACKBOX_ENV`, else `NODE_ENV`. */
  readonly environment?: string | undefined;
}
