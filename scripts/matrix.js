// `npm run test:matrix [-- --fast]`: the whole suite under every Node.js line we promise, whatever `node` is installed here.
// The npm packages `node@22` and `node@24` ship the binaries; --fast leaves the interop tests out.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const lines = ['22', '24'];
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

function install(folder, what) {
  // Without install scripts: `node`'s own would only install the second package that fetchNode asks for by name.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--prefer-offline', '--loglevel=error'];
  execFileSync(npm, ['install', ...options, what], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}

function readPackage(folder, name) {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
}

/** Installs a Node.js line into `folder`; the path of its binary. */
function fetchNode(folder, line) {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  install(folder, `node@${line}`);
  const { version } = readPackage(folder, 'node');
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const prefix = platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const binary = `${prefix}-${platform}-${process.arch}`;
  install(folder, `${binary}@${version}`);
  return join(folder, 'node_modules', binary, readPackage(folder, binary).bin.node);
}

function runSuite(node, arguments_) {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  return spawnSync(node, ['scripts/test.js', ...arguments_], { cwd: root, env, stdio: 'inherit' }).status ?? 1;
}

function runLine(line, arguments_) {
  const folder = mkdtempSync(join(tmpdir(), `blackbox-ts-node${line}-`));
  try {
    const node = fetchNode(folder, line);
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    console.log(`\n== node ${version}`);
    return { version, status: runSuite(node, arguments_) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const given = process.argv.slice(2);
const arguments_ = given.flatMap((argument) => (argument === '--fast' ? ['--exclude', 'test/interop/**'] : [argument]));
const results = lines.map((line) => runLine(line, arguments_));
for (const { version, status } of results) console.log(`node ${version}: ${status === 0 ? 'passed' : 'FAILED'}`);
process.exitCode = results.every(({ status }) => status === 0) ? 0 : 1;
