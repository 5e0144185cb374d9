/** What must not be committed, and what may: judged on the bytes handed in, and nothing else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  canaryPath,
  type Finding,
  foldPath,
  inspect,
  type KnownValues,
} from '../../src/guard/index.js';
import { knowing, secret } from './state.js';

const random = secret('q8Zt', 'LmX2', 'vB7n', 'Rk4P', 'wY6c');
const plaintext = JSON.stringify({ db: { password: random, host: 'db.example.com' } }, null, 2);
const sealed = 'sealed and complete';
const file = (path: string, content: string | Uint8Array | null = 'x\n', mode = '100644'): Candidate => {
  return { path, mode, content: content === null ? null : Buffer.from(content) };
};
const judge = (candidates: Candidate[], registered: string[] = [], known: KnownValues | null = null): Finding[] =>
  inspect(candidates, {
    registered: new Set(registered),
    isSealed: (_, bytes) => Buffer.from(bytes).equals(Buffer.from(sealed)),
    known,
  });
const rules = (...args: Parameters<typeof judge>) => judge(...args).map(({ path, rule }) => `${rule} ${path}`);

const hardNames = [
  '!important!.txt',
  '#andpounds.txt',
  'stars*bars?.txt',
  'space space.txt',
  'a\ttab',
  'a\rreturn',
  '🔑.json',
  '¡que!',
  'th\u00e9',
  'the\u0301',
  '*.go',
  'rm -f erase ; echo done',
  '-leading-hyphen',
  'a:b',
  'a/very/deep/path/to/some/file.json',
  '$(id)',
  '`id`',
  ':(top)x',
  'a\\b',
  '"quoted"',
  "it's",
];

describe('registered paths', () => {
  it.each(hardNames)('%j in plaintext', (name) => {
    expect(rules([file(name), file('other.txt')], [name])).toEqual([`registered-plaintext ${name}`]);
  });

  it('as a symlink, an executable, a submodule, or without content', () => {
    const registered = ['secrets.json'];
    for (const mode of ['100644', '100755', '120000', '160000']) {
      expect(rules([file('secrets.json', 'x', mode)], registered)).toEqual(['registered-plaintext secrets.json']);
      expect(rules([file('secrets.json', null, mode)], registered)).toEqual(['registered-plaintext secrets.json']);
    }
  });

  it.each([
    ['Secrets.JSON', 'secrets.json'],
    ['secrets.json', 'SECRETS.json'],
    ['conf/the\u0301.json', 'conf/th\u00e9.json'],
    ['conf/th\u00e9.json', 'conf/the\u0301.json'],
    ['TH\u00c9.json', 'the\u0301.json'],
    ['stra\u00dfe.json', 'STRASSE.json'],
    ['se\u200ccrets.json', 'secrets.json'],
    ['secrets.json.', 'secrets.json'],
    ['conf /secrets.json', 'conf/secrets.json'],
  ])('%j is %j to some file system', (staged, registered) => {
    expect(rules([file(staged)], [registered])).toEqual([`registered-plaintext ${staged}`]);
    expect(judge([file(staged)], [registered])[0]?.what).toContain('another spelling');
  });

  it('other paths are not', () => {
    const registered = ['secrets.json', 'a/b'];
    const others = [
      'secrets.jsonx',
      'secrets',
      'x/secrets.json',
      'secrets.json/x',
      'a',
      'a/b/c',
      'ab',
      'secrets.json.bak',
    ];
    expect(
      rules(
        others.map((path) => file(path)),
        registered,
      ),
    ).toEqual([]);
  });

  it('folding is stable and never makes a path empty', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (path) => {
        expect(foldPath(path)).not.toBe('');
        expect(foldPath(path.normalize('NFD'))).toBe(foldPath(path.normalize('NFC')));
      }),
    );
  });

  it('the canary is registered everywhere', () => {
    expect(rules([file(canaryPath, null)])).toEqual([`registered-plaintext ${canaryPath}`]);
  });
});

describe('sealed files', () => {
  it('a complete one passes', () => {
    expect(judge([file('secrets.json.age', sealed)], ['secrets.json'])).toEqual([]);
  });

  it.each([
    ['plaintext', 'secrets.json.age', '{"a":1}', '100644'],
    ['begins like a sealed file', 'secrets.json.age', 'age-encryption.org/v1\n', '100644'],
    ['empty', 'secrets.json.age', '', '100644'],
    ['another spelling', 'Secrets.json.AGE', 'x', '100644'],
    ['a symlink, even to something that looks sealed', 'secrets.json.age', sealed, '120000'],
  ])('%s does not', (_, path, content, mode) => {
    expect(rules([file(path, content, mode)], ['secrets.json'])).toEqual([`not-sealed ${path}`]);
  });

  it('a submodule in its place does not; one that cannot be read is said to be that', () => {
    expect(rules([file('s.age', null, '160000')], ['s'])).toEqual(['not-sealed s.age']);
    expect(rules([file('s.age', null)], ['s'])).toEqual(['unreadable s.age']);
  });

  it('other .age files are nobody’s business', () => {
    expect(judge([file('notes.age', 'no sealed file'), file('.age', 'x')], ['secrets.json'])).toEqual([]);
  });
});

describe('what cannot be read', () => {
  it('is said', () => {
    expect(rules([file('huge.bin', null), file('lib', null, '160000')])).toEqual(['unreadable huge.bin']);
  });
});

describe('known values', () => {
  const known = knowing({ 'config/prod.json': plaintext });

  it('in content, with line, column, label and encoding, never the value', () => {
    const content = `first\nä = "${random}"\nb = "${Buffer.from(random).toString('hex')}"\n`;
    expect(judge([file('app.ts', content)], [], known)).toEqual([
      {
        path: 'app.ts',
        line: 2,
        column: 6,
        rule: 'known-value',
        severity: 'block',
        what: 'value of db.password in config/prod.json',
        masked: 'q8…, 20 characters',
      },
      {
        path: 'app.ts',
        line: 3,
        column: 6,
        rule: 'known-value',
        severity: 'block',
        what: 'value of db.password in config/prod.json, hex',
        masked: 'q8…, 20 characters',
      },
    ]);
  });

  it('twice in a line is one finding', () => {
    expect(judge([file('app.ts', `${random} ${random}`)], [], known)).toHaveLength(1);
  });

  it('in a file name, which is then not shown', () => {
    const findings = judge(
      [file(`backup/${random}.txt`), file(`x/${Buffer.from(random).toString('base64url')}/y`)],
      [],
      known,
    );
    expect(findings.map(({ path, what }) => [path, what])).toEqual([
      ['backup/*', 'value of db.password in config/prod.json, in the name of the file'],
      ['x/*/y', 'value of db.password in config/prod.json, base64, in the name of the file'],
    ]);
  });

  it('other findings about such a file do not show its name either', () => {
    const findings = judge([file(`${random}`, null), file(`a/${random}`, random)], [`${random}`], known);
    expect(JSON.stringify(findings)).not.toContain(random);
    expect(findings.map((finding) => finding.rule)).toEqual([
      'registered-plaintext',
      'known-value',
      'known-value',
      'known-value',
    ]);
  });

  it('in the target of a symlink', () => {
    const [finding] = judge([file('link', `/tmp/${random}`, '120000')], [], known);
    expect(finding?.what).toBe('value of db.password in config/prod.json, in the target of the link');
  });

  it('nothing inline silences it', () => {
    for (const comment of ['gitleaks:allow', 'pragma: allowlist secret', 'blackbox-ts-ignore', 'nosec']) {
      expect(judge([file('a.ts', `x = "${random}" // ${comment}`)], [], known)).toHaveLength(1);
    }
  });

  it('in binary files, lock files and node_modules as well', () => {
    for (const path of ['package-lock.json', 'node_modules/x/y.js', 'image.png', '.blackbox/files']) {
      expect(
        judge([file(path, Buffer.concat([Buffer.from([0, 1, 2, 255]), Buffer.from(random)]))], [], known),
      ).toHaveLength(1);
    }
  });

  it('clean files give nothing', () => {
    const clean = [
      file('README.md', '# db.example.com\npassword: see the vault\n'),
      file('a.png', Buffer.alloc(5000, 7)),
      file('empty', ''),
    ];
    expect(judge(clean, ['config/prod.json'], known)).toEqual([]);
  });

  it('without known values only paths are judged', () => {
    expect(judge([file('a', random)], [], null)).toEqual([]);
  });
});

