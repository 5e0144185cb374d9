/** A person at a terminal: util-linux `script` gives a program a terminal of its own, and what is written to it is what they type. */
import { shellWord } from '../../src/text.js';
import { type Running, type RunOptions, toCommand } from './run.js';
import type { Person } from './team.js';

export const ctrlC = '\u0003';

export interface AtTerminal extends Running {
  type(keys: string): void;
}

/** Starts a command with a terminal as stdin, stdout and stderr; `output()` is what the person sees. */
export function atTerminal(person: Person, line: string | readonly string[], options: RunOptions = {}): AtTerminal {
  const [program, arguments_] = toCommand(line, options.through);
  // `exec`, because a shell in between would end with a code of its own on Ctrl-C.
  const command = ['exec', ...[program, ...arguments_].map(shellWord)].join(' ');
  const running = person.start(
    ['script', '--quiet', '--return', '--flush', '--echo', 'always', '--command', command, '/dev/null'],
    {
      ...options,
      through: [],
      env: { TERM: 'xterm-256color', ...options.env },
    },
  );
  return { ...running, type: (keys) => void running.child.stdin?.write(keys) };
}
