/** What makes an age file a sealed file: one stanza that says for whom it is, and who says so. docs/format.md has it in words. */
import { createHash } from 'node:crypto';
import { decodeBase64, encodeBase64 } from '../age/base64.js';
import {
  formatHeader,
  formattedLength,
  type Identity,
  isPayloadLength,
  parseHeader,
  type Recipient,
  type Stanza,
  stanzasText,
} from '../age/index.js';
import { BlackboxError } from '../errors.js';
import { hashLength, mostLeaves, type Proof, proofLength } from '../trust/batch.js';
import { notSealed } from './file-errors.js';
import type { Seal, SealedInfo } from './types.js';
import { sha256 } from './vault.js';

const stanzaType = 'blackbox-ts/1';
const tagLength = 16;
/** What a payload begins with. https://c2sp.org/age#payload */
const nonceLength = 16;

const tagCache = new WeakMap<object, string>();

function cachedTag(of: object, text: string): string {
  const tag = tagCache.get(of) ?? textTag(text);
  tagCache.set(of, tag);
  return tag;
}

/** 32 hex digits that stand for a recipient in sealed files: SHA-256 of its canonical text under a label, cut to 16 bytes. */
export function recipientTag(recipient: Pick<Recipient, 'text'>): string {
  return cachedTag(recipient, recipient.text);
}

/** {@link recipientTag} of the public key that belongs to an identity. */
export function identityTag(identity: Pick<Identity, 'recipient'>): string {
  return cachedTag(identity, identity.recipient);
}

export function textTag(text: string): string {
  return sha256(`blackbox-ts/1 recipient\n${text}`).subarray(0, tagLength).toString('hex');
}

interface Named {
  /** Digest of the set of recipients. */
  readonly digest: string;
  /** Their tags, one after another. */
  readonly tags: Buffer;
}

/** A thousand files of one command are for few different sets of people. */
const namedCache = new WeakMap<readonly Recipient[], Named>();

function named(recipients: readonly Recipient[]): Named {
  const known = namedCache.get(recipients);
  if (known !== undefined) return known;
  const texts = [...new Set(recipients.map((r) => r.text))].sort();
  const digest = encodeBase64(sha256(`blackbox-ts/1 recipients\n${texts.join('\n')}`));
  const made = { digest, tags: Buffer.from(recipients.map(recipientTag).join(''), 'hex') };
  namedCache.set(recipients, made);
  return made;
}

/** Whether a signature takes more or less room is known only when it is made: so much is kept for it, by kind of key. */
export function roomFor(key: string): number {
  if (key.startsWith('ed25519 ')) return 64;
  // A frame around the key's own text and a signature as long as its modulus.
  if (key.startsWith('ssh-')) return key.length * 2 + 128;
  // An OpenPGP packet with the signature of an RSA key of 8192 bits and a few hundred bytes of subpackets.
  return 2048;
}

/** 32 hex digits that stand for a signing key in sealed files. */
export function signingKeyId(key: string): string {
  return sha256(`blackbox-ts/1 signing key\n${key}`).subarray(0, tagLength).toString('hex');
}

/** Over the stanzas that wrap for the recipients, as they stand in the header: nobody may exchange one that is not theirs. */
export function stanzasDigest(stanzas: readonly Stanza[]): string {
  return createHash('sha256').update(stanzasText(stanzas)).digest('hex');
}

function sealArguments({ path, groups, payload, keyId, proof }: Seal): string[] {
  const hex = (text: string) => encodeBase64(Buffer.from(text, 'hex'));
  const audience = groups.length === 0 ? '-' : encodeBase64(Buffer.from(groups.join()));
  return [hex(payload), hex(keyId), `${proof.index}/${proof.count}`, audience, encodeBase64(Buffer.from(path))];
}

/** The signature, in all the room that was kept for it. */
function sealBody({ proof, signature, room }: Seal): Buffer {
  const framed = Buffer.alloc(2 + room);
  framed.writeUInt16BE(signature.length);
  framed.set(signature, 2);
  return Buffer.concat([proof.hashes, framed]);
}

function ownStanza(recipients: readonly Recipient[], seal: Seal | null): Stanza {
  const { digest, tags } = named(recipients);
  return {
    args: [stanzaType, digest, ...(seal === null ? [] : sealArguments(seal))],
    body: seal === null ? tags : Buffer.concat([tags, sealBody(seal)]),
  };
}

/** A whole header: our stanza, then one stanza for each recipient in the same order. @param seal null for what stays in local state */
export function formatSealedHeader(
  recipients: readonly Recipient[],
  stanzas: readonly Stanza[],
  fileKey: Uint8Array,
  seal: Seal | null,
): Buffer {
  return formatHeader([ownStanza(recipients, seal), ...stanzas], fileKey);
}

/** The length that a header will have, told from a seal whose digests and signature are not known yet. */
export function sealedHeaderLength(recipients: readonly Recipient[], stanzas: readonly Stanza[], seal: Seal): number {
  return formattedLength([ownStanza(recipients, seal), ...stanzas]);
}

const claims = new WeakMap<readonly string[], { readonly digest: string; readonly claim: string }>();

/** What a signature says of a file's recipients: the digest of the set, and the tag of each. */
export function recipientsClaim({ digest, tags }: Pick<SealedInfo, 'digest' | 'tags'>): string {
  const known = claims.get(tags);
  // The same tags beside another digest are another claim.
  if (known?.digest === digest) return known.claim;
  const claim = Buffer.from(digest, 'base64').toString('hex') + tags.join('');
  claims.set(tags, { digest, claim });
  return claim;
}

