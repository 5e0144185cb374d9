/** Putting the hook beside what is there, and giving everything back. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlackboxError } from '../../src/errors.js';
import {
  hookNames,
  hookStatus,
  installHook,
  planHookInstall,
  proveHook,
  uninstallHook,
} from '../../src/guard/index.js';
import { nodeFiles } from '../../src/host/files.js';
import { type Folder, newRepository } from './repository.js';

const files = nodeFiles({});
let repository: Folder;
let hooks: string;
beforeEach(() => {
  repository = newRepository();
  hooks = join(repository.path, '.git', 'hooks');
});
afterEach(() => repository.remove());

const hook = (name = 'pre-commit') => join(hooks, name);
const install = () => installHook(files, repository.place(), repository.source);
const uninstall = () => uninstallHook(files, repository.place());
const state = () => hookStatus(files, repository.place(), repository.source).state;
const refusal = async (run: () => unknown): Promise<BlackboxError> => {
  try {
    await run();
  } catch (error) {
    if (error instanceof BlackboxError) return error;
    throw error;
  }
  throw new Error('it was not refused');
};

describe('without another hook', () => {
  it('absent, installed, the same again, absent', async () => {
    expect(state()).toBe('absent');
    const plan = await install();
    expect(plan.summary).toEqual(hookNames.map((name) => `write the hook ${JSON.stringify(hook(name)).slice(1, -1)}`));
    expect(state()).toBe('installed');
    expect(statSync(hook()).mode & 0o777).toBe(0o755);
    expect((await install()).writes).toEqual([]);
    await uninstall();
    expect(state()).toBe('absent');
    expect(await uninstall()).toBeNull();
    expect(readdirSync(hooks).filter((name) => !name.endsWith('.sample'))).toEqual([]);
  });

  it('a plan changes nothing', () => {
    expect(planHookInstall(files, repository.place(), repository.source).writes).toHaveLength(4);
    expect(existsSync(hook())).toBe(false);
  });

  it('one of another version, or for a program elsewhere, is outdated and brought up to date', async () => {
    await install();
    const current = readFileSync(hook(), 'utf8');
    for (const older of [
      current.replace('guard 1', 'guard 0'),
      current.replace(/recorded_program=.*/, "recorded_program='/old/place'"),
    ]) {
      writeFileSync(hook(), older);
      expect(state()).toBe('outdated');
      await install();
      expect(readFileSync(hook(), 'utf8')).toBe(current);
    }
    chmodSync(hook(), 0o644);
    await install();
    expect(statSync(hook()).mode & 0o777).toBe(0o755);
  });

  it('no place of a program can break out of the script', async () => {
    const nasty = `/x/'; touch owned; '$(touch owned)\`touch owned\`$&\\/bin.js`;
    await installHook(files, repository.place(), { ...repository.source, program: { node: nasty, program: nasty } });
    repository.write('a.txt', 'x');
    repository.git(['add', 'a.txt']);
    expect(repository.git(['commit', '-qm', 'x']).stderr).toContain('npm ci');
    expect(existsSync(join(repository.path, 'owned'))).toBe(false);
  });
});

