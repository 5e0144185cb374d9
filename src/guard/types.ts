/** What the guard looks at and what it finds. */

/** Something that is about to be committed. */
export interface Candidate {
  readonly path: string;
  /** Git's mode, `100644` for ordinary files, `120000` for symlinks (their target is the content), `160000` for submodules (no content). */
  readonly mode: string;
  /** null when it could not be read (too large, missing): reported, never passed in silence. */
  readonly content: Uint8Array | null;
  /** The commit that brought it, where history is looked at. */
  readonly commit?: string;
  /** Nothing stood there before this change. */
  readonly isNew?: boolean;
  /** What stood there before this change (of a merge: all sides, one after another). What looks like a secret and stood in it is not new, and passes. */
  readonly before?: Uint8Array | null;
}

/** What refuses a commit, and what is only told. */
export type Severity = 'block' | 'warn';

export interface Finding {
  /** Where a known value stands in the path itself, that component is `*`. */
  readonly path: string;
  /** 1-based; 0 when the finding is about the file as a whole. */
  readonly line: number;
  readonly column: number;
  /** `registered-plaintext`, `not-sealed`, `known-value`, `unreadable`, `not-scanned`, `older-version`, `not-authentic`, `former-admin`, or the id of a rule for credentials. */
  readonly rule: string;
  readonly severity: Severity;
  /** What it is, without the value: `value of db.password in config/prod.json, base64`. */
  readonly what: string;
  /** At most the first two characters and a length, or '' where there is no value. */
  readonly masked: string;
  /** The commit (or the tag) that brought it, where history was looked at. */
  readonly commit?: string;
  /** Others have that commit already. */
  readonly published?: boolean;
  /** By which it can be allowed; none for what cannot be. */
  readonly id?: string;
}
