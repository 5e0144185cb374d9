import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BlackboxError } from '../../src/errors.js';
import { nodeFiles } from '../../src/host/files.js';
import { hardNames } from '../harness/names.js';
import { bareRights } from '../harness/programs.js';
import { failure, runScript, startScript, temporaryFolder } from './fixture.js';

const files = nodeFiles({});
const bytes = (text: string) => Buffer.from(text);

function place() {
  const root = temporaryFolder();
  mkdirSync(join(root, 'state'));
  return { root, journal: join(root, 'state', 'journal'), at: (name: string) => join(root, name) };
}

/** All names below a folder, without our state folder. */
function names(root: string): string[] {
  return (readdirSync(root, { recursive: true }) as string[]).filter((name) => !/^(state|out\/)/.test(name)).sort();
}

const noTemporaries = (root: string) =>
  expect(readdirSync(root, { recursive: true }).join('\n')).not.toContain('.blackbox-tmp-');

describe('replace', () => {
  it('writes new files and over old ones, in folders that it makes, with exactly the mode asked for', async () => {
    const { root, journal, at } = place();
    writeFileSync(at('old'), 'old content', { mode: 0o777 });
    const before = process.umask(0o077);
    onTestFinished(() => void process.umask(before));
    await files.replace(
      [
        { path: at('old'), content: bytes('new'), mode: 0o600 },
        { path: at('a/b/fresh'), content: bytes(''), mode: 0o644 },
        { path: at('a/c/open'), content: bytes('x'), mode: 0o666 },
      ],
      journal,
    );
    expect([readFileSync(at('old'), 'utf8'), readFileSync(at('a/b/fresh'), 'utf8')]).toEqual(['new', '']);
    expect(['old', 'a/b/fresh', 'a/c/open'].map((name) => statSync(at(name)).mode & 0o777)).toEqual([
      0o600, 0o644, 0o666,
    ]);
    expect(names(root)).toEqual(['a', 'a/b', 'a/b/fresh', 'a/c', 'a/c/open', 'old']);
    expect(existsSync(journal)).toBe(false);
  });

  it('writes what a producer yields, piece by piece', async () => {
    const { journal, at } = place();
    function* pieces() {
      for (let i = 0; i < 40; i++) yield Buffer.alloc(1 << 20, i);
    }
    await files.replace([{ path: at('large'), content: pieces, mode: 0o600 }], journal);
    const written = readFileSync(at('large'));
    expect(written.length).toBe(40 << 20);
    expect([written[0], written.at(-1)]).toEqual([0, 39]);
  });

  it('asks for the heads when all contents are written, and renames nothing when they cannot be told', async () => {
    const { root, journal, at } = place();
    const order: string[] = [];
    const write = (name: string, length = 2) => ({
      path: at(name),
      mode: 0o644,
      head: { length, bytes: () => bytes(order.join('').slice(0, 2)) },
      content: () => {
        order.push(name);
        return [bytes('content')];
      },
    });
    const asked = async () => void order.push('!');
    await files.replace([write('a'), write('b')], journal, { contents: asked });
    expect([...order].sort().join('')).toBe('!ab');
    expect(order.at(-1)).toBe('!');
    expect(readFileSync(at('b'), 'utf8')).toBe(`${order.join('').slice(0, 2)}content`);
    const failing = async () => {
      throw new Error('no key');
    };
    await expect(files.replace([write('c')], journal, { contents: failing })).rejects.toThrow('no key');
    await expect(files.replace([write('d', 3)], journal)).rejects.toThrow();
    expect(names(root)).toEqual(['a', 'b']);
    noTemporaries(root);
  });

  it('takes every hard file name', async () => {
    const { root, journal, at } = place();
    const short = hardNames.filter((name) => name.length < 250);
    await files.replace(
      short.map((name) => ({ path: at(name), content: bytes(name), mode: 0o600 })),
      journal,
    );
    expect(short.map((name) => readFileSync(at(name), 'utf8'))).toEqual(short);
    noTemporaries(root);
  });

  it('tells how far it is, and writes thousands of files with few open at once', async () => {
    const { journal, at } = place();
    const writes = Array.from({ length: 1000 }, (_, i) => ({
      path: at(`f${i}`),
      content: bytes(String(i)),
      mode: 0o600,
    }));
    const seen: number[] = [];
    await files.replace(writes, journal, { progress: (done) => seen.push(done) });
    expect(seen).toEqual(writes.map((_, i) => i + 1));
    expect(readFileSync(at('f999'), 'utf8')).toBe('999');
    await files.replace(writes, journal);
    await files.replace([], journal);
  });

  it('lets the old files go while others go on, and keeps its journal until they are gone', async () => {
    const { root, journal, at } = place();
    const writes = Array.from({ length: 300 }, (_, i) => ({ path: at(`f${i}`), content: bytes('new'), mode: 0o600 }));
    for (const { path } of writes) writeFileSync(path, 'old');
    let cleared: Promise<void> | null = null;
    await files.replace(writes, journal, {
      clearing: (later) => {
        cleared = later;
      },
    });
    for (const { path } of writes) expect(readFileSync(path, 'utf8')).toBe('new');
    const left = () => readdirSync(root).filter((name) => name.startsWith('.blackbox-tmp-'));
    expect(existsSync(journal) || left().length === 0).toBe(true);
    await cleared;
    expect([left(), existsSync(journal)]).toEqual([[], false]);
  });

  it('does it all with 64 descriptors', () => {
    const { root, journal } = place();
    const body = `
      const writes = Array.from({ length: 500 }, (_, i) => ({ path: ${JSON.stringify(root)} + '/d' + i + '/f', content: Buffer.from('x'), mode: 0o600 }));
      await files.replace(writes, ${JSON.stringify(journal)});
      console.log('done');`;
    expect(runScript(body, { through: ['bash', '--norc', '-c', 'ulimit -n 80; exec "$@"', '--'] }).stdout).toBe(
      'done\n',
    );
  });

  it('refuses a symlink, a folder and the same target twice before anything is made', async () => {
    const { root, journal, at } = place();
    writeFileSync(at('target'), 'keep');
    symlinkSync('target', at('link'));
    mkdirSync(at('folder'));
    for (const name of ['link', 'folder']) {
      const writes = [
        { path: at('first'), content: bytes('x'), mode: 0o600 },
        { path: at(name), content: bytes('x'), mode: 0o600 },
      ];
      expect((await failure(() => files.replace(writes, journal))).code).toBe('ERR_BLACKBOX_NOT_A_FILE');
    }
    const twice = { path: at('first'), content: bytes('x'), mode: 0o600 };
    expect((await failure(() => files.replace([twice, twice], journal))).code).toBe('ERR_BLACKBOX_BUG');
    expect(names(root)).toEqual(['folder', 'link', 'target']);
    expect(readFileSync(at('target'), 'utf8')).toBe('keep');
  });
});

