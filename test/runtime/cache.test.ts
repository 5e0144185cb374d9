/** A store remembers opened keys, in a form that is worth nothing without this clone, and is never believed. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Keyv from 'keyv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseRecipient } from '../../src/age/index.js';
import type { BlackboxError } from '../../src/errors.js';
import type { Gpg } from '../../src/host/types.js';
import { load, loadSync } from '../../src/runtime/load.js';
import { revealed } from '../../src/runtime/sealed.js';
import type { CacheOptions, CacheStore } from '../../src/runtime/types.js';
import { lacks } from '../harness/programs.js';
import { type Fixture, newFixture, noGpg } from './fixture.js';
import { startRedis } from './redis.js';

let vault: Fixture;
/** How often the identity was asked: here it is a command, as a smartcard's would be. */
let asked: number;
beforeEach(async () => {
  vault = await newFixture();
  asked = 0;
  await vault.seal({ 'secrets.json': '{"password":"hunter2-correct-horse"}', 'other.json': '{"other":1}' });
});
afterEach(() => vault[Symbol.dispose]());

function host(gpg: Gpg = noGpg) {
  const runForOutput = () => {
    asked++;
    return Buffer.from(vault.identity);
  };
  return { ...vault.host('', { BLACKBOX_IDENTITY_CMD: 'touch' }, gpg), runForOutput };
}
const values = async (cache: CacheStore | CacheOptions, files?: string) =>
  revealed(await load(host(), { cache, files }));

function memory() {
  const entries = new Map<string, string>();
  const ttls: unknown[] = [];
  const store: CacheStore = {
    get: (key) => entries.get(key),
    set: (key, value, ttl) => {
      entries.set(key, value);
      ttls.push(ttl);
    },
  };
  return { entries, ttls, store };
}
const expected = { password: 'hunter2-correct-horse' };

