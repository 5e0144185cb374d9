/** Public keys as somebody hands them over: a file, standard input, or the key itself. */
import { basename, extname, resolve } from 'node:path';
import { isSigningKeyLine, parseRecipientFile, type Recipient } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { showPath } from '../text.js';
import { noKeyIn, noSuchKeyFile } from './refusals.js';

/** As in the vault: a file of one person's keys is far below this, photo ids included. */
const keyFileLimit = 1024 * 1024;
const beginBlock = '-----BEGIN PGP PUBLIC KEY BLOCK-----';
const endBlock = '-----END PGP PUBLIC KEY BLOCK-----';
/** What a terminal or a reviewer would not see as it is: control, format and unassigned characters, line separators. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;

export interface GivenKeys {
  readonly recipients: readonly Recipient[];
  /** Lines for a person's file that hold these keys and nothing else. */
  readonly lines: readonly string[];
  /** The name that the file suggests; null for standard input and for a key typed. */
  readonly name: string | null;
  /** What to call it in a sentence. */
  readonly source: string;
}

/** PowerShell writes UTF-16 with a byte order mark where `>` is used. */
function decode(bytes: Buffer): string {
  return bytes[0] === 0xff && bytes[1] === 0xfe
    ? bytes.toString('utf16le', 2)
    : bytes.toString('utf8').replace(/^\ufeff/, '');
}

/**
 * The lines of the keys as they were given, with the signing keys below them: other comments and whatever else stands between are left out,
 * invisible characters too.
 */
export function keyLinesOf(text: string): string[] {
  const kept: string[] = [];
  let inBlock = false;
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.replaceAll('\t', ' ').replace(unseen, '').trim();
    if (line === beginBlock) inBlock = true;
    const isComment = line.startsWith('#') && !isSigningKeyLine(line);
    if (inBlock || (line !== '' && !isComment)) kept.push(line);
    if (line === endBlock) inBlock = false;
  }
  return kept;
}

function parse(text: string, source: string): Recipient[] {
  try {
    const recipients = parseRecipientFile(text);
    if (recipients.length === 0) throw noKeyIn(source);
    return recipients;
  } catch (error) {
    if (!(error instanceof BlackboxError)) throw error;
    // Whatever is wrong with a key, the sentence has to say where the key is.
    const sentence = text.includes('\n') ? error.sentence : error.sentence.replace(/^line 1: /, '');
    throw new BlackboxError(error.code, `${showPath(source)}: ${sentence}`, { hints: error.hints, cause: error });
  }
}

function looksLikeKey(argument: string): boolean {
  return /^(age1[0-9a-z-]{20}|(ssh|ecdsa|sk)-\S+\s|AGE-SECRET-KEY-|AGE-PLUGIN-\S+$|-----BEGIN )/i.test(argument.trim());
}

interface Source {
  readonly bytes: Buffer;
  readonly name: string | null;
  readonly label: string;
}

function find(host: Host, argument: string): Source {
  if (argument === '-') return { bytes: host.terminal.readStdin(), name: null, label: 'standard input' };
  const literal = looksLikeKey(argument);
  // A key is longer than a file name may be: asking the file system would fail rather than say no.
  const bytes = literal ? null : host.files.read(resolve(host.cwd, argument), keyFileLimit);
  if (bytes !== null) return { bytes, name: basename(argument, extname(argument)), label: argument };
  if (!literal) throw noSuchKeyFile(argument);
  return { bytes: Buffer.from(argument), name: null, label: 'the key given' };
}

/** The keys in what somebody handed over. @param name that the file suggests @throws as {@link readKeys} */
export function keysIn(bytes: Buffer, label: string, name: string | null): GivenKeys {
  const text = decode(bytes);
  const given = parse(text, label);
  const lines = keyLinesOf(text);
  // What will be written is what is parsed from now on, so that both cannot differ.
  const recipients = parse(lines.join('\n'), label);
  if (recipients.length !== given.length) throw noKeyIn(label);
  return { recipients, lines, name, source: label };
}

/**
 * Reads the public keys in FILE, on standard input (`-`), or that the argument itself is.
 * @throws ERR_BLACKBOX_BAD_RECIPIENT, ERR_BLACKBOX_PRIVATE_KEY_GIVEN, ERR_BLACKBOX_DUPLICATE_KEY
 */
export function readKeys(host: Host, argument: string): GivenKeys {
  const { bytes, name, label } = find(host, argument);
  return keysIn(bytes, label, name);
}
