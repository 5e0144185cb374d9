/** The user's own public keys, to found a vault or to ask to be let in: of the first identity that is found in the documented order, or those given by name. */
import { join } from 'node:path';
import { type Identity, parseRecipient, signingKeyLine } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { showPath } from '../text.js';
import { identityPath, type Keyring, keyLine, ownRecipients, parseName } from '../vault/index.js';
import { flag, type Given, text } from './command.js';
import { readKeys } from './given-keys.js';
import { publicKeyOf, suggestedName, writeNewIdentity } from './identity-file.js';
import { openpgpFingerprints } from './keys.js';
import { nameNeededFor, notYourKey, ownIdentityUnusable, publicKeyNeeded } from './refusals.js';

/** An SSH public key file holds one line. */
const sshPublicLimit = 64 * 1024;

export interface Founder {
  readonly lines: readonly string[];
  /** Where the identity is, for a sentence. */
  readonly source: string;
  /** Whether it was made for this vault. */
  readonly fresh: boolean;
}

/** The `.pub` file beside an SSH key has the comment that its owner knows it by. */
function withComment(host: Host, source: string, text: string): string {
  const name = /^~\/\.ssh\/(id_\w+)$/.exec(source)?.[1];
  if (name === undefined) return text;
  try {
    const content = host.files.read(join(host.home, '.ssh', `${name}.pub`), sshPublicLimit);
    const recipient = content === null ? null : parseRecipient(content.toString('utf8').trim());
    return recipient?.text === text ? keyLine(recipient) : text;
  } catch (error) {
    // The comment is an adornment; the key itself came from the private key.
    if (error instanceof BlackboxError) return text;
    throw error;
  }
}

/** Whether somebody put something where this source looks: then it must not be passed over in silence. */
function isThere(host: Host, source: string): boolean {
  if (/^(BLACKBOX|SOPS)_/.test(source)) return (host.env[source] ?? '') !== '';
  return source === showPath(identityPath(host)) && host.files.stat(identityPath(host)) !== null;
}

/** The public key of an identity as it goes on the roster, without asking for a passphrase. */
function linesOf(host: Host, identity: Identity, source: string): string[] {
  if (identity.kind === 'openpgp') throw publicKeyNeeded(source, 'an OpenPGP key is more than its fingerprint');
  const { recipient } = identity;
  if (recipient.startsWith('ssh-')) return [withComment(host, source, recipient)];
  const key = recipient === '' ? publicKeyOf(host, source) : { text: recipient, sign: identity.signer?.().key ?? null };
  if (key === null) throw publicKeyNeeded(source, 'the file does not say it');
  return key.sign === null ? [key.text] : [key.text, signingKeyLine(key.sign)];
}

/** The first identity of the user's; null when they have none. @throws ERR_BLACKBOX_IDENTITY_FAILED */
export function findFounder(host: Host, keyring: Keyring): Founder | null {
  for (const { source, found, problem } of keyring.sources(false)) {
    const [first] = found;
    if (first !== undefined) return { lines: linesOf(host, first.identity, source), source, fresh: false };
    if (problem !== null && isThere(host, source)) throw ownIdentityUnusable(source, problem);
  }
  return null;
}

/** Public keys that the founder named, for one of which they have the identity. @throws ERR_BLACKBOX_NOT_ON_ROSTER */
export function readFounder(host: Host, keyring: Keyring, argument: string): Founder {
  const keys = readKeys(host, argument);
  const own = ownRecipients(keyring, host.gpg, openpgpFingerprints(keys.recipients));
  const beside = publicKeyOf(host, showPath(identityPath(host)));
  if (!keys.recipients.some((r) => own.has(r.text) || r.text === beside?.text)) throw notYourKey(keys.source);
  return { lines: keys.lines, source: keys.source, fresh: false };
}

/** A new identity, for somebody who has none. */
async function makeFounder(host: Host, given: Given): Promise<Founder> {
  const path = identityPath(host);
  if (flag(given, 'dryRun')) {
    host.terminal.say(`would make an identity for you in ${showPath(path)}`);
    return { lines: ['# the public key of that identity'], source: path, fresh: true };
  }
  const { publicText } = await writeNewIdentity(host, { path, passphrase: null, replace: false });
  host.terminal.say(`made an identity for you in ${showPath(path)}: keep it to yourself, and keep a copy`);
  return { lines: publicText.trimEnd().split('\n'), source: path, fresh: true };
}

/** Their own public keys: those named, those of the first identity found, or those of a new one. */
export async function founderOf(host: Host, given: Given, keyring: Keyring): Promise<Founder> {
  const key = text(given, 'key');
  const found = key === undefined ? findFounder(host, keyring) : readFounder(host, keyring, key);
  return found ?? (await makeFounder(host, given));
}

/** A name for the roster: the one given, or the login name. */
export function ownName(host: Host, given: Given, command: string): string {
  const name = text(given, 'name') ?? suggestedName(host);
  if (name === null) throw nameNeededFor(host.userName, command);
  return parseName(name);
}
