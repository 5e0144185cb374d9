/** What looks like a secret and has no known form: found where people write such, and nowhere else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { credentials, type SecretHit } from '../../src/guard/credentials.js';
import { aboutWords, isAboutSecret } from '../../src/guard/generic.js';
import { inspect } from '../../src/guard/index.js';
import { draw, seeded } from './samples.js';

const search = credentials();
const find = (text: string, path = 'src/app.ts'): SecretHit[] =>
  search.find({ bytes: new Uint8Array(Buffer.from(text)), within: '', isText: true }, path);
const ruleIds = (text: string, path?: string) => find(text, path).map(({ rule }) => rule);

const random = seeded(21);
const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const token = (length = 32) => draw(random, alphanumeric, length);
const password = () => `${draw(random, alphanumeric, 9)}!${draw(random, alphanumeric, 3)}`;

describe('a secret that is assigned', () => {
  const programs: readonly ((value: string) => string)[] = [
    (value) => `const password = "${value}";`,
    (value) => `apiKey: '${value}',`,
    (value) => `"client_secret": "${value}"`,
    (value) => `process.env.SESSION_SECRET || '${value}'`,
    (value) => `db.setPassword("${value}");`,
    (value) => `private String dbPassword = "${value}";`,
    (value) => `password: string = "${value}"`,
    (value) => `token := "${value}"`,
    (value) => `let secret: &str = "${value}";`,
    (value) => `define('DB_PASSWORD', '${value}');`,
    (value) => `if (password == "${value}") {`,
    (value) => `auth_token = b"${value}"`,
  ];
  it.each(programs.map((make) => [make('…'), make] as const))('in a program: %s', (_, make) => {
    expect(ruleIds(make(token()))).toEqual(['assigned-secret']);
  });

  const configurations: readonly (readonly [path: string, make: (value: string) => string])[] = [
    ['.env', (value) => `DB_PASSWORD=${value}`],
    ['deploy.yaml', (value) => `  password: ${value}`],
    ['deploy.yaml', (value) => `  - name: DB_PASSWORD\n    value: ${value}`],
    ['app.properties', (value) => `spring.datasource.password=${value}`],
    ['pom.xml', (value) => `<password>${value}</password>`],
    ['Dockerfile', (value) => `ENV API_TOKEN=${value}`],
    ['run.sh', (value) => `mysql --password=${value} -h db`],
    ['app.ini', (value) => `secret_key = ${value}`],
    ['main.tf', (value) => `password = "${value}"`],
  ];
  it.each(configurations)('in %s', (path, make) => {
    expect(ruleIds(make(token()), path)).toEqual(['assigned-secret']);
  });

  it('passwords that people choose, too', () => {
    for (let i = 0; i < 20; i++) expect(ruleIds(`password = "${password()}"`)).toEqual(['assigned-secret']);
  });

  it.each([
    'password = "password"',
    'password = "changeme"',
    'password = "<your password>"',
    'password = "your-password-here"',
    `password = "\${DB_PASSWORD}"`,
    'password = "{{ vault.password }}"',
    'password = process.env.PASSWORD1',
    'password = "xxxxxxxxxxxx"',
    'password = "********"',
    'passwordLabel = "Password1!"',
    'tokenUrl = "https://acme.io/oauth2/token"',
    'secretName = "db-credentials-1"',
    'tokenType = "Bearer2x"',
    'apiKey = "test-api-key-1"',
    'const token = "abcdefghijklmnopqrstuvwxyz0123456789"',
    'password = "C:\\\\Users\\\\a"',
    'secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-1a2b3c"',
    'secret: "op://vault/item/password1"',
    'password_reset_token: 8, // characters',
    'token = tokens[i1].value2',
    'private_key = "1f3870be-274f-6c49-b3e3-1a0c6728957f"',
    'token = "sha512-Mz0sYk5jTm1Rb3A5Zm9vYmFyMTIzNDU2Nzg5MA=="',
    '"password": "string1 of anything with spaces"',
  ])('left alone: %s', (line) => {
    expect(ruleIds(line)).toEqual([]);
  });

  it('in prose without an assignment', () => {
    const prose = 'The password policy2 is what the token endpoint2 returns when secret1 is set.';
    expect(ruleIds(prose, 'README.md')).toEqual([]);
  });
});

describe('a random-looking string', () => {
  it('as a literal, whatever it is called', () => {
    let found = 0;
    for (let i = 0; i < 100; i++) found += ruleIds(`const x = f("${token(40)}");`).length;
    expect(found).toBeGreaterThan(90);
  });

  it.each([
    ['a digest', () => `x("${draw(random, '0123456789abcdef', 64)}")`],
    ['an integrity', () => `"integrity": "sha512-${token(86)}=="`],
    ['an image', () => `img("iVBORw0KGgo${token(60)}")`],
    ['an alphabet', () => `"${alphanumeric}+/"`],
    ['a commit', () => `commit("${token(40)}")`],
    ['words', () => 'x("getElementsByClassName2AndTagName1OrNull0")'],
    ['a path', () => 'x("node/modules/Some1/Thing2/index3/Main4/aB5")'],
    ['a UUID', () => 'x("1f3870be-274f-4c49-b3e3-1a0c6728957f")'],
    ['part of a larger text', () => `"see ${token(40)} for more"`],
  ])('not %s', (_, make) => {
    expect(ruleIds(make())).toEqual([]);
  });
});

describe('a guess', () => {
  const line = `const password = "${token()}";`;

  it('blocks in programs, and warns in what looks like tests and examples', () => {
    for (const path of ['test/a.js', 'src/a.test.ts', 'examples/x/a.js', 'a/__fixtures__/b.js', 'FooTest.java'])
      expect(find(line, path)).toMatchObject([{ severity: 'warn' }]);
    for (const path of ['src/a.js', 'latest/a.js', 'contest.js', 'attestation/a.ts'])
      expect(find(line, path)).toMatchObject([{ severity: 'block' }]);
  });

  it('is not made in lock files', () => {
    for (const path of ['package-lock.json', 'a/yarn.lock', 'go.sum', 'Cargo.lock'])
      expect(find(line, path)).toEqual([]);
  });

  it.each(['// gitleaks:allow', '# pragma: allowlist secret'])('is silenced by %s, in its line only', (comment) => {
    expect(ruleIds(`${line} ${comment}`)).toEqual([]);
    expect(ruleIds(`${comment}\n${line}`)).toEqual(['assigned-secret']);
  });

  it('is the only thing that a comment silences', () => {
    const known = `ghp_${token(36)}`;
    expect(ruleIds(`const t = "${known}"; // gitleaks:allow`)).toEqual(['github-token']);
  });

  it('blocks only where it is new', () => {
    const judge = (content: string, before: string | null) =>
      inspect(
        [
          {
            path: 'src/a.ts',
            mode: '100644',
            content: Buffer.from(content),
            before: before === null ? null : Buffer.from(before),
          },
        ],
        { registered: new Set(), isSealed: () => false, known: null, credentials: search },
      ).map(({ rule }) => rule);
    expect(judge(line, null)).toEqual(['assigned-secret']);
    expect(judge(`// moved down\n\n  ${line}`, `${line}\n`)).toEqual([]);
    expect(judge(line, 'const password = read();')).toEqual(['assigned-secret']);
    // What is known by its form is found again and again.
    const github = `t("ghp_${token(36)}")`;
    expect(judge(github, github)).toEqual(['github-token']);
  });
});

it('names about secrets are told as an expression of all the words would tell them', () => {
  const words = [...aboutWords, 'expir\\w{0,6}'].join('|');
  const plainly = new RegExp(`(?:[_.-]|(?<=[a-z])(?=[A-Z]))(?:${words})\\d{0,2}$`, 'i');
  const part = fc.oneof(
    fc.constantFrom('token', 'secret', 'URL', 'Expires', 'expiry_in', '_', '.', '-', '1', '12', '9', 'Key', 'é'),
    fc.constantFrom(...aboutWords),
    fc.string({ maxLength: 3 }),
  );
  const name = fc.array(part, { maxLength: 5 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(name, (text) => {
      expect(isAboutSecret(text)).toBe(plainly.test(text));
    }),
    { numRuns: 5000 },
  );
});
