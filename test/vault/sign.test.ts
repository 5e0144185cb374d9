/** Signing what a plan seals: one signature, however many files, each of which stands for itself. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Signer, verifySignature, x25519Identity } from '../../src/age/index.js';
import {
  type Authority,
  apply,
  type Draft,
  inspectSealed,
  plan,
  type Vault,
  whyNotAuthentic,
} from '../../src/vault/index.js';
import { roomFor } from '../../src/vault/sealed.js';
import { signedBatch } from '../../src/vault/sign.js';
import { draftOf, signedBytes } from './signed.js';
import { at, codeOf, newPerson, newWorld } from './world.js';

const founder = 'cd'.repeat(32);
const ada = newPerson('ada');
const own = x25519Identity(ada.identity).signer();

/** Counts, and remembers what it has signed. */
function counting(signer: Signer): Signer & { readonly signed: Uint8Array[] } {
  const signed: Uint8Array[] = [];
  return {
    key: signer.key,
    signed,
    sign: (message) => {
      signed.push(message);
      return signer.sign(message);
    },
  };
}

const key = { recipient: ada.recipient, sign: own.key, block: null, from: '' };
const authority: Authority = {
  founder,
  members: new Map([['ada', { name: 'ada', role: 'admin', groups: [], from: '', keys: [key] }]]),
};
const why = (path: string, bytes: Uint8Array) => whyNotAuthentic(authority, at(path), inspectSealed(bytes, path));
const drafts = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, i) => draftOf(`dir/${i}`, `content ${i}`, [ada.recipient])));
const nowhere = { root: '/', host: { files: { within: (_: string, path: string) => path } } } as unknown as Vault;

describe('a batch', () => {
  it.each([1, 2, 3, 7, 8, 1000])('of %i files costs one signature, and each of them proves itself', async (count) => {
    const signer = counting(own);
    const batch = await drafts(count);
    const files = await signedBytes(founder, batch, signer);
    expect(signer.signed).toHaveLength(1);
    expect(files.map((bytes, i) => why(`dir/${i}`, bytes)).filter((reason) => reason !== null)).toEqual([]);
    const seals = files.map((bytes) => inspectSealed(bytes, '').seal);
    expect(new Set(seals.map((s) => Buffer.from(s?.signature ?? []).toString('hex'))).size).toBe(1);
    expect(seals.map((s) => s?.proof.index)).toEqual(batch.map((_, i) => i));
    // As many hashes as the tree is high.
    const longest = Math.max(...seals.map((s) => s?.proof.hashes.length ?? 0));
    expect(longest).toBe(Math.ceil(Math.log2(count)) * 32);
  });

  it('is signed under a label of its own, with its number of files', async () => {
    const signer = counting(own);
    const [bytes] = await signedBytes(founder, await drafts(1), signer);
    const { seal } = inspectSealed(bytes ?? Buffer.alloc(0), '');
    const [message] = signer.signed;
    expect(Buffer.from(message ?? []).toString()).toMatch(/^blackbox-ts\/1 files\n1\n[0-9a-f]{64}$/);
    expect(verifySignature(own.key, message ?? Buffer.alloc(0), seal?.signature ?? Buffer.alloc(0))).toBe(true);
  });

  it('of no files costs none', async () => {
    using world = await newWorld();
    const before = world.git('status', '--porcelain');
    await world.apply(plan({}));
    expect(world.git('status', '--porcelain')).toBe(before);
  });

  it('tells the length of its headers before the signature is there, whatever it will be', async () => {
    const batch = await drafts(5);
    for (const length of [1, 64]) {
      const signer: Signer = { key: own.key, sign: () => Buffer.alloc(length, 7) };
      const { writes, sign } = signedBatch(nowhere, founder, batch, signer);
      const lengths = writes.map((w) => w.head?.length);
      expect(() => writes[0]?.head?.bytes()).toThrow('before its signature');
      for (const { content } of writes) for (const _ of (content as () => Iterable<Uint8Array>)());
      await sign();
      expect(writes.map((w) => w.head?.bytes().length)).toEqual(lengths);
      writes.forEach((w, i) => {
        const { seal, header } = inspectSealed(w.head?.bytes() ?? Buffer.alloc(0), '');
        expect([Buffer.from(seal?.signature ?? []), header.length]).toEqual([Buffer.alloc(length, 7), lengths[i]]);
      });
    }
  });

  it('whose payloads are known is signed before anything is written, and each file is written in one go', async () => {
    const made = await drafts(3);
    const payload = (draft: Draft) => Buffer.concat([...draft.payload()]);
    const kept = made.map((draft) => {
      const bytes = payload(draft);
      return { ...draft, digest: createHash('sha256').update(bytes).digest('hex'), payload: () => [bytes] };
    });
    const { writes, known, sign } = signedBatch(nowhere, founder, kept, own);
    const whole = () => writes.map((w) => Buffer.concat([...(w.content as () => Iterable<Uint8Array>)()]));
    expect([known, writes.some((w) => w.head !== undefined)]).toEqual([true, false]);
    expect(whole).toThrow('before its signature');
    await sign();
    const files = whole();
    expect(files.map((bytes, i) => why(`dir/${i}`, bytes))).toEqual([null, null, null]);
    files.forEach((bytes, i) => {
      expect(bytes.subarray(-(kept[i]?.payload()[0]?.length ?? 0))).toEqual(kept[i]?.payload()[0]);
    });
    // One that is yet to be encrypted makes all of them wait for it.
    expect(signedBatch(nowhere, founder, [...kept, ...(await drafts(1))], own).known).toBe(false);
  });

  it('of a key whose signatures are larger than its header has room for is refused, before any file is in place', async () => {
    const signer: Signer = { key: own.key, sign: () => Buffer.alloc(roomFor(own.key) + 1) };
    const { writes, sign } = signedBatch(nowhere, founder, await drafts(1), signer);
    for (const { content } of writes) for (const _ of (content as () => Iterable<Uint8Array>)());
    expect(await codeOf(sign)).toBe('ERR_BLACKBOX_SIGNING_FAILED');
  });
});

