// Builds dist/: bundled, code-split JavaScript (few files load fast) and the type declarations of the library.
// Everything is built beside dist/ and moved in at the end: a running program never meets half a build.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { rollup } from 'rollup';
import { toCommonJs } from './build/commonjs.js';
import { hotFunctions } from './build/hot.js';
import { partOfModule, rareModules } from './build/rare.js';

const target = 'node20.19';
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** TypeScript to JavaScript, file by file, and what is written without the white space. */
const transpiled = {
  name: 'transpiled',
  async transform(code, id) {
    if (!id.endsWith('.ts') || id.startsWith('\0')) return null;
    const define = { __BLACKBOX_VERSION__: JSON.stringify(version) };
    const { code: plain } = await transform(code, { loader: 'ts', target, define, sourcefile: id });
    return { code: toCommonJs(plain, id), map: null };
  },
  // Names stay as they are: whoever reports a bug sends a stack. In lines, as Node.js shows the whole one that threw what nobody caught.
  renderChunk: async (code) => ({
    code: (await transform(code, { target, minifyWhitespace: true, lineLimit: 160, legalComments: 'none' })).code,
    map: null,
  }),
};

/**
 * As CommonJS: Node needs 4 ms less to start, `require()` and `import` give the same thing, and rare parts can be had at the moment when they are
 * needed.
 */
async function bundle(outdir) {
  const source = join(root, 'src');
  const names = ['index', 'register', 'dotenv', 'vite', 'worker', 'cli', 'cat', 'hook'];
  const bundled = await rollup({
    input: Object.fromEntries(names.map((name) => [name, join(source, `${name}.ts`)])),
    external: /^[^.\0/](?!:[\\/])/,
    plugins: [rareModules(source), transpiled, hotFunctions()],
    // What a module does, it does when it is called: so a barrel costs nothing.
    treeshake: { moduleSideEffects: (id) => names.some((name) => id === join(source, `${name}.ts`)) },
    preserveEntrySignatures: 'allow-extension',
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(message);
    },
  });
  const { output } = await bundled.write({
    dir: outdir,
    format: 'cjs',
    exports: 'named',
    chunkFileNames: 'parts/[name].js',
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    manualChunks: (id) => partOfModule(id, source),
    generatedCode: { preset: 'es2015' },
  });
  writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
  const exported = output.find(({ fileName }) => fileName === 'index.js').exports.join(', ');
  writeFileSync(join(outdir, 'index.mjs'), forModules(exported));
}

/**
 * Node looks through CommonJS for names before a module may import it, which takes 2 ms, and half of one to make a module of `node:module`.
 * What bundles a program takes `index.js` itself.
 */
const forModules = (exported) => `const { createRequire } = process.getBuiltinModule('node:module');
export const { ${exported} } = createRequire(import.meta.url)('./index.js');
`;

function declare(outdir) {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', outdir], {
    cwd: root,
    stdio: 'inherit',
  });
}

function putInPlace(built, old) {
  const dist = join(root, 'dist');
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(built, dist);
}

// In node_modules: on the same file system, and out of git's, the package's and the linter's way.
const workshop = mkdtempSync(join(root, 'node_modules', '.build-'));
try {
  const built = join(workshop, 'dist');
  await bundle(built);
  declare(built);
  putInPlace(built, join(workshop, 'old'));
} finally {
  rmSync(workshop, { recursive: true, force: true });
}
