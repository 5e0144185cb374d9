/** Public keys from text: one line, or a `.pub` file with any mix of age and SSH lines and PGP public key blocks. */
import { BlackboxError } from '../errors.js';
import {
  badKeyFile,
  badSigningKeyLine,
  duplicateKey,
  notAPublicKey,
  onLine,
  privateKeyGiven,
  unfinishedBlock,
} from './errors.js';
import { openpgpRecipient } from './openpgp.js';
import { pluginRecipient } from './plugin.js';
import { pqRecipient } from './pq.js';
import { isSigningKeyLine, readSigningKeyLine } from './public-key.js';
import { sshEd25519Recipient } from './ssh-ed25519.js';
import { parseSshPublicKey } from './ssh-format.js';
import { sshRsaRecipient } from './ssh-rsa.js';
import { tagRecipient } from './tag.js';
import type { Recipient } from './types.js';
import { x25519Recipient } from './x25519.js';

// One person's keys: room for a PGP key with hundreds of signatures, and for everything else that anybody has.
const maxFileLength = 1024 * 1024;
// Laptops, tokens, servers of one person. Each costs a stanza in every sealed file.
const maxRecipients = 64;
// RSA with 16,384 bits takes 2,800 characters, a post-quantum key 2,000.
const maxLineLength = 8192;
const beginPgp = '-----BEGIN PGP PUBLIC KEY BLOCK-----';
const endPgp = '-----END PGP PUBLIC KEY BLOCK-----';

/**
 * One public key: `age1…`, `age1pq1…`, `age1tag1…`, that of an age plugin (`age1<name>1…`), `ssh-ed25519 …`, `ssh-rsa …`, or an armored OpenPGP public key.
 *
 * Throws ERR_BLACKBOX_BAD_RECIPIENT for anything else, with what to do about it; ERR_BLACKBOX_PRIVATE_KEY_GIVEN for a private key. No message
 * repeats what was given: it may be a secret.
 */
export function parseRecipient(line: string): Recipient {
  refuseLarge(line);
  refusePrivateKeys(line);
  const text = withoutMark(line).trim();
  if (text.startsWith(beginPgp) && text.endsWith(endPgp)) return openpgpRecipient(text);
  if (text.length > maxLineLength) throw notAPublicKey('it is longer than any key', unknown.hint);
  if (text.startsWith('age1')) return ageRecipient(text);
  if (/^(?:ssh-|sk-|ecdsa-)\S+\s/.test(text)) return sshRecipient(text);
  const { reason, hint } = mistakes.find(({ pattern }) => pattern.test(text)) ?? unknown;
  throw notAPublicKey(reason, hint);
}

function ageRecipient(text: string): Recipient {
  if (text.startsWith('age1pq1')) return pqRecipient(text);
  if (/^age1tag(?:pq)?1/.test(text)) return tagRecipient(text);
  // Bech32 has no 1 in its data, so what stands between the first and the last is a plugin's name: age1yubikey1…
  return /^age1[^1].*1/.test(text) ? pluginRecipient(text) : x25519Recipient(text);
}

function sshRecipient(text: string): Recipient {
  const key = parseSshPublicKey(text);
  return key.type === 'ssh-ed25519' ? sshEd25519Recipient(key) : sshRsaRecipient(key);
}

/**
 * The public keys in a `.pub` file, in its order. Empty lines and lines that begin with `#` are comments; a byte order mark and CRLF are no harm.
 * One comment means something: directly below an age key, `# blackbox-ts signing key: ed25519 …` tells what its owner signs with. Anywhere else,
 * or malformed, it is refused.
 *
 * A line that is no public key is never skipped, because somebody would be locked out silently: it throws, with its number, what
 * {@link parseRecipient} throws. Also throws ERR_BLACKBOX_DUPLICATE_KEY, and ERR_BLACKBOX_BAD_RECIPIENT for a file without any key.
 */
export function parseRecipientFile(text: string): Recipient[] {
  refuseLarge(text);
  refusePrivateKeys(text);
  const entries = split(withoutMark(text));
  if (entries.length === 0) throw badKeyFile('it holds no public key');
  if (entries.length > maxRecipients) throw badKeyFile(`it holds more than ${maxRecipients} keys`);
  const seen = new Map<string, number>();
  const refuseSecond = (key: string, line: number) => {
    const earlier = seen.get(key);
    if (earlier !== undefined) throw duplicateKey(line, earlier);
    seen.set(key, line);
  };
  return entries.map(({ line, text: entry, sign }) => {
    const recipient = atLine(line, () => parseRecipient(entry));
    refuseSecond(recipient.text, line);
    if (sign !== null) refuseSecond(sign, line + 1);
    return sign === null ? recipient : { ...recipient, sign };
  });
}

interface Entry {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly text: string;
  /** The signing key in the comment below it. */
  readonly sign: string | null;
}

