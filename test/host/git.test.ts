import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeGit } from '../../src/host/git.js';
import { hardNames } from '../harness/names.js';
import { cleanEnv, failure, newRepository, repositoryIn, type TestRepository, temporaryFolder } from './fixture.js';

// A repository root may not be a folder called `.git`; every other name must work as a path in it.
const names = hardNames.filter((name) => name.length < 250);

/** Variables that would make git run a program: it leaves a file behind if it does. */
function trap(): { env: Record<string, string>; sprung: () => boolean } {
  const folder = temporaryFolder('trap');
  const program = join(folder, 'program');
  writeFileSync(program, `#!/bin/sh\ntouch ${folder}/sprung\n`);
  chmodSync(program, 0o755);
  const running = [
    'GIT_EDITOR',
    'GIT_SEQUENCE_EDITOR',
    'GIT_PAGER',
    'PAGER',
    'EDITOR',
    'VISUAL',
    'GIT_SSH',
    'GIT_SSH_COMMAND',
    'GIT_ASKPASS',
    'SSH_ASKPASS',
    'GIT_EXTERNAL_DIFF',
    'GIT_PROXY_COMMAND',
  ];
  const configured = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'core.fsmonitor', GIT_CONFIG_VALUE_0: program };
  const env = {
    ...Object.fromEntries(running.map((name) => [name, program])),
    ...configured,
    GIT_TRACE: '1',
    GIT_EXEC_PATH: folder,
  };
  return { env, sprung: () => existsSync(join(folder, 'sprung')) };
}

describe.each([
  ['sha1', [] as string[]],
  ['sha256', ['--object-format=sha256']],
])('in a %s repository', (_, options) => {
  it('stages, tells and unstages every hard file name, before and after the first commit', async () => {
    const repo = newRepository(options);
    for (const name of names) repo.write(name, `content of ${name}`);
    expect(repo.ask.hasCommits()).toBe(false);
    expect(repo.ask.staged()).toEqual([]);
    await repo.ask.stage(names);
    const staged = repo.ask.staged();
    expect(staged.map(({ path }) => path).sort()).toEqual([...names].sort());
    expect(staged.every(({ status, mode }) => status === 'A' && mode === '100644')).toBe(true);
    expect(repo.ask.tracked()).toEqual(new Set(names));
    expect(repo.ask.tracked(names)).toEqual(new Set(names));
    for (const name of names) expect(repo.ask.tracked([name])).toEqual(new Set([name]));
    const contents = new Map<string, string>();
    repo.ask.blobs(
      staged.map(({ oid }) => oid),
      (oid, content) => contents.set(oid, String(content)),
    );
    expect(staged.map(({ oid }) => contents.get(oid))).toEqual(staged.map(({ path }) => `content of ${path}`));
    repo.git('commit', '--quiet', '-m', 'all of them');
    expect(repo.ask.hasCommits()).toBe(true);
    expect(repo.ask.staged()).toEqual([]);
    await repo.ask.unstage(names);
    expect(repo.ask.staged().map(({ status }) => status)).toEqual(names.map(() => 'D'));
    expect(repo.ask.tracked()).toEqual(new Set());
    expect(names.map((name) => readFileSync(join(repo.root, name), 'utf8'))).toEqual(
      names.map((name) => `content of ${name}`),
    );
  });

  it('tells what is checked out, and null before the first commit', () => {
    const repo = newRepository(options);
    expect(repo.ask.head()).toBe(null);
    repo.write('a', 'a');
    repo.git('add', 'a');
    repo.git('commit', '--quiet', '-m', 'first\n\nwith a body');
    repo.git('commit', '--quiet', '--allow-empty', '-m', 'ünïcode | second');
    expect(repo.ask.head()).toMatchObject({ id: repo.git('rev-parse', 'HEAD').trim(), subject: 'ünïcode | second' });
    repo.git('checkout', '--quiet', '--detach', 'HEAD~1');
    expect(repo.ask.head()).toMatchObject({ id: repo.git('rev-parse', 'HEAD').trim(), subject: 'first' });
  });

  it('tells the commits in which a path was', () => {
    const repo = newRepository(options);
    for (const name of names.slice(0, 12)) {
      repo.write(name, 'x');
      repo.git('--literal-pathspecs', 'add', '--', name);
      repo.git('commit', '--quiet', '-m', `adds ${JSON.stringify(name)}`);
    }
    for (const name of names.slice(0, 12)) {
      expect(repo.ask.commitsWith(name).map(({ subject }) => subject)).toEqual([`adds ${JSON.stringify(name)}`]);
    }
    const [line] = repo.ask.commitsWith(names[0] ?? '');
    expect(line).toMatchObject({ author: 'Al', date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/) });
    expect(line?.id).toMatch(options.length > 0 ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/);
  });
});

