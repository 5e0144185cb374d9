/**
 * The post-quantum stanza: `age1pq1…` and `AGE-SECRET-KEY-PQ-1…`, through age-encryption, which is loaded when the first such key is used:
 * node has no ML-KEM before version 24. https://c2sp.org/age#the-mlkem768-x25519-ie-x-wing-hybrid-post-quantum-recipient-type
 */
import type { Identity as ForeignIdentity, Recipient as ForeignRecipient } from 'age-encryption';
import { decodeBech32 } from './bech32.js';
import { badIdentity, badRecipient, damaged, foreignLibraryChanged, privateKeyGiven } from './errors.js';
import { derivedSigner } from './signing.js';
import type { Recipient, SigningIdentity, Stanza } from './types.js';

const type = 'mlkem768x25519';
const recipientLength = 1216;
const modulus = 3329;
// ML-KEM-768 has three polynomials of 256 coefficients; its seed and the X25519 point follow.
const mlkemLength = 1152;
const identityLength = 32;

/** An `age1pq1…` public key. Throws ERR_BLACKBOX_BAD_RECIPIENT, ERR_BLACKBOX_PRIVATE_KEY_GIVEN. */
export function pqRecipient(text: string): Recipient {
  if (/^age-secret-key-/i.test(text)) throw privateKeyGiven('an age identity');
  const decoded = decodeBech32(text);
  if (decoded?.prefix !== 'age1pq' || decoded.bytes.length !== recipientLength) {
    throw badRecipient('a post-quantum age public key', 'it is incomplete or mistyped');
  }
  if (!isModularKey(decoded.bytes)) throw badRecipient('a post-quantum age public key', 'its numbers are out of range');
  const wrap = (fileKey: Uint8Array) => foreignWrap(fileKey, text, 'a post-quantum age public key');
  return { kind: type, text, comment: '', sign: null, wrap };
}

/** The modulus check of FIPS 203, section 7.2, which age makes and age-encryption does not: three bytes hold two coefficients below 3,329. */
export function isModularKey(key: Buffer): boolean {
  for (let at = 0; at < mlkemLength; at += 3) {
    const two = key.readUIntLE(at, 3);
    if ((two & 0xfff) >= modulus || two >> 12 >= modulus) return false;
  }
  return true;
}

/**
 * An `AGE-SECRET-KEY-PQ-1…` private key. Throws ERR_BLACKBOX_BAD_IDENTITY. Its public key takes age-encryption to compute, so it is only known
 * here when it is handed in: see {@link loadPqIdentity}.
 */
export function pqIdentity(text: string, recipient = ''): SigningIdentity {
  const decoded = decodeBech32(text);
  if (decoded?.prefix !== 'AGE-SECRET-KEY-PQ-' || decoded.bytes.length !== identityLength) {
    throw badIdentity('a post-quantum age identity', 'it is incomplete or mistyped');
  }
  const seed = decoded.bytes;
  const signer = () => derivedSigner(seed);
  return { kind: type, recipient, sync: false, unwrap: (stanzas) => unwrap(stanzas, text), signer };
}

/** {@link pqIdentity} with its public key. */
export async function loadPqIdentity(text: string): Promise<SigningIdentity> {
  pqIdentity(text);
  const { identityToRecipient } = await import('age-encryption');
  return pqIdentity(text, await identityToRecipient(text));
}

/** A new post-quantum identity and its public key. */
export async function generatePqIdentity(): Promise<{ identity: string; recipient: string }> {
  const { generateHybridIdentity, identityToRecipient } = await import('age-encryption');
  const identity = await generateHybridIdentity();
  return { identity, recipient: await identityToRecipient(identity) };
}

// An Encrypter draws its own file key, and a Decrypter keeps the one it finds until it has checked a MAC. What they make of a key's text is an
// object of age-encryption's public `Recipient` or `Identity` interface, which does what is needed here; it is the first thing they hold.

/** The stanza that age-encryption makes for a key of a kind that it knows. @param what how the key is called in a sentence */
export async function foreignWrap(fileKey: Uint8Array, text: string, what: string): Promise<Stanza> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  encrypter.addRecipient(text);
  const recipient = firstIn<ForeignRecipient>(encrypter, 'recipients');
  try {
    const [stanza] = await recipient.wrapFileKey(fileKey);
    if (stanza) return { args: stanza.args, body: stanza.body };
  } catch (error) {
    throw badRecipient(what, 'it is no valid key', error);
  }
  throw foreignLibraryChanged();
}

async function unwrap(stanzas: readonly Stanza[], text: string): Promise<Uint8Array | null> {
  const mine = stanzas.filter((stanza) => stanza.args[0] === type);
  if (mine.length === 0) return null;
  const { Decrypter, Stanza: ForeignStanza } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addIdentity(text);
  const identity = firstIn<ForeignIdentity>(decrypter, 'identities');
  try {
    return await identity.unwrapFileKey(mine.map(({ args, body }) => new ForeignStanza([...args], body)));
  } catch (error) {
    // By its contract it throws only for a stanza of its own kind that is malformed.
    throw damaged(`${type} stanza`, 'it is malformed', error);
  }
}

function firstIn<T>(holder: object, field: string): T {
  const held = Reflect.get(holder, field) as T[] | undefined;
  if (held?.[0] === undefined) throw foreignLibraryChanged();
  return held[0];
}
