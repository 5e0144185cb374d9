/**
 * stdout is data, stderr is words, the terminal is questions. Colour and cursor movement only where a person looks on;
 * what others have written (names, paths) has been made `visible()` before it gets here.
 */
import { visible } from '../text.js';
import { noTerminal } from './errors.js';
import { noProgress, type ProgressLine, progressLine } from './terminal/progress.js';
import { ask } from './terminal/prompt.js';
import { isTerminal, readToEnd, writeAll } from './terminal/streams.js';
import { table } from './terminal/table.js';
import type { Env, Terminal } from './types.js';

/** ECMA-48, select graphic rendition: on, and off again. */
const styles = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;
const defaultWidth = 80;

/** Which descriptors to use: tests have others. */
export interface Descriptors {
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
}

export function nodeTerminal(env: Env, fds: Descriptors = { stdin: 0, stdout: 1, stderr: 2 }): Terminal {
  const tty = lazily((fd: number) => isTerminal(fd));
  const colour = lazily(() => wantsColour(env, () => tty(fds.stdout) && tty(fds.stderr)));
  const style = (name: keyof typeof styles) => (text: string) =>
    colour(0) ? `\x1b[${styles[name][0]}m${text}\x1b[${styles[name][1]}m` : text;
  const interactive = () => tty(fds.stdin) && tty(fds.stderr);
  const width = () => (tty(fds.stdout) ? columns(fds.stdout) : Number.POSITIVE_INFINITY);
  const yellow = style('yellow');
  const out = output(fds);
  return {
    data: out.data,
    say: out.say,
    warn: (line) => out.say(`${yellow('warning:')} ${line}`),
    get interactive() {
      return interactive();
    },
    get width() {
      return width();
    },
    get colour() {
      return colour(0);
    },
    bold: style('bold'),
    dim: style('dim'),
    red: style('red'),
    green: style('green'),
    yellow,
    askSecret: (prompt) => ask(out.question(prompt), false),
    ask: (prompt) => ask(out.question(prompt), true),
    confirm: (question, answer = false) => {
      if (!interactive()) throw noTerminal(question);
      const typed = ask(`${out.question(question)} ${answer ? '[Y/n]' : '[y/N]'} `, true).trim();
      return typed === '' ? answer : /^y(es)?$/i.test(typed);
    },
    readStdin: () => readToEnd(fds.stdin),
    progress: (what, total) =>
      tty(fds.stderr) && env.TERM !== 'dumb' ? out.progress(visible(what), total) : noProgress,
    table: (rows, head) => table(rows, head, { width: width(), head: style('bold') }),
  };
}

/** Words and data, and the progress line that has to make room for them. */
function output(fds: Descriptors) {
  let progress: ProgressLine = noProgress;
  let dataWanted = true;
  return {
    data: (content: string | Uint8Array) => {
      progress.hide();
      if (dataWanted) dataWanted = writeAll(fds.stdout, typeof content === 'string' ? Buffer.from(content) : content);
    },
    say: (line: string) => {
      progress.hide();
      writeAll(fds.stderr, Buffer.from(`${line}\n`));
    },
    question: (prompt: string) => {
      progress.hide();
      return visible(prompt);
    },
    progress: (what: string, total: number) => {
      const write = (text: string) => writeAll(fds.stderr, Buffer.from(text));
      progress = progressLine({ columns: () => columns(fds.stderr), write, now: Date.now }, what, total);
      return progress;
    },
  };
}

function columns(fd: number): number {
  const stream = fd === 2 ? process.stderr : process.stdout;
  return stream.columns || defaultWidth;
}

/** https://no-color.org; FORCE_COLOR, as node itself knows it, is the more explicit wish. */
function wantsColour(env: Env, onTerminal: () => boolean): boolean {
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR);
  if (env.NO_COLOR || env.TERM === 'dumb') return false;
  return onTerminal();
}

function lazily<T>(compute: (key: number) => T): (key: number) => T {
  const known = new Map<number, T>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}