function committed(): TestRepository {
  const repo = newRepository();
  for (const name of ['a', 'b', 'folder/c']) repo.write(name, `${name}\n`);
  repo.git('add', '.');
  repo.git('commit', '--quiet', '-m', 'first');
  return repo;
}

describe('staged', () => {
  it('tells additions, changes, removals, kinds, symlinks and submodules, and no renames', () => {
    const repo = committed();
    const inner = committed();
    repo.git('mv', 'a', 'renamed');
    repo.write('b', 'changed');
    rmSync(join(repo.root, 'folder/c'));
    symlinkSync('/etc/passwd', join(repo.root, 'folder/c'));
    repo.git('add', '.');
    repo.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.root, 'mod');
    // What a hostile repository would say to hide a submodule.
    repo.git('config', '--file', '.gitmodules', 'submodule.mod.ignore', 'all');
    repo.git('add', '.gitmodules');
    const told = repo.ask.staged().map(({ path, mode, status }) => `${status} ${mode} ${path}`);
    expect(told.sort()).toEqual(
      [
        'A 100644 .gitmodules',
        'D 000000 a',
        'M 100644 b',
        'T 120000 folder/c',
        'A 160000 mod',
        'A 100644 renamed',
      ].sort(),
    );
    const modes = repo.ask.trackedEntries().map(({ path, mode, status }) => `${status}${mode} ${path}`);
    expect(modes).toEqual(['100644 .gitmodules', '100644 b', '120000 folder/c', '160000 mod', '100644 renamed']);
  });

  it('judges the index, not the work tree', () => {
    const repo = committed();
    repo.write('a', 'staged');
    repo.git('add', 'a');
    repo.write('a', 'a\n');
    expect(repo.ask.staged().map(({ path, status }) => [path, status])).toEqual([['a', 'M']]);
  });

  it('tells of conflicts', () => {
    const repo = committed();
    repo.git('switch', '--quiet', '-c', 'side');
    repo.write('a', 'side');
    repo.git('commit', '--quiet', '-am', 'side');
    repo.git('switch', '--quiet', 'main');
    repo.write('a', 'main');
    repo.git('commit', '--quiet', '-am', 'main');
    expect(() => repo.git('merge', 'side')).toThrow();
    expect(repo.ask.staged().filter(({ path }) => path === 'a')).toContainEqual(
      expect.objectContaining({ status: 'U' }),
    );
    expect(
      repo.ask
        .trackedEntries()
        .filter(({ path }) => path === 'a')
        .map(({ status }) => status),
    ).toEqual(['U', 'U', 'U']);
    expect([...repo.ask.tracked()]).toEqual(['a', 'b', 'folder/c']);
  });

  it('is not fooled by what the repository or the user has configured', () => {
    const repo = committed();
    for (const [key, value] of [
      ['diff.renames', 'copies'],
      ['diff.noprefix', 'true'],
      ['diff.relative', 'true'],
      ['core.quotePath', 'true'],
      ['color.ui', 'always'],
      ['log.showSignature', 'true'],
      ['log.follow', 'true'],
      ['log.diffMerges', 'off'],
      ['format.pretty', 'oneline'],
      ['core.abbrev', '4'],
    ] as const) {
      repo.git('config', key, value);
    }
    repo.git('mv', 'a', 'é');
    expect(repo.ask.staged().map(({ path, status, oid }) => [path, status, oid.length])).toEqual([
      ['a', 'D', 40],
      ['é', 'A', 40],
    ]);
    expect(repo.ask.commitsWith('b').map(({ subject }) => subject)).toEqual(['first']);
  });
});

