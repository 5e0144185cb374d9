/** What a key looks like in a `.pub` file: the recipient and, below an age one, the key that its owner signs with. */
import { badSigningKeyLine, publicKeyUnknown } from './errors.js';
import { isDerivedKey } from './signing.js';
import type { Identity } from './types.js';

const prefix = '# blackbox-ts signing key: ';

/** The comment that stands directly below an age recipient; other programs skip it. */
export function signingKeyLine(sign: string): string {
  return `${prefix}${sign}`;
}

/** Whether a line means to tell a signing key, well or badly: then it is never skipped as a comment. */
export function isSigningKeyLine(line: string): boolean {
  return /^#.*blackbox-ts.?signing.?key/i.test(line);
}

/** Throws ERR_BLACKBOX_BAD_RECIPIENT for anything but {@link signingKeyLine} of a usable key. */
export function readSigningKeyLine(line: string): string {
  const key = line.slice(prefix.length);
  if (!line.startsWith(prefix) || !isDerivedKey(key)) throw badSigningKeyLine('it is malformed');
  return key;
}

/**
 * The public text of an identity, with the signing key that belongs to it: what its owner gives away. An identity behind a passphrase asks
 * for it where the public key is not known without. Throws ERR_BLACKBOX_BAD_IDENTITY for an OpenPGP key, which is more than its fingerprint, and
 * for an identity that does not know its public key.
 */
export function formatPublicKey(identity: Identity): string {
  if (identity.kind === 'openpgp') throw publicKeyUnknown(identity.recipient.replace('openpgp ', ''));
  if (identity.kind.startsWith('ssh-')) return `${identity.recipient || identity.signer?.().key}\n`;
  if (identity.recipient === '') throw publicKeyUnknown('');
  const sign = identity.signer?.().key;
  return sign === undefined ? `${identity.recipient}\n` : `${identity.recipient}\n${signingKeyLine(sign)}\n`;
}
