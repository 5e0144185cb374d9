/** The sentences of this layer. Two kinds of failure are kept apart: "damaged" (the bytes are wrong) and "refused" (the request is). */
import { BlackboxError } from '../errors.js';
import { count, showPath, visible } from '../text.js';

/** Part of an age file is not what its author wrote, or was never valid. `part` says which: `header line 3`, `payload chunk 7`, … */
export function damaged(part: string, reason: string, cause?: unknown): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_DAMAGED', `the file is damaged: ${part}: ${reason}`, { cause });
}

export function notAge(reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NOT_AGE', `this is no age file: ${reason}`);
}

export function noMatchingIdentity(tried: number): BlackboxError {
  const given = tried === 1 ? 'the identity given' : `any of the ${tried} identities given`;
  return new BlackboxError('ERR_BLACKBOX_NO_MATCHING_IDENTITY', `the file is not encrypted for ${given}`);
}

export function noIdentities(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_IDENTITY', 'no identity was given to decrypt with');
}

export function wrongPassphrase(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_WRONG_PASSPHRASE', 'wrong passphrase');
}

export function emptyPassphrase(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_WRONG_PASSPHRASE', 'the passphrase is empty');
}

/** Something synchronous was asked of a kind of key that can only answer later. */
export function asyncOnly(what: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_ASYNC_ONLY', `${what} cannot be used synchronously`, {
    hints: ['use the asynchronous function (loadSecrets, decrypt, encrypt) and await it'],
  });
}

export function noRecipients(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_RECIPIENTS', 'no recipient was given: nobody could ever open the file');
}

export function tooManyRecipients(limit: number): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_TOO_MANY_RECIPIENTS', `a file can have at most ${limit} recipients`);
}

/** `what` names the kind of key, `reason` what is wrong with it; the key itself is never in the sentence. */
export function badRecipient(
  what: string,
  reason: string,
  cause?: unknown,
  hints: readonly string[] = [],
): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_RECIPIENT', `${what} cannot be used: ${reason}`, { cause, hints });
}

export function badIdentity(
  what: string,
  reason: string,
  cause?: unknown,
  hints: readonly string[] = [],
): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_IDENTITY', `${what} cannot be used: ${reason}`, { cause, hints });
}

/** A private key where a public one belongs: it must not go any further, least of all into a message. */
export function privateKeyGiven(what: string, hint?: string): BlackboxError {
  const careful = 'if anybody else may have seen the private key, make a new one';
  const sentence = `this is ${what}, a private key: a public key is needed here`;
  return new BlackboxError('ERR_BLACKBOX_PRIVATE_KEY_GIVEN', sentence, {
    hints: hint === undefined ? [careful] : [hint, careful],
  });
}

export function unwritableStanza(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BUG', 'a recipient made a stanza that no age header can hold', {
    exitCode: 70,
  });
}

export function foreignLibraryChanged(): BlackboxError {
  const hints = ['reinstall with `npm ci`: package.json pins the version that was tested'];
  return new BlackboxError('ERR_BLACKBOX_BUG', 'the installed age-encryption is not the one we know', {
    exitCode: 70,
    hints,
  });
}

export function passphraseInCompany(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_RECIPIENT', 'a passphrase cannot be combined with other recipients');
}

/** Whoever reads the message may not have `ssh-keygen` keys that work: this always does. */
const makeOne = 'blackbox-ts keygen   # or: ssh-keygen -t ed25519';

export function badSshKey(reason: string): BlackboxError {
  return badRecipient('an SSH public key', reason);
}

export function unsupportedSshKey(type: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_BAD_RECIPIENT',
    `an SSH key of the type ${shortly(type)} cannot be used: ${whyNotSsh(type)}`,
    {
      hints: [makeOne],
    },
  );
}

export function unsupportedSshIdentity(name: string, type: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_BAD_IDENTITY',
    `the private key in ${showPath(name)} (${shortly(type)}) cannot decrypt: ${whyNotSsh(type)}`,
    { hints: [makeOne] },
  );
}

function whyNotSsh(type: string): string {
  if (type.includes('-cert-v0')) return 'it is a certificate; use the .pub file that it was made for';
  if (type.startsWith('sk-')) return 'keys of security tokens can sign, but not decrypt';
  return 'only ssh-ed25519 and ssh-rsa keys can decrypt';
}

/** At most a word of something that may be anything. */
function shortly(text: string): string {
  const word = visible(text);
  return word.length > 40 ? `${word.slice(0, 40)}…` : word;
}

export function unsupportedPem(name: string, label: string): BlackboxError {
  return badIdentity(
    `the private key in ${showPath(name)}`,
    `${shortly(label)} is none of the kinds that can decrypt`,
    undefined,
    [makeOne],
  );
}