describe('a failed replace changes nothing', () => {
  it('when a producer fails, with the error of the producer', async () => {
    const { root, journal, at } = place();
    writeFileSync(at('old'), 'old');
    function* broken() {
      yield bytes('half');
      throw new BlackboxError('ERR_BLACKBOX_DAMAGED', 'the third chunk is damaged');
    }
    const writes = [
      { path: at('old'), content: bytes('new'), mode: 0o600 },
      { path: at('deep/er/broken'), content: broken, mode: 0o600 },
    ];
    expect((await failure(() => files.replace(writes, journal))).code).toBe('ERR_BLACKBOX_DAMAGED');
    expect(readFileSync(at('old'), 'utf8')).toBe('old');
    expect(names(root)).toEqual(['old']);
    expect(existsSync(journal)).toBe(false);
  });

  it('when a folder on the way is a file', async () => {
    const { root, journal, at } = place();
    writeFileSync(at('old'), 'old');
    writeFileSync(at('wall'), '');
    const writes = [
      { path: at('old'), content: bytes('new'), mode: 0o600 },
      { path: at('wall/x'), content: bytes('new'), mode: 0o600 },
    ];
    const error = await failure(() => files.replace(writes, journal));
    expect([error.code, error.message]).toEqual(['ERR_BLACKBOX_WRITE_FAILED', expect.stringContaining('wall/x')]);
    expect(readFileSync(at('old'), 'utf8')).toBe('old');
    expect(names(root)).toEqual(['old', 'wall']);
  });

  it('when a name is too long for a temporary file beside it, or for the file system', async () => {
    const { root, journal, at } = place();
    const writes = [{ path: at('x'.repeat(256)), content: bytes('new'), mode: 0o600 }];
    const error = await failure(() => files.replace(writes, journal));
    expect(error.code).toBe('ERR_BLACKBOX_WRITE_FAILED');
    expect(error.message).toContain('the name is too long');
    await files.replace([{ path: at('x'.repeat(255)), content: bytes('new'), mode: 0o600 }], journal);
    expect(names(root)).toEqual(['x'.repeat(255)]);
  });

  it.skipIf(bareRights() === null && !process.env.CI)(
    'when a folder is read-only, naming file and reason',
    async () => {
      const { root, journal, at } = place();
      mkdirSync(at('locked'));
      writeFileSync(at('old'), 'old');
      chmodSync(at('locked'), 0o500);
      const body = `
      const at = (name) => ${JSON.stringify(root)} + '/' + name;
      const write = (name) => ({ path: at(name), content: Buffer.from('new'), mode: 0o600 });
      await files.replace([write('old'), write('locked/x')], ${JSON.stringify(journal)});`;
      const { stdout, status } = runScript(body, { through: bareRights() ?? [] });
      expect([status, JSON.parse(stdout).code]).toEqual([1, 'ERR_BLACKBOX_WRITE_FAILED']);
      expect(JSON.parse(stdout).message).toMatch(/^cannot write .*locked\/x: permission denied$/);
      expect(readFileSync(at('old'), 'utf8')).toBe('old');
      expect(names(root)).toEqual(['locked', 'old']);
      chmodSync(at('locked'), 0o700);
    },
  );

  it('when a file would become larger than is allowed (as on a full disk)', () => {
    const { root, journal, at } = place();
    writeFileSync(at('old'), 'old');
    const body = `
      const at = (name) => ${JSON.stringify(root)} + '/' + name;
      const write = (name, size) => ({ path: at(name), content: Buffer.alloc(size), mode: 0o600 });
      await files.replace([write('old', 10), write('large', 1 << 20), write('third', 10)], ${JSON.stringify(journal)});`;
    const { stdout } = runScript(body, { through: ['bash', '--norc', '-c', 'ulimit -f 64; exec "$@"', '--'] });
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'ERR_BLACKBOX_WRITE_FAILED',
      message: expect.stringContaining('large'),
    });
    expect(readFileSync(at('old'), 'utf8')).toBe('old');
    expect(names(root)).toEqual(['old']);
    expect(existsSync(journal)).toBe(false);
  });

  const tiny = temporaryFolder('tiny');
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', tiny]).status === 0;
  it.skipIf(!mounted)('when the disk is full (a tiny tmpfs, where one can be mounted)', async () => {
    onTestFinished(() => void spawnSync('umount', [tiny]));
    mkdirSync(join(tiny, 'state'));
    writeFileSync(join(tiny, 'f0'), 'old');
    const writes = Array.from({ length: 8 }, (_, i) => ({
      path: join(tiny, `f${i}`),
      content: Buffer.alloc(64 << 10),
      mode: 0o600,
    }));
    const error = await failure(() => files.replace(writes, join(tiny, 'state', 'journal')));
    expect([error.code, error.message]).toEqual([
      'ERR_BLACKBOX_WRITE_FAILED',
      expect.stringContaining('the disk is full'),
    ]);
    expect(error.hints.join()).toContain('nothing was changed');
    expect(readFileSync(join(tiny, 'f0'), 'utf8')).toBe('old');
    expect(names(tiny)).toEqual(['f0']);
  });

  it('when a rename fails in the middle: those done are taken back', async () => {
    const { root, journal, at } = place();
    for (const name of ['a', 'b']) writeFileSync(at(name), `old ${name}`);
    // A folder appears where the third file should go, after the check and before the rename.
    function* meddle() {
      yield bytes('new c');
      mkdirSync(at('c/in-the-way'), { recursive: true });
    }
    const writes = [
      { path: at('a'), content: bytes('new a'), mode: 0o600 },
      { path: at('fresh'), content: bytes('new fresh'), mode: 0o600 },
      { path: at('c'), content: meddle, mode: 0o600 },
      { path: at('b'), content: bytes('new b'), mode: 0o600 },
    ];
    const error = await failure(() => files.replace(writes, journal));
    expect([error.code, error.message]).toEqual(['ERR_BLACKBOX_WRITE_FAILED', expect.stringContaining(`/c: `)]);
    rmdirSync(at('c/in-the-way'));
    expect(names(root)).toEqual(['a', 'b', 'c']);
    expect([readFileSync(at('a'), 'utf8'), readFileSync(at('b'), 'utf8')]).toEqual(['old a', 'old b']);
  });
});

