/** The guard as a command: what it takes for registered, what it says, how it ends; and the hook that runs it. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectRefused } from '../harness/refusal.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const stage = (person: Person, path: string, content: string) => {
  person.write(path, content);
  person.run(['git', 'add', '-f', '--', path]);
};

function vaultWith(team: Team, secret = team.secret()): { alice: Person; secret: string } {
  const alice = found(team);
  register(alice, { 'a.txt': secret });
  return { alice, secret };
}

describe('guard', () => {
  it('ends with 0 and says what was looked at, or with 3 and says what was found', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    stage(alice, 'readme.md', '# hello\n');
    const clean = alice.run('blackbox-ts guard');
    expect([clean.stdout, clean.stderr]).toEqual(['', 'no leak in 1 staged file\n']);
    stage(alice, 'a.txt', 'anything');
    const { stdout, stderr } = alice.run('blackbox-ts guard', { code: 3 });
    expect(stdout).toBe('');
    expect(stderr).toMatch(/a\.txt: registered-plaintext.*git restore --staged -- a\.txt/s);
  });

  it('--json is one document for both', () => {
    using team = newTeam();
    const { alice, secret } = vaultWith(team);
    expect(JSON.parse(alice.run('blackbox-ts guard --json').stdout)).toEqual({ ok: true, findings: [], unknown: [] });
    stage(alice, 'leak.sh', `echo ${secret}\n`);
    const { stdout } = alice.run('blackbox-ts guard --json', { code: 3 });
    const report = JSON.parse(stdout);
    expect(report.ok).toBe(false);
    expect(report.findings).toHaveLength(1);
    expect(report.findings[0]).toMatchObject({ path: 'leak.sh', line: 1, column: 6, rule: 'known-value' });
    expect(stdout).not.toContain(secret);
  });

  it('judges the index, whatever the work tree holds', () => {
    using team = newTeam();
    const { alice, secret } = vaultWith(team);
    stage(alice, 'leak.sh', `echo ${secret}\n`);
    alice.write('leak.sh', 'echo nothing\n');
    alice.run('blackbox-ts guard', { code: 3 });
    alice.run('git add leak.sh');
    alice.write('leak.sh', `echo ${secret}\n`);
    alice.lead('blackbox-ts guard');
  });

  it('a path counts as registered by the index or by the work tree: neither alone takes it out', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    stage(alice, 'a.txt', 'plain');
    alice.write('.blackbox/files', '');
    alice.run('blackbox-ts guard', { code: 3 });
    alice.run('git add .blackbox/files');
    alice.write('.blackbox/files', 'a.txt\n');
    alice.lead('blackbox-ts guard', { code: 3 });
    alice.run('git rm -q -f --cached .blackbox/files');
    alice.lead('blackbox-ts guard', { code: 3 });
    // Registered here and not staged yet: the plaintext must not go first.
    alice.write('.blackbox/files', 'a.txt\nnew.txt\n');
    alice.run('git reset -q');
    stage(alice, 'new.txt', 'plain');
    expect(alice.lead('blackbox-ts guard', { code: 3 }).stderr).toContain('new.txt');
  });

  it('where a merge has left several registries, each of them counts', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    const idOf = (content: string) => {
      alice.write('side', content);
      return alice.run('git hash-object -w side').stdout.trim();
    };
    const sides = ['', 'ours.txt\n', 'theirs.txt\n'].map(
      (content, i) => `100644 ${idOf(content)} ${i + 1}\t.blackbox/files`,
    );
    alice.run('git rm -q --cached .blackbox/files');
    alice.run('git update-index --index-info', { stdin: `${sides.join('\n')}\n` });
    for (const name of ['ours.txt', 'theirs.txt']) stage(alice, name, 'plain');
    const { stderr } = alice.run('blackbox-ts guard', { code: 3 });
    expect(stderr).toContain('ours.txt: registered-plaintext');
    expect(stderr).toContain('theirs.txt: registered-plaintext');
  });

  it('a staged registry whose blob is not there refuses', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    stage(alice, 'readme.md', 'hello');
    alice.run(`git update-index --cacheinfo 100644,${'a'.repeat(40)},.blackbox/files`);
    expectRefused(team, alice, 'blackbox-ts guard', { says: [/the staged \.blackbox\/files cannot be read/] });
  });

  it('a registry that cannot be parsed refuses, staged or not', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    stage(alice, 'readme.md', 'hello');
    for (const [i, hostile] of ['../outside\n', '"\n', '<<<<<<< ours\t\n', `${'x\n'.repeat(100_002)}`].entries()) {
      const refusal = { led: i > 0, says: [/\.blackbox\/files|refused path/] };
      stage(alice, '.blackbox/files', hostile);
      alice.write('.blackbox/files', 'a.txt\n');
      expectRefused(team, alice, 'blackbox-ts guard', refusal);
      expectRefused(team, alice, 'blackbox-ts guard --hook pre-commit', refusal);
      alice.run('git restore --staged .blackbox/files');
      alice.write('.blackbox/files', hostile);
      expectRefused(team, alice, 'blackbox-ts guard', refusal);
      alice.write('.blackbox/files', 'a.txt\n');
    }
    alice.run('git commit -q -m "all is well again"');
  });

  it('a sealed file is what is one, not what begins like one', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    const sealed = alice.bytes('a.txt.age');
    const others = [
      'plain',
      'age-encryption.org/v1\nplain',
      sealed.subarray(0, 200),
      sealed.subarray(0, sealed.indexOf('\n--- ') + 48),
    ];
    for (const [i, content] of others.entries()) {
      alice.write('a.txt.age', content);
      alice.run('git add a.txt.age');
      expect(alice[i === 0 ? 'run' : 'lead']('blackbox-ts guard', { code: 3 }).stderr).toContain(
        'a.txt.age: not-sealed',
      );
    }
    alice.write('a.txt.age', sealed);
    alice.run('git add a.txt.age');
    alice.lead('blackbox-ts guard');
  });

  it('commands to paste fit the folder that one is in', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'deep/folder/a.txt': team.secret() });
    stage(alice, 'deep/folder/a.txt', 'plain');
    const { stderr } = alice.run('blackbox-ts guard', { cwd: join(alice.clone, 'deep'), code: 3 });
    expect(stderr).toContain('git restore --staged -- folder/a.txt');
    expect(alice.run('git commit -m oops', { cwd: join(alice.clone, 'deep/folder'), code: 1 }).stderr).toContain(
      '-- a.txt',
    );
  });

  it('before the first commit too, with the command that works there', () => {
    using team = newTeam();
    const alice = team.person('alice');
    alice.lead('blackbox-ts init --name alice');
    alice.write('a.txt', team.secret());
    alice.lead('blackbox-ts register a.txt');
    stage(alice, 'a.txt', 'plain');
    const { stderr } = alice.run('git commit -m first', { code: 1 });
    expect(stderr).toContain('git rm --cached -- a.txt');
    alice.run('git rm --cached -- a.txt');
    alice.run('git commit -q -m first');
  });

  it('says what it could not look for, and how to learn it', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    const bob = letIn(team, alice, 'bob');
    rmSync(join(bob.clone, '.git/blackbox-ts/known.json'));
    stage(bob, 'readme.md', 'hello');
    expect(bob.run('blackbox-ts guard').stderr).toMatch(
      /values of 1 file are not known here.*a\.txt.*blackbox-ts setup/s,
    );
    expect(JSON.parse(bob.lead('blackbox-ts guard --json').stdout).unknown).toEqual(['a.txt']);
    expect(bob.run('blackbox-ts guard --hook pre-commit').stderr).toBe('');
  });

  it('does not pass when what it knows cannot be read', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    writeFileSync(join(alice.clone, '.git/blackbox-ts/known.json'), 'garbage');
    stage(alice, 'readme.md', 'hello');
    expectRefused(team, alice, 'blackbox-ts guard', { says: ['known.json', 'blackbox-ts setup'] });
    alice.run('git commit -m hello', { code: 1 });
    alice.lead('blackbox-ts setup');
    alice.run('git commit -q -m hello');
  });

  it('submodules, links, deletions and type changes are no reason to fail', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    alice.write('old.txt', 'old');
    alice.run('git add old.txt');
    alice.run('git commit -q -m old');
    const head = alice.run('git rev-parse HEAD').stdout.trim();
    alice.run('git rm -q old.txt');
    alice.run('ln -s elsewhere link');
    alice.run('git add link');
    alice.run(['git', 'update-index', '--add', '--cacheinfo', `160000,${head},module`]);
    alice.run('blackbox-ts guard');
    alice.run(['git', 'update-index', '--add', '--cacheinfo', `160000,${head},a.txt`]);
    expect(alice.lead('blackbox-ts guard', { code: 3 }).stderr).toContain('submodule');
  });

  it('without a vault says so; the hook in a branch that has none still knows the values', () => {
    using team = newTeam();
    const { alice, secret } = vaultWith(team);
    alice.run('git switch -q --orphan empty');
    alice.run('rm -rf .blackbox .gitattributes .gitignore a.txt.age');
    expectRefused(team, alice, 'blackbox-ts guard', { says: ['no vault'] });
    stage(alice, 'readme.md', 'hello');
    alice.run('git commit -q -m "no vault here"');
    stage(alice, 'leak.sh', `echo ${secret}\n`);
    expect(alice.run('git commit -m oops', { code: 1 }).stderr).toContain('leak.sh');
    alice.run('git rm -q --cached leak.sh');
    stage(alice, 'a.txt', secret);
    expect(alice.run('git commit -m oops', { code: 1 }).stderr).toContain('a.txt');
  });

  it('is not changed by what the environment says about git', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    stage(alice, 'a.txt', 'plain');
    for (const env of [{ GIT_DIR: '/nonexistent' }, { GIT_EXTERNAL_DIFF: '/bin/false' }]) {
      expect(alice.run('blackbox-ts guard', { env, code: null }).code, JSON.stringify(env)).not.toBe(0);
    }
  });
});

describe('what a command has decrypted', () => {
  const commands: Record<string, string> = {
    register: 'register --keep new.txt',
    decrypt: 'decrypt a.txt',
    setup: 'setup',
  };
  it.each(Object.entries(commands))('%s teaches the guard', (_, line) => {
    using team = newTeam();
    const { alice, secret } = vaultWith(team);
    const fresh = team.secret('fresh');
    alice.write('new.txt', fresh);
    rmSync(join(alice.clone, '.git/blackbox-ts/known.json'));
    alice.run(`blackbox-ts ${line}`, { shows: true });
    stage(alice, 'leak.sh', `echo ${line.includes('new.txt') ? fresh : secret}\n`);
    expect(alice.lead('blackbox-ts guard', { code: 3 }).stderr).toContain('leak.sh');
  });

  it('a file that git tracked in plaintext is no reason to take its values for public', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    stage(alice, 'a.txt', secret);
    alice.run('git commit -q -m "in plaintext"');
    const { stderr } = alice.run('blackbox-ts register a.txt');
    expect(stderr).toContain('remains in plaintext in 1 commit');
    expect(stderr).not.toContain('also stands in a file');
    stage(alice, 'leak.sh', `echo ${secret}\n`);
    alice.lead('blackbox-ts guard', { code: 3 });
  });

  it('a value that another tracked file holds is told once, and blocks nobody', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    stage(alice, 'public.txt', `the test server's password is ${secret}\n`);
    alice.run('git commit -q -m public');
    alice.write('a.json', JSON.stringify({ test: { password: secret } }));
    expect(alice.run('blackbox-ts register a.json').stderr).toMatch(/warning: .*test\.password.*git tracks/);
    expect(alice.lead('blackbox-ts cat a.json', { shows: true }).stderr).toBe('');
    stage(alice, 'public.txt', `the test server's password is ${secret}, still\n`);
    alice.run('git commit -q -m "still public"');
  });

  it('where the memory of a clone cannot be read, nothing is taken on trust, and it is no bug', () => {
    using team = newTeam();
    const { alice, secret } = vaultWith(team);
    rmSync(join(alice.clone, '.git/blackbox-ts'), { recursive: true });
    writeFileSync(join(alice.clone, '.git/blackbox-ts'), 'a file where the folder should be');
    const { stdout, stderr } = alice.run('blackbox-ts cat a.txt', { shows: true, code: 1 });
    expect(stdout).not.toContain(secret);
    expect(stderr).toContain('.git/blackbox-ts');
    expect(stderr).not.toContain('this is a bug');
  });
});

describe('hook', () => {
  it('install writes nothing without need, and says what it would', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    expect(alice.run('blackbox-ts hook install --dry-run').stderr).toContain('as they should be');
    rmSync(join(alice.clone, '.git/hooks/pre-commit'));
    expect(alice.lead('blackbox-ts hook install --dry-run').stderr).toContain('would write the hook');
    expect(existsSync(join(alice.clone, '.git/hooks/pre-commit'))).toBe(false);
    expect(alice.run('blackbox-ts hook install').stderr).toContain('are installed, and were seen to refuse a canary');
    expect(alice.lead('blackbox-ts hook install').stderr).toContain('are in place, and were seen to refuse a canary');
    expect(alice.run('git status --porcelain').stdout).toBe('');
  });

  it('goes on to the one that was there, and gives its place back', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    alice.lead('blackbox-ts hook uninstall');
    const own = '#!/bin/sh\necho the old hook ran >&2\n';
    alice.write('.git/hooks/pre-commit', own);
    alice.run('chmod 755 .git/hooks/pre-commit');
    expect(alice.run('blackbox-ts hook install').stderr).toContain('those that were there before run');
    stage(alice, 'readme.md', 'hello');
    expect(alice.run('git commit -m hello').stderr).toContain('the old hook ran');
    expect(alice.run('blackbox-ts hook uninstall --dry-run').stderr).toContain('would put the hook');
    expect(alice.run('blackbox-ts hook uninstall').stderr).toContain('no longer guarded');
    expect(alice.read('.git/hooks/pre-commit')).toBe(own);
    expect(alice.run('blackbox-ts hook uninstall', { code: 1 }).stderr).toContain('not one of blackbox-ts');
    alice.run('rm .git/hooks/pre-commit');
    expect(alice.lead('blackbox-ts hook uninstall').stderr).toContain('there are no hooks here');
  });

  it('that is in place and is not run is found out', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    mkdirSync(join(alice.clone, 'hooks'));
    alice.run('git config core.hooksPath hooks');
    expect(alice.lead('blackbox-ts doctor', { code: 3 }).stdout).toMatch(/fail +hook.*\n +blackbox-ts hook install/);
    alice.run('git config --unset core.hooksPath');
    alice.run('chmod 644 .git/hooks/pre-commit');
    expect(alice.lead('blackbox-ts doctor', { code: 3 }).stdout).toMatch(/fail +hook/);
    expect(alice.run('blackbox-ts hook install').stderr).toContain('were seen to refuse');
  });

  it('proving it leaves no trace, and does not touch what is staged', () => {
    using team = newTeam();
    const { alice } = vaultWith(team);
    stage(alice, 'readme.md', 'hello');
    const before = team.snapshot();
    alice.run('blackbox-ts hook install');
    expect(team.snapshot()).toEqual(before);
    expect(alice.run('git diff --cached --name-only').stdout).toBe('readme.md\n');
  });
});
