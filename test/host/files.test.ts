import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../src/host/files.js';
import { hardNames } from '../harness/names.js';
import { codeOf, failure, temporaryFolder } from './fixture.js';

const files = nodeFiles({});

describe('reading', () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);

  it('reads whole files, empty ones too, and tells absence by null', () => {
    writeFileSync(at('empty'), '');
    writeFileSync(at('large'), Buffer.alloc(3 << 20, 7));
    expect(files.read(at('empty'))).toEqual(Buffer.alloc(0));
    expect(files.read(at('large'))?.equals(Buffer.alloc(3 << 20, 7))).toBe(true);
    expect(files.read(at('absent'))).toBeNull();
    expect(files.readHead(at('absent'), 10)).toBeNull();
    expect(files.stat(at('absent'))).toBeNull();
    expect(files.read(at('empty/below'))).toBeNull();
    expect(files.stat(at('empty/below'))).toBeNull();
    expect(files.stat(at('x'.repeat(300)))).toBeNull();
    expect(files.list(at('absent'))).toEqual([]);
  });

  it('keeps to the limit, to the byte', () => {
    writeFileSync(at('ten'), '0123456789');
    expect(files.read(at('ten'), 10)?.toString()).toBe('0123456789');
    expect(codeOf(() => files.read(at('ten'), 9))).toBe('ERR_BLACKBOX_TOO_LARGE');
    expect(files.readHead(at('ten'), 4)?.toString()).toBe('0123');
    expect(files.readHead(at('ten'), 40)?.toString()).toBe('0123456789');
  });

  it('reads files whose size the system does not tell', () => {
    expect(files.read('/proc/self/status')?.toString()).toMatch(/^Name:/);
    expect(codeOf(() => files.read('/proc/self/status', 20))).toBe('ERR_BLACKBOX_TOO_LARGE');
  });

  it('follows no symlink and opens no folder, pipe, socket or device', async () => {
    writeFileSync(at('secret'), 'x');
    symlinkSync(at('secret'), at('link'));
    symlinkSync(at('nowhere'), at('dangling'));
    execFileSync('mkfifo', [at('pipe')]);
    const server = createServer().listen(at('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    for (const name of ['link', 'dangling', '.', 'pipe', 'socket']) {
      expect(codeOf(() => files.read(at(name)))).toBe('ERR_BLACKBOX_NOT_A_FILE');
      expect(codeOf(() => files.readHead(at(name), 1))).toBe('ERR_BLACKBOX_NOT_A_FILE');
      expect(codeOf(() => [...files.readPieces(at(name))])).toBe('ERR_BLACKBOX_NOT_A_FILE');
    }
    server.close();
    expect(codeOf(() => files.read('/dev/zero'))).toBe('ERR_BLACKBOX_NOT_A_FILE');
    expect(files.stat(at('link'))?.kind).toBe('symlink');
    expect(files.stat(folder)?.kind).toBe('folder');
    expect(files.stat(at('pipe'))?.kind).toBe('other');
  });

  it('reads in pieces of which none changes later', () => {
    writeFileSync(
      at('pieces'),
      Buffer.concat([Buffer.alloc(1 << 20, 1), Buffer.alloc(1 << 20, 2), Buffer.from('end')]),
    );
    const pieces = [...files.readPieces(at('pieces'))];
    expect(pieces.map((piece) => [piece.length, piece[0]])).toEqual([
      [1 << 20, 1],
      [1 << 20, 2],
      [3, 'e'.charCodeAt(0)],
    ]);
    expect(codeOf(() => [...files.readPieces(at('absent'))])).toBe('ERR_BLACKBOX_READ_FAILED');
  });

  it('tells permission bits and the kind of a file', () => {
    writeFileSync(at('mode'), 'x', { mode: 0o640 });
    utimesSync(at('mode'), 1, 2);
    expect(files.stat(at('mode'))).toEqual({ kind: 'file', size: 1, mode: 0o640, mtimeMs: 2000 });
  });

  it('lists names sorted by code unit', () => {
    const names = temporaryFolder();
    for (const name of ['b', 'a', 'Z', 'é', '-x']) writeFileSync(join(names, name), '');
    expect(files.list(names)).toEqual(['-x', 'Z', 'a', 'b', 'é']);
    expect(codeOf(() => files.list(join(names, 'a')))).toBe('ERR_BLACKBOX_READ_FAILED');
  });

  it('names the file and the reason, and shows no control characters', async () => {
    const name = at('evil\u001b[31m\n');
    mkdirSync(name);
    const error = await failure(() => files.read(name));
    expect(error.message).toMatch(/evil.* is a folder, not a file$/);
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });

  it('resolves symlinks where that is asked for', () => {
    expect(files.physical(at('link'))).toBe(at('secret'));
    expect(files.real(at('nothing here'))).toBe(at('nothing here'));
  });
});

