import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runForOutput } from '../../src/host/command.js';
import { splitWords } from '../../src/host/words.js';
import { cleanEnv, codeOf, failure, runScript, temporaryFolder } from './fixture.js';

describe('splitWords', () => {
  it.each([
    ['code --wait', ['code', '--wait']],
    ['  vim\t-n\n', ['vim', '-n']],
    [`'/path with/editor' "a b" c`, ['/path with/editor', 'a b', 'c']],
    [`a'b c'd"e f"`, ['ab cde f']],
    [`"say \\"hi\\" \\\\ \\n"`, ['say "hi" \\ \\n']],
    [`a\\ b \\'`, ['a b', "'"]],
    [`'' ""`, ['', '']],
    [`$(id) \`id\` $HOME ~ *`, ['$(id)', '`id`', '$HOME', '~', '*']],
    ['a;b|c&d>e', ['a;b|c&d>e']],
    ['', []],
    ['   ', []],
  ])('%j is %j', (text, words) => {
    expect(splitWords(text, 'linux')).toEqual(words);
  });

  it('leaves backslashes alone on Windows', () => {
    expect(splitWords('"C:\\Program Files\\x.exe" C:\\y', 'win32')).toEqual(['C:\\Program Files\\x.exe', 'C:\\y']);
  });

  it.each([`'open`, `"open`, `"open\\"`, 'end\\', `a "b' c`])('refuses %j', (text) => {
    expect(codeOf(() => splitWords(text, 'linux'))).toBe('ERR_BLACKBOX_COMMAND_FAILED');
  });

  it('takes quoted words apart as the shell does', () => {
    const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 4 }), (words) => {
        expect(splitWords(words.map(quote).join(' '), 'linux')).toEqual(words);
      }),
    );
    const line = `a 'b c' "d \\" \\\\ e" f\\ g '"' "'"`;
    const shell = execFileSync('sh', ['-c', `printf '%s\\n' ${line}`])
      .toString()
      .trimEnd()
      .split('\n');
    expect(splitWords(line, 'linux')).toEqual(shell);
  });
});

describe('runForOutput', () => {
  const env = cleanEnv();
  const output = (command: string) => runForOutput(command, env, 'linux').toString();

  it('answers with what the command writes, without a shell', () => {
    expect(output(`printf '%s|' 'a b' $HOME ; id`)).toBe('a b|$HOME|;|id|');
    expect(output('true')).toBe('');
  });

  it("lets it see the user's environment but no identities of ours", () => {
    const full = { ...env, TOKEN: 'needed', BLACKBOX_IDENTITY: 'AGE-SECRET', SOPS_AGE_KEY: 'AGE-SECRET' };
    const seen = runForOutput('env', full, 'linux').toString();
    expect(seen).toContain('TOKEN=needed');
    expect(seen).not.toContain('AGE-SECRET');
  });

  it('does not let it read what was piped in for us', () => {
    const { stdout } = runScript(
      `const got = host.runForOutput('cat'); fs.writeSync(1, got.length + ' ' + host.terminal.readStdin());`,
      {
        input: 'ours',
      },
    );
    expect(stdout).toBe('0 ours');
  });

  it('names the program and how it ended, never its arguments or output', async () => {
    const folder = temporaryFolder();
    const program = join(folder, 'tool');
    writeFileSync(
      program,
      '#!/bin/sh\necho AGE-SECRET-KEY-OUT\ncase "$1" in kill) kill -9 $$;; flood) cat /dev/zero;; esac\nexit 9\n',
    );
    chmodSync(program, 0o755);
    for (const [command, words] of [
      [`${program} AGE-SECRET-KEY-ARG`, 'ended with exit code 9'],
      [`${program} kill`, 'was ended by SIGKILL'],
      [`${program} flood`, 'writes more than'],
      ['no-such-tool AGE-SECRET-KEY-ARG', 'was not found'],
      [`${folder} AGE-SECRET-KEY-ARG`, 'could not be started (EACCES)'],
    ] as const) {
      const error = await failure(() => output(command));
      expect([error.code, error.message]).toEqual(['ERR_BLACKBOX_COMMAND_FAILED', expect.stringContaining(words)]);
      expect(error.message).not.toContain('AGE-SECRET');
    }
    expect(codeOf(() => output(' '))).toBe('ERR_BLACKBOX_COMMAND_FAILED');
    expect((await failure(() => output(`'AGE-SECRET-KEY`))).message).not.toContain('AGE-SECRET');
  });
});