/** {@link recipientsClaim} of those for whom a header is yet to be written. */
export function recipientsClaimFor(recipients: readonly Recipient[]): string {
  const { digest, tags } = named(recipients);
  return recipientsClaim({ digest, tags: splitTags(tags) });
}

/** Ten thousand files are for few different sets of people: what is said of one set is said of it once, and known again by its identity. */
const tagsCache = new Map<string, readonly string[]>();
const mostSets = 1000;

/** @throws Malformed */
function splitTags(body: Uint8Array): readonly string[] {
  const hex = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('hex');
  const known = tagsCache.get(hex);
  if (known !== undefined) return known;
  const tags = hex.match(/.{32}/g) ?? [];
  if (new Set(tags).size !== tags.length) throw new Malformed('it names a recipient twice');
  if (tagsCache.size === mostSets) tagsCache.clear();
  tagsCache.set(hex, tags);
  return tags;
}

function nonceAt(bytes: Uint8Array, start: number): string {
  const nonce = bytes.subarray(start, start + nonceLength);
  return nonce.length < nonceLength ? '' : Buffer.from(nonce).toString('hex');
}

function unbase64(text: string | undefined, what: string): Buffer {
  const bytes = text === undefined ? null : decodeBase64(text);
  if (bytes === null) throw new Malformed(`its ${what} is malformed`);
  return bytes;
}

class Malformed extends Error {}

function readProof(text: string | undefined, bytes: Uint8Array): Proof {
  const [, index, count] = /^(0|[1-9]\d{0,6})\/([1-9]\d{0,6})$/.exec(text ?? '') ?? [];
  if (index === undefined || Number(index) >= Number(count) || Number(count) > mostLeaves) {
    throw new Malformed('its place among the files signed with it is malformed');
  }
  const length = proofLength(Number(index), Number(count)) * hashLength;
  return { index: Number(index), count: Number(count), hashes: bytes.subarray(0, length) };
}

function words(text: string | undefined, what: string): string {
  const bytes = unbase64(text, what);
  const read = bytes.toString('utf8');
  if (!Buffer.from(read).equals(bytes)) throw new Malformed(`its ${what} is no UTF-8`);
  return read;
}

function readGroups(text: string | undefined): string[] {
  return text === '-' ? [] : words(text, 'list of groups').split(',');
}

function readSeal(args: readonly string[], rest: Uint8Array): Seal {
  const [, , payload, keyId, place, groups, path] = args;
  const proof = readProof(place, rest);
  const framed = Buffer.from(rest.subarray(proof.hashes.length));
  const length = framed.length < 2 ? -1 : framed.readUInt16BE();
  if (length < 1 || framed.length < 2 + length || framed.subarray(2 + length).some((b) => b !== 0)) {
    throw new Malformed('its signature is cut off or followed by something else');
  }
  const [digest, id] = [unbase64(payload, 'payload digest'), unbase64(keyId, 'signing key')];
  if (digest.length !== hashLength || id.length !== tagLength) throw new Malformed('a digest has another length');
  return {
    path: words(path, 'path'),
    groups: readGroups(groups),
    payload: digest.toString('hex'),
    keyId: id.toString('hex'),
    proof,
    signature: framed.subarray(2, 2 + length),
    room: framed.length - 2,
  };
}

const argumentsSigned = 7;
const argumentsUnsigned = 2;

function readInfo(bytes: Uint8Array, whole: boolean): SealedInfo {
  const header = parseHeader(bytes);
  const [own, ...others] = header.stanzas;
  const signed = own?.args.length === argumentsSigned;
  if (own?.args[0] !== stanzaType || (!signed && own.args.length !== argumentsUnsigned)) {
    throw new Malformed('it has no blackbox-ts stanza');
  }
  const end = others.length * tagLength;
  if (end === 0 || own.body.length < end || (!signed && own.body.length !== end)) {
    throw new Malformed('its stanzas are not those that it says it has');
  }
  const tags = splitTags(own.body.subarray(0, end));
  const seal = signed ? readSeal(own.args, own.body.subarray(end)) : null;
  const [, digest = ''] = own.args;
  if (unbase64(digest, 'digest of the recipients').length !== hashLength)
    throw new Malformed('a digest has another length');
  return {
    header,
    tags,
    digest,
    seal,
    payload: nonceAt(bytes, header.length),
    inline: whole ? bytes.subarray(header.length) : null,
    // Asked for only where a signature is made or checked.
    get stanzas() {
      return stanzasDigest(others);
    },
  };
}

/**
 * What a sealed file says of itself; no key needed, and nothing of it is proven yet.
 * @param bytes its beginning, with the whole header
 * @param path for the sentence
 * @param whole whether `bytes` are the whole file
 * @throws ERR_BLACKBOX_NOT_SEALED
 */
export function inspectSealed(bytes: Uint8Array, path: string, whole = false): SealedInfo {
  try {
    return readInfo(bytes, whole);
  } catch (error) {
    if (error instanceof Malformed) throw notSealed(path, error.message);
    if (!(error instanceof BlackboxError)) throw error;
    throw notSealed(path, error.sentence);
  }
}

/** Whether these bytes are, as far as can be told without a key, all of a sealed file, and nothing but what its header was signed for. */
export function isCompleteSealedFile(bytes: Uint8Array): boolean {
  try {
    const { header, seal } = inspectSealed(bytes, '');
    if (seal === null || !isPayloadLength(bytes.length - header.length)) return false;
    return sha256(bytes.subarray(header.length)).toString('hex') === seal.payload;
  } catch (error) {
    if (error instanceof BlackboxError) return false;
    throw error;
  }
}
