/** Whatever a program of ours throws becomes words and an exit code. */
import { isAbsolute, join, relative, resolve } from 'node:path';
import { BlackboxError } from './errors.js';
import type { Host } from './host/types.js';
import { shellWord } from './text.js';
import { version } from './version.js';

function reportBug(host: Host, error: unknown): number {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  host.terminal.say(
    `blackbox-ts: this is a bug in blackbox-ts ${version} (Node ${process.version}); please report it with these lines`,
  );
  host.terminal.say(trace);
  return 70;
}

function topOf({ cwd, git }: Host): string | null {
  try {
    return git.find(cwd).root;
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

/** The file that a failure is about, as somebody types it who is in a folder further down; null where that is the same. */
function typedHere(host: Host, file: string | undefined): ((path: string) => string) | null {
  if (file === undefined || isAbsolute(file)) return null;
  const top = topOf(host);
  if (top === null || resolve(top) === resolve(host.cwd)) return null;
  return (path) => {
    const typed = relative(host.cwd, join(top, path));
    return host.platform === 'win32' ? typed.replaceAll('\\', '/') : typed;
  };
}

/** Failures name files from the top of the repository; commands to paste have to name them from where somebody is. */
function messageHere(host: Host, error: BlackboxError): string {
  const file = error.file?.replace(/\.age$/, '') ?? '';
  const typed = typedHere(host, error.file);
  if (typed === null || error.hints.length === 0) return error.message;
  const paths = new Map([file, `${file}.age`].map((path) => [shellWord(path), shellWord(typed(path))]));
  // A path is a word of its own, and may hold blanks itself.
  const known = [...paths.keys()].map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const words = new RegExp(`(?<=^| )(?:${known.join('|')})(?= |$)`, 'gu');
  const hints = error.hints.map((hint) => `  ${hint.replace(words, (word) => paths.get(word) ?? word)}`);
  return [error.sentence, ...error.attempts.map((attempt) => `  - ${attempt}`), ...hints].join('\n');
}

/** Says what went wrong. @returns the exit code */
export function report(host: Host, error: unknown): number {
  if (!(error instanceof BlackboxError)) return reportBug(host, error);
  host.terminal.say(`blackbox-ts: ${messageHere(host, error)}`);
  return error.exitCode;
}