function split(text: string): Entry[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const entries: Entry[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (isSigningKeyLine(line)) throw onLine(at + 1, badSigningKeyLine('it does not stand below an age key'));
    if (line === '' || line.startsWith('#')) continue;
    const end = line === beginPgp ? endOfBlock(lines, at) : at;
    const sign = line.startsWith('age1') ? signingKeyBelow(lines, at) : null;
    entries.push({ line: at + 1, text: lines.slice(at, end + 1).join('\n'), sign });
    at = sign === null ? end : end + 1;
  }
  return entries;
}

function signingKeyBelow(lines: readonly string[], at: number): string | null {
  const below = lines[at + 1] ?? '';
  return isSigningKeyLine(below) ? atLine(at + 2, () => readSigningKeyLine(below)) : null;
}

function endOfBlock(lines: readonly string[], begin: number): number {
  let end = begin + 1;
  while (end < lines.length && !lines[end]?.startsWith('-----')) end++;
  if (lines[end] !== endPgp) throw onLine(begin + 1, unfinishedBlock());
  return end;
}

function atLine<T>(line: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof BlackboxError ? onLine(line, error) : error;
  }
}

function refuseLarge(text: string): void {
  if (text.length > maxFileLength) throw badKeyFile(`it has more than ${maxFileLength / 1024} KiB`);
}

/** Also in a comment and in the middle of a line: what is given here is on its way into a repository. */
function refusePrivateKeys(text: string): void {
  for (const { pattern, what, hint } of privateKeys) if (pattern.test(text)) throw privateKeyGiven(what, hint);
}

const privateKeys = [
  { pattern: /AGE-SECRET-KEY-/i, what: 'an age identity', hint: 'age-keygen -y FILE > NAME.pub' },
  {
    pattern: /AGE-PLUGIN-/i,
    what: 'the identity of an age plugin',
    hint: 'its public key begins with age1, and mostly stands in a comment of the same file',
  },
  { pattern: /PGP PRIVATE KEY/, what: 'an OpenPGP secret key', hint: 'gpg --armor --export FINGERPRINT > NAME.pub' },
  { pattern: /PRIVATE KEY|PuTTY-User-Key-File/, what: 'a private key file', hint: 'ssh-keygen -y -f FILE > NAME.pub' },
];

function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '');
}

interface Mistake {
  readonly pattern: RegExp;
  readonly reason: string;
  readonly hint: string;
}

const fromGithub = 'curl -fsS https://github.com/USER.keys > NAME.pub   # then ask USER whether these keys are right';
const fromGpg = 'gpg --armor --export FINGERPRINT > NAME.pub';

/** What people give instead of a public key, and how they get one. */
const mistakes: readonly Mistake[] = [
  { pattern: /^$/, reason: 'it is empty', hint: 'blackbox-ts keygen' },
  { pattern: /\0/, reason: 'it is not UTF-8 text (PowerShell writes UTF-16)', hint: 'save it as UTF-8' },
  {
    pattern: /BEGIN (?:RSA )?PUBLIC KEY/,
    reason: 'it is a public key in PEM, not as SSH writes it',
    hint: 'ssh-keygen -i -m PKCS8 -f FILE > NAME.pub   # or -m PEM',
  },
  {
    pattern: /BEGIN SSH2 PUBLIC KEY/,
    reason: 'it is a public key in the format of RFC 4716',
    hint: 'ssh-keygen -i -f FILE > NAME.pub',
  },
  { pattern: /BEGIN PGP/, reason: 'it is not one complete PGP PUBLIC KEY BLOCK', hint: fromGpg },
  {
    pattern: /\s(?:ssh-(?:ed25519|rsa)) AAAA/,
    reason: 'something stands before the key',
    hint: 'delete everything before the word ssh-ed25519 or ssh-rsa',
  },
  {
    pattern: /^AAAA[A-Za-z0-9+/=]+/,
    reason: 'the type of the SSH key in front of it is missing',
    hint: 'take the whole line from the .pub file',
  },
  { pattern: /^(?:openpgp |0x)?[0-9A-F ]{16,}$/i, reason: 'a fingerprint names a key, but is none', hint: fromGpg },
  {
    pattern: /^[^\s@]+@[^\s@]+$/,
    reason: 'an e-mail address is no key, and nobody can tell whose key would be found for it',
    hint: 'gpg --armor --export ADDRESS > NAME.pub',
  },
  {
    pattern: /^(?:@|github:|(?:https?:\/\/)?github\.com\/)?[A-Za-z0-9-]{1,39}(?:\.keys)?$/,
    reason: 'the name of a person or account is no key',
    hint: fromGithub,
  },
];

const unknown = {
  reason: 'it is none of age1…, ssh-ed25519 …, ssh-rsa … and PGP PUBLIC KEY BLOCK',
  hint: 'blackbox-ts keygen   # or: ssh-keygen -t ed25519',
};