export function unsupportedCipher(name: string, cipher: string): BlackboxError {
  return badIdentity(
    `the private key in ${showPath(name)}`,
    `it is encrypted with ${shortly(cipher)}, which is not supported`,
    undefined,
    ['ssh-keygen -p -Z aes256-ctr -f FILE   # encrypts it anew'],
  );
}

export function tooManyRounds(name: string, rounds: number, limit: number): BlackboxError {
  const reason = `unlocking it would take minutes (${rounds} rounds of bcrypt; at most ${limit} are accepted)`;
  return badIdentity(`the private key in ${showPath(name)}`, reason, undefined, ['ssh-keygen -p -a 100 -f FILE']);
}

export function wrongPassphraseFor(name: string, cause?: unknown, hints: readonly string[] = []): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_WRONG_PASSPHRASE', `wrong passphrase for ${showPath(name)}`, { cause, hints });
}

export function passphraseNeeded(name: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_PASSPHRASE_NEEDED',
    `${showPath(name)} is protected by a passphrase, and nobody can be asked for it`,
    {
      hints: ['run it in a terminal, or use an identity without a passphrase'],
    },
  );
}

const oneKeyHint = 'gpg --armor --export FINGERPRINT > NAME.pub';

export function badOpenpgpKey(reason: string, cause?: unknown): BlackboxError {
  return badRecipient('an OpenPGP public key', reason, cause, [oneKeyHint]);
}

export function severalOpenpgpKeys(fingerprints: readonly string[]): BlackboxError {
  const reason = `the block holds ${count(fingerprints.length, 'key')}, and it must be clear which one is meant`;
  const hints = fingerprints.slice(0, 4).map((fingerprint) => `gpg --armor --export ${fingerprint} > NAME.pub`);
  return badRecipient('an OpenPGP public key', reason, undefined, hints);
}

export function unsupportedOpenpgpVersion(version: number): BlackboxError {
  const age = version < 4 ? 'whose fingerprints can be forged' : 'which is not supported (4 and 6 are)';
  return badRecipient('an OpenPGP public key', `it has version ${version}, ${age}`, undefined, [
    'gpg --quick-generate-key NAME',
  ]);
}

/** A key that is what it says, but must not be encrypted to. */
export function unusableKey(what: string, reason: string, hints: readonly string[], cause?: unknown): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_RECIPIENT_UNUSABLE', `${what} must not be used: ${reason}`, { hints, cause });
}

export function signingFailed(what: string, reason: string, cause?: unknown): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_SIGNING_FAILED', `${what} could not sign: ${reason}`, { cause });
}

/** What was signed is not handed on when the public key does not confirm it: nobody else could. */
export function unverifiableSignature(by: string): BlackboxError {
  const sentence = `${by} made a signature that the public key does not confirm`;
  return new BlackboxError('ERR_BLACKBOX_SIGNING_FAILED', sentence);
}

/** Something that is no public key: `reason` says what it is instead, without repeating it. */
export function notAPublicKey(reason: string, hint: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_RECIPIENT', `this is no public key: ${reason}`, { hints: [hint] });
}

export function badSigningKeyLine(reason: string): BlackboxError {
  return badRecipient('the signing key in this comment', reason, undefined, [
    'ask its owner for the output of: blackbox-ts keygen --public',
  ]);
}

/** @param fingerprint of an OpenPGP key, '' for an identity of another kind */
export function publicKeyUnknown(fingerprint: string): BlackboxError {
  if (fingerprint === '')
    return badIdentity('the identity', 'it does not tell its public key', undefined, [
      'that of an age plugin mostly stands in a comment of its file, and the plugin tells it',
    ]);
  return badIdentity('the OpenPGP key', 'its public key is a block that gpg exports', undefined, [
    `gpg --armor --export ${fingerprint} > NAME.pub`,
  ]);
}

export function unfinishedBlock(): BlackboxError {
  return badOpenpgpKey('the block has no end: it was cut off');
}

export function badKeyFile(reason: string): BlackboxError {
  return badRecipient('the file of public keys', reason);
}

export function duplicateKey(line: number, earlier: number): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_DUPLICATE_KEY', `line ${line}: it is the same key as on line ${earlier}`);
}

/** The same failure, with where it is. */
export function onLine(line: number, { code, sentence, hints, cause }: BlackboxError): BlackboxError {
  return new BlackboxError(code, `line ${line}: ${sentence}`, { hints, cause });
}

export function badIdentityFile(name: string, reason: string): BlackboxError {
  return badIdentity(`the private key in ${showPath(name)}`, reason);
}

export function inIdentityFile(
  name: string,
  line: number,
  { code, sentence, hints, cause }: BlackboxError,
): BlackboxError {
  return new BlackboxError(code, `${showPath(name)}, line ${line}: ${sentence}`, { hints, cause });
}

/** Something that is no private key: `reason` says what it is instead, without repeating it. */
export function notAnIdentity({ reason, hint }: { reason: string; hint: string }): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_IDENTITY', `this is no private key: ${reason}`, { hints: [hint] });
}
