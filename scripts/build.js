// Builds dist/: bundled, code-split JavaScript (few files load fast) and the type declarations of the library.
// Everything is built beside dist/ and moved in at the end: a running program never meets half a build.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Library and program apart: what they share would be cut into more files than either needs, and each file costs time to find. */
async function bundle(outdir) {
  const common = {
    absWorkingDir: root,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    chunkNames: 'chunks/[name]-[hash]',
    legalComments: 'none',
    define: { __BLACKBOX_VERSION__: JSON.stringify(version) },
    // Names stay as they are: whoever reports a bug sends a stack.
    minifyWhitespace: true,
    logLevel: 'warning',
  };
  await build({ ...common, entryPoints: ['src/index.ts', 'src/register.ts', 'src/dotenv.ts', 'src/vite.ts'] });
  await build({ ...common, entryPoints: ['src/worker.ts'], splitting: false });
  const program = { ...common, plugins: [builtins] };
  await build({ ...program, entryPoints: ['src/cli.ts'] });
  for (const name of ['hook', 'cat'])
    await build({ ...program, entryPoints: [`src/${name}.ts`], chunkNames: `chunks/${name}-[name]-[hash]` });
}

/**
 * An import of node:fs or node:crypto touches everything that these modules export, and so loads streams and Web Crypto: 3 ms of a program
 * that should be done in 80. Asked for by name, they load what is used.
 */
const builtins = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin', sideEffects: false }));
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => {
      const names = Object.keys(require(path)).filter((name) => /^[A-Za-z]\w*$/.test(name) && name !== 'default');
      const one = (name) => `const $${name} = /* @__PURE__ */ get('${name}'); export { $${name} as ${name} };`;
      const get = `const get = (name) => process.getBuiltinModule('${path}')[name];`;
      return { contents: [get, ...names.map(one)].join('\n') };
    });
  },
};

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
