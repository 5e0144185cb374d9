/** Private keys from files: what `age-keygen`, `age -p`, `ssh-keygen`, `openssl` and `gpg --export-secret-keys` write. */
import { BlackboxError } from '../errors.js';
import { decodeArmor, isArmored } from './armor.js';
import { badIdentityFile, inIdentityFile, notAnIdentity, signingFailed, wrongPassphraseFor } from './errors.js';
import { parseHeader, verifyHeader } from './header.js';
import { type IdentityOptions, lockedIdentity, passphrase } from './locked-identity.js';
import { openpgpIdentity } from './openpgp.js';
import { openPayload } from './payload.js';
import { isPluginStanza, pluginIdentity } from './plugin.js';
import { loadPqIdentity, pqIdentity } from './pq.js';
import { scryptIdentity } from './scrypt.js';
import { sshPrivateKey } from './ssh-private.js';
import type { Identity, Signer, SigningIdentity, Stanza } from './types.js';
import { x25519Identity } from './x25519.js';

export type { IdentityOptions } from './locked-identity.js';

// An exported PGP key with a great many signatures is the largest that is honest.
const maxFileBytes = 1024 * 1024;
// Each is tried on every stanza of its kind.
const maxIdentities = 64;
const ageVersionLine = 'age-encryption.org/v1\n';

/**
 * The private keys in a file: an age identity file (also one behind a passphrase, binary or armored), an OpenSSH or PEM private key (also
 * encrypted), an exported OpenPGP secret key.
 *
 * Nothing is unlocked here. An identity behind a passphrase asks for it, once, when `unwrap` meets a stanza that may be for it, and then
 * throws ERR_BLACKBOX_WRONG_PASSPHRASE or ERR_BLACKBOX_PASSPHRASE_NEEDED if need be. An OpenPGP, post-quantum or plugin identity is not `sync`.
 *
 * Throws ERR_BLACKBOX_BAD_IDENTITY for anything else. No message repeats what the file holds.
 */
export function parseIdentityFile(content: Uint8Array, options: IdentityOptions): Identity[] {
  const file = read(content, options);
  if (file.lines === null) return [file.whole];
  return file.locked ? [lockedLines(file.lines, options)] : file.lines('').map(ageIdentity);
}

/** {@link parseIdentityFile}, where post-quantum identities also know their public key. */
export async function parseIdentityFileAsync(content: Uint8Array, options: IdentityOptions): Promise<Identity[]> {
  const file = read(content, options);
  if (file.lines === null) return [file.whole];
  return file.locked ? [lockedLines(file.lines, options)] : await Promise.all(file.lines('').map(loadAgeIdentity));
}

/** {@link parseIdentityFileAsync}, where a file behind a passphrase is opened at once, so that all age identities know their public key. */
export async function unlockIdentityFile(content: Uint8Array, options: IdentityOptions): Promise<Identity[]> {
  const file = read(content, options);
  if (file.lines === null) return [file.whole];
  return await Promise.all(file.lines(file.locked ? passphrase(options) : '').map(loadAgeIdentity));
}

interface Line {
  readonly number: number;
  readonly text: string;
  readonly options: IdentityOptions;
}

/** A file that is one key as a whole, or lines with a key each, which may take a passphrase. */
type IdentityFile =
  | { readonly lines: null; readonly whole: Identity }
  | { readonly lines: (passphrase: string) => Line[]; readonly locked: boolean };

function read(content: Uint8Array, options: IdentityOptions): IdentityFile {
  if (content.length > maxFileBytes) throw badIdentityFile(options.name, `it has more than ${maxFileBytes / 1024} KiB`);
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (isArmored(bytes)) {
    const binary = intact(options, () => decodeArmor(bytes));
    return passphraseFile(binary, options);
  }
  if (bytes.subarray(0, ageVersionLine.length).equals(Buffer.from(ageVersionLine)))
    return passphraseFile(bytes, options);
  return readText(decode(bytes), options);
}

function readText(text: string, options: IdentityOptions): IdentityFile {
  const blocks = text.match(/-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/g) ?? [];
  if (blocks.length > 1) throw badIdentityFile(options.name, 'it holds more than one private key block');
  if (blocks[0]?.includes('PGP')) return { lines: null, whole: openpgpIdentity(armoredBlock(text, options), options) };
  if (blocks[0]) return { lines: null, whole: sshPrivateKey(text, options) };
  return { lines: () => ageLines(text, options), locked: false };
}

/** PowerShell's `>` writes UTF-16 with a byte order mark; what `age-keygen > key.txt` makes there should work. */
function decode(bytes: Buffer): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return bytes.toString(utf16 ? 'utf16le' : 'utf8').replace(/^\ufeff/, '');
}

function armoredBlock(text: string, { name }: IdentityOptions): string {
  const block = /-----BEGIN PGP PRIVATE KEY BLOCK-----[\s\S]*?-----END PGP PRIVATE KEY BLOCK-----/.exec(text)?.[0];
  if (!block) throw badIdentityFile(name, 'its last line is missing');
  return block;
}

