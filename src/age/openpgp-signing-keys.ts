/**
 * Which keys of an OpenPGP key block may sign, and when: judged on the block alone, by signatures that verify, without a clock. A block can be
 * stale: what it does not hold, a later revocation above all, cannot be known from it.
 */
import { badOpenpgpKey } from './errors.js';
import { readVerificationKey, type VerificationKey } from './openpgp-material.js';
import { framedKey, type OpenpgpKeyBlock, type Packet, packets, tags } from './openpgp-packets.js';
import { unlessMalformed } from './openpgp-reader.js';
import { readSignature, type SignaturePacket, signatureTypes } from './openpgp-signature-packet.js';

export interface SigningKey {
  readonly key: VerificationKey;
  /** Seconds since 1970: from the first until before the second, its signatures count. */
  readonly from: number;
  readonly until: number;
}

// A key that signs has a handful of its own; those of other people are told apart before they cost anything.
const maxChecks = 256;
// RFC 9580, section 5.2.3.29.
const signFlag = 0x02;
const strongHashes: ReadonlySet<string> = new Set(['sha256', 'sha384', 'sha512']);
const known = new WeakMap<OpenpgpKeyBlock, readonly SigningKey[]>();

/** The newest first; none for a key that is revoked, malformed, or signed too weakly. Worked out once for a block. */
export function signingKeys(block: OpenpgpKeyBlock): readonly SigningKey[] {
  const before = known.get(block);
  if (before !== undefined) return before;
  const keys = unlessMalformed(() => find(block).sort((a, b) => b.from - a.from)) ?? [];
  known.set(block, keys);
  return keys;
}

/** A key, a subkey, a user id or whatever else, with the signatures behind it. */
export interface Component {
  readonly packet: Packet;
  readonly signatures: SignaturePacket[];
}

function components({ data }: OpenpgpKeyBlock): Component[] {
  const found: Component[] = [];
  for (const packet of packets(data)) {
    if (packet.tag !== tags.signature) found.push({ packet, signatures: [] });
    const signature = packet.tag === tags.signature ? readSignature(packet.body) : null;
    if (signature !== null) found.at(-1)?.signatures.push(signature);
  }
  return found;
}

/** What the primary key has signed about a component, newest first. */
export type OwnSignatures = (component: Component, types: readonly number[]) => SignaturePacket[];

/** A key block as far as its own signatures vouch for it. */
export interface Examined {
  readonly primary: VerificationKey;
  /** Tells what the primary key is for. */
  readonly self: SignaturePacket;
  /** When all of it ends, in seconds since 1970; infinite for never. */
  readonly end: number;
  readonly subkeys: readonly Component[];
  readonly own: OwnSignatures;
}

/** null for a key that is revoked, malformed, or signed too weakly. */
export function examine(block: OpenpgpKeyBlock): Examined | null {
  const all = components(block);
  const [first] = all;
  const primary = first && readVerificationKey(first.packet);
  if (!primary) return null;
  const own = ownSignatures(primary);
  if (own(first, [signatureTypes.keyRevocation]).length > 0) return null;
  const self = selfSignature(all, own);
  if (self === null) return null;
  const subkeys = all.filter(({ packet: { tag } }) => tag === tags.publicSubkey || tag === tags.secretSubkey);
  return { primary, self, end: endOf(primary, self), subkeys, own };
}

/** What binds a subkey that is not revoked; null when nothing does, or it demands what is not understood here. */
export function bindingOf(component: Component, own: OwnSignatures): SignaturePacket | null {
  if (own(component, [signatureTypes.subkeyRevocation]).length > 0) return null;
  const [binding] = own(component, [signatureTypes.subkeyBinding]);
  return binding === undefined || binding.says.demanding ? null : binding;
}

function find(block: OpenpgpKeyBlock): SigningKey[] {
  const examined = examine(block);
  if (examined === null) return [];
  const { primary, self, end, subkeys, own } = examined;
  const whole = { key: primary, from: primary.created, until: end };
  const parts = subkeys.flatMap((component) => subkeyOf(component, primary, own));
  const within = parts.map(({ key, from, until }) => ({
    key,
    from: Math.max(from, whole.from),
    until: Math.min(until, whole.until),
  }));
  return maySign(self) ? [whole, ...within] : within;
}