describe('a plan', () => {
  it('whose signature fails leaves every file as it was, and no other behind', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    const before = world.read('a.age');
    const failing: Draft = {
      ...(await draftOf('a', 'two', [world.founder.recipient])),
      payload: () => {
        throw new Error('the disk is full');
      },
    };
    const fine = await draftOf('b', 'two', [world.founder.recipient]);
    const carryOut = () => apply(world.vault(), plan({ seals: [fine, failing] }), { keyring: world.keyring() });
    await expect(carryOut()).rejects.toThrow();
    expect([world.read('a.age').equals(before), world.has('b.age')]).toEqual([true, false]);
    const left = execFileSync('find', [world.root, '-name', '*blackbox-ts-*', '-not', '-path', '*/.git/*']);
    expect(left.toString()).toBe('');
  });

  it('by somebody who may not sign writes nothing', async () => {
    using world = await newWorld();
    const [bob, eve] = [world.someone('bob'), world.someone('eve')];
    await world.enrol(bob, 'reader');
    const seals = [await draftOf('a', 'theirs', [world.founder.recipient])];
    for (const who of [bob, eve]) {
      expect(await codeOf(() => world.apply(plan({ seals }), who))).toBe('ERR_BLACKBOX_CANNOT_SIGN');
    }
    expect(world.has('a.age')).toBe(false);
  });

  it('of a change of the roster by a writer writes nothing', async () => {
    using world = await newWorld();
    const bob = world.someone('bob');
    await world.enrol(bob, 'writer');
    const before = world.git('status', '--porcelain', '-uall');
    const change = { do: 'role', name: 'bob', role: 'admin' } as const;
    expect(await codeOf(() => world.change([change], bob))).toBe('ERR_BLACKBOX_CANNOT_SIGN');
    expect(world.git('status', '--porcelain', '-uall')).toBe(before);
    await world.apply(plan({ seals: [await draftOf('a', 'his', [world.founder.recipient])] }), bob);
    expect(world.has('a.age')).toBe(true);
  });
});
