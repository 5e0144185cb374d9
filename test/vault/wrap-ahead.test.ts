/** New file keys for many files: shared between threads, and the same whoever wrapped them. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateIdentity, parseRecipient, x25519Identity } from '../../src/age/index.js';
import { type WrapShare, wrapShare } from '../../src/age/wrap-share.js';
import type { Threads } from '../../src/host/types.js';
import type { RepoPath } from '../../src/vault/index.js';
import { beginWrapping } from '../../src/vault/wrap-ahead.js';
import { ed25519Line, rsaLine, seedOf } from '../age/keys.js';

const people = Array.from({ length: 20 }, generateIdentity);
const recipients = people.map(({ recipient }) => parseRecipient(recipient));
const own = x25519Identity(people[0]?.identity ?? '');
const path = (i: number) => `file ${i}` as RepoPath;

/** A thread that does a chunk each time it is asked for an answer, and may die. */
function threadsOf(until = Number.POSITIVE_INFINITY) {
  const seen: { share?: WrapShare; answers: number; ended: boolean } = { answers: 0, ended: false };
  const threads: Threads = {
    spare: 1,
    start: (task) => {
      seen.share = task as WrapShare;
      const work = wrapShare(seen.share);
      const queue = [work.next(), work.next()];
      return {
        next: async () => {
          const { value } = queue.shift() ?? work.next();
          if (value === undefined || seen.answers++ >= until) throw new Error('it died');
          return structuredClone(value);
        },
        end: () => {
          seen.ended = true;
        },
      };
    },
  };
  return { threads, seen };
}

const wanted = (count: number, sets = [recipients]) =>
  new Map(Array.from({ length: count }, (_, i) => [path(i), sets[i % sets.length] ?? []] as const));

describe('new file keys for many files', () => {
  it('are another one for each, and each of its stanzas opens it, whichever thread made it', async () => {
    const { threads, seen } = threadsOf();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const ssh = [rsaLine(privateKey), ed25519Line(seedOf('ssh'))].map(parseRecipient);
    const mixed = [...recipients.slice(0, 5), ...ssh];
    const files = wanted(160, [recipients, mixed]);
    const wrapping = beginWrapping({ threads }, files);
    const keys = new Set<string>();
    for (const [file, set] of files) {
      const { fileKey, stanzas } = await wrapping.wrap(file, set);
      keys.add(Buffer.from(fileKey).toString('hex'));
      expect(stanzas.map(({ args }) => args[0])).toEqual(set.map(({ kind }) => (kind === 'x25519' ? 'X25519' : kind)));
      expect(own.unwrap(stanzas.slice(0, 1))).toEqual(Buffer.from(fileKey));
    }
    expect(keys.size).toBe(160);
    expect(seen.answers).toBeGreaterThan(0);
    wrapping.end();
    expect(seen.ended).toBe(true);
    expect(seen.share?.keys.every((byte) => byte === 0)).toBe(true);
  });

  it('are never handed out twice', async () => {
    const { threads } = threadsOf();
    const wrapping = beginWrapping({ threads }, wanted(120));
    const one = await wrapping.wrap(path(0), recipients);
    const other = await wrapping.wrap(path(0), recipients);
    const last = await wrapping.wrap(path(119), recipients);
    const lastAgain = await wrapping.wrap(path(119), recipients);
    expect(new Set([one, other, last, lastAgain].map(({ fileKey }) => Buffer.from(fileKey).toString('hex'))).size).toBe(
      4,
    );
    wrapping.end();
  });

  it('are for those who are asked for, should they not be those who were announced', async () => {
    const { threads } = threadsOf();
    const wrapping = beginWrapping({ threads }, wanted(120));
    expect((await wrapping.wrap(path(119), recipients.slice(0, 1))).stanzas).toHaveLength(1);
    expect((await wrapping.wrap('unknown' as RepoPath, recipients.slice(0, 2))).stanzas).toHaveLength(2);
    wrapping.end();
  });

  it('fail when a thread dies, and never wait for it', async () => {
    const { threads } = threadsOf(0);
    const wrapping = beginWrapping({ threads }, wanted(120));
    await expect(wrapping.wrap(path(119), recipients)).rejects.toThrow('it died');
    wrapping.end();
  });

  it('take no thread where that would not pay, or there is none', async () => {
    const { threads, seen } = threadsOf();
    const few = beginWrapping({ threads }, wanted(10));
    expect((await few.wrap(path(9), recipients)).stanzas).toHaveLength(20);
    await beginWrapping({ threads: { ...threads, spare: 0 } }, wanted(120)).wrap(path(0), recipients);
    await beginWrapping({}, wanted(120)).wrap(path(0), recipients);
    expect(seen.share).toBeUndefined();
  });
});
