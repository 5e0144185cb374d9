/** The package as npm would publish it, unpacked once in a run of the tests: what stories run, and what their programs import. */
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Set by `global-setup.ts`. */
const packedVariable = 'BLACKBOX_TEST_PACKAGE';

/** The unpacked package, with the dependencies of the checkout; without a global set-up the checkout itself. */
export const packageRoot = process.env[packedVariable] ?? projectRoot;

/** Nothing is built: `dist` is what this run was started with. */
export function unpackPackage(folder: string): void {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const words = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync(npm, words, { cwd: projectRoot, encoding: 'utf8', stdio: 'pipe' }));
  execFileSync('tar', ['-xzf', filename], { cwd: folder });
  const root = join(folder, 'package');
  symlinkSync(join(projectRoot, 'node_modules'), join(root, 'node_modules'), 'junction');
  process.env[packedVariable] = root;
}
