/** Two branches at work on one vault meet without a conflict, and the result is whole. */
import { expect, it } from 'vitest';
import { newTeam, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

it('two branches that each add an admin and register a file', () => {
  using team = newTeam();
  const [base, left, right] = [team.secret('base'), team.secret('left'), team.secret('right')];
  const alice = found(team);
  // A path that a driver could take for an option: it would print its help, and git would take ours for the result.
  register(alice, { 'base.txt': base, '-h.txt': base });
  const bob = letIn(team, alice, 'bob');
  const carol = team.person('carol');
  const dave = team.person('dave');

  alice.run('git switch -q -c left');
  alice.lead(['blackbox-ts', 'admin', 'add', carol.newKey('age')]);
  alice.write('left.txt', left);
  alice.lead('blackbox-ts register left.txt');
  alice.lead('blackbox-ts decrypt ./-h.txt');
  alice.write('-h.txt', left);
  alice.lead('blackbox-ts encrypt --shred ./-h.txt');
  alice.run('git commit -q -m left');
  alice.run('git push -q origin left');

  bob.run('git switch -q -c right');
  bob.lead(['blackbox-ts', 'admin', 'add', dave.newKey('age')]);
  bob.write('right.txt', right);
  bob.lead('blackbox-ts register right.txt');
  bob.run('git commit -q -m right');
  bob.run('git fetch -q origin left');
  // `base.txt.age` was re-wrapped on both sides, for other people but with the same content: that is no conflict either.
  bob.run('git merge -q --no-edit origin/left');
  expect(bob.run('git status --porcelain').stdout).toBe('');
  expect(bob.lead('blackbox-ts cat base.txt', { shows: true }).stdout).toBe(base);
  // Only the others have another content: theirs is taken, and shown.
  expect(bob.lead('blackbox-ts cat ./-h.txt', { shows: true }).stdout).toBe(left);
  const first = bob.run('git rev-list --max-parents=0 HEAD').stdout.trim();
  expect(bob.run(['git', 'diff', first, '--', './-h.txt.age'], { shows: true }).stdout).toContain(`+${left}`);

  bob.lead('blackbox-ts reencrypt');
  bob.run('git commit -q --allow-empty -m "for everybody"');
  bob.run('git push -q origin HEAD:main');
  for (const person of [alice, carol, dave]) {
    person.run('git fetch -q origin');
    person.run('git checkout -q origin/main');
    expect(person.lead('blackbox-ts cat base.txt', { shows: true }).stdout).toBe(base);
    expect(person.lead('blackbox-ts cat left.txt', { shows: true }).stdout).toBe(left);
    expect(person.lead('blackbox-ts cat right.txt', { shows: true }).stdout).toBe(right);
  }
  for (const secret of [base, left, right]) expect(team.whereIs(secret)).toEqual([]);
});

it('two branches that register files and people only, without a shared file, merge clean', () => {
  using team = newTeam();
  const alice = found(team);
  const [carol, dave] = [team.person('carol'), team.person('dave')];
  for (const [branch, person] of [
    ['left', carol],
    ['right', dave],
  ] as const) {
    alice.run(['git', 'switch', '-q', '-c', branch, 'main']);
    alice.lead(['blackbox-ts', 'admin', 'add', person.newKey('age')]);
    alice.write(`${branch}.txt`, team.secret(branch));
    alice.lead(['blackbox-ts', 'register', `${branch}.txt`]);
    alice.run(['git', 'commit', '-q', '-m', branch]);
  }
  alice.run('git merge -q --no-edit left');
  expect(alice.run('git status --porcelain').stdout).toBe('');
  expect(alice.read('.blackbox/files').trim().split('\n').sort()).toEqual(['left.txt', 'right.txt']);
  expect(alice.run('blackbox-ts list').stdout).toBe('left.txt\nright.txt\n');
  const states = alice.run('blackbox-ts status', { code: null }).stdout;
  expect(states).toContain('left.txt');
  alice.lead('blackbox-ts reencrypt');
  alice.run('git commit -q -m "for everybody"');
  for (const person of [carol, dave]) {
    person.run(['git', 'pull', '-q', alice.clone, 'right']);
    for (const branch of ['left', 'right']) person.run(['blackbox-ts', 'cat', `${branch}.txt`], { shows: true });
  }
});

/** Two branches on which the same path is registered, with these contents. */
function registeredTwice(team: Team, contents: readonly [string, string]) {
  const alice = found(team);
  for (const [i, branch] of ['left', 'right'].entries()) {
    alice.run(['git', 'switch', '-q', '-c', branch, 'main']);
    alice.write(`${branch}.txt`, contents[i] ?? '');
    alice.write('both.txt', contents[i] ?? '');
    alice.lead(['blackbox-ts', 'register', `${branch}.txt`, 'both.txt']);
    alice.run(['git', 'commit', '-q', '-m', branch]);
  }
  return alice;
}

it('the same file registered on two branches with the same content is one entry, without a conflict', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = registeredTwice(team, [secret, secret]);
  alice.run('git merge -q --no-edit left');
  expect(alice.run('blackbox-ts list').stdout.match(/both\.txt/g)).toHaveLength(1);
  expect(alice.lead('blackbox-ts cat both.txt', { shows: true }).stdout).toBe(secret);
});

