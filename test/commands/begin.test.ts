/** Beginning: a key, a vault, a clone that is ready. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lacks } from '../harness/programs.js';
import { expectRefused } from '../harness/refusal.js';
import { until } from '../harness/run.js';
import { newTeam, type Person } from '../harness/team.js';
import { atTerminal } from '../harness/terminal.js';
import { found, letIn, register } from '../harness/vault.js';

const mode = (path: string) => statSync(path).mode & 0o777;
const identityOf = (person: Person) => join(person.home, '.config/blackbox-ts/identity');
const publicFiles = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.pub'));

describe('keygen', () => {
  it('writes a private identity, and a public key to give away', () => {
    using team = newTeam();
    const alice = team.person('alice');
    const { stdout, stderr } = alice.run('blackbox-ts keygen');
    expect(stdout).toMatch(/^age1[0-9a-z]{58}\n$/);
    expect(stderr).toContain('blackbox-ts admin add');
    expect(mode(identityOf(alice))).toBe(0o600);
    expect(mode(join(identityOf(alice), '..'))).toBe(0o700);
    const [file = ''] = publicFiles(alice.clone);
    expect(alice.read(file).split('\n')[0]).toBe(stdout.trim());
    expect(mode(join(alice.clone, file)) & 0o022).toBe(0);
    const identity = readFileSync(identityOf(alice), 'utf8');
    expect(identity).toMatch(
      /^# created: \d{4}-\d\d-\d\dT[\d:]+Z\n# public key: age1\w+\nAGE-SECRET-KEY-1[0-9A-Z]{58}\n$/,
    );
    expect(stdout + stderr).not.toContain('AGE-SECRET-KEY');
  });

  it('overwrites neither an identity nor a public key, and says what the one that is there is', () => {
    using team = newTeam();
    const alice = team.person('alice');
    const { stdout } = alice.lead('blackbox-ts keygen');
    expectRefused(team, alice, 'blackbox-ts keygen', { says: ['identity', stdout.trim(), '--force'] });
    mkdirSync(join(alice.clone, 'other'));
    const cwd = join(alice.clone, 'other');
    expectRefused(team, alice, 'blackbox-ts keygen', { led: true, cwd, says: ['identity'] });
    rmSync(identityOf(alice));
    expectRefused(team, alice, 'blackbox-ts keygen', { says: [/\.pub exists already/] });
  });

  it('--force keeps the old identity beside the new one', () => {
    using team = newTeam();
    const alice = team.person('alice');
    const old = alice.lead('blackbox-ts keygen').stdout;
    const before = readFileSync(identityOf(alice), 'utf8');
    const fresh = alice.run('blackbox-ts keygen --force').stdout;
    expect(fresh).not.toBe(old);
    const folder = join(identityOf(alice), '..');
    const kept = readdirSync(folder).filter((name) => name.startsWith('identity.old-'));
    expect(kept).toHaveLength(1);
    expect(readFileSync(join(folder, kept[0] ?? ''), 'utf8')).toBe(before);
    expect(mode(join(folder, kept[0] ?? ''))).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(['identity', kept[0]].sort());
  });

  it('never replaces a file that is no public key, not even with --force', () => {
    using team = newTeam();
    const alice = team.person('alice');
    alice.lead('blackbox-ts keygen');
    const [file = ''] = publicFiles(alice.clone);
    alice.write(file, 'my notes\n');
    expectRefused(team, alice, 'blackbox-ts keygen --force', { says: [file] });
  });

  it('--output makes an identity for a machine, that --identity uses', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    register(alice, { 'a.txt': secret });
    alice.run('blackbox-ts keygen --output ../ci.key');
    expect(mode(join(alice.clone, '../ci.key'))).toBe(0o600);
    alice.lead('blackbox-ts admin add ci.pub');
    expect(alice.run('blackbox-ts cat a.txt --identity ../ci.key', { shows: true }).stdout).toBe(secret);
    expectRefused(team, alice, 'blackbox-ts keygen --output ../ci.key', { led: true, says: ['ci.key exists already'] });
  });

  it('of two at the same time one is refused', async () => {
    using team = newTeam();
    const alice = team.person('alice');
    const folders = ['a', 'b', 'c'].map((name) => join(alice.clone, name));
    for (const folder of folders) mkdirSync(folder);
    const results = await Promise.all(folders.map((cwd) => alice.start('blackbox-ts keygen', { cwd }).ended));
    expect(results.map((result) => result.code).sort()).toEqual([0, 1, 1]);
    const winner = results.find((result) => result.code === 0)?.stdout.trim() ?? '';
    expect(readFileSync(identityOf(alice), 'utf8')).toContain(winner);
    expect(folders.flatMap(publicFiles)).toHaveLength(1);
  });

  it('--passphrase asks twice, and the identity opens with it only', async () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = team.person('alice');
    const wrong = atTerminal(alice, 'blackbox-ts keygen --passphrase');
    await until('the question', () => wrong.output().includes('new identity: '));
    wrong.type('correct horse\r');
    await until('the same again', () => wrong.output().includes('again: '));
    wrong.type('correct hoarse\r');
    expect((await wrong.ended).code).toBe(1);
    expect(existsSync(identityOf(alice))).toBe(false);

    const right = atTerminal(alice, 'blackbox-ts keygen --passphrase');
    await until('the question', () => right.output().includes('new identity: '));
    right.type('correct horse\r');
    await until('the same again', () => right.output().includes('again: '));
    right.type('correct horse\r');
    const made = await right.ended;
    expect(made.code).toBe(0);
    expect(made.stdout).not.toContain('correct horse');
    expect(readFileSync(identityOf(alice), 'utf8')).not.toContain('SECRET-KEY');

    const unlocked = async (command: string, options = {}) => {
      const session = atTerminal(alice, command, options);
      await until('the question', () => session.output().includes('passphrase for'));
      session.type('correct horse\r');
      return session.ended;
    };
    // What is signed takes the passphrase; being told who one is does not: the public key lies beside the identity.
    expect((await unlocked('blackbox-ts init --name alice')).code).toBe(0);
    expect(alice.lead('blackbox-ts admin list').stdout).toContain('alice (you)');
    expect(alice.lead('blackbox-ts setup').stderr).toContain('you are on the roster as alice');
    alice.write('a.txt', secret);
    expect((await unlocked('blackbox-ts register --keep a.txt')).code).toBe(0);
    expect((await unlocked('blackbox-ts cat a.txt', { shows: true })).stdout).toContain(secret);
  });
});

describe('init', () => {
  it('makes an identity for who has none, and says so', () => {
    using team = newTeam();
    const alice = team.person('alice');
    const { stdout, stderr } = alice.run('blackbox-ts init --name alice');
    expect(stdout).toBe('');
    expect(stderr).toMatch(/made an identity .*blackbox-ts\/identity/);
    expect(stderr).toMatch(/hooks .* refuse a canary/);
    expect(stderr).toContain('git commit -m');
    expect(alice.read('.blackbox/admins/alice.pub')).toMatch(/^age1\w+\n(#.*\n)*$/);
    expect(alice.read('.blackbox/files')).toBe('');
    expect(alice.read('.gitattributes')).toContain('*.age -text');
    expect(alice.run('git diff --cached --name-only').stdout.trim().split('\n')).toEqual([
      '.blackbox/admins/alice.pub',
      '.blackbox/files',
      expect.stringMatching(/^\.blackbox\/roster\/[0-9a-f]{64}\.json$/),
      '.blackbox/vault.json',
      '.gitattributes',
    ]);
    expect(publicFiles(alice.clone)).toEqual([]);
    expect(alice.run('git log --oneline', { code: 128 }).stdout).toBe('');
  });

  it.skipIf(lacks('ssh-keygen'))(
    'takes the first identity that there is, with the comment its owner knows it by',
    () => {
      using team = newTeam();
      const alice = team.person('alice');
      alice.newKey('ssh-rsa');
      alice.newKey('ssh-ed25519');
      const { stderr } = alice.run('blackbox-ts init --name alice');
      expect(stderr).toContain('~/.ssh/id_ed25519');
      expect(existsSync(identityOf(alice))).toBe(false);
      expect(alice.read('.blackbox/admins/alice.pub')).toMatch(/^ssh-ed25519 AAAA\S+ alice@laptop\n$/);
    },
  );

  it.skipIf(lacks('gpg'))('begins with an OpenPGP key that is given, when its owner has it', () => {
    using team = newTeam();
    const alice = team.person('alice');
    const key = alice.newKey('openpgp');
    const other = team.person('other').newKey('openpgp');
    const { stderr } = alice.run(['blackbox-ts', 'init', '--name', 'alice', '--key', other], { code: 1 });
    expect(stderr).toContain('you have no identity for the keys in');
    expect(alice.has('.blackbox')).toBe(false);
    alice.run(['blackbox-ts', 'init', '--name', 'alice', '--key', key]);
    expect(alice.read('.blackbox/admins/alice.pub')).toMatch(/^-----BEGIN PGP PUBLIC KEY BLOCK-----\n/);
    alice.write('a.txt', 'content');
    alice.lead('blackbox-ts register a.txt');
    expect(alice.lead('blackbox-ts cat a.txt').stdout).toBe('content');
  });

  it('does not pass over an identity that is broken', () => {
    using team = newTeam();
    const alice = team.person('alice');
    mkdirSync(join(identityOf(alice), '..'), { recursive: true });
    writeFileSync(identityOf(alice), 'garbage\n');
    expectRefused(team, alice, 'blackbox-ts init --name alice', { says: ['identity'] });
    expectRefused(team, alice, 'blackbox-ts init --name alice', {
      env: { BLACKBOX_IDENTITY_FILE: join(alice.home, 'missing') },
      says: ['BLACKBOX_IDENTITY_FILE'],
    });
  });

  it('is refused outside a repository, with the command that makes one', () => {
    using team = newTeam();
    const alice = team.person('alice');
    expectRefused(team, alice, 'blackbox-ts init', { cwd: alice.home, says: ['git init'] });
    expect(existsSync(identityOf(alice))).toBe(false);
  });

  it('a second time is refused, and makes no identity', () => {
    using team = newTeam();
    const alice = found(team);
    const bob = team.person('bob');
    bob.pull();
    expectRefused(team, bob, 'blackbox-ts init', { says: ['vault already', 'blackbox-ts setup'] });
    expectRefused(team, alice, 'blackbox-ts init', { led: true, says: ['vault already'] });
  });

  it('a bad name is refused before anything is made', () => {
    using team = newTeam();
    const alice = team.person('alice');
    for (const [i, name] of ['../x', 'a/b', '', 'con', '-x', 'a\nb', 'x'.repeat(65)].entries()) {
      expectRefused(team, alice, ['blackbox-ts', 'init', `--name=${name}`], { led: i > 0, says: [/name/] });
    }
  });

  it('does not let in who put their key there beforehand', () => {
    using team = newTeam();
    const alice = team.person('alice');
    const mallory = team.person('mallory');
    alice.write('.blackbox/admins/mallory.pub', readFileSync(mallory.newKey('age'), 'utf8'));
    alice.lead('blackbox-ts keygen --output ../own');
    expectRefused(team, alice, 'blackbox-ts init --name alice --identity ../own', { says: ['mallory.pub', 'roster'] });
    // One that bears her own name is not added to: it is replaced.
    alice.run('mv .blackbox/admins/mallory.pub .blackbox/admins/alice.pub');
    alice.lead('blackbox-ts init --name alice --identity ../own');
    expect(alice.read('.blackbox/admins/alice.pub')).toBe(alice.read('own.pub'));
  });

  it('finishes what a killed one has begun, wherever it was', () => {
    using team = newTeam();
    const alice = team.person('alice');
    alice.lead('blackbox-ts init --name alice');
    const whole = alice.run('git diff --cached').stdout;
    // Before git heard of it.
    alice.run('git rm -r -q --cached .blackbox .gitattributes');
    alice.run('blackbox-ts init --name alice');
    expect(alice.run('git diff --cached').stdout).toBe(whole);
    // Before it was a vault.
    alice.run('git rm -r -q --cached .blackbox .gitattributes');
    rmSync(join(alice.clone, '.blackbox/vault.json'));
    alice.lead('blackbox-ts init --name alice');
    expect(alice.run('git diff --cached --name-only').stdout.trim().split('\n')).toHaveLength(5);
  });

  it('keeps .gitattributes lines that are there, and their line endings', () => {
    using team = newTeam();
    const alice = team.person('alice');
    alice.write('.gitattributes', '*.png binary\r\n');
    alice.lead('blackbox-ts init --name alice');
    expect(alice.read('.gitattributes')).toMatch(/^\*\.png binary\r\n\*\.age -text[^\n]*\r\n/);
  });

  it('says how every clone can be set up, and leaves package.json alone', () => {
    using team = newTeam();
    const alice = team.person('alice');
    const content = '{ "name": "app", "scripts": { "prepare": "husky" } }\n';
    alice.write('package.json', content);
    const { stderr } = alice.run('blackbox-ts init --name alice');
    expect(stderr).toContain('"prepare": "… && blackbox-ts setup"');
    expect(alice.read('package.json')).toBe(content);
    expect(alice.run('git status --porcelain package.json').stdout).toBe('?? package.json\n');
  });

  it('in a linked worktree installs the hook for all of them', () => {
    using team = newTeam();
    const alice = team.person('alice');
    alice.run('git commit -q --allow-empty -m first');
    alice.run('git worktree add -q ../tree');
    const cwd = join(alice.clone, '../tree');
    alice.run('blackbox-ts init --name alice', { cwd });
    expect(alice.has('.git/hooks/pre-commit')).toBe(true);
    writeFileSync(join(cwd, 'a.txt'), 'content');
    alice.lead('blackbox-ts register a.txt', { cwd });
    writeFileSync(join(cwd, 'a.txt'), 'content');
    alice.run('git add -f a.txt', { cwd });
    expect(alice.run('git commit -m oops', { cwd, code: 1 }).stderr).toContain('a.txt');
  });
});

describe('setup', () => {
  it('makes a clone ready: hook, who one is, what must not be committed', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    register(alice, { 'a.txt': secret, 'b.txt': team.secret() });
    const bob = letIn(team, alice, 'bob');
    const { stderr, stdout } = bob.run('blackbox-ts setup');
    expect(stdout).toBe('');
    expect(stderr).toContain('as bob');
    expect(stderr).toContain('2 of 2 files');
    bob.write('leak.sh', `echo ${secret}\n`);
    bob.run('git add leak.sh');
    expect(bob.run('git commit -m oops', { code: 1 }).stderr).toContain('leak.sh');
    expect(bob.run('git status --porcelain').stdout).toBe('A  leak.sh\n');
    expect(team.whereIs(secret)).toEqual(['bob/app/.git (objects)', 'bob/app/leak.sh']);
  });

  it('tells who is on no roster what to do, and installs the hook all the same', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const bob = team.person('bob');
    const { stderr } = bob.run('blackbox-ts setup');
    expect(stderr).toContain('none of your identities is on the roster');
    expect(stderr).toContain('blackbox-ts keygen');
    expect(stderr).toContain('0 of 1 file');
    bob.write('a.txt', 'anything');
    bob.run('git add -f a.txt');
    expect(bob.run('git commit -m oops', { code: 1 }).stderr).toContain('a.txt');
  });

  it('--no-decrypt opens nothing', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const bob = team.person('bob');
    alice.lead(['blackbox-ts', 'admin', 'add', bob.newKey('age')]);
    alice.commitAndPush('let bob in');
    bob.pull();
    expect(bob.run('blackbox-ts setup --no-decrypt').stderr).not.toContain('values');
    expect(existsSync(join(bob.clone, '.git/blackbox-ts/known.json'))).toBe(false);
  });

  it('asks nobody for a passphrase', async () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const bob = team.person('bob');
    alice.lead(['blackbox-ts', 'admin', 'add', bob.newKey('ssh-ed25519', 'correct horse')]);
    alice.commitAndPush('let bob in');
    bob.pull();
    const { code, stdout } = await atTerminal(bob, 'blackbox-ts setup').ended;
    expect(stdout).not.toContain('passphrase for');
    expect(stdout).toContain('0 of 1 file');
    expect(code).toBe(0);
  });

  it('is safe as an npm script where there is no repository, no vault or no git', () => {
    using team = newTeam();
    const alice = team.person('alice');
    const npm = { npm_lifecycle_event: 'prepare' };
    const nowhere = { cwd: alice.home };
    expectRefused(team, alice, 'blackbox-ts setup', { ...nowhere, says: ['not in a git repository'] });
    expectRefused(team, alice, 'blackbox-ts setup', { led: true, says: ['no vault'] });
    for (const options of [{ ...nowhere, env: npm }, { env: npm }]) {
      expect(alice.run('blackbox-ts setup', options).stderr).toContain('nothing to set up');
      expect(alice.lead('blackbox-ts setup --if-present', options).stderr).toContain('nothing to set up');
    }
    const gitless = found(team, 'founder');
    const env = { ...npm, PATH: join(gitless.home, 'nothing') };
    gitless.run('blackbox-ts setup', { env, code: null });
    // What is wrong with a vault that is there is no reason to pass.
    gitless.write('.blackbox/vault.json', '[]\n');
    gitless.run('blackbox-ts setup', { env: npm, code: 1 });
  });

  it('says that commits are not guarded when the hook cannot be installed', () => {
    using team = newTeam();
    const alice = found(team);
    rmSync(join(alice.clone, '.git/hooks/pre-commit'));
    mkdirSync(join(alice.clone, '.git/hooks/pre-commit'));
    const { stderr } = alice.run('blackbox-ts setup', { code: 1 });
    expect(stderr).toContain('commits are not guarded here');
    expect(stderr).toContain('on the roster as alice');
  });

  it('run again changes nothing', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    alice.lead('blackbox-ts setup');
    const before = team.snapshot();
    alice.run('blackbox-ts setup');
    expect(team.snapshot()).toEqual(before);
    chmodSync(join(alice.clone, '.git/hooks/pre-commit'), 0o644);
    alice.lead('blackbox-ts setup');
    expect(mode(join(alice.clone, '.git/hooks/pre-commit')) & 0o100).toBe(0o100);
  });
});
