import { readFileSync } from 'node:fs';

/** One name a line; `npm run hot` writes it. */
export const hotList = new URL('./hot.txt', import.meta.url);

/**
 * V8 first looks a function over and compiles it when it is called, which for what every start calls is a third more work than to compile it at
 * once. It does so with a function in parentheses. They come first in the file, so that they are there for whatever calls them, as declared
 * functions are.
 */
export function hotFunctions() {
  const names = new Set(readFileSync(hotList, 'utf8').split('\n'));
  return {
    name: 'hot-functions',
    renderChunk(code) {
      const hot = this.parse(code).body.filter(
        (node) => node.type === 'FunctionDeclaration' && names.has(node.id.name),
      );
      const text = ({ id, start, end }) => `const ${id.name}=(${code.slice(start, end)});`;
      const rest = hot.reduceRight((left, { start, end }) => left.slice(0, start) + left.slice(end), code);
      return {
        code: rest.replace(/^("use strict";)?/, `$1${hot.map(text).join('').replaceAll('$', '$$$$')}`),
        map: null,
      };
    },
  };
}
