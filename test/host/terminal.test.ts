import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { progressLine } from '../../src/host/terminal/progress.js';
import { table } from '../../src/host/terminal/table.js';
import { shorten, width } from '../../src/host/terminal/width.js';
import { nodeTerminal } from '../../src/host/terminal.js';
import type { Env } from '../../src/host/types.js';
import { visible } from '../../src/text.js';
import { codeOf, runScript, script, start, temporaryFolder } from './fixture.js';

describe('width', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['thé', 3],
    ['the\u0301', 3],
    ['日本語', 6],
    ['한글', 4],
    ['🔐', 2],
    ['👩‍💻', 2],
    ['❤️', 2],
    ['🇩🇪', 2],
    ['…', 1],
    ['─', 1],
    ['\u0301', 0],
  ])('of %j is %i', (text, columns) => {
    expect(width(text)).toBe(columns);
  });
});

describe('shorten', () => {
  it('leaves what fits, and keeps both ends of what does not', () => {
    expect(shorten('secrets.json', 12)).toBe('secrets.json');
    expect(shorten('config/production/secrets.json', 15)).toBe('config/…ts.json');
    expect(shorten('日本語日本語', 7)).toBe('日本…語');
    expect([shorten('abc', 2), shorten('abc', 1), shorten('abc', 0)]).toEqual(['a…', '…', '']);
  });

  it('never exceeds the columns, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, columns) => {
        expect(width(shorten(visible(text), columns))).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe('table', () => {
  const wide = { width: Number.POSITIVE_INFINITY, head: (text: string) => `<${text}>` };

  it('aligns columns, also of wide characters, without trailing spaces', () => {
    const rows = [
      ['alice', 'age1x', ''],
      ['日本', 'ssh', 'laptop'],
      ['x', '', ''],
    ];
    expect(table(rows, ['name', 'key', 'where'], wide)).toBe(
      '<name   key    where>\nalice  age1x\n日本   ssh    laptop\nx\n',
    );
    expect(table(rows, undefined, wide)).not.toContain('name');
    expect(table([], ['name'], wide)).toBe('');
  });

  it('shows no control characters', () => {
    const text = table([['a\x1b[2J\nb', '\u202egnp.exe', '\t']], ['x\r', 'y', 'z'], wide);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u202e/u);
    expect(text.split('\n')).toHaveLength(3);
  });

  it('lets the widest column give way in a narrow window', () => {
    const rows = [['secrets.json', 'config/very/long/path/to/the/file.json', 'sealed']];
    expect(table(rows, undefined, { ...wide, width: 45 })).toBe(
      'secrets.json  config/very/…e/file.json  sealed\n'.replace(
        'config/very/…e/file.json',
        shorten(rows[0]?.[1] ?? '', 23),
      ),
    );
    for (const columns of [60, 50, 40, 30]) {
      for (const line of table(rows, undefined, { ...wide, width: columns })
        .trimEnd()
        .split('\n')) {
        expect(width(line)).toBeLessThanOrEqual(columns);
      }
    }
  });

  it('keeps its promises for all cells and widths', () => {
    const cell = fc.string({ unit: 'binary', maxLength: 20 });
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1 }),
        fc.integer({ min: 46, max: 200 }),
        (rows, columns) => {
          const lines = table(rows, undefined, { ...wide, width: columns })
            .slice(0, -1)
            .split('\n');
          expect(lines).toHaveLength(rows.length);
          for (const line of lines) {
            expect(line).toBe(line.trimEnd());
            expect(width(line)).toBeLessThanOrEqual(columns);
          }
        },
      ),
    );
  });
});

describe('progress', () => {
  function progress(columns = 80) {
    let time = 0;
    const written: string[] = [];
    const line = progressLine(
      { columns: () => columns, write: (text) => written.push(text), now: () => time },
      'sealing',
      5000,
    );
    return { line, written, at: (milliseconds: number) => (time = milliseconds) };
  }

  it('shows nothing in the first second, then at most ten times a second, and clears itself', () => {
    const { line, written, at } = progress();
    for (let i = 0; i < 999; i++) {
      at(i);
      line.update(i);
    }
    expect(written).toEqual([]);
    for (let i = 1000; i < 2000; i++) {
      at(i);
      line.update(i);
    }
    expect(written).toHaveLength(10);
    expect(written[0]).toBe('\r\x1b[Ksealing 1000/5000');
    line.end();
    expect(written.at(-1)).toBe('\r\x1b[K');
    line.end();
    expect(written).toHaveLength(11);
  });

  it('clears nothing that it has not written', () => {
    const { line, written } = progress();
    line.update(1);
    line.end();
    expect(written).toEqual([]);
  });

  it.each([0, 1, 5, 20])('never breaks the line in a window of %i columns', (columns) => {
    const { line, written, at } = progress(columns);
    at(1500);
    line.update(1234);
    expect(width((written[0] ?? '').replace('\r\x1b[K', ''))).toBeLessThan(Math.max(1, columns));
  });
});

