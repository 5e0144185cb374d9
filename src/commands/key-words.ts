/** A public key in words, for a person to compare. */
import { checkOpenpgpRecipient, type Recipient } from '../age/index.js';
import { visible } from '../text.js';
import { fingerprint, kindName, signingFingerprint } from './keys.js';

/** One line for each key; for an OpenPGP key also the check that it may be used. @throws ERR_BLACKBOX_RECIPIENT_UNUSABLE */
export async function describeKey(recipient: Recipient): Promise<string> {
  const words = [kindName(recipient), fingerprint(recipient)];
  if (recipient.comment !== '') words.push(`(${visible(recipient.comment)})`);
  if (recipient.kind === 'openpgp') {
    const { expires } = await checkOpenpgpRecipient(recipient);
    if (expires !== null) words.push(`expires ${expires.toISOString().slice(0, 10)}`);
  }
  const signs = signingFingerprint(recipient.sign);
  if (signs !== null) words.push(`signs with ${signs}`);
  return words.join(' ');
}
