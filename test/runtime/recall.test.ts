/** Loading again: at once where nothing has changed, and as if it were the first time wherever something has. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateIdentity } from '../../src/age/index.js';
import { load, loadSync } from '../../src/runtime/load.js';
import { revealed } from '../../src/runtime/sealed.js';
import type { LoadOptions, Secrets } from '../../src/runtime/types.js';
import type { VaultHost } from '../../src/vault/index.js';
import { type Fixture, newFixture, noGpg } from './fixture.js';

let vault: Fixture;
let reads: string[];

beforeEach(async () => {
  vault = await newFixture();
  reads = [];
  await vault.seal({ 'secrets.json': '{"db":{"password":"first"}}', 'app/secrets.json': '{"at":"app"}' });
  // What was just written may be written once more in the same instant, and is not trusted to be unchanged: an hour goes by.
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout'], now: Date.now() + 3_600_000 });
});
afterEach(() => {
  vi.useRealTimers();
  vault[Symbol.dispose]();
});

/** A host that tells what was read. */
function watched(where?: string, env?: VaultHost['env']): VaultHost {
  const host = vault.host(where, env);
  const told =
    <A extends [string, ...unknown[]], T>(read: (...given: A) => T) =>
    (...given: A): T => {
      reads.push(given[0]);
      return read(...given);
    };
  const { files } = host;
  return { ...host, files: { ...files, read: told(files.read), readHead: told(files.readHead) } };
}

const plain = (secrets: Secrets<unknown>): unknown => revealed(secrets);
/** Loads, and forgets what was read for it. */
async function first(host: VaultHost = watched(), options: LoadOptions = {}): Promise<Secrets<unknown>> {
  const secrets = loadSync(host, options);
  if (vi.isFakeTimers()) vi.advanceTimersByTime(1000);
  expect(reads.length).toBeGreaterThan(0);
  reads = [];
  return secrets;
}
const at = (...path: string[]) => join(vault.root, ...path);

describe('where nothing has changed', () => {
  it('no file is read, and what is given is of its own', async () => {
    const before = await first();
    const again = loadSync(watched(), {});
    const later = await load(watched(), {});
    expect(reads).toEqual([]);
    expect([plain(again), plain(later)]).toEqual([plain(before), plain(before)]);
    expect(again).not.toBe(before);
    again[Symbol.dispose]();
    expect(plain(before)).toEqual({ db: { password: 'first' } });
    expect(() => plain(again)).toThrow('disposed of');
    expect(plain(later)).toEqual(plain(before));
  });

  it('what git and others do beside it is of no interest', async () => {
    const before = await first();
    vault.write('.git/index.lock', '');
    vault.write('.blackbox/requests/bob.pub', 'age1');
    vault.write('other.json', '{}');
    rmSync(at('.git/index.lock'));
    expect(plain(loadSync(watched(), {}))).toEqual(plain(before));
    expect(reads).toEqual([]);
  });

  it('the asynchronous loader remembers as well', async () => {
    const before = await load(watched(), {});
    reads = [];
    expect(plain(await load(watched(), {}))).toEqual(plain(before));
    expect(plain(loadSync(watched(), {}))).toEqual(plain(before));
    expect(reads).toEqual([]);
  });

  it('what the program and the process say counts each time', async () => {
    const before = await first();
    const env = { BLACKBOX_IDENTITY: vault.identity, BLACKBOX_SECRET_DB_PASSWORD: 'from outside' };
    expect(plain(loadSync(watched('', env), {}))).toEqual({ db: { password: 'from outside' } });
    expect(plain(loadSync(watched(), { overrides: { db: { password: 'mine' } } }))).toEqual({
      db: { password: 'mine' },
    });
    expect(loadSync(watched(), { public: ['db.password'] })).toMatchObject({ db: { password: 'first' } });
    const validate = vi.fn((value: unknown) => ({ value: { checked: value } }));
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate } };
    for (let i = 0; i < 2; i++) expect(plain(loadSync(watched(), { schema }))).toEqual({ checked: plain(before) });
    expect(validate).toHaveBeenCalledTimes(2);
    expect(reads).toEqual([]);
    expect(() => loadSync(watched(), { pubic: [] } as LoadOptions)).toThrow('pubic');
  });

  it('each question has its own answer', async () => {
    const [top, app] = [await first(), await first(watched('app'))];
    expect([plain(top), plain(app)]).toEqual([{ db: { password: 'first' } }, { at: 'app' }]);
    const named = await first(watched(), { files: 'app/secrets.json' });
    expect(plain(loadSync(watched(), { files: 'app/secrets.json' }))).toEqual(plain(named));
    expect(plain(loadSync(watched(), {}))).toEqual({ db: { password: 'first' } });
    expect(plain(loadSync(watched(), { root: 'app' }))).toEqual({ at: 'app' });
  });
});

