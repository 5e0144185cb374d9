import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findRepository, tipAt } from '../../src/host/git/repository.js';
import { hardNames } from '../harness/names.js';
import { codeOf, failure, newRepository, temporaryFolder } from './fixture.js';

const find = (from: string, env = {}, cwd = from) => findRepository(from, env, cwd);

/** What git itself says of a folder. */
function asGitSees(folder: string, env: Record<string, string>) {
  const ask = (...args: string[]) =>
    execFileSync('git', ['rev-parse', '--path-format=absolute', ...args], {
      cwd: folder,
      env,
      encoding: 'utf8',
    }).replace(/\n$/, '');
  return { root: ask('--show-toplevel'), gitDir: ask('--absolute-git-dir'), commonDir: ask('--git-common-dir') };
}

function commit(repo: ReturnType<typeof newRepository>) {
  repo.write('f', 'x');
  repo.git('add', 'f');
  repo.git('commit', '--quiet', '-m', 'first');
}

describe('find', () => {
  it('sees what git sees: at the top, below it, without commits', () => {
    const repo = newRepository();
    mkdirSync(join(repo.root, 'a/b'), { recursive: true });
    for (const folder of [repo.root, join(repo.root, 'a/b')]) expect(find(folder)).toEqual(asGitSees(folder, repo.env));
    expect(find('a/b', {}, repo.root).root).toBe(repo.root);
    expect(find(join(repo.root, 'a', 'not there yet')).root).toBe(repo.root);
  });

  it('in linked worktrees, in submodules, and through symlinks', () => {
    const repo = newRepository();
    const inner = newRepository();
    commit(repo);
    commit(inner);
    const linked = join(temporaryFolder(), 'linked tree');
    repo.git('worktree', 'add', '--quiet', '-b', 'linked', linked);
    mkdirSync(join(linked, 'sub'));
    repo.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.root, 'mod');
    for (const folder of [linked, join(linked, 'sub'), join(repo.root, 'mod')]) {
      expect(find(folder)).toEqual(asGitSees(folder, repo.env));
    }
    const link = join(temporaryFolder(), 'link');
    symlinkSync(join(linked, 'sub'), link);
    expect(find(link)).toEqual(asGitSees(linked, repo.env));
  });

  it('when .git is a symlink, and when it lies elsewhere', () => {
    const repo = newRepository();
    const away = join(temporaryFolder(), 'elsewhere.git');
    renameSync(join(repo.root, '.git'), away);
    symlinkSync(away, join(repo.root, '.git'));
    expect(find(repo.root)).toEqual({ root: repo.root, gitDir: away, commonDir: away });
    const separate = join(temporaryFolder(), 'separate');
    const other = newRepository([`--separate-git-dir=${separate}`]);
    expect(find(other.root)).toEqual(asGitSees(other.root, other.env));
  });

  it.each(hardNames.filter((name) => !name.includes('/')))('in a repository called %j', (name) => {
    const folder = join(temporaryFolder(), name);
    mkdirSync(folder);
    const repo = newRepository([], folder);
    expect(repo.repository.root).toBe(folder);
    expect(repo.ask.hasCommits()).toBe(false);
    expect(repo.ask.hooksFolder()).toBe(join(folder, '.git', 'hooks'));
  });

  it('in sha256 repositories, and in those that keep references in tables where git can', () => {
    const repo = newRepository(['--object-format=sha256']);
    expect(find(repo.root)).toEqual(asGitSees(repo.root, repo.env));
  });

  it('refuses bare repositories, and the inside of a .git folder', () => {
    const bare = join(temporaryFolder(), 'bare.git');
    const repo = newRepository();
    repo.git('init', '--quiet', '--bare', bare);
    for (const folder of [bare, join(bare, 'refs'), join(repo.root, '.git'), join(repo.root, '.git/hooks')]) {
      expect(codeOf(() => find(folder))).toBe('ERR_BLACKBOX_BARE_REPOSITORY');
    }
    repo.git('config', 'core.bare', 'true');
    expect(codeOf(() => find(repo.root))).toBe('ERR_BLACKBOX_BARE_REPOSITORY');
  });

  it('of a bare repository with linked worktrees, finds those', () => {
    const first = newRepository();
    commit(first);
    const folder = temporaryFolder();
    first.git('clone', '--quiet', '--bare', first.root, join(folder, '.bare'));
    writeFileSync(join(folder, '.git'), 'gitdir: ./.bare\n');
    execFileSync('git', ['worktree', 'add', '--quiet', 'tree', 'main'], {
      cwd: folder,
      env: first.env,
      stdio: 'ignore',
    });
    expect(find(join(folder, 'tree'))).toEqual(asGitSees(join(folder, 'tree'), first.env));
    expect(codeOf(() => find(folder))).toBe('ERR_BLACKBOX_BARE_REPOSITORY');
  });

  it('says where there is none, and what is broken', async () => {
    const folder = temporaryFolder();
    const none = await failure(() => find(folder));
    expect(none.code).toBe('ERR_BLACKBOX_NO_REPOSITORY');
    expect(none.hints.join()).toContain('git init');
    mkdirSync(join(folder, '.git'));
    expect(codeOf(() => find(folder))).toBe('ERR_BLACKBOX_NO_REPOSITORY');
    rmSync(join(folder, '.git'), { recursive: true });
    for (const content of ['gitdir: /nowhere\n', 'rubbish', '', `gitdir: ${'x'.repeat(9000)}`]) {
      writeFileSync(join(folder, '.git'), content);
      const error = await failure(() => find(folder));
      expect([error.code, error.message]).toEqual([
        'ERR_BLACKBOX_NO_REPOSITORY',
        expect.stringContaining('.git does not lead to'),
      ]);
    }
  });

  it('honours GIT_DIR together with GIT_WORK_TREE, for folders in that work tree only', () => {
    const repo = newRepository();
    const tree = temporaryFolder();
    const gitDir = join(temporaryFolder(), 'dotfiles');
    repo.git('init', '--quiet', '--bare', gitDir);
    const env = { GIT_DIR: gitDir, GIT_WORK_TREE: tree };
    expect(find(tree, env)).toEqual({ root: tree, gitDir, commonDir: gitDir });
    expect(find(repo.root, env).gitDir).toBe(join(repo.root, '.git'));
    expect(find(repo.root, { GIT_DIR: gitDir }).gitDir).toBe(join(repo.root, '.git'));
    expect(codeOf(() => find(tree, { GIT_DIR: gitDir }))).toBe('ERR_BLACKBOX_NO_REPOSITORY');
  });
});

