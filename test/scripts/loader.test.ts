/** `loadSecrets()` as an application uses it: from where it was started, with the key of whoever started it. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { lacks } from '../harness/programs.js';
import { packageRoot } from '../harness/run.js';
import { newTeam, type Person } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const both = `
const { loadSecrets, loadSecretsSync, revealAll } = await import(process.env.LIBRARY ?? 'blackbox-ts');
const options = JSON.parse(process.env.OPTIONS ?? '{}');
const results = [];
for (const load of [loadSecrets, loadSecretsSync]) {
  try { results.push({ value: revealAll(await load(options)) }); } catch (error) { results.push({ name: error.name, code: error.code, message: error.message }); }
}
console.log(JSON.stringify(results, (key, value) => value));
`;

// For a program that was started where no node_modules is above it.
const library = pathToFileURL(join(packageRoot, 'dist', 'index.js')).href;

interface Outcome {
  readonly value?: unknown;
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
}

/** What the asynchronous loader gives; the synchronous one gives the same. */
function load(person: Person, options: unknown = {}, env: Record<string, string> = {}, cwd?: string): Outcome {
  const { stdout } = person.node(both, {
    env: { OPTIONS: JSON.stringify(options), ...env, ...(cwd === undefined ? {} : { LIBRARY: library }) },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const [later, now] = JSON.parse(stdout) as [Outcome, Outcome];
  expect(now).toEqual(later);
  return later;
}

it('every format, from the folder it is started in or one below', () => {
  using team = newTeam();
  const alice = found(team);
  const files: Record<string, string> = {
    'json/secrets.json': '{"db":{"password":"x"},"port":1}',
    'yaml/secrets.yaml': 'db:\n  password: x\nport: 1\n',
    'toml/secrets.toml': 'port = 1\n[db]\npassword = "x"\n',
    'ini/secrets.ini': 'port = 1\n[db]\npassword = x\n',
    'env/secrets.env': 'PORT=1\nPASSWORD="x"\n',
  };
  register(alice, files);
  for (const path of Object.keys(files)) {
    const outcome = load(alice, { files: [path] });
    expect(JSON.stringify(outcome.value), path).toMatch(/"x"/);
  }
});

it('an environment lies over the base', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, {
    'secrets.json': '{"db":{"host":"localhost","password":"base"},"list":[1,2]}',
    'secrets.production.json': '{"db":{"password":"production"},"list":[3]}',
  });
  const production = { db: { host: 'localhost', password: 'production' }, list: [3] };
  expect(load(alice).value).toEqual({ db: { host: 'localhost', password: 'base' }, list: [1, 2] });
  expect(load(alice, {}, { NODE_ENV: 'production' }).value).toEqual(production);
  expect(load(alice, {}, { NODE_ENV: 'test', BLACKBOX_ENV: 'production' }).value).toEqual(production);
  expect(load(alice, { environment: 'production' }).value).toEqual(production);
  expect(load(alice, { root: alice.clone }, {}, team.folder).code ?? 'loaded').toBe('loaded');
});

it('nothing is evaluated or expanded', () => {
  using team = newTeam();
  const alice = found(team);
  const values = {
    a: '$(touch pwned)',
    b: '`touch pwned`',
    c: 'pa$$word',
    d: '$\u007bHOME}',
    e: '$HOME',
    f: '#hash',
    g: 'back\\nslash',
    h: '!important',
  };
  register(alice, {
    'secrets.json': JSON.stringify(values),
    'secrets.env': Object.entries(values)
      .map(([k, v]) => `${k}='${v}'\n`)
      .join(''),
  });
  expect(load(alice, { files: ['secrets.json'] }).value).toEqual(values);
  expect(load(alice, { files: ['secrets.env'] }).value).toEqual(values);
  expect(alice.has('pwned')).toBe(false);
});

it('fails closed: no key, no file, no vault, damage, bad syntax; each with a code, none with a value', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, {
    'secrets.json': `{"a":"${secret}"}`,
    'bad.json': `{"a":"${secret}"`,
    'secrets.yaml': `a: ${secret}\n`,
  });
  const bob = team.person('bob');
  const codeOf = (person: Person, options: unknown, env = {}, cwd?: string) => {
    const outcome = load(person, options, env, cwd);
    expect(outcome.name).toBe('BlackboxError');
    expect(outcome.message).not.toContain(secret);
    return outcome.code;
  };
  expect(codeOf(bob, { files: ['secrets.json'] })).toBe('ERR_BLACKBOX_NO_IDENTITY');
  bob.newKey('age');
  expect(codeOf(bob, { files: ['secrets.json'] })).toBe('ERR_BLACKBOX_NOT_A_RECIPIENT');
  expect(codeOf(alice, { files: ['missing.json'] })).toMatch(/^ERR_BLACKBOX_/);
  expect(codeOf(alice, { files: ['../x'] })).toMatch(/^ERR_BLACKBOX_/);
  expect(codeOf(alice, { files: ['bad.json'] })).toBe('ERR_BLACKBOX_SYNTAX');
  expect(codeOf(alice, {}, {}, team.folder)).toMatch(/^ERR_BLACKBOX_NO_(REPOSITORY|VAULT)$/);
  alice.write('secrets.json.age', alice.bytes('secrets.json.age').subarray(0, -3));
  expect(codeOf(alice, { files: ['secrets.json'] })).toBe('ERR_BLACKBOX_DAMAGED');
});

it.skipIf(lacks('gpg', 'ssh-keygen'))('with SSH and gpg keys too', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'secrets.json': '{"a":1}' });
  for (const [name, kind] of [
    ['bob', 'ssh-ed25519'],
    ['carol', 'ssh-rsa'],
    ['dave', 'openpgp'],
  ] as const) {
    const person = letIn(team, alice, name, kind);
    expect(load(person).value).toEqual({ a: 1 });
  }
});

it('with an identity that is given, in a container that has nothing else', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'secrets.json': '{"a":1}' });
  const identity = alice.run(['cat', join(alice.home, '.config/blackbox-ts/identity')]).stdout;
  const key = /AGE-SECRET-KEY-\S+/.exec(identity)?.[0] ?? '';
  const bare = { HOME: join(team.folder, 'nothing'), XDG_CONFIG_HOME: '', PATH: '/nothing' };
  expect(load(alice, {}, { ...bare, BLACKBOX_IDENTITY: key }).value).toEqual({ a: 1 });
  expect(load(alice, { identities: [key] }, bare).value).toEqual({ a: 1 });
  expect(load(alice, {}, bare).code).toBe('ERR_BLACKBOX_NO_IDENTITY');
});

it('leaves no trace', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'secrets.json': JSON.stringify({ secret }) });
  load(alice);
  expect(team.whereIs(secret)).toEqual([]);
  expect(alice.run('git status --porcelain').stdout).toBe('');
});
