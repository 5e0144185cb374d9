/** The file key, and the two primitives that every kind of key wraps it with. https://c2sp.org/age#file-key */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { damaged } from './errors.js';

const fileKeyLength = 16;
export const tagLength = 16;
// Each wrap key is used once, so its nonce is fixed. https://c2sp.org/age#x25519-recipient-stanza
const zeroNonce = Buffer.alloc(12);

/** A new file key. It must not be used for two files. */
export function newFileKey(): Buffer {
  return randomBytes(fileKeyLength);
}

/** HKDF-SHA-256 (RFC 5869) for 32 bytes, which is exactly one block of its expansion. Twice as fast as `hkdfSync` for such short inputs. */
export function hkdf(secret: Uint8Array, salt: Uint8Array | string, info: string): Buffer {
  const extracted = createHmac('sha256', salt).update(secret).digest();
  return createHmac('sha256', extracted).update(info).update('\x01').digest();
}

/** The body of a stanza: the file key under ChaCha20-Poly1305 with a wrap key that is used for nothing else. */
export function sealFileKey(wrapKey: Uint8Array, fileKey: Uint8Array): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', wrapKey, zeroNonce, { authTagLength: tagLength });
  return Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
}

/** The file key in a stanza's body, null when it was sealed with another key. Throws ERR_BLACKBOX_DAMAGED for a body of the wrong length. */
export function openFileKey(wrapKey: Uint8Array, body: Uint8Array, stanza: string): Buffer | null {
  // Checked before decryption, against partitioning oracles. https://c2sp.org/age#the-x25519-recipient-type
  if (body.length !== fileKeyLength + tagLength) throw damaged(`${stanza} stanza`, `its body has ${body.length} bytes`);
  const decipher = createDecipheriv('chacha20-poly1305', wrapKey, zeroNonce, { authTagLength: tagLength });
  decipher.setAuthTag(body.subarray(fileKeyLength));
  const fileKey = decipher.update(body.subarray(0, fileKeyLength));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return fileKey;
}