describe('tracked and ignored', () => {
  it('takes a folder or a pattern for nothing but the name that it is', () => {
    const repo = committed();
    expect(repo.ask.tracked(['folder', 'a', '*', 'fold', 'folder/c', ':/a', './a'])).toEqual(
      new Set(['a', 'folder/c']),
    );
    expect(repo.ask.tracked([])).toEqual(new Set());
    const many = Array.from({ length: 5000 }, (_, i) => `no/such/${i}`);
    expect(repo.ask.tracked([...many, 'b'])).toEqual(new Set(['b']));
    const paths = (asked: string[]) => repo.ask.trackedEntries(asked).map(({ path }) => path);
    expect([paths(['folder', '*', 'a']), paths([]), paths([...many, 'b'])]).toEqual([['a'], [], ['b']]);
  });

  it('tells what the ignore files say, also of what is still tracked', () => {
    const repo = committed();
    repo.write('.gitignore', '/a\n*.secret\n!kept.secret\n/space\\ at\\ end\\ \n');
    const asked = [
      'a',
      'b',
      'x.secret',
      'deep/y.secret',
      'kept.secret',
      ':x.secret',
      'line\nbreak.secret',
      'space at end ',
      '',
    ];
    expect(repo.ask.ignored(asked)).toEqual(
      new Set(['a', 'x.secret', 'deep/y.secret', ':x.secret', 'line\nbreak.secret', 'space at end ']),
    );
    expect(repo.ask.ignored([])).toEqual(new Set());
    expect(repo.ask.ignored(['b'])).toEqual(new Set());
  });

  it("reads the user's own ignore file", () => {
    const repo = committed();
    mkdirSync(join(repo.env.XDG_CONFIG_HOME ?? '', 'git'), { recursive: true });
    writeFileSync(join(repo.env.XDG_CONFIG_HOME ?? '', 'git', 'ignore'), '*.mine\n');
    expect(repo.ask.ignored(['x.mine'])).toEqual(new Set(['x.mine']));
  });
});

describe('commitsWith', () => {
  it('looks into all branches and merges, leaves removals out, newest first', () => {
    const repo = newRepository();
    let day = 0;
    const commit = (message: string, content?: string) => {
      if (content !== undefined) repo.write('p', content);
      const date = `2024-01-${String(++day).padStart(2, '0')}T00:00:00Z`;
      repo.git('add', '-A');
      repo.env.GIT_COMMITTER_DATE = date;
      repo.git('commit', '--quiet', '--allow-empty', '--date', date, '-m', message);
    };
    commit('before');
    commit('adds', '1');
    repo.git('switch', '--quiet', '-c', 'side');
    commit('side', '2');
    repo.git('switch', '--quiet', 'main');
    commit('main', '3');
    expect(() => repo.git('merge', '--quiet', 'side')).toThrow();
    commit('merges', 'both');
    repo.git('rm', '--quiet', 'p');
    commit('removes');
    commit('after');
    repo.git('switch', '--quiet', '--orphan', 'other');
    commit('elsewhere', 'x');
    repo.git('switch', '--quiet', 'main');
    expect(repo.ask.commitsWith('p').map(({ subject }) => subject)).toEqual([
      'elsewhere',
      'merges',
      'main',
      'side',
      'adds',
    ]);
    expect(repo.ask.commitsWith('p', 2).map(({ subject }) => subject)).toEqual(['elsewhere', 'merges']);
    expect(repo.ask.commitsWith('nothing')).toEqual([]);
    expect(newRepository().ask.commitsWith('p')).toEqual([]);
  });

  it('means the file, not a folder of that name, and survives any subject', () => {
    const repo = newRepository();
    repo.write('p/x', '1');
    repo.git('add', '.');
    repo.git('commit', '--quiet', '--allow-empty-message', '-m', '');
    expect(repo.ask.commitsWith('p')).toEqual([]);
    expect(repo.ask.commitsWith('p/x')).toMatchObject([{ subject: '' }]);
  });
});

describe('past', () => {
  const patterns = ['keep', '*.age'];
  const said = ({ changes }: { changes: readonly { path: string; status: string }[] }) =>
    changes.map(({ path, status }) => `${status} ${path}`).sort();

  it('tells only what is new where what was known is part of it, and everything where it is not', () => {
    const repo = newRepository();
    const commit = (path: string, content: string) => {
      repo.write(path, content);
      repo.git('add', '-A');
      repo.git('commit', '--quiet', '-m', path);
    };
    expect(repo.ask.past(patterns, null)).toEqual({ tip: null, since: null, changes: [] });
    commit('dir/a.age', '1');
    commit('keep/x', '1');
    commit('note', '1');
    const first = repo.ask.past(patterns, null);
    expect(first).toMatchObject({ since: null });
    expect(said(first)).toEqual(['A dir/a.age', 'A keep/x']);
    const { tip = '' } = first;
    expect(repo.ask.past(patterns, tip)).toEqual({ tip, since: tip, changes: [] });
    commit('dir/a.age', '2');
    const grown = repo.ask.past(patterns, tip);
    expect(grown).toMatchObject({ since: tip });
    expect(said(grown)).toEqual(['M dir/a.age']);
    expect(grown.changes[0]?.before).toBe(repo.git('rev-parse', 'HEAD~1:dir/a.age').trim());
    // A commit of another branch, and one that is gone.
    repo.git('switch', '--quiet', '-c', 'side', 'HEAD~1');
    expect(repo.ask.past(patterns, grown.tip)).toEqual({ ...first, tip });
    commit('b.age', '1');
    expect(said(repo.ask.past(patterns, 'ab'.repeat(20)))).toEqual(['A b.age', 'A dir/a.age', 'A keep/x']);
    // Of a merge, what differs from either parent.
    repo.git('merge', '--quiet', '--no-edit', 'main');
    expect(said(repo.ask.past(patterns, grown.tip))).toEqual(['A b.age', 'A b.age', 'M dir/a.age']);
  });
});

