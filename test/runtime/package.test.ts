/** The library as programs get it: as npm would publish it, in processes of their own. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileFunction, createContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { generateIdentity, generatePqIdentity, parseRecipient, parseRecipientFile } from '../../src/age/index.js';
import type * as source from '../../src/index.js';
import { lacks } from '../harness/programs.js';
import { packageRoot } from '../harness/run.js';
import { type Fixture, newFixture } from './fixture.js';

let world: string;
let vault: Fixture;

/** What is built twice: where its dependencies are, and where there is nothing else, so that loading any package fails. */
const built = (place: 'whole' | 'alone') => join(place === 'whole' ? packageRoot : world, 'dist');
const library = (place: 'whole' | 'alone') => join(built(place), 'index.mjs');

beforeAll(async () => {
  world = realpathSync(mkdtempSync(join(tmpdir(), 'bb-lib-')));
  cpSync(built('whole'), built('alone'), { recursive: true });
  vault = await newFixture();
});

afterAll(() => {
  vault[Symbol.dispose]();
  rmSync(world, { recursive: true, force: true });
});

function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: vault.home, GNUPGHOME: join(world, 'gpg'), ...extra };
}

/** What a program in the repository prints as JSON. It may print nothing else. */
function run(
  code: string,
  extra?: Record<string, string>,
  options: readonly string[] = ['--input-type=module'],
): unknown {
  const child = spawnSync(process.execPath, [...options, '-e', code], {
    cwd: vault.root,
    env: environment(extra),
    encoding: 'utf8',
  });
  expect(child.stderr).toBe('');
  return JSON.parse(child.stdout);
}

const show = (expression: string) => `console.log(JSON.stringify(${expression}));`;
const outcome = (call: string) => `await (async () => ${call})().catch(({ code, message }) => ({ code, message }))`;

/** Modules that lead out of a process. */
const waysOut =
  'child_process|cluster|dgram|dns\\/promises|http|http2|https|inspector|net|readline|tls|worker_threads|worker';
/** Those that a program has loaded: an expression for it to print. */
const outside = `process.moduleLoadList.filter((m) => /^NativeModule (internal\\/)?(${waysOut})$/.test(m)).sort()`;

