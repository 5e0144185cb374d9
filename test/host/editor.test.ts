import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editorCommand, nodeEditor } from '../../src/host/editor.js';
import { lacks } from '../harness/programs.js';
import { atTerminal, cleanEnv, failure, temporaryFolder } from './fixture.js';

/** An editor that writes its arguments to `log`, one a line, and ends as told. */
function fakeEditor(name = 'editor', end = 'exit 0') {
  const folder = temporaryFolder();
  const log = join(folder, 'log');
  mkdirSync(join(folder, 'bin dir'));
  const program = join(folder, 'bin dir', name);
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > '${log}'\nenv >> '${log}.env'\n${end}\n`);
  chmodSync(program, 0o755);
  return {
    folder,
    program,
    args: () => readFileSync(log, 'utf8').trimEnd().split('\n'),
    env: () => readFileSync(`${log}.env`, 'utf8'),
  };
}

describe('the command', () => {
  it('is that of the first variable that says something', () => {
    const command = (env: Record<string, string>) => editorCommand(env, 'linux');
    expect(command({ BLACKBOX_EDITOR: 'a', VISUAL: 'b', EDITOR: 'c' })).toEqual(['a']);
    expect(command({ BLACKBOX_EDITOR: ' ', VISUAL: 'b', EDITOR: 'c' })).toEqual(['b']);
    expect(command({ VISUAL: '', EDITOR: 'code --wait "my file"' })).toEqual(['code', '--wait', 'my file']);
    expect(command({})).toEqual(['vi']);
    expect(editorCommand({}, 'win32')).toEqual(['notepad']);
  });

  it('may be a path with spaces, quoted or not', () => {
    const { program } = fakeEditor();
    expect(editorCommand({ EDITOR: program }, 'linux')).toEqual([program]);
    expect(editorCommand({ EDITOR: `"${program}" -x` }, 'linux')).toEqual([program, '-x']);
  });
});

describe('open', () => {
  const opened = (env: Record<string, string>, path = '/some/file') =>
    nodeEditor({ ...cleanEnv(), ...env }, process.platform).open(path);

  it('waits for the editor, hands it the file and nothing through a shell', async () => {
    const { program, args } = fakeEditor('editor', 'sleep 0.2; echo late >> "$0.late"');
    await opened({ EDITOR: `'${program}' $(touch /tmp/x) ; --wait` }, '/a file; $(id)');
    expect(args()).toEqual(['$(touch', '/tmp/x)', ';', '--wait', '/a file; $(id)']);
    expect(existsSync(`${program}.late`)).toBe(true);
  });

  it('does not hand on identities', async () => {
    const { program, env } = fakeEditor();
    await opened({ EDITOR: `'${program}'`, BLACKBOX_IDENTITY: 'AGE-SECRET', SOPS_AGE_KEY: 'AGE-SECRET', LESS: 'mine' });
    expect(env()).toContain('LESS=mine');
    expect(env()).not.toContain('AGE-SECRET');
  });

  it('says why it failed, and what else to try', async () => {
    const failing = fakeEditor('editor', 'exit 7');
    const killed = fakeEditor('editor', 'kill -9 $$');
    const wrong = fakeEditor();
    chmodSync(wrong.program, 0o644);
    for (const [editor, words] of [
      [`'${failing.program}'`, 'ended with exit code 7'],
      [`'${killed.program}'`, 'was ended by SIGKILL'],
      ['no-such-editor', 'no-such-editor was not found'],
      [`'${wrong.program}'`, 'could not be started (EACCES)'],
    ] as const) {
      const error = await failure(() => opened({ EDITOR: editor }));
      expect([error.code, error.message]).toEqual(['ERR_BLACKBOX_EDITOR', expect.stringContaining(words)]);
      expect(error.hints.join()).toContain('BLACKBOX_EDITOR');
    }
    expect((await failure(() => opened({ EDITOR: 'vim "' }))).code).toBe('ERR_BLACKBOX_COMMAND_FAILED');
  });

  it.each(['vim', 'nvim', 'gvim', 'vim.basic', 'vimx'])('keeps %s from leaving copies elsewhere', async (name) => {
    const { program, args } = fakeEditor(name);
    await opened({ EDITOR: `'${program}' -X` });
    const known = name !== 'vimx';
    expect(args().slice(0, 4)).toEqual(known ? ['-X', '-n', '-i', 'NONE'] : ['-X', '/some/file']);
    expect(args().at(-1)).toBe('/some/file');
  });

  it('sees through the name vi, and leaves alone what is no Vim', async () => {
    const vim = fakeEditor('vim.tiny');
    const busybox = fakeEditor('busybox');
    for (const [target, first] of [
      [vim, '-n'],
      [busybox, '/some/file'],
    ] as const) {
      const bin = temporaryFolder();
      symlinkSync(target.program, join(bin, 'vi'));
      await opened({ PATH: `${bin}:${process.env.PATH}` });
      expect(target.args()[0]).toBe(first);
    }
  });

  it('keeps Emacs from it as well', async () => {
    const { program, args } = fakeEditor('emacs');
    await opened({ EDITOR: `'${program}' -nw` });
    expect(args()).toEqual(['-nw', '--eval', expect.stringContaining('make-backup-files nil'), '/some/file']);
  });
});

describe.skipIf(lacks('script'))('at a terminal', () => {
  const body = `
    const folder = files.privateFolder();
    const path = folder.path + '/secret.json';
    fs.writeFileSync(path, 'plaintext\\n');
    fs.writeSync(2, 'in ' + folder.path + '.\\n');
    try {
      await host.editor.open(path);
    } finally {
      fs.writeSync(2, 'edited: ' + JSON.stringify(fs.readFileSync(path, 'utf8')) + '\\n');
      folder.remove();
    }`;

  it('Ctrl-C is for the editor: one that minds it ends, and we clean up', async () => {
    const { program } = fakeEditor('editor', 'echo ready; exec sleep 30');
    const terminal = atTerminal(body, { env: { EDITOR: `'${program}'` } });
    await terminal.until('ready');
    terminal.type('\u0003');
    expect((await terminal.ended).code).toBe(1);
    expect(terminal.output()).toContain('edited: "plaintext\\n"');
    expect(terminal.output()).toMatch(/ERR_BLACKBOX_EDITOR.*SIGINT/);
    expect(existsSync(/in (\S+)\.\r?\n/.exec(terminal.output())?.[1] ?? '/')).toBe(false);
  });

  it('and one that does not goes on', async () => {
    const { program } = fakeEditor('editor', 'trap "" INT; echo ready; read line; echo "$line" > "$1"');
    const terminal = atTerminal(body, { env: { EDITOR: `'${program}'` } });
    await terminal.until('ready');
    terminal.type('\u0003\u0003');
    await new Promise((resolve) => setTimeout(resolve, 100));
    terminal.type('typed later\n');
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.output()).toContain('edited: "typed later\\n"');
  });

  it('a hang-up while the editor is open leaves no plaintext', async () => {
    const { program } = fakeEditor('editor', 'echo ready; sleep 2');
    const terminal = atTerminal(`fs.writeSync(2, 'pid ' + process.pid + '.\\n'); ${body}`, {
      env: { EDITOR: `'${program}'` },
    });
    await terminal.until('ready');
    process.kill(Number(/pid (\d+)\./.exec(terminal.output())?.[1]), 'SIGHUP');
    await terminal.ended;
    expect(existsSync(/in (\S+)\.\r?\n/.exec(terminal.output())?.[1] ?? '/')).toBe(false);
  });

  it.skipIf(lacks('vim'))('the real Vim leaves nothing in the home, whatever its configuration wants', async () => {
    const env: Record<string, string> = { ...cleanEnv(), EDITOR: 'vim' };
    const home = env.HOME ?? '';
    for (const folder of ['swap', 'undo', 'backup']) mkdirSync(join(home, folder));
    writeFileSync(
      join(home, '.vimrc'),
      `set nocompatible directory=${home}/swap undofile undodir=${home}/undo backup writebackup backupdir=${home}/backup viminfo='100,<1000 updatecount=1\n`,
    );
    const terminal = atTerminal(body, { env });
    await terminal.until('plaintext');
    terminal.type('yyp:normal! Aappended-secret\r:wq\r');
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.output()).toContain('edited: "plaintext\\nplaintextappended-secret\\n"');
    expect(spawnSync('grep', ['-rl', 'plaintext', home]).stdout.toString()).toBe('');
    expect(existsSync(join(home, '.viminfo'))).toBe(false);
  });
});
