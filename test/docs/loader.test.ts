/** docs/loader.md does what it says: every block of code in it is run, or at least read by what reads it. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { codes } from '../../src/errors.js';
import { lacks } from '../harness/programs.js';
import { packageRoot, projectRoot } from '../harness/run.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, register } from '../harness/vault.js';

const page = readFileSync(join(projectRoot, 'docs', 'loader.md'), 'utf8');
const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '', ...rest], i) => {
  const at = (page.slice(0, page.indexOf(code)).match(/\n/g) ?? []).length + 1;
  return { language, code, name: `line ${at}`, i, rest };
});
const of = (...languages: string[]) =>
  blocks.filter(({ language }) => languages.includes(language)).map((b) => [b.name, b] as const);

let team: Team;
let alice: Person;
let secret: string;
beforeAll(() => {
  team = newTeam();
  alice = found(team);
  secret = team.secret();
  const tree = {
    db: { host: 'db.example.com', user: 'app', password: secret, port: 5432 },
    servers: [{ host: 'one' }],
    'a.b': { c: 'x' },
  };
  alice.write(
    'package.json',
    '{ "type": "module", "scripts": { "migrate": "node server.js", "test": "node server.js" } }',
  );
  alice.write(
    'server.js',
    "if ((process.env.DB_PASSWORD ?? '').length < 8) throw new Error('no secrets'); console.log('serving with', process.env.DB_PASSWORD);",
  );
  alice.run('git add package.json server.js');
  register(alice, {
    'secrets.json': JSON.stringify(tree, null, 2),
    'secrets.production.json': '{ "db": { "host": "production" }, "database": { "url": "postgres://x" } }',
    'config/common.yaml': 'a: 1\n',
    'config/production.yaml': 'a: 2\n',
    '.env': 'A=from-the-sealed-env\n',
    'certs/server.key': 'not really a key\n',
  });
  for (const name of ['zod', 'valibot', 'keyv', '@keyv', 'hookified', '@standard-schema']) link(name);
});
afterAll(() => team[Symbol.dispose]());

/** Other packages that the page uses, as an application has them. */
function link(name: string): void {
  const target = join(projectRoot, 'node_modules', name);
  mkdirSync(dirname(join(alice.clone, 'node_modules', name)), { recursive: true });
  symlinkSync(target, join(alice.clone, 'node_modules', name), 'junction');
}

/** Blocks begin where the page does: what the one before wrote is taken back. */
function reset(): void {
  alice.run('git reset --quiet --hard');
  alice.run('git clean --quiet -d --force');
}

const identityFile = () => join(alice.home, '.config/blackbox-ts/identity');

describe('TypeScript', () => {
  it.each(of('ts'))('%s runs, and shows no value', (_, { code, i }) => {
    const imports = code.match(/from '[^'.]+'|import '[^'.]+'/g) ?? [];
    expect(imports.length, 'it can be copied as it is').toBeGreaterThan(0);
    const own = code.replaceAll('0'.repeat(64), JSON.parse(alice.read('.blackbox/vault.json')).id);
    alice.write(`block${i}.mjs`, transformSync(own, { loader: 'ts', target: 'node20' }).code);
    alice.write('passphrase', 'unused');
    const env = { APP_KEY_FILE: identityFile(), APP_PASSPHRASE_FILE: 'passphrase' };
    alice.run([process.execPath, `block${i}.mjs`], { env });
    reset();
  });
});

it('what is said of the values shown is so', () => {
  const code = blocks.find((block) => block.code.includes("public: ['db.host']"))?.code ?? '';
  const { stdout } = alice.node(
    `${code.replace(/^JSON.*$/m, 'console.log(JSON.stringify(secrets.db));')}\nconsole.log(secrets.db.password.equals(password))`,
    { shows: false },
  );
  expect(stdout).toContain("host: 'db.example.com'");
  expect(stdout).toContain('password: [secret db.password]');
  expect(stdout).toContain('"password":"[secret db.password]"');
  expect(stdout).toMatch(/true\n$/);
});

