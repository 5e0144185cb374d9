import { describe, expect, it } from 'vitest';
import { lineEditor } from '../../src/host/terminal/prompt.js';
import { lacks } from '../harness/programs.js';
import { atTerminal, codeOf } from './fixture.js';

/** Types into a line of `size` bytes; the line as it was when it was done (or so far), and what was shown. */
function typing(keys: string | Buffer, size = 100) {
  const line = Buffer.alloc(size);
  let shown = '';
  const editor = lineEditor(line, (text) => {
    shown += text.toString('latin1');
  });
  const done = [...Buffer.from(keys)].some((byte) => editor.type(byte) === 'done');
  return { text: line.toString('utf8', 0, editor.length()), done, shown };
}

describe('the line being typed', () => {
  it.each([
    ['secret\r', 'secret'],
    ['secret\n', 'secret'],
    ['secret\u0004', 'secret'],
    ['secrex\u007ft\r', 'secret'],
    ['secrex\bt\r', 'secret'],
    ['é\u007f日\u007f🔐\u007fx\r', 'x'],
    ['wrong\u0015secret\r', 'secret'],
    ['wrong\u0017secret\r', 'secret'],
    ['\u007f\u007fa\r', 'a'],
    ['a\u001b[Db\u001b[1;5Cc\u001bOHd\u001bxe\r', 'abcde'],
    ['a\u001b[200~b\u001b[201~c\r', 'abc'],
    ['a\u0001\u0000\tb\r', 'ab'],
    ['pass word ü日🔐\r', 'pass word ü日🔐'],
    ['\r', ''],
  ])('%j is %j', (keys, text) => {
    expect(typing(keys)).toMatchObject({ text, done: true });
  });

  it('is cancelled by Ctrl-C at any point, and by Ctrl-D when it is empty', () => {
    for (const keys of ['\u0003', 'abc\u0003', 'a\u001b[\u0003', '\u0004', 'a\u007f\u0004']) {
      expect(codeOf(() => typing(keys))).toBe('ERR_BLACKBOX_CANCELLED');
    }
  });

  it('is bounded', () => {
    expect(typing(`${'x'.repeat(50)}\r`, 10)).toMatchObject({ text: 'x'.repeat(10), done: true });
  });
});

