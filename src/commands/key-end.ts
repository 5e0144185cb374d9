/** When public keys end. */
import { checkOpenpgpRecipient, encryptionEnd, openpgpBlock, type Recipient } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { shellWord, visible } from '../text.js';
import type { Roster } from '../vault/index.js';
import { fingerprint } from './keys.js';

/** How long before its end a key is worth a word. */
const soon = 30 * 24 * 60 * 60 * 1000;

export interface KeyEnd {
  /** null for never, and for a key that cannot be used anyway. */
  readonly expires: Date | null;
  /** Why nothing can be sealed for it any more. */
  readonly unusable: string | null;
}

const never: KeyEnd = { expires: null, unusable: null };

/** Told from the key itself where that can be done quickly; else by the program that would encrypt to it. */
export async function endOf(recipient: Recipient, now = new Date()): Promise<KeyEnd> {
  if (recipient.kind !== 'openpgp') return never;
  const block = openpgpBlock(recipient);
  if (block === null) return never;
  const end = encryptionEnd(block);
  if (end === Number.POSITIVE_INFINITY) return never;
  if (end !== null && end * 1000 > now.getTime()) return { expires: new Date(end * 1000), unusable: null };
  try {
    const { expires } = await checkOpenpgpRecipient(recipient);
    return { expires, unusable: null };
  } catch (error) {
    if (!(error instanceof BlackboxError)) throw error;
    return { expires: null, unusable: error.sentence.replace(/^.* must not be used: /s, '') };
  }
}

/** `expires 2027-01-01`, or why it is of no use any more; null for a key without an end. */
export function endWords({ expires, unusable }: KeyEnd): string | null {
  if (unusable !== null) return `unusable: ${unusable}`;
  return expires === null ? null : `expires ${expires.toISOString().slice(0, 10)}`;
}

export function isEnding({ expires, unusable }: KeyEnd, now = new Date()): boolean {
  return unusable !== null || (expires !== null && expires.getTime() - now.getTime() <= soon);
}

/** A word for each key on the roster that ends within a month, or has ended. */
export async function warnOfEndingKeys(host: Host, { people }: Pick<Roster, 'people'>): Promise<void> {
  for (const { name, recipients } of people) {
    for (const recipient of recipients) {
      const end = await endOf(recipient);
      if (!isEnding(end)) continue;
      const key = fingerprint(recipient);
      host.terminal.warn(`a key of ${visible(name)}, openpgp ${key}: ${visible(endWords(end) ?? '')}`);
      // Without a star gpg leaves the subkeys as they are, and it is one of them that is encrypted to.
      const extend = `gpg --quick-set-expire ${key} 2y`;
      host.terminal.say(`  its owner: ${extend} && ${extend} '*' && gpg --armor --export ${key}`);
      host.terminal.say(`  then you: blackbox-ts admin add --name ${shellWord(name)} FILE`);
    }
  }
}
