/** Signing with OpenPGP keys: through the user's gpg, or with an exported key through `openpgp`. The signatures are detached and binary. */
import type { PrivateKey } from 'openpgp';
import { visible } from '../text.js';
import { signingFailed, unverifiableSignature } from './errors.js';
import { type OpenpgpKeyBlock, readKeyBlock } from './openpgp-packets.js';
import { verifyOpenpgpSignature } from './openpgp-signature.js';
import { signingKeys } from './openpgp-signing-keys.js';
import type { Signer } from './types.js';

/** The part of a gpg that signing needs. */
export interface GpgSigner {
  /** Fingerprints, upper case, of the secret keys and subkeys that it holds. */
  secretFingerprints(): ReadonlySet<string>;
  /** @param fingerprint of the very key or subkey to sign with */
  sign(message: Uint8Array, fingerprint: string): Uint8Array;
}

/**
 * A signer for the OpenPGP key of this public key block; null when gpg holds none of the keys in it that may sign today. The key that is used
 * is one of the block, whatever newer ones gpg has: others verify with the block.
 */
export function gpgSigner(gpg: GpgSigner, publicKey: string | OpenpgpKeyBlock): Signer | null {
  const block = typeof publicKey === 'string' ? readKeyBlock(publicKey) : publicKey;
  const held = gpg.secretFingerprints();
  const now = Date.now() / 1000;
  const usable = signingKeys(block).filter(({ from, until }) => from <= now && now < until);
  const chosen = usable.find(({ key }) => held.has(key.fingerprint))?.key.fingerprint;
  if (chosen === undefined) return null;
  const sign = (message: Uint8Array) => confirmed(block, message, gpg.sign(message, chosen), 'gpg');
  return { key: keyOf(block), sign };
}

/** A signer for an exported secret key. */
export function exportedSigner(block: OpenpgpKeyBlock, unlocked: () => Promise<PrivateKey>): Signer {
  return { key: keyOf(block), sign: async (message) => await signWith(block, await unlocked(), message) };
}

async function signWith(block: OpenpgpKeyBlock, key: PrivateKey, message: Uint8Array): Promise<Uint8Array> {
  const openpgp = await import('openpgp');
  const binary = await openpgp.createMessage({ binary: new Uint8Array(message) });
  const config = { preferredHashAlgorithm: openpgp.enums.hash.sha512 };
  const options = { message: binary, signingKeys: key, detached: true, format: 'binary', config } as const;
  const signature = await openpgp.sign(options).catch((cause: unknown) => {
    const reason = cause instanceof Error ? visible(cause.message.slice(0, 200)) : 'no reason was given';
    throw signingFailed(`the OpenPGP key ${block.fingerprint}`, reason, cause);
  });
  return confirmed(block, message, signature, 'openpgp');
}

function confirmed(block: OpenpgpKeyBlock, message: Uint8Array, signature: Uint8Array, by: string): Uint8Array {
  if (!verifyOpenpgpSignature(block, message, signature)) throw unverifiableSignature(by);
  return signature;
}

function keyOf({ fingerprint }: OpenpgpKeyBlock): string {
  return `openpgp ${fingerprint}`;
}