describe('beside another hook', () => {
  const text = '#!/usr/bin/env python3\nprint("mine")\n';

  it('it is moved aside as it is, and comes back as it was', async () => {
    writeFileSync(hook(), text);
    chmodSync(hook(), 0o750);
    expect(state()).toBe('foreign');
    const plan = await install();
    expect(plan.summary).toHaveLength(5);
    expect(hookStatus(files, repository.place(), repository.source)).toEqual({
      state: 'installed',
      path: hook(),
      chained: true,
    });
    const aside = hook('pre-commit.before-blackbox-ts');
    expect([readFileSync(aside, 'utf8'), statSync(aside).mode & 0o777]).toEqual([text, 0o750]);
    await install();
    expect(readFileSync(aside, 'utf8')).toBe(text);
    await uninstall();
    expect([readFileSync(hook(), 'utf8'), statSync(hook()).mode & 0o777]).toEqual([text, 0o750]);
    expect(existsSync(aside)).toBe(false);
  });

  it('written over ours by its manager: taken in again; by a different one: refused, nothing lost', async () => {
    writeFileSync(hook(), text);
    await install();
    writeFileSync(hook(), text);
    expect(state()).toBe('foreign');
    await install();
    expect(state()).toBe('installed');
    writeFileSync(hook(), `${text}# newer\n`);
    const error = await refusal(install);
    expect(error.code).toBe('ERR_BLACKBOX_HOOK');
    expect(error.hints[0]).toContain('before-blackbox-ts');
    expect(readFileSync(hook(), 'utf8')).toBe(`${text}# newer\n`);
    expect(readFileSync(hook('pre-commit.before-blackbox-ts'), 'utf8')).toBe(text);
  });

  it('a foreign hook is not uninstalled', async () => {
    writeFileSync(hook(), text);
    expect((await refusal(uninstall)).code).toBe('ERR_BLACKBOX_HOOK');
    expect(readFileSync(hook(), 'utf8')).toBe(text);
  });

  it.each(['inside', 'outside'])('a symlink that leads %s the repository is left alone', async (where) => {
    const target = join(repository.path, where === 'inside' ? '.' : '..', 'their-hook');
    writeFileSync(target, text);
    symlinkSync(target, hook());
    expect(state()).toBe('foreign');
    const error = await refusal(install);
    expect(error.hints[0]).toContain('mv ');
    expect([readFileSync(target, 'utf8'), readdirSync(hooks).includes('pre-commit.before-blackbox-ts')]).toEqual([
      text,
      false,
    ]);
  });

  it('a folder in its place is refused', async () => {
    mkdirSync(hook());
    expect((await refusal(install)).code).toBe('ERR_BLACKBOX_HOOK');
  });

  it('tells what lefthook, pre-commit and simple-git-hooks need', async () => {
    for (const [sign, advice] of [
      ['call_lefthook run pre-commit', 'lefthook.yml'],
      ['# File generated by pre-commit: https://pre-commit.com', '.pre-commit-config.yaml'],
      ['if [ "$SKIP_SIMPLE_GIT_HOOKS" = 1 ]; then exit 0; fi', 'package.json'],
    ] as const) {
      writeFileSync(hook(), `#!/bin/sh\n${sign}\n`);
      expect(planHookInstall(files, repository.place(), repository.source).notes.join()).toContain(advice);
    }
  });
});

describe('a hooks folder in the work tree', () => {
  beforeEach(() => void repository.git(['config', 'core.hooksPath', '.githooks']));

  it('gets a hook that fits every machine, and the advice to commit it', async () => {
    const plan = await install();
    const text = readFileSync(join(repository.path, '.githooks', 'pre-commit'), 'utf8');
    expect(text).toContain("recorded_node=''\nrecorded_program=''\n");
    expect(plan.notes.join()).toContain('commit the hooks in it');
    expect(state()).toBe('installed');
  });

  it('is not reached through a symlink', async () => {
    const outside = join(repository.path, '..', 'outside');
    mkdirSync(outside);
    symlinkSync(outside, join(repository.path, '.githooks'));
    await refusal(install);
    expect(readdirSync(outside)).toEqual([]);
  });
});

