import { homedir, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeHost } from '../../src/host/host.js';
import { newRepository, runScript, startScript } from './fixture.js';

describe('nodeHost', () => {
  it('is this process: its folder, home, user and environment', () => {
    const host = nodeHost();
    expect([host.cwd, host.home, host.userName, host.platform]).toEqual([
      process.cwd(),
      homedir(),
      userInfo().username,
      process.platform,
    ]);
    expect(host.env).toBe(process.env);
    expect(host.files).toBe(host.files);
    expect(host.git).toBe(host.git);
  });

  it.each(['', 'here', undefined])(
    'takes no home of %j from the environment: keys would be made and sought in the work tree',
    (told) => {
      const before = process.env.HOME;
      try {
        if (told === undefined) delete process.env.HOME;
        else process.env.HOME = told;
        expect(nodeHost().home).toBe(userInfo().homedir);
      } finally {
        process.env.HOME = before;
      }
    },
  );

  it('loads nothing slow to start, to read files and to find a repository', () => {
    const loaded = (work: string) => {
      const { stdout } = runScript(`${work}; fs.writeSync(1, process.moduleLoadList.join());`);
      return stdout.split(',').filter((name) => /^NativeModule (child_process|tty|net|crypto|readline|os)$/.test(name));
    };
    const work = `files.read('/nothing'); files.stat('/'); host.terminal.data(''); try { host.git.find('/'); } catch {}`;
    // What node itself loads for a program of two lines is not ours to change.
    expect(loaded(work)).toEqual(loaded(''));
    expect(loaded(`host.git.open(host.git.find(${JSON.stringify(newRepository().root)})).version()`)).not.toEqual(
      loaded(''),
    );
  });

  it('runs what was given for the end: the latest first, before private folders go, and not what was called off', () => {
    const { stdout } = runScript(`
      const folder = files.privateFolder();
      fs.writeFileSync(folder.path + '/edit', 'unsaved');
      host.atEnd(() => fs.writeSync(1, 'saved: ' + fs.readFileSync(folder.path + '/edit')));
      host.atEnd(() => { throw new Error('must not keep the others from running'); });
      host.atEnd(() => fs.writeSync(1, 'never'))();
      fs.writeSync(1, folder.path + ' ');
      process.exit(0);`);
    expect(stdout).toMatch(/^\S+blackbox-ts-\S+ saved: unsaved$/);
    expect(dirname(stdout.split(' ')[0] ?? '')).not.toBe('.');
  });

  it('leaves signals alone once nothing is to be undone', async () => {
    const body = `
      const held = files.lock(process.env.HOME + '/lock');
      held.release();
      files.privateFolder().remove();
      fs.writeSync(1, String(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')) + 'listeners');
      await new Promise((r) => setTimeout(r, 60_000));`;
    const { child, until, output, ended } = startScript(body);
    await until('listeners');
    expect(output()).toBe('0listeners');
    child.kill('SIGTERM');
    expect((await ended).signal).toBe('SIGTERM');
  });

  it('does not end a program that minds signals itself', async () => {
    const body = `
      files.lock(process.env.HOME + '/lock');
      process.on('SIGTERM', () => { fs.writeSync(1, 'minded'); process.exit(4); });
      fs.writeSync(1, 'ready');
      await new Promise((r) => setTimeout(r, 60_000));`;
    const { child, until, output, ended } = startScript(body);
    await until('ready');
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 4, signal: null });
    expect(output()).toBe('readyminded');
  });
});
