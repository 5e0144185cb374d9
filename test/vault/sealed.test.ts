/** Sealed files: what they say without a key, what opens them, and that nothing but the whole, unaltered thing is taken for one. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encryptSync, generateIdentity, parseRecipient, x25519Identity } from '../../src/age/index.js';
import { BlackboxError } from '../../src/errors.js';
import { apply, plan, type Vault } from '../../src/vault/index.js';
import { type Keyring, openKeyring } from '../../src/vault/keyring.js';
import { fileKeyOf, fileKeyOfSync, openSealed, openSealedSync, readSealedInfo } from '../../src/vault/open.js';
import { newEnvelope, resealFor } from '../../src/vault/seal.js';
import { inspectSealed, isCompleteSealedFile, recipientTag, signingKeyId, textTag } from '../../src/vault/sealed.js';
import { draftOf, sealInPlace, signedBytes } from './signed.js';
import { at, codeOf, hostAt, newWorld } from './world.js';

const people = Array.from({ length: 5 }, () => generateIdentity());
const recipients = people.map((p) => parseRecipient(p.recipient));

const signer = x25519Identity(generateIdentity().identity).signer();

async function sealedBytes(content: Uint8Array, count = 3): Promise<Buffer> {
  const [bytes] = await signedBytes(
    'ab'.repeat(32),
    [await draftOf('file', content, recipients.slice(0, count), ['dev', 'ops'])],
    signer,
  );
  return bytes ?? Buffer.alloc(0);
}

function keyringOf(...who: readonly number[]) {
  return openKeyring(hostAt('/'), { identities: who.map((i) => people[i]?.identity ?? '') });
}

it('a question that is cancelled is the last one', async () => {
  const asked: string[] = [];
  const locked = (source: string) => {
    const unwrap = () => {
      asked.push(source);
      throw new BlackboxError('ERR_BLACKBOX_CANCELLED', 'the question was cancelled');
    };
    return {
      source,
      found: [{ identity: { kind: 'x25519' as const, recipient: '', sync: true, unwrap }, source }],
      problem: null,
    };
  };
  const keyring: Keyring = { sources: () => [locked('first'), locked('second')], exclusive: false };
  const info = inspectSealed(await sealedBytes(Buffer.from('x')), 'file');
  for (const open of [fileKeyOfSync, fileKeyOf])
    expect(await codeOf(() => open({} as Vault, 'file', info, keyring))).toBe('ERR_BLACKBOX_CANCELLED');
  expect(asked).toEqual(['first', 'first']);
});

describe('what a sealed file says of itself', () => {
  it('is for whom it is, without a key', async () => {
    const { tags, digest, header, payload } = inspectSealed(await sealedBytes(Buffer.from('x')), 'file');
    expect(tags).toEqual(recipients.slice(0, 3).map(recipientTag));
    expect(tags[0]).toBe(textTag(people[0]?.recipient ?? ''));
    expect(header.stanzas.map((s) => s.args[0])).toEqual(['blackbox-ts/1', 'X25519', 'X25519', 'X25519']);
    expect(header.stanzas[0]?.args[1]).toBe(digest);
    expect(payload).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is what it was signed as, without a key', async () => {
    const { seal } = inspectSealed(await sealedBytes(Buffer.from('x')), 'file');
    expect(seal).toMatchObject({ path: 'file', groups: ['dev', 'ops'], keyId: signingKeyId(signer.key) });
    expect(seal?.proof).toEqual({ index: 0, count: 1, hashes: Buffer.alloc(0) });
    expect(seal?.signature).toHaveLength(64);
  });

  it('is signed by nobody when it never leaves local state', async () => {
    const { header, seal } = await newEnvelope('file', recipients);
    const bytes = Buffer.concat([header, ...seal([Buffer.from('x')])]);
    expect(inspectSealed(bytes, 'file')).toMatchObject({ seal: null, tags: recipients.map(recipientTag) });
    expect(isCompleteSealedFile(bytes)).toBe(false);
  });

  it('never names the recipients themselves', async () => {
    const text = (await sealedBytes(Buffer.from('x'))).toString('latin1');
    for (const { recipient } of people) expect(text).not.toContain(recipient.slice(4));
  });

  it('is the same digest for the same people in any order, and another one for others', async () => {
    const digest = async (...who: number[]) => {
      const { header } = await newEnvelope(
        'f',
        who.map((i) => recipients[i]).filter((r) => r !== undefined),
      );
      return inspectSealed(header, 'f').digest;
    };
    expect(await digest(0, 1, 2)).toBe(await digest(2, 0, 1));
    expect(await digest(0, 1)).not.toBe(await digest(0, 2));
    expect(await digest(0)).not.toBe(await digest(0, 1));
  });

  it('is nothing when it is for nobody: that is refused', async () => {
    expect(await codeOf(() => newEnvelope('f', []))).toBe('ERR_BLACKBOX_NO_RECIPIENTS');
  });
});

describe('only a complete sealed file is taken for one', () => {
  it('neither an ordinary age file, nor what begins like one, nor plaintext, nor nothing', async () => {
    const sealed = await sealedBytes(Buffer.from('content'));
    const { header } = inspectSealed(sealed, 'f');
    expect(isCompleteSealedFile(sealed)).toBe(true);
    const others = [
      encryptSync(Buffer.from('x'), recipients),
      Buffer.from('age-encryption.org/v1\n'),
      Buffer.from('{"password":"hunter2"}'),
      Buffer.alloc(0),
      sealed.subarray(0, header.length),
      sealed.subarray(0, header.length + 31),
      sealed.subarray(1),
      Buffer.concat([Buffer.from('\n'), sealed]),
      // A header that somebody has signed, over something else: plaintext, for one.
      Buffer.concat([sealed, Buffer.from('password=hunter2')]),
      Buffer.concat([sealed.subarray(0, header.length), Buffer.from('password=hunter2'.repeat(9))]),
    ];
    expect(others.filter((bytes) => isCompleteSealedFile(bytes))).toEqual([]);
  });

  it('not one whose stanzas are more, fewer or others than it says', async () => {
    const text = (await sealedBytes(Buffer.from('x'))).toString('latin1');
    const stanza = /-> X25519 .*\n.*\n/.exec(text)?.[0] ?? '';
    const own = /-> blackbox-ts\/1 .*\n(?:.*\n)*?(?=-> X25519)/.exec(text)?.[0] ?? '';
    const changed = [
      text.replace(stanza, stanza + stanza),
      text.replace(stanza, ''),
      text.replace(own, ''),
      text.replace(own, own + own),
      text.replace(own + stanza, stanza + own),
      text.replace('blackbox-ts/1', 'blackbox-ts/2'),
      // Of what is signed, more, less, or something else.
      text.replace(/(-> blackbox-ts\/1 .*)\n/, '$1 more\n'),
      text.replace(/(-> blackbox-ts\/1 .*) \S+\n/, '$1\n'),
      text.replace(' 0/1 ', ' 1/1 '),
      text.replace(' 0/1 ', ' 0/0 '),
      text.replace(' 0/1 ', ' 00/1 '),
      text.replace(' 0/1 ', ' 0/2 '),
      text.replace(' 0/1 ', ' 0/9999999 '),
      text.replace(/^(-> blackbox-ts\/1 \S+) \S+/m, '$1 AAAA'),
      text.replace(/^(-> blackbox-ts\/1 \S+ \S+) \S+/m, '$1 AAAA'),
    ];
    expect(changed.filter((t) => t === text)).toEqual([]);
    expect(changed.filter((t) => isCompleteSealedFile(Buffer.from(t, 'latin1')))).toEqual([]);
  });

  it('whatever byte is changed or cut off, the content is refused or whole', async () => {
    using world = await newWorld();
    const vault = world.vault();
    const content = randomBytes(100);
    await sealInPlace(vault, 'f', content, recipients.slice(0, 3), world.keyring());
    const sealed = world.read('f.age');
    const keyring = keyringOf(1);
    expect((await openSealed(vault, at('f'), keyring)).equals(content)).toBe(true);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(sealed.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (i, bit, cut) => {
          const bytes = cut ? sealed.subarray(0, i) : Buffer.from(sealed);
          if (!cut) bytes[i] = (bytes[i] ?? 0) ^ bit;
          world.write('f.age', bytes);
          const code = await codeOf(() => openSealed(vault, at('f'), keyring));
          expect(['ERR_BLACKBOX_NOT_AUTHENTIC', 'ERR_BLACKBOX_DAMAGED', 'ERR_BLACKBOX_NOT_SEALED']).toContain(code);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('damage is told with the name of the file', async () => {
    using world = await newWorld();
    await sealInPlace(world.vault(), 'dir/f', Buffer.from('content'), recipients, world.keyring());
    const sealed = world.read('dir/f.age');
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    world.write('dir/f.age', sealed);
    await expect(openSealed(world.vault(), at('dir/f'), keyringOf(0))).rejects.toMatchObject({
      code: 'ERR_BLACKBOX_DAMAGED',
      file: 'dir/f.age',
      sentence: expect.stringContaining('dir/f.age'),
    });
  });
});

describe('opening', () => {
  it('gives back what was sealed, of any size, to each of its readers and nobody else', async () => {
    using world = await newWorld();
    const vault = world.vault();
    for (const size of [0, 1, 65535, 65536, 65537, 3_000_000]) {
      const content = randomBytes(size);
      await sealInPlace(vault, 'f', content, recipients.slice(0, 3), world.keyring());
      for (const i of [0, 1, 2]) expect((await openSealed(vault, at('f'), keyringOf(i))).equals(content)).toBe(true);
      expect(openSealedSync(vault, at('f'), keyringOf(4, 2)).equals(content)).toBe(true);
      expect(await codeOf(() => openSealed(vault, at('f'), keyringOf(3, 4)))).toBe('ERR_BLACKBOX_NOT_A_RECIPIENT');
      expect(await codeOf(() => openSealedSync(vault, at('f'), keyringOf(3)))).toBe('ERR_BLACKBOX_NOT_A_RECIPIENT');
    }
    expect(await codeOf(() => openSealed(vault, at('g'), keyringOf(0)))).toBe('ERR_BLACKBOX_SEALED_MISSING');
  });

  it('says each identity that was tried, and who could', async () => {
    using world = await newWorld();
    await world.register('f', 'content');
    const failure = await openSealed(world.vault(), at('f'), openKeyring(hostAt(world.root))).catch((e) => e);
    expect(failure.code).toBe('ERR_BLACKBOX_NO_IDENTITY');
    expect(failure.attempts.join('\n')).toMatch(
      /BLACKBOX_IDENTITY,[^\n]*: not set[\s\S]*identity: no such file[\s\S]*id_ed25519/,
    );
    expect(failure.hints.join('\n')).toMatch(/sealed for al/);
  });

  it('reads a header of any length, and knows the payload behind it', async () => {
    using world = await newWorld();
    const vault = world.vault();
    for (const count of [1, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 300]) {
      const many = Array.from({ length: count }, () => parseRecipient(generateIdentity().recipient));
      await sealInPlace(vault, 'f', Buffer.from('x'), many, world.keyring());
      const info = readSealedInfo(vault, at('f'));
      expect(info?.tags).toHaveLength(count);
      expect(info?.payload).toBe(inspectSealed(world.read('f.age'), 'f').payload);
    }
  });
});

describe('for other people', () => {
  it('adding keeps the payload and the stanzas; removing makes everything new', async () => {
    using world = await newWorld();
    const vault = world.vault();
    const whom = fc.uniqueArray(fc.nat(4), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(whom, whom, fc.boolean(), async (before, after, fresh) => {
        const pick = (indexes: number[]) => recipients.filter((_, i) => indexes.includes(i));
        await sealInPlace(vault, 'f', Buffer.from('content'), pick(before), world.keyring());
        const old = world.read('f.age');
        const info = inspectSealed(old, 'f');
        const reader = before[0] ?? 0;
        const audience = { groups: [], recipients: pick(after) };
        const { draft } = await resealFor(vault, at('f'), info, audience, keyringOf(reader), fresh);
        await apply(vault, plan({ seals: [draft] }), { keyring: world.keyring() });
        const bytes = world.read('f.age');
        const now = inspectSealed(bytes, 'f');
        expect(now.tags).toEqual(pick(after).map(recipientTag));
        for (const i of after) expect((await openSealed(vault, at('f'), keyringOf(i))).toString()).toBe('content');
        for (const i of [0, 1, 2, 3, 4].filter((n) => !after.includes(n))) {
          expect(await codeOf(() => openSealed(vault, at('f'), keyringOf(i)))).toBe('ERR_BLACKBOX_NOT_A_RECIPIENT');
        }
        const kept = !fresh && before.every((i) => after.includes(i));
        expect(bytes.subarray(now.header.length).equals(old.subarray(info.header.length))).toBe(kept);
        expect(now.payload === info.payload).toBe(kept);
      }),
      { numRuns: 40 },
    );
  });
});
