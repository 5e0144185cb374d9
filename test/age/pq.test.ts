import { beforeAll, describe, expect, it } from 'vitest';
import { decodeBech32, encodeBech32 } from '../../src/age/bech32.js';
import { newFileKey } from '../../src/age/filekey.js';
import { generatePqIdentity, loadPqIdentity, pqIdentity, pqRecipient } from '../../src/age/pq.js';
import { failure, failureOf } from './failure.js';

let mine: { identity: string; recipient: string };
let other: { identity: string; recipient: string };
beforeAll(async () => {
  [mine, other] = [await generatePqIdentity(), await generatePqIdentity()];
});

describe('a post-quantum key', () => {
  it('opens what was wrapped for it, and nothing else: null', async () => {
    const fileKey = newFileKey();
    const stanza = await pqRecipient(mine.recipient).wrap(fileKey);
    expect(stanza.args[0]).toBe('mlkem768x25519');
    expect(stanza.args).toHaveLength(2);
    expect(stanza.body).toHaveLength(32);
    expect(Buffer.from((await pqIdentity(mine.identity).unwrap([stanza])) ?? [])).toEqual(fileKey);
    expect(await pqIdentity(other.identity).unwrap([stanza])).toBeNull();
    expect(await pqIdentity(mine.identity).unwrap([])).toBeNull();
    const theirs = await pqRecipient(other.recipient).wrap(fileKey);
    expect(Buffer.from((await pqIdentity(mine.identity).unwrap([theirs, stanza])) ?? [])).toEqual(fileKey);
  });

  it('never opens with another file key than the one given', async () => {
    const keys = await Promise.all(
      [newFileKey(), newFileKey()].map(async (fileKey) => {
        const stanza = await pqRecipient(mine.recipient).wrap(fileKey);
        return [fileKey, Buffer.from((await pqIdentity(mine.identity).unwrap([stanza])) ?? [])] as const;
      }),
    );
    for (const [given, found] of keys) expect(found).toEqual(given);
  });

  it('says that it is not synchronous, and knows its public key once it was loaded', async () => {
    expect(pqIdentity(mine.identity)).toMatchObject({ kind: 'mlkem768x25519', sync: false, recipient: '' });
    expect(await loadPqIdentity(mine.identity)).toMatchObject({ recipient: mine.recipient });
  });

  it.each([
    ['no share', ['mlkem768x25519'], 32],
    ['a short share', ['mlkem768x25519', 'AAAA'], 32],
    ['a share that is no base64', ['mlkem768x25519', '%'], 32],
  ])('throws for a stanza with %s', async (_what, args, length) => {
    const work = pqIdentity(mine.identity).unwrap([{ args, body: Buffer.alloc(length) }]);
    expect((await failureOf(Promise.resolve(work)))?.code).toBe('ERR_BLACKBOX_DAMAGED');
  });

  it('throws for a stanza with a body of another length', async () => {
    const { args, body } = await pqRecipient(mine.recipient).wrap(newFileKey());
    const work = pqIdentity(mine.identity).unwrap([{ args, body: Buffer.concat([body, Buffer.alloc(1)]) }]);
    expect((await failureOf(Promise.resolve(work)))?.code).toBe('ERR_BLACKBOX_DAMAGED');
  });
});

describe('what is no post-quantum key', () => {
  it('a mistyped, short or other public key', () => {
    const texts = [
      mine.recipient.slice(0, -1),
      mine.recipient.toUpperCase(),
      encodeBech32('age1pq', Buffer.alloc(32)),
      'age1pq1',
    ];
    for (const text of texts) expect(failure(() => pqRecipient(text))?.code).toBe('ERR_BLACKBOX_BAD_RECIPIENT');
  });

  it('a public key with a number out of range, which age refuses too', () => {
    const good = decodeBech32(mine.recipient)?.bytes ?? Buffer.alloc(0);
    for (const at of [0, 3, 1149]) {
      for (const two of [3329, 3329 * 4096, 0xffffff]) {
        const bad = Buffer.from(good);
        bad.writeUIntLE(two, at, 3);
        expect(failure(() => pqRecipient(encodeBech32('age1pq', bad)))?.message).toContain('out of range');
        bad.writeUIntLE(3328 * 4097, at, 3);
        expect(failure(() => pqRecipient(encodeBech32('age1pq', bad)))).toBeNull();
      }
    }
  });

  it('a public key whose X25519 half is of low order', async () => {
    const good = decodeBech32(mine.recipient)?.bytes ?? Buffer.alloc(0);
    const text = encodeBech32('age1pq', Buffer.concat([good.subarray(0, -32), Buffer.alloc(32)]));
    const error = await failureOf(Promise.resolve(pqRecipient(text).wrap(newFileKey())));
    expect(error?.code).toBe('ERR_BLACKBOX_BAD_RECIPIENT');
  });

  it('a private key where a public one belongs, and the other way round', () => {
    expect(failure(() => pqRecipient(mine.identity))?.code).toBe('ERR_BLACKBOX_PRIVATE_KEY_GIVEN');
    expect(failure(() => pqIdentity(mine.recipient))?.code).toBe('ERR_BLACKBOX_BAD_IDENTITY');
    expect(failure(() => pqIdentity(mine.identity.toLowerCase()))?.message).not.toContain(mine.identity.slice(20, 30));
  });
});
