import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { partOf, rarePartOf } from './parts.js';

const [stubPrefix, partPrefix, lateModule] = ['\0rare:', '\0part:', '\0late'];

/** The text of the module that stands for a rare one: Rollup writes `members.name` wherever another module says `name`. */
function stub(path, name, part) {
  const source = readFileSync(path, 'utf8');
  if (/^export (default|\*|\{)/m.test(source)) throw new Error(`${path}: a rare module exports by its declarations`);
  const code = [
    `import { later } from '${lateModule}';`,
    `export const members = later(() => import('${partPrefix}${part}').members.${name});`,
  ];
  return { code: code.join('\n'), syntheticNamedExports: 'members' };
}

/** Functions of a part. What is taken of it while it is not there has it read when it is called. */
const late = `export const later = (load) => {
  let members;
  const have = () => (members ??= load());
  return new Proxy({}, { get: (_, name) => members?.[name] ?? ((...given) => have()[name](...given)) });
};`;

/** Where what stands for a rare module goes, '' for wherever it is used: whoever has no part has loaded the loader, an entry what all load. */
function stubPartOf(importer, target) {
  const fallback = importer.includes('/') ? '' : 'base';
  return partOf(importer) ?? (target.startsWith('runtime/') ? 'runtime' : fallback);
}

/** A function can wait for its first call; whatever else a rare module exports is its own part's alone. */
function checkTaken(path, specifiers) {
  const functions = readFileSync(path, 'utf8').matchAll(/^export (?:async )?function\*? (\w+)/gm);
  const known = new Set([...functions].map(([, name]) => name));
  const other = specifiers.map((one) => (one.imported ?? one.local).name).find((name) => !known.has(name));
  if (other !== undefined) throw new Error(`${path}: ${other} is no function, and its part is read when one is called`);
}

/** See `rare` in `parts.js`. In CommonJS a part can be had without a promise, and so in functions that answer at once. */
export function rareModules(source) {
  const inside = (path) => relative(source, path).split('\\').join('/');
  const nameOf = (path) => inside(path).replace(/\.ts$/, '').replace(/\W/g, '_');
  const files = readdirSync(source, { recursive: true }).filter((name) => name.endsWith('.ts'));
  const targetOf = (id, importer) => join(dirname(importer), id.replace(/\.js$/, '.ts'));
  const isOwn = (target, importer) => {
    const part = rarePartOf(inside(target));
    return part === null || importer.startsWith(partPrefix) || rarePartOf(inside(importer)) === part;
  };
  return {
    name: 'rare-modules',
    resolveId(id, importer) {
      if (id.startsWith(partPrefix) || id === lateModule) return id;
      if (importer === undefined || !/^\.\.?\//.test(id)) return null;
      const target = targetOf(id, importer);
      if (isOwn(target, importer)) return target;
      return `${stubPrefix}${stubPartOf(inside(importer), inside(target))}:${target}`;
    },
    load(id) {
      if (id === lateModule) return late;
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
    moduleParsed({ id, ast }) {
      for (const { source: from, specifiers } of ast.body.filter((node) => /^\.\.?\//.test(node.source?.value ?? ''))) {
        const target = targetOf(from.value, id);
        if (!isOwn(target, id)) checkTaken(target, specifiers);
      }
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
  if (id === lateModule) return 'base';
  if (id.startsWith(partPrefix)) return id.slice(partPrefix.length);
  if (id.startsWith(stubPrefix)) return id.slice(stubPrefix.length, id.indexOf(':', stubPrefix.length)) || null;
  return partOf(relative(source, id).split('\\').join('/'));
}
