/**
 * How this program fails. Every failure a user can meet is a {@link BlackboxError}: a code to program against, a sentence, and hints
 * (what to type next). The sentences themselves stand in the `errors.ts` of the layer that fails. No message ever holds a secret.
 */

/** Every error code, with what it means. Codes are API: they are added, never renamed. */
export const codes = {
  ERR_BLACKBOX_BUG: 'something that should not happen, happened',
  ERR_BLACKBOX_USAGE: 'the command line is not one this program understands',
  ERR_BLACKBOX_CANCELLED: 'the user said no, or interrupted',
  ERR_BLACKBOX_NOT_AGE: 'the bytes are no age file',
  ERR_BLACKBOX_DAMAGED: 'an age file is truncated, altered or malformed',
  ERR_BLACKBOX_NO_IDENTITY: 'there is no identity to decrypt with',
  ERR_BLACKBOX_NO_MATCHING_IDENTITY: 'a file is encrypted, but not for any identity given',
  ERR_BLACKBOX_WRONG_PASSPHRASE: 'a passphrase does not open what it should',
  ERR_BLACKBOX_ASYNC_ONLY: 'a key of this kind cannot be used synchronously',
  ERR_BLACKBOX_NO_RECIPIENTS: 'encryption for nobody was asked for',
  ERR_BLACKBOX_TOO_MANY_RECIPIENTS: 'a file would have more recipients than can be read back',
  ERR_BLACKBOX_BAD_RECIPIENT: 'a public key is malformed, weak or of an unknown kind',
  ERR_BLACKBOX_BAD_IDENTITY: 'a private key is malformed or of an unknown kind',
  ERR_BLACKBOX_RECIPIENT_UNUSABLE:
    'a public key must not be encrypted to: expired, revoked, without an encryption subkey, or weak',
  ERR_BLACKBOX_PASSPHRASE_NEEDED: 'a private key is protected by a passphrase and nobody can be asked for it',
  ERR_BLACKBOX_PRIVATE_KEY_GIVEN: 'a private key was given where a public key belongs',
  ERR_BLACKBOX_PATH_REFUSED: 'a path is absolute, climbs out of the repository, or collides with another',
  ERR_BLACKBOX_NO_VAULT: 'the repository has no .blackbox/vault.json',
  ERR_BLACKBOX_VAULT_EXISTS: 'the repository has a vault already',
  ERR_BLACKBOX_VAULT_DAMAGED: 'a file of the vault cannot be read as what it should be',
  ERR_BLACKBOX_NEWER_FORMAT: 'the vault was made by a newer version of this program',
  ERR_BLACKBOX_NOT_REGISTERED: 'a path is not in the registry',
  ERR_BLACKBOX_ALREADY_REGISTERED: 'a path is in the registry already',
  ERR_BLACKBOX_NOT_SEALABLE: 'a path is not a regular file that could be sealed',
  ERR_BLACKBOX_SEALED_EXISTS: 'registering or moving a file would overwrite another',
  ERR_BLACKBOX_NOT_SEALED: 'a file is not a complete sealed file',
  ERR_BLACKBOX_SEALED_MISSING: 'a registered file has no sealed file',
  ERR_BLACKBOX_PLAINTEXT_MISSING: 'a registered file has no plaintext here',
  ERR_BLACKBOX_NOT_A_RECIPIENT: 'the file is not sealed for any identity that was found',
  ERR_BLACKBOX_IDENTITY_FAILED: 'an identity was found and could not be used',
  ERR_BLACKBOX_NOT_ON_ROSTER: 'the current user is not on the roster',
  ERR_BLACKBOX_NEWER_SEALED: 'a sealed file is newer than what would overwrite it',
  ERR_BLACKBOX_PLAINTEXT_CHANGED: 'a plaintext has changes that would be lost',
  ERR_BLACKBOX_FILE_EXISTS: 'a key file would be overwritten',
  ERR_BLACKBOX_STILL_READABLE: 'after a removal, sealed files on disk still name the person',
  ERR_BLACKBOX_BAD_NAME: 'a name cannot be used for a person',
  ERR_BLACKBOX_NAME_TAKEN: 'a name is on the roster already',
  ERR_BLACKBOX_DUPLICATE_KEY: 'a key is given twice or on the roster already',
  ERR_BLACKBOX_UNKNOWN_PERSON: 'a name is not on the roster',
  ERR_BLACKBOX_LAST_ADMIN: 'the last one on the roster cannot be removed',
  ERR_BLACKBOX_NOT_APPROVED: 'a request to be let in was declined, or is not the one that was compared',
  ERR_BLACKBOX_NO_REQUEST: 'nobody of this name asks to be let in',
  ERR_BLACKBOX_UNKNOWN_KEY: 'a person on the roster has no such key, or several that could be meant',
  ERR_BLACKBOX_LAST_KEY: 'the only key that somebody has, or has at hand, cannot be retired',
  ERR_BLACKBOX_REMOVES_ONESELF: 'one cannot remove oneself',
  ERR_BLACKBOX_ROTATION_UNKNOWN: 'whether values have been changed cannot be told, because files cannot be opened',
  ERR_BLACKBOX_NOTHING_OPEN: 'no value of this name is still to be changed',
  ERR_BLACKBOX_SYNTAX: 'a structured file does not parse as its format',
  ERR_BLACKBOX_NOT_TEXT: 'a structured file is not UTF-8 text',
  ERR_BLACKBOX_NOT_STRUCTURED: 'names and values were wanted of a file that has none',
  ERR_BLACKBOX_CANNOT_EDIT: 'one value of a file cannot be changed without changing more',
  ERR_BLACKBOX_TOO_LARGE: 'a file is larger than what can be done with it allows',
  ERR_BLACKBOX_NO_GIT: 'the git program is not installed, or not on the PATH',
  ERR_BLACKBOX_GIT_FAILED: "git refused or failed; the sentence carries git's own reason",
  ERR_BLACKBOX_NO_REPOSITORY: 'the folder is in no git repository',
  ERR_BLACKBOX_BARE_REPOSITORY: 'the repository has no work tree',
  ERR_BLACKBOX_READ_FAILED: 'a file could not be read',
  ERR_BLACKBOX_WRITE_FAILED: 'a file could not be written, renamed or removed',
  ERR_BLACKBOX_NOT_A_FILE: 'a symlink, folder or device stands where a file is needed',
  ERR_BLACKBOX_UNSAFE_PATH: 'a path leads out of its folder, or through a symlink',
  ERR_BLACKBOX_HARD_LINKED: 'a file to shred has further names, which would lose their content too',
  ERR_BLACKBOX_LOCKED: 'another command is changing this vault',
  ERR_BLACKBOX_GPG_FAILED: "gpg refused or failed; the sentence carries gpg's own reason",
  ERR_BLACKBOX_SIGNING_FAILED: 'a signature could not be made',
  ERR_BLACKBOX_SSH_FAILED:
    "ssh-keygen or the ssh-agent refused or failed; the sentence carries ssh-keygen's own reason",
  ERR_BLACKBOX_PLUGIN_MISSING: 'the age plugin that a key needs is not installed',
  ERR_BLACKBOX_PLUGIN_FAILED: "an age plugin refused or failed; the sentence carries the plugin's own reason",
  ERR_BLACKBOX_EDITOR: 'the editor is missing or ended with a failure',
  ERR_BLACKBOX_UNFINISHED_EDIT: 'an earlier edit of the file is kept and has to be resumed or dropped first',
  ERR_BLACKBOX_NO_UNFINISHED_EDIT: 'there is no kept edit to resume',
  ERR_BLACKBOX_NO_TERMINAL: 'a question could not be asked: there is no terminal',
  ERR_BLACKBOX_NO_INPUT: 'standard input was asked for, and nothing is piped in',
  ERR_BLACKBOX_COMMAND_FAILED: 'a command from the configuration is missing or ended with a failure',
  ERR_BLACKBOX_STATEMENT_BROKEN: 'a statement about the roster cannot be read',
  ERR_BLACKBOX_STATEMENT_FORGED: 'a statement was not signed by whom it names, or was altered',
  ERR_BLACKBOX_STATEMENT_FOREIGN: 'a statement belongs to another vault',
  ERR_BLACKBOX_STATEMENT_MISSING: 'a statement that others build upon is missing',
  ERR_BLACKBOX_STATEMENT_NOT_ENTITLED: 'a statement is signed by somebody who had no right to make it',
  ERR_BLACKBOX_BAD_OPTION: 'an option given to the library is not what it has to be',
  ERR_BLACKBOX_AMBIGUOUS_FILES: 'several registered files could be meant, and nothing tells which',
  ERR_BLACKBOX_KNOWN_VALUES: 'the fingerprints of known values cannot be read',
  ERR_BLACKBOX_HOOK: 'a git hook cannot be installed, is not ours, or does not guard',
  ERR_BLACKBOX_STATEMENT_DELETED: 'a statement about the roster was deleted',
  ERR_BLACKBOX_VAULT_REPLACED: 'the repository holds another vault than the one that is pinned',
  ERR_BLACKBOX_UNSIGNED_ENTRY: 'somebody or some key is in the roster files without a signed statement',
  ERR_BLACKBOX_NOT_AUTHENTIC: 'a sealed file was not sealed, here and as it is, by somebody who may',
  ERR_BLACKBOX_INVALID: 'values do not fit the schema, or not the kind of value that they replace',
  ERR_BLACKBOX_ASYNC_SCHEMA: 'a schema validates asynchronously and was used synchronously',
  ERR_BLACKBOX_NO_SUCH_NAME: 'a name was asked for that is not among the secrets',
  ERR_BLACKBOX_RESERVED_NAME: 'a name at the top level is one of the methods of what is loaded',
  ERR_BLACKBOX_DISPOSED: 'a secret was asked for its value after that had been dropped',
  ERR_BLACKBOX_NO_VARIABLE: 'a value cannot be an environment variable, or would be the same one as another',
  ERR_BLACKBOX_OUTDATED_TYPES: 'the declaration file is not what the names and shapes of the secrets are',
  ERR_BLACKBOX_CANNOT_DECRYPT: 'an encrypted value was altered, belongs elsewhere, or its key is not there',
  ERR_BLACKBOX_EXPIRED: 'an encrypted value was to be readable for a time, and that is over',
  ERR_BLACKBOX_EXPOSED: 'a bundle that is sent to everybody holds a secret',
  ERR_BLACKBOX_LOCAL_TRACKED: 'git tracks the local file, which lies unsealed over the sealed ones',
  ERR_BLACKBOX_OLDER_VERSION: 'a sealed file is an older version that was put back over a newer one',
  ERR_BLACKBOX_CANNOT_SIGN: 'the current user cannot sign what a command would write',
} as const;

