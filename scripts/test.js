// `npm test [-- vitest arguments]`: builds what is out of date, runs the tests, and says as its last line how many passed, failed and
// were skipped. A run in which no test ran is a failure: a suite that silently tests nothing must not look healthy.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The newest change of a file or of anything below a folder, in ms; 0 when it is absent. */
function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function buildWhenStale() {
  const built = newest(join(root, 'dist', 'cli.js'));
  const sources = ['src', 'scripts/build', 'scripts/build.js', 'tsconfig.build.json', 'package.json'].map((name) =>
    join(root, name),
  );
  if (built > 0 && sources.every((source) => newest(source) < built)) return 0;
  return spawnSync(process.execPath, ['scripts/build.js'], { cwd: root, stdio: 'inherit' }).status ?? 1;
}

function runVitest(arguments_, report) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return (
    spawnSync(process.execPath, [vitest, 'run', ...reporters, ...arguments_], { cwd: root, stdio: 'inherit' }).status ??
    1
  );
}

function readReport(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { testResults: [] };
  }
}

/** Counts, and the names of what was skipped. A file that failed before its first test is one failure. */
function summarize({ testResults }) {
  const tests = testResults.flatMap((file) => file.assertionResults);
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const failed = tests.filter((test) => test.status === 'failed');
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed');
  return {
    passed: tests.length - failed.length - skipped.length,
    failed: failed.length + broken.length,
    skipped: skipped.map((test) => test.fullName),
  };
}

function test(arguments_) {
  const buildStatus = buildWhenStale();
  if (buildStatus !== 0) return { status: buildStatus, passed: 0, failed: 0, skipped: [] };
  const folder = mkdtempSync(join(tmpdir(), 'blackbox-ts-test-'));
  try {
    const report = join(folder, 'report.json');
    const status = runVitest(arguments_, report);
    return { status, ...summarize(readReport(report)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { status, passed, failed, skipped } = test(process.argv.slice(2));
for (const name of skipped) console.log(`skipped: ${name}`);
if (passed + failed === 0) console.error('no test ran');
process.exitCode = status !== 0 ? status : failed > 0 || passed === 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