describe('stage and unstage', () => {
  it('makes the index hold what is there: new, changed, gone, never there', async () => {
    const repo = committed();
    repo.write('a', 'changed');
    rmSync(join(repo.root, 'b'));
    repo.write('new', 'new');
    repo.write('bystander', 'not asked for');
    await repo.ask.stage(['a', 'b', 'new', 'never']);
    expect(repo.ask.staged().map(({ path, status }) => `${status} ${path}`)).toEqual(['M a', 'D b', 'A new']);
    await repo.ask.stage([]);
    await repo.ask.unstage([]);
  });

  it('takes a file with staged and further changes out of the index, and leaves the work tree alone', async () => {
    const repo = committed();
    repo.write('a', 'staged');
    repo.git('add', 'a');
    repo.write('a', 'later');
    await repo.ask.unstage(['a', 'never', '*']);
    expect([...repo.ask.tracked()]).toEqual(['b', 'folder/c']);
    expect(readFileSync(join(repo.root, 'a'), 'utf8')).toBe('later');
  });

  it('says which path git ignores', async () => {
    const repo = committed();
    repo.write('.gitignore', '*.age\n');
    repo.write('x.age', 'x');
    const error = await failure(() => repo.ask.stage(['x.age', 'a']));
    expect(error.code).toBe('ERR_BLACKBOX_GIT_FAILED');
    expect(error.message).toContain('x.age');
  });

  it('does thousands of paths in one process each', async () => {
    const repo = newRepository();
    const many = Array.from({ length: 3_000 }, (_, i) => `d${i % 100}/a file with a longer name ${i}.json`);
    for (const path of many) repo.write(path, path);
    repo.write('.gitattributes', 'crlf text\n');
    repo.write('crlf', 'one\r\ntwo\r\n');
    await repo.ask.stage([...many, '.gitattributes', 'crlf']);
    expect(repo.ask.tracked(many).size).toBe(3_000);
    // One pack, not a file each; and what git has to convert, it converts.
    expect(readdirSync(join(repo.root, '.git/objects/pack')).filter((name) => name.endsWith('.pack'))).toHaveLength(1);
    expect(repo.git('cat-file', 'blob', ':crlf')).toBe('one\ntwo\n');
    expect(Number(/^count: (\d+)$/m.exec(repo.git('count-objects', '-v'))?.[1])).toBeLessThan(5);
    await repo.ask.unstage(['crlf', '.gitattributes']);
    const start = Date.now();
    const staged = repo.ask.staged();
    let bytes = 0;
    repo.ask.blobs(
      staged.map(({ oid }) => oid),
      (_, content) => {
        bytes += content?.length ?? 0;
      },
    );
    expect(bytes).toBe(many.join('').length);
    expect(repo.ask.ignored(many).size).toBe(0);
    expect(Date.now() - start).toBeLessThan(10_000);
    await repo.ask.unstage(many);
    expect(repo.ask.tracked().size).toBe(0);
  });
});

