/** Signing what a plan seals: once for all of it, when the payloads have been written and before any header is. */
import { createHash, type Hash } from 'node:crypto';
import type { Signer } from '../age/index.js';
import type { Write } from '../host/types.js';
import { batchMessage, claimMessage, leafHash, merkle, type Proof, proofLength } from '../trust/batch.js';
import { signatureTooLarge } from './errors.js';
import { sealedPath } from './paths.js';
import { formatSealedHeader, inspectSealed, roomFor, signingKeyId } from './sealed.js';
import type { Draft, Seal, Vault } from './types.js';

const sealedMode = 0o644;

/** A draft on its way: its payload's digest, then its header. */
interface Slot {
  readonly draft: Draft;
  hash: Hash;
  header: Buffer;
}

export interface Batch {
  readonly writes: readonly Write[];
  /** Makes the signature and with it the headers. */
  readonly sign: () => Promise<void>;
}

function* hashed(slot: Slot): Generator<Uint8Array> {
  slot.hash = createHash('sha256');
  for (const piece of slot.draft.payload()) {
    slot.hash.update(piece);
    yield piece;
  }
}

function headerOf({ draft }: Slot, seal: Seal, room: number): Buffer {
  return formatSealedHeader(draft.recipients, draft.stanzas, draft.fileKey, seal, room);
}

/** A seal of the right size with nothing in it yet. */
function blank({ path, groups }: Draft, key: string, index: number, count: number): Seal {
  const proof: Proof = {
    index,
    count,
    path: Array.from({ length: proofLength(index, count) }, () => Buffer.alloc(32)),
  };
  return { path, groups, payload: '00'.repeat(32), keyId: signingKeyId(key), proof, signature: Buffer.alloc(1) };
}

/** What the signature says of a file: read from the very header that will be written. */
function leafOf(vault: string, slot: Slot, key: string, payload: string): Buffer {
  const { digest, tags, stanzas } = inspectSealed(slot.header, slot.draft.path);
  const recipients = Buffer.from(digest, 'base64').toString('hex') + tags.join('');
  const { path, groups } = slot.draft;
  return leafHash(claimMessage({ vault, path, groups, recipients, stanzas, payload, key }));
}

/** Writes for the sealed files of a plan. @param founder the vault's identity, which the signature names */
export function signedBatch(vault: Vault, founder: string, drafts: readonly Draft[], signer: Signer): Batch {
  const room = roomFor(signer.key);
  const { files } = vault.host;
  const slots = drafts.map((draft, i): Slot => {
    const seal = blank(draft, signer.key, i, drafts.length);
    const slot = { draft, hash: createHash('sha256'), header: Buffer.alloc(0) };
    return Object.assign(slot, { header: headerOf(slot, seal, room) });
  });
  const writes = slots.map((slot) => ({
    path: files.within(vault.root, sealedPath(slot.draft.path)),
    mode: sealedMode,
    head: { length: slot.header.length, bytes: () => slot.header },
    content: () => hashed(slot),
  }));
  const sign = async () => {
    const payloads = slots.map((slot) => slot.hash.digest('hex'));
    const { root, proofs } = merkle(slots.map((slot, i) => leafOf(founder, slot, signer.key, payloads[i] ?? '')));
    const signature = await signer.sign(batchMessage(root, slots.length));
    if (signature.length > room) throw signatureTooLarge(signature.length, room);
    slots.forEach((slot, i) => {
      const seal = blank(slot.draft, signer.key, i, slots.length);
      slot.header = headerOf(
        slot,
        { ...seal, payload: payloads[i] ?? '', proof: proofs[i] ?? seal.proof, signature },
        room,
      );
    });
  };
  return { writes, sign };
}