describe('within', () => {
  const root = temporaryFolder();
  const outside = temporaryFolder();
  mkdirSync(join(root, 'folder'));
  writeFileSync(join(root, 'file'), '');
  symlinkSync(outside, join(root, 'out'));
  symlinkSync('folder', join(root, 'in'));
  symlinkSync('nowhere', join(root, 'dangling'));
  symlinkSync('file', join(root, 'folder', 'link'));

  it.each(hardNames)('joins %j', (name) => {
    expect(files.within(root, name)).toBe(join(root, ...name.split('/')));
  });

  it('joins what is there, and what is not there yet', () => {
    expect(files.within(root, 'folder/new/deeper')).toBe(join(root, 'folder/new/deeper'));
    expect(files.within(root, 'file')).toBe(join(root, 'file'));
  });

  it.each(['out', 'in', 'dangling', 'out/x', 'in/x', 'dangling/x', 'folder/link', 'folder/link/x'])(
    'refuses the symlink %s',
    async (path) => {
      const error = await failure(() => files.within(root, path));
      expect(error.code).toBe('ERR_BLACKBOX_UNSAFE_PATH');
      expect(error.message).toContain('symlink');
    },
  );

  it.each([
    '',
    '.',
    '..',
    '../x',
    'folder/../../x',
    '/etc/passwd',
    'folder//x',
    'folder/',
    './file',
    'a\0b',
    'file/below',
  ])('refuses %j', (path) => {
    expect(codeOf(() => files.within(root, path))).toBe('ERR_BLACKBOX_UNSAFE_PATH');
  });
});

describe('folders and small files', () => {
  it('makes folders with all their parents, and does not mind when they are there', () => {
    const folder = temporaryFolder();
    files.makeFolder(join(folder, 'a/b/c'), 0o700);
    files.makeFolder(join(folder, 'a/b/c'), 0o700);
    expect(statSync(join(folder, 'a/b')).mode & 0o777).toBe(0o700);
    writeFileSync(join(folder, 'file'), '');
    expect(codeOf(() => files.makeFolder(join(folder, 'file')))).toBe('ERR_BLACKBOX_WRITE_FAILED');
    symlinkSync(join(folder, 'a'), join(folder, 'link'));
    expect(codeOf(() => files.makeFolder(join(folder, 'link')))).toBe('ERR_BLACKBOX_NOT_A_FILE');
  });

  it('writes local state whole, for the user only, and leaves nothing else', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'state');
    writeFileSync(path, 'old', { mode: 0o644 });
    files.writeLocal(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    mkdirSync(join(folder, 'taken'));
    expect(codeOf(() => files.writeLocal(join(folder, 'taken'), 'x'))).toBe('ERR_BLACKBOX_WRITE_FAILED');
    expect(codeOf(() => files.writeLocal(join(folder, 'no/parent'), 'x'))).toBe('ERR_BLACKBOX_WRITE_FAILED');
    expect(readdirSync(folder)).toEqual(['state', 'taken']);
  });

  it('removes files and symlinks themselves, never folders', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'target'), 'x');
    symlinkSync(join(folder, 'target'), join(folder, 'link'));
    files.remove(join(folder, 'link'));
    files.remove(join(folder, 'absent'));
    expect(readdirSync(folder)).toEqual(['target']);
    expect(codeOf(() => files.remove(folder))).toBe('ERR_BLACKBOX_WRITE_FAILED');
  });
});

describe('shred', () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);

  it('leaves nothing to whoever has the file open', () => {
    writeFileSync(at('secret'), 'a secret '.repeat(1000));
    const fd = openSync(at('secret'), 'r');
    files.shred(at('secret'));
    expect(existsSync(at('secret'))).toBe(false);
    expect(readFileSync(fd)).toEqual(Buffer.alloc(0));
    closeSync(fd);
  });

  it.each([0, 1, 4096, (1 << 20) + 1])('works for %i bytes, and for read-only files', (size) => {
    writeFileSync(at('some'), Buffer.alloc(size, 1), { mode: 0o400 });
    files.shred(at('some'));
    expect(existsSync(at('some'))).toBe(false);
  });

  it('leaves what is not a file alone, and what has further names', async () => {
    writeFileSync(at('target'), 'keep');
    symlinkSync(at('target'), at('link'));
    mkdirSync(at('folder'));
    linkSync(at('target'), at('second'));
    for (const name of ['link', 'folder']) expect(codeOf(() => files.shred(at(name)))).toBe('ERR_BLACKBOX_NOT_A_FILE');
    const error = await failure(() => files.shred(at('target')));
    expect(error.code).toBe('ERR_BLACKBOX_HARD_LINKED');
    expect(error.message).toContain('2 names');
    expect(readFileSync(at('second'), 'utf8')).toBe('keep');
    files.shred(at('absent'));
  });
});
