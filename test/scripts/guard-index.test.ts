/** Machines that only scan: they know what must not leak, and can read none of it. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { pushAll } from '../harness/attack.js';
import { newTeam } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const team = newTeam();
const secret = team.secret('password');
const operations = team.secret('ops');
const weak = `Summer-${new Date().getFullYear()}-holiday-in-the-mountains`;
const alice = found(team);
register(alice, { 'secrets.json': `${JSON.stringify({ db: { password: secret, motto: weak } })}\n` });
alice.lead(['blackbox-ts', 'admin', 'change', 'alice', '--group', 'ops']);
alice.write('ops.env', `TOKEN=${operations}\n`);
alice.lead('blackbox-ts register --group ops ops.env');

/** A machine that has nothing but its key, in a variable. */
const ci = team.person('ci');
alice.lead(['blackbox-ts', 'admin', 'add', '--role', 'scanner', '--group', 'ops', ci.newKey('age')]);
alice.lead('blackbox-ts guard index');
alice.commitAndPush('a machine that scans');
ci.pull();
const main = alice.run('git rev-parse HEAD').stdout.trim();

beforeEach(() => {
  for (const { run } of [alice, ci]) {
    run(['git', 'reset', '-q', '--hard', main]);
    run('git clean -q -f -d');
  }
});
afterAll(() => team[Symbol.dispose]());

const guard = (words: string, code = 0, options = {}) => ci.run(`blackbox-ts guard ${words}`, { code, ...options });
const led = (words: string, code = 0) => ci.lead(`blackbox-ts guard ${words}`, { code });
/** What each look finds; that it ends so for whoever starts it, other stories show. */
const rules = (words: string) =>
  JSON.parse(led(`${words} --json`, 3).stdout).findings.map((one: { rule: string; what: string }) => [
    one.rule,
    one.what,
  ]);

/** Leaks in the CI machine's clone, in one commit. */
function leak(content: string): void {
  ci.write('a.txt', content);
  ci.run('git add a.txt');
  ci.run('git commit -q --no-verify -m work');
}

describe('a machine that only scans', () => {
  it('reads no file', () => {
    for (const command of ['cat secrets.json', 'cat ops.env', 'decrypt', 'guard index'])
      expect(ci.lead(`blackbox-ts ${command}`, { code: null }).code, command).not.toBe(0);
    expect(ci.has('secrets.json')).toBe(false);
    const { files } = JSON.parse(ci.lead('blackbox-ts who --json').stdout);
    expect(files.map(({ readers }: { readers: string[] }) => readers)).toEqual([['alice'], ['alice']]);
    const load = "import { loadSecretsSync } from 'blackbox-ts'; loadSecretsSync({ files: 'secrets.json' })";
    expect(ci.node(load, { code: 1 }).stderr).toContain('ERR_BLACKBOX_NOT_A_RECIPIENT');
  });

  it('refuses what would leak: in commits, the tree, history, files, standard input, and what is staged', () => {
    leak(`x ${secret}\ny ${Buffer.from(operations).toString('base64')}\n`);
    const both = [
      ['known-value', 'value of secrets.json'],
      ['known-value', 'value of ops.env, base64'],
    ];
    for (const words of ['HEAD~1..HEAD', '--all', '--history', 'a.txt', '--config-from HEAD~1 HEAD~1..HEAD'])
      expect(rules(words), words).toEqual(both);
    guard('-', 3, { stdin: secret });
    ci.write('b.txt', `${secret}\n`);
    ci.run('git add b.txt');
    guard('', 3);
    expect(guard('--hook pre-commit', 3).stderr).toContain('value of secrets.json');
  });

  it('knows no value that could be guessed', () => {
    leak(`${weak}\n`);
    guard('HEAD~1..HEAD');
  });

  it('says what it could not look for, once a value has changed, until the index is made anew', () => {
    const next = team.secret('next');
    expect(guard('index --check').stderr).toContain('knows 2 files as sealed now');
    expect(alice.run('blackbox-ts set secrets.json db.password', { stdin: next }).stderr).toContain(
      'blackbox-ts guard index',
    );
    expect(alice.lead('blackbox-ts doctor', { code: null }).stdout).toMatch(/scan index.*out of date: secrets\.json/);
    alice.run('git commit -q -m change');
    ci.run(['git', 'fetch', '-q', alice.clone, 'HEAD']);
    ci.run('git merge -q FETCH_HEAD');
    leak(`${next}\n`);
    expect(guard('HEAD~1..HEAD').stderr).toMatch(/1 file are not known here.*: secrets\.json\n.*guard index/s);
    expect(JSON.parse(led('--all --json').stdout).unknown).toEqual(['secrets.json']);
    expect(guard('index --check', 3).stderr).toContain('secrets.json');
    alice.lead('blackbox-ts guard index');
    alice.run('git commit -q -m index');
    ci.run(['git', 'pull', '-q', '--no-edit', alice.clone, 'HEAD']);
    led('index --check');
    led('--all', 3);
  });

  it('is told when its key opens nothing, and does not pass', () => {
    const stranger = team.person('stranger', { installed: false });
    stranger.newKey('age');
    const file = join(stranger.home, '.config', 'blackbox-ts', 'identity');
    for (const words of [`-i ${file} --all`, `-i ${file} -`])
      expect(guard(words, 1, { stdin: 'x' }).stderr).toContain('the scan index does not open with the identity');
    guard('--all', 1, { env: { BLACKBOX_IDENTITY_FILE: file, HOME: stranger.home, XDG_CONFIG_HOME: '' } });
    // In somebody's hook it is no reason to stop them.
    guard('--hook pre-commit', 0, {
      env: { BLACKBOX_IDENTITY_FILE: file, HOME: stranger.home, XDG_CONFIG_HOME: join(stranger.home, 'none') },
    });
  });

  it('runs no command for a key in a hook', () => {
    const trace = join(team.folder, 'trace');
    const env = { BLACKBOX_IDENTITY_CMD: `touch ${trace}`, XDG_CONFIG_HOME: '/nowhere' };
    guard('--hook pre-commit', 0, { env });
    expect(ci.run(['ls', trace], { code: null }).code).not.toBe(0);
  });
});