describe('a store in memory', () => {
  it('spares the identity, and holds nothing that opens anything', async () => {
    const { entries, ttls, store } = memory();
    expect(await values(store)).toEqual(expected);
    expect([asked, entries.size, ttls]).toEqual([1, 1, [15 * 60 * 1000]]);
    expect(await values(store)).toEqual(expected);
    expect(asked).toBe(1);
    const everything = JSON.stringify([...entries]);
    for (const secret of ['hunter2', 'secrets.json', vault.identity, vault.founder])
      expect(everything).not.toContain(secret);
    // Another file is another entry.
    await values(store, 'other.json');
    expect([asked, entries.size]).toEqual([2, 2]);
  });

  it('is of no use for another file, another content, another clone, another key, or later', async () => {
    const { entries, store } = memory();
    await values(store);
    const [[name = '', entry = ''] = []] = entries;
    await values(store, 'other.json');
    const otherName = [...entries.keys()].find((key) => key !== name) ?? '';
    entries.set(otherName, entry);
    expect(await values(store, 'other.json')).toEqual({ other: 1 });
    expect(asked).toBe(3);
    await vault.seal({ 'secrets.json': '{"password":"new"}' });
    expect(await values(store)).toEqual({ password: 'new' });
    expect(asked).toBe(4);
    rmSync(join(vault.root, '.git/blackbox-ts/key'));
    await values(store);
    expect(asked).toBe(5);
    const key = randomBytes(32);
    await values({ store, key });
    await values({ store, key: randomBytes(32).toString('hex') });
    expect(asked).toBe(7);
    await values({ store, key });
    expect(asked).toBe(7);
    vi.useFakeTimers({ now: Date.now() + 15 * 60 * 1000 + 1, toFake: ['Date'] });
    await values({ store, key });
    vi.useRealTimers();
    expect(asked).toBe(8);
  });

  it('is not believed: whatever it says, the result is the same', async () => {
    const { entries, store } = memory();
    await values(store);
    const [[name = '', entry = ''] = []] = entries;
    const flipped = Buffer.from(entry, 'base64');
    flipped[25] = (flipped[25] ?? 0) ^ 1;
    for (const lie of ['', 'x', entry.slice(4), flipped.toString('base64'), 5, null, { a: 1 }, 'A'.repeat(1e5)]) {
      entries.set(name, lie as string);
      expect(await values(store)).toEqual(expected);
    }
  });

  it('that fails costs time, and a warning', async () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const broken: CacheStore = {
      get: () => Promise.reject(new Error(`connect ${vault.identity}`)),
      set: () => {
        throw new Error('no');
      },
    };
    try {
      expect(await values(broken)).toEqual(expected);
      expect(emit.mock.calls.map(([text]) => String(text))).toEqual(
        Array(2).fill('the cache does not answer (Error): keys are asked instead'),
      );
    } finally {
      emit.mockRestore();
    }
  });

  it('that never answers is not waited for', async () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const asked: string[] = [];
      const never = (what: string) => () => {
        asked.push(what);
        return new Promise(() => undefined);
      };
      const loading = values({ get: never('get'), set: never('set') });
      while (asked.length === 0) await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(2000);
      expect(await loading).toEqual(expected);
      expect(asked).toEqual(['get']);
      expect(emit.mock.calls.map(([text]) => text)).toEqual([
        'the cache does not answer (no answer): keys are asked instead',
      ]);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
      emit.mockRestore();
    }
  });

  it('is refused where it cannot be used', async () => {
    const { store } = memory();
    const code = (error: unknown) => (error as BlackboxError).code;
    for (const cache of [
      { store, key: 'short' },
      { store, ttl: 0 },
      { store: {} },
      {},
      { store, tll: 5 },
      null,
    ] as CacheOptions[])
      expect(code(await load(host(), { cache }).catch((e: unknown) => e))).toBe('ERR_BLACKBOX_BAD_OPTION');
    expect(() => loadSync(host(), { cache: store })).toThrow(
      expect.objectContaining({ code: 'ERR_BLACKBOX_BAD_OPTION' }),
    );
    rmSync(join(vault.root, '.git'), { recursive: true });
    expect(code(await load(host(), { cache: store }).catch((e: unknown) => e))).toBe('ERR_BLACKBOX_BAD_OPTION');
    expect(await values({ store, key: randomBytes(32) })).toEqual(expected);
  });

  it('does not open a file for somebody who has been shut out of it', async () => {
    const { store } = memory();
    await values(store);
    // Sealed anew, for somebody else alone.
    await vault.seal({ 'secrets.json': '{"password":"theirs"}' }, [
      parseRecipient('age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg'),
    ]);
    expect(((await load(host(), { cache: store }).catch((e: unknown) => e)) as BlackboxError).code).toBe(
      'ERR_BLACKBOX_NOT_A_RECIPIENT',
    );
  });
});

it('Keyv is such a store', async () => {
  const store = new Keyv({ ttl: 5 });
  expect(await values(store)).toEqual(expected);
  expect(await values({ store, ttl: 60_000 })).toEqual(expected);
  expect(asked).toBe(1);
});

it.skipIf(lacks('redis-server'))('a real Redis is, and forgets in time', async () => {
  using redis = await startRedis(vault.home);
  expect(await values(redis)).toEqual(expected);
  expect(await values(redis)).toEqual(expected);
  expect(asked).toBe(1);
  const [name = ''] = [await redis.command('RANDOMKEY')];
  expect(name).toMatch(/^blackbox-ts:[0-9a-f]{64}$/);
  const left = Number(await redis.command('PTTL', name ?? ''));
  expect(left > 0 && left <= 15 * 60 * 1000).toBe(true);
  expect(await redis.command('GET', name ?? '')).not.toContain('hunter2');
  await redis.command('PEXPIRE', name ?? '', '1');
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await values(redis)).toEqual(expected);
  expect(asked).toBe(2);
});