describe('nothing is kept that the program does not hold', () => {
  it('what was disposed of is read again', async () => {
    const secrets = await first();
    secrets[Symbol.dispose]();
    loadSync(watched(), {});
    expect(reads).toContain(at('secrets.json.age'));
  });

  it('what was collected is read again', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await first();
    for (let i = 0; i < 3; i++) {
      await nextTick();
      collect();
    }
    loadSync(watched(), {});
    expect(reads).toContain(at('secrets.json.age'));
  });
});

describe('what is done each time', () => {
  const cases: Record<string, () => LoadOptions> = {
    'with keys of its own': () => ({ identities: vault.identity }),
    'with somebody to ask': () => ({ passphrase: () => '' }),
    'with warnings to be given': () => ({ authenticity: 'warn' }),
  };
  it.each(Object.entries(cases))('%s', async (_, options) => {
    const secrets = await first(watched(), options());
    expect(plain(loadSync(watched(), options()))).toEqual(plain(secrets));
    expect(reads).toContain(at('secrets.json.age'));
  });

  it('what was written a moment ago', async () => {
    vi.useRealTimers();
    const secrets = await first();
    expect(plain(loadSync(watched(), {}))).toEqual(plain(secrets));
    expect(reads).toContain(at('secrets.json.age'));
  });

  it('a key that a program answers with', async () => {
    const env = { BLACKBOX_IDENTITY_CMD: 'print my-key' };
    const asked = vi.fn(() => Buffer.from(vault.identity));
    const host = { ...watched('', env), runForOutput: asked };
    await first(host);
    loadSync(host, {});
    expect(asked).toHaveBeenCalledTimes(2);
  });
});

/** What somebody does between two loads, and what the second one says then. */
interface Change {
  readonly where?: string;
  readonly env?: () => VaultHost['env'];
  readonly begin?: () => void;
  readonly change: () => unknown;
  readonly after?: () => VaultHost['env'];
  readonly says: RegExp | unknown;
}

const changes: Record<string, Change> = {
  'a file is sealed anew': {
    change: () => vault.seal({ 'secrets.json': '{"db":{"password":"second"}}' }),
    says: { db: { password: 'second' } },
  },
  'a file is gone': { change: () => rmSync(at('secrets.json.age')), says: /secrets\.json\.age/ },
  'a file is put back from an old copy': {
    begin: () => cpSync(at('app/secrets.json.age'), at('old')),
    change: () => renameSync(at('old'), at('secrets.json.age')),
    says: /was sealed as app\/secrets\.json/,
  },
  'a folder is put in the place of another': {
    where: 'app',
    begin: () => mkdirSync(at('other')),
    change: () => {
      renameSync(at('app'), at('gone'));
      renameSync(at('other'), at('app'));
    },
    says: /secrets\.json\.age/,
  },
  'the registry names it no more': {
    change: () => vault.write('.blackbox/files', 'app/secrets.json\n'),
    says: /registered|no secrets/,
  },
  'its audience is another one': {
    change: () => vault.write('.blackbox/files', 'app/secrets.json\nsecrets.json\tops\n'),
    says: { db: { password: 'first' } },
  },
  'a statement is there that is none': {
    change: () => vault.write('.blackbox/roster/0.json', '{}'),
    says: /roster/,
  },
  'the vault is another one': {
    change: () => vault.write('.blackbox/vault.json', '{"version":1,"id":"00"}'),
    says: /vault\.json/,
  },
  'the vault is reached through a symlink': {
    change: () => {
      renameSync(at('.blackbox'), at('moved'));
      symlinkSync('moved', at('.blackbox'));
    },
    says: /symlink/,
  },
  'another vault is insisted on': {
    change: () => {},
    after: () => ({ BLACKBOX_IDENTITY: vault.identity, BLACKBOX_VAULT: '1'.repeat(64) }),
    says: /vault/,
  },
  'another vault was pinned': {
    change: () => vault.write('.git/blackbox-ts/vault', `${'1'.repeat(64)}\n`),
    says: /vault/,
  },
  'the key is taken away': { change: () => {}, after: () => ({}), says: /identity|key/ },
  'the key is another one': {
    change: () => {},
    after: () => ({ BLACKBOX_IDENTITY: generateIdentity().identity }),
    says: /recipient/,
  },
  'the key file is removed': {
    env: () => ({ BLACKBOX_IDENTITY_FILE: at('key') }),
    begin: () => writeFileSync(at('key'), vault.identity, { mode: 0o600 }),
    change: () => rmSync(at('key')),
    says: /identity|key/,
  },
  'the mounted key leads elsewhere': {
    env: () => ({ BLACKBOX_IDENTITY_FILE: at('mount/key') }),
    begin: () => {
      for (const [name, text] of [
        ['one', vault.identity],
        ['two', generateIdentity().identity],
      ] as const) {
        mkdirSync(at(name));
        writeFileSync(at(name, 'key'), text);
      }
      symlinkSync('one', at('mount'));
    },
    change: () => {
      rmSync(at('mount'));
      symlinkSync('two', at('mount'));
    },
    says: /recipient/,
  },
  'a local file lies beside it': {
    change: () => vault.write('secrets.local.json', '{"db":{"password":"local"}}'),
    says: { db: { password: 'local' } },
  },
  'another repository begins below': {
    where: 'app',
    change: () => cpSync(at('.git'), at('app/.git'), { recursive: true }),
    says: /no vault|vault/,
  },
  'the environment is another one': {
    begin: () => {},
    change: () => vault.seal({ 'secrets.production.json': '{"db":{"password":"live"}}' }),
    after: () => ({ BLACKBOX_IDENTITY: vault.identity, NODE_ENV: 'production' }),
    says: { db: { password: 'live' } },
  },
};

