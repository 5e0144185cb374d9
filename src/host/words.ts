/** Command lines from the environment (EDITOR, BLACKBOX_IDENTITY_CMD), split into words without a shell: nothing is expanded or executed. */
import { badCommand } from './errors.js';

// One step: spaces, a quoted part, an escape, or plain characters. A lone quote or a backslash at the end matches nothing.
const posix = /(\s+)|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y;
// A backslash separates folders on Windows.
const windows = /(\s+)|'([^']*)'|"([^"]*)"|(?!)(.)|([^\s'"]+)/y;

/** Words separated by spaces; '…' is literal, "…" may hold \" and \\, a backslash takes the next character as it is (not on Windows). */
export function splitWords(text: string, platform: NodeJS.Platform): string[] {
  const step = new RegExp(platform === 'win32' ? windows : posix);
  const words: string[] = [];
  let word: string | null = null;
  while (step.lastIndex < text.length) {
    const part = step.exec(text);
    if (part === null) throw badCommand('a quote is not closed, or a backslash stands at its end');
    const [, space, single, double, escaped, plain] = part;
    if (space === undefined)
      word = (word ?? '') + (single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '');
    else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  return word === null ? words : [...words, word];
}
