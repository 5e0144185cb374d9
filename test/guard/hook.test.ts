/** The hook script as git runs it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installHook, proveHook } from '../../src/guard/index.js';
import { nodeFiles } from '../../src/host/files.js';
import { type Folder, newRepository, pathWithoutNode, script } from './repository.js';

const files = nodeFiles({});
let repository: Folder;
beforeEach(() => {
  repository = newRepository();
});
afterEach(() => repository.remove());

const install = (cwd?: string) => installHook(files, repository.place(cwd), repository.source);
const commit = (...words: string[]) => repository.git(['commit', '-q', '-m', 'a commit', ...words]);
const stage = (path: string, content: string) => {
  repository.write(path, content);
  repository.git(['add', '-f', '--', path]);
};
/** Another hook that leaves a trace of how it was called. */
const otherHook = (status: number, path = '.git/hooks/pre-commit') =>
  repository.write(
    path,
    `#!/bin/sh\necho "ran $# in $PWD" >> "$(git rev-parse --git-common-dir)/trace"\nexit ${status}\n`,
    0o755,
  );
const trace = () => {
  const path = join(repository.path, '.git', 'trace');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
};

describe('the script', () => {
  it.each(['sh', 'dash', 'bash', 'busybox'])('%s can read it', (shell) => {
    const words = shell === 'busybox' ? ['sh', '-n', '-c', script] : ['-n', '-c', script];
    const { error, status, stderr } = spawnSync(shell, words, { encoding: 'utf8' });
    // Which shells there are differs; sh is everywhere.
    if (error === undefined || shell === 'sh') expect([status, stderr]).toEqual([0, '']);
  });

  it('needs no shell that knows more than POSIX', () => {
    expect(script).not.toMatch(/\[\[|\bfunction\b|^\s*local |<<<|\bsource\b|==|\$'|pipefail/m);
    expect(script.startsWith('#!/bin/sh\n# blackbox-ts guard 1\n')).toBe(true);
  });
});

describe('a commit', () => {
  beforeEach(async () => void (await install()));

  it('passes when nothing leaks, and the guard is asked once for each hook, without a key', () => {
    stage('a.txt', 'clean');
    expect(commit('-m', 'v2').status).toBe(0);
    expect(repository.calls().map((call) => call.arguments)).toEqual([
      ['guard', '--hook', 'pre-commit'],
      ['guard', '--hook', 'commit-msg', '.git/COMMIT_EDITMSG'],
    ]);
  });

  it('is refused when it leaks: the first one, an amended one', () => {
    stage('a.txt', 'LEAK');
    const { status, stderr } = commit();
    expect([status, stderr]).toEqual([1, 'refused: a.txt\n']);
    expect(repository.log()).toEqual([]);
    stage('a.txt', 'clean');
    commit();
    stage('a.txt', 'LEAK');
    expect(commit('--amend').status).toBe(1);
    expect(repository.log()).toEqual(['a commit']);
  });

  it('is judged by what is staged, not by what lies in the work tree', () => {
    stage('a.txt', 'LEAK');
    repository.write('a.txt', 'clean');
    expect(commit().status).toBe(1);
    stage('a.txt', 'clean');
    repository.write('a.txt', 'LEAK');
    expect(commit().status).toBe(0);
  });

  it('with -a and with -- path is judged by the index that git makes for it', () => {
    stage('a.txt', 'clean');
    stage('b.txt', 'clean');
    commit();
    repository.write('a.txt', 'LEAK');
    repository.write('b.txt', 'changed');
    expect(commit('-a').status).toBe(1);
    expect(commit('--', 'a.txt').status).toBe(1);
    expect(commit('--', 'b.txt').status).toBe(0);
    const indexes = repository.calls().map((call) => call.index?.split('/').at(-1));
    expect(new Set(indexes).size).toBeGreaterThan(1);
    expect(repository.log()).toHaveLength(2);
  });

  it('from a subfolder is judged the same', () => {
    stage('deep/er/a.txt', 'LEAK');
    expect(repository.git(['commit', '-qm', 'x'], join(repository.path, 'deep', 'er')).status).toBe(1);
  });

  it('is seen by the canary', () => {
    expect(() => proveHook('pre-commit', repository.runHook)).not.toThrow();
    expect(existsSync(join(repository.path, '.git', 'index'))).toBe(false);
  });
});

describe('the hook that was there before', () => {
  it('runs after ours, with its arguments and place', async () => {
    otherHook(0);
    await install();
    stage('a.txt', 'clean');
    expect(commit().status).toBe(0);
    expect(trace()).toEqual([`ran 0 in ${repository.path}`]);
  });

  it('still refuses what it refuses', async () => {
    otherHook(7);
    await install();
    stage('a.txt', 'clean');
    expect(commit().status).toBe(1);
    expect(repository.calls()).toHaveLength(1);
    expect(repository.log()).toEqual([]);
  });

  it('is not run for what ours refuses', async () => {
    otherHook(0);
    await install();
    stage('a.txt', 'LEAK');
    expect(commit().status).toBe(1);
    expect(trace()).toEqual([]);
  });

  it('gets the arguments and the exit code is its own', async () => {
    otherHook(9);
    await install();
    const hook = join(repository.path, '.git', 'hooks', 'pre-commit');
    expect(spawnSync(hook, ['one', 'two words'], { cwd: repository.path, env: repository.env }).status).toBe(9);
    expect(trace()).toEqual([`ran 2 in ${repository.path}`]);
  });

  it('is not run when git would not have run it', async () => {
    const hook = otherHook(7);
    repository.write('.git/hooks/pre-commit', readFileSync(hook, 'utf8'), 0o644);
    await install();
    stage('a.txt', 'clean');
    expect(commit().status).toBe(0);
    expect(trace()).toEqual([]);
  });

  it('is not run twice when another manager moves ours to another name', async () => {
    otherHook(0);
    await install();
    const hooks = join(repository.path, '.git', 'hooks');
    repository.write('.git/hooks/pre-commit.legacy', readFileSync(join(hooks, 'pre-commit'), 'utf8'), 0o755);
    const { status } = spawnSync(join(hooks, 'pre-commit.legacy'), { cwd: repository.path, env: repository.env });
    expect(status).toBe(0);
    expect(repository.calls()).toHaveLength(1);
    expect(trace()).toEqual([]);
  });
});

describe('where git runs hooks from', () => {
  it('linked worktrees share the hook', async () => {
    stage('a.txt', 'clean');
    commit();
    const linked = join(repository.path, '..', 'linked tree');
    expect(repository.git(['worktree', 'add', '-q', '-b', 'side', linked]).status).toBe(0);
    await install(linked);
    for (const cwd of [linked, repository.path]) {
      writeFileSync(join(cwd, 'b.txt'), 'LEAK');
      repository.git(['add', 'b.txt'], cwd);
      expect(repository.git(['commit', '-qm', 'x'], cwd).status).toBe(1);
    }
    expect(existsSync(join(repository.path, '.git', 'hooks', 'pre-commit'))).toBe(true);
  });

  it.each(['relative', 'absolute'])('core.hooksPath, %s, with a hook in it', async (kind) => {
    const folder = kind === 'relative' ? 'my hooks' : join(repository.path, '..', 'all hooks');
    repository.git(['config', 'core.hooksPath', folder]);
    const hooks = kind === 'relative' ? join(repository.path, folder) : folder;
    mkdirSync(hooks);
    writeFileSync(join(hooks, 'pre-commit'), '#!/bin/sh\ntouch "$(git rev-parse --git-dir)/seen"\n', { mode: 0o755 });
    await install();
    stage('a.txt', 'LEAK');
    if (kind === 'relative') {
      // Others clone such a hook: it knows no places of this machine, and finds the program by its PATH or in node_modules.
      expect(readFileSync(join(hooks, 'pre-commit'), 'utf8')).not.toContain(repository.path);
      mkdirSync(join(repository.path, 'node_modules', 'blackbox-ts', 'bin'), { recursive: true });
      const program = readFileSync(repository.source.program.program, 'utf8');
      writeFileSync(join(repository.path, 'node_modules', 'blackbox-ts', 'bin', 'blackbox-ts.js'), program);
    }
    expect(commit().status).toBe(1);
    stage('a.txt', 'clean');
    expect(commit().status).toBe(0);
    expect(existsSync(join(repository.path, '.git', 'seen'))).toBe(true);
  });

  it('a folder for all repositories: those without a vault only run what was there', async () => {
    const hooks = join(repository.path, '..', 'all hooks');
    repository.git(['config', '--global', 'core.hooksPath', hooks]);
    await install();
    const other = join(repository.path, '..', 'other');
    mkdirSync(other);
    repository.git(['init', '-q'], other);
    writeFileSync(join(other, 'a.txt'), 'LEAK');
    repository.git(['add', '.'], other);
    expect(repository.git(['commit', '-qm', 'x'], other).status).toBe(0);
    expect(repository.calls()).toEqual([]);
  });

  it('a branch without the vault is guarded too', async () => {
    await install();
    rmSync(join(repository.path, '.blackbox'), { recursive: true });
    stage('a.txt', 'LEAK');
    expect(commit().status).toBe(1);
  });
});

describe('finding the program', () => {
  const withoutRecord = async (): Promise<void> => {
    await installHook(files, repository.place(), { ...repository.source, program: { node: '', program: '' } });
  };
  const installModule = () => {
    const content = readFileSync(repository.source.program.program, 'utf8');
    return repository.write('node_modules/blackbox-ts/bin/blackbox-ts.js', content, 0o755);
  };

  it('a clone without it refuses, and says what to type', async () => {
    await withoutRecord();
    stage('a.txt', 'clean');
    const { status, stderr } = commit();
    expect(status).toBe(1);
    expect(stderr).toBe(
      'blackbox-ts: commit refused: blackbox-ts is not installed here, so nothing could look for leaks\n  npm ci\n',
    );
    expect(repository.log()).toEqual([]);
  });

  it('one whose recorded program is gone refuses too', async () => {
    await install();
    rmSync(repository.source.program.program);
    stage('a.txt', 'clean');
    expect(commit().stderr).toContain('npm ci');
  });

  it('in node_modules', async () => {
    await withoutRecord();
    const program = installModule();
    stage('a.txt', 'LEAK');
    expect(commit().stderr).toBe('refused: a.txt\n');
    expect(existsSync(`${program}.log`)).toBe(true);
  });

  it('not in a node_modules that a commit brought', async () => {
    await withoutRecord();
    const program = installModule();
    repository.git(['add', '-f', 'node_modules']);
    const { status, stderr } = commit();
    expect(status).toBe(1);
    expect(stderr).toContain('what a repository brings is not run');
    expect(existsSync(`${program}.log`)).toBe(false);
  });

  it('nor through a link that a commit brought', async () => {
    await withoutRecord();
    const program = installModule();
    repository.git(['mv', '-k', 'node_modules', 'brought']);
    spawnSync('mv', ['node_modules', 'brought'], { cwd: repository.path });
    spawnSync('ln', ['-s', 'brought', 'node_modules'], { cwd: repository.path });
    repository.git(['add', '-f', 'node_modules']);
    expect(commit().stderr).toContain('what a repository brings is not run');
    expect(existsSync(`${program.replace('node_modules', 'brought')}.log`)).toBe(false);
  });

  it('on the PATH', async () => {
    await withoutRecord();
    const bin = join(repository.path, '..', 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'blackbox-ts'), readFileSync(repository.source.program.program, 'utf8'), { mode: 0o755 });
    stage('a.txt', 'LEAK');
    const env = { PATH: `${bin}:${repository.env.PATH}` };
    const { stderr } = repository.git(['commit', '-qm', 'x'], repository.path, env);
    expect(stderr).toBe('refused: a.txt\n');
  });

  it('from a program with a window, without Node.js on the PATH', async () => {
    await install();
    const PATH = pathWithoutNode(repository);
    stage('a.txt', 'LEAK');
    expect(repository.git(['commit', '-qm', 'x'], repository.path, { PATH }).stderr).toBe('refused: a.txt\n');
    stage('a.txt', 'clean');
    expect(repository.git(['commit', '-qm', 'x'], repository.path, { PATH }).status).toBe(0);
  });

  it('no Node.js anywhere: refused', async () => {
    await installHook(files, repository.place(), {
      ...repository.source,
      program: { ...repository.source.program, node: '/nowhere/node' },
    });
    const hook = join(repository.path, '.git', 'hooks', 'pre-commit');
    repository.write(
      '.git/hooks/pre-commit',
      readFileSync(hook, 'utf8').replaceAll(/\/(usr|opt)\/\S+\/node/g, '/nowhere/node'),
      0o755,
    );
    stage('a.txt', 'clean');
    const { status, stderr } = repository.git(['commit', '-qm', 'x'], repository.path, {
      PATH: pathWithoutNode(repository),
    });
    expect(status).toBe(1);
    expect(stderr).toContain('Node.js was not found');
    expect(stderr).toContain('blackbox-ts hook install');
  });

  it('never asks: nothing can be read from its standard input', async () => {
    await install();
    expect(script).toContain('if [ -n "$refs" ]; then printf \'%s\\n\' "$refs" | "$@"; else "$@" </dev/null; fi');
    expect(script.match(/with_refs .* guard --hook/g)).toHaveLength(2);
    expect(dirname(repository.source.program.program)).toContain("'");
  });
});
