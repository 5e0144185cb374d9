/** The hook where people have it: with hooks of their own, in worktrees, in odd folders, in clones without node_modules. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { installPackage, newTeam, type Person } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

function writeHook(person: Person, path: string, text: string): void {
  person.write(path, text);
  chmodSync(join(person.clone, path), 0o755);
}

function stageLeak(person: Person, cwd = person.clone): void {
  person.run(['node', '-e', "require('fs').writeFileSync('secrets.json', 'leak')"], { cwd });
  person.run('git add -f secrets.json', { cwd });
}

/** That a leak is refused here, and something harmless is not. */
function expectGuarded(person: Person, cwd = person.clone): void {
  stageLeak(person, cwd);
  expect(person.run('git commit -q -m oops', { cwd, code: 1 }).stderr).toContain('secrets.json');
  person.run('git rm -q -f --cached secrets.json', { cwd });
  person.run('rm -f secrets.json', { cwd });
  person.run('git commit -q --allow-empty -m fine', { cwd });
}

it('a hook that was there before runs too, before and after', () => {
  using team = newTeam();
  const alice = team.person('alice');
  writeHook(alice, '.git/hooks/pre-commit', '#!/bin/sh\necho ran >> .git/ran\ntest ! -e .git/veto\n');
  alice.run('blackbox-ts init');
  alice.run("git commit -q -m 'a vault'");
  expect(alice.read('.git/ran')).toBe('ran\n');
  register(alice, { 'secrets.json': team.secret() });
  expectGuarded(alice);
  alice.write('.git/veto', '');
  expect(alice.run('git commit -q --allow-empty -m veto', { code: 1 }).code).toBe(1);
  alice.run('rm .git/veto');

  alice.lead('blackbox-ts hook install');
  alice.run('blackbox-ts hook install');
  const runs = alice.read('.git/ran').length;
  alice.run('git commit -q --allow-empty -m once');
  expect(alice.read('.git/ran').length).toBe(runs + 'ran\n'.length);
  expectGuarded(alice);

  alice.run('blackbox-ts hook uninstall');
  expect(alice.read('.git/hooks/pre-commit')).toBe('#!/bin/sh\necho ran >> .git/ran\ntest ! -e .git/veto\n');
  stageLeak(alice);
  alice.run('git commit -q -m "nobody guards"');
});

it('without one before, uninstalling leaves nothing', () => {
  using team = newTeam();
  const alice = found(team);
  expect(alice.has('.git/hooks/pre-commit')).toBe(true);
  alice.run('blackbox-ts hook uninstall');
  expect(alice.has('.git/hooks/pre-commit')).toBe(false);
  alice.lead('blackbox-ts hook uninstall');
});

it('core.hooksPath is honoured', () => {
  using team = newTeam();
  const alice = team.person('alice');
  alice.run('git config core.hooksPath .githooks');
  alice.run('blackbox-ts init');
  expect(alice.has('.githooks/pre-commit')).toBe(true);
  expect(alice.has('.git/hooks/pre-commit')).toBe(false);
  alice.run('git commit -q -m "a vault"');
  alice.write('secrets.json', team.secret());
  alice.lead('blackbox-ts register secrets.json');
  alice.run('git commit -q -m secrets');
  expectGuarded(alice);
});

it('linked worktrees are guarded, and have states of their own', () => {
  using team = newTeam();
  const [secret, changed] = [team.secret('first'), team.secret('changed')];
  const alice = found(team);
  register(alice, { 'secrets.json': secret });
  const tree = join(alice.clone, '..', 'side tree');
  alice.run(['git', 'worktree', 'add', '-q', '-b', 'side', tree]);
  expect(team.whereIs(secret)).toEqual([]);
  expectGuarded(alice, tree);
  expect(alice.run('blackbox-ts cat secrets.json', { cwd: tree, shows: true }).stdout).toBe(secret);
  alice.lead('blackbox-ts decrypt secrets.json', { cwd: tree });
  expect(alice.has('secrets.json')).toBe(false);
  alice.write('../side tree/secrets.json', changed);
  alice.lead('blackbox-ts encrypt secrets.json', { cwd: tree });
  alice.run('git commit -q -m changed', { cwd: tree });
  expect(alice.lead('blackbox-ts cat secrets.json', { shows: true }).stdout).toBe(secret);
  alice.run('git merge -q side');
  expect(alice.lead('blackbox-ts cat secrets.json', { shows: true }).stdout).toBe(changed);
});

it('a repository whose path has spaces, quotes and dollars', () => {
  using team = newTeam();
  const alice = team.person('alice', { folder: `it's a $(touch pwned) "folder" – ünïcode` });
  alice.run('blackbox-ts init');
  alice.run("git commit -q -m 'a vault'");
  register(alice, { 'secrets.json': team.secret() });
  expectGuarded(alice);
  expect(team.whereIs('pwned').filter((path) => path.endsWith('/pwned'))).toEqual([]);
});

it('a clone without node_modules refuses clearly instead of passing in silence', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'secrets.json': team.secret() });
  const bob = letIn(team, alice, 'bob');
  expectGuarded(bob);
  // The package is gone, wherever the hook may have learned that it is: a moved home, a fresh machine, `rm -rf node_modules`.
  bob.run('rm -r node_modules');
  const hook = bob.read('.git/hooks/pre-commit');
  const elsewhere = hook.replace(/\/[^\s'"]*\/(bin\/blackbox-ts\.js|dist\/[^\s'"]*)/g, '/nowhere/$1');
  bob.write('.git/hooks/pre-commit', elsewhere);
  const { stderr } = bob.run('git commit -q --allow-empty -m harmless', { code: 1 });
  expect(stderr).toContain('npm');
  expect(stderr).toMatch(/blackbox-ts/);
  bob.write('.git/hooks/pre-commit', hook);
  installPackage(bob.clone);
  bob.run('git commit -q --allow-empty -m harmless');
});

it('commits from tools with a scrubbed or a strange environment are guarded', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'secrets.json': team.secret() });
  stageLeak(alice);
  const strange = {
    GIT_EDITOR: 'false',
    GIT_SSH_COMMAND: 'false',
    GIT_PAGER: 'false',
    GIT_ASKPASS: 'false',
    EDITOR: 'false',
    NODE_ENV: 'production',
    LANG: 'tr_TR.UTF-8',
  };
  expect(alice.run('git commit -q -m oops', { env: strange, code: 1 }).stderr).toContain('secrets.json');
  alice.run('git rm -q -f --cached secrets.json');
  alice.run('git commit -q --allow-empty -m fine', { env: strange });
});

it('somebody who cloned and ran no set-up is told by the first command that would write', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'secrets.json': team.secret() });
  const bob = letIn(team, alice, 'bob');
  bob.lead('blackbox-ts hook uninstall');
  const doctor = bob.lead('blackbox-ts doctor', { code: null });
  expect(doctor.stdout + doctor.stderr).toMatch(/hook/);
  bob.run('blackbox-ts setup');
  expectGuarded(bob);
});