export type ErrorCode = keyof typeof codes;

export interface FailureDetails {
  /** What to type or do next, best first. */
  readonly hints?: readonly string[];
  /** What was tried and why each attempt failed, in order. */
  readonly attempts?: readonly string[];
  /** The file that the failure is about, relative to the repository where it lies in one. */
  readonly file?: string;
  /** 1 refused or failed (the default), 2 usage, 3 findings, 70 a bug. */
  readonly exitCode?: 1 | 2 | 3 | 70;
  readonly cause?: unknown;
}

/**
 * A failure with a `code` to program against.
 *
 * @example
 * ```ts
 * try {
 *   loadSecretsSync();
 * } catch (error) {
 *   if (error instanceof BlackboxError && error.code === 'ERR_BLACKBOX_NO_IDENTITY') process.exit(1);
 *   throw error;
 * }
 * ```
 */
export class BlackboxError extends Error {
  override readonly name = 'BlackboxError';
  readonly code: ErrorCode;
  /** The first line of `message`: what failed, without attempts and hints. */
  readonly sentence: string;
  readonly hints: readonly string[];
  readonly attempts: readonly string[];
  readonly file: string | undefined;
  readonly exitCode: 1 | 2 | 3 | 70;

  constructor(code: ErrorCode, sentence: string, details: FailureDetails = {}) {
    const attempts = details.attempts ?? [];
    const hints = details.hints ?? [];
    super([sentence, ...attempts.map((a) => `  - ${a}`), ...hints.map((h) => `  ${h}`)].join('\n'), {
      cause: details.cause,
    });
    this.code = code;
    this.sentence = sentence;
    this.hints = hints;
    this.attempts = attempts;
    this.file = details.file;
    this.exitCode = details.exitCode ?? 1;
  }
}
