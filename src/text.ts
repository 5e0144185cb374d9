/** Words and names as a person reads them. Pure. */

// Control characters, bidirectional overrides and other invisible characters could rewrite what a terminal shows.
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}|\p{Co}|\p{Cn}/gu;

/** What nearly every name is: to compile the expression above takes longer than to open a file. */
const isPlain = (text: string): boolean => /^[ -~]*$/.test(text);

/** Text from a repository made safe to print: control and invisible characters become visible escapes. */
export function visible(text: string): string {
  return isPlain(text) ? text : text.replace(unsafe, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

/** A path as shown to a person: escaped, and quoted where its ends could be misread. */
export function showPath(path: string): string {
  const text = visible(path);
  return text !== path || /^\s|\s$|^$|["'`]/.test(text)
    ? JSON.stringify(path).replace(unsafe, (c) => visible(c))
    : text;
}

/** A path or name as one word of a POSIX shell command that a person may paste. */
export function shellWord(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  if (visible(word) === word) return `'${word.replaceAll("'", "'\\''")}'`;
  return `$'${word.replace(/[\\']/g, '\\$&').replace(unsafe, (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)}'`;
}

/** `1 file`, `2 files`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

/** `a, b and c`. */
export function list(items: readonly string[], word = 'and'): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)}`;
}
