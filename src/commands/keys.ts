/** Public keys as a person compares them: by kind and fingerprint, in the form that the key's own program prints. */
import { createHash } from 'node:crypto';
import type { Recipient } from '../age/index.js';

/** An age key is short enough to be its own fingerprint; a post-quantum one (2 KiB) is not. */
const longestAgeKey = 80;

const kindNames: Readonly<Record<Recipient['kind'], string>> = {
  x25519: 'age',
  mlkem768x25519: 'age (post-quantum)',
  p256tag: 'age (hardware)',
  mlkem768p256tag: 'age (hardware, post-quantum)',
  plugin: 'age plugin',
  'ssh-ed25519': 'ssh-ed25519',
  'ssh-rsa': 'ssh-rsa',
  openpgp: 'openpgp',
  scrypt: 'passphrase',
};

export function kindName(recipient: Recipient): string {
  return recipient.kind === 'plugin'
    ? `age plugin ${recipient.text.slice(4, recipient.text.lastIndexOf('1'))}`
    : kindNames[recipient.kind];
}

function sha256Of(bytes: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`;
}

/** `SHA256:…` of an SSH key as ssh-keygen prints it, the fingerprint of an OpenPGP key, an age key itself. */
export function fingerprint({ text }: Pick<Recipient, 'text'>): string {
  if (text.startsWith('openpgp ')) return text.replace(/^openpgp /, '');
  if (text.startsWith('ssh-')) return sha256Of(Buffer.from(text.split(' ')[1] ?? '', 'base64'));
  return text.length <= longestAgeKey ? text : `${text.slice(0, 16)}… ${sha256Of(Buffer.from(text))}`;
}

/** `SHA256:…` of the key that the owner of an age key signs with; null for keys that sign themselves, and for those that cannot. */
export function signingFingerprint(sign: string | null): string | null {
  if (!sign?.startsWith('ed25519 ')) return null;
  return sha256Of(Buffer.from(sign.slice('ed25519 '.length), 'base64'));
}

/** The fingerprints of the OpenPGP keys among these: what gpg may be asked about. */
export function openpgpFingerprints(recipients: readonly Recipient[]): string[] {
  return recipients.filter((r) => r.kind === 'openpgp').map(fingerprint);
}

/** Shorter beginnings are typed by mistake, or made to fit. */
const shortestPrefix = 8;

/** A key as somebody may name it: whole, or by the beginning of what `admin list` prints or of its text. */
export function namesKey(given: string, recipient: Pick<Recipient, 'text'>): boolean {
  const print = fingerprint(recipient);
  const names = [recipient.text, print, print.replace(/^SHA256:/, ''), print.split(' ').at(-1) ?? ''];
  const exact = given.trim().replace(/^SHA256:/, '');
  // gpg prints fingerprints in groups of four, and people type them in either case.
  const hex = recipient.text.startsWith('openpgp ') ? given.replace(/\s/g, '').toUpperCase() : exact;
  const forms = [given.trim(), exact, hex].filter((form) => form.length >= shortestPrefix);
  return names.some((name) => forms.some((form) => name.startsWith(form)));
}
