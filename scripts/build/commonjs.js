/** Packages that are CommonJS, too: node's loader of modules, which nothing else here needs, takes as long as they do. */
const packages = /\bimport\("(openpgp|re2js|simple-git|smol-toml|yaml)"\)/g;
const imports = /^import \{ ([^}]+) \} from "(node:\w+)";$/gm;

/**
 * An import of node:fs or node:crypto touches everything that these modules export, and so loads streams and Web Crypto: 3 ms of a program
 * that should be done in 50. Asked for by name, they load what is used.
 * @param {string} code of one module, as esbuild writes it
 */
export function toCommonJs(code, id) {
  const one = (_, names, module) =>
    module === 'node:module'
      ? ''
      : `const { ${names.replaceAll(' as ', ': ')} } = /* @__PURE__ */ process.getBuiltinModule('${module}');`;
  const plain = code
    .replace(imports, one)
    // In CommonJS there is a `require` already; making another one loads the loader of modules.
    .replace(/^const require = createRequire\(import\.meta\.url\);$/m, '')
    .replaceAll('createRequire(import.meta.url)', 'require')
    .replaceAll('import.meta.url', "require('node:url').pathToFileURL(__filename)")
    .replace(packages, "Promise.resolve().then(() => require('$1'))")
    .replace(/\bimport\("(node:\w+)"\)/g, "Promise.resolve(process.getBuiltinModule('$1'))");
  if (/^import .*"node:|createRequire/m.test(plain)) throw new Error(`${id}: modules of Node are imported by name`);
  return plain;
}