describe('husky', () => {
  const own = () => readFileSync(join(repository.path, '.husky', 'pre-commit'), 'utf8');
  beforeEach(() => {
    repository.git(['config', 'core.hooksPath', '.husky/_']);
    // What husky 9 sets up, in our words: every hook in `_` runs the file of its name one folder up, with node_modules/.bin on the PATH.
    repository.write(
      '.husky/_/h',
      `PATH="node_modules/.bin:$PATH"; export PATH\nhook="\${0%/*/*}/\${0##*/}"\n[ -f "$hook" ] || exit 0\nsh -e "$hook" "$@"\n`,
    );
    repository.write('.husky/_/pre-commit', `#!/usr/bin/env sh\n. "\${0%/*}/h"\n`, 0o755);
  });

  it('gets lines in its own file, which survive it writing its folder anew', async () => {
    repository.write('.husky/pre-commit', '#!/bin/sh\nnpm test --silent\n');
    const plan = await install();
    expect(plan.notes.join()).toContain('commit the hooks in it');
    expect(own().split('\n')[0]).toBe('#!/bin/sh');
    expect(own().endsWith('# end of blackbox-ts guard\nnpm test --silent\n')).toBe(true);
    expect(state()).toBe('installed');
    expect((await install()).writes).toEqual([]);
    expect(readFileSync(join(repository.path, '.husky', '_', 'pre-commit'), 'utf8')).toContain('/h"');
    await uninstall();
    expect(own()).toBe('#!/bin/sh\nnpm test --silent\n');
  });

  it('without a pre-commit file gets one, and loses it again', async () => {
    await install();
    expect(state()).toBe('installed');
    await uninstall();
    expect(existsSync(join(repository.path, '.husky', 'pre-commit'))).toBe(false);
  });

  it('refuses leaks, and everything while the program is missing', async () => {
    repository.write('.husky/pre-commit', 'touch ran\n');
    await install();
    repository.write('a.txt', 'LEAK');
    repository.git(['add', 'a.txt']);
    expect(repository.git(['commit', '-qm', 'x']).stderr).toContain('npm ci');
    const program = readFileSync(repository.source.program.program, 'utf8');
    repository.write('node_modules/.bin/blackbox-ts', program, 0o755);
    expect(repository.git(['commit', '-qm', 'x']).stderr).toContain('refused: a.txt');
    expect(existsSync(join(repository.path, 'ran'))).toBe(false);
    expect(() => proveHook('.husky/pre-commit', repository.runHook)).not.toThrow();
  });
});

describe('husky, for what reads its standard input', () => {
  it('pre-push: the guard reads what git pushes, and so do the lines that follow', async () => {
    repository.git(['config', 'core.hooksPath', '.husky/_']);
    repository.write('.husky/_/h', '');
    repository.write('.husky/pre-push', '#!/bin/sh\ncat > seen\n');
    await install();
    repository.write('node_modules/.bin/blackbox-ts', '#!/bin/sh\ncat > guarded\necho "$@" >> guarded\n', 0o755);
    const run = (input: string) =>
      spawnSync('sh', ['-e', '.husky/pre-push', 'origin', 'there'], {
        cwd: repository.path,
        env: { ...repository.env, PATH: `node_modules/.bin:${repository.env.PATH}` },
        input,
      }).status;
    const read = (name: string) => readFileSync(join(repository.path, name), 'utf8');
    const line = `HEAD ${'1'.repeat(40)} refs/heads/$(touch owned) ${'0'.repeat(40)}\n`;
    expect(run(line)).toBe(0);
    expect(read('guarded')).toBe(`${line}guard --hook pre-push origin there\n`);
    expect(read('seen')).toBe(line);
    expect(existsSync(join(repository.path, 'owned'))).toBe(false);
    repository.write('node_modules/.bin/blackbox-ts', '#!/bin/sh\nexit 3\n', 0o755);
    repository.write('seen', '');
    expect([run(line), read('seen')]).toEqual([3, '']);
    await uninstall();
    expect(read('.husky/pre-push')).toBe('#!/bin/sh\ncat > seen\n');
  });
});

describe('proof', () => {
  it('fails for a hook that is not run, passes everything, or fails for another reason', async () => {
    expect((await refusal(() => proveHook(hook(), repository.runHook))).message).toContain('let a canary pass');
    writeFileSync(hook(), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    expect((await refusal(() => proveHook(hook(), repository.runHook))).message).toContain('let a canary pass');
    writeFileSync(hook(), '#!/bin/sh\necho broken >&2\nexit 1\n', { mode: 0o755 });
    expect((await refusal(() => proveHook(hook(), repository.runHook))).message).toContain('broken');
  });

  it('passes for ours, and leaves the index and the objects alone', async () => {
    repository.write('a.txt', 'x');
    repository.git(['add', 'a.txt']);
    await install();
    const before = repository.git(['count-objects', '-v']).stdout;
    proveHook(hook(), repository.runHook);
    expect(repository.git(['ls-files']).stdout).toBe('a.txt\n');
    expect(repository.git(['count-objects', '-v']).stdout).toBe(before);
  });
});
