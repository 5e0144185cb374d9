// Time as it can be compared: whatever is measured runs in turn with its yardstick, in one run. What else goes on in a machine only ever adds to
// a time, so the fastest round says what the work costs (Chen and Revels, Robust benchmarking in noisy environments, 2016); the median stands
// beside it and says what there was of the rest.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const program = join(here, '..', 'bin', 'blackbox-ts.js');

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function has(name) {
  return spawnSync(process.platform === 'win32' ? 'where' : 'which', [name], { stdio: 'ignore' }).status === 0;
}

/** Runs to the end, throws when it fails; the result of spawnSync. Output is thrown away unless asked for. */
export function run(command, { cwd, env, input, output = false }) {
  const [file, ...rest] = command;
  const stdio = [input === undefined ? 'ignore' : 'pipe', output ? 'pipe' : 'ignore', 'pipe'];
  const child = spawnSync(file, rest, { cwd, env, input, stdio, maxBuffer: 1 << 30 });
  if (child.error) throw child.error;
  if (child.status !== 0)
    throw new Error(`${command.join(' ').slice(0, 200)} ended with ${child.status}:\n${child.stderr}`);
  return child;
}

export const ours = (...words) => [process.execPath, program, ...words];
export const bareNode = [process.execPath, '-e', '0'];

/** Milliseconds of one run. */
export function time(command, options) {
  const start = process.hrtime.bigint();
  run(command, options);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** What was written to set up is not written while something is measured, which syncs what it writes itself. */
export function settleDisk() {
  if (has('sync')) spawnSync('sync', { stdio: 'ignore' });
}

/** Of several times in ms of one and the same work. */
export const timesOf = (numbers) => ({ ms: Math.min(...numbers), middle: median(numbers) });

const rowOf =
  (unit, by) =>
  (name, budget, { ms, middle }, note = '') => ({
    name,
    value: ms / by,
    middle: middle / by,
    unit,
    budget,
    note,
  });
/** Rows of the table, of times in ms. */
export const seconds = rowOf('s', 1000);
export const inProcess = rowOf('ms in process', 1);
export const aboveBare = (name, budget, work, bare) =>
  rowOf('ms over bare node', 1)(
    name,
    budget,
    { ms: work.ms - bare.ms, middle: work.middle - bare.middle },
    `${work.ms.toFixed(0)} ms, bare node ${bare.ms.toFixed(0)} ms`,
  );

/** Several things that run in turn, `rounds` times, after one round that only warms up: for each its fastest time and the median, in ms. */
export function interleave(rounds, tasks) {
  const names = Object.keys(tasks);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const ms = tasks[name](round);
      if (round >= 0) times[name].push(ms);
    }
  }
  return Object.fromEntries(names.map((name) => [name, timesOf(times[name])]));
}

/** Runs one of our commands; its time in ms and its peak memory in MB, as the process itself tells at its end. */
export function timeWithPeak(words, { cwd, env }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-peak-'));
  try {
    const file = join(folder, 'peak');
    const noting = [process.execPath, '--require', join(here, 'peak.cjs'), program, ...words];
    const ms = time(noting, { cwd, env: { ...env, BENCH_PEAK_FILE: file } });
    return { ms, peak: Number(readFileSync(file, 'utf8')) / 1024 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How many git processes one of our commands starts, told by a `git` that stands before the real one on the PATH. POSIX only. */
export function countGit(words, { cwd, env }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-git-'));
  try {
    const log = join(folder, 'log');
    const real = spawnSync('which', ['git'], { encoding: 'utf8' }).stdout.trim();
    writeFileSync(log, '');
    writeFileSync(join(folder, 'git'), `#!/bin/sh\necho >> '${log}'\nexec '${real}' "$@"\n`, { mode: 0o755 });
    run(ours(...words), { cwd, env: { ...env, PATH: `${folder}${delimiter}${env.PATH}` } });
    return readFileSync(log).length;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The environment of one person in a bench world: nothing of the user who runs the bench. */
export function environment(home) {
  return {
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    GNUPGHOME: join(home, 'gpg'),
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    LANG: 'C.UTF-8',
    TERM: 'dumb',
  };
}
