// `npm run test:examples [-- NAME…]`: each example as a stranger would have it: the packed package, installed into a repository of its own that
// has a vault, and its `npm test`. Nothing of the user's own is touched.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'examples');
const world = mkdtempSync(join(tmpdir(), 'blackbox-ts-examples-'));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

function run(cwd, file, ...words) {
  const home = join(world, 'home');
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    GIT_CONFIG_GLOBAL: join(home, 'none'),
    GIT_CONFIG_NOSYSTEM: '1',
    NEXT_TELEMETRY_DISABLED: '1',
    // Npm's own settings and cache stay the user's.
    npm_config_cache: process.env.npm_config_cache ?? join(process.env.HOME ?? home, '.npm'),
    npm_config_userconfig: process.env.npm_config_userconfig ?? join(process.env.HOME ?? home, '.npmrc'),
  };
  const done = spawnSync(file, words, { cwd, env, encoding: 'utf8' });
  if (done.status !== 0)
    throw new Error(`${[file, ...words].join(' ')} ended with ${done.status}\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

function pack() {
  const [{ filename }] = JSON.parse(run(root, npm, 'pack', '--ignore-scripts', '--json', '--pack-destination', world));
  return join(world, filename);
}

function test(name, tarball) {
  const project = join(world, name);
  cpSync(join(folder, name), project, { recursive: true });
  cpSync(join(folder, 'secrets.json'), join(project, 'secrets.json'));
  run(project, npm, 'install', '--prefer-offline', '--no-audit', '--no-fund', '--save', tarball);
  const blackbox = join(project, 'node_modules', '.bin', 'blackbox-ts');
  run(project, 'git', 'init', '--quiet');
  run(project, blackbox, 'init', '--name', 'example');
  run(project, blackbox, 'register', 'secrets.json');
  if (existsSync(join(project, 'secrets.json'))) throw new Error('the plaintext is still there');
  run(project, npm, 'test');
  console.log(`${name}: fine`);
}

const asked = process.argv.slice(2);
const all = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
try {
  mkdirSync(join(world, 'home'));
  const tarball = pack();
  for (const name of asked.length > 0 ? asked : all) test(name, tarball);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(world, { recursive: true, force: true });
}