describe('configuration', () => {
  it('is read, set, replaced and taken away', async () => {
    const repo = newRepository();
    expect(repo.ask.config('blackbox-ts.vault')).toBeNull();
    for (const value of ['plain', 'two words', '-leading', 'a"b\\c', 'line\nbreak', 'é', '']) {
      await repo.ask.setConfig('blackbox-ts.vault', value);
      expect(repo.ask.config('blackbox-ts.vault')).toBe(value);
    }
    await repo.ask.setConfig('blackbox-ts.vault', null);
    await repo.ask.setConfig('blackbox-ts.vault', null);
    expect(repo.ask.config('blackbox-ts.vault')).toBeNull();
  });

  it('may name the programs that git runs for our files', async () => {
    const repo = newRepository();
    await repo.ask.setConfig('diff.blackbox-ts.textconv', 'blackbox-ts cat --');
    await repo.ask.setConfig('merge.blackbox-ts.driver', 'blackbox-ts merge %O %A %B');
    expect(repo.git('config', 'diff.blackbox-ts.textconv')).toBe('blackbox-ts cat --\n');
    const error = await failure(() => repo.ask.setConfig('core.sshCommand', 'evil'));
    expect(error.code).toBe('ERR_BLACKBOX_GIT_FAILED');
  });

  it('is that of the repository only', () => {
    const repo = newRepository();
    repo.git('config', '--global', 'user.signingkey', 'global');
    expect(repo.ask.config('user.signingkey')).toBeNull();
  });

  it('tells where hooks are run from', () => {
    const repo = committed();
    expect(repo.ask.hooksFolder()).toBe(join(repo.root, '.git/hooks'));
    const linked = join(temporaryFolder(), 'linked');
    repo.git('worktree', 'add', '--quiet', linked);
    expect(repositoryIn(linked, repo.env).ask.hooksFolder()).toBe(join(repo.root, '.git/hooks'));
    repo.git('config', 'core.hooksPath', '.husky/_');
    expect(repo.ask.hooksFolder()).toBe(join(repo.root, '.husky/_'));
    expect(repositoryIn(linked, repo.env).ask.hooksFolder()).toBe(join(linked, '.husky/_'));
    repo.git('config', '--unset', 'core.hooksPath');
    repo.git('config', '--global', 'core.hooksPath', '~/hooks for all');
    expect(repo.ask.hooksFolder()).toBe(join(repo.env.HOME ?? '', 'hooks for all'));
  });

  it('runs hooks on a file that is nowhere: each on that alone, and on nothing of the user’s', () => {
    const repo = committed();
    const seen = join(temporaryFolder(), 'seen');
    // Whatever a hook does to what it was given, the next one is given what it should be.
    const script = `#!/bin/sh\n{ echo "\${0##*/} $*"; git ls-files; cat "$1"; } >> ${seen} 2>/dev/null\ngit rm -q --cached made/up\n[ -z "$1" ] || [ "$1" = made/up ] || : > "$1"\nexit 3\n`;
    for (const name of ['pre-commit', 'commit-msg', 'pre-push'])
      writeFileSync(join(repo.root, '.git/hooks', name), script.replace('exit 3', `exit \${#0}`), { mode: 0o755 });
    const before = [
      repo.git('ls-files', '--stage'),
      repo.git('count-objects', '-v'),
      readdirSync(join(repo.root, '.git')),
    ];
    const runs = repo.ask.runHooks('made/up', (run) =>
      ['pre-commit', 'commit-msg', 'pre-push'].map((name) => run(name)),
    );
    expect(runs.map(({ status }) => status)).toEqual(
      ['pre-commit', 'commit-msg', 'pre-push'].map((name) => `.git/hooks/${name}`.length),
    );
    const message = /^commit-msg (\S+)$/m.exec(readFileSync(seen, 'utf8'))?.[1] ?? '';
    expect(readFileSync(seen, 'utf8')).toBe(
      `pre-commit \nmade/up\ncommit-msg ${message}\nmade/up\nmade/up\npre-push made/up made/up\nmade/up\n`,
    );
    expect(existsSync(message)).toBe(false);
    expect([
      repo.git('ls-files', '--stage'),
      repo.git('count-objects', '-v'),
      readdirSync(join(repo.root, '.git')),
    ]).toEqual(before);
    expect(() =>
      repo.ask.runHooks('made/up', () => {
        throw new Error('enough');
      }),
    ).toThrow('enough');
    expect(readdirSync(join(repo.root, '.git'))).toEqual(before[2]);
  });

  it('tells the version', () => {
    expect(newRepository().ask.version()).toMatch(/^\d+\.\d+/);
  });
});

