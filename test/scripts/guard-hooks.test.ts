/** Which of git's operations are stopped, and by which hook: real commits, merges and pushes. Whatever no hook of a commit sees, pre-push does. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { newTeam, type Person } from '../harness/team.js';
import { found, register } from '../harness/vault.js';

const team = newTeam();
const secret = team.secret('password');
const alice = found(team);
register(alice, { 'secrets.json': `{ "db": { "password": "${secret}" } }\n` });
alice.write('readme.md', 'hello\n');
alice.run('git add readme.md');
alice.commitAndPush('a file');
const main = head();

// One repository for all: what a story has done is undone before the next.
beforeEach(() => {
  alice.run('git checkout -q -f main', { code: null });
  alice.run(['git', 'reset', '-q', '--hard', main]);
  alice.run('git clean -q -f -d');
  alice.run('git tag -d v1 blob tree', { code: null });
});
afterAll(() => team[Symbol.dispose]());

function head(person: Person = alice): string {
  return person.run('git rev-parse HEAD').stdout.trim();
}

const leak = () => {
  alice.write('leak.sh', `mysql -p ${secret}\n`);
  alice.run('git add leak.sh');
};

/** Something that leaks, in a commit that no hook has seen; main stays where it was. */
function leakOn(branch: string): string {
  alice.run(['git', 'checkout', '-q', '-B', branch]);
  leak();
  alice.run('git commit -q --no-verify -m oops');
  const commit = head();
  alice.run('git checkout -q main');
  return commit;
}

function expectStopped(line: string | readonly string[], says: RegExp = /leak\.sh:1:10: known-value/): string {
  const before = head();
  const { code, stdout, stderr } = alice.run(line, { code: null });
  expect(code, `${line} went on`).not.toBe(0);
  expect(stdout + stderr).toMatch(says);
  expect(stdout + stderr).not.toContain(secret);
  expect(head()).toBe(before);
  return stderr;
}

const onOrigin = (ref: string) => alice.run(['git', 'ls-remote', 'origin', ref]).stdout;

/** What has been committed all the same does not leave this clone. */
function expectNotPushed(refspec = 'HEAD:refs/heads/elsewhere'): string {
  const before = onOrigin('refs/*');
  const stderr = expectStopped(['git', 'push', '-q', 'origin', refspec], /known-value|github-token/);
  expect(stderr).toContain('of what would be pushed');
  expect(onOrigin('refs/*')).toBe(before);
  return stderr;
}

describe('commit', () => {
  it('and -a, -- path, --amend are stopped by pre-commit', () => {
    leak();
    for (const words of ['-m oops', '-a -m oops', '-m oops -- leak.sh', '--amend --no-edit'])
      expectStopped(`git commit -q ${words}`);
  });

  it('with --no-verify is not; pushing is', () => {
    leak();
    alice.run('git commit -q --no-verify -m oops');
    const stderr = expectNotPushed();
    expect(stderr).toContain(`${head().slice(0, 10)}:leak.sh:1:10`);
    expect(stderr).toContain(`git rebase --interactive ${head().slice(0, 10)}~1`);
  });

  it('before a secret that was committed and taken out again is pushed all the same', () => {
    leak();
    alice.run('git commit -q --no-verify -m oops');
    alice.run('git rm -q leak.sh');
    alice.run('git commit -q -m removed');
    expectNotPushed();
  });
});

describe('a message', () => {
  it('is stopped by commit-msg, in the subject and the body', () => {
    alice.write('readme.md', 'hello again\n');
    for (const message of [`use ${secret}`, `subject\n\nbody with ${secret}`]) {
      const stderr = expectStopped(['git', 'commit', '-q', '-a', '-m', message], /\(message\).*known-value/);
      expect(stderr).toContain('refused: 1 finding in 1 message');
      expect(stderr).toContain('git commit --edit --file=.git/COMMIT_EDITMSG');
    }
  });

  it('is judged without its comments and what stands below the scissors', () => {
    alice.write(
      '.git/editor',
      `#!/bin/sh\nprintf 'v2 fine\\n# %s\\n# ------------------------ >8 ------------------------\\n%s\\n' ${secret} ${secret} > "$1"\n`,
    );
    alice.run('chmod 755 .git/editor');
    alice.write('readme.md', 'hello again\n');
    alice.run('git commit -q -a --cleanup=scissors', { env: { GIT_EDITOR: '.git/editor' }, code: null });
    expect(head()).not.toBe(main);
  });

  it('that was not seen is stopped by pre-push; a tag’s and a note’s, too', () => {
    alice.run(['git', 'commit', '-q', '--no-verify', '--allow-empty', '-m', `use ${secret}`]);
    expect(expectNotPushed()).toMatch(/[0-9a-f]{10}:\(message\):1:5: known-value/);
    alice.run(['git', 'reset', '-q', '--hard', main]);
    alice.run(['git', 'tag', '-f', '-a', '-m', `release with ${secret}`, 'v1']);
    expectNotPushed('refs/tags/v1');
    alice.run(['git', 'notes', 'add', '-f', '-m', `a note about ${secret}`]);
    expectNotPushed('refs/notes/commits');
  });
});

