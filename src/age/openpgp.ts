/**
 * The openpgp stanza, which is ours: `-> openpgp <FINGERPRINT of the primary key>`, and as body a binary OpenPGP message (RFC 9580) that holds
 * the file key, so that `gpg --decrypt` opens it. Encrypting and exported keys go through `openpgp`, loaded when the first such key is used;
 * decrypting otherwise goes to the user's gpg, with its agent and smartcards.
 */
import { randomBytes } from 'node:crypto';
import type { PrivateKey } from 'openpgp';
import { showPath } from '../text.js';
import { badIdentity, damaged, privateKeyGiven, wrongPassphraseFor } from './errors.js';
import { type IdentityOptions, once, passphrase } from './locked-identity.js';
import { type CheckedKey, checkKeyBlock, type OpenpgpKeyInfo } from './openpgp-check.js';
import { isPublicKeyMessage, type OpenpgpKeyBlock, readKeyBlock } from './openpgp-packets.js';
import { exportedSigner } from './openpgp-signer.js';
import { signingKeys } from './openpgp-signing-keys.js';
import { openFirst, openFirstAsync, stanzasFor } from './tagged.js';
import type { Identity, Recipient, Stanza } from './types.js';

export type { OpenpgpKeyInfo } from './openpgp-check.js';

const type = 'openpgp';
const fileKeyLength = 16;

interface OpenpgpRecipient extends Recipient {
  readonly block: OpenpgpKeyBlock;
  check(): Promise<CheckedKey>;
}

/**
 * A recipient from one armored PUBLIC KEY BLOCK. Only its structure is looked at here; `wrap` and {@link checkOpenpgpRecipient} tell whether it
 * may be used. Throws ERR_BLACKBOX_BAD_RECIPIENT, ERR_BLACKBOX_PRIVATE_KEY_GIVEN.
 */
export function openpgpRecipient(armored: string): Recipient {
  const block = readKeyBlock(armored);
  if (block.secret) throw privateKeyGiven('an OpenPGP secret key');
  const check = once(async () => checkKeyBlock(await import('openpgp'), block));
  const text = `${type} ${block.fingerprint}`;
  const recipient: OpenpgpRecipient = {
    kind: type,
    text,
    comment: block.userId,
    block,
    // Worked out when it is asked for: most of the time a roster is read, nothing is signed.
    get sign() {
      return signingKeys(block).length > 0 ? text : null;
    },
    wrap: async (fileKey) => ({
      args: [type, block.fingerprint],
      body: await encryptTo(block, await check(), fileKey),
    }),
    check,
  };
  return recipient;
}

/**
 * What `admin add` shows, and its refusal: ERR_BLACKBOX_RECIPIENT_UNUSABLE for a key that is expired, revoked, weak, or has no encryption
 * subkey.
 */
export async function checkOpenpgpRecipient(recipient: Recipient): Promise<OpenpgpKeyInfo> {
  if (!isOpenpgp(recipient)) throw new TypeError('not an OpenPGP recipient');
  const { info } = await recipient.check();
  return info;
}

/** The public key block that a recipient was read from, for `verifySignature`; null for other kinds. */
export function openpgpBlock(recipient: Recipient): OpenpgpKeyBlock | null {
  return isOpenpgp(recipient) ? recipient.block : null;
}

function isOpenpgp(recipient: Recipient): recipient is OpenpgpRecipient {
  return recipient.kind === type && 'check' in recipient;
}

async function encryptTo(block: OpenpgpKeyBlock, { key }: CheckedKey, fileKey: Uint8Array): Promise<Uint8Array> {
  const openpgp = await import('openpgp');
  // AES-256 in the encrypted data packet that every OpenPGP program reads (version 1), whatever the key's owner prefers.
  const sessionKey = { data: new Uint8Array(randomBytes(32)), algorithm: 'aes256' as const };
  const message = await openpgp.createMessage({ binary: new Uint8Array(fileKey) });
  try {
    return await openpgp.encrypt({ message, encryptionKeys: key, sessionKey, format: 'binary' });
  } catch (cause) {
    // It was good when it was looked at; if it has expired since, that is the reason to give.
    await checkKeyBlock(openpgp, block);
    throw cause;
  }
}