describe('the environment', () => {
  it('in which git would run programs is not handed on, to questions and to changes', async () => {
    const repo = committed();
    const { env, sprung } = trap();
    const ask = nodeGit({ ...repo.env, ...env }, repo.root).open(repo.repository);
    repo.write('a', 'changed');
    await ask.stage(['a']);
    await ask.setConfig('x.y', 'z');
    await ask.unstage(['b']);
    expect(ask.staged().map(({ path }) => path)).toEqual(['a', 'b']);
    expect(ask.commitsWith('a')).toHaveLength(1);
    expect(ask.hooksFolder()).toBe(join(repo.root, '.git/hooks'));
    expect(sprung()).toBe(false);
  });

  it('and nothing in it makes git look at another repository', () => {
    const repo = committed();
    const other = newRepository();
    const elsewhere = {
      ...repo.env,
      GIT_DIR: join(other.root, '.git'),
      GIT_INDEX_FILE: join(other.root, '.git/index'),
      GIT_OBJECT_DIRECTORY: join(other.root, '.git/objects'),
      GIT_COMMON_DIR: join(other.root, '.git'),
      GIT_NAMESPACE: 'x',
      GIT_PREFIX: 'folder/',
    };
    const port = nodeGit(elsewhere, repo.root);
    expect([...port.open(port.find(repo.root)).tracked()]).toEqual(['a', 'b', 'folder/c']);
  });

  it('does not carry our secrets to git', async () => {
    const repo = newRepository();
    const log = join(temporaryFolder(), 'log');
    repo.git('config', 'filter.spy.clean', `sh -c 'env > ${log}; cat'`);
    repo.write('.gitattributes', '* filter=spy\n');
    const secrets = { BLACKBOX_IDENTITY: 'AGE-SECRET', SOPS_AGE_KEY: 'AGE-SECRET', OTHER: 'x' };
    await nodeGit({ ...repo.env, ...secrets }, repo.root)
      .open(repo.repository)
      .stage(['.gitattributes']);
    expect(readFileSync(log, 'utf8')).toContain('HOME=');
    expect(readFileSync(log, 'utf8')).not.toMatch(/AGE-SECRET|OTHER/);
  });
});

describe('failures', () => {
  it('without git, say what to install', async () => {
    const repo = newRepository();
    const ask = nodeGit({ ...repo.env, PATH: temporaryFolder() }, repo.root).open(repo.repository);
    for (const work of [
      () => ask.version(),
      () => ask.blobs(['0'.repeat(40)], () => {}),
      () => ask.eachBlob(Array(300).fill('0'.repeat(40)), () => {}),
      () => ask.setConfig('a.b', 'c'),
    ]) {
      const error = await failure(work);
      expect([error.code, error.hints.join()]).toEqual(['ERR_BLACKBOX_NO_GIT', expect.stringContaining('install git')]);
    }
  });

  it.skipIf(process.getuid?.() !== 0)(
    'of a repository that somebody else owns, name the way out (needs root to make one)',
    async () => {
      const repo = committed();
      chownSync(repo.root, 12345, 12345);
      chownSync(join(repo.root, '.git'), 12345, 12345);
      for (const work of [() => repo.ask.staged(), () => repo.ask.stage(['a'])]) {
        const error = await failure(work);
        expect(error.code).toBe('ERR_BLACKBOX_GIT_FAILED');
        expect(error.message).toContain('dubious ownership');
        expect(error.hints.join()).toContain(`git config --global --add safe.directory ${repo.root}`);
      }
    },
  );

  it("carry git's own reason in one clean line", async () => {
    const repo = committed();
    writeFileSync(join(repo.root, '.git/index'), 'rubbish');
    const error = await failure(() => repo.ask.staged());
    expect(error.message).toMatch(/^git diff-index failed: \S/);
    expect(error.message).not.toMatch(/\n|fatal:|error:/);
  });

  it('when another git command holds the index', async () => {
    const repo = committed();
    writeFileSync(join(repo.root, '.git/index.lock'), '');
    repo.write('a', 'x');
    expect((await failure(() => repo.ask.stage(['a']))).message).toContain('index.lock');
  });

  it('when git is killed are failures, not answers', async () => {
    const repo = committed();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'git'), '#!/bin/sh\nkill -9 $$\n');
    chmodSync(join(folder, 'git'), 0o755);
    const ask = nodeGit({ ...cleanEnv(), PATH: `${folder}:${process.env.PATH}` }, repo.root).open(repo.repository);
    for (const work of [
      () => ask.staged(),
      () => ask.tracked(),
      () => ask.stage(['a']),
      () => ask.blobs(['0'.repeat(40)], () => {}),
      () => ask.eachBlob(Array(300).fill('0'.repeat(40)), () => {}),
    ]) {
      expect((await failure(work)).code).toBe('ERR_BLACKBOX_GIT_FAILED');
    }
  });
});