describe('shell', () => {
  it.skipIf(lacks('age-keygen')).each(of('sh'))('%s runs', (_, { code }) => {
    const bin = join(alice.home, 'bin');
    mkdirSync(bin, { recursive: true });
    // There is no cluster here: the words are what is looked at.
    writeFileSync(
      join(bin, 'kubectl'),
      '#!/bin/sh\ntest "$*" = "create secret generic blackbox --from-file=identity=server.key"\n',
      { mode: 0o755 },
    );
    const env = { PATH: `${bin}:${join(alice.clone, 'node_modules/.bin')}:${alice.env.PATH}` };
    alice.run(['sh', '-e', '-c', code], { env, shows: true });
    reset();
  });

  it('what --redact wrote has no value', () => {
    const line = /^blackbox-ts run --redact .*$/m.exec(page)?.[0] ?? '';
    alice.run(['sh', '-e', '-c', line], {
      env: { PATH: `${join(alice.clone, 'node_modules/.bin')}:${alice.env.PATH}` },
    });
    expect(alice.read('log.txt')).toContain('serving with [secret db.password]');
    reset();
  });
});

describe('platforms', () => {
  it('Docker: a folder without .git, a key in a file, a vault that is pinned', () => {
    const [dockerfile = ''] = of('dockerfile').map(([, { code }]) => code);
    const words = new Set(
      dockerfile
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    );
    expect([...words]).toEqual(['FROM', 'WORKDIR', 'COPY', 'RUN', 'USER', 'CMD']);
    const [ignored = ''] = of('gitignore').map(([, { code }]) => code);
    const image = join(team.folder, 'image');
    cpSync(alice.clone, image, {
      recursive: true,
      filter: (path) =>
        !ignored
          .trim()
          .split('\n')
          .includes(path.slice(alice.clone.length + 1)),
    });
    mkdirSync(join(image, 'node_modules'));
    symlinkSync(packageRoot, join(image, 'node_modules/blackbox-ts'), 'junction');
    const compose = parseYaml(blocks.find(({ code }) => code.includes('# compose.yaml'))?.code ?? '');
    expect(compose.services.app.secrets).toEqual(Object.keys(compose.secrets));
    const env = {
      ...compose.services.app.environment,
      BLACKBOX_IDENTITY_FILE: identityFile(),
      XDG_CONFIG_HOME: '/nothing',
      HOME: '/nothing',
    };
    const load =
      "import { loadSecretsSync } from 'blackbox-ts'; console.log(loadSecretsSync({ public: ['db.host'] }).db.host)";
    const refused = alice.node(load, { cwd: image, env, code: 1 });
    expect(refused.stderr).toContain('ERR_BLACKBOX_VAULT_REPLACED');
    const pin = /[0-9a-f]{64}$/.exec(alice.run('blackbox-ts admin list').stdout.trim())?.[0] ?? '';
    expect(alice.node(load, { cwd: image, env: { ...env, BLACKBOX_VAULT: pin } }).stdout).toBe('production\n');
    rmSync(image, { recursive: true });
  });

  it('Kubernetes: a manifest that mounts the key where the program looks for it', () => {
    const manifest = parseYaml(blocks.find(({ code }) => code.includes('kind: Deployment'))?.code ?? '');
    const { containers, volumes } = manifest.spec.template.spec;
    const file = containers[0].env.find((e: { name: string }) => e.name === 'BLACKBOX_IDENTITY_FILE').value;
    expect(file).toBe(`${containers[0].volumeMounts[0].mountPath}/identity`);
    expect(containers[0].volumeMounts[0].name).toBe(volumes[0].name);
  });

  it('GitHub Actions: its steps run', () => {
    const workflow = parseYaml(blocks.find(({ code }) => code.includes('runs-on:'))?.code ?? '');
    const steps = workflow.jobs.test.steps.filter((step: { run?: string }) => step.run?.startsWith('npx blackbox-ts'));
    expect(steps).toHaveLength(2);
    alice.run('blackbox-ts types');
    const identity = readFileSync(identityFile(), 'utf8');
    for (const { run, env } of steps) {
      expect(Object.keys(env)).toEqual(['BLACKBOX_IDENTITY']);
      const { stdout } = alice.run(['sh', '-e', '-c', run], {
        env: { BLACKBOX_IDENTITY: identity, XDG_CONFIG_HOME: '/nothing' },
      });
      if (run.includes('npm test')) expect(stdout).toContain('serving with [secret db.password]');
    }
    reset();
  });

  it('no block is of a language that nothing here reads', () => {
    expect([...new Set(blocks.map(({ language }) => language))].sort()).toEqual([
      'dockerfile',
      'gitignore',
      'sh',
      'ts',
      'yaml',
    ]);
  });
});

it('every code that it names exists', () => {
  const named = [...page.matchAll(/ERR_BLACKBOX_[A-Z_]+/g)].map(([code]) => code);
  expect(named.filter((code) => !(code in codes))).toEqual([]);
});
