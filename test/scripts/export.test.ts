/** What is exported is what its reader reads: sh, Node's --env-file, YAML and JSON parsers, the runner of GitHub Actions. */
import { execFileSync } from 'node:child_process';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { formatOf, type Tree } from '../../src/formats/index.js';
import { declarations } from '../../src/runtime/declare.js';
import { githubEnv, githubMasks, kubernetesSecret, lineFormats, yamlText } from '../../src/runtime/export.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, register } from '../harness/vault.js';

const hard = {
  A: 'plain',
  B: "it's",
  C: 'say "hi"',
  D: '$HOME `id` $(id) \\n \\\\',
  E: 'two\nlines',
  F: ' spaces # and = ',
  G: '',
  H: '::set-env name=X::y%0A',
  I: 'ghadelimiter\nEVIL=1\n',
  J: 'ünï ☃',
};

let team: Team;
let alice: Person;
beforeAll(() => {
  team = newTeam();
  alice = found(team);
  const tree = { ...hard, nested: { list: ['x', 1, { y: null }], on: true, port: 1.5 }, none: null };
  register(alice, { 'secrets.json': JSON.stringify(tree), 'dots.json': '{"a.b":1,"a":{"c":3,"d":4}}' });
});
afterAll(() => team[Symbol.dispose]());

const run = (words: readonly string[], env = {}) =>
  alice.run(['blackbox-ts', 'export', ...words], { shows: true, env }).stdout;
const variables = { ...hard, NESTED_LIST: '["x",1,{"y":null}]', NESTED_ON: 'true', NESTED_PORT: '1.5' };
const names = Object.keys(variables);
const show = `JSON.stringify(Object.fromEntries(${JSON.stringify(names)}.map((n) => [n, process.env[n]])))`;

describe('export', () => {
  it('dotenv, as node --env-file reads it', () => {
    alice.write('out.env', run([]));
    const seen = execFileSync(process.execPath, ['--env-file=out.env', '-p', show], {
      cwd: alice.clone,
      encoding: 'utf8',
    });
    expect(JSON.parse(seen)).toEqual(variables);
    alice.run('rm out.env');
  });

  it('shell, as sh reads it', () => {
    alice.write('out.sh', `${run(['-f', 'shell'])}exec "$0" -p '${show.replaceAll("'", "'\\''")}'\n`);
    const seen = execFileSync('sh', ['-c', '. ./out.sh', process.execPath], { cwd: alice.clone, encoding: 'utf8' });
    expect(JSON.parse(seen)).toEqual(variables);
    alice.run('rm out.sh');
  });

  it('docker, a line each, and nothing that has several', () => {
    const only = names.filter((name) => !['E', 'I'].includes(name)).join();
    const lines = run(['-f', 'docker', '--only', only]).trimEnd().split('\n');
    const seen = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    const { E: _, I: __, ...rest } = variables;
    // The last line's blanks were cut here, not there.
    expect(seen).toEqual(rest);
    const refused = alice.run(['blackbox-ts', 'export', '-f', 'docker'], { code: 1 });
    expect([refused.stdout, refused.stderr]).toEqual([
      '',
      'blackbox-ts: E cannot be written as docker: it has several lines\n',
    ]);
  });

  it('json and yaml, the trees as they are', () => {
    const tree = JSON.parse(run(['-f', 'json'])) as Tree;
    expect(tree).toEqual({ ...hard, nested: { list: ['x', 1, { y: null }], on: true, port: 1.5 }, none: null });
    const text = run(['--format', 'yaml']);
    expect(parseYaml(text)).toEqual(tree);
    expect(formatOf('x.yaml').parse(text)).toEqual(tree);
    expect(JSON.parse(run(['-f', 'json', '--only', 'nested.on,A']))).toEqual({ A: 'plain', nested: { on: true } });
    expect(JSON.parse(run(['-f', 'json', '--from', 'dots.json', '--only', 'a.b,a.c']))).toEqual({
      'a.b': 1,
      a: { c: 3 },
    });
    expect(alice.run('blackbox-ts export -f json --prefix X_', { code: 2 }).stdout).toBe('');
  });

  it('json and yaml also of what no variable can be', () => {
    const odd = { 'not-ünï': 'a\0b', 'A.B': 1, A_B: 2 };
    register(alice, { 'odd.json': JSON.stringify(odd) });
    expect(JSON.parse(run(['-f', 'json', '--from', 'odd.json']))).toEqual(odd);
    expect(parseYaml(run(['-f', 'yaml', '--from', 'odd.json', '--only', 'not-ünï']))).toEqual({ 'not-ünï': 'a\0b' });
  });

  it('k8s-secret, a manifest', () => {
    expect(alice.run('blackbox-ts export --name app', { code: 2 }).stderr).toContain(
      '--name goes with --format k8s-secret',
    );
    const manifest = parseYaml(run(['-f', 'k8s-secret', '--name', 'app', '--prefix', 'P_'])) as {
      data: Record<string, string>;
    };
    expect({ ...manifest, data: {} }).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'app' },
      type: 'Opaque',
      data: {},
    });
    const decoded = Object.fromEntries(
      Object.entries(manifest.data).map(([k, v]) => [k.slice(2), Buffer.from(v, 'base64').toString()]),
    );
    expect(decoded).toEqual(variables);
    expect(alice.run(['blackbox-ts', 'export', '-f', 'k8s-secret', '--name', 'a\nb: c'], { code: 2 }).stdout).toBe('');
    expect(parseYaml(kubernetesSecret([], 'x'))).toMatchObject({ data: {} });
  });

  it('github-actions: masks on stdout, values in the file that the runner reads', () => {
    alice.write('github.env', 'BEFORE=1\n');
    const masks = run(['-f', 'github-actions'], { GITHUB_ENV: `${alice.clone}/github.env` });
    expect(readRunner(alice.read('github.env').replace('BEFORE=1\n', ''))).toEqual(variables);
    expect(masks.split('\n').every((line) => line === '' || line.startsWith('::add-mask::'))).toBe(true);
    for (const line of ['EVIL=1', 'two', 'lines', 'two%0Alines', '::set-env name=X::y%250A'])
      expect(masks).toContain(`::add-mask::${line}\n`);
    const both = run(['-f', 'github-actions']);
    expect(readRunner(both.replace(/^::add-mask::.*\n/gm, ''))).toEqual(variables);
    alice.run('rm github.env');
  });

  it('refuses a format that there is not', () => {
    expect(alice.run('blackbox-ts export -f xml', { code: 2 }).stderr).toContain('dotenv, json, yaml');
  });
});