describe('as if it were the first time, when between two loads', () => {
  it.each(Object.entries(changes))('%s', async (_, { where, env, begin, change, after, says }) => {
    begin?.();
    const secrets = await first(watched(where, env?.()));
    await change();
    const host = watched(where, after?.() ?? env?.());
    if (says instanceof RegExp) expect(() => loadSync(host, {})).toThrow(says);
    else expect(plain(loadSync(host, {}))).toEqual(says);
    expect(plain(secrets)).toEqual(where === 'app' ? { at: 'app' } : { db: { password: 'first' } });
  });

  it('a file goes as soon as it was loaded', () => {
    const secrets = loadSync(watched(), {});
    rmSync(at('secrets.json.age'));
    expect(() => loadSync(watched(), {})).toThrow('secrets.json');
    expect(plain(secrets)).toEqual({ db: { password: 'first' } });
  });

  it('a file is changed while it is loaded', async () => {
    const host = watched();
    const { read } = host.files;
    const late = {
      ...host,
      files: {
        ...host.files,
        read: (path: string, limit?: number) => {
          const content = read(path, limit);
          // Back to its own time: the clock of the file system is not the one that the tests have put forward.
          if (path.endsWith('vault.json')) writeFileSync(at('.blackbox/files'), readFileSync(at('.blackbox/files')));
          return content;
        },
      },
    };
    vi.useRealTimers();
    await first(late);
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout'], now: Date.now() + 3_600_000 });
    loadSync(watched(), {});
    expect(reads).toContain(at('secrets.json.age'));
  });

  it('no repository was there, and one is now', async () => {
    const image = join(dirname(vault.root), 'image');
    cpSync(vault.root, image, { recursive: true, filter: (path) => !path.endsWith('.git') });
    expect(existsSync(join(image, '.git'))).toBe(false);
    const env = { BLACKBOX_IDENTITY: vault.identity, BLACKBOX_VAULT: vault.founder };
    const host = () => ({ ...watched('', env), cwd: image });
    const before = await first(host());
    expect(plain(loadSync(host(), {}))).toEqual(plain(before));
    expect(reads).toEqual([]);
    cpSync(at('.git'), join(dirname(image), '.git'), { recursive: true });
    expect(() => loadSync(host(), {})).toThrow(/no vault/);
  });

  it('gpg is not asked for what is remembered', async () => {
    const secrets = await first();
    expect(plain(loadSync({ ...watched(), gpg: noGpg }, {}))).toEqual(plain(secrets));
    expect(reads).toEqual([]);
  });
});
