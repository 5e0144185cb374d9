/** Sealing: new content, or the same content for other people. */
import { newFileKey, type Recipient, type Stanza, sealPayload, wrapAll } from '../age/index.js';
import type { Plugins } from '../age/types.js';
import { checkedPayload } from './authentic.js';
import { noRecipients } from './errors.js';
import type { Keyring } from './keyring.js';
import { remembered } from './memo.js';
import { fileKeyOf, plaintextPieces, sealedPayload } from './open.js';
import { watch } from './origins.js';
import { sealedPath } from './paths.js';
import { pluginsOf } from './plugins.js';
import { formatSealedHeader, recipientTag } from './sealed.js';
import type { Draft, Origin, RepoPath, SealedInfo, Vault } from './types.js';
import { type Wanted, type Wrapped, wrap } from './wrap-ahead.js';

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
export async function newEnvelope(
  file: string,
  recipients: readonly Recipient[],
  plugins?: Plugins,
): Promise<Envelope> {
  if (recipients.length === 0) throw noRecipients(file);
  const fileKey = newFileKey();
  const header = formatSealedHeader(recipients, await wrapAll(fileKey, recipients, plugins), fileKey, null);
  return { header, seal: (pieces) => sealPayload(fileKey, pieces) };
}

/** A new sealed file, under a new file key, of what `pieces` yields when the file is written. */
export async function sealContent(
  vault: Vault,
  path: RepoPath,
  { groups, recipients }: Audience,
  pieces: () => Iterable<Uint8Array>,
): Promise<Sealed> {
  if (recipients.length === 0) throw noRecipients(path);
  return sealUnder(vault, path, { groups, recipients }, pieces, await wrap(recipients, pluginsOf(vault)));
}

function sealUnder(
  vault: Vault,
  path: RepoPath,
  { groups, recipients }: Audience,
  pieces: () => Iterable<Uint8Array>,
  { fileKey, stanzas }: Wrapped,
): Sealed {
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

/** What the same content takes to be for other recipients: new stanzas for whom it lacks, or, where somebody lost access, everything anew. */
const rewrapOf = remembered((recipients: readonly Recipient[], tags: readonly string[]): Wanted => {
  const wanted = new Set(recipients.map(recipientTag));
  if (!tags.every((tag) => wanted.has(tag))) return { recipients, fresh: true };
  const present = new Set(tags);
  return { recipients: recipients.filter((r) => !present.has(recipientTag(r))), fresh: false };
});

/** @param fresh a new file key, whether or not somebody lost access */
export function rewrapFor(path: RepoPath, { tags }: SealedInfo, { recipients }: Audience, fresh: boolean): Wanted {
  if (recipients.length === 0) throw noRecipients(path);
  return fresh ? { recipients, fresh } : rewrapOf(recipients, tags);
}

/** {@link resealed}, of one file. @param fresh see {@link rewrapFor} */
export async function resealFor(
  vault: Vault,
  path: RepoPath,
  info: SealedInfo,
  audience: Audience,
  keyring: Keyring,
  fresh = false,
): Promise<Sealed> {
  const wanted = rewrapFor(path, info, audience, fresh);
  const fileKey = await fileKeyOf(vault, sealedPath(path), info, keyring);
  const wrapped = await wrap(wanted.recipients, pluginsOf(vault), wanted.fresh ? undefined : fileKey);
  return resealed(vault, path, info, audience, { fileKey, wanted, wrapped });
}

export interface Rewrapped {
  /** What the file has been sealed under. */
  readonly fileKey: Uint8Array;
  readonly wanted: Wanted;
  readonly wrapped: Wrapped;
  readonly tap?: Tap | undefined;
}

/** The same content for other recipients: a longer header over the same payload, or all of it under a new file key. */
export function resealed(
  vault: Vault,
  path: RepoPath,
  info: SealedInfo,
  audience: Audience,
  { fileKey, wanted, wrapped, tap }: Rewrapped,
): Sealed {
  if (wanted.fresh) {
    const pieces = () => plaintextPieces(vault, path, info, fileKey);
    return sealUnder(vault, path, audience, () => tap?.(path, pieces()) ?? pieces(), wrapped);
  }
  const { groups, recipients } = audience;
  const stanzas = extend(info, recipients, wrapped);
  const payload = () => checkedPayload(path, info, sealedPayload(vault, path, info));
  const header = () => formatSealedHeader(recipients, stanzas, fileKey, null);
  const draft = { path, groups, recipients, stanzas, fileKey, payload };
  const digest = info.seal === null ? {} : { digest: info.seal.payload };
  return { header, draft: { ...draft, ...digest }, origin: null };
}

/** Of each recipient, where their stanza is among those that are there and, behind them, the new ones. */
const placesOf = remembered((recipients: readonly Recipient[], tags: readonly string[]): readonly number[] => {
  const places = new Map(tags.map((tag, i) => [tag, i]));
  let next = tags.length;
  return recipients.map((recipient) => places.get(recipientTag(recipient)) ?? next++);
});

/** The stanzas that are there and the new ones, in the order of the recipients. */
function extend(
  { tags, header }: SealedInfo,
  recipients: readonly Recipient[],
  { stanzas }: Wrapped,
): readonly Stanza[] {
  // The first one in a header is ours.
  const all = [...header.stanzas.slice(1), ...stanzas];
  return placesOf(recipients, tags).flatMap((place) => all[place] ?? []);
}
