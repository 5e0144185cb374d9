import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { partOf, rarePartOf } from './parts.js';

const [stubPrefix, partPrefix] = ['\0rare:', '\0part:'];

/** The text of the module that stands for a rare one: each of its functions waits for its first call. Of its other exports its own
 * part alone can have a use: Rollup says so where that is not kept to. */
function stub(path, name, part) {
  const source = readFileSync(path, 'utf8');
  if (/^export (default|\*|\{)/m.test(source)) throw new Error(`${path}: a rare module exports by its declarations`);
  const functions = [...source.matchAll(/^export (?:async )?function\*? (\w+)/gm)].map(([, one]) => one);
  return [
    `var kept; const of = () => (kept ??= import('${partPrefix}${part}').members.${name});`,
    ...functions.map((one) => `export function ${one}(...given) { return of().${one}(...given); }`),
  ].join('\n');
}

/** Where what stands for a rare module goes, '' for wherever it is used: whoever has no part has loaded the loader, an entry what all load. */
function stubPartOf(importer, target) {
  const fallback = importer.includes('/') ? '' : 'base';
  return partOf(importer) ?? (target.startsWith('runtime/') ? 'runtime' : fallback);
}

/** See `rare` in `parts.js`. In CommonJS a part can be had without a promise, and so in functions that answer at once. */
export function rareModules(source) {
  const inside = (path) => relative(source, path).split('\\').join('/');
  const nameOf = (path) => inside(path).replace(/\.ts$/, '').replace(/\W/g, '_');
  const files = readdirSync(source, { recursive: true }).filter((name) => name.endsWith('.ts'));
  return {
    name: 'rare-modules',
    resolveId(id, importer) {
      if (id.startsWith(partPrefix)) return id;
      if (importer === undefined || !/^\.\.?\//.test(id)) return null;
      const target = join(dirname(importer), id.replace(/\.js$/, '.ts'));
      const part = rarePartOf(inside(target));
      const own = importer.startsWith(partPrefix) || part === null || rarePartOf(inside(importer)) === part;
      return own ? target : `${stubPrefix}${stubPartOf(inside(importer), inside(target))}:${target}`;
    },
    load(id) {
      if (id.startsWith(stubPrefix)) {
        const path = id.slice(id.indexOf(':', stubPrefix.length) + 1);
        return stub(path, nameOf(path), rarePartOf(inside(path)));
      }
      if (!id.startsWith(partPrefix)) return null;
      const paths = files
        .filter((name) => rarePartOf(name) === id.slice(partPrefix.length))
        .map((name) => join(source, name));
      const imports = paths.map((path) => `import * as ${nameOf(path)} from '${path}';`);
      return [...imports, `export const members = { ${paths.map(nameOf).join(', ')} };`].join('\n');
    },
    renderDynamicImport: ({ targetModuleId }) =>
      targetModuleId?.startsWith(partPrefix) ? { left: 'require(', right: ')' } : null,
    renderChunk(code) {
      if (/require\([^)]*\)\.then/.test(code)) throw new Error('a rare part has become part of another file');
      return null;
    },
  };
}

/** The part that a module of the build belongs to; null for whatever may go where it is used. */
export function partOfModule(id, source) {
  if (id.startsWith(partPrefix)) return id.slice(partPrefix.length);
  if (id.startsWith(stubPrefix)) return id.slice(stubPrefix.length, id.indexOf(':', stubPrefix.length)) || null;
  return partOf(relative(source, id).split('\\').join('/'));
}
