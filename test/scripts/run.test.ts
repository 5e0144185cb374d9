/** `run`, `register` and `dotenv`: programs that know nothing of this one get their secrets in the environment, and nobody else does. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../harness/programs.js';
import { until } from '../harness/run.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { atTerminal } from '../harness/terminal.js';
import { found, register } from '../harness/vault.js';

let team: Team;
let alice: Person;
let secret: string;

beforeAll(() => {
  team = newTeam();
  alice = found(team);
  secret = team.secret();
  register(alice, {
    'secrets.json': JSON.stringify({ db: { password: secret, port: 5432 }, list: ['a', 'b'], tls: true, none: null }),
    'secrets.prod.json': '{"db":{"port":6543},"only":{"prod":"here"}}',
    '.env': "lower_case=kept\nSPELLED='$HOME `id`'\n",
    'twice.json': '{"a":{"b":"1"},"A_B":"2"}',
    'parts.json': JSON.stringify({ nul: 'a\0b', ünï: 'x', large: 'x'.repeat(200_000), good: 'here' }),
    'odd.env': 'constructor=one\ntoString=three\n',
  });
});
afterAll(() => team[Symbol.dispose]());

const show = (...names: string[]) => [
  process.execPath,
  '-p',
  `JSON.stringify([${names.map((name) => `process.env.${name}`)}])`,
];
const run = (words: readonly string[], env: Record<string, string> = {}, code = 0) =>
  alice.run(['blackbox-ts', 'run', ...words], { shows: true, env, code });
const shown = (words: readonly string[], env?: Record<string, string>) => JSON.parse(run(words, env).stdout) as unknown;

describe('the environment', () => {
  it('has a variable for every value', () => {
    expect(shown(['--', ...show('DB_PASSWORD', 'DB_PORT', 'LIST', 'TLS', 'NONE')])).toEqual([
      secret,
      '5432',
      '["a","b"]',
      'true',
      null,
    ]);
    expect(shown(['--env', 'prod', '--', ...show('DB_PASSWORD', 'DB_PORT', 'ONLY_PROD')])).toEqual([
      secret,
      '6543',
      'here',
    ]);
    expect(shown(['--from', '.env', '--', ...show('lower_case', 'SPELLED', 'DB_PASSWORD')])).toEqual([
      'kept',
      '$HOME `id`',
      null,
    ]);
  });

  it('has those that are asked for, under the names that are asked for', () => {
    expect(
      shown([
        '--only',
        'DB_PORT,tls',
        '--prefix',
        'APP_',
        '--',
        ...show('APP_DB_PORT', 'APP_TLS', 'APP_LIST', 'DB_PORT'),
      ]),
    ).toEqual(['5432', 'true', null, null]);
    expect(run(['--only', 'DB_PASWORD', '--', 'true'], {}, 1).stderr).toContain('or DB_PASSWORD is meant');
    expect(run(['--from', 'twice.json', '--', 'true'], {}, 1).stderr).toContain(
      'a.b and A_B would be the same environment variable',
    );
  });

  it('has names that every object has a property of', () => {
    const printed = run(['--from', 'odd.env', '--', 'env']).stdout;
    for (const line of ['constructor=one', 'toString=three']) expect(printed).toContain(`${line}\n`);
    const { stdout } = alice.node(
      `import { config } from 'blackbox-ts/dotenv';
      const target = {};
      const { parsed } = config({ path: 'odd.env', processEnv: target });
      console.log(JSON.stringify([Object.entries(parsed), Object.entries(target)]));`,
    );
    const all = [
      ['constructor', 'one'],
      ['toString', 'three'],
    ];
    expect(JSON.parse(stdout)).toEqual([all, all]);
  });

  it('is not refused for what nobody asked for', () => {
    expect(run(['--from', 'parts.json', '--', 'true'], {}, 1).stderr).toContain(
      'nul cannot be an environment variable',
    );
    expect(shown(['--from', 'parts.json', '--only', 'GOOD', '--', ...show('GOOD', 'NUL')])).toEqual(['here', null]);
  });

  it('keeps what was there, unless told otherwise', () => {
    const env = { DB_PORT: 'mine' };
    expect(shown(['--', ...show('DB_PORT')], env)).toEqual(['mine']);
    expect(shown(['--override', '--', ...show('DB_PORT')], env)).toEqual(['5432']);
  });

  it('never has the keys that opened it', () => {
    const names = ['BLACKBOX_IDENTITY', 'SOPS_AGE_KEY'].flatMap((name) => [name, `${name}_FILE`, `${name}_CMD`]);
    const identity = alice.run(['cat', join(alice.home, '.config/blackbox-ts/identity')]).stdout;
    const env = Object.fromEntries(names.map((name) => [name, identity]));
    expect(shown(['--', ...show(...names, 'DB_PORT')], env)).toEqual([...names.map(() => null), '5432']);
  });
});

describe('the program', () => {
  it('gets its words as they are, without a shell', () => {
    const words = ['$HOME', '`id`', '--only', '--', '', '*', 'a b', "'"];
    const print = [process.execPath, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--'];
    expect(shown(['--', ...print, ...words])).toEqual(words);
    expect(shown([...print, ...words])).toEqual(words);
    expect(alice.run(['blackbox-ts', 'run', '--', 'cat', '-'], { shows: true, stdin: 'piped' }).stdout).toBe('piped');
  });

  it('ends as it ends: every exit code, signals, not found, not executable', () => {
    for (const code of [0, 1, 3, 70, 255]) run(['--', 'sh', '-c', `exit ${code}`], {}, code);
    expect(run(['--', 'no-such-program'], {}, 127).stderr).toContain('no-such-program was not found');
    expect(run(['--', ''], {}, 127).stderr).toContain('was not found');
    // Linux takes no variable above 128 KiB.
    if (process.platform === 'linux') {
      const { stderr } = run(['--from', 'parts.json', '--only', 'LARGE', '--', 'true'], {}, 126);
      expect(stderr).toContain('could not be started (E2BIG)\n  its environment is too large');
      expect(stderr).not.toContain('bug');
    }
    alice.write('plain.txt', 'x');
    run(['--', './plain.txt'], {}, 126);
    run(['--', process.execPath, '-e', 'process.kill(process.pid, "SIGSEGV")'], {}, 139);
    const killed = alice.run(['sh', '-c', 'blackbox-ts run -- sh -c "kill -TERM \\$\\$"; echo $?'], {
      shows: true,
      env: { PATH: `${join(alice.clone, 'node_modules/.bin')}:${alice.env.PATH}` },
    });
    expect(killed.stdout).toBe('143\n');
  });

  it('is told of signals, and may take its time', async () => {
    const code =
      'process.on("SIGTERM", () => setTimeout(() => { console.log("clean"); process.exit(7); }, 200)); setInterval(() => {}, 1000); console.log("ready");';
    const session = alice.start(['blackbox-ts', 'run', '--', process.execPath, '-e', code]);
    await until('it has begun', () => session.output().includes('ready'));
    session.child.kill('SIGTERM');
    const ended = await session.ended;
    expect([ended.stdout, ended.code]).toEqual(['ready\nclean\n', 7]);
  });

  it('does not begin when the secrets cannot be had', () => {
    const bob = team.person('bob');
    const refused = bob.run(['blackbox-ts', 'run', '--', 'sh', '-c', 'echo began'], { code: 1 });
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toContain('no identity');
  });

  it.skipIf(lacks('script'))('has the terminal, with --redact as without', async () => {
    const session = atTerminal(alice, [
      'blackbox-ts',
      'run',
      '--redact',
      '--',
      process.execPath,
      '-p',
      '[process.stdin.isTTY, process.stdout.isTTY, process.stderr.isTTY].join()',
    ]);
    expect((await session.ended).stdout).toContain('true,true,true');
  });
});

describe('--redact', () => {
  it('masks values in both streams, cut as they may be', () => {
    const code = `
      const { DB_PASSWORD: p } = process.env;
      process.stdout.write('out ' + p.slice(0, 5));
      setTimeout(() => { process.stdout.write(p.slice(5) + ' ' + Buffer.from(p).toString('base64') + '\\n'); console.error('err ' + JSON.stringify({ p })); }, 100);`;
    const { stdout, stderr } = alice.run(['blackbox-ts', 'run', '--redact', '--', process.execPath, '-e', code]);
    expect(stdout).toMatch(/^out \[secret db\.password\] \[secret db\.password\].{0,3}\n$/);
    expect(stderr).toContain('err {"p":"[secret db.password]"}');
    expect(stderr).toContain('not masked: list.0 and list.1');
  });
});

describe('--file', () => {
  it('gives a path instead, to a file in memory for this user only, which is gone afterwards', () => {
    const code =
      'const { statSync, readFileSync } = require("fs"); const f = process.env.DB_PASSWORD_FILE; console.log(JSON.stringify([f, readFileSync(f, "utf8"), statSync(f).mode & 0o777, process.env.DB_PASSWORD, process.env.DB_PORT]))';
    const [path, content, mode, inEnv, port] = shown(['--file', 'DB_PASSWORD', '--', process.execPath, '-e', code]) as [
      string,
      string,
      number,
      null,
      string,
    ];
    expect([content, mode, inEnv, port]).toEqual([secret, 0o600, null, '5432']);
    expect(existsSync(path)).toBe(false);
    if (process.platform === 'linux') expect(path).toMatch(/^\/dev\/shm\//);
    expect(run(['--file', 'NOPE', '--', 'true'], {}, 1).stderr).toContain('there is no secret NOPE');
  });

  it('is there until the program has ended, and gone however that ends', async () => {
    const code =
      'process.on("SIGTERM", () => setTimeout(() => { console.log(require("fs").existsSync(process.env.TLS_FILE)); process.kill(process.pid, "SIGKILL"); }, 100)); setInterval(() => {}, 1000); console.log(process.env.TLS_FILE);';
    const session = alice.start(['blackbox-ts', 'run', '--file', 'TLS', '--', process.execPath, '-e', code]);
    await until('it has begun', () => session.output().includes('/TLS\n'));
    session.child.kill('SIGTERM');
    const { stdout } = await session.ended;
    expect(stdout).toMatch(/true\n$/);
    expect(existsSync(stdout.split('\n')[0] ?? '')).toBe(false);
  });
});

describe('in process', () => {
  const node = (options: readonly string[], code: string, env = {}) =>
    JSON.parse(alice.run([process.execPath, ...options, '-e', code], { shows: true, env }).stdout) as unknown;

  it('register fills process.env before the program begins, and not what is there', () => {
    const code = 'console.log(JSON.stringify([process.env.DB_PASSWORD, process.env.DB_PORT]))';
    expect(node(['--import', 'blackbox-ts/register'], code, { DB_PORT: 'mine' })).toEqual([secret, 'mine']);
    expect(node(['--require', 'blackbox-ts/register'], code, { BLACKBOX_ENV: 'prod' })).toEqual([secret, '6543']);
    const carol = team.person('carol');
    const refused = carol.run([process.execPath, '--import', 'blackbox-ts/register', '-e', 'console.log("began")'], {
      code: null,
    });
    expect([refused.stdout, refused.code === 0]).toEqual(['', false]);
    expect(refused.stderr).toContain('ERR_BLACKBOX_NO_IDENTITY');
  });

  it('dotenv is dotenv: config, parse, and process.env filled', () => {
    const code = `
      import { config, parse } from 'blackbox-ts/dotenv';
      import { parseEnv } from 'node:util';
      const text = 'A=1\\nexport B="x\\\\ny" # c\\nC=\\'$A\\'\\nD=\`q\`\\n';
      const target = { lower_case: 'mine' };
      const { parsed } = config({ processEnv: target });
      const over = config({ processEnv: { ...target }, override: true, path: ['.env'] }).parsed;
      console.log(JSON.stringify([process.env.lower_case, process.env.DB_PORT, parsed, target, over, JSON.stringify(parse(text)) === JSON.stringify(parseEnv(text)), parse(Buffer.from('X=1'))]));`;
    const parsed = { lower_case: 'kept', SPELLED: '$HOME `id`' };
    expect(node(['--input-type=module'], code)).toEqual(
      ['kept', null, parsed, { ...parsed, lower_case: 'mine' }, parsed, true, { X: '1' }].map((x) => x ?? null),
    );
  });
});

it('leaves no trace', () => {
  expect(team.whereIs(secret)).toEqual([]);
});
