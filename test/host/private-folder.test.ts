import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { privateFolder } from '../../src/host/files/private-folder.js';
import { nodeFiles } from '../../src/host/files.js';
import { runScript, startScript, temporaryFolder } from './fixture.js';

const files = nodeFiles({});
const hasMemory = existsSync('/dev/shm');

describe('privateFolder', () => {
  it('is for its user only, in memory where there is such a place, and its own each time', () => {
    const first = files.privateFolder();
    const second = files.privateFolder();
    expect(statSync(first.path).mode & 0o777).toBe(0o700);
    expect(first.path).not.toBe(second.path);
    expect(first.inMemory).toBe(hasMemory);
    if (hasMemory) expect(dirname(first.path)).toBe('/dev/shm');
    first.remove();
    second.remove();
    expect([existsSync(first.path), existsSync(second.path)]).toEqual([false, false]);
    first.remove();
  });

  it('goes with all that is in it, and follows no symlink out of it', () => {
    const outside = temporaryFolder();
    writeFileSync(join(outside, 'keep'), 'keep');
    const folder = files.privateFolder();
    mkdirSync(join(folder.path, 'sub/deeper'), { recursive: true });
    writeFileSync(join(folder.path, 'sub/deeper/.x.swp'), 'plaintext', { mode: 0o400 });
    writeFileSync(join(folder.path, 'backup~'), 'plaintext');
    symlinkSync(outside, join(folder.path, 'link'));
    symlinkSync(join(outside, 'keep'), join(folder.path, 'file-link'));
    folder.remove();
    expect(existsSync(folder.path)).toBe(false);
    expect(readFileSync(join(outside, 'keep'), 'utf8')).toBe('keep');
  });

  const body = `const folder = files.privateFolder(); fs.writeFileSync(folder.path + '/x', 'plaintext'); fs.writeSync(1, folder.path + '\\n');`;

  it('goes on exit and when an error is not caught', () => {
    for (const end of ['process.exit(3)', `setTimeout(() => { throw new Error('bug'); })`, '']) {
      const { stdout } = runScript(`${body} ${end};`);
      expect(existsSync(stdout.trim())).toBe(false);
      expect(stdout).toContain('blackbox-ts-');
    }
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('goes on %s', async (signal) => {
    const { child, until, output, ended } = startScript(`${body} await new Promise((r) => setTimeout(r, 60_000));`);
    await until('\n');
    expect(existsSync(output().trim())).toBe(true);
    child.kill(signal);
    expect((await ended).signal).toBe(signal);
    expect(existsSync(output().trim())).toBe(false);
  });

  it('of a killed program goes when the next one is made', async () => {
    const { child, until, output, ended } = startScript(`${body} await new Promise((r) => setTimeout(r, 60_000));`);
    await until('\n');
    child.kill('SIGKILL');
    await ended;
    const left = output().trim();
    expect(existsSync(left)).toBe(true);
    const running = files.privateFolder();
    const next = files.privateFolder();
    expect(existsSync(left)).toBe(false);
    expect(existsSync(running.path)).toBe(true);
    running.remove();
    next.remove();
  });

  it('falls back to the temporary folder where nothing is in memory, and says so', () => {
    const folder = privateFolder(['/proc', '/does/not/exist']);
    expect([dirname(folder.path), folder.inMemory]).toEqual([tmpdir(), false]);
    folder.remove();
    expect(existsSync(folder.path)).toBe(false);
  });
});
