/** Until when a key block can be encrypted to, told from its own signatures: no clock, no keyring, and without the package that encrypts. */
import type { OpenpgpKeyBlock, Packet } from './openpgp-packets.js';
import { unlessMalformed } from './openpgp-reader.js';
import type { SignaturePacket } from './openpgp-signature-packet.js';
import { bindingOf, endOf, examine } from './openpgp-signing-keys.js';

// RFC 9580, section 5.2.3.29: encrypt communications, encrypt storage.
const encryptFlags = 0x04 | 0x08;

function mayEncrypt({ says }: SignaturePacket): boolean {
  return ((says.keyFlags ?? 0) & encryptFlags) !== 0;
}

/** Section 5.5.2: it stands behind the version. */
function createdAt({ body }: Packet): number {
  return body.length < 5 ? 0 : body.readUInt32BE(1);
}

function find(block: OpenpgpKeyBlock): number | null {
  const examined = examine(block);
  if (examined === null) return null;
  const { self, end, subkeys, own } = examined;
  const ends = subkeys.flatMap((component) => {
    const binding = bindingOf(component, own);
    return binding !== null && mayEncrypt(binding) ? [endOf({ created: createdAt(component.packet) }, binding)] : [];
  });
  if (mayEncrypt(self)) ends.push(end);
  return ends.length === 0 ? null : Math.min(end, Math.max(...ends));
}

/**
 * Seconds since 1970, infinite for never. null when nothing in the block can be shown to be good for encryption: revoked, signed too weakly, or
 * of a kind that only the package knows.
 */
export function encryptionEnd(block: OpenpgpKeyBlock): number | null {
  return unlessMalformed(() => find(block));
}