describe('the commit that is checked out', () => {
  const seen = (folder: string, env: Record<string, string>) => {
    const answer = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: folder, env, encoding: 'utf8' }).trim();
    return [tipAt(find(folder)), answer];
  };

  it.each(['sha1', 'sha256'])('is what git says, on a branch, apart from one and in linked worktrees: %s', (format) => {
    const repo = newRepository([`--object-format=${format}`]);
    expect(tipAt(find(repo.root))).toBeNull();
    commit(repo);
    const linked = join(temporaryFolder(), 'linked');
    repo.git('worktree', 'add', '--quiet', '-b', 'a/branch', linked);
    repo.git('commit', '--quiet', '--allow-empty', '-m', 'second');
    for (const folder of [repo.root, linked]) {
      const [told, answer] = seen(folder, repo.env);
      expect(told).toBe(answer);
    }
    repo.git('switch', '--quiet', '--detach', 'HEAD~1');
    const [apart, answer] = seen(repo.root, repo.env);
    expect(apart).toBe(answer);
  });

  it('is left to git where a file does not tell it', () => {
    const repo = newRepository();
    commit(repo);
    repo.git('pack-refs', '--all');
    expect(tipAt(find(repo.root))).toBeNull();
    expect(repo.ask.hasCommits()).toBe(true);
    const head = join(repo.root, '.git/HEAD');
    writeFileSync(join(repo.root, '.git/refs/heads/alias'), 'ref: refs/heads/main\n');
    for (const text of [
      'ref: refs/heads/alias\n',
      'ref: refs/heads/.invalid\n',
      'ref: refs/heads/../../HEAD\n',
      'ref: HEAD\n',
      '',
    ]) {
      writeFileSync(head, text);
      expect(
        tipAt({ root: repo.root, gitDir: join(repo.root, '.git'), commonDir: join(repo.root, '.git') }),
      ).toBeNull();
    }
  });
});
