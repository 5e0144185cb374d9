/**
 * `git add` of a registered path is refused by a clean filter, in clones that ask for it: lines in `info/attributes`, which git reads in this
 * clone only. Registered paths are never tracked, so nothing else runs the filter.
 */

export const filterName = 'blackbox-ts-refuse';
const begin = '# blackbox-ts: registered files are not added';
const end = '# end of blackbox-ts';

/** What git runs in a shell; it quotes the path itself (gitattributes(5), `%f`). No program has to be found for this. */
export const filterCommand =
  'echo blackbox-ts: refused, a registered file is committed sealed only: %f >&2; cat >/dev/null; exit 1';

/** As gitattributes(5) takes it: like a pattern of .gitignore, in C quotes where it holds what would end it. */
function attributePattern(ignorePattern: string): string {
  return /[\s"]|[^\x20-\x7e]/.test(ignorePattern)
    ? `"${ignorePattern.replace(/[\\"]/g, '\\$&').replace(/\t/g, '\\t')}"`
    : ignorePattern;
}

export const hasFilterLines = (text: string) => text.includes(begin);

export function withoutFilterLines(text: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(`${end}\n`, from);
  return from < 0 || to < 0 ? text : text.slice(0, from) + text.slice(to + end.length + 1);
}

/** @param patterns of registered paths, as in .gitignore */
export function withFilterLines(text: string, patterns: readonly string[]): string {
  const rest = withoutFilterLines(text);
  const lines = patterns.map((pattern) => `${attributePattern(pattern)} filter=${filterName}`);
  return `${rest}${rest === '' || rest.endsWith('\n') ? '' : '\n'}${[begin, ...lines, end].join('\n')}\n`;
}
