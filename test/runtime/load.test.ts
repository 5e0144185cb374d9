import { generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateIdentity, parseRecipient, sealPayload, unwrapSync, x25519Identity } from '../../src/age/index.js';
import { BlackboxError } from '../../src/errors.js';
import { type LoadOptions, loadBytes, loadBytesSync, loadTree, loadTreeSync } from '../../src/runtime/index.js';
import { inspectSealed, type VaultHost } from '../../src/vault/index.js';
import { type Fixture, newFixture, noGpg } from './fixture.js';

let vault: Fixture;
beforeEach(async () => {
  vault = await newFixture();
});
afterEach(() => vault[Symbol.dispose]());

/** The result of both loaders, which must be the same, errors included. */
async function load(host: VaultHost, options: LoadOptions = {}): Promise<unknown> {
  const outcome = (run: () => unknown) =>
    Promise.resolve()
      .then(run)
      .then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
  const once = await outcome(() => loadTreeSync(host, options));
  const later = await outcome(() => loadTree(host, options));
  expect(later).toEqual(once);
  if ('error' in once) throw once.error;
  return once.value;
}

async function refusal(host: VaultHost, options: LoadOptions = {}): Promise<BlackboxError> {
  const error = await load(host, options).then(
    (value) => expect.unreachable(`loaded ${JSON.stringify(value)}`),
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(BlackboxError);
  return error as BlackboxError;
}

describe('which files', () => {
  it('takes secrets.<ext>, in every format, and the file of the environment over it', async () => {
    const contents: Record<string, [string, string]> = {
      json: ['{"db":{"host":"h","password":"p"},"list":[1,2]}', '{"db":{"password":"q"},"list":[3]}'],
      yaml: ['db: {host: h, password: p}\nlist: [1, 2]\n', 'db: {password: q}\nlist: [3]\n'],
      yml: ['db:\n  host: h\n  password: p\nlist: [1, 2]\n', 'db: {password: q}\nlist: [3]\n'],
      toml: ['list = [1, 2]\n[db]\nhost = "h"\npassword = "p"\n', 'list = [3]\n[db]\npassword = "q"\n'],
    };
    for (const [ext, [base, over]] of Object.entries(contents)) {
      using other = await newFixture();
      await other.seal({ [`secrets.${ext}`]: base, [`secrets.production.${ext}`]: over });
      expect(await load(other.host())).toStrictEqual({ db: { host: 'h', password: 'p' }, list: [1, 2] });
      expect(await load(other.host(), { environment: 'production' })).toStrictEqual({
        db: { host: 'h', password: 'q' },
        list: [3],
      });
    }
  });

  it('takes dotenv and INI as well, whose values are strings, and formats over each other', async () => {
    await vault.seal({ 'secrets.env': "A=$HOME\nB='$(id)'\n", 'secrets.test.ini': 'B = ini\n[db]\nport = 5432\n' });
    expect(await load(vault.host())).toStrictEqual({ A: '$HOME', B: '$(id)' });
    expect(await load(vault.host(), { environment: 'test' })).toStrictEqual({
      A: '$HOME',
      B: 'ini',
      db: { port: '5432' },
    });
  });

  it('names the environment by option, BLACKBOX_ENV, NODE_ENV, in this order', async () => {
    await vault.seal({
      'secrets.json': '{"a":"base"}',
      'secrets.one.json': '{"a":"one"}',
      'secrets.two.json': '{"a":"two"}',
    });
    const env = { BLACKBOX_IDENTITY: vault.identity };
    const named = (extra: object) => vault.host('', { ...env, ...extra });
    expect(await load(named({ NODE_ENV: 'one' }))).toEqual({ a: 'one' });
    expect(await load(named({ NODE_ENV: 'one', BLACKBOX_ENV: 'two' }))).toEqual({ a: 'two' });
    expect(await load(named({ NODE_ENV: 'one', BLACKBOX_ENV: '' }))).toEqual({ a: 'one' });
    expect(await load(named({ BLACKBOX_ENV: 'two' }), { environment: 'one' })).toEqual({ a: 'one' });
    expect(await load(named({ BLACKBOX_ENV: 'two' }), { environment: '' })).toEqual({ a: 'base' });
    expect(await load(named({ NODE_ENV: 'three' }))).toEqual({ a: 'base' });
    expect(await load(named({ NODE_ENV: '__proto__' }))).toEqual({ a: 'base' });
  });

  it("takes the environment's file alone where there is no other", async () => {
    await vault.seal({ 'secrets.production.json': '{"a":1}' });
    expect(await load(vault.host(), { environment: 'production' })).toEqual({ a: 1 });
    expect((await refusal(vault.host())).code).toBe('ERR_BLACKBOX_NOT_REGISTERED');
  });

  it('takes the nearest folder that has one, whole, on the way up to the top', async () => {
    await vault.seal({
      'secrets.json': '{"at":"top","top":1}',
      'apps/web/secrets.json': '{"at":"web"}',
      'apps/secrets.other.json': '{}',
    });
    mkdirSync(join(vault.root, 'apps/web/src/deep'), { recursive: true });
    mkdirSync(join(vault.root, 'apps/api'));
    expect(await load(vault.host('apps/web/src/deep'))).toEqual({ at: 'web' });
    expect(await load(vault.host('apps/api'))).toEqual({ at: 'top', top: 1 });
    expect(await load(vault.host('apps/api'), { root: '../web/src' })).toEqual({ at: 'web' });
    expect(await load(vault.host(), { root: join(vault.root, 'apps/web') })).toEqual({ at: 'web' });
  });

  it('does not let the folder above the repository answer', async () => {
    await vault.seal({ 'secrets.json': '{"at":"top"}' });
    const inner = join(vault.root, 'inner');
    mkdirSync(join(inner, '.git/objects'), { recursive: true });
    mkdirSync(join(inner, '.git/refs'));
    writeFileSync(join(inner, '.git/HEAD'), 'ref: refs/heads/main\n');
    expect((await refusal(vault.host('inner'))).code).toBe('ERR_BLACKBOX_NO_VAULT');
  });

  it('needs no .git where the root is the top of the vault, and looks no further up', async () => {
    await vault.seal({ 'secrets.json': '{"at":"top"}', 'apps/secrets.json': '{"at":"apps"}' });
    rmSync(join(vault.root, '.git'), { recursive: true });
    expect(await load(vault.host())).toEqual({ at: 'top' });
    expect(await load(vault.host('apps'), { root: '..' })).toEqual({ at: 'top' });
    expect(await load(vault.host(), { files: 'apps/secrets.json' })).toEqual({ at: 'apps' });
    expect((await refusal(vault.host('apps'))).code).toBe('ERR_BLACKBOX_NO_REPOSITORY');
    rmSync(join(vault.root, 'secrets.json.age'));
    expect((await refusal(vault.host())).code).toBe('ERR_BLACKBOX_SEALED_MISSING');
    rmSync(join(vault.root, '.blackbox/vault.json'));
    expect((await refusal(vault.host())).code).toBe('ERR_BLACKBOX_NO_REPOSITORY');
  });

  it('takes files by name, relative to the root, in their order', async () => {
    await vault.seal({ 'a.json': '{"x":"a","only":1}', 'conf/b.yaml': 'x: b\n', '.env': 'x=env\n' });
    expect(await load(vault.host(), { files: 'a.json' })).toEqual({ x: 'a', only: 1 });
    expect(await load(vault.host(), { files: ['a.json', 'conf/b.yaml'] })).toEqual({ x: 'b', only: 1 });
    expect(await load(vault.host(), { files: ['conf/b.yaml', './a.json', '.env'] })).toEqual({ x: 'env', only: 1 });
    expect(await load(vault.host('conf'), { files: ['b.yaml', '../a.json'] })).toEqual({ x: 'a', only: 1 });
    expect(await load(vault.host('conf'), { root: '..', files: 'a.json' })).toEqual({ x: 'a', only: 1 });
    expect(await load(vault.host('conf'), { files: join(vault.root, 'a.json') })).toEqual({ x: 'a', only: 1 });
    expect(
      await load(vault.host('', { BLACKBOX_IDENTITY: vault.identity, BLACKBOX_ENV: 'x' }), { files: 'a.json' }),
    ).toEqual({ x: 'a', only: 1 });
  });

  it('follows a symlink to the root, and none within', async () => {
    await vault.seal({ 'apps/web/secrets.json': '{"at":"web"}' });
    symlinkSync(join(vault.root, 'apps/web'), join(vault.home, 'link'));
    expect(await load(vault.host(), { root: join(vault.home, 'link') })).toEqual({ at: 'web' });
    expect(await load(vault.host(), { root: join(vault.home, 'link'), files: 'secrets.json' })).toEqual({ at: 'web' });
    symlinkSync(join(vault.root, 'apps'), join(vault.root, 'alias'));
    expect((await refusal(vault.host(), { files: 'alias/web/secrets.json' })).code).toBe('ERR_BLACKBOX_NOT_REGISTERED');
  });

  it('refuses two files of one name in different formats', async () => {
    await vault.seal({
      'secrets.json': '{}',
      'secrets.yaml': 'a: 1\n',
      'secrets.prod.env': 'A=1',
      'secrets.prod.toml': '',
    });
    const error = await refusal(vault.host());
    expect(error.code).toBe('ERR_BLACKBOX_AMBIGUOUS_FILES');
    expect(error.message).toContain('secrets.json and secrets.yaml');
    expect(await load(vault.host(), { files: ['secrets.json', 'secrets.yaml'] })).toEqual({ a: 1 });
    using other = await newFixture();
    await other.seal({ 'secrets.json': '{}', 'secrets.prod.env': 'A=1', 'secrets.prod.toml': '' });
    expect((await refusal(other.host(), { environment: 'prod' })).message).toContain(
      'secrets.prod.env and secrets.prod.toml',
    );
  });

  it('refuses what is not registered, and says what is', async () => {
    await vault.seal({ 'config/app.json': '{}' });
    vault.write('secrets.json', '{"stray":true}');
    const none = await refusal(vault.host(), { environment: 'prod' });
    expect(none.code).toBe('ERR_BLACKBOX_NOT_REGISTERED');
    expect(none.message).toContain('secrets.prod.<ext>');
    expect(none.message).toContain('config/app.json');
    expect((await refusal(vault.host(), { files: 'secrets.json' })).code).toBe('ERR_BLACKBOX_NOT_REGISTERED');
    expect((await refusal(vault.host(), { files: '../x.json' })).code).toBe('ERR_BLACKBOX_PATH_REFUSED');
    expect((await refusal(vault.host(), { files: '.blackbox/vault.json' })).code).toBe('ERR_BLACKBOX_PATH_REFUSED');
  });

  it('refuses options that say nothing', async () => {
    await vault.seal({ 'secrets.json': '{}' });
    for (const options of [
      { files: '' },
      { files: [] },
      { files: ['secrets.json', ''] },
      { identities: '' },
      { identities: [] },
      { environment: 'a/b' },
    ]) {
      expect((await refusal(vault.host(), options)).code).toBe('ERR_BLACKBOX_BAD_OPTION');
    }
    // What JavaScript lets pass: each of these would load something else than was meant.
    const nonsense: unknown[] = ['secrets.json', ['secrets.json'], null, 3, { root: 7 }, { environment: 1 }];
    nonsense.push({ passphrase: 'x' }, { local: 5 }, { local: true }, { files: 'secrets.json', environment: 'prod' });
    for (const options of nonsense)
      expect((await refusal(vault.host(), options as LoadOptions)).code).toBe('ERR_BLACKBOX_BAD_OPTION');
    const misspelled = await refusal(vault.host(), { enviroment: 'prod' } as LoadOptions);
    expect([misspelled.sentence, misspelled.hints]).toEqual([
      'there is no option enviroment',
      ['perhaps environment is meant'],
    ]);
    const unset: LoadOptions = {
      files: undefined,
      identities: undefined,
      environment: undefined,
      root: undefined,
      passphrase: undefined,
    };
    expect(await load(vault.host(), unset)).toEqual({});
  });
});

describe('bytes of a file', () => {
  it('are what was sealed, whatever the format', async () => {
    const content = Buffer.from([0, 255, 1, 13, 10]);
    await vault.seal({ 'certs/key.p12': content, 'broken.json': '{', empty: '' });
    expect(loadBytesSync(vault.host('certs'), 'key.p12', {})).toEqual(content);
    expect(await loadBytes(vault.host(), 'certs/key.p12', {})).toEqual(content);
    expect(loadBytesSync(vault.host(), 'broken.json', {}).toString()).toBe('{');
    expect(loadBytesSync(vault.host(), 'empty', {})).toHaveLength(0);
  });

  it('are not what loadSecrets is for', async () => {
    await vault.seal({ 'key.pem': 'x', 'secrets.json': '{}' });
    const error = await refusal(vault.host('', {}), { files: ['secrets.json', 'key.pem'] });
    expect(error.code).toBe('ERR_BLACKBOX_NOT_STRUCTURED');
    expect(error.message).toContain('loadFile');
  });
});

describe('fails closed', () => {
  const stray = '{"password":"stray-plaintext"}';

  it('without a repository or a vault', async () => {
    const host = vault.host();
    expect((await refusal(host, { root: vault.home })).code).toBe('ERR_BLACKBOX_NO_REPOSITORY');
    rmSync(join(vault.root, '.blackbox'), { recursive: true });
    vault.write('secrets.json', stray);
    expect((await refusal(host)).code).toBe('ERR_BLACKBOX_NO_VAULT');
  });

  it('without an identity, naming everything that was tried', async () => {
    await vault.seal({ 'secrets.json': '{"password":"sealed"}' });
    vault.write('secrets.json', stray);
    const error = await refusal(vault.host('', {}));
    expect(error.code).toBe('ERR_BLACKBOX_NO_IDENTITY');
    const expected = [
      'BLACKBOX_IDENTITY',
      'BLACKBOX_IDENTITY_FILE',
      'BLACKBOX_IDENTITY_CMD',
      'SOPS_AGE_KEY',
      'id_ed25519',
      'id_rsa',
      join('blackbox-ts', 'identity'),
    ];
    for (const source of expected) expect(error.attempts.join('\n')).toContain(source);
    // In the order in which docs/loader.md says that they are looked for.
    const order = ['BLACKBOX_IDENTITY', 'SOPS_AGE_KEY', join('blackbox-ts', 'identity'), 'id_ed25519', 'id_rsa'];
    const places = order.map((source) => error.message.indexOf(source));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(error.message).not.toContain('stray-plaintext');
    expect(error.message).toContain('alice');
  });

  it('with an identity that the file is not sealed for', async () => {
    await vault.seal({ 'secrets.json': '{"password":"sealed"}' });
    vault.write('secrets.json', stray);
    const other = generateIdentity().identity;
    const error = await refusal(vault.host('', { BLACKBOX_IDENTITY: other }));
    expect(error.code).toBe('ERR_BLACKBOX_NOT_A_RECIPIENT');
    expect(error.message).not.toContain(other);
    // The file, who can read it, what was tried and why it failed, and the command that mends it.
    for (const words of ['secrets.json', 'alice', 'BLACKBOX_IDENTITY', 'blackbox-ts admin add'])
      expect(error.message).toContain(words);
    expect(error.attempts.join('\n')).toMatch(/BLACKBOX_IDENTITY: \S+/);
  });

  it('when the sealed file is missing, although the plaintext is there', async () => {
    vault.register('secrets.json');
    vault.write('secrets.json', stray);
    expect((await refusal(vault.host())).code).toBe('ERR_BLACKBOX_SEALED_MISSING');
  });

  it('when one of several files cannot be had', async () => {
    await vault.seal({ 'secrets.json': '{"a":1}' });
    vault.register('secrets.production.json');
    expect((await refusal(vault.host(), { environment: 'production' })).code).toBe('ERR_BLACKBOX_SEALED_MISSING');
  });

  it('when the sealed file is anything else', async () => {
    await vault.seal({ 'secrets.json': '{"password":"sealed"}' });
    const sealed = readFileSync(join(vault.root, 'secrets.json.age'));
    const flipped = Buffer.from(sealed);
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    const marked = Buffer.from(sealed);
    marked[sealed.indexOf('X25519') + 12] = (marked[sealed.indexOf('X25519') + 12] ?? 0) ^ 1;
    const others: readonly (readonly [bytes: string | Uint8Array, code: string])[] = [
      [stray, 'NOT_SEALED'],
      ['', 'NOT_SEALED'],
      [sealed.subarray(0, 40), 'NOT_SEALED'],
      [sealed.subarray(0, -1), 'DAMAGED'],
      [Buffer.concat([sealed, sealed]), 'DAMAGED'],
      [flipped, 'DAMAGED'],
      [marked, 'NOT_AUTHENTIC'],
    ];
    for (const [bytes, expected] of others) {
      vault.write('secrets.json.age', bytes);
      const { code, message } = await refusal(vault.host());
      expect(code).toBe(`ERR_BLACKBOX_${expected}`);
      expect(message).not.toContain('stray');
    }
  });

  it('when the content does not parse, without showing it', async () => {
    await vault.seal({
      'secrets.json': '{"password": hunter2}',
      'list.json': '["hunter2"]',
      'latin.env': Buffer.from([0x41, 0x3d, 0xe4]),
    });
    const error = await refusal(vault.host());
    expect(error.code).toBe('ERR_BLACKBOX_SYNTAX');
    expect(error.message).toContain('secrets.json');
    expect(error.message).toContain('line 1, column 14');
    expect(error.hints).toEqual(['to mend it: blackbox-ts edit secrets.json']);
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('hunter2');
    expect((await refusal(vault.host(), { files: 'list.json' })).code).toBe('ERR_BLACKBOX_NOT_STRUCTURED');
    expect((await refusal(vault.host(), { files: 'latin.env' })).code).toBe('ERR_BLACKBOX_NOT_TEXT');
  });

  it('with a registry or a sealed file that is a symlink', async () => {
    await vault.seal({ 'secrets.json': '{"a":1}' });
    const elsewhere = join(vault.home, 'elsewhere');
    writeFileSync(elsewhere, readFileSync(join(vault.root, 'secrets.json.age')));
    rmSync(join(vault.root, 'secrets.json.age'));
    symlinkSync(elsewhere, join(vault.root, 'secrets.json.age'));
    await refusal(vault.host());
  });
});

describe('authentic', () => {
  const sealedBy = (other: Fixture, path: string) => readFileSync(join(other.root, `${path}.age`));
  /** What a program is warned of while it loads. */
  async function warned(work: () => Promise<unknown>): Promise<{ value: unknown; warnings: unknown[][] }> {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    try {
      return { value: await work(), warnings: [...emit.mock.calls] };
    } finally {
      emit.mockRestore();
    }
  }

  it('refuses what was sealed elsewhere: another file, another vault, somebody who may not', async () => {
    await vault.seal({ 'secrets.json': '{"a":1}', 'staging.json': '{"a":2}' });
    const good = sealedBy(vault, 'secrets.json');
    vault.write('secrets.json.age', sealedBy(vault, 'staging.json'));
    const swapped = await refusal(vault.host());
    expect(swapped.code).toBe('ERR_BLACKBOX_NOT_AUTHENTIC');
    expect(swapped.message).toContain('it was sealed as staging.json');
    using other = await newFixture();
    await other.seal({ 'secrets.json': '{"a":3}' }, [parseRecipient(vault.recipient)]);
    vault.write('secrets.json.age', sealedBy(other, 'secrets.json'));
    const foreign = await refusal(vault.host());
    expect(foreign.code).toBe('ERR_BLACKBOX_NOT_AUTHENTIC');
    expect(foreign.message).toContain('secrets.json.age is not authentic: it is signed with a key that nobody has');
    vault.write('secrets.json.age', good);
    expect(await load(vault.host())).toEqual({ a: 1 });
  });

  it('only warns where it is told to, and says which file', async () => {
    await vault.seal({ 'secrets.json': '{"a":1}', 'staging.json': '{"a":2}' });
    vault.write('secrets.json.age', sealedBy(vault, 'staging.json'));
    const options = { files: ['secrets.json', 'staging.json'], authenticity: 'warn' } as const;
    const { value, warnings } = await warned(() => loadTree(vault.host(), options));
    expect(value).toEqual({ a: 2 });
    expect(warnings).toEqual([
      [expect.stringContaining('secrets.json.age is not authentic'), { code: 'BLACKBOX_NOT_AUTHENTIC' }],
    ]);
    const once = await warned(async () => loadBytesSync(vault.host(), 'secrets.json', { authenticity: 'warn' }));
    expect([String(once.value), once.warnings.length]).toEqual(['{"a":2}', 1]);
    await refusal(vault.host(), { authenticity: 'require' });
    await refusal(vault.host(), { authenticity: undefined });
    const nonsense = { authenticity: 'off' } as unknown as LoadOptions;
    expect((await refusal(vault.host(), nonsense)).code).toBe('ERR_BLACKBOX_BAD_OPTION');
  });

  it('warns, too, of a payload that opens and is not the one that was signed', async () => {
    await vault.seal({ 'secrets.json': '{"a":1}' });
    const sealed = sealedBy(vault, 'secrets.json');
    const { header } = inspectSealed(sealed, '');
    const fileKey = unwrapSync(header.stanzas.slice(1), [x25519Identity(vault.identity)]) ?? Buffer.alloc(16);
    const payload = [...sealPayload(fileKey, [Buffer.from('{"a":"theirs"}')])];
    vault.write('secrets.json.age', Buffer.concat([sealed.subarray(0, header.length), ...payload]));
    const error = await refusal(vault.host());
    expect(error.code).toBe('ERR_BLACKBOX_NOT_AUTHENTIC');
    expect(error.message).toContain('its content is not the one that was signed');
    const { value, warnings } = await warned(async () => loadTreeSync(vault.host(), { authenticity: 'warn' }));
    expect([value, warnings.length]).toEqual([{ a: 'theirs' }, 1]);
  });

  it('takes only the vault that is pinned: by option, by BLACKBOX_VAULT, by this clone', async () => {
    await vault.seal({ 'secrets.json': '{"a":1}' });
    const env = { BLACKBOX_IDENTITY: vault.identity };
    const other = 'ab'.repeat(32);
    expect(await load(vault.host(), { vault: vault.founder })).toEqual({ a: 1 });
    expect(await load(vault.host('', { ...env, BLACKBOX_VAULT: ` ${vault.founder.toUpperCase()}\n` }))).toEqual({
      a: 1,
    });
    // The option counts, whatever the environment says.
    expect(await load(vault.host('', { ...env, BLACKBOX_VAULT: other }), { vault: vault.founder })).toEqual({ a: 1 });
    // A variable that is set to nothing insists on something that no vault is, rather than on nothing.
    for (const pin of [other, '', ' ', vault.founder.slice(0, 16)]) {
      expect((await refusal(vault.host(), { vault: pin })).code).toBe('ERR_BLACKBOX_VAULT_REPLACED');
      const insisting = vault.host('', { ...env, BLACKBOX_VAULT: pin });
      expect((await refusal(insisting)).code).toBe('ERR_BLACKBOX_VAULT_REPLACED');
    }
    const told = await refusal(vault.host('', { ...env, BLACKBOX_VAULT: other }));
    expect(told.code).toBe('ERR_BLACKBOX_VAULT_REPLACED');
    expect(told.message).toContain('BLACKBOX_VAULT');
    mkdirSync(join(vault.root, '.git/blackbox-ts'), { recursive: true });
    writeFileSync(join(vault.root, '.git/blackbox-ts/vault'), `${other}\n`);
    expect((await refusal(vault.host())).code).toBe('ERR_BLACKBOX_VAULT_REPLACED');
    rmSync(join(vault.root, '.git'), { recursive: true });
    expect(await load(vault.host(), { vault: vault.founder })).toEqual({ a: 1 });
    expect((await refusal(vault.host(), { vault: other })).code).toBe('ERR_BLACKBOX_VAULT_REPLACED');
  });

  it('refuses a whole vault that was put in its place', async () => {
    await vault.seal({ 'secrets.json': '{"a":1}' });
    using other = await newFixture();
    await other.seal({ 'secrets.json': '{"a":"theirs"}' }, [parseRecipient(vault.recipient)]);
    rmSync(join(vault.root, '.blackbox'), { recursive: true });
    cpSync(join(other.root, '.blackbox'), join(vault.root, '.blackbox'), { recursive: true });
    vault.write('secrets.json.age', sealedBy(other, 'secrets.json'));
    for (const options of [{ vault: vault.founder }, { vault: vault.founder, authenticity: 'warn' } as const]) {
      expect((await refusal(vault.host(), options)).code).toBe('ERR_BLACKBOX_VAULT_REPLACED');
    }
  });
});

describe('identities', () => {
  const bare = (host: VaultHost) => ({ ...host, env: {} });

  it('may be given as text or file, one or many, and then no other is looked at', async () => {
    await vault.seal({ 'secrets.json': '{"a":1}' });
    const file = join(vault.home, 'key.txt');
    writeFileSync(file, `# a key\n${vault.identity}\n`);
    const other = generateIdentity().identity;
    for (const identities of [vault.identity, file, [vault.identity], [other, file], '../home/key.txt']) {
      expect(await load(bare(vault.host()), { identities })).toEqual({ a: 1 });
    }
    expect((await refusal(vault.host(), { identities: other })).code).toBe('ERR_BLACKBOX_NOT_A_RECIPIENT');
    const missing = await refusal(vault.host(), { identities: ['no-such-file', vault.identity] });
    expect(missing.message).toContain('no-such-file');
  });

  it('are relative to the working directory, whatever the root', async () => {
    await vault.seal({ 'apps/secrets.json': '{"a":1}' });
    writeFileSync(join(vault.root, 'key.txt'), vault.identity);
    expect(await load(bare(vault.host()), { root: 'apps', identities: 'key.txt' })).toEqual({ a: 1 });
  });

  it('come from sops variables, from the config folder, from ~/.ssh', async () => {
    await vault.seal({ 'secrets.json': '{"a":1}' });
    expect(await load(vault.host('', { SOPS_AGE_KEY: vault.identity }))).toEqual({ a: 1 });
    mkdirSync(join(vault.home, '.config/blackbox-ts'), { recursive: true });
    writeFileSync(join(vault.home, '.config/blackbox-ts/identity'), vault.identity, { mode: 0o600 });
    expect(await load(vault.host('', {}))).toEqual({ a: 1 });
  });

  it('open files sealed for SSH keys, synchronously', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { n, e } = publicKey.export({ format: 'jwk' });
    const part = (bytes: Buffer) => Buffer.concat([Buffer.from(Uint32Array.of(bytes.length).buffer).reverse(), bytes]);
    const integer = (text = '') => part(Buffer.concat([Buffer.from([0]), Buffer.from(text, 'base64url')]));
    const exponent = part(Buffer.from(e ?? '', 'base64url'));
    const line = `ssh-rsa ${Buffer.concat([part(Buffer.from('ssh-rsa')), exponent, integer(n)]).toString('base64')}`;
    await vault.seal({ 'secrets.json': '{"a":"rsa"}' }, [parseRecipient(line)]);
    mkdirSync(join(vault.home, '.ssh'));
    writeFileSync(join(vault.home, '.ssh/id_rsa'), privateKey.export({ format: 'pem', type: 'pkcs1' }), {
      mode: 0o600,
    });
    expect(await load(vault.host('', {}))).toEqual({ a: 'rsa' });
  });

  it('among twenty recipients the right one is found', async () => {
    const people = Array.from({ length: 19 }, () => parseRecipient(generateIdentity().recipient));
    const own = generateIdentity();
    await vault.seal({ 'secrets.json': '{"a":1}' }, [...people, parseRecipient(own.recipient)]);
    expect(await load(vault.host('', { BLACKBOX_IDENTITY: own.identity }))).toEqual({ a: 1 });
  });
});

