/** The guard for people, CI and servers: commits, the tree, history, files; what is allowed; how it ends. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { tokenOf } from '../guard/token.js';
import { projectRoot } from '../harness/run.js';
import { newTeam } from '../harness/team.js';
import { found, register } from '../harness/vault.js';

const team = newTeam();
const secret = team.secret('password');
const token = tokenOf(team);
/** Without its prefix and checksum: of no form. */
const body = token.slice(4, -6);
const alice = found(team);
register(alice, { 'secrets.json': `{ "db": { "password": "${secret}" } }\n` });
const main = alice.run('git rev-parse HEAD').stdout.trim();

beforeEach(() => {
  alice.run(['git', 'checkout', '-q', '-f', '-B', 'main', main]);
  alice.run('git clean -q -f -d');
});
afterAll(() => team[Symbol.dispose]());

const commit = (path: string, content: string, message = 'a commit') => {
  alice.write(path, content);
  alice.run(['git', 'add', '-f', '--', path]);
  alice.run(['git', 'commit', '-q', '--no-verify', '-m', message]);
};
const guard = (words: string, code: number | null = 0) => alice.run(`blackbox-ts guard ${words}`, { code });
/** For what stories ask of a step that {@link guard} has started, or that is its variant. */
const led = (words: string, code: number | null = 0) => alice.lead(`blackbox-ts guard ${words}`, { code });
const findings = (words: string, code = 3) => JSON.parse(led(`${words} --json`, code).stdout).findings;

describe('what is looked at', () => {
  it('commits: each blob once, also what was taken out again, with the message', () => {
    commit('a.txt', `${secret}\n`);
    alice.run('git mv a.txt b.txt');
    commit('b.txt', 'gone\n', `remove ${token}`);
    guard('HEAD..HEAD');
    expect(findings('HEAD~2..HEAD').map((one: { path: string; rule: string }) => `${one.rule} ${one.path}`)).toEqual([
      'known-value a.txt',
      'github-token (message)',
    ]);
    guard('--all');
    expect(guard('nowhere..HEAD', 1).stderr).toContain('git');
  });

  it('history: all refs; what is on a remote is to be rotated', () => {
    commit('a.txt', `${token}\n`);
    const [own] = findings('--history');
    expect(own).toMatchObject({ rule: 'github-token', published: false });
    expect(guard('--history', 3).stderr).not.toContain('change it where it is used');
    alice.run('git push -q --no-verify origin HEAD:refs/heads/leaked');
    expect(findings('--history')).toMatchObject([{ commit: own.commit, published: true }]);
    expect(guard('--history', 3).stderr).toContain('change it where it is used');
    alice.run('git push -q origin :refs/heads/leaked');
  });

  it('the tree: what is tracked, whether staged now or long ago', () => {
    commit('a.txt', `${token}\n`);
    led('');
    const { stderr } = guard('--all', 3);
    expect(stderr).toMatch(/^found: 1 finding in 1 file\n {2}a\.txt:1:1: github-token.*change it where it is used/s);
  });

  it('files, folders and standard input; outside of any repository too', () => {
    alice.write('dir/a.txt', `${token}\n`);
    expect(findings('dir').map((one: { path: string }) => one.path)).toEqual(['dir/a.txt']);
    alice.run('blackbox-ts guard -', { stdin: `x ${token}`, code: 3 });
    alice.run('blackbox-ts guard -', { stdin: 'x' });
    const outside = join(team.folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'b.txt'), `${token}\n`);
    alice.run('blackbox-ts guard b.txt', { cwd: outside, code: 3 });
    alice.run('blackbox-ts guard nothing.txt', { cwd: outside, code: 1 });
    alice.run('blackbox-ts guard --hook nonsense', { code: 2 });
  });

  it('a registered file’s plaintext is where it belongs in the work tree, and a leak in a commit', () => {
    alice.lead('blackbox-ts decrypt secrets.json');
    commit('secrets.json', '{}\n');
    expect(findings('HEAD~1..HEAD')).toMatchObject([{ path: 'secrets.json', rule: 'registered-plaintext' }]);
  });
});

