/**
 * Hooks of git's configuration, which git reads since 2.54. No such git is on the machines where this is tested: held here are what is written,
 * and what the commands do when they are started as hook.c of git 2.54 starts them: by `sh -c`, with `"$@"` behind the command where there
 * are arguments, with what git tells on standard input, in the top of the work tree, before the hook that is a file.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { hookSource } from '../../src/commands/hook.js';
import { installConfigHooks, removeConfigHooks } from '../../src/commands/hook-config.js';
import { hasConfigHooks } from '../../src/guard/config-hooks.js';
import { hookNames } from '../../src/guard/index.js';
import { nodeHost } from '../../src/host/host.js';
import { locate } from '../../src/vault/index.js';
import { tokenOf } from '../guard/token.js';
import { programFile } from '../harness/run.js';
import { newTeam } from '../harness/team.js';
import { found } from '../harness/vault.js';

const team = newTeam();
const token = tokenOf(team);
const alice = found(team);
afterAll(() => team[Symbol.dispose]());

const host = { ...nodeHost(), cwd: alice.clone, program: { node: process.execPath, script: programFile } };
const place = locate(host);
const install = (version = '2.54.0') => installConfigHooks(host, place, hookSource(host), hookNames, version);
const settings = () => alice.run('git config --local --get-regexp ^hook', { code: null }).stdout;

/** As git would: every command of an event, in order; the exit codes together. */
function runConfigured(event: string, args: readonly string[] = [], input = '') {
  const names = alice
    .run(['git', 'config', '--get-regexp', '^hook\\..*\\.event$', `^${event}$`], { code: null })
    .stdout.split('\n')
    .flatMap((line) => /^(hook\..*)\.event /.exec(line)?.[1] ?? []);
  let [status, stderr] = [0, ''];
  for (const name of names) {
    const command = alice.run(['git', 'config', '--get', `${name}.command`]).stdout.replace(/\n$/, '');
    const shell = args.length === 0 ? ['-c', command] : ['-c', `${command} "$@"`, command, ...args];
    const ran = spawnSync('sh', shell, { cwd: alice.clone, env: alice.env, input, encoding: 'utf8' });
    status |= ran.status ?? 1;
    stderr += ran.stderr;
  }
  return { names, status, stderr };
}

const hookFile = (name: string) => join(alice.clone, '.git/hooks', name);
/** As a hook manager does that is not ours. */
const writeAway = () => {
  for (const name of hookNames) writeFileSync(hookFile(name), '#!/bin/sh\n', { mode: 0o755 });
};
const stageLeak = () => {
  alice.write('a.txt', `${token}\n`);
  alice.run('git add a.txt');
};

const files = new Map(hookNames.map((name) => [name, readFileSync(hookFile(name))]));
beforeEach(async () => {
  for (const [name, content] of files) writeFileSync(hookFile(name), content, { mode: 0o755 });
  alice.run('git reset -q --hard');
  await install();
});

it('are written for a git that reads them, and for no other', async () => {
  expect(['2.39.5', '2.53.9', '1.99.0', '', 'unknown'].filter(hasConfigHooks)).toEqual([]);
  expect(['2.54.0', '2.54.0.rc1', '2.100.1', '3.0.0'].filter(hasConfigHooks)).toHaveLength(4);
  await removeConfigHooks(host, place);
  await install('2.53.0');
  expect(settings()).toBe('');
  await install();
  const first = settings();
  // An event whose command is missing stops git; a name that is an event's is refused.
  expect(first.match(/^hook\.blackbox-ts-[a-z-]+\.(command|event) /gm)).toEqual(
    hookNames.flatMap((name) => [`hook.blackbox-ts-${name}.command `, `hook.blackbox-ts-${name}.event `]),
  );
  await install();
  expect(settings()).toBe(first);
  for (const name of hookNames) expect(runConfigured(name, ['x', 'y']).names).toEqual([`hook.blackbox-ts-${name}`]);
});

describe('where the file is ours', () => {
  it('they are quiet: nothing is looked at twice', () => {
    stageLeak();
    expect(runConfigured('pre-commit')).toMatchObject({ status: 0, stderr: '' });
    expect(alice.run('git commit -q -m leak', { code: null }).stderr.match(/a\.txt:1:1/g)).toHaveLength(1);
  });

  it('also with husky, which runs hooks beside the folder that git knows', () => {
    alice.write('.husky/_/h', '');
    alice.write('.husky/_/pre-commit', '#!/bin/sh\n');
    alice.run('chmod +x .husky/_/pre-commit');
    alice.run('git config core.hooksPath .husky/_');
    stageLeak();
    expect(runConfigured('pre-commit').status).not.toBe(0);
    alice.write('.husky/pre-commit', '# blackbox-ts guard 1\n# end of blackbox-ts guard\n');
    expect(runConfigured('pre-commit')).toMatchObject({ status: 0, stderr: '' });
    rmSync(join(alice.clone, '.husky/_/pre-commit'));
    expect(runConfigured('pre-commit').status).not.toBe(0);
    alice.run('git config --unset core.hooksPath');
  });
});

describe('where another program has written it away', () => {
  beforeEach(writeAway);

  it('they refuse what is staged, a message, and what is pushed; a canary, too', () => {
    stageLeak();
    expect(runConfigured('pre-commit').stderr).toContain('a.txt:1:1: github-token');
    alice.write('message', `${token}\n`);
    expect(runConfigured('commit-msg', ['message']).stderr).toContain('github-token');
    alice.run('git commit -q --no-verify -m leak');
    const tip = alice.run('git rev-parse HEAD').stdout.trim();
    const refs = `refs/heads/main ${tip} refs/heads/x ${'0'.repeat(40)}\n`;
    const pushed = runConfigured('pre-push', ['origin', team.origin], refs);
    expect([pushed.status === 0, pushed.stderr]).toEqual([false, expect.stringContaining('a.txt:1:1: github-token')]);
    expect(runConfigured('pre-push', ['.blackbox/canary', 'x']).stderr).toContain('.blackbox/canary');
    alice.run('git reset -q --hard HEAD~1');
  });

  it('what does not leak goes through, and what was there before is left to git', () => {
    alice.write('a.txt', 'fine\n');
    alice.run('git add a.txt');
    expect(runConfigured('pre-commit')).toMatchObject({ status: 0, stderr: '' });
    alice.write('message', 'a message with long enough words: extraordinarily\n');
    expect(runConfigured('commit-msg', ['message'])).toMatchObject({ status: 0, stderr: '' });
  });

  it('a part of it that is gone refuses, and says what to type', () => {
    rmSync(join(alice.clone, '.git/blackbox-ts/hooks'), { recursive: true });
    const { status, stderr } = runConfigured('pre-commit');
    expect([status === 0, stderr]).toEqual([false, expect.stringContaining('blackbox-ts hook install')]);
    expect(runConfigured('commit-msg', ['message']).status).not.toBe(0);
  });
});

it('are taken out with the others', () => {
  expect(settings()).not.toBe('');
  alice.run('blackbox-ts hook uninstall');
  expect(settings()).toBe('');
  expect(existsSync(hookFile('pre-commit'))).toBe(false);
});
