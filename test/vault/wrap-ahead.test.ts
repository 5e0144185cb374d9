/** Stanzas for many files: shared between threads, and the same whoever wrapped them. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateIdentity, parseRecipient, type Recipient, x25519Identity } from '../../src/age/index.js';
import { type WrapShare, wrapShare } from '../../src/age/wrap-share.js';
import type { Threads } from '../../src/host/types.js';
import type { RepoPath } from '../../src/vault/index.js';
import { beginWrapping, getReady, type Wanted } from '../../src/vault/wrap-ahead.js';
import { ed25519Line, rsaLine, seedOf } from '../age/keys.js';

const people = Array.from({ length: 20 }, generateIdentity);
const recipients = people.map(({ recipient }) => parseRecipient(recipient));
const own = x25519Identity(people[0]?.identity ?? '');
const path = (i: number) => `file ${i}` as RepoPath;

/** A thread that wraps a chunk each time it is told to, and may die. */
function threadsOf(until = Number.POSITIVE_INFINITY) {
  const answers: unknown[] = [];
  const seen = { share: null as WrapShare | null, started: 0, answers: 0, ended: false, wrapChunk: () => {} };
  const threads: Threads = {
    spare: 1,
    start: () => {
      seen.started++;
      return {
        give: (task) => {
          seen.share = task as WrapShare;
          const work = wrapShare(seen.share);
          seen.wrapChunk = () => answers.push(structuredClone(work.next().value));
        },
        next: async () => {
          if (answers.length === 0 || seen.answers++ >= until) throw new Error('it died');
          return answers.shift();
        },
        end: () => {
          seen.ended = true;
        },
      };
    },
  };
  return { threads, seen };
}

type Sets = readonly (readonly Recipient[])[];
const wanted = (count: number, sets: Sets = [recipients], fresh: (i: number) => boolean = () => true) =>
  new Map<RepoPath, Wanted>(
    Array.from({ length: count }, (_, i) => [path(i), { recipients: sets[i % sets.length] ?? [], fresh: fresh(i) }]),
  );
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('new file keys for many files', () => {
  it('are another one for each, and each of its stanzas opens it, whichever thread made it', async () => {
    const { threads, seen } = threadsOf();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const ssh = [rsaLine(privateKey), ed25519Line(seedOf('ssh'))].map(parseRecipient);
    const mixed = [...recipients.slice(0, 5), ...ssh];
    const files = wanted(160, [recipients, mixed]);
    const wrapping = beginWrapping(files, getReady({ threads }, 0));
    for (let i = 0; i < 5; i++) seen.wrapChunk();
    const made = await wrapping.all();
    for (const [file, { recipients: set }] of files) {
      const { fileKey, stanzas } = made.get(file) ?? { fileKey: Buffer.alloc(0), stanzas: [] };
      expect(stanzas.map(({ args }) => args[0])).toEqual(set.map(({ kind }) => (kind === 'x25519' ? 'X25519' : kind)));
      expect(own.unwrap(stanzas.slice(0, 1))).toEqual(Buffer.from(fileKey));
    }
    expect(new Set([...made.values()].map(({ fileKey }) => hex(fileKey))).size).toBe(160);
    expect(seen.answers).toBe(5);
    wrapping.end();
    expect(seen.ended).toBe(true);
    expect(seen.share?.keys.every((byte) => byte === 0)).toBe(true);
  });

  it('fail when a thread dies, and never wait for it', async () => {
    const { threads, seen } = threadsOf(0);
    const wrapping = beginWrapping(wanted(120), getReady({ threads }, 0));
    seen.wrapChunk();
    await expect(wrapping.all()).rejects.toThrow('it died');
    wrapping.end();
  });

  it('take no thread where that would not pay, or there is none', async () => {
    const { threads, seen } = threadsOf();
    const few = await beginWrapping(wanted(10), getReady({ threads }, 0)).all();
    expect(few.get(path(9))?.stanzas).toHaveLength(20);
    await beginWrapping(wanted(120), getReady({ threads: { ...threads, spare: 0 } }, 120)).all();
    await beginWrapping(wanted(120), getReady({}, 0)).all();
    expect(seen.share).toBeNull();
  });

  it('have their threads started ahead for many files, and ended though they were not wanted', () => {
    const { threads, seen } = threadsOf();
    getReady({ threads }, 10).end();
    expect(seen.started).toBe(0);
    const ready = getReady({ threads }, 1000);
    expect(seen.started).toBe(1);
    beginWrapping(wanted(10), ready).end();
    expect([seen.started, seen.ended, seen.share]).toEqual([1, true, null]);
  });

  it('tell how many are done', async () => {
    const told: number[] = [];
    await beginWrapping(wanted(20, [recipients.slice(0, 1)]), getReady({}, 0)).all((done) => told.push(done));
    expect(told).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });
});

describe('file keys that stay', () => {
  const keyFor = (i: number) => Buffer.alloc(16, i);
  const stays = (i: number) => i % 3 === 0;

  it('are wrapped as they are told, beside new ones, whichever thread does it', async () => {
    const { threads, seen } = threadsOf();
    const sets = [recipients, recipients.slice(0, 1), []];
    const all = wanted(250, sets, (i) => !stays(i));
    const wrapping = beginWrapping(all, getReady({ threads }, 0));
    for (let i = 0; i < 250; i++) if (stays(i)) wrapping.offer(path(i), keyFor(i));
    for (let i = 0; i < 4; i++) seen.wrapChunk();
    const made = await wrapping.all();
    expect(seen.answers).toBe(4);
    for (let i = 0; i < 250; i++) {
      const { fileKey, stanzas } = made.get(path(i)) ?? { fileKey: Buffer.alloc(0), stanzas: [] };
      expect(stanzas).toHaveLength(sets[i % 3]?.length ?? -1);
      expect(hex(fileKey) === hex(keyFor(i))).toBe(stays(i));
      if (stanzas.length > 0) expect(own.unwrap(stanzas.slice(0, 1))).toEqual(Buffer.from(fileKey));
    }
  });

  it('are not wrapped before they are told, and nobody waits for them for ever', async () => {
    const { threads, seen } = threadsOf();
    const all = wanted(120, [recipients], () => false);
    const wrapping = beginWrapping(all, getReady({ threads }, 0));
    expect(seen.share?.chunks.every((state) => state === 0)).toBe(true);
    wrapping.offer(path(0), keyFor(0));
    await expect(wrapping.all()).rejects.toThrow('before all keys are told');
  });

  it('are told only of files that keep theirs', () => {
    const wrapping = beginWrapping(wanted(1), getReady({}, 0));
    expect(() => wrapping.offer(path(0), keyFor(0))).toThrow('nobody asked for');
    expect(() => wrapping.offer(path(1), keyFor(0))).toThrow('nobody asked for');
  });
});