describe('reports', () => {
  it('SARIF: rules, places, levels and ids; no value', () => {
    alice.write('dir/a b.txt', `first\nx ${token}\ny ${secret}\n`);
    alice.run('git add dir');
    const { stdout } = guard('--sarif', 3);
    expect(stdout).not.toContain(token.slice(4));
    expect(stdout).not.toContain(secret);
    const log = JSON.parse(stdout);
    expect(log.version).toBe('2.1.0');
    const [run] = log.runs;
    expect(run.tool.driver.rules.map((rule: { id: string }) => rule.id).sort()).toEqual([
      'github-token',
      'known-value',
    ]);
    expect(run.results).toHaveLength(2);
    expect(run.results.find((one: { ruleId: string }) => one.ruleId === 'github-token')).toMatchObject({
      level: 'error',
      partialFingerprints: { 'blackbox-ts/1': expect.stringMatching(/^github-token:[0-9a-f]{20}$/) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'dir/a%20b.txt' },
            region: { startLine: 2, startColumn: 3 },
          },
        },
      ],
    });
  });
});

describe('what is allowed', () => {
  const idOf = (words = '', code = 3): string => findings(words, code)[0].id;

  it('passes, for everybody who has the line, wherever the text stands; other texts do not', () => {
    alice.write('a.txt', `${token}\n`);
    alice.run('git add a.txt');
    const id = idOf();
    expect(guard('', 3).stderr).toContain(`blackbox-ts guard allow ${id} --reason`);
    const { stderr } = guard(`allow ${id} --reason 'made up' --until 2999-12-31`);
    expect(stderr).toContain("git commit -m 'allow what is no secret'");
    expect(alice.read('.blackbox/allowed')).toMatch(new RegExp(`^# .*\n${id}\t2999-12-31\tmade up\n$`));
    expect(alice.read('.blackbox/allowed')).not.toContain(token);
    alice.run('git commit -q -m allowed');
    alice.run('git mv a.txt elsewhere.md');
    alice.run('git commit -q -m moved');
    alice.write('b.txt', `${token.slice(0, -1)}${token.endsWith('x') ? 'y' : 'x'}\n`);
    alice.run('git add b.txt');
    led('', 3);
    alice.run('git push -q --dry-run origin HEAD:refs/heads/allowed');
  });

  it('needs an id and a reason, and a day that there is', () => {
    const id = `github-token:${'0'.repeat(20)}`;
    for (const words of [id, `${id} --reason ''`, `nonsense --reason x`, `${id} --reason x --until 2030-02-30`])
      guard(`allow ${words}`, 2);
    guard(`allow ${id} --reason x --dry-run`);
    expect(existsSync(join(alice.clone, '.blackbox/allowed'))).toBe(false);
  });

  it('ends with its day', () => {
    alice.write('a.txt', `${token}\n`);
    alice.run('git add a.txt');
    guard(`allow ${idOf()} --reason 'for a while' --until 2020-01-01`);
    guard('', 3);
  });

  it('a known value and a registered path have no id', () => {
    alice.write('a.txt', `${secret}\n`);
    alice.run('git add a.txt');
    const [finding, ...others] = findings('');
    expect([finding, others]).toMatchObject([{ rule: 'known-value' }, []]);
    expect(finding).not.toHaveProperty('id');
    expect(guard('', 3).stderr).not.toContain('guard allow');
  });

  it('two branches that each allow something merge', () => {
    const ids = ['1', '2'].map((digit) => `github-token:${digit.repeat(20)}`);
    for (const [i, branch] of ['one', 'two'].entries()) {
      alice.run(['git', 'checkout', '-q', '-B', branch, main]);
      led(`allow ${ids[i]} --reason because`);
      alice.run('git commit -q -m allowed');
    }
    alice.run('git merge -q -m both one');
    guard('--all');
    expect(ids.filter((id) => !alice.read('.blackbox/allowed').includes(id))).toEqual([]);
  });

  it('a damaged list fails closed', () => {
    alice.write('.blackbox/allowed', 'everything\n');
    expect(guard('', 1).stderr).toContain('line 1 of .blackbox/allowed');
  });

  it('with --config-from, what comes in does not allow itself, nor unregister', () => {
    alice.write('a.txt', `${token}\n`);
    alice.run('git add a.txt');
    led(`allow ${idOf()} --reason 'let me in'`);
    alice.run('git commit -q -m sneaky');
    led(`${main}..HEAD`);
    guard(`--config-from ${main} ${main}..HEAD`, 3);
    alice.write('.blackbox/files', '');
    commit('secrets.json', 'x\n');
    alice.run('git add .blackbox/files');
    alice.run('git commit -q --no-verify -m unregistered');
    const rules = findings(`--config-from ${main} HEAD~2..HEAD`).map((one: { rule: string }) => one.rule);
    expect(rules).toContain('registered-plaintext');
    led('--config-from nowhere HEAD~1..HEAD', 1);
  });
});

