/** JSON for other programs, and for the terminal that it may be shown on. */

/** What a terminal would obey or not show, beyond the control characters that JSON escapes anyway. */
const unseen = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** One document, ended by a line break. Names and comments are the repository's: they stay what they are, in escapes. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return `${text.replace(unseen, (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)}\n`;
}
