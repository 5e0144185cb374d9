/** Whether an OpenPGP key may be encrypted to, and why not. Everything is judged on the key block alone: no keyring, no network. */
import type { PublicKey, Subkey } from 'openpgp';
import { visible } from '../text.js';
import { badOpenpgpKey, unusableKey } from './errors.js';
import type { OpenpgpKeyBlock } from './openpgp-packets.js';

/** What there is to show of a key that has been found good. */
export interface OpenpgpKeyInfo {
  readonly fingerprint: string;
  readonly userId: string;
  /** Of the subkey that is encrypted to: `rsaEncryptSign 3072`, `ecdh curve25519Legacy`, … */
  readonly algorithm: string;
  /** When encrypting to it will be refused; null for never. */
  readonly expires: Date | null;
}

export interface CheckedKey {
  readonly key: PublicKey;
  readonly info: OpenpgpKeyInfo;
}

type Openpgp = typeof import('openpgp');

/** Throws ERR_BLACKBOX_RECIPIENT_UNUSABLE with the reason, ERR_BLACKBOX_BAD_RECIPIENT for what is no OpenPGP key. */
export async function checkKeyBlock(openpgp: Openpgp, block: OpenpgpKeyBlock): Promise<CheckedKey> {
  const key = await openpgp.readKey({ binaryKey: block.data }).catch((cause) => {
    throw badOpenpgpKey('it is malformed', cause);
  });
  // Two parsers, one key: what was shown to a person must be what is encrypted to.
  if (key.getFingerprint().toUpperCase() !== block.fingerprint) throw badOpenpgpKey('it is malformed');
  await checkPrimary(key, block);
  const subkey = await encryptionKey(key, block);
  const user = await key.getPrimaryUser().catch(() => null); // a version 6 key need not have one
  const binding = 'verify' in subkey ? await subkey.verify() : null;
  const { sha1 } = openpgp.enums.hash;
  // Last, because signing anew does not help a key that is weak in itself.
  if (user?.selfCertification.hashAlgorithm === sha1) throw forgeable(block, key, 'its self-signature');
  if (binding?.hashAlgorithm === sha1) throw forgeable(block, key, 'the signature of its encryption subkey');
  const { algorithm, bits, curve } = subkey.getAlgorithmInfo();
  const info = {
    fingerprint: block.fingerprint,
    userId: user?.user.userID?.userID ?? '',
    algorithm: `${algorithm} ${bits ?? curve ?? ''}`.trim(),
    expires: earliest([await key.getExpirationTime(), await subkey.getExpirationTime()]),
  };
  return { key, info };
}

async function checkPrimary(key: PublicKey, block: OpenpgpKeyBlock): Promise<void> {
  try {
    await key.verifyPrimaryKey();
  } catch (cause) {
    throw refusal(block, 'it', cause, { key, expired: await key.getExpirationTime() });
  }
}

/** The subkey (or primary key) that openpgp will encrypt to: the newest one that is valid. */
async function encryptionKey(key: PublicKey, block: OpenpgpKeyBlock): Promise<PublicKey | Subkey> {
  try {
    return await key.getEncryptionKey();
  } catch (cause) {
    throw await whyNone(key, block, cause);
  }
}

async function whyNone(key: PublicKey, block: OpenpgpKeyBlock, cause: unknown): Promise<Error> {
  if (cause instanceof Error && cause.message.startsWith('Could not verify primary key'))
    return refusal(block, 'it', cause, { key });
  const newest = newestForEncryption(key);
  if (!newest) return unusable(block, 'it has no encryption subkey, it can only sign', [askForSubkey], cause);
  const reason = await key.getEncryptionKey(newest.getKeyID()).catch((error: unknown) => error);
  return refusal(block, 'its encryption subkey', reason, { key, expired: await newest.getExpirationTime() });
}

/** RFC 9580, section 5.2.3.29: 4 is "encrypt communications", 8 "encrypt storage". */
function newestForEncryption({ subkeys }: PublicKey): Subkey | undefined {
  const able = subkeys.filter(({ bindingSignatures }) =>
    bindingSignatures.some(({ keyFlags }) => ((keyFlags?.[0] ?? 0) & 12) !== 0),
  );
  return able.sort((a, b) => Number(b.keyPacket.created) - Number(a.keyPacket.created))[0];
}

