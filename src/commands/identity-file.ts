/** Making an identity: a file in the format of age-keygen that is never overwritten, and its public key to give away. */
import { dirname, join } from 'node:path';
import {
  encodeArmor,
  encryptSync,
  formatPublicKey,
  generateIdentity,
  parseIdentityFile,
  parseRecipientFile,
  type Recipient,
  x25519Identity,
} from '../age/index.js';
import { BlackboxError } from '../errors.js';
import type { Host, Write } from '../host/types.js';
import { showPath } from '../text.js';
import { identityPath, parseName } from '../vault/index.js';
import { identityExists, passphrasesDiffer } from './refusals.js';

/** As in the vault's keyring: an identity file of this size holds thousands of keys. */
const identityFileLimit = 1024 * 1024;

/** Beside a protected identity, which cannot tell its own public key before it is unlocked. */
function publicKeyPath(path: string): string {
  return `${path}.pub`;
}

/** The public key beside the user's own identity file, when `source` is that file; null when it is another, or says nothing. */
export function publicKeyOf(host: Host, source: string): Recipient | null {
  const path = identityPath(host);
  if (source !== showPath(path)) return null;
  try {
    const content = host.files.read(publicKeyPath(path), identityFileLimit);
    return content === null ? null : (parseRecipientFile(content.toString('utf8'))[0] ?? null);
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

export interface IdentityRequest {
  readonly path: string;
  /** null: the file is protected by its permissions alone. */
  readonly passphrase: string | null;
  /** Keep a file that is there under another name instead of refusing. */
  readonly replace: boolean;
}

export interface NewKey {
  readonly recipient: string;
  /** What goes into a `.pub` file. */
  readonly publicText: string;
}

/** A name for whoever runs this, as `admin add` would take it; null when the login name is none. */
export function suggestedName(host: Pick<Host, 'userName'>): string | null {
  try {
    return parseName(host.userName);
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

export function askNewPassphrase(host: Host): string {
  const first = host.terminal.askSecret('passphrase for the new identity: ');
  if (first !== host.terminal.askSecret('the same again: ')) throw passphrasesDiffer();
  return first;
}

/** `2026-11-21T01:50:34Z` */
function timeNow(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

function format(identity: string, recipient: string): string {
  return `# created: ${timeNow()}\n# public key: ${recipient}\n${identity}\n`;
}

function contentOf(text: string, passphrase: string | null): Buffer {
  if (passphrase === null) return Buffer.from(text);
  return Buffer.from(encodeArmor(encryptSync(Buffer.from(text), { passphrase })));
}

/** The public key of an identity file, where it can be told without a passphrase. */
function recipientIn(content: Buffer): string | null {
  try {
    const [first] = parseIdentityFile(content, { name: 'identity' });
    return first === undefined || first.recipient === '' ? null : first.recipient;
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

/** The old file and its public key under names with the time, so that what was sealed for it can still be opened with --identity. */
function keepOld(host: Host, path: string): Write[] {
  const suffix = `old-${timeNow().replace(/[-:]/g, '')}`;
  const copy = (from: string, mode: number): Write[] => {
    const content = host.files.read(from, identityFileLimit);
    return content === null ? [] : [{ path: from.replace(/(\.pub)?$/, `.${suffix}$1`), content, mode }];
  };
  return [...copy(path, 0o600), ...copy(publicKeyPath(path), 0o644)];
}

/** @throws ERR_BLACKBOX_FILE_EXISTS when anything stands at `path` */
export function checkFree(host: Host, path: string): void {
  if (host.files.stat(path) === null) return;
  const content = host.files.read(path, identityFileLimit);
  throw identityExists(path, content === null ? null : recipientIn(content));
}

/**
 * Makes an X25519 identity and writes it, 0600; a protected one with its public key beside it.
 * @returns the public key, and the text to give away, which also tells the signing key
 * @throws ERR_BLACKBOX_FILE_EXISTS
 */
export async function writeNewIdentity(host: Host, request: IdentityRequest): Promise<NewKey> {
  const { path, passphrase } = request;
  const state = dirname(identityPath(host));
  host.files.makeFolder(state, 0o700);
  host.files.makeFolder(dirname(path), 0o700);
  const lock = host.files.lock(join(state, 'lock'));
  try {
    const journal = join(state, 'journal');
    host.files.sweep(journal, dirname(path));
    if (!request.replace) checkFree(host, path);
    const { identity, recipient } = generateIdentity();
    const content = contentOf(format(identity, recipient), passphrase);
    const publicText = formatPublicKey(x25519Identity(identity));
    const publicKey = { path: publicKeyPath(path), content: Buffer.from(publicText), mode: 0o644 };
    const beside = passphrase === null ? [] : [publicKey];
    await host.files.replace([...keepOld(host, path), { path, content, mode: 0o600 }, ...beside], journal);
    return { recipient, publicText };
  } finally {
    lock.release();
  }
}
