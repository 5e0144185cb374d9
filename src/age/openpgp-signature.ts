/** Detached OpenPGP signatures (RFC 9580), as `gpg --detach-sign` makes them, verified at once and without a library. */
import { type OpenpgpKeyBlock, packets, readKeyBlock, tags } from './openpgp-packets.js';
import { unlessMalformed } from './openpgp-reader.js';
import { readSignature, type SignaturePacket, signatureTypes } from './openpgp-signature-packet.js';
import { isStrong, mayBeFrom, type SigningKey, signingKeys } from './openpgp-signing-keys.js';

// With the longest RSA key 2 KiB; the rest is for what a gpg.conf may add: notations, a policy's address.
const maxSignatureBytes = 16 * 1024;

/**
 * Whether this is a binary signature over this message by a key of this block that may sign, made while that was valid. False for anything
 * malformed, for a revoked key, for SHA-1. There is no clock in it: the answer never changes, unless the block does.
 * @param block one armored PUBLIC KEY BLOCK, or what `readKeyBlock` made of it
 * @param fingerprint of the primary key that it has to be
 */
export function verifyOpenpgpSignature(
  block: string | OpenpgpKeyBlock,
  message: Uint8Array,
  signature: Uint8Array,
  fingerprint?: string,
): boolean {
  const key = typeof block === 'string' ? parsed(block) : block;
  if (key === null || (fingerprint !== undefined && key.fingerprint !== fingerprint)) return false;
  const data = Buffer.from(signature.buffer, signature.byteOffset, signature.byteLength);
  const packet = unlessMalformed(() => onlySignature(data));
  return packet !== null && signingKeys(key).some((signer) => isBy(signer, packet, message));
}

const blocks = new Map<string, OpenpgpKeyBlock | null>();
// A roster is checked statement by statement, with the same few blocks. As many people as have OpenPGP keys in a large team.
const mostBlocks = 256;

function parsed(armored: string): OpenpgpKeyBlock | null {
  const known = blocks.get(armored);
  if (known !== undefined) return known;
  if (blocks.size >= mostBlocks) blocks.clear();
  const block = unlessMalformed(() => readKeyBlock(armored));
  blocks.set(armored, block);
  return block;
}

/** One signature packet and nothing else, its length in the fewest bytes. */
function onlySignature(data: Buffer): SignaturePacket | null {
  if (data.length > maxSignatureBytes) return null;
  const [packet] = packets(data);
  if (packet?.tag !== tags.signature) return null;
  const oneByte = (data[0] ?? 0) < 0xc0 ? 256 : 192;
  const head = packet.body.length < oneByte ? 2 : 3;
  return data.length === head + packet.body.length ? readSignature(packet.body) : null;
}

function isBy({ key, from, until }: SigningKey, packet: SignaturePacket, message: Uint8Array): boolean {
  const { says, type } = packet;
  // One that expires would change its answer with time.
  if (type !== signatureTypes.binary || !isStrong(packet) || says.demanding || says.lasts !== 0) return false;
  if (says.created < from || says.created >= until) return false;
  return mayBeFrom(packet, key) && isPlain(packet.unhashed, key.keyId) && key.verify(packet, [message]);
}

/** What no signature covers holds at most the issuer, as gpg has it there: then nobody can change a byte and still have a good signature. */
function isPlain(unhashed: Buffer, keyId: string): boolean {
  return unhashed.length === 0 || unhashed.toString('hex').toUpperCase() === `0910${keyId}`;
}
