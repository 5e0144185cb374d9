import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../src/host/files.js';
import { failure, runScript, startScript, temporaryFolder } from './fixture.js';

const files = nodeFiles({});
const newPath = () => join(temporaryFolder(), 'state', 'lock');

describe('lock', () => {
  it('is taken and given back', () => {
    const path = newPath();
    const held = files.lock(path);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
    held.release();
    expect(existsSync(path)).toBe(false);
    held.release();
    files.lock(path).release();
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  it('makes a second command wait, and names the holder when that is in vain: here, and on another machine', async () => {
    const [path, foreign] = [newPath(), newPath()];
    const held = files.lock(path);
    mkdirSync(join(foreign, '..'));
    writeFileSync(foreign, JSON.stringify({ pid: 99_999_999, space: 'elsewhere', started: '1', since: 'then' }));
    const start = Date.now();
    const waiting = [path, foreign].map((lock) => startScript(`files.lock(${JSON.stringify(lock)});`));
    for (const { ended } of waiting) expect((await ended).code).toBe(1);
    expect(Date.now() - start).toBeGreaterThan(4_900);
    const [here, there] = waiting.map(({ output }) => JSON.parse(output()));
    expect([here.code, there.code]).toEqual(['ERR_BLACKBOX_LOCKED', 'ERR_BLACKBOX_LOCKED']);
    expect(here.message).toContain(`process ${process.pid}`);
    expect(here.message).toContain(`rm ${path}`);
    expect(there.message).toContain('process 99999999, since then');
    held.release();
  });

  it('is not given back by somebody who does not hold it any more', () => {
    const path = newPath();
    const held = files.lock(path);
    writeFileSync(path, 'of somebody else');
    held.release();
    expect(readFileSync(path, 'utf8')).toBe('of somebody else');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'is given back on %s, and the program ends by that signal',
    async (signal) => {
      const path = newPath();
      const { child, until, ended } = startScript(
        `files.lock(${JSON.stringify(path)}); fs.writeSync(1, 'held'); await new Promise((r) => setTimeout(r, 60_000));`,
      );
      await until('held');
      child.kill(signal);
      expect((await ended).signal).toBe(signal);
      expect(existsSync(path)).toBe(false);
    },
  );

  it('is given back on exit, and on an error that nobody catches', () => {
    const path = newPath();
    expect(runScript(`files.lock(${JSON.stringify(path)}); process.exit(7);`).status).toBe(7);
    expect(existsSync(path)).toBe(false);
    runScript(`files.lock(${JSON.stringify(path)}); setTimeout(() => { throw new Error('bug'); });`);
    expect(existsSync(path)).toBe(false);
  });

  it('of a killed process is taken over at once', async () => {
    const path = newPath();
    const { child, until, ended } = startScript(
      `files.lock(${JSON.stringify(path)}); fs.writeSync(1, 'held'); await new Promise((r) => setTimeout(r, 60_000));`,
    );
    await until('held');
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(path)).toBe(true);
    const start = Date.now();
    files.lock(path).release();
    expect(Date.now() - start).toBeLessThan(1_000);
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  it.each(['writeFileSync', 'linkSync', 'unlinkSync', 'closeSync'])(
    'is free again at once when a process is killed in the middle of taking it, in %s',
    async (call) => {
      const path = newPath();
      const { ended } = startScript(`
        const { syncBuiltinESMExports } = await import('node:module');
        fs.${call} = () => process.kill(process.pid, 'SIGKILL');
        syncBuiltinESMExports();
        files.lock(${JSON.stringify(path)});`);
      expect((await ended).signal).toBe('SIGKILL');
      const start = Date.now();
      files.lock(path).release();
      expect(Date.now() - start).toBeLessThan(1_000);
    },
  );

  it('clears what a process left behind that was killed while it took it', () => {
    const path = newPath();
    mkdirSync(join(path, '..'));
    writeFileSync(`${path}.4194305.new`, '');
    utimesSync(`${path}.4194305.new`, Date.now() / 1000 - 11, Date.now() / 1000 - 11);
    // This one may be about to be put in place.
    writeFileSync(`${path}.4194306.new`, '');
    files.lock(path).release();
    expect(readdirSync(join(path, '..'))).toEqual(['lock.4194306.new']);
  });

  it('is not fooled by a new process that has got the number of the dead one', () => {
    const path = newPath();
    const held = files.lock(path);
    const content = JSON.parse(readFileSync(path, 'utf8'));
    held.release();
    writeFileSync(path, JSON.stringify({ ...content, started: '1', nonce: 'x' }));
    files.lock(path).release();
  });

  it('that names nobody is taken over after ten seconds', () => {
    const path = newPath();
    mkdirSync(join(path, '..'));
    for (const rubbish of ['', '{"pid"', 'null', '[]', '{"pid":"1"}']) {
      writeFileSync(path, rubbish);
      utimesSync(path, Date.now() / 1000 - 11, Date.now() / 1000 - 11);
      files.lock(path).release();
    }
  });

  it('says so when it cannot be made', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    expect((await failure(() => files.lock(join(folder, 'file', 'lock')))).code).toBe('ERR_BLACKBOX_WRITE_FAILED');
    mkdirSync(join(folder, 'lock'));
    expect((await failure(() => files.lock(join(folder, 'lock')))).code).toBe('ERR_BLACKBOX_NOT_A_FILE');
  });

  it("lets only one in at a time, also when several find a dead one's lock", async () => {
    const path = newPath();
    const log = join(path, '..', '..', 'log');
    mkdirSync(join(path, '..'));
    writeFileSync(log, '');
    const body = `
      for (let i = 0; i < 8; i++) {
        const held = files.lock(${JSON.stringify(path)});
        fs.appendFileSync(${JSON.stringify(log)}, 'in\\n');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3);
        fs.appendFileSync(${JSON.stringify(log)}, 'out\\n');
        if (i % 3 === 2) {
          // Leaves a lock behind as a killed process would.
          const left = fs.readFileSync(${JSON.stringify(path)}, 'utf8');
          held.release();
          try { fs.writeFileSync(${JSON.stringify(path)}, left.replace(/"started":"[0-9]+"/, '"started":"1"'), { flag: 'wx' }); } catch {}
        } else held.release();
      }`;
    const all = await Promise.all(Array.from({ length: 4 }, () => startScript(body).ended));
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    expect(lines).toEqual(Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 'in' : 'out')));
  });
});