describe('merge', () => {
  it('without a conflict is stopped by pre-merge-commit', () => {
    leakOn('side');
    alice.write('other.txt', 'x\n');
    alice.run('git add other.txt');
    alice.run('git commit -q -m other');
    expectStopped('git merge -q side');
    alice.run('git merge --abort', { code: null });
  });

  it('with a conflict, and then a commit, is stopped by pre-commit', () => {
    alice.run('git checkout -q -B theirs');
    alice.write('readme.md', 'theirs\n');
    alice.run('git commit -q -a -m theirs');
    alice.run('git checkout -q main');
    alice.write('readme.md', 'ours\n');
    alice.run('git commit -q -a -m ours');
    alice.run('git merge -q theirs', { code: 1 });
    alice.write('readme.md', `${secret}\n`);
    alice.run('git add readme.md');
    expectStopped('git commit -q -m merged', /readme\.md:1:1: known-value/);
  });

  it('by fast-forward makes no commit; pushing is stopped', () => {
    leakOn('side');
    alice.run('git merge -q side');
    expectNotPushed();
  });
});

describe('what no hook of a commit sees, pre-push does', () => {
  it('cherry-pick', () => {
    alice.run(['git', 'cherry-pick', leakOn('side')]);
    expectNotPushed();
  });

  it('revert', () => {
    leak();
    alice.run('git commit -q --no-verify -m oops');
    alice.run('git rm -q leak.sh');
    alice.run('git commit -q -m removed');
    // As if both had been published: only what the revert brings back counts.
    alice.run('git update-ref refs/remotes/origin/main HEAD~2');
    alice.run('git revert --no-edit HEAD');
    expectNotPushed();
    alice.run(['git', 'update-ref', 'refs/remotes/origin/main', main]);
  });

  it('rebase', () => {
    leakOn('side');
    alice.write('other.txt', 'x\n');
    alice.run('git add other.txt');
    alice.run('git commit -q -m other');
    alice.run('git checkout -q side');
    alice.run('git rebase -q main');
    expectNotPushed();
  });

  it('am', () => {
    const commit = leakOn('side');
    writeFileSync(
      join(alice.clone, '.git/patch'),
      alice.run(['git', 'format-patch', '-1', '--stdout', commit], { shows: true }).stdout,
    );
    alice.run('git am -q .git/patch');
    expectNotPushed();
  });

  it('plumbing, and tags of blobs and trees', () => {
    const blob = alice.run('git hash-object -w --stdin', { stdin: `x ${secret}\n` }).stdout.trim();
    alice.run(['git', 'tag', '-f', 'blob', blob]);
    expectNotPushed('refs/tags/blob');
    const tree = alice.run('git mktree', { stdin: `100644 blob ${blob}\tleak.txt\n` }).stdout.trim();
    alice.run(['git', 'tag', '-f', '-a', '-m', 'a tree', 'tree', tree]);
    expectNotPushed('refs/tags/tree');
  });
});

describe('push', () => {
  it('of what does not leak goes through, to branches that are new and that are there, by name and by address', () => {
    alice.write('fine.txt', 'fine\n');
    alice.run('git add fine.txt');
    alice.run('git commit -q -m fine');
    alice.run('git push -q origin HEAD:refs/heads/fine');
    alice.run(['git', 'push', '-q', team.origin, 'HEAD:refs/heads/fine2']);
    alice.run('git push -q origin :refs/heads/fine2');
    alice.run('git push -q --tags origin');
  });

  it('looks at what this remote does not have, not at what another one has', () => {
    const other = join(team.folder, 'other.git');
    alice.run(['git', 'init', '-q', '--bare', other]);
    leak();
    alice.run('git commit -q --no-verify -m oops');
    alice.run(['git', 'push', '-q', '--no-verify', other, 'HEAD:refs/heads/main']);
    alice.run(['git', 'remote', 'add', 'other', other], { code: null });
    alice.run('git fetch -q other');
    expectNotPushed();
    alice.run('git remote remove other');
  });

  it('a hook that was there before reads what git pushes as well, and its exit code counts', () => {
    alice.run('blackbox-ts hook uninstall');
    const own = '#!/bin/sh\ncat > "$(git rev-parse --git-dir)/seen"; echo "$1" >&2; exit 7\n';
    alice.write('.git/hooks/pre-push', own);
    alice.run('chmod 755 .git/hooks/pre-push');
    alice.run('blackbox-ts hook install');
    alice.write('fine.txt', 'fine\n');
    alice.run('git add fine.txt');
    alice.run('git commit -q -m fine');
    const { code, stderr } = alice.run('git push -q origin HEAD:refs/heads/chained', { code: null });
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining('origin')]);
    expect(alice.read('.git/seen')).toBe(`HEAD ${head()} refs/heads/chained ${'0'.repeat(40)}\n`);
    alice.run('blackbox-ts hook uninstall');
    expect(alice.read('.git/hooks/pre-push')).toBe(own);
    alice.run('rm .git/hooks/pre-push');
    alice.run('blackbox-ts hook install');
  });
});
