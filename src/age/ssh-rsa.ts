/**
 * The ssh-rsa stanza, as https://github.com/FiloSottile/age/blob/main/agessh/agessh.go defines it: the file key under RSA-OAEP
 * (RFC 8017 §7.1) with SHA-256 for both of its hashes and age's label.
 */
import { constants, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto';
import { damaged } from './errors.js';
import { type SshPublicKey, sshKeyObject, sshKeyText, sshTag } from './ssh-format.js';
import { sshSigner } from './sshsig.js';
import { openFirst, stanzasFor } from './tagged.js';
import type { Recipient, SigningIdentity, Stanza } from './types.js';

const oaep = {
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: 'sha256',
  oaepLabel: Buffer.from('age-encryption.org/v1/ssh-rsa'),
};
const fileKeyBytes = 16;

export type RsaPublicKey = Extract<SshPublicKey, { type: 'ssh-rsa' }>;

/** A recipient from a parsed `ssh-rsa` key. */
export function sshRsaRecipient(key: RsaPublicKey): Recipient {
  const tag = sshTag(key.wire);
  const object = sshKeyObject(key);
  const text = sshKeyText(key);
  return {
    kind: 'ssh-rsa',
    text,
    comment: key.comment,
    sign: text,
    wrap: (fileKey) => ({ args: ['ssh-rsa', tag], body: publicEncrypt({ key: object, ...oaep }, fileKey) }),
  };
}

/** An identity from an RSA private key and its public key in wire format. */
export function sshRsaIdentity(secret: KeyObject, key: RsaPublicKey): SigningIdentity {
  const tag = sshTag(key.wire);
  const recipient = sshKeyText(key);
  return {
    kind: 'ssh-rsa',
    recipient,
    sync: true,
    unwrap: (stanzas) =>
      openFirst(
        stanzasFor(stanzas, 'ssh-rsa', (named) => named === tag),
        (stanza) => unwrapOne(stanza, secret),
      ),
    signer: () => sshSigner(recipient, secret),
  };
}

function unwrapOne(stanza: Stanza, secret: KeyObject): Uint8Array {
  if (stanza.args.length !== 2) throw damaged('ssh-rsa stanza', 'it has the wrong number of arguments');
  const fileKey = decrypt(stanza.body, secret);
  if (fileKey.length !== fileKeyBytes) throw damaged('ssh-rsa stanza', 'it holds something other than a file key');
  return fileKey;
}

function decrypt(body: Uint8Array, secret: KeyObject): Buffer {
  try {
    return privateDecrypt({ key: secret, ...oaep }, body);
  } catch (cause) {
    throw damaged('ssh-rsa stanza', 'it does not open with the key it names', cause);
  }
}
