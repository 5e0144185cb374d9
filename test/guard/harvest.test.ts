/** Which values of a plaintext are worth knowing, and which would only make noise. */
import { describe, expect, it } from 'vitest';
import { harvest } from '../../src/guard/harvest.js';
import { secret } from './state.js';

const values = (path: string, text: string) =>
  harvest(path, Buffer.from(text)).map(({ bytes, label }) => [Buffer.from(bytes).toString(), label]);
const texts = (path: string, text: string) => values(path, text).map(([value]) => value);

const random = secret('q8Zt', 'LmX2', 'vB7n', 'Rk4P', 'wY6c');
const password = secret('hun', 'ter', '2x');

describe('structured files', () => {
  it('leaves, with the keys that lead to them', () => {
    const text = JSON.stringify({ db: { password, hosts: [random], port: 54321987, on: true, off: null } });
    expect(values('config/prod.json', text)).toEqual([
      [password, 'db.password in config/prod.json'],
      [random, 'db.hosts.0 in config/prod.json'],
      ['54321987', 'db.port in config/prod.json'],
    ]);
  });

  it.each([
    ['a.yaml', `db:\n  password: ${password}\n`, 'db.password in a.yaml'],
    ['.env', `DB_PASSWORD="${password}"\n`, 'DB_PASSWORD in .env'],
    ['a.toml', `[db]\npassword = "${password}"\n`, 'db.password in a.toml'],
    ['a.ini', `[db]\npassword = ${password}\n`, 'db.password in a.ini'],
  ])('%s', (path, text, label) => {
    expect(values(path, text)).toEqual([[password, label]]);
  });

  it('a password in a URL, as it is written and as it is meant; the URL itself is no secret', () => {
    const text = JSON.stringify({ url: `postgres://app:${password}%21@db.example.com:5432/app?sslmode=require` });
    expect(values('a.json', text)).toEqual([
      [`${password}%21`, 'the password in url in a.json'],
      [`${password}!`, 'the password in url in a.json'],
    ]);
  });

  it('a token in the path of a URL', () => {
    const hook = `https://hooks.example.com/services/${random}`;
    expect(texts('a.json', JSON.stringify({ hook }))).toContain(random);
    expect(texts('a.json', JSON.stringify({ hook }))).not.toContain(hook);
  });

  it('secrets inside connection strings and headers', () => {
    expect(texts('a.json', JSON.stringify({ c: `Server=x;Password=${password};Ssl=true` }))).toContain(password);
    expect(texts('a.json', JSON.stringify({ h: `Authorization: Bearer ${random}` }))).toContain(random);
  });

  it('what stands behind base64, as in Kubernetes', () => {
    const text = JSON.stringify({ data: { password: Buffer.from(`${password}\n`).toString('base64') } });
    expect(values('a.json', text)).toContainEqual([password, 'data.password in a.json, decoded']);
  });

  it('lines of a private key, not what all keys have in common, not certificates', () => {
    const line = (seed: string) => Buffer.from(seed.repeat(12)).toString('base64').slice(0, 64);
    const block = (kind: string, ...lines: string[]) =>
      [`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`, ''].join('\n');
    const openssh = block(secret('OPENSSH PRI', 'VATE KEY'), line('head'), line('body'), line('tail'));
    expect(texts('a.json', JSON.stringify({ key: openssh }))).toEqual([line('body'), line('tail')]);
    const pem = block(secret('PRI', 'VATE KEY'), line('one'), line('two'));
    expect(values('tls.key', pem)).toEqual([
      [line('one'), 'line 2 of tls.key'],
      [line('two'), 'line 3 of tls.key'],
    ]);
    expect(texts('a.crt', block('CERTIFICATE', line('one'), line('two')))).toEqual([]);
  });

  it('nothing hides behind a block that is never closed', () => {
    expect(texts('notes.txt', `-----BEGIN CERTIFICATE-----\npassword = ${password}\n`)).toContain(password);
    const oneLine = `a = "-----BEGIN X----- -----END X-----"\npassword = ${password}\n`;
    expect(texts('notes.txt', oneLine)).toContain(password);
  });

  it('keys that are secrets themselves are not in labels, but known', () => {
    const [[value, label] = []] = values('a.json', JSON.stringify({ [random]: { password } }));
    expect([value, label]).toEqual([password, '….password in a.json']);
    expect(texts('a.json', JSON.stringify({ [random]: 1 }))).toEqual([random]);
  });

  it('a file that does not parse is text', () => {
    expect(texts('a.json', `{ "password": "${random}" oops`)).toContain(random);
  });
});

