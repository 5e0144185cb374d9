/** What a repository's vault holds. Nothing in this layer prints, reads flags or exits. */
import type { Header, Recipient, Stanza } from '../age/types.js';
import type { Host, Repository, Write } from '../host/types.js';
import type { Proof } from '../trust/batch.js';
import type { MemberKey } from '../trust/chain.js';
import type { Change, Role } from '../trust/statement.js';
import type { Trust } from './trust.js';

/** What the vault needs of the outside world. */
export type VaultHost = Pick<
  Host,
  'cwd' | 'home' | 'env' | 'platform' | 'files' | 'git' | 'gpg' | 'sshSign' | 'runForOutput'
> &
  Partial<Pick<Host, 'threads' | 'plugins'>>;

/** A path relative to the top of the repository, `/` between components, checked by `parseRepoPath`: never absolute, never `..`, never in `.git`. */
export type RepoPath = string & { readonly __brand: 'RepoPath' };

export interface Vault {
  readonly host: VaultHost;
  readonly repository: Repository;
  /** Top of the work tree. */
  readonly root: string;
  /** `.blackbox`, absolute. */
  readonly folder: string;
  /** Local state shared by linked worktrees: `<commonDir>/blackbox-ts`. */
  readonly state: string;
  /** Id of the founder's statement, from vault.json: not trusted before it is compared with what is pinned. */
  readonly id: string;
  /** The founder's fingerprint that the caller insists on. */
  readonly pin?: string;
  /** Set by a program that loads secrets: to meet a roster for the first time, it starts no process and writes nothing. */
  readonly passive?: true;
}

export interface Person {
  readonly name: string;
  readonly role: Role;
  /** Sorted. */
  readonly groups: readonly string[];
  readonly recipients: readonly Recipient[];
  /** The same keys as the statements have them. */
  readonly keys: readonly MemberKey[];
}

export interface Roster {
  readonly people: readonly Person[];
  /** What the people follow from. */
  readonly trust: Trust;
}

export interface RegistryEntry {
  readonly path: RepoPath;
  /** Empty: for everybody. */
  readonly groups: readonly string[];
  /** Also for those who only scan: what the guard looks for, of which no value can be read. Nothing in a registry is. */
  readonly forScanners?: true;
}

/** What the signature of a sealed file is made of. */
export interface Seal {
  readonly path: string;
  /** The file's audience: empty for everybody. Sorted. */
  readonly groups: readonly string[];
  /** SHA-256 of the payload, hex. */
  readonly payload: string;
  /** Of the signing key: the first 16 bytes of the SHA-256 of its canonical text, hex. */
  readonly keyId: string;
  readonly proof: Proof;
  /** Of the batch that the file was sealed in. */
  readonly signature: Uint8Array;
  /** The bytes that are kept for the signature. */
  readonly room: number;
}

/** What a sealed file says of itself, without any key. */
export interface SealedInfo {
  readonly header: Header;
  /** One tag (32 hex digits) per recipient, in the order of the stanzas. */
  readonly tags: readonly string[];
  /** Digest of the recipient set. */
  readonly digest: string;
  /**
   * What the payload begins with, its random nonce, in hex: another one each time that content is sealed, the same when only the header is
   * written anew. '' when the bytes that were looked at end before it.
   */
  readonly payload: string;
  /** All that follows the header, where a file was small enough to be read as a whole. */
  readonly inline: Uint8Array | null;
  /** SHA-256 over the stanzas that wrap for the recipients, hex. */
  readonly stanzas: string;
  /** Who says so; null for what only ever lies in local state. */
  readonly seal: Seal | null;
}

/**
 * sealed: only the sealed file is there. open: the plaintext is there too and is what is sealed. changed: it differs from what was sealed.
 * outdated: the sealed file is newer than the one the plaintext came from. unsealed: plaintext without a sealed file. missing: neither.
 * damaged: `<path>.age` is not a complete sealed file. blocked: a symlink, folder or device stands where one of the two belongs, or on the way.
 */
export type FileCondition = 'sealed' | 'open' | 'changed' | 'outdated' | 'unsealed' | 'missing' | 'damaged' | 'blocked';

export interface FileState {
  readonly entry: RegistryEntry;
  readonly condition: FileCondition;
  /** Changed on both sides: the plaintext differs from its origin and the sealed file is newer than that origin. */
  readonly conflict: boolean;
  /** People entitled to read it for one of whose recipients it is not wrapped. */
  readonly lacking: readonly string[];
  /** Tags it is wrapped for that nobody entitled has. */
  readonly surplus: readonly string[];
  /** Why the sealed file is not authentic; null when it is, or there is none. */
  readonly forged: string | null;
}

/** Where a plaintext in this work tree came from. */
export interface Origin {
  /** {@link SealedInfo.payload} of the sealed file. */
  readonly payload: string;
  /** HMAC-SHA256 of the plaintext under the local key. */
  readonly plaintext: string;
}

/** A file that is sealed and not signed yet: that is done for all of a plan at once, when the payloads have been written. */
export interface Draft {
  readonly path: RepoPath;
  readonly groups: readonly string[];
  readonly recipients: readonly Recipient[];
  readonly stanzas: readonly Stanza[];
  readonly fileKey: Uint8Array;
  /** What follows the header. */
  readonly payload: () => Iterable<Uint8Array>;
  /** SHA-256 of it, hex, where `payload` makes sure of that itself. */
  readonly digest?: string;
  /** Written after everything else, with roster and registry. */
  readonly last?: boolean;
}

/** What a command would change, computed before anything is written. */
export interface Plan {
  /** Sentences for a person, one a change: what `--dry-run` prints. */
  readonly summary: readonly string[];
  /** Sealed files, signed by whoever runs the command. */
  readonly seals: readonly Draft[];
  /** Changes of the roster, made in one signed statement. */
  readonly changes: readonly Change[];
  readonly writes: readonly Write[];
  /** Written after `writes` are in place: roster and registry, so that a killed run can simply be run again. */
  readonly lastWrites: readonly Write[];
  readonly shred: readonly RepoPath[];
  readonly remove: readonly RepoPath[];
  readonly stage: readonly RepoPath[];
  readonly unstage: readonly RepoPath[];
  /** Origins to record (null: forget) once everything is in place. A function is asked after the writes: it then knows what was written. */
  readonly origins: ReadonlyMap<RepoPath, Origin | null | (() => Origin)>;
}