describe('an index that is none', () => {
  const index = '.blackbox/scan/index.age';

  it('forged, damaged, or of another audience: refused, with words', () => {
    const good = readFileSync(join(ci.clone, index));
    const at = (bytes: Buffer) => writeFileSync(join(ci.clone, index), bytes);
    at(Buffer.concat([good.subarray(0, -1), Buffer.from([(good.at(-1) ?? 0) ^ 1])]));
    expect(guard('--all', 1).stderr).toContain('.blackbox/scan/index.age');
    at(good.subarray(0, 100));
    expect(led('--all', 1).stderr).toContain('.blackbox/scan/index.age');
    copyFileSync(join(ci.clone, '.blackbox/scan/index,ops.age'), join(ci.clone, index));
    expect(guard('--all', 1).stderr).toContain('is not authentic');
    expect(guard('--hook pre-commit', 1).stderr).toContain('is not authentic');
    expect(alice.lead('blackbox-ts status --check').code).toBe(0);
    ci.write('.blackbox/scan/stray', 'x');
    expect(led('--all', 1).stderr).toContain('only scan indexes belong here');
  });

  it('what comes in does not take it away', () => {
    ci.run('git rm -q -r .blackbox/scan');
    leak(`${secret}\n`);
    led('HEAD~1..HEAD');
    guard('--config-from HEAD~1 HEAD~1..HEAD', 3);
  });

  it('a value that is sealed by a sealed file of a stranger counts for nothing', () => {
    const mallory = team.person('mallory');
    mallory.run(['git', 'init', '-q', join(team.folder, 'mallory', 'other')]);
    const other = { cwd: join(team.folder, 'mallory', 'other') };
    mallory.lead(['blackbox-ts', 'init', '--name', 'mallory'], other);
    writeFileSync(join(other.cwd, 'secrets.json'), '{}');
    mallory.lead('blackbox-ts register secrets.json', other);
    mallory.lead('blackbox-ts guard index', other);
    copyFileSync(join(other.cwd, index), join(mallory.clone, index));
    pushAll(mallory, 'an index of nothing');
    ci.run('git pull -q origin main');
    expect(guard('--all', 1).stderr).toMatch(/is not authentic.*mallory/s);
    expect(guard(`--config-from ${main} --all`).stderr).toContain('no leak');
    ci.run(['git', 'push', '-q', '--no-verify', '--force', 'origin', `${main}:main`]);
  });
});

describe('people', () => {
  it('two branches that refresh it merge; it says to do so once more', () => {
    alice.run('git checkout -q -b side');
    alice.lead('blackbox-ts guard index');
    alice.run('git commit -q -m side');
    alice.run('git checkout -q -B trunk HEAD~1');
    alice.lead('blackbox-ts guard index');
    alice.run('git commit -q -m trunk');
    const { stderr } = alice.run('git merge -q --no-edit side');
    expect(stderr).toContain('when the merge is done: blackbox-ts guard index');
    alice.run('blackbox-ts guard index --check');
  });

  it('who is in no group of its files leaves an index alone; who is removed loses it', () => {
    alice.run(['git', 'push', '-q', '--no-verify', '--force', 'origin', `${main}:main`]);
    alice.run('git checkout -q -B main');
    const bob = letIn(team, alice, 'bob');
    const { stderr } = bob.run('blackbox-ts guard index', { code: 1 });
    expect(stderr).toMatch(/not indexed, as you cannot read it: ops\.env\n.*somebody in ops/);
    alice.lead('blackbox-ts admin remove ci');
    alice.commitAndPush('no machine');
    bob.run('git checkout -q -f .');
    ci.run('git pull -q origin main');
    guard('-i ../home/.config/blackbox-ts/identity --all', 1);
    expect(alice.lead('blackbox-ts status --check', { code: null }).stderr).not.toContain('scan index');
    alice.run('blackbox-ts guard index --remove');
    expect(alice.has('.blackbox/scan/index.age')).toBe(false);
  });
});
