/** The commands for files, beyond what the stories tell: options, exit codes, and what each of them says. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const cat = (person: Person, ...paths: string[]) =>
  person.lead(['blackbox-ts', 'cat', ...paths], { shows: true }).stdout;
const status = (person: Person) => person.run('git status --porcelain').stdout;

function withFiles(team: Team, files: Record<string, string | Uint8Array>): Person {
  const alice = found(team);
  register(alice, files);
  return alice;
}

describe('cat', () => {
  it('prints several files in order, by either name, from wherever one is', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: 'one\n', 'dir/b': 'two\n' });
    const cwd = join(alice.clone, 'dir');
    expect(alice.run('blackbox-ts cat b ../a.age b.age', { cwd }).stdout).toBe('two\none\n');
  });

  it('prints nothing when one of them cannot be opened', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: team.secret(), b: team.secret() });
    const damaged = alice.bytes('b.age');
    damaged[30] = (damaged[30] ?? 0) ^ 1;
    alice.write('b.age', damaged);
    expect(alice.run('blackbox-ts cat a b', { code: 1 }).stdout).toBe('');
  });

  it('prints nothing of a small file that is damaged at its end; of a large one what is authentic, and fails', () => {
    using team = newTeam();
    const content = Buffer.alloc(20 * 1024 * 1024, 'all work and no play ');
    const alice = withFiles(team, { small: content.subarray(0, 200_000), large: content });
    expect(alice.run('blackbox-ts cat large').bytes.equals(content)).toBe(true);
    for (const name of ['small', 'large']) {
      const sealed = alice.bytes(`${name}.age`);
      sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
      alice.write(`${name}.age`, sealed);
    }
    const small = alice.run('blackbox-ts cat small', { code: 1 });
    expect([small.stdout, small.stderr]).toEqual(['', expect.stringContaining('small.age')]);
    const large = alice.run('blackbox-ts cat large', { code: 1 });
    expect(large.bytes.equals(content.subarray(0, large.bytes.length))).toBe(true);
    expect(large.stderr).toContain('damaged');
  });

  it('starts no git, takes no lock, writes nothing', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: 'one' });
    alice.write('.git/blackbox-ts/lock', '{"pid":1,"space":"elsewhere","started":"","since":"now","nonce":""}');
    const before = team.snapshot();
    expect(alice.run('blackbox-ts cat a', { env: { PATH: team.folder } }).stdout).toBe('one');
    expect(team.snapshot()).toEqual(before);
  });

  it('takes an identity from standard input', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: 'one' });
    const identity = alice.run(['cat', join(alice.home, '.config/blackbox-ts/identity')]).stdout;
    const bob = team.person('bob');
    expect(bob.run('blackbox-ts cat --identity - a', { stdin: identity }).stdout).toBe('one');
  });
});

describe('list', () => {
  it('is one path a line, NUL-ended, or JSON', () => {
    using team = newTeam();
    const alice = withFiles(team, { 'b\tc': '', a: '' });
    expect(alice.run('blackbox-ts list').stdout).toBe('a\n"b\\tc"\n');
    expect(alice.run('blackbox-ts list --null').stdout).toBe('a\0b\tc\0');
    expect(JSON.parse(alice.run('blackbox-ts list --json').stdout)).toEqual([
      { path: 'a', sealed: 'a.age', groups: [] },
      { path: 'b\tc', sealed: 'b\tc.age', groups: [] },
    ]);
  });

  it('of an empty vault is empty', () => {
    using team = newTeam();
    const alice = found(team);
    expect(alice.run('blackbox-ts list').stdout).toBe('');
    expect(alice.lead('blackbox-ts list --json').stdout).toBe('[]\n');
  });
});

describe('decrypt', () => {
  it('wants to be told which files', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: 'one' });
    expect(alice.run('blackbox-ts decrypt', { code: 2 }).stderr).toContain('--all');
    expect(alice.lead('blackbox-ts decrypt --all a', { code: 2 }).stderr).toContain('--all');
    expect(alice.has('a')).toBe(false);
  });

  it('says what it wrote and what was there already', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: 'one', b: 'two' });
    alice.lead('blackbox-ts decrypt a');
    const { stdout, stderr } = alice.run('blackbox-ts decrypt --all');
    expect([stdout, stderr]).toEqual(['', 'decrypted b\nunchanged a\n']);
    expect(alice.run('stat -c %a a b').stdout).toBe('600\n600\n');
    expect(status(alice)).toBe('');
  });
});

describe('encrypt', () => {
  it('--check tells without sealing', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: 'one' });
    expect(alice.run('blackbox-ts encrypt --check').stderr).toBe('');
    alice.lead('blackbox-ts decrypt a');
    alice.lead('blackbox-ts encrypt --check');
    alice.write('a', 'two');
    const before = alice.bytes('a.age');
    const { stdout, stderr } = alice.run('blackbox-ts encrypt --check', { code: 3 });
    expect([stdout, stderr]).toEqual(['', expect.stringContaining('blackbox-ts encrypt a')]);
    expect(alice.bytes('a.age').equals(before)).toBe(true);
    alice.run('blackbox-ts encrypt');
    alice.lead('blackbox-ts encrypt --check');
  });

  it('--shred leaves no plaintext, also of what had not changed', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = withFiles(team, { a: 'one', b: secret });
    alice.lead('blackbox-ts decrypt --all');
    alice.write('a', 'two');
    const { stderr } = alice.run('blackbox-ts encrypt --shred');
    expect(stderr).toBe("sealed a\nunchanged b\nstaged; to commit: git commit -m 'seal a'\n");
    expect([alice.has('a'), alice.has('b'), cat(alice, 'a')]).toEqual([false, false, 'two']);
    expect(team.whereIs(secret)).toEqual([]);
  });

  it('--shred by somebody who could not read it again seals nothing', () => {
    using team = newTeam();
    withFiles(team, { a: team.secret() });
    const mallory = team.person('mallory');
    mallory.write('a', team.secret('theirs'));
    mallory.run('blackbox-ts encrypt --force --shred a', { code: 1 });
    expect([mallory.has('a'), status(mallory)]).toEqual([true, '']);
  });

  it('is for those whose signature counts: nobody else can put something in its place', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: 'one' });
    const stranger = team.person('stranger');
    stranger.write('a', 'from somebody who is on no roster');
    const { stderr } = stranger.run('blackbox-ts encrypt --force a', { code: 1 });
    expect(stderr).toContain('this needs an admin or writer who can sign');
    expect(stranger.run('git status --porcelain').stdout).toBe('');
    expect(cat(alice, 'a')).toBe('one');
  });

  it('seals a registered file that has no sealed file yet', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: 'one' });
    alice.lead('blackbox-ts decrypt a');
    alice.run('git rm -q --cached a.age');
    alice.run('rm a.age');
    alice.run('blackbox-ts encrypt');
    expect(cat(alice, 'a')).toBe('one');
  });

  it('a folder where the plaintext belongs is an error, not "unchanged"', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: 'one' });
    alice.run('mkdir a');
    expect(alice.run('blackbox-ts encrypt a', { code: 1 }).stderr).toContain('not a regular file');
  });
});

describe('deregister', () => {
  it('warns of what nothing keeps from being committed any more', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: 'one' });
    const { stderr } = alice.run('blackbox-ts deregister a');
    expect(stderr).toMatch(/git no longer ignores it.*guard no longer knows it/);
    expect(stderr).toContain('blackbox-ts register a');
    alice.run('git add a');
    alice.run('git commit -q -m public');
  });

  it('--delete leaves it to the history', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = withFiles(team, { a: secret, b: 'two' });
    alice.lead('blackbox-ts decrypt a');
    const { stderr } = alice.run('blackbox-ts deregister --delete a');
    expect(stderr).toContain('git log -- a.age');
    expect([alice.has('a'), alice.has('a.age')]).toEqual([false, false]);
    expect(team.whereIs(secret)).toEqual([]);
    alice.run('git commit -q -m gone');
    expect(status(alice)).toBe('');
  });

  it('--dry-run does nothing', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: 'one' });
    const before = alice.lead('blackbox-ts list').stdout;
    expect(alice.run('blackbox-ts deregister -n a').stderr).toContain('would deregister a');
    expect([alice.lead('blackbox-ts list').stdout, alice.has('a'), status(alice)]).toEqual([before, false, '']);
  });
});

describe('reencrypt', () => {
  it('--check tells without a key who cannot read', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: 'one', b: 'two' });
    // A version that was never committed: one that was would be refused as older.
    alice.lead('blackbox-ts reencrypt --fresh a');
    const before = alice.bytes('a.age');
    const bob = letIn(team, alice, 'bob');
    alice.lead('blackbox-ts reencrypt --check');
    writeFileSync(join(alice.clone, 'a.age'), before);
    const added = alice.run('blackbox-ts reencrypt --check', {
      code: 3,
      env: { HOME: team.folder, XDG_CONFIG_HOME: '' },
    });
    expect(added.stderr).toMatch(/^a: bob cannot read it$/m);
    expect(added.stderr).not.toMatch(/^b:/m);
    const { stderr } = alice.run('blackbox-ts reencrypt');
    expect(stderr).toContain('re-encrypted a.age for 2 recipients: lets in bob');
    alice.commitAndPush('for both');
    bob.pull();
    expect(cat(bob, 'a', 'b')).toBe('onetwo');
    expect(alice.lead('blackbox-ts reencrypt').stderr).toContain('nothing to do');
  });

  it('--fresh draws new keys, and leaves open plaintexts open', () => {
    using team = newTeam();
    const alice = withFiles(team, { a: 'one' });
    alice.lead('blackbox-ts decrypt a');
    const before = alice.bytes('a.age');
    expect(alice.run('blackbox-ts reencrypt --fresh').stderr).toContain('with a new file key');
    expect(alice.bytes('a.age').equals(before)).toBe(false);
    expect(alice.lead('blackbox-ts status').stdout).toMatch(/a +open +ok/);
    expect(alice.lead('blackbox-ts reencrypt --fresh --check', { code: 2 }).stderr).toContain('contradict');
  });
});

describe('register', () => {
  it('says when another line of git takes ours back', () => {
    using team = newTeam();
    const alice = found(team);
    alice.write('dir/.gitignore', '!*.env\n');
    alice.write('dir/a.env', 'A=1\n');
    const { stderr } = alice.run('blackbox-ts register dir/a.env');
    expect(stderr).toMatch(/git does not ignore dir\/a\.env/);
    expect(stderr).toContain('git check-ignore -v --no-index -- dir/a.env');
  });

  it('a hundred files are told in one line', () => {
    using team = newTeam();
    const alice = found(team);
    const names = Array.from({ length: 100 }, (_, i) => `file${i}`);
    for (const name of names) alice.write(name, name);
    expect(alice.run(['blackbox-ts', 'register', ...names]).stderr).toBe(
      "sealed 100 files for 1 person\nstaged; to commit: git commit -m 'seal 100 files'\n",
    );
  });
});

it('whatever fails leaves no plaintext that nobody asked for', () => {
  using team = newTeam();
  const [one, two] = [team.secret(), team.secret()];
  const alice = withFiles(team, { a: one, 'dir/b': two });
  rmSync(join(alice.clone, 'dir'), { recursive: true });
  mkdirSync(join(team.folder, 'elsewhere'));
  symlinkSync(join(team.folder, 'elsewhere'), join(alice.clone, 'dir'));
  alice.run('blackbox-ts decrypt --all', { code: 1 });
  alice.lead('blackbox-ts decrypt --all --force', { code: 1 });
  writeFileSync(join(alice.clone, 'c'), 'x');
  alice.lead('blackbox-ts decrypt a c', { code: 1 });
  for (const secret of [one, two]) expect(team.whereIs(secret)).toEqual([]);
});
