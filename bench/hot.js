// Writes the list of functions that ordinary starts call, which the build has compiled at once. Run it after larger changes of the code.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hotList } from '../scripts/build/hot.js';
import { program, run } from './measure.js';
import { newVault, removeWorlds } from './world.js';

const library = join(program, '..', '..', 'dist', 'index.js');

const starts = [
  [program, 'cat', 'secrets.json'],
  [program, 'run', '--', process.execPath, '-e', '0'],
  [program, 'guard', '--hook', 'pre-commit'],
  ['-e', `require(${JSON.stringify(library)}).loadSecretsSync()`],
];

/** Of the functions of this program, those that were called. */
function called(folder) {
  const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  const scripts = reports.flatMap(({ result }) => result).filter(({ url }) => /\/dist\/.*\.js$/.test(url));
  const functions = scripts.flatMap((script) => script.functions);
  return functions.filter(({ ranges }) => ranges[0].count > 0).map(({ functionName }) => functionName);
}

const folder = mkdtempSync(join(tmpdir(), 'bench-hot-'));
try {
  const { options, repository } = await newVault({
    files: { 'secrets.json': '{ "db": { "password": "bench" } }\n' },
    people: 3,
  });
  writeFileSync(join(repository, 'readme.md'), 'Nothing to see here.\n');
  run(['git', 'add', 'readme.md'], options);
  for (const start of starts)
    run([process.execPath, ...start], { ...options, env: { ...options.env, NODE_V8_COVERAGE: folder } });
  const names = [...new Set(called(folder))].filter((name) => /^[\w$]+$/.test(name)).sort();
  writeFileSync(hotList, `${names.join('\n')}\n`);
  console.log(`${names.length} functions`);
} finally {
  rmSync(folder, { recursive: true, force: true });
  removeWorlds();
}