/** The part of a gpg that decryption needs. */
export interface GpgDecrypter {
  /** Fingerprints, upper case, of the secret keys that it holds. */
  secretFingerprints(): ReadonlySet<string>;
  decrypt(message: Uint8Array): Uint8Array;
}

/** Whatever the user's gpg can decrypt. It is asked what it holds only when a file has an openpgp stanza at all. */
export function gpgIdentity(gpg: GpgDecrypter): Identity {
  const isMine = (fingerprint: string) => gpg.secretFingerprints().has(fingerprint);
  const open = (stanza: Stanza) => checkFileKey(gpg.decrypt(message(stanza)));
  return {
    kind: type,
    recipient: '',
    sync: true,
    unwrap: (stanzas) => openFirst(stanzasFor(stanzas, type, isMine), open),
  };
}

/** An exported secret key. Not synchronous: what decrypts is `openpgp`. Throws ERR_BLACKBOX_BAD_IDENTITY. */
export function openpgpIdentity(armored: string, options: IdentityOptions): Identity {
  const block = readSecretBlock(armored, options);
  const unlocked = once(() => unlock(block.data, options));
  const open = async (stanza: Stanza) => checkFileKey(await decryptWith(await unlocked(), message(stanza)));
  const unwrap = (stanzas: readonly Stanza[]) => {
    const mine = stanzasFor(stanzas, type, (fingerprint) => fingerprint === block.fingerprint);
    return mine.length === 0 ? null : openFirstAsync(mine, open);
  };
  const identity: Identity = { kind: type, recipient: `${type} ${block.fingerprint}`, sync: false, unwrap };
  return signingKeys(block).length > 0 ? { ...identity, signer: () => exportedSigner(block, unlocked) } : identity;
}

function readSecretBlock(armored: string, options: IdentityOptions) {
  try {
    return readKeyBlock(armored);
  } catch (cause) {
    throw unreadable(options, 'it is malformed, or holds more than one key', cause);
  }
}

async function unlock(data: Buffer, options: IdentityOptions): Promise<PrivateKey> {
  const openpgp = await import('openpgp');
  const privateKey = await openpgp.readPrivateKey({ binaryKey: data }).catch((cause) => {
    throw unreadable(options, 'it is malformed', cause);
  });
  if (privateKey.isDecrypted()) return privateKey;
  return await openpgp.decryptKey({ privateKey, passphrase: passphrase(options) }).catch((cause: Error) => {
    throw /Incorrect key passphrase/.test(cause.message)
      ? wrongPassphraseFor(options.name, cause)
      : unreadable(options, 'it cannot be unlocked', cause);
  });
}

async function decryptWith(key: PrivateKey, binaryMessage: Uint8Array): Promise<Uint8Array> {
  const openpgp = await import('openpgp');
  // A file key needs no more, and a compressed packet could become anything.
  const config = { maxDecompressedMessageSize: 1024 };
  try {
    const parsed = await openpgp.readMessage({ binaryMessage, config });
    return (await openpgp.decrypt({ message: parsed, decryptionKeys: key, format: 'binary', config })).data;
  } catch (cause) {
    throw damaged('openpgp stanza', 'it does not open with the key that it names', cause);
  }
}

function message({ args, body }: Stanza): Uint8Array {
  if (args.length !== 2) throw damaged('openpgp stanza', 'it has the wrong number of arguments');
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!isPublicKeyMessage(bytes)) throw damaged('openpgp stanza', 'it holds no message to a public key');
  return bytes;
}

function checkFileKey(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== fileKeyLength) throw damaged('openpgp stanza', 'it holds something other than a file key');
  return bytes;
}

function unreadable({ name }: IdentityOptions, reason: string, cause?: unknown): Error {
  return badIdentity(`the OpenPGP secret key in ${showPath(name)}`, reason, cause);
}