describe('a value that is no secret', () => {
  it('is forgotten where its key is marked, unless it is a secret under another key', () => {
    const host = `h${body}.acme.io`;
    const both = `b${body}`;
    alice.write('config.json', JSON.stringify({ host_token: host, id_token: both, password: both }));
    alice.lead('blackbox-ts register config.json');
    alice.run('git commit -q -m config');
    alice.write('a.txt', `${host}\n`);
    alice.write('b.txt', `${both}\n`);
    alice.run('git add a.txt b.txt');
    expect(findings('').map((one: { path: string }) => one.path)).toEqual(['a.txt', 'b.txt']);
    guard('public config.json host_token', 2);
    led("public nothing.json host_token --reason 'x'", 1);
    expect(guard("public config.json host_token id_token --reason 'in every client'").stderr).toContain('setup');
    alice.lead('blackbox-ts setup');
    const left = findings('');
    expect(left.map((one: { path: string }) => one.path)).toEqual(['b.txt']);
    expect(left[0].what).toBe('value of password in config.json');
    expect(alice.read('.blackbox/public')).not.toContain(body);
    alice.run('git reset -q --hard');
  });
});

describe('what gitleaks was told', () => {
  it('counts for guesses, from the protected side where it is named; a broken file counts for nothing, and is said', () => {
    alice.write('a.ts', `password = "${body}"\n`);
    alice.write('.gitleaks.toml', '[allowlist]\npaths = ["^a[.]ts$"]\n');
    alice.run('git add a.ts .gitleaks.toml');
    led('');
    alice.run('git commit -q -m silenced');
    guard(`--config-from ${main} ${main}..HEAD`, 3);
    alice.write('.gitleaks.toml', '[');
    expect(guard(`${main}..HEAD`, 3).stderr).toContain('silences nothing');
  });

  it('finds with the team’s own rules where it says so, from the protected side; what is not done is said', () => {
    const rules = '[[rules]]\nid = "acme"\nregex = "acme_[0-9a-f]{32}"\n[[rules]]\nid = "b"\nregex = "("\n';
    commit('.gitleaks.toml', `[blackbox-ts]\nrules = true\n${rules}`);
    commit('a.txt', `acme_${'0123456789abcdef'.repeat(2)}\n`);
    const { stderr } = guard('HEAD~1..HEAD', 3);
    expect(stderr).toMatch(/a\.txt:1:1: gitleaks-acme: .*\[gitleaks-acme:[0-9a-f]{20}\]/);
    expect(stderr).toContain('.gitleaks.toml: the rule b is not run');
    commit('.gitleaks.toml', rules);
    expect(guard('HEAD~2..HEAD').stderr).toContain('.gitleaks.toml has 2 rules that are not run');
    led('--config-from HEAD~1 HEAD~2..HEAD', 3);
  });
});

describe('a server', () => {
  it('refuses with the pre-receive of docs/guard.md, before any branch changes', () => {
    const docs = readFileSync(join(projectRoot, 'docs/guard.md'), 'utf8');
    const script = /```sh\n(#!\/bin\/sh\n[^`]*pre-receive[^`]*)```/.exec(docs)?.[1] ?? '';
    const server = join(team.folder, 'server.git');
    alice.run(['git', 'clone', '-q', '--bare', team.origin, server]);
    const bin = join(team.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'blackbox-ts'),
      `#!/bin/sh\nexec '${process.execPath}' '${join(projectRoot, 'bin/blackbox-ts.js')}' "$@"\n`,
      { mode: 0o755 },
    );
    writeFileSync(join(server, 'hooks/pre-receive'), script, { mode: 0o755 });
    const env = { PATH: `${bin}:${alice.env.PATH}` };
    const push = (...words: string[]) =>
      alice.run(['git', 'push', '-q', '--no-verify', server, ...words], { env, code: null });
    const refs = () => alice.run(['git', 'ls-remote', server]).stdout;

    commit('fine.txt', 'fine\n');
    expect(push('HEAD:refs/heads/fine').code).toBe(0);
    const before = refs();
    commit('a.txt', `${token}\n`);
    const { code, stderr } = push('HEAD:refs/heads/leak', 'HEAD~1:refs/heads/other');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/a\.txt:1:1: github-token/);
    commit('a.txt', 'removed\n', 'taken out again');
    expect(push('HEAD:refs/heads/leak').code).not.toBe(0);
    alice.run(['git', 'checkout', '-q', '-B', 'registered', main]);
    commit('secrets.json', '{}\n');
    expect(push('HEAD:refs/heads/plain').stderr).toContain('registered-plaintext');
    expect(refs()).toBe(before);
    expect(push(':refs/heads/fine').code).toBe(0);
  });
});

