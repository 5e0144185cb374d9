/**
 * The ssh-ed25519 stanza, as https://github.com/FiloSottile/age/blob/main/agessh/agessh.go defines it. An Ed25519 key becomes an X25519
 * key by the birational map; a tweak derived from the SSH key keeps the two uses apart.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { decodeBase64, encodeBase64 } from './base64.js';
import { ephemeral, exportPublic, importPublic, pairFrom, pointLength, sharedSecret } from './curve25519.js';
import { ed25519PrivateKey } from './ed25519.js';
import { badSshKey, damaged } from './errors.js';
import { hkdf, openFileKey, sealFileKey } from './filekey.js';
import { type SshPublicKey, sshKeyText, sshTag } from './ssh-format.js';
import { sshSigner } from './sshsig.js';
import { openFirst, stanzasFor } from './tagged.js';
import type { Recipient, SigningIdentity, Stanza } from './types.js';

const type = 'ssh-ed25519';
const label = 'age-encryption.org/v1/ssh-ed25519';

export type Ed25519PublicKey = Extract<SshPublicKey, { type: 'ssh-ed25519' }>;

/** A recipient from a parsed `ssh-ed25519` key. The conversion happens here, once; a wrap is one key pair and one exchange. */
export function sshEd25519Recipient(key: Ed25519PublicKey): Recipient {
  const tag = sshTag(key.wire);
  const theirs = ed25519ToX25519(key.point);
  // Exchanges commute: tweaking the point once gives every wrap the secret that age gets by tweaking each one.
  const tweaked = tweakedPoint(key.wire, theirs);
  if (!tweaked) throw badSshKey('it is a point that would give the same secret to everybody');
  const point = importPublic(tweaked);
  const text = sshKeyText(key);
  return {
    kind: type,
    text,
    comment: key.comment,
    sign: text,
    wrap: (fileKey) => wrap(fileKey, tag, theirs, point),
  };
}

function wrap(fileKey: Uint8Array, tag: string, theirs: Buffer, tweaked: KeyObject): Stanza {
  const { privateKey, share } = ephemeral();
  const secret = sharedSecret(privateKey, tweaked);
  if (!secret) throw badSshKey('it is a point that would give the same secret to everybody');
  const wrapKey = hkdf(secret, Buffer.concat([share, theirs]), label);
  return { args: [type, tag, encodeBase64(share)], body: sealFileKey(wrapKey, fileKey) };
}

/** An identity from the 32-byte seed of an Ed25519 key. `key` is its public half, in which the caller has found the seed to belong. */
export function sshEd25519Identity(seed: Uint8Array, key: Ed25519PublicKey): SigningIdentity {
  const tag = sshTag(key.wire);
  // RFC 8032, section 5.1.5: the scalar is the first half of the seed's SHA-512. X25519 clamps it in the same way.
  const scalar = createHash('sha512').update(seed).digest().subarray(0, pointLength);
  const { privateKey: secret, share: ours } = pairFrom(scalar);
  const recipient = sshKeyText(key);
  return {
    kind: type,
    recipient,
    sync: true,
    unwrap: (stanzas) =>
      openFirst(
        stanzasFor(stanzas, type, (named) => named === tag),
        (stanza) => unwrapOne(stanza, key.wire, secret, ours),
      ),
    signer: () => sshSigner(recipient, ed25519PrivateKey(seed)),
  };
}

function unwrapOne({ args, body }: Stanza, wire: Buffer, secret: KeyObject, ours: Buffer): Uint8Array {
  const share = args.length === 3 ? decodeBase64(args[2] ?? '') : null;
  if (share?.length !== pointLength) throw damaged(`${type} stanza`, 'its share is malformed');
  const shared = sharedSecret(secret, importPublic(share));
  const tweaked = shared && tweakedPoint(wire, shared);
  if (!tweaked) throw damaged(`${type} stanza`, 'its share is a point of low order');
  const fileKey = openFileKey(hkdf(tweaked, Buffer.concat([share, ours]), label), body, type);
  if (!fileKey) throw damaged(`${type} stanza`, 'it does not open with the key that it names');
  return fileKey;
}

function tweakedPoint(wire: Buffer, point: Buffer): Buffer | null {
  return sharedSecret(pairFrom(hkdf(Buffer.alloc(0), wire, label)).privateKey, importPublic(point));
}

/** The public point of a seed: what a private key file claims to belong to must be this. */
export function ed25519Point(seed: Uint8Array): Buffer {
  // RFC 8410, section 7: the DER of a seed is a constant followed by it.
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return exportPublic(createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })));
}

// RFC 7748, section 4.1, and RFC 8032, section 5.1.
const p = 2n ** 255n - 19n;
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * The X25519 public key of an Ed25519 one: u = (1 + y) / (1 - y). Refuses what is no point of the curve: half of all mistyped keys are
 * not, no private key belongs to them, and whoever was meant would be locked out without knowing.
 */
export function ed25519ToX25519(point: Uint8Array): Buffer {
  const y = BigInt(`0x${Buffer.from(point).reverse().toString('hex')}`) & (2n ** 255n - 1n);
  const v = mod(d * y * y + 1n);
  const w = mod((y * y - 1n) * v);
  // One exponentiation answers both questions: w·s is 1 exactly if x² = (y² - 1) / (dy² + 1) has a root other than 0, and then s is 1/w.
  const s = power(w, (p - 3n) / 2n);
  if (y >= p || mod(w * s) !== 1n) throw badSshKey('it is no point of the curve: a character is missing or mistyped');
  // (1 + y) / (1 - y) = -(1 + y)² · v / w
  const u = mod(-((1n + y) ** 2n) * v * s);
  return Buffer.from(u.toString(16).padStart(64, '0'), 'hex').reverse();
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % p;
    if (bit === '1') result = (result * base) % p;
  }
  return result;
}

function mod(value: bigint): bigint {
  const rest = value % p;
  return rest < 0n ? rest + p : rest;
}