describe('where nobody looks on', () => {
  function redirected(env: Env = {}) {
    const folder = temporaryFolder();
    const fds = {
      stdin: openSync('/dev/null', 'r'),
      stdout: openSync(join(folder, 'out'), 'w'),
      stderr: openSync(join(folder, 'err'), 'w'),
    };
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    return { terminal: nodeTerminal(env, fds), out: () => read('out'), err: () => read('err'), fds };
  }

  it('data goes to stdout as it is, words to stderr, and nothing is coloured or moved', () => {
    const { terminal, out, err } = redirected({ TERM: 'xterm-256color' });
    terminal.data(Buffer.from([0, 255]));
    terminal.data('é');
    terminal.say('words');
    terminal.warn('careful');
    const progress = terminal.progress('x', 10);
    for (const end = Date.now() + 1_300; Date.now() < end; ) progress.update(1);
    progress.end();
    expect(out()).toBe(Buffer.from([0, 255, ...Buffer.from('é')]).toString());
    expect(err()).toBe('words\nwarning: careful\n');
    expect([terminal.interactive, terminal.width, terminal.colour, terminal.red('x')]).toEqual([
      false,
      Number.POSITIVE_INFINITY,
      false,
      'x',
    ]);
    expect(codeOf(() => terminal.confirm('really?'))).toBe('ERR_BLACKBOX_NO_TERMINAL');
  });

  it.each<[Env, boolean]>([
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '' }, true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1', TERM: 'dumb' }, true],
    [{ FORCE_COLOR: '0' }, false],
    [{ FORCE_COLOR: 'false' }, false],
    [{ NO_COLOR: '1' }, false],
    [{}, false],
  ])('with %j colour is %s', (env, colour) => {
    const { terminal } = redirected(env);
    expect(terminal.colour).toBe(colour);
    expect(terminal.bold('x') !== 'x').toBe(colour);
    expect(terminal.table([['a']], ['b']) === 'b\na\n').toBe(!colour);
  });

  it('reads what is piped in, to its end', () => {
    const file = join(temporaryFolder(), 'in');
    writeFileSync(file, Buffer.alloc(300_000, 5));
    const stdin = openSync(file, 'r');
    expect(nodeTerminal({}, { stdin, stdout: 1, stderr: 2 }).readStdin().equals(Buffer.alloc(300_000, 5))).toBe(true);
    closeSync(stdin);
    expect(codeOf(() => nodeTerminal({}, { stdin, stdout: 1, stderr: 2 }).readStdin())).toBe('ERR_BLACKBOX_NO_INPUT');
  });
});

describe('pipes', () => {
  it('a large input through a slow pipe arrives whole, and goes out whole', () => {
    const program = script('host.terminal.data(host.terminal.readStdin());');
    const line = `(head -c 100000 /dev/zero; sleep 0.3; head -c 900000 /dev/zero) | '${process.execPath}' '${program}' | (sleep 0.3; wc -c)`;
    const { ended, output } = start('bash', ['--norc', '-c', line], { PATH: process.env.PATH });
    return ended.then(() => expect(output().trim()).toBe('1000000'));
  });

  it('a non-blocking stdout loses nothing', async () => {
    const program = script(`host.terminal.data(Buffer.alloc(1 << 20, 'x')); host.terminal.data('end');`);
    // A node parent makes its end of the pipe non-blocking.
    const { ended, output } = start(process.execPath, [program], { PATH: process.env.PATH });
    expect((await ended).code).toBe(0);
    expect(output().length).toBe((1 << 20) + 3);
  });

  it('when nobody reads any more, the work goes on in silence and ends with its own code', async () => {
    const done = join(temporaryFolder(), 'done');
    const body = `
      for (let i = 0; i < 100; i++) host.terminal.data('line\\n'.repeat(1000));
      host.terminal.say('said');
      fs.writeFileSync(${JSON.stringify(done)}, 'done');
      process.exitCode = 5;`;
    const { ended, output } = start(
      'bash',
      ['--norc', '-c', `'${process.execPath}' '${script(body)}' | head -1; exit "\${PIPESTATUS[0]}"`],
      { PATH: process.env.PATH },
    );
    expect((await ended).code).toBe(5);
    expect(output().replace('said\n', '')).toBe('line\n');
    expect(readFileSync(done, 'utf8')).toBe('done');
  });

  it('closed descriptors are no reason to fail', async () => {
    const body = `host.terminal.data('x'); host.terminal.say('y'); process.exitCode = 3;`;
    const { ended } = start('bash', ['--norc', '-c', `'${process.execPath}' '${script(body)}' >&- 2>&-`], {
      PATH: process.env.PATH,
    });
    expect((await ended).code).toBe(3);
  });

  it('without a terminal a secret cannot be asked for', () => {
    const { stdout } = runScript(`host.terminal.askSecret('passphrase: ');`, { through: ['setsid', '--wait'] });
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'ERR_BLACKBOX_NO_TERMINAL',
      message: expect.stringContaining('passphrase'),
    });
  });
});
