/** Opening sealed files with whatever identities the user has. */
import { headerLimits, type Identity, openPayload, type Stanza, verifyHeader } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import { payloadCheck, whyNotAuthentic } from './authentic.js';
import { withCommit } from './blame.js';
import { asyncIdentityOnly, wrongPluginKey } from './errors.js';
import { sealedDamaged, sealedMissing } from './file-errors.js';
import { type FileKeyCache, rememberedKey } from './file-key-cache.js';
import type { FoundIdentity } from './identity-source.js';
import type { Keyring } from './keyring.js';
import { nobodyOpens, type Search } from './open-errors.js';
import { sealedPath } from './paths.js';
import { registeredGroups } from './registry.js';
import { identityTag, inspectSealed } from './sealed.js';
import { authorityOf } from './trust.js';
import { notFromSomebodyEntitled } from './trust-errors.js';
import type { RepoPath, SealedInfo, Vault } from './types.js';

/** Enough for the header of a file for 20 people; more is read when a header is longer. */
const usualHeader = 8 * 1024;
/** Behind the header's last line, `--- <MAC>`, stands the payload's nonce. */
const lineAndNonce = '\n--- '.length + 43 + '\n'.length + 16;
const longestHeader = headerLimits.bytes + lineAndNonce;

export interface SealedHead {
  readonly info: SealedInfo;
  /** Of the whole file. */
  readonly size: number;
}

/**
 * What a sealed file says of itself, and its size; null when there is none.
 * @param absolute where it is, when the caller knows already that no symlink is on the way
 */
export function readSealedHead(
  { host: { files }, root }: Vault,
  path: RepoPath,
  absolute = files.within(root, sealedPath(path)),
): SealedHead | null {
  const head = files.readHead(absolute, usualHeader);
  if (head === null) return null;
  const end = head.indexOf('\n--- ');
  const all = head.length < usualHeader;
  const enough = all || (end >= 0 && end + lineAndNonce <= head.length);
  const info = inspectSealed(enough ? head : (files.readHead(absolute, longestHeader) ?? head), sealedPath(path), all);
  return { info, size: all ? head.length : (files.stat(absolute)?.size ?? 0) };
}

/** Reads what a sealed file says of itself; null when there is none. */
export function readSealedInfo(vault: Vault, path: RepoPath): SealedInfo | null {
  return readSealedHead(vault, path)?.info ?? null;
}

/** Damage is the container's to find, and it knows no files: here it learns the name. */
function inFile(file: string, error: unknown): unknown {
  const nameless = error instanceof BlackboxError && error.code === 'ERR_BLACKBOX_DAMAGED' && error.file === undefined;
  return nameless ? sealedDamaged(file, error) : error;
}

/** What each identity was asked and what came of it. */
interface Attempt {
  readonly found: FoundIdentity;
  readonly stanzas: readonly Stanza[];
}

/** The stanza that is this identity's by the tags; all of them when the identity cannot tell its own public key before it is unlocked. */
function stanzasFor(identity: Identity, info: SealedInfo): readonly Stanza[] {
  const { stanzas } = info.header;
  if (identity.recipient === '') return stanzas.slice(1);
  const index = info.tags.indexOf(identityTag(identity));
  // The first stanza is ours, the others are in the order of the tags.
  return index < 0 ? [] : stanzas.slice(index + 1, index + 2);
}

function* attempts(keyring: Keyring, search: Search): Generator<Attempt> {
  const last: Attempt[] = [];
  const forGpg = () => search.info.header.stanzas.some((s) => s.args[0] === 'openpgp');
  for (const looked of keyring.sources(forGpg)) {
    if (looked.problem !== null) search.tried.push(`${looked.source}: ${looked.problem}`);
    for (const found of looked.found) {
      search.own.add(found.identity.recipient === '' ? '' : identityTag(found.identity));
      const stanzas = stanzasFor(found.identity, search.info);
      if (stanzas.length === 0) search.tried.push(`${found.source}: its key is not among the recipients`);
      else if (found.identity.kind === 'plugin') last.push({ found, stanzas });
      else yield { found, stanzas };
    }
  }
  // Hardware may want a touch: not as long as any other key will do.
  yield* last;
}

