// The guard: a commit, 10,000 staged files, a history of 10,000 blobs, and the pathological megabyte. The files are real: what lies in
// node_modules, cut into pieces of the size that source files have.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { aboveBare, bareNode, interleave, ours, program, run, seconds, time, timeWithPeak } from './measure.js';
import { newVault, writeFiles } from './world.js';

const secrets = { 'secrets.json': '{ "db": { "password": "bench-only-Xq7" }, "port": 5432 }\n' };
const modules = join(program, '..', '..', 'node_modules');

/** `count` pieces of public source code, 3.3 KB each, cut at line ends where there are any. */
function sourceFiles(count) {
  const sources = readdirSync(modules, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(?:[cm]?[jt]s|json|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes(`node_modules${sep}.`));
  const pieces = {};
  let made = 0;
  for (const path of sources) {
    const text = readFileSync(path, 'utf8');
    for (let at = 0; at < text.length && made < count; ) {
      const end = text.indexOf('\n', at + 3300);
      const next = end < 0 || end > at + 6000 ? at + 3300 : end + 1;
      pieces[`src/${Math.floor(made / 100)}/piece${made++}.ts`] = text.slice(at, next);
      at = next;
    }
  }
  return pieces;
}

/** What is found in the corpus is not what is measured. */
function timeAny(words, options) {
  const start = process.hrtime.bigint();
  try {
    run(ours(...words), options);
  } catch (error) {
    if (!/ended with 3/.test(error.message)) throw error;
  }
  return Number(process.hrtime.bigint() - start) / 1e6;
}

async function commitRow(rounds) {
  const vault = await newVault({ files: secrets, people: 20 });
  const few = Object.entries(sourceFiles(5));
  writeFiles(vault.repository, Object.fromEntries(few));
  run(['git', 'add', '-f', 'src'], vault.options);
  const ms = interleave(rounds, {
    bare: () => time(bareNode, vault.options),
    hook: () => timeAny(['guard', '--hook', 'pre-commit'], vault.options),
  });
  return aboveBare('guard, 5 staged files', 60, ms.hook, ms.bare);
}

/** Allows what is found, so that the process ends with 0 and its memory can be asked for. */
function withoutFindings(files, vault) {
  writeFiles(vault.repository, files);
  run(['git', 'add', '-f', 'src'], vault.options);
  const report = join(vault.folder, 'report');
  const child = ['sh', '-c', '"$@" > "$0" || true', report, ...ours('guard', '--json')];
  run(child, vault.options);
  const { findings } = JSON.parse(readFileSync(report, 'utf8'));
  for (const { path } of findings) writeFileSync(join(vault.repository, path), 'nothing\n');
  if (findings.length > 0) run(['git', 'add', '-f', 'src'], vault.options);
}

async function largeRows(quick, rounds) {
  const count = quick ? 1000 : 10_000;
  const vault = await newVault({ files: secrets });
  const files = sourceFiles(count);
  const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  withoutFindings(files, vault);
  const few = Math.min(rounds, 5);
  const staged = interleave(few, {
    git: () => time(['git', 'diff-index', '--cached', '--raw', 'HEAD'], vault.options),
    guard: () => time(ours('guard'), vault.options),
  });
  const { peak } = timeWithPeak(['guard'], vault.options);
  run(['git', 'commit', '--quiet', '--no-verify', '-m', 'files'], vault.options);
  const history = interleave(few, { guard: () => time(ours('guard', '--history'), vault.options) });
  const note = `${(bytes / 1e6).toFixed(0)} MB`;
  const name = `guard, ${Object.keys(files).length}`;
  return [
    seconds(`${name} staged files`, quick ? null : 2, staged.guard, note),
    { name: `${name} staged files, memory`, value: peak, unit: 'MB', budget: 100, note: '' },
    seconds(`${name} blobs of history`, quick ? null : 3, history.guard, note),
  ];
}

/** One megabyte each of what makes expressions slow. */
async function slowRow(rounds) {
  const vault = await newVault({ files: secrets });
  const size = 1 << 20;
  const texts = {
    curl: 'curl '.repeat(size / 5),
    base64: Buffer.alloc((size / 4) * 3, 'q8Zt\x01LmX2\xfe').toString('base64'),
    brackets: '{['.repeat(size / 4) + ']}'.repeat(size / 4),
    password: `password${' '.repeat(size)}`,
  };
  let worst = { ms: 0, middle: 0, name: '' };
  for (const [name, text] of Object.entries(texts)) {
    const file = join(vault.folder, `${name}.txt`);
    writeFileSync(file, text);
    const { ms } = interleave(Math.min(rounds, 3), { ms: () => timeAny(['guard', file], vault.options) });
    if (ms.ms > worst.ms) worst = { ...ms, name };
  }
  return seconds('guard, a megabyte made to be slow', 1, worst, worst.name);
}

export async function guardCase({ quick, rounds }) {
  return [await commitRow(rounds), ...(await largeRows(quick, rounds)), await slowRow(rounds)];
}