describe('a plaintext under another name', () => {
  const known = knowing({ 'config/prod.json': plaintext, 'tiny.json': '{}', 'note.txt': 'a short note only' });
  const whole = (content: string) =>
    judge([file('copy.txt', content)], ['config/prod.json'], known)
      .filter(({ rule }) => rule === 'registered-plaintext')
      .map(({ what }) => what);

  it.each([
    ['copied', plaintext],
    ['with other line ends', plaintext.replaceAll('\n', '\r\n')],
    ['without its final newline, with one more', `${plaintext}\n\n`],
    ['re-indented', JSON.stringify(JSON.parse(plaintext), null, 8)],
    ['minified', JSON.stringify(JSON.parse(plaintext))],
    ['with a byte order mark', `\ufeff${plaintext}`],
  ])('%s', (_, content) => {
    expect(whole(content)).toEqual(['the plaintext of config/prod.json under another name']);
  });

  it('something else, or nothing to speak of, is not', () => {
    for (const content of ['{}', '{ }\n', '', plaintext.replace('db.', 'dc.'), `${plaintext}${plaintext}`])
      expect(whole(content)).toEqual([]);
  });
});

describe('what is staged counts, not what lies in the work tree', () => {
  const known = knowing({ 's.json': plaintext });
  it('the engine sees only the bytes it is given', () => {
    const staged = file('a.txt', random);
    const worktree = file('a.txt', 'clean');
    expect(judge([staged], [], known)).toHaveLength(1);
    expect(judge([worktree], [], known)).toHaveLength(0);
  });
});
