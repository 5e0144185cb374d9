/** Whole age files in memory: what the library offers to those who want age and nothing else. */
import { decodeArmor, isArmored } from './armor.js';
import { noIdentities, noMatchingIdentity, wrongPassphrase } from './errors.js';
import { newFileKey } from './filekey.js';
import { formatHeader, parseHeader, verifyHeader } from './header.js';
import { parseIdentityFile, parseIdentityFileAsync } from './identities.js';
import { openBytes, sealBytes } from './payload.js';
import { parseRecipient, parseRecipientFile } from './recipients.js';
import { scryptIdentity, scryptRecipient } from './scrypt.js';
import type { Header, Identity, Plugins, Recipient, Stanza } from './types.js';
import { unwrap, unwrapSync, wrapAll, wrapAllSync } from './wrap.js';

/** Instead of keys: a passphrase, which must have enough entropy to withstand guessing at leisure. */
export interface Passphrase {
  readonly passphrase: string;
  /** For encryption: the base-two logarithm of scrypt's cost, 18 unless told otherwise, at most 20. */
  readonly workFactor?: number;
}

/**
 * For whom to encrypt: public keys as text (`age1…`, `age1pq1…`, `age1tag1…`, that of an age plugin, `ssh-ed25519 …`, `ssh-rsa …`, an armored OpenPGP
 * public key) or parsed, or a passphrase.
 */
export type Recipients = readonly (string | Recipient)[] | Passphrase;

/**
 * What to decrypt with: private keys as text (`AGE-SECRET-KEY-1…`, `AGE-SECRET-KEY-PQ-1…`, `AGE-PLUGIN-…`, the content of an age identity file, of an
 * unencrypted SSH private key, of an exported OpenPGP key) or parsed, or a passphrase.
 */
export type Identities = readonly (string | Identity)[] | Passphrase;

/** Encrypts bytes as a binary age v1 file, for every kind of key. @param plugins what keys of age plugins are wrapped for with */
export async function encrypt(bytes: Uint8Array, recipients: Recipients, plugins?: Plugins): Promise<Buffer> {
  const fileKey = newFileKey();
  return seal(bytes, fileKey, await wrapAll(fileKey, resolveRecipients(recipients), plugins));
}

/**
 * {@link encrypt} at once, for age, SSH and passphrase recipients. Throws `ERR_BLACKBOX_ASYNC_ONLY` for those of other kinds.
 *
 * @example
 * ```ts
 * const sealed = encryptSync(Buffer.from('hello'), ['age1…']);
 * ```
 */
export function encryptSync(bytes: Uint8Array, recipients: Recipients): Buffer {
  const fileKey = newFileKey();
  return seal(bytes, fileKey, wrapAllSync(fileKey, resolveRecipients(recipients)));
}

/** Decrypts an age v1 file, binary or armored, with the first identity that opens it. @param plugins what identities of age plugins unwrap with */
export async function decrypt(bytes: Uint8Array, identities: Identities, plugins?: Plugins): Promise<Buffer> {
  const file = read(bytes);
  const given = checkGiven(await resolveIdentities(identities, plugins));
  return open(file, await unwrap(file.header.stanzas, given), given);
}

/**
 * {@link decrypt} at once, for age, SSH and passphrase identities. Throws `ERR_BLACKBOX_ASYNC_ONLY` when only an identity of another kind
 * could open the file.
 *
 * @example
 * ```ts
 * const plaintext = decryptSync(readFileSync('notes.txt.age'), ['AGE-SECRET-KEY-1…']);
 * ```
 */
export function decryptSync(bytes: Uint8Array, identities: Identities): Buffer {
  const file = read(bytes);
  const given = checkGiven(resolveIdentitiesSync(identities));
  return open(file, unwrapSync(file.header.stanzas, given), given);
}

function seal(bytes: Uint8Array, fileKey: Uint8Array, stanzas: readonly Stanza[]): Buffer {
  return sealBytes(fileKey, formatHeader(stanzas, fileKey), bytes);
}

interface AgeFile {
  readonly header: Header;
  readonly payload: Uint8Array;
}

function read(bytes: Uint8Array): AgeFile {
  const binary = isArmored(bytes) ? decodeArmor(bytes) : bytes;
  const header = parseHeader(binary);
  return { header, payload: binary.subarray(header.length) };
}

function open({ header, payload }: AgeFile, fileKey: Uint8Array | null, tried: readonly Identity[]): Buffer {
  if (!fileKey) throw isPassphraseFor(header, tried) ? wrongPassphrase() : noMatchingIdentity(tried.length);
  verifyHeader(header, fileKey);
  return openBytes(fileKey, payload);
}

function isPassphraseFor(header: Header, tried: readonly Identity[]): boolean {
  return header.stanzas[0]?.args[0] === 'scrypt' && tried.some(({ kind }) => kind === 'scrypt');
}

function checkGiven(identities: readonly Identity[]): readonly Identity[] {
  if (identities.length === 0) throw noIdentities();
  return identities;
}

function isPassphrase(keys: Recipients | Identities): keys is Passphrase {
  return 'passphrase' in keys;
}

function resolveRecipients(recipients: Recipients): Recipient[] {
  if (isPassphrase(recipients)) return [scryptRecipient(recipients.passphrase, recipients.workFactor)];
  return recipients.flatMap((recipient) => {
    if (typeof recipient !== 'string') return [recipient];
    return recipient.trim().includes('\n') ? parseRecipientFile(recipient) : [parseRecipient(recipient)];
  });
}

const source = { name: 'the identity given' };

function resolveIdentitiesSync(identities: Identities): Identity[] {
  if (isPassphrase(identities)) return [scryptIdentity(identities.passphrase)];
  return identities.flatMap((identity) =>
    typeof identity === 'string' ? parseIdentityFile(Buffer.from(identity), source) : [identity],
  );
}

async function resolveIdentities(identities: Identities, plugins: Plugins | undefined): Promise<Identity[]> {
  if (isPassphrase(identities)) return [scryptIdentity(identities.passphrase)];
  const options = plugins === undefined ? source : { ...source, plugins };
  const resolved = await Promise.all(
    identities.map((identity) =>
      typeof identity === 'string' ? parseIdentityFileAsync(Buffer.from(identity), options) : [identity],
    ),
  );
  return resolved.flat();
}