/** As actions/runner reads $GITHUB_ENV: NAME<<DELIMITER, lines, DELIMITER. */
function readRunner(text: string): Record<string, string> {
  const seen: Record<string, string> = {};
  const lines = text.split('\n');
  for (let i = 0; i < lines.length - 1; i++) {
    const [name = '', delimiter = ''] = (lines[i] ?? '').split('<<');
    const end = lines.indexOf(delimiter, i + 1);
    seen[name] = lines.slice(i + 1, end).join('\n');
    i = end;
  }
  return seen;
}

describe('whatever the value', () => {
  const text = fc
    .oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ maxLength: 30 }))
    .map((t) => t.replaceAll('\0', ''));
  const line = (format: string, value: string) => {
    const written = lineFormats.get(format)?.({ name: 'N', value, path: 'n' });
    return written !== undefined && 'line' in written ? `${written.line}\n` : null;
  };
  it('dotenv gives it back, or it is refused', () => {
    fc.assert(
      fc.property(text, (value) => {
        const written = line('dotenv', value);
        // Node leaves carriage returns out, and knows no escape for all three kinds of quotes.
        if (written === null) expect(/\r|'.*|`/s.test(value)).toBe(true);
        else expect(parseEnv(`A=1\n${written}B=2\n`)).toEqual({ A: '1', N: value, B: '2' });
      }),
    );
    expect(line('dotenv', 'a\rb')).toBeNull();
  });
  it('a reader of YAML 1.1 takes it for text, too, as kubectl does: names and values', () => {
    const tricky = ['yes', 'NO', 'on', 'y', '1_000', '0b11', '12:30:45', '2001-12-14', '0o14', '<<', '=', 'null', '.5'];
    const tree = Object.fromEntries(tricky.map((one, i) => [`n${i}`, one]));
    expect(parseYaml(yamlText(tree), { version: '1.1' })).toEqual(tree);
    // PyYAML stops at these, without quotes.
    expect(yamlText({ '=': '=', '<<': '<<' })).toBe('"=": "="\n"<<": "<<"\n');
    const evil = JSON.parse('{"__proto__":{"a":"b"},"constructor":"c"}') as Tree;
    expect(Object.keys(formatOf('x.yaml').parse(yamlText(evil)) as Tree)).toEqual(['__proto__', 'constructor']);
    // Base64 of this one is 0400.
    const all = ['ON', 'NO', 'Y', 'NULL', 'TRUE'].map((name) => ({ name, value: 'Ӎ4', path: name }));
    const manifest = parseYaml(kubernetesSecret(all, '1e3'), { version: '1.1' }) as Record<string, unknown>;
    expect(manifest.metadata).toEqual({ name: '1e3' });
    expect(manifest.data).toEqual(Object.fromEntries(all.map(({ name }) => [name, '0400'])));
  });
  it('docker reads no longer lines, and they are refused', () => {
    expect(line('docker', 'x'.repeat(65_533))).toHaveLength(65_536);
    expect(line('docker', 'x'.repeat(65_534))).toBeNull();
    expect(line('docker', 'ü'.repeat(33_000))).toBeNull();
  });
  it('masks cover it, line by line, whatever ends a line', () => {
    const masks = githubMasks([{ name: 'N', value: 'one\rtwo\r\nthree\nfour', path: 'n' }]);
    for (const one of ['one', 'two', 'three', 'four']) expect(masks).toContain(`::add-mask::${one}\n`);
    fc.assert(
      fc.property(text, (value) => {
        const masks = githubMasks([{ name: 'N', value, path: 'n' }]);
        expect(masks.split('\n').every((one) => one === '' || one.startsWith('::add-mask::'))).toBe(true);
        const end = 'e'.repeat(40);
        expect(readRunner(githubEnv([{ name: 'N', value, path: 'n' }], () => end))).toEqual({ N: value });
      }),
    );
  });
});

