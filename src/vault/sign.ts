/** Signing what a plan seals: once for all of it, when the payloads are known and before any header is written. */
import { createHash } from 'node:crypto';
import type { Signer } from '../age/index.js';
import type { Write } from '../host/types.js';
import {
  batchMessage,
  claimMessage,
  type FileClaim,
  hashLength,
  leafHash,
  merkle,
  type Proof,
  proofLength,
} from '../trust/batch.js';
import { signatureTooLarge, stillWrapped } from './errors.js';
import { sealedPath } from './paths.js';
import {
  formatSealedHeader,
  inspectSealed,
  recipientsClaim,
  recipientsClaimFor,
  roomFor,
  sealedHeaderLength,
  signingKeyId,
  stanzasDigest,
} from './sealed.js';
import type { Draft, Seal, Vault } from './types.js';

const sealedMode = 0o644;

/** A draft on its way to its header. */
interface Slot {
  readonly draft: Draft;
  /** What is signed, but for the payload's digest. */
  readonly claim: Omit<FileClaim, 'payload'>;
  /** Of the payload, hex; known when it has been written, or because it is there already. */
  digest: string;
}

export interface Batch {
  readonly writes: readonly Write[];
  /** Whether all payloads are known already, so that the signature comes first and each file is written in one go. */
  readonly known: boolean;
  /** Makes the signature. Each header is made of it when its file is written, while others wait for the disk. */
  readonly sign: () => Promise<void>;
}

function* hashed(slot: Slot): Generator<Uint8Array> {
  const hash = createHash('sha256');
  for (const piece of slot.draft.payload()) {
    hash.update(piece);
    yield piece;
  }
  slot.digest = hash.digest('hex');
}

function headerOf({ recipients, stanzas, fileKey }: Draft, seal: Seal): Buffer {
  return formatSealedHeader(recipients, stanzas, fileKey, seal);
}

/** A seal of the right size with nothing in it yet. */
function blank({ path, groups }: Draft, keyId: string, room: number, index: number, count: number): Seal {
  const proof: Proof = { index, count, hashes: Buffer.alloc(proofLength(index, count) * hashLength) };
  return { path, groups, payload: '00'.repeat(32), keyId, proof, signature: Buffer.alloc(1), room };
}

function slotOf(founder: string, key: string, draft: Draft): Slot {
  const { path, groups, recipients, stanzas } = draft;
  const of = { recipients: recipientsClaimFor(recipients), stanzas: stanzasDigest(stanzas) };
  return {
    draft,
    claim: { vault: founder, path, groups, ...of, key },
    digest: draft.digest ?? '',
  };
}

/** Every header that will be written is what was signed, for exactly those whom it is for: proven from its bytes, not from what we meant to write. */
function prove(header: Buffer, { claim, draft }: Slot): void {
  const info = inspectSealed(header, draft.path);
  if (recipientsClaim(info) === claim.recipients && info.stanzas === claim.stanzas) return;
  throw stillWrapped(draft.path, 'somebody unknown');
}

/** Writes for the sealed files of a plan. @param founder the vault's identity, which the signature names */
export function signedBatch(vault: Vault, founder: string, drafts: readonly Draft[], signer: Signer): Batch {
  const room = roomFor(signer.key);
  const { files } = vault.host;
  const keyId = signingKeyId(signer.key);
  const slots = drafts.map((draft) => slotOf(founder, signer.key, draft));
  const known = drafts.every((draft) => draft.digest !== undefined);
  let made: { readonly signature: Uint8Array; readonly proofs: readonly Proof[] } | null = null;
  const header = (slot: Slot, i: number): Buffer => {
    if (made === null) throw new Error('a header was asked for before its signature was made');
    const { path, groups } = slot.draft;
    const proof = made.proofs[i] as Proof;
    const { signature } = made;
    const bytes = headerOf(slot.draft, { path, groups, payload: slot.digest, keyId, proof, signature, room });
    prove(bytes, slot);
    return bytes;
  };
  const lengthOf = (draft: Draft, i: number) =>
    sealedHeaderLength(draft.recipients, draft.stanzas, blank(draft, keyId, room, i, drafts.length));
  const folders = new Set<string>();
  const writes = slots.map((slot, i) => ({
    path: files.within(vault.root, sealedPath(slot.draft.path), folders),
    mode: sealedMode,
    ...(known ? inOneGo(slot, () => header(slot, i)) : inTwo(slot, lengthOf(slot.draft, i), () => header(slot, i))),
  }));
  const sign = async () => {
    const leaves = slots.map(({ claim, digest }) => leafHash(claimMessage({ ...claim, payload: digest })));
    const { root, proofs } = merkle(leaves);
    const signature = await signer.sign(batchMessage(root, slots.length));
    if (signature.length > room) throw signatureTooLarge(signature.length, room);
    made = { signature, proofs };
  };
  return { writes, known, sign };
}

function inOneGo({ draft }: Slot, header: () => Buffer): Pick<Write, 'content'> {
  return {
    *content() {
      yield header();
      yield* draft.payload();
    },
  };
}

function inTwo(slot: Slot, length: number, header: () => Buffer): Pick<Write, 'head' | 'content'> {
  return {
    head: { length, bytes: header },
    content: () => (slot.draft.digest === undefined ? hashed(slot) : slot.draft.payload()),
  };
}
