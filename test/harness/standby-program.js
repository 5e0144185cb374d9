// The process behind standby.ts: runs commands of the packed program, one after another, each with modules of its own, in the folder and the
// environment that come with it. It ends when whoever started it does.
import { ftruncateSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { compileFunction } from 'node:vm';

const [node = '', , root = '', place = ''] = process.argv;
const require = createRequire(join(root, 'bin', 'blackbox-ts.js'));
const compiled = new Map();

function compile(path) {
  const text = readFileSync(path, 'utf8');
  const names = ['exports', 'require', 'module', '__filename', '__dirname'];
  return compileFunction(text, names, { filename: path });
}

/**
 * What a command remembers, it remembers in its modules: each command gets its own. Their code, and the packages that they need, are kept.
 * @returns what requires the program's modules as if none had been loaded before
 */
function newModules() {
  const loaded = new Map();
  const load = (path) => {
    const known = loaded.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(path, module);
    const code = compiled.get(path) ?? compile(path);
    compiled.set(path, code);
    const from = (name) => (/^\.\.?\//.test(name) ? load(join(dirname(path), name)) : require(name));
    code.call(module.exports, module.exports, from, module, path, dirname(path));
    return module.exports;
  };
  return load;
}

function enter({ cwd, env, words }) {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.argv = [node, join(root, 'bin', 'blackbox-ts.js'), ...words];
  for (const output of [1, 2]) ftruncateSync(output);
}

async function answer(request) {
  let code = 1;
  try {
    enter(request);
    code = await newModules()(join(root, 'dist', 'cli.js')).main(request.words);
  } catch (error) {
    writeFileSync(2, `${error?.stack ?? error}\n`);
  }
  const draft = join(place, 'draft');
  writeFileSync(draft, String(code));
  renameSync(draft, join(place, `answer-${request.ordinal}`));
}

const requests = new Socket({ fd: 3 });
requests.on('end', () => process.exit());
createInterface({ input: requests }).on('line', (line) => void answer(JSON.parse(line)));
