/** How bytes are sealed. What other layers may use of this one. */
export { decodeArmor, encodeArmor, isArmored } from './armor.js';
export {
  decrypt,
  decryptSync,
  encrypt,
  encryptSync,
  type Identities,
  type Passphrase,
  type Recipients,
} from './file.js';
export { newFileKey } from './filekey.js';
export { formatHeader, formattedLength, headerLength, parseHeader, verifyHeader } from './header.js';
export { type IdentityOptions, parseIdentityFile, parseIdentityFileAsync, unlockIdentityFile } from './identities.js';
export { type HeaderLimits, headerLimits } from './limits.js';
export { checkOpenpgpRecipient, gpgIdentity, type OpenpgpKeyInfo, openpgpBlock } from './openpgp.js';
export { encryptionEnd } from './openpgp-end.js';
export { armorKeyBlock, type OpenpgpKeyBlock } from './openpgp-packets.js';
export { verifyOpenpgpSignature } from './openpgp-signature.js';
export { type GpgSigner, gpgSigner } from './openpgp-signer.js';
export { isPayloadLength, openPayload, payloadLength, sealPayload } from './payload.js';
export { generatePqIdentity, loadPqIdentity, pqIdentity, pqRecipient } from './pq.js';
export { formatPublicKey, isSigningKeyLine, signingKeyLine } from './public-key.js';
export { parseRecipient, parseRecipientFile } from './recipients.js';
export { scryptIdentity, scryptRecipient } from './scrypt.js';
export { derivedSigner, isDerivedKey, verifySignature } from './signing.js';
export { sshAgentSigner } from './sshsig.js';
export { stanzasText } from './stanza.js';
export type { Header, Identity, Recipient, Signer, SigningIdentity, Stanza } from './types.js';
export { unwrap, unwrapSync, wrapAll, wrapAllSync } from './wrap.js';
export { generateIdentity, x25519Identity, x25519Recipient } from './x25519.js';
