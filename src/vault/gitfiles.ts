/** The lines that the vault needs in .gitignore and .gitattributes. Other people's lines are never touched. */
import type { RepoPath } from './types.js';

export const attributeLines: readonly string[] = [
  '*.age -text diff=blackbox-ts merge=blackbox-ts',
  '/.blackbox/files text eol=lf merge=union',
  // Two branches that each register a file both add a line at the same place.
  '/.gitignore merge=union',
  // Two branches that each give somebody a key both add lines at the end of their file.
  '/.blackbox/admins/*.pub text eol=lf merge=union',
];

/** Two branches that each allow something both add a line. Needed from the first such line on. */
export const listAttribute = (file: string) => `/${file} text eol=lf merge=union`;

/**
 * A pattern that matches exactly this path from the top of the repository.
 * Git strips trailing spaces unless escaped and knows no escape for a line break or for a carriage return at a line's end: `?` stands for those.
 * https://git-scm.com/docs/gitignore#_pattern_format
 */
export function ignorePattern(path: RepoPath): string {
  const escaped = path.replace(/[\\*?[\]!#]/g, '\\$&').replace(/ +$/, (spaces) => '\\ '.repeat(spaces.length));
  return `/${escaped.replace(/[\n\r]/g, '?')}`;
}

/** Lines with what ends them. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

const bare = (line: string) => line.replace(/\r?\n$/, '');

/** `text` with those of `lines` that it lacks added at its end, in its own line ending; null when it lacks none. */
export function withLines(text: string, lines: readonly string[]): string | null {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const present = new Set(linesOf(text).map(bare));
  const missing = [...new Set(lines)].filter((line) => !present.has(line));
  if (missing.length === 0) return null;
  const start = text === '' || text.endsWith('\n') ? text : text + eol;
  return start + missing.map((line) => line + eol).join('');
}

/**
 * The same for lines that are kept sorted with `ours`, where those stand at the end: so two branches rarely touch the same place, and the
 * file does not tell in which order things were done. Whatever else is in the file keeps its place.
 */
export function withSortedLines(text: string, lines: readonly string[], ours: ReadonlySet<string>): string | null {
  const added = withLines(text, lines);
  if (added === null) return null;
  const all = linesOf(added);
  const known = new Set([...ours, ...lines]);
  const start = all.findLastIndex((line) => !known.has(bare(line))) + 1;
  return [...all.slice(0, start), ...all.slice(start).sort()].join('');
}

/** `text` without these lines; null when it has none of them. */
export function withoutLines(text: string, lines: readonly string[]): string | null {
  const unwanted = new Set(lines);
  const kept = linesOf(text).filter((line) => !unwanted.has(bare(line)));
  const result = kept.join('');
  return result === text ? null : result;
}