function note(search: Search, attempt: Attempt, error: unknown): void {
  // Whoever cancels a question wants the whole to end, not the next question.
  if (!(error instanceof BlackboxError) || error.code === 'ERR_BLACKBOX_CANCELLED') throw error;
  search.failed = true;
  search.tried.push(`${attempt.found.source}: ${error.sentence}`);
}

function accept(search: Search, attempt: Attempt, fileKey: Uint8Array | null): fileKey is Uint8Array {
  if (fileKey === null) {
    search.tried.push(`${attempt.found.source}: its key is not among the recipients`);
    return false;
  }
  try {
    verifyHeader(search.info.header, fileKey);
    return true;
  } catch (error) {
    // Another program may be mistaken, and the file is as good as it was.
    if (attempt.found.identity.kind !== 'plugin') throw inFile(search.file, error);
    note(search, attempt, wrongPluginKey());
    return false;
  }
}

/**
 * The file key of a sealed file.
 * @param file its name, for sentences
 * @throws ERR_BLACKBOX_NO_IDENTITY, ERR_BLACKBOX_NOT_A_RECIPIENT, ERR_BLACKBOX_IDENTITY_FAILED, ERR_BLACKBOX_DAMAGED
 */
export async function fileKeyOf(vault: Vault, file: string, info: SealedInfo, keyring: Keyring): Promise<Uint8Array> {
  const search: Search = { file, info, tried: [], own: new Set(), failed: false };
  for (const attempt of attempts(keyring, search)) {
    let fileKey: Uint8Array | null;
    try {
      fileKey = await attempt.found.identity.unwrap(attempt.stanzas);
    } catch (error) {
      note(search, attempt, error);
      continue;
    }
    if (accept(search, attempt, fileKey)) return fileKey;
  }
  throw nobodyOpens(vault, search);
}

/** As {@link fileKeyOf}, at once. @throws also ERR_BLACKBOX_ASYNC_ONLY when only an asynchronous identity could open it */
export function fileKeyOfSync(vault: Vault, file: string, info: SealedInfo, keyring: Keyring): Uint8Array {
  const search: Search = { file, info, tried: [], own: new Set(), failed: false };
  let skipped: string | null = null;
  for (const attempt of attempts(keyring, search)) {
    const { identity, source } = attempt.found;
    if (!identity.sync) {
      skipped ??= source;
      continue;
    }
    let fileKey: Uint8Array | null | Promise<Uint8Array | null>;
    try {
      fileKey = identity.unwrap(attempt.stanzas);
    } catch (error) {
      note(search, attempt, error);
      continue;
    }
    if (fileKey instanceof Promise) {
      // A file of several identities answers at once until it meets one that cannot; what becomes of that is of no interest.
      fileKey.catch(() => undefined);
      skipped ??= source;
    } else if (accept(search, attempt, fileKey)) return fileKey;
  }
  throw skipped === null ? nobodyOpens(vault, search) : asyncIdentityOnly(file, skipped);
}

/** The ciphertext behind the header, in pieces. */
export function* sealedPayload(vault: Vault, path: RepoPath, info: SealedInfo): Generator<Uint8Array> {
  if (info.inline !== null) return yield info.inline;
  const { files } = vault.host;
  let skip = info.header.length;
  for (const piece of files.readPieces(files.within(vault.root, sealedPath(path)))) {
    if (skip < piece.length) yield skip === 0 ? piece : piece.subarray(skip);
    skip = Math.max(0, skip - piece.length);
  }
}

function* openedPayload(file: string, fileKey: Uint8Array, payload: Iterable<Uint8Array>): Generator<Buffer> {
  try {
    yield* openPayload(fileKey, payload);
  } catch (error) {
    throw inFile(file, error);
  }
}

