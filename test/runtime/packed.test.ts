/** Each thing that the loader promises, through the package as npm would publish it: what its other tests look at from within, programs get so. */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { inspect, isDeepStrictEqual } from 'node:util';
import { type } from 'arktype';
import Keyv from 'keyv';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type * as library from '../../src/index.js';
import { lacks } from '../harness/programs.js';
import { packageRoot, until } from '../harness/run.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, register } from '../harness/vault.js';
import { startRedis } from './redis.js';

type Library = typeof library;

let team: Team;
let alice: Person;
let secret: string;
let packed: Library;

const requireIn = (folder: string) => createRequire(join(folder, 'program.js'));

beforeAll(() => {
  team = newTeam();
  alice = found(team);
  secret = team.secret();
  register(alice, {
    'secrets.json': JSON.stringify({
      db: { host: 'db.example.com', password: secret, port: 5432 },
      list: ['a', { b: 'c' }],
    }),
    'secrets.prod.json': '{"db":{"host":"prod.example.com"}}',
    '.env': `PORT=8080\nTOKEN=${secret}\n`,
  });
  packed = requireIn(alice.clone)('blackbox-ts');
  // What is loaded in this process is loaded by Alice.
  for (const [name, value] of Object.entries(alice.env)) if (value !== process.env[name]) vi.stubEnv(name, value);
});
afterAll(() => {
  vi.unstubAllEnvs();
  team[Symbol.dispose]();
});

const at = <O extends object>(options: O = {} as O) => ({ root: alice.clone, ...options });
function refusal(work: () => unknown): library.BlackboxError {
  try {
    work();
  } catch (error) {
    if (error instanceof packed.BlackboxError) return error;
    throw error;
  }
  return expect.unreachable();
}

it('is not the sources', () => {
  expect(requireIn(alice.clone).resolve('blackbox-ts')).toBe(join(packageRoot, 'dist', 'index.js'));
  expect(packageRoot).not.toBe(process.cwd());
});

describe('a schema', () => {
  const password = {
    zod: z.string().min(8),
    valibot: v.pipe(v.string(), v.minLength(8)),
    arktype: type('string >= 8'),
  };
  const port = {
    zod: z.coerce.number(),
    valibot: v.pipe(v.string(), v.transform(Number)),
    arktype: type('string.numeric.parse'),
  };
  it.each(['zod', 'valibot', 'arktype'] as const)(
    'of %s, and a dictionary of such: checks, converts, hides',
    (kind) => {
      const secrets = packed.loadSecretsSync(
        at({ files: '.env', schema: { PORT: port[kind], TOKEN: password[kind] } }),
      );
      expect(packed.revealAll(secrets)).toEqual({ PORT: 8080, TOKEN: secret });
      const wrong = { zod: z.email(), valibot: v.pipe(v.string(), v.email()), arktype: type('string.email') }[kind];
      const error = refusal(() => packed.loadSecretsSync(at({ files: '.env', schema: { TOKEN: wrong } })));
      expect(error.code).toBe('ERR_BLACKBOX_INVALID');
      expect(error.message).toContain('TOKEN');
      expect(error.message).not.toContain(secret);
      expect(error.hints).toEqual(['to mend it: blackbox-ts edit .env']);
    },
  );

  it('as one object; one that answers later is for await loadSecrets()', async () => {
    const later = z.object({ db: z.object({ password: z.string().refine(async () => true) }) });
    expect(refusal(() => packed.loadSecretsSync(at({ schema: later }))).code).toBe('ERR_BLACKBOX_ASYNC_SCHEMA');
    const secrets = await packed.loadSecrets(at({ schema: later }));
    expect(packed.revealAll(secrets)).toEqual({ db: { password: secret } });
    const mocked = packed.mockSecrets(v.object({ n: v.optional(v.number(), 5) }), {});
    expect(mocked.n.reveal()).toBe(5);
  });
});

