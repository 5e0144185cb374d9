/** Sealed files made by hand and signed for real: whole in memory, or put in their place in a vault, by whoever the test says. */
import { newFileKey, parseRecipient, type Recipient, type Signer, sealPayload, wrapAll } from '../../src/age/index.js';
import { apply, type Draft, type Keyring, plan, type Vault } from '../../src/vault/index.js';
import { sealContent } from '../../src/vault/seal.js';
import { signedBatch } from '../../src/vault/sign.js';
import { at } from './world.js';

/** A file that is sealed for these recipients, whoever is on a roster. */
export async function draftOf(
  path: string,
  content: string | Uint8Array,
  recipients: readonly (Recipient | string)[],
  groups: readonly string[] = [],
): Promise<Draft> {
  const parsed = recipients.map((r) => (typeof r === 'string' ? parseRecipient(r) : r));
  const fileKey = newFileKey();
  const stanzas = await wrapAll(fileKey, parsed);
  const payload = () => sealPayload(fileKey, [Buffer.from(content as string)]);
  return { path: at(path), groups, recipients: parsed, stanzas, fileKey, payload };
}

/** The bytes of a batch of files, as they would be written. */
export async function signedBytes(founder: string, drafts: readonly Draft[], signer: Signer): Promise<Buffer[]> {
  const nowhere = { root: '/', host: { files: { within: (_: string, path: string) => path } } } as unknown as Vault;
  const { writes, sign } = signedBatch(nowhere, founder, drafts, signer);
  const payloads = writes.map(({ content }) => Buffer.concat([...(content as () => Iterable<Uint8Array>)()]));
  await sign();
  return writes.map(({ head }, i) => Buffer.concat([head?.bytes() ?? Buffer.alloc(0), payloads[i] ?? Buffer.alloc(0)]));
}

/** Seals content for these recipients, signs it with the keyring's own key, and puts it in its place. */
export async function sealInPlace(
  vault: Vault,
  path: string,
  content: Uint8Array,
  recipients: readonly Recipient[],
  keyring: Keyring,
): Promise<void> {
  const { draft } = await sealContent(vault, at(path), { groups: [], recipients }, () => [content]);
  await apply(vault, plan({ seals: [draft] }), { keyring });
}