/**
 * The plaintext of a sealed file whose file key is known, in authenticated pieces. What is merely damaged is told as that; what opens and is not
 * what was signed, at its end.
 */
export function* plaintextPieces(
  vault: Vault,
  path: RepoPath,
  info: SealedInfo,
  fileKey: Uint8Array,
  { onForged }: OpenOptions = {},
): Generator<Buffer> {
  const check = payloadCheck(path, info);
  yield* openedPayload(sealedPath(path), fileKey, check.through(sealedPayload(vault, path, info)));
  try {
    check.finish();
  } catch (error) {
    if (!(error instanceof BlackboxError) || onForged === undefined) throw error;
    onForged(error);
  }
}

function present(vault: Vault, path: RepoPath, { onForged }: OpenOptions): SealedInfo {
  const info = readSealedInfo(vault, path);
  if (info === null) throw sealedMissing(path);
  const reason = whyNotAuthentic(authorityOf(vault), path, info, registeredGroups(vault, path));
  if (reason === null) return info;
  const error = withCommit(vault, notFromSomebodyEntitled(sealedPath(path), reason));
  if (onForged === undefined) throw error;
  onForged(error);
  return { ...info, seal: null };
}

export interface OpenOptions {
  /** What was opened before. For the asynchronous ones. */
  readonly cache?: FileKeyCache;
  /** Told of a file that is not authentic, which is opened all the same. Without it, such a file is refused. */
  readonly onForged?: (error: BlackboxError) => void;
}

export interface Opened {
  readonly info: SealedInfo;
  /** The plaintext in authenticated pieces; what was yielded must be thrown away when it throws before the end. */
  readonly pieces: Generator<Buffer>;
}

/** Opens a sealed file, and tells what it says of itself. */
export async function openWithInfo(
  vault: Vault,
  path: RepoPath,
  keyring: Keyring,
  options: OpenOptions = {},
): Promise<Opened> {
  const info = present(vault, path, options);
  const file = sealedPath(path);
  const fileKey = await rememberedKey(options.cache, file, info, () => fileKeyOf(vault, file, info, keyring));
  return { info, pieces: plaintextPieces(vault, path, info, fileKey, options) };
}

/** A sealed file's plaintext in authenticated pieces; what was yielded must be thrown away when it throws before the end. */
export async function openPieces(
  vault: Vault,
  path: RepoPath,
  keyring: Keyring,
  options: OpenOptions = {},
): Promise<Generator<Buffer>> {
  return (await openWithInfo(vault, path, keyring, options)).pieces;
}

/** The whole of a sealed file that is held in memory. */
export async function openBytes(vault: Vault, file: string, bytes: Buffer, keyring: Keyring): Promise<Buffer> {
  const info = inspectSealed(bytes, file);
  const fileKey = await fileKeyOf(vault, file, info, keyring);
  return Buffer.concat([...openedPayload(file, fileKey, [bytes.subarray(info.header.length)])]);
}

/**
 * The whole plaintext of a sealed file.
 * @throws ERR_BLACKBOX_SEALED_MISSING, ERR_BLACKBOX_NOT_SEALED, ERR_BLACKBOX_NOT_AUTHENTIC, ERR_BLACKBOX_DAMAGED and those of {@link fileKeyOf}
 */
export async function openSealed(
  vault: Vault,
  path: RepoPath,
  keyring: Keyring,
  options: OpenOptions = {},
): Promise<Buffer> {
  return Buffer.concat([...(await openPieces(vault, path, keyring, options))]);
}

/** As {@link openSealed}, at once. */
export function openSealedSync(vault: Vault, path: RepoPath, keyring: Keyring, options: OpenOptions = {}): Buffer {
  const info = present(vault, path, options);
  const fileKey = fileKeyOfSync(vault, sealedPath(path), info, keyring);
  return Buffer.concat([...plaintextPieces(vault, path, info, fileKey, options)]);
}