/** What the library takes of Node.js itself, but for ways out. */
function builtins(): string {
  const files = readdirSync(built('alone'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.js'),
  );
  const code = files.map((name) => readFileSync(join(built('alone'), name), 'utf8')).join('\n');
  const names = [...new Set([...code.matchAll(/require\(["']node:([\w/]+)["']\)/g)].map(([, name = '']) => name))];
  return names
    .filter((name) => !new RegExp(`^(${waysOut})$`).test(name))
    .map((name) => `import 'node:${name}';`)
    .join(' ');
}

describe('loading', () => {
  it('takes no package and no way out of the process', async () => {
    await vault.seal({
      'secrets.json': '{"a":1}',
      '.env': 'A=1',
      'a.ini': 'a=1',
      'secrets.yaml': 'a: 1',
      'a.toml': 'a = 1',
    });
    const code = `
      import { loadSecrets, loadSecretsSync, loadFileSync, revealAll } from ${JSON.stringify(library('alone'))};
      const files = ['secrets.json', '.env', 'a.ini'];
      const results = [revealAll(loadSecretsSync({ files })), revealAll(await loadSecrets({ files })), loadFileSync('secrets.yaml').toString()];
      ${show(`{ results, outside: ${outside} }`)}`;
    // Node.js itself loads some of them, others in each of its lines.
    expect(builtins()).toContain("'node:crypto'");
    const bare = run(`${builtins()} ${show(outside)}`) as string[];
    expect(bare).not.toContain('NativeModule child_process');
    expect(run(code, { BLACKBOX_IDENTITY: vault.identity })).toEqual({
      results: [{ a: '1', A: '1' }, { a: '1', A: '1' }, 'a: 1'],
      outside: bare,
    });
  });

  it('takes a parser only for the file that needs it', () => {
    const code = `
      import { createRequire } from 'node:module';
      import { loadSecretsSync } from ${JSON.stringify(library('whole'))};
      const packages = () => Object.keys(createRequire(import.meta.url).cache).filter((f) => /node_modules/.test(f)).map((f) => /node_modules.([^/\\\\]+)/.exec(f)[1]);
      const steps = ['secrets.json', 'a.toml', 'secrets.yaml'].map((files) => [loadSecretsSync({ files }).a.reveal(), [...new Set(packages())]]);
      ${show('steps')}`;
    expect(run(code, { BLACKBOX_IDENTITY: vault.identity })).toEqual([
      [1, []],
      [1, ['smol-toml']],
      [1, ['smol-toml', 'yaml']],
    ]);
  });

  it('works by require(), with the same result', () => {
    const code = `
      const { loadSecretsSync, revealAll, BlackboxError } = require(${JSON.stringify(join(built('alone'), 'index.js'))});
      let code = null;
      try { loadSecretsSync({ files: 'none.json' }); } catch (error) { code = error instanceof BlackboxError && error.code; }
      ${show('[revealAll(loadSecretsSync({ files: "secrets.json" })), code]')}`;
    expect(run(code, { BLACKBOX_IDENTITY: vault.identity }, [])).toEqual([{ a: 1 }, 'ERR_BLACKBOX_NOT_REGISTERED']);
  });

  it('works in a realm of its own, as Jest runs programs: what the system throws is no Error there', async () => {
    const context = createContext({ process, Buffer, Uint8Array, ArrayBuffer, URL, setTimeout, clearTimeout });
    const loaded = new Map<string, { exports: unknown }>();
    const load = (file: string): unknown => {
      const known = loaded.get(file);
      if (known !== undefined) return known.exports;
      const module = { exports: {} };
      loaded.set(file, module);
      const require = createRequire(file);
      const inner = (name: string) => (name.startsWith('.') ? load(require.resolve(name)) : require(name));
      const words = ['module', 'exports', 'require', '__filename'];
      compileFunction(readFileSync(file, 'utf8'), words, { parsingContext: context })(
        module,
        module.exports,
        inner,
        file,
      );
      return module.exports;
    };
    const theirs = load(join(built('whole'), 'index.js')) as typeof source;
    vi.stubEnv('BLACKBOX_IDENTITY', vault.identity);
    try {
      const options = { root: vault.root, files: '.env' };
      expect(Object.keys(theirs.loadSecretsSync(options))).not.toEqual([]);
      expect((await theirs.loadSecrets(options)) instanceof Object).toBe(false);
      expect(() => theirs.loadSecretsSync({ root: vault.root, files: 'nope.env' })).toThrow(
        expect.objectContaining({ code: 'ERR_BLACKBOX_NOT_REGISTERED' }),
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('leaves process.env alone', () => {
    const code = `
      import { loadSecretsSync } from ${JSON.stringify(library('alone'))};
      const before = JSON.stringify(process.env);
      loadSecretsSync({ files: '.env' });
      ${show('before === JSON.stringify(process.env)')}`;
    expect(run(code, { BLACKBOX_IDENTITY: vault.identity })).toBe(true);
  });

  it('ends a program that does not catch, with a code and without a value', () => {
    const code = `import { loadSecretsSync } from ${JSON.stringify(library('alone'))}; console.log(loadSecretsSync({ files: 'secrets.json' }));`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: vault.root,
      env: environment(),
      encoding: 'utf8',
    });
    expect(child.status).not.toBe(0);
    expect(child.stdout).toBe('');
    expect(child.stderr).toContain("code: 'ERR_BLACKBOX_NO_IDENTITY'");
    // Node.js shows the line that threw above the message: it is to be one that leaves the message in sight.
    expect(Math.max(...child.stderr.split('\n').map((line) => line.length))).toBeLessThan(700);
  });

  it('offers what it promises, and nothing else', () => {
    const code = `import * as library from ${JSON.stringify(library('alone'))}; ${show('Object.keys(library)')}`;
    const promised = [
      'asPublic',
      'createCipher',
      'decrypt',
      'decryptSync',
      'encrypt',
      'encryptSync',
      'generateIdentity',
      'loadFile',
      'loadFileSync',
      'loadSecrets',
      'loadSecretsSync',
      'mockSecrets',
      'openVault',
      'revealAll',
      'watchSecrets',
    ];
    expect((run(code) as string[]).sort()).toEqual(['BlackboxError', 'Secret', 'codes', ...promised].sort());
  });

  it('reads age files as such', () => {
    const code = `
      import { decrypt, decryptSync, encrypt, encryptSync, generateIdentity } from ${JSON.stringify(library('alone'))};
      const { identity, recipient } = generateIdentity();
      const sealed = [await encrypt(Buffer.from('one'), [recipient]), encryptSync(Buffer.from('two'), [recipient])];
      ${show('[(await decrypt(sealed[1], [identity])).toString(), decryptSync(sealed[0], [identity]).toString()]')}`;
    expect(run(code)).toEqual(['two', 'one']);
  });
});

describe('keys of every kind', () => {
  const both = (options: string) => `
    import { loadSecrets, loadSecretsSync, revealAll } from ${JSON.stringify(library('whole'))};
    const later = ${outcome(`revealAll(await loadSecrets(${options}))`)};
    const once = ${outcome(`revealAll(loadSecretsSync(${options}))`)};
    ${show('{ later, once }')}`;
  const opened = { later: { kind: 'x' }, once: { kind: 'x' } };

  it('post-quantum: asynchronously, and the synchronous loader says so', async () => {
    const { identity, recipient } = await generatePqIdentity();
    await vault.seal({ 'pq.json': '{"kind":"x"}' }, [parseRecipient(recipient)]);
    const { later, once } = run(both("{ files: 'pq.json' }"), { BLACKBOX_IDENTITY: identity }) as typeof opened & {
      once: { code: string; message: string };
    };
    expect(later).toEqual({ kind: 'x' });
    expect(once.code).toBe('ERR_BLACKBOX_ASYNC_ONLY');
    expect(once.message).toContain('BLACKBOX_IDENTITY');
    expect(once.message).toContain('await loadSecrets()');
  });

  it('an asynchronous key does not stand in the way of another', async () => {
    const { identity, recipient } = await generatePqIdentity();
    const own = generateIdentity();
    await vault.seal({ 'both.json': '{"kind":"x"}' }, [parseRecipient(recipient), parseRecipient(own.recipient)]);
    expect(run(both("{ files: 'both.json' }"), { BLACKBOX_IDENTITY: `${identity}\n${own.identity}` })).toEqual(opened);
  });

  it.skipIf(lacks('ssh-keygen'))('an SSH key behind a passphrase: asked for only when told how', async () => {
    mkdirSync(join(vault.home, '.ssh'), { recursive: true });
    const file = join(vault.home, '.ssh', 'id_ed25519');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-a', '4', '-N', 'open sesame', '-C', 'x', '-f', file]);
    const [key = ''] = execFileSync('ssh-keygen', ['-y', '-P', 'open sesame', '-f', file], { encoding: 'utf8' }).split(
      '\n',
    );
    await vault.seal({ 'ssh.json': '{"kind":"x"}' }, [parseRecipient(key)]);
    expect(run(both("{ files: 'ssh.json', passphrase: () => 'open sesame' }"))).toEqual(opened);
    for (const passphrase of ['', ", passphrase: () => 'wrong'"]) {
      const { later, once } = run(both(`{ files: 'ssh.json'${passphrase} }`)) as Record<
        string,
        { code: string; message: string }
      >;
      for (const error of [later, once]) {
        expect(error?.code).toBe('ERR_BLACKBOX_IDENTITY_FAILED');
        expect(error?.message).toContain('~/.ssh/id_ed25519');
        expect(error?.message).not.toContain('open sesame');
      }
    }
    rmSync(join(vault.home, '.ssh'), { recursive: true });
  });

  describe.skipIf(lacks('gpg'))('OpenPGP', () => {
    const gpg = (...args: string[]) =>
      execFileSync('gpg', ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', ...args], {
        env: environment(),
        stdio: 'pipe',
      });
    beforeAll(async () => {
      mkdirSync(join(world, 'gpg'), { mode: 0o700 });
      gpg('--quick-generate-key', 'alice <alice@example.com>', 'future-default', 'default', 'never');
      await vault.seal(
        { 'pgp.json': '{"kind":"x"}' },
        parseRecipientFile(gpg('--armor', '--export', 'alice').toString()),
      );
    });
    afterAll(() => spawnSync('gpgconf', ['--kill', 'all'], { env: environment() }));

    it('in gpg: by both loaders', () => {
      expect(run(both("{ files: 'pgp.json' }"))).toEqual(opened);
    });

    it('exported to a file: asynchronously, without gpg', () => {
      const file = join(vault.home, 'key.asc');
      writeFileSync(file, gpg('--armor', '--export-secret-keys', 'alice'));
      const extra = { BLACKBOX_IDENTITY_FILE: file, GNUPGHOME: join(world, 'none') };
      const { later, once } = run(both("{ files: 'pgp.json' }"), extra) as typeof opened & {
        once: { code: string; message: string };
      };
      expect(later).toEqual({ kind: 'x' });
      expect(once.code).toBe('ERR_BLACKBOX_ASYNC_ONLY');
      expect(once.message).toContain('BLACKBOX_IDENTITY_FILE');
    });
  });
});
