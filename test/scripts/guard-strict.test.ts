/** `hook install --strict`: refused at `git add`, and --no-verify does not help. Everything else that git does goes on as before. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { newTeam } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const team = newTeam();
const secret = team.secret('password');
const alice = found(team);
register(alice, { 'secrets.json': `{ "db": { "password": "${secret}" } }\n`, 'space space.txt': 'kept for later\n' });
const bob = letIn(team, alice, 'bob');
alice.run('blackbox-ts hook install --strict');
const main = alice.run('git rev-parse HEAD').stdout.trim();

beforeEach(() => {
  alice.run('git checkout -q -f main', { code: null });
  alice.run(['git', 'reset', '-q', '--hard', main]);
  alice.run('git clean -q -f -d');
});
afterAll(() => team[Symbol.dispose]());

const leak = () => {
  alice.write('leak.sh', `mysql -p ${secret}\n`);
  alice.run('git add leak.sh');
};
const head = () => alice.run('git rev-parse HEAD').stdout;

describe('git add', () => {
  it('of a registered path is refused, and says why; of its sealed file and of others it is not', () => {
    for (const path of ['secrets.json', 'space space.txt']) {
      alice.write(path, 'plain\n');
      const { stderr } = alice.run(['git', 'add', '-f', '--', path], { code: null });
      expect(stderr).toContain('a registered file is committed sealed only');
      expect(stderr).toContain(path);
    }
    expect(alice.run('git diff --cached --name-only').stdout).toBe('');
    alice.write('other.json', '{}\n');
    alice.run('git add other.json secrets.json.age');
    expect(alice.run('git diff --cached --name-only').stdout).toBe('other.json\n');
  });

  it('goes with what is registered', () => {
    alice.write('new.env', 'A=kept for later\n');
    alice.lead('blackbox-ts register new.env');
    alice.write('new.env', 'plain\n');
    alice.run('git add -f new.env', { code: 128 });
    alice.run('blackbox-ts deregister new.env', { code: null });
  });
});

describe('--no-verify', () => {
  it('does not help: commit, amend, cherry-pick, rebase and fast-forward are stopped', () => {
    leak();
    const before = head();
    for (const words of ['-m oops', '--amend --no-edit']) {
      const { code, stderr } = alice.run(`git commit -q --no-verify ${words}`, { code: null });
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/leak\.sh:1:10: known-value/);
      expect(stderr).not.toContain(secret);
    }
    alice.run(['git', '-c', 'core.hooksPath=/dev/null', 'commit', '-q', '-m', 'oops']);
    const commit = head().trim();
    // A branch that nothing leads to, as one that was made elsewhere.
    alice.run(['git', '-c', 'core.hooksPath=/dev/null', 'reset', '-q', '--hard', main]);
    for (const line of [`git cherry-pick ${commit}`, `git merge -q --ff-only ${commit}`, `git branch other ${commit}`])
      expect(alice.run(line, { code: null }).code, line).not.toBe(0);
    alice.run('git cherry-pick --abort', { code: null });
    expect(head()).toBe(before);
  });
});

describe('it is harmless to', () => {
  it('fetch, pull, merge, rebase, stash, branches and tags', () => {
    bob.write('from-bob.txt', 'hello\n');
    bob.run('git add from-bob.txt');
    bob.run("git commit -q -m 'from bob'");
    bob.run('git push -q origin HEAD');
    alice.write('mine.txt', 'mine\n');
    alice.run('git add mine.txt');
    alice.run('git commit -q -m mine');
    alice.run('git fetch -q');
    alice.run('git rebase -q origin/main');
    alice.run('git branch side HEAD~1');
    alice.run('git merge -q side');
    alice.run('git tag -a -m one v1');
    alice.write('mine.txt', 'changed\n');
    alice.run('git stash -q');
    alice.run('git stash pop -q');
    alice.run('git checkout -q -b third');
    alice.run('git commit -q -a -m changed');
    alice.run('git reset -q --hard HEAD~1');
    alice.run('git gc -q');
    alice.run('git checkout -q main');
    alice.run('git pull -q');
    alice.run('git branch -q -D side third');
    expect(alice.run('git log --format=%s -2').stdout).toBe('mine\nfrom bob\n');
  });

  it('plaintexts that lie in the work tree, and what hides them', () => {
    alice.lead('blackbox-ts decrypt --force secrets.json');
    alice.write('mine.txt', 'mine\n');
    alice.run('git stash -q -u');
    alice.run('git stash pop -q');
    expect(alice.has('secrets.json')).toBe(true);
    expect(alice.run('git status --porcelain').stdout).toBe('?? mine.txt\n');
  });
});

describe('hook uninstall', () => {
  it('takes all of it out', () => {
    expect(alice.run('blackbox-ts doctor', { code: null }).stdout).toMatch(/ok +hook/);
    alice.run('blackbox-ts hook uninstall');
    expect(alice.read('.git/info/attributes')).not.toContain('blackbox-ts');
    expect(alice.run('git config --local --get-regexp ^filter\\.', { code: null }).stdout).toBe('');
    expect(alice.has('.git/hooks/reference-transaction')).toBe(false);
    alice.write('secrets.json', 'plain\n');
    alice.run('git add -f secrets.json');
  });
});
