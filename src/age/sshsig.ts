/**
 * Signatures as `ssh-keygen -Y sign -n blackbox-ts` makes them, without their armor.
 * https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { BlackboxError } from '../errors.js';
import { ed25519PublicKey } from './ed25519.js';
import { signingFailed, unverifiableSignature } from './errors.js';
import {
  parseSshPublicKey,
  type SshPublicKey,
  sshKeyObject,
  sshKeyText,
  wireReader,
  wireString,
} from './ssh-format.js';
import type { Signer } from './types.js';

const magic = 'SSHSIG';
/** What a signature is for is part of it: none that somebody made for git or for a file counts here. */
export const sshNamespace = 'blackbox-ts';
/** SHA-512 is what ssh-keygen signs with unless told otherwise; the format allows this one besides. */
const hashes: ReadonlySet<string> = new Set(['sha512', 'sha256']);
const rsaHashes: Readonly<Record<string, string>> = { 'rsa-sha2-512': 'sha512', 'rsa-sha2-256': 'sha256' };

/** Section 3: what the key really signs. */
function signedData(message: Uint8Array, hash: string): Buffer {
  const digest = createHash(hash).update(message).digest();
  return Buffer.concat([
    Buffer.from(magic),
    wireString(sshNamespace),
    wireString(''),
    wireString(hash),
    wireString(digest),
  ]);
}

function frame(key: SshPublicKey, hash: string, signature: Uint8Array): Buffer {
  const version = Buffer.from([0, 0, 0, 1]);
  const fields = [key.wire, sshNamespace, '', hash, signature].map((field) => wireString(field));
  return Buffer.concat([Buffer.from(magic), version, ...fields]);
}

/** A signer that holds the private key itself. */
export function sshSigner(line: string, privateKey: KeyObject): Signer {
  const key = parseSshPublicKey(line);
  const algorithm = key.type === 'ssh-rsa' ? 'rsa-sha2-512' : 'ssh-ed25519';
  const make = (message: Uint8Array) => {
    const raw = sign(rsaHashes[algorithm] ?? null, signedData(message, 'sha512'), privateKey);
    return frame(key, 'sha512', Buffer.concat([wireString(algorithm), wireString(raw)]));
  };
  return { key: line, sign: make };
}

/**
 * A signer whose private key only the ssh-agent has.
 * @param sshSign what the host's `sshSign` does: the armored signature that `ssh-keygen -Y sign` makes with the agent
 */
export function sshAgentSigner(sshSign: (publicKey: string, message: Uint8Array) => Uint8Array, line: string): Signer {
  const key = sshKeyText(parseSshPublicKey(line));
  const make = (message: Uint8Array) => {
    const signature = unarmorSshSignature(Buffer.from(sshSign(key, message)).toString('latin1'));
    if (!verifySshSignature(key, message, signature)) throw unverifiableSignature('the ssh-agent');
    return signature;
  };
  return { key, sign: make };
}

interface Parts {
  readonly wire: Buffer;
  readonly hash: string;
  readonly algorithm: string;
  readonly raw: Buffer;
}

function parse(blob: Uint8Array): Parts | null {
  const reader = wireReader(blob);
  if (reader.bytes(magic.length).toString('latin1') !== magic || reader.uint32() !== 1) return null;
  const [wire, namespace, reserved, hash] = [reader.string(), reader.text(), reader.text(), reader.text()];
  const inner = wireReader(reader.string());
  const parts = { wire, hash, algorithm: inner.text(), raw: inner.string() };
  const complete = inner.rest().length === 0 && reader.rest().length === 0;
  return complete && namespace === sshNamespace && reserved === '' && hashes.has(hash) ? parts : null;
}

/** Whether this is a signature of this key over this message, made for this program; false for anything malformed. */
export function verifySshSignature(line: string, message: Uint8Array, blob: Uint8Array): boolean {
  try {
    const key = parseSshPublicKey(line);
    const parts = parse(blob);
    if (parts === null || !parts.wire.equals(key.wire)) return false;
    const hash = key.type === 'ssh-rsa' ? rsaHashes[parts.algorithm] : null;
    if (hash === undefined || (hash === null && parts.algorithm !== 'ssh-ed25519')) return false;
    const object = key.type === 'ssh-rsa' ? sshKeyObject(key) : ed25519PublicKey(key.point);
    return object !== null && verify(hash, signedData(message, parts.hash), object, parts.raw);
  } catch (error) {
    if (error instanceof BlackboxError) return false;
    throw error;
  }
}

/** The bytes inside `-----BEGIN SSH SIGNATURE-----`. @throws ERR_BLACKBOX_SIGNING_FAILED when it is not one */
export function unarmorSshSignature(text: string): Buffer {
  const body = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)-----END SSH SIGNATURE-----\s*$/.exec(text)?.[1];
  if (body === undefined) throw signingFailed('ssh-keygen', 'it gave no signature');
  return Buffer.from(body, 'base64');
}