describe('a secret', () => {
  const load = () => packed.loadSecretsSync<{ db: { password: string; port: number }; list: unknown[] }>(at());

  it('is shown, copied and thrown without its value', () => {
    const { db } = load();
    const views = [
      inspect(db, { showHidden: true }),
      inspect(db, { customInspect: false, depth: 9 }),
      JSON.stringify(db),
      `${db.password}`,
      inspect({ ...db.password }),
      inspect(structuredClone(db)),
      inspect(new Error('x', { cause: db })),
    ];
    expect(views.join('\n')).not.toContain(secret);
    expect(String(db.password)).toBe('[secret db.password]');
  });

  it('equals what has its value, and nothing else', () => {
    const [one, two] = [load(), load()];
    const other = packed.loadSecretsSync(at({ overrides: { db: { password: 'another' } } }));
    expect([isDeepStrictEqual(one, two), isDeepStrictEqual(one, other)]).toEqual([true, false]);
    expect([
      one.db.password.equals(two.db.password),
      one.db.password.equals(secret),
      one.db.password.equals('x'),
    ]).toEqual([true, true, false]);
  });

  it('is gone after it was dropped; all of them are revealed by one call, frozen', () => {
    const secrets = load();
    const all = packed.revealAll(secrets);
    expect([all.db.password, Object.isFrozen(all.db)]).toEqual([secret, true]);
    secrets[Symbol.dispose]();
    expect(refusal(() => secrets.db.password.reveal()).code).toBe('ERR_BLACKBOX_DISPOSED');
  });

  it('of another copy of the package is recognized', () => {
    const folder = join(alice.home, 'other', 'node_modules', 'blackbox-ts');
    mkdirSync(dirname(folder), { recursive: true });
    cpSync(packageRoot, folder, { recursive: true, filter: (path) => path !== join(packageRoot, 'node_modules') });
    symlinkSync(join(packageRoot, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const other = requireIn(join(alice.home, 'other'))('blackbox-ts') as Library;
    expect(other.Secret).not.toBe(packed.Secret);
    const theirs = new other.Secret(secret);
    expect(theirs).toBeInstanceOf(packed.Secret);
    expect(load().db.password.equals(theirs)).toBe(true);
    expect(packed.revealAll({ theirs })).toEqual({ theirs: secret });
    rmSync(join(alice.home, 'other'), { recursive: true });
  });
});

it('layers lie over each other and explain themselves; names are asked for, and near misses told', () => {
  writeFileSync(join(alice.clone, 'secrets.local.json'), '{"db":{"port":1},"mine":"local"}');
  vi.stubEnv('BLACKBOX_SECRET_DB_PORT', '2');
  const secrets = packed.loadSecretsSync(at({ environment: 'prod', overrides: { extra: 'x' }, public: ['db.host'] }));
  expect(packed.revealAll(secrets)).toEqual({
    db: { host: 'prod.example.com', password: secret, port: 2 },
    list: ['a', { b: 'c' }],
    mine: 'local',
    extra: 'x',
  });
  const told = secrets.explain();
  expect(inspect(told)).not.toContain(secret);
  expect(told.find(({ name }) => name === 'db.port')).toEqual({
    name: 'db.port',
    source: 'environment BLACKBOX_SECRET_DB_PORT',
    over: ['secrets.local.json', 'secrets.json'],
  });
  expect(secrets.get('db.host')).toBe('prod.example.com');
  expect(String(secrets.get('list.1.b'))).toBe('[secret list.1.b]');
  expect([secrets.get('nope', 7), secrets.has('db.nope')]).toEqual([7, false]);
  expect(refusal(() => secrets.require('db.pasword')).message).toContain('perhaps db.password is meant');
  vi.stubEnv('BLACKBOX_SECRET_DB_PORT', undefined);
  rmSync(join(alice.clone, 'secrets.local.json'));
});

it('an error names the file, its readers, what was tried and why, and the command that mends it', () => {
  const stranger = packed.generateIdentity().identity;
  const error = refusal(() => packed.loadSecretsSync(at({ identities: stranger })));
  expect(error.code).toBe('ERR_BLACKBOX_NOT_A_RECIPIENT');
  for (const words of ['secrets.json', 'alice', 'blackbox-ts admin add']) expect(error.message).toContain(words);
  expect(error.attempts).toHaveLength(1);
  expect(error.message).not.toContain(stranger);
  expect(error.code in packed.codes).toBe(true);
});

it('a program that writes is followed by one that watches, which keeps the last good ones', async () => {
  const errors: unknown[] = [];
  const seen: unknown[] = [];
  const options = at({ schema: z.looseObject({ db: z.looseObject({ port: z.number() }) }) });
  const watching = await packed.watchSecrets({ ...options, onError: (error) => errors.push(error) }, (secrets) =>
    seen.push(packed.revealAll(secrets.db).port),
  );
  const vault = await packed.openVault(alice.clone);
  expect(vault.list().map(({ path }) => path)).toEqual(['.env', 'secrets.json', 'secrets.prod.json']);
  await vault.set('secrets.json', ['db', 'port'], 6000);
  await until('it is told', () => seen.length > 0);
  await vault.set('secrets.json', 'db.port', 'not a number');
  await watching.reload();
  expect(errors.at(-1)).toMatchObject({ code: 'ERR_BLACKBOX_INVALID' });
  expect([seen, watching.secrets.db.port.reveal()]).toEqual([[6000], 6000]);
  watching.close();
  await vault.set('secrets.json', 'db.port', 5432);
  await vault.write('new.pem', 'bytes');
  expect((await vault.read('new.pem')).toString()).toBe('bytes');
  expect(packed.loadFileSync('new.pem', at()).toString()).toBe('bytes');
  await vault.remove('new.pem');
  expect(vault.list()).toHaveLength(3);
  expect(packed.revealAll(packed.loadSecretsSync(at()))).toMatchObject({ db: { port: 5432 } });
});

describe('a cache', () => {
  const key = randomBytes(32);
  const load = (store: library.CacheStore, identities?: string) =>
    packed.loadSecrets(at({ cache: { store, key }, ...(identities === undefined ? {} : { identities }) }));
  /** An identity that opens nothing: what it loads, the cache has opened. */
  const useless = () => packed.generateIdentity().identity;

  it('in memory spares the identity, and holds nothing that is worth something', async () => {
    const entries = new Map<string, unknown>();
    const store = new Keyv({ store: entries });
    await load(store);
    expect(packed.revealAll(await load(store, useless()))).toMatchObject({ db: { password: secret } });
    expect(inspect(entries, { depth: 9 })).not.toContain(secret);
    await expect(
      packed.loadSecrets(at({ cache: { store, key: randomBytes(32) }, identities: useless() })),
    ).rejects.toThrow('secrets.json');
  });

  it.skipIf(lacks('redis-server'))('in a real Redis does so', async () => {
    using redis = await startRedis(alice.home);
    await load(redis);
    expect(packed.revealAll(await load(redis, useless()))).toMatchObject({ db: { password: secret } });
    await redis.command('FLUSHALL');
    await expect(load(redis, useless())).rejects.toThrow('secrets.json');
  });
});

it('a cipher binds values to their place, rotates keys, and lets them end', () => {
  const [old, current] = [randomBytes(32), randomBytes(32)];
  const token = packed.createCipher(old).encrypt('078-05-1120', 'users.ssn:7');
  const cipher = packed.createCipher([current, old]);
  expect([cipher.decrypt(token, 'users.ssn:7'), cipher.isCurrent(token)]).toEqual(['078-05-1120', false]);
  expect(refusal(() => cipher.decrypt(token, 'users.ssn:8')).code).toBe('ERR_BLACKBOX_CANNOT_DECRYPT');
  const bytes = cipher.encrypt(Buffer.from([0, 255]), 'x', { ttl: 60_000 });
  expect([...cipher.decrypt(bytes, 'x')]).toEqual([0, 255]);
  vi.useFakeTimers({ now: Date.now() + 60_001, toFake: ['Date'] });
  const late = refusal(() => cipher.decrypt(bytes, 'x'));
  vi.useRealTimers();
  expect(late.code).toBe('ERR_BLACKBOX_EXPIRED');
});
