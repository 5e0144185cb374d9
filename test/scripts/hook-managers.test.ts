/** Programs that manage hooks, as they are: ours and theirs run, whoever came first, and theirs comes back. */
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tokenOf } from '../guard/token.js';
import { has, lacks } from '../harness/programs.js';
import { projectRoot } from '../harness/run.js';
import { installPackage, newTeam } from '../harness/team.js';
import { found } from '../harness/vault.js';

const team = newTeam();
const token = tokenOf(team);
const alice = found(team);
afterAll(() => team[Symbol.dispose]());

interface Clone {
  readonly folder: string;
  run(line: string | readonly string[], code?: number | null): { code: number; stderr: string; stdout: string };
  write(path: string, content: string): void;
}

interface Manager {
  readonly name: string;
  /** Its configuration; its own hook writes `theirs` to a file of that name. */
  configure(clone: Clone): void;
  install(clone: Clone): void;
  /** Where the hook stands that git, or the manager, runs. */
  readonly hook: string;
  /** Whether ours are still run after it has come second. */
  readonly keepsOurs: boolean;
}

const linkPackage = (clone: Clone, name: string) =>
  symlinkSync(join(projectRoot, 'node_modules', name), join(clone.folder, 'node_modules', name));
const trace = 'echo theirs >> theirs';

const managers: readonly Manager[] = [
  {
    name: 'husky',
    configure: (clone) => {
      linkPackage(clone, 'husky');
      clone.write('package.json', '{"devDependencies":{"husky":"9"}}\n');
      clone.write('.husky/pre-commit', `${trace}\n`);
    },
    install: (clone) => void clone.run([process.execPath, 'node_modules/husky/bin.js']),
    hook: '.husky/pre-commit',
    keepsOurs: false,
  },
  {
    name: 'simple-git-hooks',
    configure: (clone) => {
      linkPackage(clone, 'simple-git-hooks');
      clone.write('package.json', JSON.stringify({ 'simple-git-hooks': { 'pre-commit': trace } }));
    },
    install: (clone) => void clone.run([process.execPath, 'node_modules/simple-git-hooks/cli.js']),
    hook: '.git/hooks/pre-commit',
    keepsOurs: false,
  },
  {
    name: 'pre-commit',
    configure: (clone) => {
      clone.write('theirs.sh', `#!/bin/sh\n${trace}\n`);
      chmodSync(join(clone.folder, 'theirs.sh'), 0o755);
      const hook = { id: 'theirs', name: 'theirs', entry: './theirs.sh', language: 'system', always_run: true };
      const config = { repos: [{ repo: 'local', hooks: [{ ...hook, pass_filenames: false }] }] };
      clone.write('.pre-commit-config.yaml', JSON.stringify(config));
      clone.run('git add .pre-commit-config.yaml');
    },
    install: (clone) => void clone.run('pre-commit install'),
    hook: '.git/hooks/pre-commit',
    keepsOurs: true,
  },
];

function cloneFor({ name }: Manager, order: string): Clone {
  const folder = join(team.folder, 'alice', `${name} ${order}`);
  const run: Clone['run'] = (line, code = 0) => alice.run(line, { cwd: folder, code });
  alice.run(['git', 'clone', '-q', team.origin, folder]);
  installPackage(folder);
  const write: Clone['write'] = (path, content) => {
    if (path.includes('/')) run(['mkdir', '-p', path.slice(0, path.lastIndexOf('/'))]);
    writeFileSync(join(folder, path), content);
  };
  write('.git/info/exclude', '/node_modules\n/theirs\n/theirs.sh\n');
  return { folder, run, write };
}

/** A commit, with its words; whether the manager's own hook has run. */
function commit({ folder, run, write }: Clone, content: string) {
  rmSync(join(folder, 'theirs'), { force: true });
  write('a.txt', content);
  run('git add a.txt');
  const { code, stderr } = run('git commit -q -m work', null);
  return { code, stderr, theirs: existsSync(join(folder, 'theirs')) };
}

/** A leak stops, and what does not leak goes through their hook. */
function expectBoth(clone: Clone): void {
  const leak = commit(clone, `${token}\n`);
  expect(leak.code).not.toBe(0);
  expect(leak.stderr).toContain('a.txt:1:1: github-token');
  clone.run('git commit -q --no-verify -m leak');
  expect(clone.run('git push -q origin HEAD:refs/heads/leak', null).stderr).toContain('a.txt:1:1: github-token');
  clone.run('git reset -q --soft HEAD~1');
  const fine = commit(clone, `fine ${clone.folder.length}\n`);
  expect([fine.code, fine.theirs]).toEqual([0, true]);
}

describe.each(managers)('$name', (manager) => {
  const missing = manager.name === 'pre-commit' && lacks('pre-commit');

  it.skipIf(missing)('first, then ours: both run, and theirs comes back as it was', () => {
    expect(manager.name !== 'pre-commit' || has('pre-commit')).toBe(true);
    const clone = cloneFor(manager, 'first');
    manager.configure(clone);
    manager.install(clone);
    const before = readFileSync(join(clone.folder, manager.hook));
    expect(commit(clone, 'before\n').theirs).toBe(true);
    clone.run('blackbox-ts hook install');
    expectBoth(clone);
    clone.run('blackbox-ts hook uninstall');
    expect(readFileSync(join(clone.folder, manager.hook)).equals(before)).toBe(true);
    expect(commit(clone, 'after\n')).toMatchObject({ code: 0, theirs: true });
  });

  it.skipIf(missing)('second: doctor says if ours are no longer run, and installing them again mends it', () => {
    const clone = cloneFor(manager, 'second');
    clone.run('blackbox-ts hook install');
    manager.configure(clone);
    manager.install(clone);
    const { code } = commit(clone, `${token}\n`);
    expect(code !== 0).toBe(manager.keepsOurs);
    if (!manager.keepsOurs) {
      const hook = JSON.parse(clone.run('blackbox-ts doctor --json', null).stdout).checks.find(
        (check: { name: string }) => check.name === 'hook',
      );
      expect(hook).toMatchObject({ outcome: 'fail', mend: expect.stringContaining('blackbox-ts hook install') });
      clone.run('git reset -q --hard HEAD~1');
    }
    clone.run('blackbox-ts hook install');
    expectBoth(clone);
  });
});