describe('plain files', () => {
  it('a password file is a value as a whole', () => {
    expect(texts('password.txt', `${password}\n`)).toEqual([password]);
    expect(texts('password.txt', 'correct horse battery staple\n')).toEqual(['correct horse battery staple']);
  });

  it('assignments, random-looking words and long lines; comments only for their words', () => {
    const text = `# about this file, which is quite long\nPASS=${password}\nsee ${random} for it\nshort line\n# old: ${random}9\n`;
    expect(values('notes.txt', text)).toEqual([
      [password, 'PASS in line 2 of notes.txt'],
      [`see ${random} for it`, 'line 3 of notes.txt'],
      [random, 'line 3 of notes.txt'],
      [`${random}9`, 'line 5 of notes.txt'],
    ]);
  });

  it('binary files are known as a whole only', () => {
    expect(harvest('store.p12', Buffer.from([0xff, 0xfe, 0x00, ...Buffer.from(random)]))).toEqual([]);
  });
});

describe('what is nobody’s secret', () => {
  it.each([
    ['short values', { password: 'abc12' }],
    ['short numbers', { pin: 1234567, password: '1234567', ttl: 86400000 }],
    ['fractions and large numbers', { a: 0.12345678901, b: 1e30 }],
    ['truth', { password: true, token: null }],
    ['common words', { password: 'changeme', user: 'postgres', secret: 'secret', env: 'production' }],
    ['repetitions', { password: 'xxxxxxxxxx', token: '0000000000000000', key: '--------' }],
    [
      'templates',
      { password: `\${DB_PASSWORD}`, token: '{{ .Values.token }}', key: '<your key here>', other: '%(secret)s' },
    ],
    ['URLs', { url: 'https://example.com/path?x=1', database_url: 'postgres://localhost:5432/app' }],
    ['e-mail addresses', { contact: 'alice@example.com' }],
    ['paths', { cert: '/etc/ssl/certs/ca.pem', home: '~/config', win: 'C:\\Program Files\\x', rel: './a/b' }],
    [
      'hosts, regions, versions, dates',
      {
        a: 'db.internal.example.com:5432',
        b: 'eu-central-1',
        c: '1.22.333-rc.1',
        d: '2024-01-31T10:00:00Z',
        e: '192.168.100.200',
      },
    ],
    [
      'public keys',
      {
        a: `age1${'q9s'.repeat(19)}`,
        key: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'kT7wQz93'.repeat(5)} alice@laptop`,
      },
    ],
    [
      'names',
      { dbName: 'billing', user_name: 'reporting', service: { host: 'primary-database' }, DB_SCHEMA: 'customers' },
    ],
  ])('%s', (_, tree) => {
    expect(texts('a.json', JSON.stringify(tree))).toEqual([]);
  });

  it('in doubt a value is known', () => {
    const tree = {
      password: 'sunshine',
      passphrase: 'correct horse',
      license: 'billing',
      whatever: 'moonlight',
      token: 'db.example.com',
    };
    expect(texts('a.json', JSON.stringify(tree))).toEqual(Object.values(tree));
  });
});

describe('bounds', () => {
  it('of long values the first 256 bytes are looked for', () => {
    const long = random.repeat(50);
    expect(harvest('a.json', Buffer.from(JSON.stringify({ token: long })))[0]?.bytes).toHaveLength(256);
  });

  it('a file has at most 5,000 values, and one above 4 MiB none', () => {
    const many = Object.fromEntries(Array.from({ length: 6000 }, (_, i) => [`k${i}`, `${random}${i}`]));
    expect(harvest('a.json', Buffer.from(JSON.stringify(many)))).toHaveLength(5000);
    expect(harvest('a.txt', Buffer.alloc((4 << 20) + 1, `${random}\n`))).toEqual([]);
  });

  it('lines made to be slow are not', () => {
    const slow = [
      '"'.repeat(60_000),
      `x="${'" '.repeat(30_000)}`,
      'a://'.repeat(20_000),
      'password='.repeat(8_000),
      `x=${' '.repeat(60_000)}y`,
      'a.'.repeat(30_000),
      '${'.repeat(30_000),
      'a@'.repeat(30_000),
      '1.'.repeat(30_000),
    ];
    const started = performance.now();
    for (const line of slow) harvest('notes.txt', Buffer.from(`${line}\n${line}`));
    // Quadratic work on 60,000 characters would take minutes.
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
