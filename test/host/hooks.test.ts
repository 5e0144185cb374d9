/** What the host finds when git runs it as a hook, from every kind of place that git runs hooks in. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cleanEnv, newRepository, script, temporaryFolder } from './fixture.js';

interface Seen {
  root: string;
  gitDir: string;
  commonDir: string;
  staged: string[];
  hooks: string;
}

/** A pre-commit hook that notes what our host sees. `seen()` is what the last one noted. */
function spy() {
  const log = join(temporaryFolder(), 'log');
  const program = script(`
    const repository = host.git.find(host.cwd);
    const git = host.git.open(repository);
    const staged = git.staged().map(({ status, path }) => status + ' ' + path);
    fs.writeFileSync(${JSON.stringify(log)}, JSON.stringify({ ...repository, staged, hooks: git.hooksFolder() }));`);
  const install = (hooks: string) => {
    mkdirSync(hooks, { recursive: true });
    writeFileSync(join(hooks, 'pre-commit'), `#!/bin/sh\nexec '${process.execPath}' '${program}'\n`);
    chmodSync(join(hooks, 'pre-commit'), 0o755);
  };
  return { install, seen: (): Seen => JSON.parse(readFileSync(log, 'utf8')) };
}

function first(repo: ReturnType<typeof newRepository>) {
  for (const name of ['a', 'b', 'sub/c']) repo.write(name, name);
  repo.git('add', '.');
  repo.git('commit', '--quiet', '-m', 'first');
}

describe('inside a pre-commit hook', () => {
  it('the repository and what will be committed are found, also before the first commit and from a subfolder', () => {
    const folder = join(temporaryFolder(), 'a path with spaces');
    mkdirSync(folder);
    const repo = newRepository([], folder);
    const { install, seen } = spy();
    install(join(repo.root, '.git/hooks'));
    first(repo);
    const gitDir = join(repo.root, '.git');
    const here = { root: repo.root, gitDir, commonDir: gitDir, hooks: join(gitDir, 'hooks') };
    expect(seen()).toEqual({ ...here, staged: ['A a', 'A b', 'A sub/c'] });
    repo.write('sub/c', 'changed');
    execFileSync('git', ['commit', '--quiet', '-am', 'x'], { cwd: join(repo.root, 'sub'), env: repo.env });
    expect(seen()).toEqual({ ...here, staged: ['M sub/c'] });
  });

  it('it is the index of this commit that counts: -a, -- path, --amend', () => {
    const repo = newRepository();
    first(repo);
    const { install, seen } = spy();
    install(join(repo.root, '.git/hooks'));
    repo.write('a', '2');
    repo.write('b', '2');
    repo.git('add', 'b');
    repo.git('commit', '--quiet', '-m', 'x', '--', 'a');
    expect(seen().staged).toEqual(['M a']);
    repo.git('commit', '--quiet', '--amend', '-m', 'x');
    expect(seen().staged).toEqual(['M b']);
    repo.write('a', '3');
    repo.git('commit', '--quiet', '-am', 'x');
    expect(seen().staged).toEqual(['M a']);
    repo.git('-c', 'core.fsmonitor=false', 'commit', '--quiet', '--allow-empty', '-m', 'x');
    expect(seen().staged).toEqual([]);
  });

  it('in a linked worktree', () => {
    const repo = newRepository();
    first(repo);
    const { install, seen } = spy();
    install(join(repo.root, '.git/hooks'));
    const linked = join(temporaryFolder(), 'linked tree');
    repo.git('worktree', 'add', '--quiet', '-b', 'linked', linked);
    const inLinked = (...args: string[]) => execFileSync('git', args, { cwd: join(linked, 'sub'), env: repo.env });
    writeFileSync(join(linked, 'sub', 'new'), 'x');
    inLinked('add', 'new');
    inLinked('commit', '--quiet', '-m', 'x');
    const gitDir = join(repo.root, '.git');
    expect(seen()).toEqual({
      root: linked,
      gitDir: inLinked('rev-parse', '--absolute-git-dir').toString().trim(),
      commonDir: gitDir,
      hooks: join(gitDir, 'hooks'),
      staged: ['A sub/new'],
    });
    writeFileSync(join(linked, 'sub', 'new'), 'y');
    inLinked('commit', '--quiet', '-am', 'x');
    expect(seen().staged).toEqual(['M sub/new']);
  });

  it('in a submodule, and with core.hooksPath', () => {
    const repo = newRepository();
    const inner = newRepository();
    first(repo);
    first(inner);
    repo.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.root, 'mod');
    const { install, seen } = spy();
    install(join(repo.root, 'my hooks'));
    const inModule = (...args: string[]) => execFileSync('git', args, { cwd: join(repo.root, 'mod'), env: repo.env });
    inModule('config', 'core.hooksPath', join(repo.root, 'my hooks'));
    writeFileSync(join(repo.root, 'mod', 'new'), 'x');
    inModule('add', 'new');
    inModule('commit', '--quiet', '-m', 'x');
    const gitDir = join(repo.root, '.git/modules/mod');
    const expected = { root: join(repo.root, 'mod'), gitDir, commonDir: gitDir, hooks: join(repo.root, 'my hooks') };
    expect(seen()).toEqual({ ...expected, staged: ['A new'] });
  });

  it('with --git-dir and --work-tree', () => {
    const tree = temporaryFolder();
    const gitDir = join(temporaryFolder(), 'dotfiles.git');
    const env = cleanEnv();
    const git = (...args: string[]) => execFileSync('git', args, { cwd: tree, env });
    git('init', '--quiet', '--bare', gitDir);
    const { install, seen } = spy();
    install(join(gitDir, 'hooks'));
    mkdirSync(join(tree, 'sub'));
    writeFileSync(join(tree, 'sub/new'), 'x');
    git(`--git-dir=${gitDir}`, '--work-tree=.', 'add', 'sub/new');
    git(`--git-dir=${gitDir}`, '--work-tree=.', 'commit', '--quiet', '-m', 'x');
    expect(seen()).toEqual({
      root: tree,
      gitDir,
      commonDir: gitDir,
      hooks: join(gitDir, 'hooks'),
      staged: ['A sub/new'],
    });
  });
});

describe('GIT_INDEX_FILE', () => {
  it('of the repository we are in counts, for it alone', async () => {
    const repo = newRepository();
    const other = newRepository();
    first(repo);
    first(other);
    const index = join(temporaryFolder(), 'canary index');
    const { nodeGit } = await import('../../src/host/git.js');
    execFileSync('git', ['read-tree', '--empty'], { cwd: repo.root, env: { ...repo.env, GIT_INDEX_FILE: index } });
    const env = { ...repo.env, GIT_INDEX_FILE: index };
    expect([...nodeGit(env, repo.root).open(repo.repository).tracked()]).toEqual([]);
    expect([...nodeGit(env, join(repo.root, 'sub')).open(repo.repository).tracked()]).toEqual([]);
    expect([...nodeGit(env, repo.root).open(other.repository).tracked()]).toEqual(['a', 'b', 'sub/c']);
    expect([...nodeGit(env, '/').open(repo.repository).tracked()]).toEqual(['a', 'b', 'sub/c']);
  });
});
