import { deepStrictEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';
import fc from 'fast-check';
import { stringify as stringifyIni } from 'ini';
import { stringify as stringifyToml } from 'smol-toml';
import { afterEach, describe, expect, it } from 'vitest';
import { stringify as stringifyYaml } from 'yaml';
import { BlackboxError } from '../../src/errors.js';
import { decodeText, formatOf, leaves, parseText, parseValue, type Value } from '../../src/formats/index.js';
import { iniTrees, trees } from './arbitraries.js';

const bytes = (text: string) => Buffer.from(text, 'utf8');
const read = (path: string, text: string) => parseText(formatOf(path), bytes(text), path);

function failure(run: () => unknown): BlackboxError {
  try {
    run();
  } catch (error) {
    if (error instanceof BlackboxError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

afterEach(() => expect(Object.keys(Object.prototype)).toEqual([]));

describe('formatOf', () => {
  it.each([
    ['secrets.json', 'json'],
    ['deep/SECRETS.JSON', 'json'],
    ['a.yaml', 'yaml'],
    ['a.yml', 'yaml'],
    ['.env', 'dotenv'],
    ['apps/web/.env.production', 'dotenv'],
    ['prod.env', 'dotenv'],
    ['.env.json', 'json'],
    ['a.toml', 'toml'],
    ['a.ini', 'ini'],
    ['setup.cfg', 'ini'],
    ['a.jsonc', 'plain'],
    ['a.properties', 'plain'],
    ['.envrc', 'plain'],
    ['cert.pem', 'plain'],
    ['json', 'plain'],
    ['folder.json/key', 'plain'],
    ['', 'plain'],
  ])('%s is %s', (path, name) => {
    expect(formatOf(path).name).toBe(name);
  });
});

describe('bytes', () => {
  it('takes UTF-8 with and without a byte order mark, and with CRLF', () => {
    for (const [path, text] of [
      ['a.json', '{\r\n"a": "ü"\r\n}'],
      ['a.yaml', 'a: ü\r\n'],
      ['a.toml', 'a = "ü"\r\n'],
      ['a.ini', 'a = ü\r\n'],
      ['.env', 'a=ü\r\n'],
    ] as const) {
      expect(read(path, text)).toStrictEqual({ a: 'ü' });
      expect(read(path, `\ufeff${text}`)).toStrictEqual({ a: 'ü' });
    }
    expect(decodeText(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]).subarray(0), 'x')).toBe('a');
  });

  it('refuses what is not text', () => {
    for (const odd of [
      [0xc3, 0x28],
      [0xed, 0xa0, 0x80],
      [0x61, 0],
      [0xff, 0xfe, 0x61, 0],
    ]) {
      const error = failure(() => parseText(formatOf('a.json'), Uint8Array.from(odd), 'a.json'));
      expect(error.code).toBe('ERR_BLACKBOX_NOT_TEXT');
      expect(error.file).toBe('a.json');
    }
    expect(failure(() => decodeText(Buffer.from('\ufeffa', 'utf16le'), 'a.env')).message).toContain('UTF-16');
  });

  it('refuses what is too large to parse', () => {
    expect(failure(() => read('a.json', ' '.repeat(16 * 1024 * 1024 + 1))).code).toBe('ERR_BLACKBOX_TOO_LARGE');
    expect(failure(() => read('a.yaml', '#'.repeat(1024 * 1024 + 1))).code).toBe('ERR_BLACKBOX_TOO_LARGE');
  });

  it('wants names at the top level, and leaves other files to loadFile', () => {
    for (const [path, text] of [
      ['a.json', '[1]'],
      ['a.json', 'null'],
      ['a.json', '"x"'],
      ['a.yaml', '- 1'],
      ['a.yaml', ''],
      ['a.pem', 'x'],
    ] as const) {
      expect(failure(() => read(path, text)).code).toBe('ERR_BLACKBOX_NOT_STRUCTURED');
    }
    expect(parseValue(formatOf('a.json'), bytes('["x"]'), 'a.json')).toStrictEqual(['x']);
  });

  it('takes an empty file where the format does', () => {
    for (const path of ['a.toml', 'a.ini', '.env']) expect(read(path, '')).toStrictEqual({});
    expect(failure(() => read('a.json', '')).code).toBe('ERR_BLACKBOX_SYNTAX');
  });
});

describe('nothing is evaluated or expanded', () => {
  const hostile = ['$HOME', `\${HOME}`, '$(id -un)', '`id -un`', '%PATH%', 'pa$$word', '{{x}}', '!!js/function x'];
  it.each(hostile)('%s', (value) => {
    const double = JSON.stringify(value);
    expect(read('a.json', `{"a":${double}}`)).toStrictEqual({ a: value });
    expect(read('a.yaml', `a: ${double}`)).toStrictEqual({ a: value });
    expect(read('a.toml', `a = ${double}`)).toStrictEqual({ a: value });
    expect(read('a.ini', `a = ${double}\nb = '${value}'\nc = ${value}`)).toStrictEqual({
      a: value,
      b: value,
      c: value,
    });
    expect(read('.env', `a='${value}'`)).toStrictEqual({ a: value });
  });
});

describe('round trips through the libraries that write these formats', () => {
  const check = (path: string, write: (value: unknown) => string, arbitrary = trees) =>
    fc.assert(
      fc.property(arbitrary, (tree) => {
        deepStrictEqual(read(path, write(tree)), tree);
      }),
      { numRuns: 300 },
    );
  it('JSON', () => check('a.json', (tree) => JSON.stringify(tree, null, 2)));
  // The stringifier writes the name `<<` without quotes, as if it were a merge key.
  it('YAML', () =>
    check(
      'a.yaml',
      (tree) => stringifyYaml(tree),
      trees.filter((tree) => !JSON.stringify(tree).includes('"<<":')),
    ));
  it('TOML', () => check('a.toml', (tree) => stringifyToml(tree)));
  it('INI', () => check('a.ini', (tree) => stringifyIni(tree), iniTrees));
});

describe('errors tell the place and never the content', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9]{12,20}$/);
  const documents: readonly [string, (s: string) => string][] = [
    ['a.json', (s) => `{"db": {"password": ${s}}}`],
    ['a.json', (s) => `{"db": {"password": "${s}}`],
    ['a.json', (s) => `{"${s}": "a" "b"}`],
    ['a.json', (s) => `{"a": "\\q${s}"}`],
    ['a.json', (s) => `{"a": 1} ${s}`],
    ['a.json', (s) => `${s}`],
    ['a.yaml', (s) => `a: ${s}: b`],
    ['a.yaml', (s) => `a: "${s}`],
    ['a.yaml', (s) => `${s}: 1\n${s}: 2`],
    ['a.yaml', (s) => `a: *${s}`],
    ['a.yaml', (s) => `a: !${s} b`],
    ['a.yaml', (s) => `a: !!python/object:${s} b`],
    ['a.yaml', (s) => `a: [${s}\nb: c`],
    ['a.yaml', (s) => `%${s}\n---\na: b`],
    ['a.yaml', (s) => `a: 1\n--- ${s}\n`],
    ['a.yaml', (s) => `? [${s}]\n: 1`],
    ['a.yaml', (s) => `a: "\\q${s}"`],
    ['a.yaml', (s) => `a: b\n}${s}`],
    ['a.yaml', (s) => `<<: ${s}`],
    ['a.toml', (s) => `a = ${s}`],
    ['a.toml', (s) => `a = "${s}`],
    ['a.toml', (s) => `${s} = 1\n${s} = 2`],
    ['a.toml', (s) => `[${s}\na = 1`],
    ['a.toml', (s) => `a = "\\q${s}"`],
    ['a.toml', (s) => `${s}`],
    ['a.toml', (s) => `a = 1 ${s}`],
    ['a.toml', () => 'a = 99999999999999999999'],
    ['a.ini', (s) => `[${s}`],
    ['a.ini', (s) => `= ${s}`],
    ['a.ini', (s) => `a = ${s}\n[a]`],
    ['a.ini', (s) => `[a]\nb = ${s}\n[a.b]\nc = 1`],
    ['a.ini', (s) => `[a.b]\n[a]\nb = ${s}`],
    ['.env', (s) => `__proto__=${s}`],
    ['.env', (s) => `A=b\nexport __proto__ = ${s}`],
  ];
  it.each(documents)('%s %s', (path, document) => {
    fc.assert(
      fc.property(secret, (s) => {
        const error = failure(() => read(path, document(s)));
        expect(error.code).toBe('ERR_BLACKBOX_SYNTAX');
        expect(error.message).toMatch(/line \d+, column \d+/);
        expect(`${error.message}${error.stack}${String(error.cause)}`).not.toContain(s);
      }),
      { numRuns: 20 },
    );
  });

  it('holds for any mutilation of any document', () => {
    const cut = (text: string, at: number, put: string) =>
      text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1);
    const secretTrees = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.oneof(secret, fc.dictionary(fc.constantFrom('d', 'e'), secret), fc.array(secret)),
    );
    const writers: [string, (tree: unknown) => string][] = [
      ['a.json', (tree) => JSON.stringify(tree)],
      ['a.yaml', (tree) => stringifyYaml(tree)],
      ['a.toml', (tree) => stringifyToml(tree)],
      ['a.ini', (tree) => stringifyIni(tree)],
    ];
    fc.assert(
      fc.property(
        secretTrees,
        fc.nat(),
        fc.constantFrom(...'"\'{}[]:,=*&!%@#\\\t\n-? '),
        fc.constantFrom(...writers),
        (tree, at, put, [path, write]) => {
          try {
            read(path, cut(write(tree), at, put));
          } catch (error) {
            if (!(error instanceof BlackboxError)) throw error;
            for (const { value } of leaves(tree as Value))
              expect(error.message).not.toContain(String(value).slice(0, 6));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('shows a hostile file name without its control characters', () => {
    const error = failure(() => read('a\u001b[2J.json', '{'));
    expect(error.message).not.toContain('\u001b');
  });
});

describe('bounds', () => {
  const quick = (path: string, text: string): string => {
    const start = performance.now();
    const { code } = failure(() => read(path, text));
    expect(performance.now() - start).toBeLessThan(5000);
    return code;
  };
  it('refuses depth, in every way to write it', () => {
    expect(quick('a.json', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toBe('ERR_BLACKBOX_SYNTAX');
    expect(quick('a.json', '['.repeat(1_000_000))).toBe('ERR_BLACKBOX_SYNTAX');
    expect(quick('a.yaml', `a: ${'['.repeat(5000)}${']'.repeat(5000)}`)).toBe('ERR_BLACKBOX_SYNTAX');
    expect(quick('a.yaml', Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''))).toBe(
      'ERR_BLACKBOX_SYNTAX',
    );
    expect(quick('a.yaml', '- '.repeat(2000))).toBe('ERR_BLACKBOX_SYNTAX');
    expect(quick('a.toml', `a = ${'['.repeat(20_000)}`)).toBe('ERR_BLACKBOX_SYNTAX');
    expect(quick('a.toml', `${'a.'.repeat(20_000)}a = 1`)).toBe('ERR_BLACKBOX_SYNTAX');
    expect(quick('a.ini', `[${'a.'.repeat(20_000)}a]\nx = 1`)).toBe('ERR_BLACKBOX_SYNTAX');
  });

  it('refuses aliases that multiply or go in circles', () => {
    const lists = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`);
    const maps = Array.from({ length: 40 }, (_, i) => `b${i + 1}: &b${i + 1} {x: *b${i}, y: *b${i}}`);
    expect(quick('a.yaml', ['a0: &a0 [x]', ...lists].join('\n'))).toBe('ERR_BLACKBOX_SYNTAX');
    expect(quick('a.yaml', ['b0: &b0 {z: 1}', ...maps].join('\n'))).toBe('ERR_BLACKBOX_SYNTAX');
    expect(quick('a.yaml', 'a: &a [*a]')).toBe('ERR_BLACKBOX_SYNTAX');
    expect(quick('a.yaml', 'a: &a {b: *a}')).toBe('ERR_BLACKBOX_SYNTAX');
    expect(quick('a.yaml', 'a: &a {<<: *a}')).toBe('ERR_BLACKBOX_SYNTAX');
  });

  it('reads many names in reasonable time', () => {
    const start = performance.now();
    const text = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1\n`).join('');
    expect(Object.keys(read('a.yaml', text))).toHaveLength(20_000);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('parsers', () => {
  it('are loaded when first needed, and say nothing', async () => {
    const contents = `
      import { createRequire } from 'node:module';
      import { formatOf, parseText } from './src/formats/index.ts';
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((f) => f.includes('node_modules')).length;
      const read = (path, text) => { try { parseText(formatOf(path), Buffer.from(text), path); } catch {} return loaded(); };
      const cheap = [loaded(), read('a.json', '{"a":"b"}'), read('.env', 'a=b'), read('a.ini', 'a=b'), read('a.pem', 'x')];
      const lazy = [read('a.yaml', 'a: b'), read('a.yaml', '? [1]\\n: !x 2'), read('a.toml', 'a = "b"')];
      console.log(JSON.stringify([cheap, lazy.every((n) => n > 0)]));`;
    const stdin = { contents, resolveDir: process.cwd(), loader: 'ts' } as const;
    const bundled = await build({
      stdin,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      write: false,
    });
    const run = spawnSync(process.execPath, ['--input-type=module', '-'], {
      input: bundled.outputFiles[0]?.text ?? '',
      encoding: 'utf8',
    });
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toEqual([[0, 0, 0, 0, 0], true]);
  });
});