describe('repositories of other kinds', () => {
  const inFolder = (name: string) => {
    const folder = join(team.folder, name);
    const run = (line: string | readonly string[], code: number | null = 0) => alice.run(line, { cwd: folder, code });
    const leak = () => {
      writeFileSync(join(folder, 'a.txt'), `${token}\n`);
      run('git add a.txt');
    };
    return { folder, run, leak };
  };

  it('with SHA-256 ids', () => {
    const remote = join(team.folder, 'sha256-origin.git');
    alice.run(['git', 'init', '-q', '--bare', '--object-format=sha256', remote]);
    alice.run(['git', 'init', '-q', '--object-format=sha256', join(team.folder, 'sha256')]);
    const { folder, run, leak } = inFolder('sha256');
    alice.lead('blackbox-ts init --name alice', { cwd: folder });
    run('git commit -q -m vault');
    run(['git', 'push', '-q', remote, 'HEAD:refs/heads/main']);
    leak();
    run('git commit -q -m oops', 1);
    run('git commit -q --no-verify -m oops');
    expect(run(['git', 'push', '-q', remote, 'HEAD:refs/heads/main'], 1).stderr).toContain('github-token');
  });

  it.each([
    ['without blobs', '--filter=blob:none'],
    ['shallow', '--depth=1'],
  ])('cloned %s', (name, option) => {
    alice.run(['git', '-C', team.origin, 'config', 'uploadpack.allowFilter', 'true']);
    const folder = join(team.folder, `clone ${name}`);
    alice.run(['git', 'clone', '-q', option, `file://${team.origin}`, folder]);
    const { run, leak } = inFolder(`clone ${name}`);
    run('blackbox-ts hook install');
    writeFileSync(join(folder, 'fine.txt'), 'fine\n');
    run('git add fine.txt');
    run('git commit -q -m fine');
    run('git push -q --dry-run origin HEAD:refs/heads/fine');
    leak();
    run('git commit -q -m oops', 1);
    run('git commit -q --no-verify -m oops');
    expect(run('git push -q origin HEAD:refs/heads/oops', 1).stderr).toContain('github-token');
  });

  it('linked worktrees', () => {
    alice.run(['git', 'worktree', 'add', '-q', '-B', 'linked', join(team.folder, 'linked'), main]);
    const { run, leak } = inFolder('linked');
    leak();
    run('git commit -q -m oops', 1);
    expect(run(['git', 'commit', '-q', '--allow-empty', '-m', `use ${token}`, '--only'], 1).stderr).toContain(
      '(message)',
    );
    run('git commit -q --no-verify -m oops');
    expect(run('git push -q origin HEAD:refs/heads/oops', 1).stderr).toContain('github-token');
    alice.run(['git', 'worktree', 'remove', '--force', join(team.folder, 'linked')]);
  });
});

describe('pre-commit, the program', () => {
  it('is offered hooks that run the guard', () => {
    const hooks = parse(readFileSync(join(projectRoot, '.pre-commit-hooks.yaml'), 'utf8'));
    const [index, message] = hooks.map((hook: { entry: string }) => hook.entry);
    alice.write('a.txt', `${token}\n`);
    alice.run('git add a.txt');
    alice.run(index, { code: 3 });
    alice.write('.git/message', `use ${token}\n`);
    alice.run(`${message} .git/message`, { code: 3 });
  });
});