describe('a killed replace', () => {
  const halfway = (root: string, journal: string) => `
    const at = (name) => ${JSON.stringify(root)} + '/' + name;
    function* endless() { for (;;) { yield Buffer.alloc(1 << 10); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2); } }
    const write = (name, content) => ({ path: at(name), content, mode: 0o600 });
    fs.writeSync(1, 'started');
    await files.replace([write('old', Buffer.from('new')), write('dir/x', Buffer.from('new')), write('endless', endless)], ${JSON.stringify(journal)});`;

  it('leaves the old bytes, and what sweep needs to remove the rest', async () => {
    const { root, journal, at } = place();
    writeFileSync(at('old'), 'old');
    const { child, until, ended } = startScript(halfway(root, journal));
    await until('started');
    while (names(root).filter((name) => name.includes('.blackbox-tmp-')).length < 3)
      await new Promise((r) => setTimeout(r, 5));
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
    expect(readFileSync(at('old'), 'utf8')).toBe('old');
    expect(names(root).filter((name) => name.includes('.blackbox-tmp-'))).toHaveLength(3);
    files.sweep(journal, root);
    expect(names(root)).toEqual(['dir', 'old']);
    expect(existsSync(journal)).toBe(false);
    await files.replace([{ path: at('old'), content: bytes('newer'), mode: 0o600 }], journal);
    expect(readFileSync(at('old'), 'utf8')).toBe('newer');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'cleans up by itself on %s, and ends by that signal',
    async (signal) => {
      const { root, journal, at } = place();
      writeFileSync(at('old'), 'old');
      // Large pieces: the program hears signals between them.
      const body = halfway(root, journal).replace('1 << 10', '16 << 20');
      const { child, until, ended } = startScript(body);
      await until('started');
      while (names(root).filter((name) => name.includes('.blackbox-tmp-')).length < 3)
        await new Promise((r) => setTimeout(r, 5));
      child.kill(signal);
      expect((await ended).signal).toBe(signal);
      expect(names(root).filter((name) => name !== 'dir')).toEqual(['old']);
      expect(readFileSync(at('old'), 'utf8')).toBe('old');
    },
  );
});

describe('sweep', () => {
  const ours = (folder: string, digit: string) => join(folder, `.blackbox-tmp-${digit.repeat(16)}`);

  it('touches nothing but our own files below the root', () => {
    const { root, journal, at } = place();
    const outside = temporaryFolder();
    mkdirSync(at('sub'));
    mkdirSync(ours(root, '5'));
    writeFileSync(at('precious'), '');
    for (const path of [ours(root, '1'), ours(at('sub'), '2'), ours(outside, '3'), ours(dirname(journal), '8')])
      writeFileSync(path, '');
    symlinkSync(outside, at('out'));
    symlinkSync(at('precious'), ours(root, '4'));
    const listed = [
      ours(root, '1'),
      ours(at('sub'), '2'),
      ours(outside, '3'),
      ours(at('out'), '3'),
      `${root}/sub/../../${outside.split('/').at(-1)}/.blackbox-tmp-${'3'.repeat(16)}`,
      ours(root, '4'),
      ours(root, '5'),
      ours(root, '6'),
      ours(dirname(journal), '8'),
      at('precious'),
      'precious',
      `${at('precious')}\n${ours(root, '7')}`,
    ];
    writeFileSync(journal, `${listed.map((name) => JSON.stringify(name)).join('\n')}\n{"x":1}\n"torn`);
    files.sweep(journal, root);
    expect(existsSync(ours(outside, '3'))).toBe(true);
    expect(existsSync(ours(dirname(journal), '8'))).toBe(false);
    expect(names(root)).toEqual(
      ['.blackbox-tmp-4444444444444444', '.blackbox-tmp-5555555555555555', 'out', 'precious', 'sub'].sort(),
    );
    // What lies in a linked worktree, which shares the journal, stays noted for that one.
    expect(readFileSync(journal, 'utf8')).toContain(ours(outside, '3'));
    files.sweep(journal, outside);
    expect(existsSync(ours(outside, '3'))).toBe(false);
    expect(existsSync(journal)).toBe(false);
  });

  it('does nothing without a journal, and keeps what an earlier run has noted', async () => {
    const { root, journal, at } = place();
    files.sweep(journal, root);
    writeFileSync(ours(root, '1'), '');
    writeFileSync(journal, `${JSON.stringify(ours(root, '1'))}\n`);
    await files.replace([{ path: at('x'), content: bytes('x'), mode: 0o600 }], journal);
    files.sweep(journal, root);
    expect(names(root)).toEqual(['x']);
  });
});
