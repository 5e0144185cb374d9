/** Ordinary git life stays ordinary with a signed roster: branches, bisecting, shallow clones, rebases, merges. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { identityOf } from '../harness/attack.js';
import { newTeam, type Person } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const cat = (person: Person, path: string) => person.lead(['blackbox-ts', 'cat', path], { shows: true }).stdout;
const people = (person: Person) => {
  const { people } = JSON.parse(person.run('blackbox-ts admin list --json').stdout) as { people: { name: string }[] };
  return people.map((p) => p.name).sort();
};

/** Merges; the roster without a conflict. Of a sealed file that both sides wrote anew, ours is kept for `reencrypt` to mend. */
function merge(person: Person, branch: string): void {
  person.run(['git', 'merge', '-q', '--no-edit', branch], { code: null });
  const conflicts = person.run('git diff --name-only --diff-filter=U').stdout.split('\n').filter(Boolean);
  expect(conflicts.filter((path) => !path.endsWith('.age'))).toEqual([]);
  if (conflicts.length === 0) return;
  person.run(['git', 'checkout', '-q', '--ours', '--', ...conflicts]);
  person.run(['git', 'add', ...conflicts]);
  person.run('git commit -q --no-edit');
}

describe('a checkout of another time', () => {
  it('is read without a word: detached, bisecting, on an old branch, rebasing, in a linked work tree', () => {
    using team = newTeam();
    const [one, two] = [team.secret('one'), team.secret('two')];
    const alice = found(team);
    register(alice, { 'a.txt': one });
    letIn(team, alice, 'bob');
    alice.write('note.txt', 'x');
    alice.run('git add note.txt');
    alice.run('git commit -q -m note');
    alice.lead('blackbox-ts admin remove bob');
    alice.run('git commit -q -m gone');
    register(alice, { 'b.txt': two });
    const commits = alice.run('git rev-list --reverse HEAD').stdout.trim().split('\n');
    for (const commit of commits.slice(1)) {
      alice.run(['git', 'checkout', '-q', commit]);
      expect(alice.lead('blackbox-ts cat a.txt', { shows: true })).toMatchObject({ stdout: one, stderr: '' });
    }
    alice.run('git checkout -q main');
    alice.run('git bisect start -q HEAD HEAD~4');
    const tests = alice.run(['git', 'bisect', 'run', 'blackbox-ts', 'cat', 'b.txt'], {
      shows: true,
      code: null,
      env: { PATH: `${join(alice.clone, 'node_modules/.bin')}:${alice.env.PATH}` },
    });
    expect(tests.stderr).not.toContain(two);
    alice.run('git bisect reset');
    alice.run(['git', 'worktree', 'add', '-q', join(alice.home, 'linked'), 'HEAD~3']);
    expect(alice.lead('blackbox-ts cat a.txt', { shows: true, cwd: join(alice.home, 'linked') }).stdout).toBe(one);
    alice.run('git checkout -q -b topic HEAD~4');
    register(alice, { 'c.txt': 'c' });
    // Both branches have registered a file: the registry merges by union, and the rest comes along.
    alice.run('git rebase -q main');
    expect(alice.read('.blackbox/files')).toBe('a.txt\nb.txt\nc.txt\n');
    for (const [path, content] of Object.entries({ 'a.txt': one, 'b.txt': two, 'c.txt': 'c' }))
      expect(cat(alice, path)).toBe(content);
    // What was sealed on the old branch, by a clone that knew of the removal, is sealed for those who stayed.
    alice.run('blackbox-ts status --check');
    expect(alice.run('blackbox-ts who c.txt').stdout).toBe('c.txt: alice\n');
    // Picked elsewhere, amended, set aside and taken back.
    alice.run('git checkout -q -B picked main');
    alice.run('git cherry-pick topic', { shows: true });
    alice.run('git commit -q --amend -m picked');
    alice.lead('blackbox-ts decrypt c.txt');
    alice.write('c.txt', 'cc');
    alice.lead('blackbox-ts encrypt --shred c.txt');
    alice.run('git stash -q');
    expect(cat(alice, 'c.txt')).toBe('c');
    alice.run('git stash pop -q');
    expect(cat(alice, 'c.txt')).toBe('cc');
    alice.run('blackbox-ts status --check');
  });

  it('is read in a shallow clone, and written to', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    register(alice, { 'a.txt': secret });
    const bob = letIn(team, alice, 'bob');
    alice.lead('blackbox-ts admin remove bob');
    alice.commitAndPush('gone');
    const shallow = join(alice.home, 'shallow');
    alice.run(['git', 'clone', '-q', '--depth', '1', `file://${team.origin}`, shallow]);
    expect(alice.lead('blackbox-ts cat a.txt', { shows: true, cwd: shallow }).stdout).toBe(secret);
    alice.lead('blackbox-ts reencrypt --fresh', { cwd: shallow });
    const header = alice.run('blackbox-ts who --json', { cwd: shallow }).stdout;
    expect(header).not.toContain(identityOf(bob).recipient);
  });
});

