// Those neighbours that load secrets for a program, measured in the same rounds as we are, where they are on the PATH.
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { has, run, time, timesOf } from './measure.js';
import { newHome, writeFiles } from './world.js';

const values = 'PASSWORD=bench-only\nPORT=5432\n';

/** The package that a program on the PATH belongs to. */
function packageOf(program, name) {
  const path = spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim();
  const require = createRequire(realpathSync(path));
  let folder = dirname(realpathSync(path));
  while (JSON.parse(textOf(join(folder, 'package.json')) ?? '{}').name !== name) folder = dirname(folder);
  const { version } = JSON.parse(textOf(join(folder, 'package.json')));
  return { version, url: (specifier) => pathToFileURL(require.resolve(specifier)).href };
}

function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Loads as the neighbour's own documentation says; tells the time from within. */
const timed = (statements) => `
const start = performance.now();
${statements}
if (process.env.PASSWORD !== 'bench-only') throw new Error('it has not loaded');
console.log(performance.now() - start);
`;

/** One key pair for the file, which it decrypts with the key beside it. */
function dotenvx() {
  const { version, url } = packageOf('dotenvx', '@dotenvx/dotenvx');
  const world = newHome();
  const options = { cwd: world.folder, env: world.env };
  writeFiles(world.folder, { '.env': values });
  run(['dotenvx', 'encrypt'], options);
  const load = `const { default: dotenvx } = await import('${url('@dotenvx/dotenvx')}'); dotenvx.config({ quiet: true });`;
  return { name: `dotenvx ${version}`, options, run: ['dotenvx', 'run', '--quiet', '--', 'true'], load: timed(load) };
}

/** Nothing is encrypted: it reads what is to be secret from where it lies. Its loader starts its program. */
function varlock() {
  const { version, url } = packageOf('varlock', 'varlock');
  const world = newHome();
  const options = { cwd: world.folder, env: { ...world.env, VARLOCK_TELEMETRY_DISABLED: 'true' } };
  writeFiles(world.folder, { '.env.schema': `# @defaultSensitive=true\n# ---\n${values}` });
  const load = `await import('${url('varlock/auto-load')}');`;
  return { name: `varlock ${version}`, options, run: ['varlock', 'run', '--', 'true'], load: timed(load) };
}

/** Those that are installed. */
export function installedLoaders() {
  return [...(has('dotenvx') ? [dotenvx()] : []), ...(has('varlock') ? [varlock()] : [])];
}

/** For `interleave`: each of them runs a program. */
export function runTasks(loaders) {
  return Object.fromEntries(loaders.map((one) => [one.name, () => time(one.run, one.options)]));
}

/** For `interleave`: each of them loads in a process, import and all, and its own time is kept. */
export function loadTasks(loaders) {
  const inside = Object.fromEntries(loaders.map(({ name }) => [name, []]));
  const load = (one) => (round) => {
    const start = performance.now();
    const words = [process.execPath, '--input-type=module', '--eval', one.load];
    const { stdout } = run(words, { ...one.options, output: true });
    if (round >= 0) inside[one.name].push(Number(stdout.toString().trim().split('\n').at(-1)));
    return performance.now() - start;
  };
  const tasks = Object.fromEntries(loaders.map((one) => [one.name, load(one)]));
  return { tasks, inside: (name) => timesOf(inside[name]) };
}
