// What is measured, each against its budget in ratios or differences that hold on any machine.
import { randomBytes } from 'node:crypto';
import { cpSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { guardCase } from './guard.js';
import { installedLoaders, loadTasks, runTasks } from './loaders.js';
import {
  aboveBare,
  bareNode,
  countGit,
  inProcess,
  interleave,
  ours,
  program,
  run,
  seconds,
  settleDisk,
  time,
  timesOf,
  timeWithPeak,
} from './measure.js';
import { newHome, newPublicKey, newVault, smallFiles } from './world.js';

// As programs get it, by import and by require().
const library = import.meta.resolve('blackbox-ts');
const required = createRequire(import.meta.url).resolve('blackbox-ts');
const secrets = { 'secrets.json': '{ "db": { "password": "bench-only" }, "port": 5432 }\n' };

const speed = (name, budget, bytes, ms) => ({
  name,
  value: bytes / 1e6 / (ms / 1000),
  unit: 'MB/s',
  budget,
  atLeast: true,
  note: `${ms.toFixed(0)} ms`,
});

async function catCase({ rounds }) {
  const vault = await newVault({ files: secrets, people: 20, ssh: true });
  const cat = ours('cat', 'secrets.json');
  const ms = interleave(rounds, {
    bare: () => time(bareNode, vault.options),
    age: () => time(cat, vault.options),
    ssh: () => time(cat, vault.sshOptions),
  });
  return [
    aboveBare('cat, age identity, 20 recipients', 25, ms.age, ms.bare),
    aboveBare('cat, SSH identity, 20 recipients', 25, ms.ssh, ms.bare),
  ];
}

// Measured from the inside: what an application waits for. The import is told apart, as an application pays it once for all of its modules.
const loading = `
const start = performance.now();
const { loadSecretsSync } = await import(${JSON.stringify(library)});
const imported = performance.now();
loadSecretsSync();
const loaded = performance.now();
const warm = [];
for (let i = 0; i < 20; i++) {
  const before = performance.now();
  loadSecretsSync();
  warm.push(performance.now() - before);
}
console.log(JSON.stringify({ import: imported - start, load: loaded - imported, warm: warm.sort((a, b) => a - b)[10] }));
`;

const asModule = (code) => [process.execPath, '--input-type=module', '--eval', code];
const programs = {
  // Node takes a while to start its loader of modules: a program that is one has paid for it, whatever it imports.
  bareModule: ['empty.mjs', ''],
  imported: ['imported.mjs', `import { loadSecretsSync } from ${JSON.stringify(library)}; loadSecretsSync();`],
  required: ['required.cjs', `require(${JSON.stringify(required)}).loadSecretsSync();`],
};

/** Each program as a file in the work tree, run as it stands. */
function programTasks({ repository, options }) {
  const task = ([name, code]) => {
    writeFileSync(join(repository, name), code);
    return () => time([process.execPath, name], options);
  };
  return Object.fromEntries(Object.entries(programs).map(([name, one]) => [name, task(one)]));
}

const loaderRows = (name, inside, ms, bare) => [
  inProcess(`${name}, import and all`, null, inside),
  aboveBare(`${name}, as a whole process`, null, ms, bare),
];

/** What programs have told of their own loading. */
function insideRows(inside) {
  const of = (part) => timesOf(inside.map((one) => one[part]));
  return [
    inProcess(
      'loadSecretsSync(), cold, 20 recipients',
      10,
      of('load'),
      `import before it ${of('import').ms.toFixed(1)} ms`,
    ),
    inProcess('loadSecretsSync(), again, in the same process', 1, of('warm'), 'of each process the median of 20'),
  ];
}

/** What was written a moment ago is read again and again: file systems count time in steps. A program finds files that are older. */
const untouchedFor = 3_000;

async function loadCase({ rounds }) {
  const vault = await newVault({ files: secrets, people: 20 });
  await new Promise((resolve) => setTimeout(resolve, untouchedFor));
  const inside = [];
  const others = installedLoaders();
  const theirs = loadTasks(others);
  const ms = interleave(rounds, {
    ...theirs.tasks,
    bare: () => time(bareNode, vault.options),
    ...programTasks(vault),
    load: (round) => {
      const start = performance.now();
      const child = run(asModule(loading), { ...vault.options, output: true });
      if (round >= 0) inside.push(JSON.parse(child.stdout.toString()));
      return performance.now() - start;
    },
  });
  return [
    ...insideRows(inside),
    aboveBare('the same, cold, as a whole process, by require()', 25, ms.required, ms.bare),
    {
      ...aboveBare('the same, by import', 25, ms.imported, ms.bareModule),
      unit: 'ms over an empty module',
    },
    ...others.flatMap(({ name }) => loaderRows(name, theirs.inside(name), ms[name], ms.bare)),
  ];
}

async function runCase({ rounds }) {
  const vault = await newVault({ files: secrets, people: 20 });
  const others = installedLoaders();
  const ms = interleave(rounds, {
    ...runTasks(others),
    bare: () => time(bareNode, vault.options),
    run: () => time(ours('run', '--', 'true'), vault.options),
    redact: () => time(ours('run', '--redact', '--', 'true'), vault.options),
  });
  return [
    aboveBare('run -- true, 20 recipients', 35, ms.run, ms.bare),
    aboveBare('run --redact -- true', null, ms.redact, ms.bare),
    ...others.map(({ name, run: words }) => aboveBare([name, ...words.slice(1)].join(' '), null, ms[name], ms.bare)),
  ];
}

async function hookCase({ rounds }) {
  const vault = await newVault({ files: secrets, people: 20 });
  for (let i = 0; i < 10; i++)
    writeFileSync(join(vault.repository, `module${i}.ts`), `export const answer${i} = ${i};\n`.repeat(100));
  run(['git', 'add', '--', ...Array.from({ length: 10 }, (_, i) => `module${i}.ts`)], vault.options);
  const ms = interleave(rounds, {
    bare: () => time(bareNode, vault.options),
    hook: () => time(['git', 'hook', 'run', 'pre-commit'], vault.options),
  });
  return [aboveBare('pre-commit hook, 10 ordinary staged files', 60, ms.hook, ms.bare)];
}

/**
 * A vault as a team has it. Registering has just removed a thousand files, and where so many have gone a moment ago ext4 makes new ones slowly:
 * that is what setting up costs, not what letting somebody in does.
 */
function copied({ repository, options }, name) {
  const cwd = join(repository, '..', name);
  cpSync(repository, cwd, { recursive: true, preserveTimestamps: true });
  run(['git', 'status'], { ...options, cwd });
  settleDisk();
  return { ...options, cwd };
}

async function peopleCase({ quick }) {
  const count = quick ? 100 : 1000;
  const vault = await newVault({ files: smallFiles(count), people: 20 });
  const key = await newPublicKey(vault, 'newcomer');
  const vaults = [];
  const ms = interleave(quick ? 1 : 7, {
    bare: () => time(bareNode, vault.options),
    add: (round) => {
      vaults.push(copied(vault, `copy-${round}`));
      return time(ours('admin', 'add', key), vaults.at(-1));
    },
    remove: () => {
      settleDisk();
      return time(ours('admin', 'remove', 'newcomer'), vaults.at(-1));
    },
  });
  const note = `bare node ${ms.bare.ms.toFixed(0)} ms`;
  return [
    seconds(`admin add, ${count} files, 20 recipients`, quick ? null : 1, ms.add, note),
    seconds(`admin remove, ${count} files, 20 recipients`, quick ? null : 3, ms.remove, note),
  ];
}

async function statusCase({ quick, rounds }) {
  const count = quick ? 1000 : 10_000;
  const vault = await newVault({ files: smallFiles(count) });
  const ms = interleave(Math.min(rounds, 5), { status: () => time(ours('status'), vault.options) });
  const processes = { value: countGit(['status'], vault.options), unit: 'processes', budget: 4, note: '' };
  return [
    seconds(`status, ${count} registered files`, quick ? null : 1, ms.status),
    { name: `status, ${count} registered files, git`, ...processes },
  ];
}

const inMemory = (bytes) => `
const { encrypt, decrypt } = await import(${JSON.stringify(library)});
const { generateX25519Identity, identityToRecipient } = await import(${JSON.stringify(import.meta.resolve('age-encryption'))});
const identity = await generateX25519Identity();
const recipient = await identityToRecipient(identity);
const content = new Uint8Array(${bytes}).fill(7);
const start = performance.now();
const sealed = await encrypt(content, [recipient]);
const between = performance.now();
await decrypt(sealed, [identity]);
console.log(JSON.stringify({ seal: between - start, open: performance.now() - between }));
`;

async function largeCase({ quick }) {
  const bytes = (quick ? 20 : 100) * 1e6;
  const name = `${bytes / 1e6} MB`;
  // First, while the disk is not busy with what a vault of such files has written.
  const { home, env } = newHome();
  const child = run(asModule(inMemory(bytes)), { cwd: home, env, output: true });
  const library_ = JSON.parse(child.stdout.toString());
  const vault = await newVault({ files: { 'large.bin': randomBytes(bytes) } });
  const small = timeWithPeak(['--version'], vault.options);
  const cat = timeWithPeak(['cat', 'large.bin'], vault.options);
  run(ours('decrypt', 'large.bin'), vault.options);
  writeFileSync(join(vault.repository, 'large.bin'), randomBytes(bytes));
  const seal = timeWithPeak(['encrypt', 'large.bin'], vault.options);
  const git = time(['git', 'hash-object', '-w', '--no-filters', 'large.bin.age'], vault.options);
  const memory = (what, { peak }) => ({
    name: `${name}, ${what}, memory`,
    value: peak - small.peak,
    unit: 'MB over --version',
    budget: 64,
    note: `peak ${peak.toFixed(0)} MB`,
  });
  return [
    speed(`${name}, sealed, library`, 300, bytes, library_.seal),
    speed(`${name}, opened, library`, 300, bytes, library_.open),
    speed(`${name}, cat, whole process`, null, bytes, cat.ms),
    {
      ...seconds(`${name}, encrypt, whole process`, null, timesOf([seal.ms])),
      note: `git's own hashing and packing: ${(git / 1000).toFixed(1)} s`,
    },
    memory('cat', cat),
    memory('encrypt', seal),
  ];
}

function folderSize(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

async function startCase({ rounds }) {
  const vault = await newVault({ files: secrets });
  const ms = interleave(rounds, {
    bare: () => time(bareNode, vault.options),
    version: () => time(ours('--version'), vault.options),
  });
  const size = folderSize(join(program, '..', '..', 'dist')) / 1024;
  return [{ ...aboveBare('--version', null, ms.version, ms.bare), note: `dist/ ${size.toFixed(0)} KB` }];
}

/** In the order of the table; each takes `{ rounds, quick }` and gives rows. */
export const cases = [startCase, catCase, loadCase, runCase, hookCase, guardCase, peopleCase, statusCase, largeCase];