it('the same file registered on two branches with two contents is a conflict that a person decides', () => {
  using team = newTeam();
  const [ours, theirs] = [team.secret(), team.secret()];
  const alice = registeredTwice(team, [theirs, ours]);
  const merge = alice.run('git merge -q --no-edit left', { code: 1 });
  expect(merge.stdout + merge.stderr).toContain('both.txt.age was changed on both sides');
  expect(alice.run('git diff --name-only --diff-filter=U').stdout).toBe('both.txt.age\n');
  expect(alice.lead('blackbox-ts cat both.txt', { shows: true }).stdout).toBe(ours);
  alice.run('git checkout -q --theirs -- both.txt.age');
  alice.run('git add both.txt.age');
  alice.run('git commit -q --no-edit');
  expect(alice.run('blackbox-ts list').stdout.match(/both\.txt/g)).toHaveLength(1);
  expect(alice.lead('blackbox-ts cat both.txt', { shows: true }).stdout).toBe(theirs);
});

it('in a rebase the words say which of the two versions is kept, and the commands show and take the other', () => {
  using team = newTeam();
  const [upstream, own] = [team.secret('upstream'), team.secret('own')];
  const alice = registeredTwice(team, [upstream, own]);
  const { stdout, stderr } = alice.run('git rebase left', { code: 1 });
  const said = stdout + stderr;
  expect(said).toContain('for now it holds what you rebase onto, without your change');
  expect(alice.lead('blackbox-ts cat both.txt', { shows: true }).stdout).toBe(upstream);

  const command = (start: string) => new RegExp(`${start}: (git .*)$`, 'm').exec(said)?.[1] ?? '';
  const differ = alice.run(command('to see how they differ'), { shows: true }).stdout;
  expect(differ).toMatch(new RegExp(`^-${upstream}$`, 'm'));
  expect(differ).toMatch(new RegExp(`^\\+${own}$`, 'm'));
  alice.run(command('to take your version as it is'));
  alice.run(command('then'));
  alice.run('git rebase --continue', { env: { GIT_EDITOR: 'true' } });
  expect(alice.lead('blackbox-ts cat both.txt', { shows: true }).stdout).toBe(own);
  expect(alice.run('git status --porcelain').stdout).toBe('');
});

it('git diff shows what changed inside a sealed file, and to somebody without a key that it changed', () => {
  using team = newTeam();
  const [before, after] = [team.secret(), team.secret()];
  const alice = found(team);
  alice.write('a.txt', `${before}\n`);
  alice.lead('blackbox-ts register --keep a.txt');
  alice.run('git commit -q -m one');
  alice.write('a.txt', `${after}\n`);
  alice.lead('blackbox-ts encrypt --shred a.txt');
  const shown = alice.run('git diff --cached', { shows: true }).stdout;
  expect(shown).toContain(`-${before}`);
  expect(shown).toContain(`+${after}`);
  const blind = alice.run('git diff --cached', { env: { XDG_CONFIG_HOME: '/nonexistent' } }).stdout;
  expect(blind).toContain('+sealed for 1 key');
  expect(blind).not.toContain(after);
});