describe.skipIf(lacks('script', 'stty'))('on a real terminal', () => {
  const question = (tail = '') => `
    const answer = host.terminal.askSecret('passphrase: ');
    fs.writeSync(2, JSON.stringify({ answer }) + '\\n'); ${tail}`;
  /** Says after the program whether it left the terminal as it was. */
  const watched = [
    'bash',
    '--norc',
    '-c',
    'was=$(stty -g); "$@"; code=$?; [ "$(stty -g)" = "$was" ] && echo as it was; exit $code',
    '--',
  ];

  async function asked(keys: string, body = question(), options: Parameters<typeof atTerminal>[1] = {}) {
    const terminal = atTerminal(body, { through: watched, ...options });
    await terminal.until('passphrase: ');
    terminal.type(keys);
    const { code } = await terminal.ended;
    return { code, output: terminal.output() };
  }

  it('takes an answer without showing it, and leaves the terminal as it was', async () => {
    const { output, code } = await asked('pass wörd 日\u007f🔐x\u007f\r');
    expect(code).toBe(0);
    expect(output).toContain('{"answer":"pass wörd 🔐"}');
    expect(output.indexOf('pass wörd')).toBe(output.lastIndexOf('pass wörd'));
    expect(output).toContain('as it was');
  });

  it('is cancelled by Ctrl-C, with the terminal as it was', async () => {
    const { output, code } = await asked('half\u0003');
    expect(output).toContain('ERR_BLACKBOX_CANCELLED');
    expect(output).not.toContain('half');
    expect(output).toContain('as it was');
    expect(code).toBe(1);
  });

  it('works while stdin and stdout are pipes', async () => {
    const through = ['bash', '--norc', '-c', `echo data | "$@" | cat`, '--'];
    const { output } = await asked('secret\r', question(`fs.writeSync(2, 'piped: ' + host.terminal.readStdin());`), {
      through,
    });
    expect(output).toContain('{"answer":"secret"}');
    expect(output).toContain('piped: data');
  });

  it('drops the other lines of a paste instead of typing them into the shell', async () => {
    // Longer than what is read at once.
    const paste = `first\r${'more '.repeat(500)}\rlast`;
    const { output } = await asked(paste, question('await new Promise((r) => setTimeout(r, 1000));'), {
      through: ['bash', '--norc', '-c', `"$@"; read -t 0.3 -r line; echo "left:[$line]"`, '--'],
    });
    expect(output).toContain('{"answer":"first"}');
    expect(output).toContain('left:[]');
  });

  it('asks several times in a row', async () => {
    const terminal = atTerminal(`
      const ask = (i) => [host.terminal.askSecret('question ' + i + ': '), fs.readdirSync('/proc/self/fd').length];
      const answers = [1, 2, 3].map(ask);
      const [first, second, third] = answers.map(([, open]) => open);
      fs.writeSync(2, JSON.stringify([...answers.map(([text]) => text), third === second && second === first]));`);
    for (const i of [1, 2, 3]) {
      await terminal.until(`question ${i}: `);
      terminal.type(`answer ${i}\r`);
    }
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.output()).toContain('["answer 1","answer 2","answer 3",true]');
  });

  it('restores the terminal when the program is ended from outside', async () => {
    const terminal = atTerminal(
      `fs.writeSync(2, 'pid ' + process.pid + '.'); host.terminal.askSecret('passphrase: ');`,
      {
        through: watched,
      },
    );
    await terminal.until('passphrase: ');
    process.kill(Number(/pid (\d+)\./.exec(terminal.output())?.[1]), 'SIGHUP');
    terminal.type('\u0003');
    await terminal.ended;
    expect(terminal.output()).toContain('as it was');
  });

  it.each([
    ['y\r', true],
    ['YES\r', true],
    ['n\r', false],
    ['\r', false],
    ['yolo\u0015y\r', true],
    ['yolo\r', false],
  ])('confirms %j: %s', async (keys, expected) => {
    const terminal = atTerminal(`fs.writeSync(2, 'answer: ' + host.terminal.confirm('Really\\u001b[2J?'));`);
    await terminal.until('[y/N] ');
    terminal.type(keys);
    await terminal.ended;
    expect(terminal.output()).toContain(`answer: ${expected}`);
    expect(terminal.output()).toContain('Really\\u{1b}[2J? [y/N] ');
  });

  it('shows colour, width and progress, and takes the progress away before words', async () => {
    const terminal = atTerminal(
      `
      const { terminal } = host;
      fs.writeSync(2, JSON.stringify([terminal.colour, terminal.interactive, terminal.width, terminal.red('x')]));
      const progress = terminal.progress('sealing\\u001b[2J a name that is far too long for this window', 100);
      const end = Date.now() + 1300;
      for (let i = 0; Date.now() < end; i++) progress.update(i % 100);
      terminal.say('words');
      progress.end();
      terminal.say('end');`,
      { through: ['bash', '--norc', '-c', 'stty cols 30; exec "$@"', '--'] },
    );
    expect((await terminal.ended).code).toBe(0);
    const output = terminal.output();
    expect(output).toContain(JSON.stringify([true, true, 30, '\u001b[31mx\u001b[39m']));
    expect(output).toMatch(/sealing\\u\{1b\}.*…/);
    expect(output).toMatch(/\r\u001b\[Kwords\r\nend\r\n$/);
    const shown = output.split('\r\u001b[K').slice(1, -1);
    expect(shown.length).toBeGreaterThan(1);
    for (const line of shown) expect(line.length).toBeLessThan(30);
  });

  it('moves no cursor and shows no colour on a dumb terminal', async () => {
    const body = `
      const progress = host.terminal.progress('sealing', 100);
      for (const end = Date.now() + 1200; Date.now() < end; ) progress.update(1);
      progress.end();
      host.terminal.say(host.terminal.bold('words'));`;
    const terminal = atTerminal(body, { env: { TERM: 'dumb' } });
    await terminal.ended;
    expect(terminal.output()).toBe('words\r\n');
  });

  it('says that nothing is piped in, instead of waiting for it', async () => {
    const terminal = atTerminal('host.terminal.readStdin();');
    await terminal.ended;
    expect(terminal.output()).toContain('ERR_BLACKBOX_NO_INPUT');
  });
});