function ownSignatures(primary: VerificationKey): OwnSignatures {
  let checks = 0;
  const isOwn = (signature: SignaturePacket, packet: Packet) => {
    if (!mayBeFrom(signature, primary)) return false;
    if (++checks > maxChecks) throw badOpenpgpKey('it has more signatures than are checked');
    return isAllowed(signature) && primary.verify(signature, subjectOf(primary, packet));
  };
  return ({ packet, signatures }, types) =>
    signatures
      .filter((signature) => types.includes(signature.type) && isOwn(signature, packet))
      .sort((a, b) => b.says.created - a.says.created);
}

const revocations: readonly number[] = [
  signatureTypes.keyRevocation,
  signatureTypes.subkeyRevocation,
  signatureTypes.certificationRevocation,
];

/** A revocation counts with a weak hash as well: to forge one can only shut somebody out, to overlook one lets somebody in. */
function isAllowed({ hash, type }: SignaturePacket): boolean {
  return strongHashes.has(hash) || revocations.includes(type);
}

export function isStrong({ hash }: SignaturePacket): boolean {
  return strongHashes.has(hash);
}

/** Whether nothing in the signature speaks against this key as its issuer. */
export function mayBeFrom({ says }: SignaturePacket, { fingerprint, keyId }: VerificationKey): boolean {
  return (
    (says.issuerFingerprint === null || says.issuerFingerprint === fingerprint) &&
    (says.issuerKeyId === null || says.issuerKeyId === keyId)
  );
}

/** RFC 9580, section 5.2.4. */
function subjectOf({ framed }: VerificationKey, packet: Packet): Buffer[] {
  if (packet.tag === tags.userId) {
    const length = Buffer.alloc(5, 0xb4);
    length.writeUInt32BE(packet.body.length, 1);
    return [framed, length, packet.body];
  }
  const isPrimary = packet.tag === tags.publicKey || packet.tag === tags.secretKey;
  return isPrimary ? [framed] : [framed, framedKey(packet)];
}

/**
 * The signature that tells what the primary key is for and how long it lasts: the newest one of it on itself, or on a user id that it has not
 * taken back, that has key flags at all. null when there is none, or when it demands what is not understood here.
 */
function selfSignature(all: readonly Component[], own: OwnSignatures): SignaturePacket | null {
  const [primary, ...others] = all;
  const direct = primary ? own(primary, [signatureTypes.directKey]) : [];
  const users = others.filter(({ packet }) => packet.tag === tags.userId);
  const certifications = users.flatMap((user) => {
    const newest = own(user, [...signatureTypes.certification, signatureTypes.certificationRevocation])[0];
    return newest === undefined || newest.type === signatureTypes.certificationRevocation ? [] : [newest];
  });
  const telling = [...direct, ...certifications].filter(({ says }) => says.keyFlags !== null);
  const newest = telling.sort((a, b) => b.says.created - a.says.created)[0];
  return newest === undefined || newest.says.demanding ? null : newest;
}

function subkeyOf(component: Component, primary: VerificationKey, own: OwnSignatures): SigningKey[] {
  const key = readVerificationKey(component.packet);
  const binding = bindingOf(component, own);
  if (key === null || binding === null || !maySign(binding)) return [];
  return isBoundBack(binding, primary, key) ? [{ key, from: key.created, until: endOf(key, binding) }] : [];
}

/** Section 5.2.1.9: without it, somebody could take another's signing subkey for their own, and with it the other's signatures. */
function isBoundBack({ says }: SignaturePacket, primary: VerificationKey, subkey: VerificationKey): boolean {
  const back = says.embedded === null ? null : readSignature(says.embedded);
  if (back === null || back.type !== signatureTypes.primaryKeyBinding) return false;
  return isStrong(back) && !back.says.demanding && subkey.verify(back, [primary.framed, subkey.framed]);
}

function maySign({ says }: SignaturePacket): boolean {
  return ((says.keyFlags ?? 0) & signFlag) !== 0;
}

/** When the key, or what is said about it, expires. */
export function endOf({ created }: Pick<VerificationKey, 'created'>, { says }: SignaturePacket): number {
  const key = says.keyLasts === 0 ? Number.POSITIVE_INFINITY : created + says.keyLasts;
  const said = says.lasts === 0 ? Number.POSITIVE_INFINITY : says.created + says.lasts;
  return Math.min(key, said);
}
