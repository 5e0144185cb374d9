/** The header: who can open the file, sealed with a MAC. https://c2sp.org/age#header. Knows no keys. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { decodeBase64, encodeBase64 } from './base64.js';
import { damaged, notAge, tooManyRecipients } from './errors.js';
import { hkdf } from './filekey.js';
import { type HeaderLimits, headerLimits } from './limits.js';
import { readStanzas, stanzasText, written } from './stanza.js';
import type { Header, Stanza } from './types.js';

const family = 'age-encryption.org/';
const versionLine = `${family}v1`;
// No line of a stanza begins with dashes: the first line that does is the last one of the header.
const macMark = '\n---';
const macLength = 32;

/**
 * How many bytes the header at the start of `bytes` takes; null when its end is not among them, so that more have to be read.
 * Throws ERR_BLACKBOX_NOT_AGE, and ERR_BLACKBOX_DAMAGED when the end is not where any header would have it.
 */
export function headerLength(bytes: Uint8Array, limits: HeaderLimits = headerLimits): number | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, limits.bytes));
  checkVersion(head);
  const mac = head.indexOf(macMark, 0, 'latin1');
  const end = mac < 0 ? -1 : head.indexOf('\n', mac + macMark.length, 'latin1');
  if (end >= 0) return end + 1;
  if (bytes.length >= limits.bytes) throw damaged('header', `it has no end within ${limits.bytes} bytes`);
  return null;
}

/**
 * Reads the header that `bytes` begins with; the payload may follow it. Strict: exactly what `formatHeader` would write is accepted.
 * Throws ERR_BLACKBOX_NOT_AGE, ERR_BLACKBOX_DAMAGED (also for a header that is not complete, or larger than `limits`).
 */
export function parseHeader(bytes: Uint8Array, limits: HeaderLimits = headerLimits): Header {
  const length = headerLength(bytes, limits);
  if (length === null) throw damaged('header', 'it is cut off');
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  const last = head.lastIndexOf('\n', length - 2) + 1;
  const mac = parseMac(head.toString('latin1', last, length - 1));
  const stanzas = readStanzas(head.toString('latin1', 0, last), versionLine.length + 1, limits);
  // The MAC covers everything up to and including the three dashes. https://c2sp.org/age#header-mac
  const covered = head.subarray(0, last + '---'.length);
  return { stanzas, mac, covered, length };
}

/** The header for these stanzas, with its MAC. Throws ERR_BLACKBOX_TOO_MANY_RECIPIENTS rather than write what `parseHeader` would refuse. */
export function formatHeader(stanzas: readonly Stanza[], fileKey: Uint8Array): Buffer {
  if (stanzas.length > headerLimits.stanzas) throw tooManyRecipients(headerLimits.stanzas);
  const covered = `${versionLine}\n${stanzasText(stanzas)}---`;
  const header = Buffer.from(`${covered} ${encodeBase64(headerMac(fileKey, covered))}\n`, 'latin1');
  if (header.length > headerLimits.bytes) throw tooManyRecipients(headerLimits.stanzas);
  return header;
}

/** How many bytes {@link formatHeader} makes of these stanzas, whatever their bodies' content. */
export function formattedLength(stanzas: readonly Stanza[]): number {
  const mac = '--- \n'.length + Math.ceil((macLength * 4) / 3);
  return stanzas.reduce((sum, stanza) => sum + written(stanza).text.length, versionLine.length + 1 + mac);
}

/** Throws ERR_BLACKBOX_DAMAGED when the header was not written by somebody who had the file key. Constant time. */
export function verifyHeader(header: Header, fileKey: Uint8Array): void {
  if (timingSafeEqual(headerMac(fileKey, header.covered), header.mac)) return;
  throw damaged('header', 'its MAC does not match: it was altered after the file was encrypted');
}

/** Whoever lets somebody in checks a header and writes the next one with the same file key. */
const macKeys = new WeakMap<Uint8Array, Buffer>();

function macKeyOf(fileKey: Uint8Array): Buffer {
  const key = macKeys.get(fileKey) ?? hkdf(fileKey, '', 'header');
  macKeys.set(fileKey, key);
  return key;
}

function headerMac(fileKey: Uint8Array, covered: Uint8Array | string): Buffer {
  return createHmac('sha256', macKeyOf(fileKey)).update(covered).digest();
}

function checkVersion(head: Buffer): void {
  const line = head.toString('latin1', 0, versionLine.length + 1);
  if (line === `${versionLine}\n`) return;
  if (line.length > 0 && `${versionLine}\n`.startsWith(line)) throw damaged('header', 'it is cut off');
  if (line === `${versionLine}\r`)
    throw damaged('header line 1', 'it ends with a carriage return: the line endings were converted');
  if (line.startsWith(family)) throw notAge('its version is not v1, the only one there is');
  throw notAge(`it does not begin with ${versionLine}`);
}

function parseMac(line: string): Buffer {
  const mac = line.startsWith('--- ') ? decodeBase64(line.slice(4)) : null;
  if (mac?.length !== macLength) throw damaged('header', 'its last line holds no MAC');
  return mac;
}