describe('quiet', () => {
  it('writes nothing, and starts no git, to meet a vault for the first time', async () => {
    await vault.seal({ 'secrets.json': '{"a":1}' });
    const state = join(vault.root, '.git/blackbox-ts');
    rmSync(state, { recursive: true, force: true });
    const host = vault.host();
    const open = () => {
      throw new Error('git was started');
    };
    expect(await load({ ...host, git: { ...host.git, open } })).toEqual({ a: 1 });
    expect(existsSync(state)).toBe(false);
  });

  it('prints nothing, asks nobody, and leaves the environment alone', async () => {
    await vault.seal({ 'secrets.env': 'BLACKBOX_TEST_VALUE=1\nPATH=/nowhere\n' });
    const before = JSON.stringify(process.env);
    const writes = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
    try {
      expect(await load(vault.host())).toEqual({ BLACKBOX_TEST_VALUE: '1', PATH: '/nowhere' });
      await refusal(vault.host('', {}));
      for (const write of writes) expect(write).not.toHaveBeenCalled();
    } finally {
      for (const write of writes) write.mockRestore();
    }
    expect(JSON.stringify(process.env)).toBe(before);
    expect(noGpg.secretFingerprints).toThrow();
  });

  it("gives an object of the caller's own", async () => {
    await vault.seal({ 'secrets.json': '{"a":{"b":1},"__proto__":{"c":1}}' });
    const first = loadTreeSync(vault.host(), {}) as { a: { b: number } };
    first.a.b = 2;
    expect((loadTreeSync(vault.host(), {}) as { a: { b: number } }).a.b).toBe(1);
    expect(Object.getPrototypeOf(first)).toBe(Object.prototype);
    expect((first as unknown as { c?: number }).c).toBeUndefined();
    expect(Object.keys(first)).toEqual(['a', '__proto__']);
  });
});
