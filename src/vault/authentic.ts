/** Whether a sealed file is what somebody entitled sealed, here and as it is: its signature, over path, audience, recipients and payload. */
import { createHash } from 'node:crypto';
import { verifySignature } from '../age/index.js';
import { visible } from '../text.js';
import { batchMessage, claimMessage, type KnownTree, leadsTo, leafHash, rootOf, treeWith } from '../trust/batch.js';
import type { Member, MemberKey } from '../trust/chain.js';
import { maySeal } from '../trust/limits.js';
import type { KeyEntry } from '../trust/statement.js';
import { withCommit } from './blame.js';
import { sealedPath } from './paths.js';
import { recipientsClaim, roomFor, signingKeyId } from './sealed.js';
import type { Authority } from './trust.js';
import { notFromSomebodyEntitled } from './trust-errors.js';
import type { RegistryEntry, RepoPath, Seal, SealedInfo, Vault } from './types.js';

export interface Author {
  readonly member: Member;
  readonly key: MemberKey & { readonly sign: string };
}

type Authors = ReadonlyMap<string, Author>;

const authorsOf = new WeakMap<Authority, Authors>();
/** Batches whose signature was found good, as far as their trees are known: a thousand files of one command cost one verification. */
const good = new Map<string, KnownTree>();
/** As many batches as the history of a large vault has left in its files. */
const mostGood = 10_000;

/** Everybody who may seal, by what sealed files call their keys. */
function authors(chain: Authority): Authors {
  const known = authorsOf.get(chain);
  if (known !== undefined) return known;
  const found = new Map<string, Author>();
  for (const member of chain.members.values()) {
    if (!maySeal(member.role)) continue;
    for (const key of member.keys) {
      if (key.sign !== null) found.set(signingKeyId(key.sign), { member, key: { ...key, sign: key.sign } });
    }
  }
  authorsOf.set(chain, found);
  return found;
}

interface Signer {
  readonly key: KeyEntry & { readonly sign: string };
}

function isSignedRoot({ key }: Signer, root: Uint8Array, { proof, signature }: Seal): boolean {
  return verifySignature(key.sign, batchMessage(root, proof.count), signature, () => key.block ?? undefined);
}

/** Whether a leaf belongs to the batch that was signed with this key, count and signature. */
function isOfBatch(author: Signer, leaf: Buffer, seal: Seal): boolean {
  const batch = `${seal.keyId} ${author.key.sign} ${seal.proof.count} ${Buffer.from(seal.signature).toString('base64')}`;
  const known = good.get(batch);
  if (known !== undefined && leadsTo(known, leaf, seal.proof)) return true;
  const root = rootOf(leaf, seal.proof);
  if (root === null || !isSignedRoot(author, root, seal)) return false;
  if (good.size >= mostGood) good.clear();
  const tree = treeWith(root);
  leadsTo(tree, leaf, seal.proof);
  good.set(batch, tree);
  return true;
}

/** What was signed has one form in bytes: nobody but its signer makes another file of it, which would pass for a newer one. */
function isSigned(founder: string, info: SealedInfo, seal: Seal, author: Signer): boolean {
  if (seal.room !== roomFor(author.key.sign)) return false;
  const claim = {
    vault: founder,
    path: seal.path,
    groups: seal.groups,
    recipients: recipientsClaim(info),
    stanzas: info.stanzas,
    payload: seal.payload,
    key: author.key.sign,
  };
  return isOfBatch(author, leafHash(claimMessage(claim)), seal);
}

function mayWrite({ role, groups }: Member, audience: readonly string[]): boolean {
  return role === 'admin' || audience.length === 0 || audience.some((g) => groups.includes(g));
}

/**
 * Why a sealed file is not authentic; null when it is. The payload is not looked at: see {@link payloadCheck}.
 * @param registered the file's groups in the registry: whoever is in none of them cannot write it by saying that it is for everybody
 */
export function whyNotAuthentic(
  chain: Authority,
  path: RepoPath,
  info: SealedInfo,
  registered: readonly string[] = [],
): string | null {
  const { seal } = info;
  if (seal === null) return 'it is not signed';
  if (seal.path !== path) return `it was sealed as ${visible(seal.path)}, and not moved here with blackbox-ts mv`;
  const author = authors(chain).get(seal.keyId);
  if (author === undefined) return 'it is signed with a key that nobody has who may seal files here';
  if (!isSigned(chain.founder, info, seal, author)) return `it is not as ${visible(author.member.name)} signed it`;
  const may = mayWrite(author.member, seal.groups) && mayWrite(author.member, registered);
  return may ? null : `${visible(author.member.name)}, who signed it, may not read it`;
}

/** Whether a sealed file was signed with this key, whoever has it, and whether or not they might. */
export function isSignedWith(founder: string, info: SealedInfo, key: KeyEntry & { readonly sign: string }): boolean {
  return info.seal !== null && isSigned(founder, info, info.seal, { key });
}

/** Who sealed a file. Meaningful only when it is authentic. */
export function authorOf(chain: Authority, info: SealedInfo): string | null {
  return (info.seal && authors(chain).get(info.seal.keyId)?.member.name) ?? null;
}

/** @throws ERR_BLACKBOX_NOT_AUTHENTIC */
export function checkAuthentic(
  vault: Vault,
  chain: Authority,
  { path, groups }: RegistryEntry,
  info: SealedInfo,
): void {
  const reason = whyNotAuthentic(chain, path, info, groups);
  if (reason !== null) throw withCommit(vault, notFromSomebodyEntitled(sealedPath(path), reason));
}

/** Holds a payload, as it passes, against the digest that was signed. */
export interface PayloadCheck {
  through(pieces: Iterable<Uint8Array>): Generator<Uint8Array>;
  /** @throws ERR_BLACKBOX_NOT_AUTHENTIC when what has passed is not what was signed: nothing may be acted upon before */
  finish(): void;
}

export function payloadCheck(path: RepoPath, { seal }: SealedInfo): PayloadCheck {
  const hash = createHash('sha256');
  return {
    *through(pieces) {
      for (const piece of pieces) {
        hash.update(piece);
        yield piece;
      }
    },
    finish: () => {
      if (seal === null || hash.digest('hex') === seal.payload) return;
      throw notFromSomebodyEntitled(sealedPath(path), 'its content is not the one that was signed');
    },
  };
}

/** A payload that goes on as it is. @throws ERR_BLACKBOX_NOT_AUTHENTIC at its end */
export function* checkedPayload(path: RepoPath, info: SealedInfo, pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const check = payloadCheck(path, info);
  yield* check.through(pieces);
  check.finish();
}
