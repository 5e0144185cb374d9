/** Where values come from, which of them counts, and what is said about it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BlackboxError } from '../../src/errors.js';
import { variableName } from '../../src/runtime/layers.js';
import { loadSync } from '../../src/runtime/load.js';
import { indexHas } from '../../src/runtime/local-file.js';
import { nearMisses } from '../../src/runtime/names.js';
import { revealed } from '../../src/runtime/sealed.js';
import { Secret } from '../../src/runtime/secret.js';
import type { LoadOptions } from '../../src/runtime/types.js';
import { type Fixture, newFixture } from './fixture.js';

let vault: Fixture;
beforeAll(async () => {
  vault = await newFixture();
  await vault.seal({
    'secrets.json': '{"db":{"host":"base","password":"base","port":5432,"tls":true},"list":["base",1],"only":"base"}',
    'secrets.prod.json': '{"db":{"host":"prod","password":"prod"},"list":["prod"]}',
    'other/secrets.json': '{"a":"1"}',
  });
});
afterAll(() => vault[Symbol.dispose]());

const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: vault.root, env: { PATH: process.env.PATH, HOME: vault.home } });
const host = (env = {}, where = '') => vault.host(where, { BLACKBOX_IDENTITY: vault.identity, ...env });
const load = (options: LoadOptions = {}, env = {}, where = '') => {
  const secrets = loadSync(host(env, where), options);
  return {
    values: revealed(secrets),
    sources: Object.fromEntries(secrets.explain().map(({ name, source, over }) => [name, [source, ...over]])),
  };
};
function refusal(options: LoadOptions = {}, env = {}, where = ''): BlackboxError {
  try {
    load(options, env, where);
  } catch (error) {
    return error as BlackboxError;
  }
  return expect.unreachable();
}

describe('layers', () => {
  it('lie over each other in their order, and explain themselves', () => {
    vault.write('secrets.local.json', '{"db":{"password":"local"},"mine":"local"}');
    try {
      const schema = z.looseObject({ pool: z.number().default(10) });
      const env = {
        BLACKBOX_SECRET_DB_PORT: '1',
        BLACKBOX_SECRET_DB_TLS: 'false',
        BLACKBOX_SECRET_NOPE: 'x',
        DB_HOST: 'bare',
      };
      const { values, sources } = load(
        { environment: 'prod', schema, overrides: { db: { port: new Secret(2) } } },
        env,
      );
      expect(values).toEqual({
        db: { host: 'prod', password: 'local', port: 2, tls: false },
        list: ['prod'],
        only: 'base',
        mine: 'local',
        pool: 10,
      });
      expect(sources).toEqual({
        'db.host': ['secrets.prod.json', 'secrets.json'],
        'db.password': ['secrets.local.json', 'secrets.prod.json', 'secrets.json'],
        'db.port': ['override', 'environment BLACKBOX_SECRET_DB_PORT', 'secrets.json'],
        'db.tls': ['environment BLACKBOX_SECRET_DB_TLS', 'secrets.json'],
        'list.0': ['secrets.prod.json', 'secrets.json'],
        only: ['secrets.json'],
        mine: ['secrets.local.json'],
        pool: ['schema'],
      });
    } finally {
      rmSync(join(vault.root, 'secrets.local.json'));
    }
  });
});

it('what the program says of nothing takes nothing away', () => {
  const { values, sources } = load({
    overrides: { db: { host: undefined, port: 5 }, only: undefined, new: undefined },
  });
  expect(values).toStrictEqual(load({ overrides: { db: { port: 5 } } }).values);
  expect(sources).toMatchObject({ 'db.host': ['secrets.json'], only: ['secrets.json'] });
});

describe('environment variables', () => {
  it('have the prefix that the program says', () => {
    const host = (env?: LoadOptions['env']) =>
      (
        load({ env }, { BLACKBOX_SECRET_DB_HOST: 'default', APP_DB_HOST: 'app', DB_HOST: 'bare' }).values as {
          db: { host: string };
        }
      ).db.host;
    expect([undefined, 'APP_', '', false, 'NONE_'].map((prefix) => host(prefix as string))).toEqual([
      'default',
      'app',
      'bare',
      'base',
      'base',
    ]);
    expect(refusal({ env: 'A=B' }).code).toBe('ERR_BLACKBOX_BAD_OPTION');
  });

  it('replace a value with one of its kind, or not at all', () => {
    expect(refusal({}, { BLACKBOX_SECRET_DB_PORT: 'hunter2' }).message).toBe(
      'the environment variable BLACKBOX_SECRET_DB_PORT is to replace db.port, which is a number, and is none',
    );
    expect(refusal({}, { BLACKBOX_SECRET_DB_TLS: '1' }).code).toBe('ERR_BLACKBOX_INVALID');
    // A list is replaced as a whole, so none of its items is.
    expect(load({}, { BLACKBOX_SECRET_LIST_0: 'x' }).values).toMatchObject({ list: ['base', 1] });
  });

  it('give what only a dictionary names', () => {
    const schema = { only: z.string(), NEW: z.string(), a: { b: z.coerce.number() } };
    expect(load({ schema }, { BLACKBOX_SECRET_NEW: 'n', BLACKBOX_SECRET_A_B: '3' }).values).toEqual({
      only: 'base',
      NEW: 'n',
      a: { b: 3 },
    });
  });

  it('are refused where they could mean two', () => {
    expect(
      refusal({ overrides: {}, schema: { 'only-x': z.string(), onlyX: z.string() } }, { BLACKBOX_SECRET_ONLY_X: 'x' })
        .message,
    ).toContain('only-x and onlyX');
  });

  it('are spelled as variables are', () => {
    expect(
      [['db', 'password'], ['dbPassword'], ['DB_PASSWORD'], ['db-password'], ['AWSKey'], ['a.b']].map(variableName),
    ).toEqual(['DB_PASSWORD', 'DB_PASSWORD', 'DB_PASSWORD', 'DB_PASSWORD', 'AWSKEY', 'A_B']);
  });
});

describe('the local file', () => {
  const write = (path: string, content = '{"only":"local"}') => vault.write(path, content);
  const remove = (path: string) => rmSync(join(vault.root, path), { force: true, recursive: true });

  it('is refused as soon as git tracks it, in every kind of index', () => {
    write('secrets.local.json');
    expect(load().values).toMatchObject({ only: 'local' });
    for (const version of ['2', '3', '4']) {
      git('update-index', '--index-version', version);
      git('add', '-f', 'secrets.local.json', 'other/secrets.json.age', '.blackbox');
      expect(refusal().code).toBe('ERR_BLACKBOX_LOCAL_TRACKED');
      expect(refusal().hints.join()).toContain('git rm --cached secrets.local.json');
      expect(load({ local: false }).values).toMatchObject({ only: 'base' });
      git('rm', '-q', '--cached', 'secrets.local.json');
      expect(load().values).toMatchObject({ only: 'local' });
      git('add', '-f', '-N', 'secrets.local.json'); // an extended entry
      expect(refusal().code).toBe('ERR_BLACKBOX_LOCAL_TRACKED');
      git('rm', '-q', '--cached', 'secrets.local.json');
    }
    // The same name elsewhere is another file.
    write('other/secrets.local.json', '{"a":"local"}');
    git('add', '-f', 'other/secrets.local.json');
    expect(load().values).toMatchObject({ only: 'local' });
    expect(refusal({}, {}, 'other').code).toBe('ERR_BLACKBOX_LOCAL_TRACKED');
    git('rm', '-q', '-f', 'other/secrets.local.json');
    git('update-index', '--index-version', '2');
    git('update-index', '--split-index');
    expect(refusal().code).toBe('ERR_BLACKBOX_LOCAL_TRACKED');
    git('update-index', '--no-split-index');
    remove('secrets.local.json');
  });

  it('is read in none but a clone', () => {
    write('secrets.local.json');
    const elsewhere = join(vault.root, '.git-away');
    execFileSync('mv', [join(vault.root, '.git'), elsewhere]);
    try {
      expect(load().values).toMatchObject({ only: 'base' });
    } finally {
      execFileSync('mv', [elsewhere, join(vault.root, '.git')]);
      remove('secrets.local.json');
    }
  });

  it('may have another name and format, and has to be there then', () => {
    write('mine.yaml', 'only: yaml\n');
    expect(load({ local: 'mine.yaml' }).values).toMatchObject({ only: 'yaml' });
    expect(load({ files: 'other/secrets.json', local: 'mine.yaml' }).values).toEqual({ a: '1', only: 'yaml' });
    expect(refusal({ local: 'nope.yaml' }).code).toBe('ERR_BLACKBOX_BAD_OPTION');
    expect(refusal({ local: 'other/secrets.json' }).code).toBe('ERR_BLACKBOX_BAD_OPTION');
    expect(refusal({ local: '../x.json' }).code).toBe('ERR_BLACKBOX_PATH_REFUSED');
    remove('mine.yaml');
    write('secrets.local.json');
    write('secrets.local.toml', '');
    expect(refusal().code).toBe('ERR_BLACKBOX_AMBIGUOUS_FILES');
    // What a program names is all that it gets.
    expect(load({ files: 'secrets.json' }).values).toMatchObject({ only: 'base' });
    remove('secrets.local.json');
    remove('secrets.local.toml');
  });

  it('is no symlink, and not what is registered', async () => {
    mkdirSync(join(vault.root, 'sub'));
    write('sub/target.json');
    symlinkSync(join(vault.root, 'sub/target.json'), join(vault.root, 'secrets.local.json'));
    expect(refusal().code).toMatch(/ERR_BLACKBOX_(UNSAFE_PATH|NOT_A_FILE)/);
    remove('secrets.local.json');
    remove('sub');
  });

  it('says "cannot tell" of an index that is damaged', () => {
    write('x.txt', 'x');
    git('add', '-f', 'x.txt');
    const index = readFileSync(join(vault.root, '.git/index'));
    expect(indexHas(index, 'x.txt')).toBe(true);
    expect(indexHas(index, 'y.txt')).toBe(false);
    for (const damaged of [
      index.subarray(0, 80),
      Buffer.from('DIRC'),
      Buffer.alloc(0),
      Buffer.concat([Buffer.from('DIRC\0\0\0\u0009'), index.subarray(8)]),
    ])
      expect(indexHas(damaged, 'y.txt')).toBeNull();
    git('rm', '-q', '-f', 'x.txt');
  });
});

it('near misses are near', () => {
  const names = ['db.password', 'db.host', 'mail.password', 'apiKey'];
  expect(nearMisses('db.pasword', names)).toEqual(['db.password']);
  expect(nearMisses('API_KEY', names)).toEqual(['apiKey']);
  expect(nearMisses('password', names)).toEqual(['db.password', 'mail.password']);
  expect(nearMisses('', names)).toEqual([]);
  expect(nearMisses('x'.repeat(1e6), [...names, 'y'.repeat(1e6)])).toEqual([]);
});
