/** What the report about readers shows: plain data, whoever gathers it. All text in it may come from the repository and is hostile. */

/**
 * How a person stands to a file. reads: with every key they have. partly: not with all of them. lacks: they may read it and cannot.
 * surplus: they can read it and may not. none: neither.
 */
export type Reach = 'reads' | 'partly' | 'lacks' | 'surplus' | 'none';

export interface ReportKey {
  /** `age`, `ssh-ed25519`, … */
  readonly kind: string;
  readonly fingerprint: string;
  readonly comment: string;
  /** ISO 8601; null for never. */
  readonly expires: string | null;
  /** Why it cannot be sealed for any more; null when it can. */
  readonly unusable: string | null;
}

export interface ReportPerson {
  readonly name: string;
  readonly role: string;
  readonly groups: readonly string[];
  readonly keys: readonly ReportKey[];
  /** Who signed that they were let in, and when; null where that is not known. */
  readonly signedBy: string | null;
}

/** Values of a file that somebody who left has seen: never the values, nor their names. */
export interface ReportRotation {
  readonly path: string;
  readonly count: number;
  /** ISO 8601 */
  readonly since: string;
  readonly because: readonly string[];
}

export interface ReportFile {
  readonly path: string;
  /** Empty: for everybody. */
  readonly groups: readonly string[];
  readonly condition: 'sealed' | 'missing' | 'damaged';
  /** By the report's people, in their order. */
  readonly reach: readonly Reach[];
  /** Tags of keys that are nobody's on the roster. */
  readonly unknown: readonly string[];
  /** Who signed what is in it; null where that is not known. */
  readonly signedBy: string | null;
  /** Why it is not authentic; absent where it is. */
  readonly forged?: string;
}

export interface Report {
  /** What the vault is called: its folder's name. */
  readonly title: string;
  readonly vault: string;
  /** ISO 8601 */
  readonly generated: string;
  /** What is checked out; null before the first commit. */
  readonly commit: { readonly id: string; readonly date: string } | null;
  readonly people: readonly ReportPerson[];
  readonly files: readonly ReportFile[];
  readonly rotation: {
    /** Events in the ledger: there until their values have been changed and somebody has pruned them. */
    readonly departures: number;
    /** What is still to be changed; null where nobody has looked, which takes an identity. */
    readonly open: readonly ReportRotation[] | null;
  };
}