function ageLines(text: string, options: IdentityOptions): Line[] {
  const lines = text
    .split(/\r?\n/)
    .map((line, at) => ({ number: at + 1, text: line.trim(), options }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'));
  if (lines.length === 0) throw badIdentityFile(options.name, 'it holds no private key');
  if (lines.length > maxIdentities) throw badIdentityFile(options.name, `it has more than ${maxIdentities} lines`);
  return lines;
}

function ageIdentity({ number, text, options }: Line): Identity {
  try {
    if (text.startsWith('AGE-SECRET-KEY-PQ-1')) return pqIdentity(text);
    if (text.startsWith('AGE-SECRET-KEY-1')) return x25519Identity(text);
    if (text.startsWith('AGE-PLUGIN-')) return pluginIdentity(text, options);
  } catch (error) {
    throw error instanceof BlackboxError ? inIdentityFile(options.name, number, error) : error;
  }
  throw inIdentityFile(options.name, number, notAnIdentity(whatElse(text)));
}

async function loadAgeIdentity(line: Line): Promise<Identity> {
  const identity = ageIdentity(line);
  return identity.kind === 'mlkem768x25519' ? await loadPqIdentity(line.text) : identity;
}

function whatElse(text: string): { reason: string; hint: string } {
  return mistakes.find(({ pattern }) => pattern.test(text)) ?? unknown;
}

const mistakes = [
  {
    pattern: /^(?:age1|ssh-|ecdsa-|sk-)|BEGIN PGP PUBLIC KEY/,
    reason: 'it is a public key, and decrypting takes the private one',
    hint: 'an SSH private key is in the file of the same name without .pub',
  },
  {
    pattern: /^PuTTY-User-Key-File/,
    reason: 'it is in the format of PuTTY',
    hint: 'puttygen KEY.ppk -O private-openssh -o KEY',
  },
];
const unknown = {
  reason: 'it is none of AGE-SECRET-KEY-1…, AGE-PLUGIN-…, an SSH private key and a PGP PRIVATE KEY BLOCK',
  hint: 'blackbox-ts keygen',
};

/** An age identity file that was encrypted with `age -p`. What it holds is known only once it is open. */
function passphraseFile(file: Buffer, options: IdentityOptions): IdentityFile {
  const header = intact(options, () => parseHeader(file));
  if (header.stanzas[0]?.args[0] !== 'scrypt')
    throw badIdentityFile(options.name, 'it is encrypted, and not with a passphrase');
  const content = (passphrase: string) => intact(options, () => open(file, passphrase, options));
  return { lines: (passphrase) => ageLines(decode(content(passphrase)), options), locked: true };
}

function lockedLines(lines: (passphrase: string) => Line[], options: IdentityOptions): Identity {
  const unlock = (passphrase: string) => together(lines(passphrase).map(ageIdentity));
  return lockedIdentity({ kind: 'x25519', recipient: '', isFor: isForAgeKey, unlock }, options);
}

/** It is the identity file that is damaged then, not the one to be decrypted: another identity may still open that. */
function intact<T>({ name }: IdentityOptions, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BlackboxError && error.code === 'ERR_BLACKBOX_DAMAGED')
      throw badIdentityFile(name, error.sentence);
    throw error;
  }
}

function isForAgeKey(stanza: Stanza): boolean {
  return stanza.args[0] === 'X25519' || stanza.args[0] === 'mlkem768x25519' || isPluginStanza(stanza);
}

function open(file: Buffer, passphrase: string, { name }: IdentityOptions): Buffer {
  if (passphrase === '') throw wrongPassphraseFor(name);
  const header = parseHeader(file);
  const fileKey = scryptIdentity(passphrase).unwrap(header.stanzas);
  if (!(fileKey instanceof Uint8Array)) throw wrongPassphraseFor(name);
  verifyHeader(header, fileKey);
  return Buffer.concat([...openPayload(fileKey, [file.subarray(header.length)])]);
}

/** Of a file that holds nothing but identities of plugins. No key on a roster is this one. */
const noSigner: Signer = {
  key: '',
  sign: () => {
    throw signingFailed('the identity of an age plugin', 'it cannot sign');
  },
};

/** Several identities as one: those that answer at once go first, those that may want a touch last. */
function together(identities: readonly Identity[]): SigningIdentity {
  const unwrap = (stanzas: readonly Stanza[]) => {
    for (const identity of identities.filter(({ sync }) => sync)) {
      const fileKey = identity.unwrap(stanzas);
      if (fileKey) return fileKey;
    }
    const isHybrid = stanzas.some(({ args }) => args[0] === 'mlkem768x25519');
    const later = [
      ...identities.filter(({ kind }) => kind === 'mlkem768x25519' && isHybrid),
      ...identities.filter(({ kind }) => kind === 'plugin'),
    ];
    return later.length > 0 ? firstOf(later, stanzas) : null;
  };
  const signer = (keys?: ReadonlySet<string>) => {
    const signers = identities.flatMap((identity) => identity.signer?.() ?? []);
    return signers.find(({ key }) => keys?.has(key)) ?? signers[0] ?? noSigner;
  };
  return { kind: 'x25519', recipient: '', sync: true, unwrap, signer };
}

async function firstOf(identities: readonly Identity[], stanzas: readonly Stanza[]): Promise<Uint8Array | null> {
  for (const identity of identities) {
    const fileKey = await identity.unwrap(stanzas);
    if (fileKey) return fileKey;
  }
  return null;
}
