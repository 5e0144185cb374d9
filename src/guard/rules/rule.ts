/** What a rule is: data. Rules of one kind of provider stand in one file; the samples of each are in `test/guard/samples`. */

/** Where a secret stands in a text. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

interface Common {
  /** Stands in findings; never renamed. */
  readonly id: string;
  /** With its article: `a GitHub token`. */
  readonly what: string;
  /** One of these is in every secret of the kind, or in the name that it is assigned to. Lower case; either case is found. */
  readonly keywords: readonly string[];
  /** Whether the checksum that the provider puts in its tokens is right: told with the finding; made-up ones only warn in tests. */
  readonly checksum?: (secret: string) => boolean;
  /** What is matched only announces the secret: nothing of it is shown. */
  readonly announces?: true;
  /** What else a secret of the kind must be; in front of it and behind it, `text` can be looked at. */
  readonly check?: (secret: string, text: string, start: number) => boolean;
}

/**
 * A secret that is known by its form. The expression is sticky and bounded: tried where a keyword begins, or `lead` characters before it.
 * Group 1, where there is one, is the secret, and ends the match. Neither a letter nor a digit may adjoin.
 */
export interface TokenRule extends Common {
  readonly token: RegExp;
  readonly lead?: number;
}

/** A secret without a form of its own, that is assigned to a name in which a keyword stands. `value` fits the whole of it. */
export interface NamedRule extends Common {
  readonly value: RegExp;
  /** What else the name must have: `key` or `token` where the provider's ids look the same. */
  readonly name?: RegExp;
}

/** Where an expression would not do. `find` looks at a bounded stretch around the keyword. */
export interface FoundRule extends Common {
  readonly find: (text: string, keywordStart: number) => Place | null;
}

export type Rule = TokenRule | NamedRule | FoundRule;

/** What names of secrets have, and names of identifiers (`account_id`) have not. */
export const secretName = /key|token|secret|pass|pwd|cred|auth|pat\b|api/i;