describe('types', () => {
  it('writes names and shapes, checks them, and types loadSecrets()', () => {
    alice.run('blackbox-ts types');
    const written = alice.read('secrets.d.ts');
    expect(written).toContain('list: Array<number | string | {');
    expect(written).toContain('on: boolean;');
    for (const value of ['plain', 'hi', 'lines', '1.5']) expect(written).not.toContain(value);
    alice.run('blackbox-ts types --check');
    alice.write('secrets.d.ts', `${written}// more\n`);
    expect(alice.run('blackbox-ts types --check', { code: 3 }).stderr).toContain('blackbox-ts types');
    expect(alice.run('blackbox-ts types -o -').stdout).toBe(written);
    alice.run('blackbox-ts types');
    expect(alice.read('secrets.d.ts')).toBe(written);
  });

  it('overwrites nothing but declarations of its own, and nothing at all in a dry run', () => {
    alice.write('mine.d.ts', 'export type Mine = 1;\n');
    const sealed = alice.bytes('secrets.json.age');
    for (const [path, says] of [
      ['mine.d.ts', 'mine.d.ts exists already'],
      ['secrets.json.age', 'secrets.json.age is a registered file'],
      ['secrets.json', 'secrets.json is a registered file'],
      ['.gitignore', 'blackbox-ts types --out'],
    ] as const)
      expect(alice.run(['blackbox-ts', 'types', '--out', path], { code: 1 }).stderr).toContain(says);
    expect(alice.bytes('secrets.json.age').equals(sealed)).toBe(true);
    expect([alice.read('mine.d.ts'), alice.has('secrets.json')]).toEqual(['export type Mine = 1;\n', false]);
    expect(alice.run('blackbox-ts types --dry-run -o new.d.ts').stderr).toContain('would write new.d.ts');
    expect(alice.has('new.d.ts')).toBe(false);
    // A check that looks at nothing would pass in CI whatever has changed.
    expect(alice.run('blackbox-ts types --check -o -', { code: 2 }).stdout).toBe('');
  });

  it('is the same for the same shape, and valid for every name', () => {
    expect(declarations({ b: 1, a: 'x' })).toBe(declarations({ a: 'y', b: 2 }));
    expect(declarations({ 'a-b': { "'\n": [], ü: {} } })).toContain('"a-b": {');
    expect(declarations({ 'x*/;': 'v' })).toContain('"x*/;": string;');
  });
});
