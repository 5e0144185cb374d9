/** Command lines as a person would type them, without a shell: quotes and backslashes only, nothing is ever expanded. */

const word = /\s*((?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)/gy;

function unquote(text: string): string {
  return text.replace(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g, (_, single, double, escaped) =>
    single !== undefined ? single : double !== undefined ? double.replace(/\\(.)/g, '$1') : escaped,
  );
}

/** `git commit -m "two words"` → `['git', 'commit', '-m', 'two words']`. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  word.lastIndex = 0;
  for (let end = 0; end < line.trimEnd().length; end = word.lastIndex) {
    const match = word.exec(line);
    if (match?.[1] === undefined) throw new Error(`an unclosed quote in: ${line}`);
    words.push(unquote(match[1]));
  }
  return words;
}
