/** Sealing: new content, or the same content for other people. */
import { newFileKey, type Recipient, type Stanza, sealPayload, wrapAll } from '../age/index.js';
import type { Write } from '../host/types.js';
import { noRecipients } from './errors.js';
import type { Keyring } from './keyring.js';
import { fileKeyOf, plaintextPieces, sealedPayload } from './open.js';
import { watch } from './origins.js';
import { sealedPath } from './paths.js';
import { formatSealedHeader, recipientTag } from './sealed.js';
import type { Origin, RepoPath, SealedInfo, Vault } from './types.js';

const sealedMode = 0o644;

export interface Sealed {
  readonly write: Write;
  /** The new header, to prove things from. */
  readonly header: Buffer;
  /** What was sealed, once it is written. null: the content is what it was before. */
  readonly origin: (() => Origin) | null;
}

function sealedWrite(vault: Vault, path: RepoPath, content: () => Iterable<Uint8Array>): Write {
  return { path: vault.host.files.within(vault.root, sealedPath(path)), mode: sealedMode, content };
}

/** A header, then the payload, the nonce it begins with noted. */
function* assemble(
  header: Buffer,
  payload: Iterable<Uint8Array>,
  onNonce: (nonce: string) => void,
): Generator<Uint8Array> {
  yield header;
  let first = true;
  for (const piece of payload) {
    if (first) onNonce(Buffer.from(piece).toString('hex'));
    first = false;
    yield piece;
  }
}

/** A header and what follows it, for content under a file key of its own. */
export interface Envelope {
  readonly header: Buffer;
  /** Seals once: a file key is for one payload. The first piece is the nonce. */
  seal(pieces: Iterable<Uint8Array>): Generator<Uint8Array>;
}

/** Wraps a new file key for these people; the content may come later, and then at once. */
export async function newEnvelope(file: string, recipients: readonly Recipient[]): Promise<Envelope> {
  if (recipients.length === 0) throw noRecipients(file);
  const fileKey = newFileKey();
  const header = formatSealedHeader(recipients, await wrapAll(fileKey, recipients), fileKey);
  return { header, seal: (pieces) => sealPayload(fileKey, pieces) };
}

/** A new sealed file, under a new file key, of what `pieces` yields when the file is written. */
export async function sealContent(
  vault: Vault,
  path: RepoPath,
  recipients: readonly Recipient[],
  pieces: () => Iterable<Uint8Array>,
): Promise<Sealed> {
  const { header, seal } = await newEnvelope(path, recipients);
  const watched = watch(vault);
  let payload = '';
  const content = () =>
    assemble(header, seal(watched.through(pieces())), (nonce) => {
      payload = nonce;
    });
  return {
    header,
    write: sealedWrite(vault, path, content),
    origin: () => ({ payload, plaintext: watched.digest() }),
  };
}

/** Looks at a plaintext while it passes from one file key to the next. */
export type Tap = (path: RepoPath, pieces: Iterable<Uint8Array>) => Iterable<Uint8Array>;

/**
 * The same content for other recipients: when somebody was only added, a longer header over the same payload;
 * when somebody lost access, or `fresh` is asked for, everything anew under a new file key.
 */
export async function resealFor(
  vault: Vault,
  path: RepoPath,
  info: SealedInfo,
  recipients: readonly Recipient[],
  keyring: Keyring,
  fresh: boolean,
  tap?: Tap,
): Promise<Sealed> {
  if (recipients.length === 0) throw noRecipients(path);
  const fileKey = await fileKeyOf(vault, sealedPath(path), info, keyring);
  const wanted = new Set(recipients.map(recipientTag));
  const onlyAdds = info.tags.every((tag) => wanted.has(tag));
  if (!onlyAdds || fresh) {
    const pieces = () => plaintextPieces(vault, path, info, fileKey);
    return sealContent(vault, path, recipients, () => tap?.(path, pieces()) ?? pieces());
  }
  const header = await extendHeader(info, recipients, fileKey);
  const content = () => assemble(header, sealedPayload(vault, path, info), () => undefined);
  return { header, write: sealedWrite(vault, path, content), origin: null };
}

/** Keeps the stanzas that are there and wraps for those that lack one. */
async function extendHeader(info: SealedInfo, recipients: readonly Recipient[], fileKey: Uint8Array): Promise<Buffer> {
  const kept = new Map<string, Stanza | undefined>(info.tags.map((tag, i) => [tag, info.header.stanzas[i + 1]]));
  const lacking = recipients.filter((r) => kept.get(recipientTag(r)) === undefined);
  const fresh = lacking.length === 0 ? [] : await wrapAll(fileKey, lacking);
  lacking.forEach((recipient, i) => {
    kept.set(recipientTag(recipient), fresh[i]);
  });
  const stanzas = recipients.flatMap((r) => kept.get(recipientTag(r)) ?? []);
  return formatSealedHeader(recipients, stanzas, fileKey);
}
