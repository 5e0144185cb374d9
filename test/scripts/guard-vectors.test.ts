/** The ways in which secrets got past other scanners: each is stopped, for a value that is known here and for a token that nobody knew. */
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { tokenOf } from '../guard/token.js';
import { zip } from '../guard/zip.js';
import { newTeam } from '../harness/team.js';
import { found, register } from '../harness/vault.js';

const team = newTeam();
const known = team.secret('password');
const token = tokenOf(team);
const alice = found(team);
register(alice, { 'secrets.json': `{ "db": { "password": "${known}" } }\n` });
alice.write('.gitattributes', `${alice.read('.gitattributes')}*.nodiff -diff\n*.js text eol=crlf\n`);
alice.write('old name.txt', 'line\n'.repeat(50));
alice.run('git add -A');
alice.commitAndPush('a file');
const main = alice.run('git rev-parse HEAD').stdout.trim();

beforeEach(() => {
  alice.run(['git', 'reset', '-q', '--hard', main]);
  alice.run('git clean -q -f -d -x -e node_modules');
});
afterAll(() => team[Symbol.dispose]());

const write = (path: string, content: string | Uint8Array) => {
  const absolute = join(alice.clone, path);
  mkdirSync(dirname(absolute), { recursive: true });
  writeFileSync(absolute, content);
};

const names = [
  '!important!.txt',
  '#andpounds.txt',
  'stars*bars?.txt',
  'space space.txt',
  'a\ttab',
  'a\rreturn',
  '🔑.json',
  'th\u00e9',
  'the\u0301',
  '*.go',
  'rm -f erase ; echo done',
  '-leading-hyphen',
  'a:b',
  '"quoted"',
];

/** By path: what is written there. */
const vectors = (secret: string): Record<string, string | Uint8Array> => ({
  'new.ts': `export const x = '${secret}';\n`,
  'renamed and edited.txt': `${'line\n'.repeat(50)}${secret}\n`,
  'binary.nodiff': `x ${secret}\n`,
  'utf16.txt': Buffer.from(`\ufeffx ${secret}\n`, 'utf16le'),
  'utf16be.txt': Buffer.from(`x ${secret} and some more text\n`, 'utf16le').swap16(),
  'nul.bin': `\0\0\x01${secret}\0\0`,
  'packed.gz': gzipSync(`x ${secret}\n`),
  'packed.zip': zip({ 'inner/notes.txt': Buffer.from(`x ${secret}\n`) }),
  'base64.txt': Buffer.from(`prefix ${secret} suffix`).toString('base64'),
  'wrapped.txt': Buffer.from(`${'prefix '.repeat(9)}${secret} suffix`)
    .toString('base64')
    .replace(/(.{64})/g, '$1\n'),
  'hex.txt': Buffer.from(secret).toString('hex'),
  'package-lock.json': `{ "resolved": "https://acme.io/x.tgz?t=${secret}" }\n`,
  'node_modules/brought/index.js': `module.exports = '${secret}';\n`,
  [`named-${secret}.txt`]: 'nothing\n',
  'windows.js': `const x = 1;\r\nconst y = '${secret}';\r\n`,
  'large.txt': `${'0 filling that nobody reads\n'.repeat(200_000)}${secret}\n`,
  ...Object.fromEntries(names.map((name) => [`odd/${name}`, `${secret}\n`])),
});

interface Found {
  readonly path: string;
  readonly rule: string;
}

/** Stages everything, tries to commit, and gives what was found. */
function refused(): Found[] {
  const { code, stdout, stderr } = alice.run('git commit -q -m oops', { code: null });
  expect(code).not.toBe(0);
  expect(stdout + stderr).not.toContain(known);
  expect(stdout + stderr).not.toContain(token.slice(4));
  expect(alice.run('git rev-parse HEAD').stdout.trim()).toBe(main);
  return JSON.parse(alice.run('blackbox-ts guard --json', { code: 3 }).stdout).findings;
}

describe.each([
  ['a known value', known, 'known-value'],
  ['a token that nobody knew', token, 'github-token'],
])('%s', (_, secret, rule) => {
  it('in every form and place', () => {
    const all = vectors(secret);
    for (const [path, content] of Object.entries(all)) write(path, content);
    symlinkSync(`/srv/${secret}`, join(alice.clone, 'link'));
    alice.run(['git', 'rm', '-q', '--cached', '--', 'old name.txt']);
    alice.run(['git', 'add', '-f', '--', '.', ':(exclude)node_modules/.bin', ':(exclude)node_modules/blackbox-ts']);
    const paths = new Set(
      refused()
        .filter((one) => one.rule === rule)
        .map((one) => one.path),
    );
    const expected = [...Object.keys(all), 'link'].map((path) => (path.startsWith('named-') ? '*' : path));
    expect(expected.filter((path) => !paths.has(path))).toEqual([]);
  });

  it('staged, and no longer in the work tree; not the other way round', () => {
    write('a.txt', `${secret}\n`);
    alice.run('git add a.txt');
    write('a.txt', 'harmless\n');
    expect(refused()).toMatchObject([{ path: 'a.txt', rule }]);
    alice.run('git add a.txt');
    write('a.txt', `${secret}\n`);
    alice.run('git commit -q -m harmless');
  });

  it('in the object of a Git LFS pointer', () => {
    const object = Buffer.from(`x ${secret}\n`);
    const oid = createHash('sha256').update(object).digest('hex');
    write(`.git/lfs/objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}`, object);
    write('data.bin', `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${object.length}\n`);
    alice.run('git add data.bin');
    expect(refused()).toMatchObject([{ path: 'data.bin', rule }]);
  });

  it('in the address of a submodule', () => {
    write('.gitmodules', `[submodule "a"]\n\tpath = a\n\turl = https://x:${secret}@acme.io/a.git\n`);
    alice.run('git add .gitmodules');
    expect(refused()).toMatchObject([{ path: '.gitmodules', rule }]);
  });

  it('in the first commit of a repository', () => {
    const folder = join(team.folder, `first-${rule}`);
    mkdirSync(folder);
    const run = (line: string) => alice.run(line, { cwd: folder, code: null });
    run('git init -q');
    run('blackbox-ts init --name alice');
    // What this clone knows it has learnt in the other one.
    if (rule === 'known-value') {
      writeFileSync(join(folder, 'own.json'), `{ "p": "${secret}" }\n`);
      run('blackbox-ts register own.json');
    }
    writeFileSync(join(folder, 'a.txt'), `${secret}\n`);
    run('git add a.txt');
    const { code, stderr } = run('git commit -q -m first');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(new RegExp(`a\\.txt:1:1: ${rule}.*git rm --cached -- a\\.txt`, 's'));
  });
});

describe('a new submodule', () => {
  it('is said, as nobody looks into it', () => {
    alice.run(['git', 'update-index', '--add', '--cacheinfo', `160000,${main},sub`]);
    const { stdout } = alice.run('blackbox-ts guard --json');
    expect(JSON.parse(stdout).findings).toMatchObject([{ path: 'sub', rule: 'not-scanned', severity: 'warn' }]);
    alice.run('blackbox-ts guard --strict', { code: 3 });
    alice.run('git commit -q --no-verify -m sub');
    expect(JSON.parse(alice.run('blackbox-ts guard --json').stdout).findings).toEqual([]);
  });

  it('and an intent to add is no reason to fail', () => {
    write('later.txt', 'later\n');
    alice.run('git add -N later.txt');
    alice.run('blackbox-ts guard');
  });
});
