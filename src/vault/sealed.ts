/** What makes an age file a sealed file: one stanza that says for whom it is, covered by the header's MAC. */
import { formatHeader, isPayloadLength, parseHeader, type Recipient, type Stanza } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import { notSealed } from './file-errors.js';
import type { SealedInfo } from './types.js';
import { sha256 } from './vault.js';

const stanzaType = 'blackbox-ts/1';
const tagLength = 16;
/** What a payload begins with. https://c2sp.org/age#payload */
const nonceLength = 16;

const tagCache = new WeakMap<Recipient, string>();

/** 32 hex digits that stand for a recipient in sealed files: SHA-256 of its canonical text under a label, cut to 16 bytes. */
export function recipientTag(recipient: Recipient): string {
  const known = tagCache.get(recipient);
  if (known !== undefined) return known;
  const tag = textTag(recipient.text);
  tagCache.set(recipient, tag);
  return tag;
}

export function textTag(text: string): string {
  return sha256(`blackbox-ts/1 recipient\n${text}`).subarray(0, tagLength).toString('hex');
}

function recipientsDigest(recipients: readonly Recipient[]): string {
  const texts = [...new Set(recipients.map((r) => r.text))].sort();
  return sha256(`blackbox-ts/1 recipients\n${texts.join('\n')}`)
    .toString('base64')
    .replace(/=+$/, '');
}

/** A whole header: our stanza, then one stanza for each recipient in the same order. */
export function formatSealedHeader(
  recipients: readonly Recipient[],
  stanzas: readonly Stanza[],
  fileKey: Uint8Array,
): Buffer {
  const own: Stanza = {
    args: [stanzaType, recipientsDigest(recipients)],
    body: Buffer.from(recipients.map(recipientTag).join(''), 'hex'),
  };
  return formatHeader([own, ...stanzas], fileKey);
}

function splitTags(body: Uint8Array): string[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return Array.from({ length: bytes.length / tagLength }, (_, i) =>
    bytes.toString('hex', i * tagLength, (i + 1) * tagLength),
  );
}

function nonceAt(bytes: Uint8Array, start: number): string {
  const nonce = bytes.subarray(start, start + nonceLength);
  return nonce.length < nonceLength ? '' : Buffer.from(nonce).toString('hex');
}

/**
 * What a sealed file says of itself; no key needed.
 * @param bytes its beginning, with the whole header
 * @param path for the sentence
 * @throws ERR_BLACKBOX_NOT_SEALED
 */
export function inspectSealed(bytes: Uint8Array, path: string): SealedInfo {
  try {
    const header = parseHeader(bytes);
    const [own, ...others] = header.stanzas;
    if (own?.args[0] !== stanzaType || own.args.length !== 2) throw notSealed(path, 'it has no blackbox-ts stanza');
    if (own.body.length === 0 || own.body.length !== others.length * tagLength) {
      throw notSealed(path, 'its stanzas are not those that it says it has');
    }
    const tags = splitTags(own.body);
    if (new Set(tags).size !== tags.length) throw notSealed(path, 'it names a recipient twice');
    return { header, tags, digest: own.args[1] ?? '', payload: nonceAt(bytes, header.length) };
  } catch (error) {
    if (!(error instanceof BlackboxError) || error.code === 'ERR_BLACKBOX_NOT_SEALED') throw error;
    throw notSealed(path, error.sentence);
  }
}

/** Whether these bytes are, as far as can be told without a key, all of a sealed file. */
export function isCompleteSealedFile(bytes: Uint8Array): boolean {
  try {
    return isPayloadLength(bytes.length - inspectSealed(bytes, '').header.length);
  } catch (error) {
    if (error instanceof BlackboxError) return false;
    throw error;
  }
}
