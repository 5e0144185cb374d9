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

async function bundle(outdir) {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/index.ts', 'src/cli.ts'],
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
    logLevel: 'warning',
  });
}

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