const askForNew =
  'ask its owner for another key: gpg --quick-generate-key NAME, then gpg --armor --export NAME > NAME.pub';
const askForSubkey =
  'ask its owner: gpg --quick-add-key FINGERPRINT default encr 2y, then gpg --armor --export FINGERPRINT > NAME.pub';

/** A newer block that revokes the key would make all void that the key has signed; a statement that retires it does not. */
const retire = 'where it is on the roster, with the other key added: blackbox-ts admin retire-key NAME FINGERPRINT';

/** gpg extends an expired subkey only when it is named; "*" means the others. Either command also signs anew. */
function askToExtend(key: PublicKey): string {
  const subkey = newestForEncryption(key)?.getFingerprint().toUpperCase();
  const primary = 'gpg --quick-set-expire FINGERPRINT 2y';
  const both = subkey ? `${primary} && ${primary} ${subkey}` : primary;
  return `ask its owner: ${both}, then gpg --armor --export FINGERPRINT > NAME.pub`;
}

/** Our words for what openpgp says. The order matters: it wraps one message in another. */
const reasons: readonly { pattern: RegExp; reason: (part: string, found: string, expired: unknown) => string }[] = [
  { pattern: /is revoked/, reason: (part) => `${part} has been revoked` },
  { pattern: /is expired/, reason: (part, _found, expired) => `${part} expired${onDay(expired)}` },
  { pattern: /(?:RSA|elgamal|dsa) .*weak/i, reason: (part, found) => `${part} is too weak (${found})` },
  { pattern: /Insecure hash algorithm: \w+/, reason: (part, found) => `${part} is signed too weakly (${found})` },
  { pattern: /keys using curve \w+/, reason: (part, found) => `${part} is of a kind that is not supported (${found})` },
  // openpgp 6 checks these signatures on Node with a package that it does not depend on.
  {
    pattern: /eckey-utils/,
    reason: (part) => `${part} is on a Brainpool curve, whose signatures cannot be checked here`,
  },
  { pattern: /in the future/, reason: (part) => `${part} is not valid yet; does the clock go right` },
];

function hintsFor(message: string, key: PublicKey): string[] {
  if (/is expired/.test(message)) return [askToExtend(key)];
  return /is revoked/.test(message) ? [askForNew, retire] : [askForNew];
}

function refusal(
  block: OpenpgpKeyBlock,
  part: string,
  cause: unknown,
  { key, expired }: { key: PublicKey; expired?: unknown },
): Error {
  const message = cause instanceof Error ? cause.message : '';
  const known = reasons.find(({ pattern }) => pattern.test(message));
  const found = visible(known?.pattern.exec(message)?.[0] ?? message.slice(0, 200));
  const reason = known ? known.reason(part, found, expired) : `${part} is not valid (${found})`;
  return unusable(block, reason, hintsFor(message, key), cause);
}

/** SHA-1 collisions can be made to measure (https://sha-mbles.github.io), so that a signature over one name or key fits another. */
function forgeable(block: OpenpgpKeyBlock, key: PublicKey, what: string): Error {
  return unusable(block, `${what} uses SHA-1, with which it can be forged`, [askToExtend(key)]);
}

function unusable(
  { fingerprint, userId }: OpenpgpKeyBlock,
  reason: string,
  hints: readonly string[],
  cause?: unknown,
): Error {
  const owner = userId === '' ? '' : ` (${visible(userId)})`;
  const named = hints.map((hint) => hint.replaceAll('FINGERPRINT', fingerprint));
  return unusableKey(`the OpenPGP key ${fingerprint}${owner}`, reason, named, cause);
}

/** openpgp says `Infinity` for never and null when it cannot tell. */
function earliest(times: readonly unknown[]): Date | null {
  const dates = times.filter((time) => time instanceof Date);
  return dates.sort((a, b) => a.getTime() - b.getTime())[0] ?? null;
}

function onDay(time: unknown): string {
  return time instanceof Date ? ` on ${time.toISOString().slice(0, 10)}` : '';
}
