/** Sealing: new content, or the same content for other people. */
import { newFileKey, type Recipient, type Stanza, sealPayload, wrapAll } from '../age/index.js';
import { checkedPayload } from './authentic.js';
import { noRecipients } from './errors.js';
import type { Keyring } from './keyring.js';
import { fileKeyOf, plaintextPieces, sealedPayload } from './open.js';
import { watch } from './origins.js';
import { sealedPath } from './paths.js';
import { formatSealedHeader, recipientTag } from './sealed.js';
import type { Draft, Origin, RepoPath, SealedInfo, Vault } from './types.js';
import { inTurn, type Wrapping } from './wrap-ahead.js';

export interface Sealed {
  readonly draft: Draft;
  /** The header without its signature, to prove things from. */
  readonly header: () => Buffer;
  /** What was sealed, once it is written. null: the content is what it was before. */
  readonly origin: (() => Origin) | null;
}

/** Notes the nonce that a payload begins with. */
function* noting(payload: Iterable<Uint8Array>, onNonce: (nonce: string) => void): Generator<Uint8Array> {
  let first = true;
  for (const piece of payload) {
    if (first) onNonce(Buffer.from(piece).toString('hex'));
    first = false;
    yield piece;
  }
}

/** For whom a file is: the groups that the registry gives it, and the recipients that the roster makes of them. */
export interface Audience {
  readonly groups: readonly string[];
  readonly recipients: readonly Recipient[];
}

/** An unsigned header and what follows it, for content under a file key of its own that stays in local state. */
export interface Envelope {
  readonly header: Buffer;
  /** Seals once: a file key is for one payload. The first piece is the nonce. */
  seal(pieces: Iterable<Uint8Array>): Generator<Uint8Array>;
}

/** Wraps a new file key for these people; the content may come later, and then at once. */
export async function newEnvelope(file: string, recipients: readonly Recipient[]): Promise<Envelope> {
  if (recipients.length === 0) throw noRecipients(file);
  const fileKey = newFileKey();
  const header = formatSealedHeader(recipients, await wrapAll(fileKey, recipients), fileKey, null);
  return { header, seal: (pieces) => sealPayload(fileKey, pieces) };
}

/** A new sealed file, under a new file key, of what `pieces` yields when the file is written. */
export async function sealContent(
  vault: Vault,
  path: RepoPath,
  { groups, recipients }: Audience,
  pieces: () => Iterable<Uint8Array>,
  wrapping: Pick<Wrapping, 'wrap'> = inTurn,
): Promise<Sealed> {
  if (recipients.length === 0) throw noRecipients(path);
  const { fileKey, stanzas } = await wrapping.wrap(path, recipients);
  const watched = watch(vault);
  let nonce = '';
  const payload = () =>
    noting(sealPayload(fileKey, watched.through(pieces())), (begin) => {
      nonce = begin;
    });
  return {
    header: () => formatSealedHeader(recipients, stanzas, fileKey, null),
    draft: { path, groups, recipients, stanzas, fileKey, payload },
    origin: () => ({ payload: nonce, plaintext: watched.digest() }),
  };
}

/** Looks at a plaintext while it passes from one file key to the next. */
export type Tap = (path: RepoPath, pieces: Iterable<Uint8Array>) => Iterable<Uint8Array>;

export interface ResealFor {
  /** A new file key, whether or not somebody lost access. */
  readonly fresh: boolean;
  readonly tap?: Tap | undefined;
  /** Where new file keys come from. */
  readonly wrapping?: Wrapping;
}

/**
 * The same content for other recipients: when somebody was only added, a longer header over the same payload;
 * when somebody lost access, or `fresh` is asked for, everything anew under a new file key.
 */
export async function resealFor(
  vault: Vault,
  path: RepoPath,
  info: SealedInfo,
  audience: Audience,
  keyring: Keyring,
  { fresh, tap, wrapping }: ResealFor,
): Promise<Sealed> {
  const { groups, recipients } = audience;
  if (recipients.length === 0) throw noRecipients(path);
  const fileKey = await fileKeyOf(vault, sealedPath(path), info, keyring);
  const wanted = new Set(recipients.map(recipientTag));
  const onlyAdds = info.tags.every((tag) => wanted.has(tag));
  if (!onlyAdds || fresh) {
    const pieces = () => plaintextPieces(vault, path, info, fileKey);
    return sealContent(vault, path, audience, () => tap?.(path, pieces()) ?? pieces(), wrapping);
  }
  const stanzas = await extendStanzas(info, recipients, fileKey);
  const payload = () => checkedPayload(path, info, sealedPayload(vault, path, info));
  const header = () => formatSealedHeader(recipients, stanzas, fileKey, null);
  const draft = { path, groups, recipients, stanzas, fileKey, payload };
  const digest = info.seal === null ? {} : { digest: info.seal.payload };
  return { header, draft: { ...draft, ...digest }, origin: null };
}

/** Keeps the stanzas that are there and wraps for those that lack one. In the order of the recipients. */
async function extendStanzas(
  info: SealedInfo,
  recipients: readonly Recipient[],
  fileKey: Uint8Array,
): Promise<readonly Stanza[]> {
  const kept = new Map<string, Stanza | undefined>(info.tags.map((tag, i) => [tag, info.header.stanzas[i + 1]]));
  const lacking = recipients.filter((r) => kept.get(recipientTag(r)) === undefined);
  const fresh = lacking.length === 0 ? [] : await wrapAll(fileKey, lacking);
  lacking.forEach((recipient, i) => {
    kept.set(recipientTag(recipient), fresh[i]);
  });
  return recipients.flatMap((r) => kept.get(recipientTag(r)) ?? []);
}