describe('two clones', () => {
  it('that each change the roster merge without a conflict into a valid one', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    register(alice, { 'a.txt': secret });
    const bob = letIn(team, alice, 'bob');
    const [carol, dave] = [team.person('carol'), team.person('dave')];
    alice.pull();
    alice.lead(['blackbox-ts', 'admin', 'add', '--role', 'writer', carol.newKey('age')]);
    alice.commitAndPush('carol');
    bob.lead(['blackbox-ts', 'admin', 'add', '--role', 'reader', dave.newKey('age')]);
    bob.run('git commit -q -m dave');
    bob.run('git fetch -q origin');
    merge(bob, 'origin/main');
    expect(bob.run('git status --porcelain').stdout).toBe('');
    expect(people(bob)).toEqual(['alice', 'bob', 'carol', 'dave']);
    bob.lead('blackbox-ts reencrypt');
    bob.commitAndPush('for both');
    for (const person of [alice, carol, dave]) {
      person.pull();
      expect(cat(person, 'a.txt')).toBe(secret);
    }
  });

  it('of which one removes somebody: what that person did beside it does not count, and is told', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    register(alice, { 'a.txt': secret });
    const bob = letIn(team, alice, 'bob');
    const mallory = team.person('mallory');
    alice.pull();
    // Bob hears of it and is quick.
    bob.lead(['blackbox-ts', 'admin', 'add', mallory.newKey('age')]);
    bob.run('git commit -q -m "my friend"');
    bob.run('git push -q origin HEAD:refs/heads/quick');
    alice.lead('blackbox-ts admin remove bob');
    alice.run('git commit -q -m "bob has left"');
    alice.run('git fetch -q origin');
    merge(alice, 'origin/quick');
    expect(people(alice)).toEqual(['alice']);
    alice.lead('blackbox-ts reencrypt --fresh');
    alice.run('git commit -q -m fresh');
    alice.run('git push -q origin HEAD');
    for (const person of [bob, mallory]) {
      person.run('git fetch -q origin');
      person.run('git reset -q --hard origin/main');
      person.run('blackbox-ts cat a.txt', { code: 1 });
    }
    expect(cat(alice, 'a.txt')).toBe(secret);
  });

  it('of which both remove somebody, and one lets somebody in again: the newer word counts', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': 'a' });
    const bob = letIn(team, alice, 'bob');
    alice.pull();
    const carol = letIn(team, alice, 'carol');
    bob.pull();
    alice.lead('blackbox-ts admin remove carol');
    alice.commitAndPush('carol has left');
    bob.lead('blackbox-ts admin remove carol');
    bob.run('git commit -q -m "carol has left"');
    bob.run('git fetch -q origin');
    merge(bob, 'origin/main');
    expect(people(bob)).toEqual(['alice', 'bob']);
    bob.lead(['blackbox-ts', 'admin', 'add', `${carol.home}/carol.pub`]);
    bob.commitAndPush('carol is back');
    alice.pull();
    carol.pull();
    expect(people(alice)).toEqual(['alice', 'bob', 'carol']);
    expect(cat(carol, 'a.txt')).toBe('a');
  });
});
