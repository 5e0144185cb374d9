/** The package as strangers get it: packed, installed into an empty project, and used in every way that is promised. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from './harness/run.js';

const require = createRequire(import.meta.url);
let folder: string;
let packed: string[];
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const env = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
  NODE_OPTIONS: '',
  NO_COLOR: '1',
};

/** Without certificates for a proxy, which only npm needs: Node.js would read them all at every start. */
const offline = { ...env, NODE_EXTRA_CA_CERTS: undefined };

function run(file: string, ...words: readonly string[]): string {
  return execFileSync(file, words, { cwd: folder, env: offline, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const evaluate = (...words: readonly string[]) => run(process.execPath, ...words).trim();

/** What `tsc` says, of what is ours alone: that of Node.js and other packages takes three times as long. */
const compiler = `
  const ts = require(process.argv[1]);
  const [folder, files, options] = process.argv.slice(2).map((text) => JSON.parse(text));
  const { options: parsed, errors } = ts.convertCompilerOptionsFromJson(options, folder);
  const program = ts.createProgram(files.map((file) => folder + '/' + file), parsed);
  const isOurs = ({ fileName }) => fileName.startsWith(folder + '/') && !/\\/node_modules\\/(?!blackbox-ts\\/)/.test(fileName.slice(folder.length));
  const ours = program.getSourceFiles().filter(isOurs);
  if (!ours.some(({ fileName }) => fileName.endsWith('/node_modules/blackbox-ts/dist/index.d.ts'))) throw new Error('not compiled against our types');
  const found = [...errors, ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(),
    ...ours.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])];
  const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => folder, getNewLine: () => '\\n' };
  process.stdout.write(ts.formatDiagnostics(found, host));`;

/** What the TypeScript compiler has to say of files of the project. */
function compiled(files: readonly string[], more: Readonly<Record<string, boolean>> = {}): string {
  const options = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2022',
    types: ['node'],
    typeRoots: [join(projectRoot, 'node_modules', '@types')],
    ...more,
  };
  const given = [realpathSync(folder), files, options].map((one) => JSON.stringify(one));
  return evaluate('--input-type=commonjs', '--eval', compiler, '--', require.resolve('typescript'), ...given);
}

beforeAll(() => {
  const world = mkdtempSync(join(tmpdir(), 'bb-package-'));
  folder = join(world, 'project');
  mkdirSync(folder);
  // dist/ is what this test run was started with: packing would otherwise build it anew under the feet of the other tests.
  const report = execFileSync(npm, ['pack', '--ignore-scripts', '--json', '--pack-destination', world], {
    cwd: projectRoot,
    env,
    encoding: 'utf8',
  });
  const [{ filename, files }] = JSON.parse(report);
  packed = files.map(({ path }: { path: string }) => path);
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true }\n');
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', join(world, filename)];
  execFileSync(npm, install, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}, 180_000);

afterAll(() => rmSync(dirname(folder), { recursive: true, force: true }));

describe('the tarball', () => {
  it('holds what is needed to run and to read, and nothing else', () => {
    expect(
      packed.filter(
        (path) =>
          !/^(bin\/(blackbox-ts\.js|package\.json)|dist\/.+\.(js|d\.ts)|dist\/index\.mjs|dist\/package\.json|hooks\/[^/]+|docs\/[^/]+\.md|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/.test(
            path,
          ),
      ),
    ).toEqual([]);
    for (const path of [
      'bin/blackbox-ts.js',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/cli.js',
      'dist/hook.js',
      'dist/cat.js',
      'dist/worker.js',
      'README.md',
      'LICENSE',
      'docs/format.md',
      'docs/security.md',
    ])
      expect(packed).toContain(path);
    expect(packed.filter((path) => path.startsWith('hooks/')).length).toBeGreaterThan(0);
  });

  it('bundles none of its dependencies', () => {
    const built = packed
      .filter((path) => path.endsWith('.js'))
      .map((path) => readFileSync(join(folder, 'node_modules/blackbox-ts', path), 'utf8'))
      .join('\n');
    expect(built).toMatch(/require\(["']openpgp["']\)/);
    expect(built).not.toMatch(/node_modules\/(openpgp|age-encryption|commander)/);
    expect(built.length).toBeLessThan(1_100_000);
  });

  it('runs nothing when it is installed', () => {
    const { scripts } = JSON.parse(readFileSync(join(folder, 'node_modules/blackbox-ts/package.json'), 'utf8'));
    for (const name of ['preinstall', 'install', 'postinstall']) expect(scripts).not.toHaveProperty(name);
  });
});

describe('in an empty project', () => {
  const names = ['loadSecrets', 'loadSecretsSync', 'encrypt', 'decrypt', 'BlackboxError'];
  const check = `for (const name of ${JSON.stringify(names)}) if (typeof blackbox[name] !== 'function') throw new Error(name); console.log('fine');`;

  it('works by import', () => {
    expect(evaluate('--input-type=module', '--eval', `import * as blackbox from 'blackbox-ts'; ${check}`)).toBe('fine');
  });

  it('works by require()', () => {
    expect(evaluate('--input-type=commonjs', '--eval', `const blackbox = require('blackbox-ts'); ${check}`)).toBe(
      'fine',
    );
  });

  it('is one and the same thing by both', () => {
    const code = `import { createRequire } from 'node:module';
      import { BlackboxError, Secret } from 'blackbox-ts';
      const required = createRequire(import.meta.url)('blackbox-ts');
      console.log(required.Secret === Secret, required.BlackboxError === BlackboxError, Object.keys(required).length)`;
    const names = Object.keys(require(join(projectRoot, 'dist', 'index.js')));
    expect(evaluate('--input-type=module', '--eval', code)).toBe(`true true ${names.length}`);
    const all = "import * as all from 'blackbox-ts'; console.log(Object.keys(all).length)";
    expect(evaluate('--input-type=module', '--eval', all)).toBe(String(names.length));
  });

  it.each(['esm', 'cjs'] as const)('can be bundled into a program of one file (%s)', async (format) => {
    const { build } = await import('esbuild');
    writeFileSync(
      join(folder, 'app.js'),
      "import { generateIdentity } from 'blackbox-ts'; console.log(generateIdentity().recipient.slice(0, 4));",
    );
    const outfile = join(dirname(folder), `bundled.${format === 'esm' ? 'mjs' : 'cjs'}`);
    await build({
      entryPoints: [join(folder, 'app.js')],
      outfile,
      bundle: true,
      platform: 'node',
      format,
      logLevel: 'silent',
    });
    expect(evaluate(outfile)).toBe('age1');
  });

  it('works as npx blackbox-ts', () => {
    const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
    const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
    expect(run(npx, '--no-install', 'blackbox-ts', '--version').trim()).toBe(version);
    expect(run(join(folder, 'node_modules/.bin/blackbox-ts'), '--version').trim()).toBe(version);
  });

  it('encrypts and decrypts for keys of its own', () => {
    const round = `
      const { encrypt, decrypt, generateIdentity } = require('blackbox-ts');
      const { identity, recipient } = generateIdentity();
      encrypt(Buffer.from('hello'), [recipient]).then((sealed) => decrypt(sealed, [identity])).then((bytes) => console.log(bytes.toString()));`;
    expect(evaluate('--input-type=commonjs', '--eval', round)).toBe('hello');
  });

  it('keeps its inner files to itself', () => {
    expect(() => evaluate('--input-type=module', '--eval', "await import('blackbox-ts/dist/cli.js')")).toThrow(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    );
  });

  it('has types that a strict consumer compiles against, also those that follow from a schema', () => {
    symlinkSync(join(projectRoot, 'node_modules/zod'), join(folder, 'node_modules/zod'), 'junction');
    writeFileSync(
      join(folder, 'consumer.ts'),
      `import { BlackboxError, type Cipher, decrypt, encrypt, loadSecrets, loadSecretsSync, type Secret } from 'blackbox-ts';
import { config } from 'blackbox-ts/dotenv';
import { z } from 'zod';
export function typed(): [number, Secret<string>] {
  const schema = z.object({ db: z.object({ password: z.string(), port: z.coerce.number() }) });
  const { db } = loadSecretsSync({ schema, public: ['db.port'] });
  // @ts-expect-error: a secret is not its value
  const bare: string = db.password;
  return [db.port, db.password];
}
/** What is not set is as good as not given. */
export function unset(value: undefined, cipher: Cipher) {
  config({ path: value, override: value, processEnv: value });
  return cipher.encrypt('x', 'y', { ttl: value });
}
export async function main(): Promise<string> {
  try {
    const secrets = await loadSecrets({ environment: 'production' });
    const again = loadSecretsSync();
    const sealed: Uint8Array = await encrypt(new Uint8Array(3), ['age1…']);
    const opened: Uint8Array = await decrypt(sealed, ['AGE-…']);
    return String(secrets) + String(again) + String(opened);
  } catch (error) {
    if (error instanceof BlackboxError) return error.code satisfies string;
    throw error;
  }
}
// @ts-expect-error: an option that does not exist
void loadSecrets({ enviroment: 'production' });
`,
    );
    expect(compiled(['consumer.ts'], { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true })).toBe('');
  });
});

it('has types at every entry, also for compilers that look at no exports', async () => {
  const { default: ts } = await import('typescript');
  const from = join(realpathSync(folder), 'consumer.ts');
  for (const name of ['blackbox-ts', 'blackbox-ts/register', 'blackbox-ts/dotenv', 'blackbox-ts/vite']) {
    const { Node10, NodeNext, Bundler } = ts.ModuleResolutionKind;
    const found = [Node10, NodeNext, Bundler].map(
      (moduleResolution) => ts.resolveModuleName(name, from, { moduleResolution }, ts.sys).resolvedModule,
    );
    expect(found[0]?.resolvedFileName).toMatch(/dist.\w+\.d\.ts$/);
    expect(new Set(found.map((one) => one?.resolvedFileName)).size).toBe(1);
  }
});

describe('work for several processors', () => {
  const bin = () => join(folder, 'node_modules/.bin/blackbox-ts');
  const repository = () => join(dirname(folder), 'repository');
  const home = () => join(dirname(folder), 'home');
  const inVault = (...words: readonly string[]) =>
    execFileSync(bin(), words, {
      cwd: repository(),
      env: { PATH: env.PATH, HOME: home(), GIT_CONFIG_NOSYSTEM: '1', BLACKBOX_IDENTITY: founder },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const sealed = () => Array.from({ length: 40 }, (_, i) => readFileSync(join(repository(), `${i}.json.age`), 'hex'));
  let founder: string;
  let last: string;

  beforeAll(async () => {
    const { generateIdentity, formatPublicKey, x25519Identity } = await import('../src/age/index.js');
    for (const path of [repository(), home()]) mkdirSync(path);
    execFileSync('git', ['init', '--quiet'], { cwd: repository() });
    founder = generateIdentity().identity;
    const publicText = formatPublicKey(x25519Identity(founder));
    // As many keys as it takes for a thread to pay (800 stanzas), without as many people.
    const keys = Array.from({ length: 60 }, () => generateIdentity().recipient);
    writeFileSync(join(home(), 'founder.pub'), publicText);
    writeFileSync(join(home(), 'many.pub'), keys.join('\n'));
    writeFileSync(join(home(), 'leaver.pub'), generateIdentity().recipient);
    const several = Array.from({ length: 21 }, generateIdentity);
    last = join(home(), 'last');
    writeFileSync(last, several[20]?.identity ?? '', { mode: 0o600 });
    writeFileSync(join(home(), 'several.pub'), several.map(({ recipient }) => recipient).join('\n'));
    inVault('init', '--name', 'founder');
    for (const name of ['many', 'leaver']) inVault('admin', 'add', join(home(), `${name}.pub`));
    for (let i = 0; i < 40; i++) writeFileSync(join(repository(), `${i}.json`), `{ "secret": "number ${i}" }`);
    inVault('register', ...Array.from({ length: 40 }, (_, i) => `${i}.json`));
  });

  // On one processor there is no such thread, and nothing to show.
  it.runIf(availableParallelism() > 1)(
    'is shared with a thread, which may be missing, and must not die with work in its hands',
    () => {
      const worker = join(folder, 'node_modules/blackbox-ts/dist/worker.js');
      const before = sealed();
      renameSync(worker, `${worker}.away`);
      try {
        inVault('admin', 'remove', '--dry-run', 'leaver');
        // Takes all that there is to do, and leaves.
        writeFileSync(
          worker,
          `require('node:worker_threads').parentPort.once('message', ({ chunks }) => { chunks.fill(2); process.exit(1); });`,
        );
        expect(() => inVault('admin', 'remove', 'leaver')).toThrow(
          'a thread of this program ended before its work was done',
        );
        expect(sealed()).toEqual(before);
        expect(inVault('admin', 'list', '--json')).toContain('leaver');
      } finally {
        renameSync(`${worker}.away`, worker);
      }
      inVault('admin', 'remove', 'leaver');
      expect(sealed().filter((bytes, i) => bytes === before[i])).toEqual([]);
      expect(inVault('admin', 'list', '--json')).not.toContain('leaver');
      expect(inVault('cat', '39.json', '0.json')).toBe('{ "secret": "number 39" }{ "secret": "number 0" }');
      // The same for keys that stay, which are told one after another while the thread wraps them.
      inVault('admin', 'add', join(home(), 'several.pub'));
      const names = Array.from({ length: 40 }, (_, i) => `${i}.json`);
      const contents = names.map((_, i) => `{ "secret": "number ${i}" }`);
      expect(inVault('cat', '--identity', last, ...names)).toBe(contents.join(''));
    },
  );
});

describe('in a project with secrets', () => {
  const home = () => join(dirname(folder), 'home-of-alice');
  const words = (file: string, ...rest: readonly string[]) =>
    execFileSync(file, rest, {
      cwd: folder,
      env: {
        ...offline,
        HOME: home(),
        XDG_CONFIG_HOME: join(home(), '.config'),
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
      },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const blackbox = (...rest: readonly string[]) => words(join(folder, 'node_modules/.bin/blackbox-ts'), ...rest);
  const module = (code: string, ...options: readonly string[]) =>
    words(process.execPath, ...options, '--input-type=module', '--eval', code);

  beforeAll(() => {
    mkdirSync(home());
    words('git', 'init', '--quiet');
    blackbox('init', '--name', 'alice');
    writeFileSync(join(folder, 'secrets.json'), '{"db":{"password":"hunter2-correct-horse","port":5432}}');
    writeFileSync(join(folder, '.env'), 'FROM_ENV=hunter2-in-the-environment\n');
    blackbox('register', 'secrets.json', '.env');
  });

  it('loads them as secrets, by a schema of any kind, and at once', () => {
    const code = `
      import { loadSecrets, loadSecretsSync, revealAll, Secret } from 'blackbox-ts';
      const schema = { '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value: { ...value, extra: true } }) } };
      const secrets = await loadSecrets({ schema });
      console.log(secrets, loadSecretsSync().db.password instanceof Secret, Object.keys(revealAll(secrets)), secrets.explain()[0]);`;
    const shown = module(code);
    expect(shown).toContain('[secret db.password]');
    expect(shown).toContain("true [ 'db', 'extra' ]");
    expect(shown).not.toContain('hunter2');
  });

  it('runs programs with them, and fills process.env by both ways in', () => {
    expect(blackbox('run', '--', process.execPath, '-p', 'process.env.DB_PORT')).toBe('5432\n');
    expect(module('console.log(process.env.DB_PORT)', '--import', 'blackbox-ts/register')).toBe('5432\n');
    expect(module("import 'blackbox-ts/dotenv'; console.log(process.env.FROM_ENV.length)")).toBe('26\n');
  });

  it('reads no more of the program than it takes to open a file', () => {
    const told = join(folder, 'told.cjs');
    writeFileSync(
      told,
      `process.on('exit', () => console.log('parts:' + Object.keys(require.cache).filter((p) => p.includes('dist')).map((p) => p.replace(/.*[\\\\/]/, '')).sort()))`,
    );
    const parts = (...rest: readonly string[]) =>
      words(process.execPath, '--require', told, ...rest).split('parts:')[1];
    const bin = join(folder, 'node_modules/blackbox-ts/bin/blackbox-ts.js');
    expect(parts(bin, 'cat', 'secrets.json')).toBe('base.js,cat.js,cat.js,open.js,shell.js\n');
    const code = "require('blackbox-ts').loadSecretsSync()";
    expect(parts('--input-type=commonjs', '--eval', code)).toBe('base.js,index.js,open.js,runtime.js\n');
  });

  it('types them without a schema', () => {
    blackbox('types');
    expect(readFileSync(join(folder, 'secrets.d.ts'), 'utf8')).not.toContain('hunter2');
    writeFileSync(
      join(folder, 'typed.ts'),
      `import { loadSecretsSync } from 'blackbox-ts';
const secrets = loadSecretsSync();
export const password: string = secrets.db.password.reveal();
export const port: number = secrets.require('db.port').reveal();
// @ts-expect-error: there is no such secret
void secrets.db.pasword;
// @ts-expect-error: a secret is not its value
export const bare: string = secrets.db.password;
`,
    );
    expect(compiled(['typed.ts', 'secrets.d.ts'])).toBe('');
  }, 60_000);
});

describe('what is slow to load or not wanted', () => {
  const heavy = [
    'openpgp',
    'age-encryption',
    'commander',
    'simple-git',
    'yaml',
    'smol-toml',
    're2js',
    'ini',
    'bcrypt-pbkdf',
  ];
  const away = () => join(dirname(folder), 'away');
  const place = (name: string) => join(folder, 'node_modules', name);

  // The plainest proof that a package is not loaded: it is not there.
  function without<T>(names: readonly string[], work: () => T): T {
    mkdirSync(away(), { recursive: true });
    const there = names.filter((name) => existsSync(place(name)));
    for (const name of there) renameSync(place(name), join(away(), name));
    try {
      return work();
    } finally {
      for (const name of there) renameSync(join(away(), name), place(name));
    }
  }

  it('is not loaded by importing the library', () => {
    expect(
      without(heavy, () => evaluate('--input-type=module', '--eval', "import 'blackbox-ts'; console.log('fine')")),
    ).toBe('fine');
  });

  it('is not loaded by the other ways in, which get as far as to miss a vault', () => {
    for (const way of ['register', 'dotenv']) {
      const code = `await import('blackbox-ts/${way}').catch((error) => console.log(error.code))`;
      const outside = () =>
        execFileSync(
          process.execPath,
          [
            '--input-type=module',
            '--eval',
            code.replace(/'blackbox-ts.*?'/, JSON.stringify(join(place('blackbox-ts'), 'dist', `${way}.js`))),
          ],
          { cwd: dirname(folder), env: offline, encoding: 'utf8' },
        );
      expect(without(heavy, outside)).toBe('ERR_BLACKBOX_NO_REPOSITORY\n');
    }
  });

  it('is not loaded by the program for its version and help, commander aside', () => {
    const others = heavy.filter((name) => name !== 'commander');
    expect(without(others, () => run(join(folder, 'node_modules/.bin/blackbox-ts'), '--help'))).toContain('register');
  });
});
