/** `status`: every kind of trouble has its sentence, and the command that it names mends it. */
import { rmSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scriptEditor } from '../harness/editor.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

interface Row {
  readonly path: string;
  readonly condition: string;
  readonly lacking: string[];
  readonly surplus: { tag: string; name: string }[];
  readonly tracked: boolean;
  readonly ignored: boolean;
  readonly problems: { kind: string; sentence: string; mend: string }[];
}

/** What is said of each file; the story of an empty vault starts it. */
function rows(person: Person, cwd = person.clone): Row[] {
  return JSON.parse(person.lead('blackbox-ts status --json', { cwd }).stdout);
}

const problem = (person: Person) => rows(person).flatMap((row) => row.problems)[0];

/** Types the command in a shell, as a person would. */
function mend(person: Person, command: string, cwd = person.clone): void {
  const env = { PATH: `${join(person.clone, 'node_modules/.bin')}${delimiter}${person.env.PATH}` };
  person.run(['sh', '-c', command], { cwd, env, shows: true });
}

function withFile(team: Team): Person {
  const alice = found(team);
  register(alice, { "it's in here/a file.env": 'A=1\n' });
  return alice;
}

const path = "it's in here/a file.env";

const troubles: Record<string, (person: Person) => void> = {
  changed: (person) => {
    person.lead(['blackbox-ts', 'decrypt', path]);
    person.write(path, 'A=2\n');
  },
  conflict: (person) => person.write(path, 'A=1\n'),
  outdated: (person) => {
    person.lead(['blackbox-ts', 'decrypt', path]);
    const old = person.bytes(`${path}.age`);
    person.write(path, 'A=2\n');
    person.lead(['blackbox-ts', 'encrypt', path]);
    const newer = person.bytes(`${path}.age`);
    person.write(`${path}.age`, old);
    person.lead(['blackbox-ts', 'decrypt', '--force', path]);
    person.write(`${path}.age`, newer);
  },
  unsealed: (person) => {
    person.lead(['blackbox-ts', 'decrypt', path]);
    rmSync(join(person.clone, `${path}.age`));
  },
  missing: (person) => rmSync(join(person.clone, `${path}.age`)),
  damaged: (person) => person.write(`${path}.age`, 'A=1\n'),
  lacking: (person) => {
    const other = 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg';
    const before = person.bytes(`${path}.age`);
    person.lead(['blackbox-ts', 'admin', 'add', '--name', 'carol', '--role', 'reader', other]);
    person.write(`${path}.age`, before);
  },
  tracked: (person) => {
    person.lead(['blackbox-ts', 'decrypt', path]);
    person.run(['git', 'add', '--force', path]);
  },
  unignored: (person) => person.write('.gitignore', '# nothing\n'),
  unfinished: (person) => {
    const { env } = scriptEditor(person, { write: 'A=2\n', exit: 1 });
    person.run(['blackbox-ts', 'edit', path], { env, code: 1 });
  },
};

describe.each(Object.entries(troubles))('%s', (kind, make) => {
  it('is told, and the command that is named mends it', () => {
    using team = newTeam();
    const alice = withFile(team);
    expect(problem(alice)).toBeUndefined();
    make(alice);
    const told = rows(alice)
      .flatMap((row) => row.problems)
      .find((p) => p.kind === kind);
    expect(told).toBeDefined();
    const checked = alice.run('blackbox-ts status --check', { code: kind === 'unfinished' ? 0 : 3 });
    expect(checked.stderr).toContain(`warning: ${told?.sentence}`);
    expect(checked.stderr).toContain(`  ${told?.mend}`);
    // Typed from another folder, with paths as they are from there.
    const cwd = join(alice.clone, '.blackbox');
    const typed =
      rows(alice, cwd)
        .flatMap((row) => row.problems)
        .find((p) => p.kind === kind)?.mend ?? '';
    if (kind === 'unfinished') alice.env.EDITOR = 'true';
    mend(alice, typed, cwd);
    expect(rows(alice).flatMap((row) => row.problems.map((p) => p.kind))).not.toContain(kind);
  });
});

it('a local file that is not ignored, or that git tracks, is told, and the command that is named mends it', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'app/secrets.json': '{}' });
  const value = team.secret();
  alice.write('app/secrets.local.json', `{"a":"${value}"}`);
  alice.lead('blackbox-ts status --check');
  alice.write('app/secrets.local.yaml', `a: ${value}`);
  const cwd = join(alice.clone, 'app');
  const mending = () => {
    const { stderr } = alice.run('blackbox-ts status --check', { cwd, code: 3 });
    expect(stderr).toContain('1 file of 2 not in order');
    return /warning: app\/secrets\.local\.yaml is for this machine alone, .*\n {2}(.*)\n/.exec(stderr)?.[1] ?? '';
  };
  expect(mending()).toBe('echo /app/secrets.local.yaml >> ../.gitignore');
  const doctor = alice.lead('blackbox-ts doctor', { code: null }).stdout;
  expect(doctor).toMatch(/warn {2}local files +git does not ignore app\/secrets\.local\.yaml/);
  mend(alice, mending(), cwd);
  alice.lead('blackbox-ts status --check');
  alice.run('git add --force app/secrets.local.yaml');
  expect(mending()).toBe('git rm --cached -- secrets.local.yaml');
  mend(alice, mending(), cwd);
  alice.lead('blackbox-ts status --check');
});

it('readers that nobody entitles are named where the roster knows them', () => {
  using team = newTeam();
  const alice = withFile(team);
  letIn(team, alice, 'bob');
  const before = alice.bytes(`${path}.age`);
  alice.lead('blackbox-ts admin remove bob');
  alice.write(`${path}.age`, before);
  const [row] = rows(alice);
  expect(row?.surplus).toEqual([
    { tag: expect.stringMatching(/^[0-9a-f]{32}$/), name: expect.stringMatching(/^an unknown key/) },
  ]);
  expect(row?.problems.map((p) => p.kind)).toEqual(['surplus']);
  mend(alice, row?.problems[0]?.mend ?? '');
  expect(rows(alice)[0]?.surplus).toEqual([]);
});

it('one path that is blocked does not hide the others', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { a: 'one', b: 'two' });
  symlinkSync('b', join(alice.clone, 'a'));
  expect(rows(alice).map((row) => [row.path, row.condition])).toEqual([
    ['a', 'blocked'],
    ['b', 'sealed'],
  ]);
});

it('a line that is taken back is told apart from one that is missing', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'dir/a.env': 'A=1' });
  alice.lead('blackbox-ts decrypt dir/a.env');
  alice.write('dir/.gitignore', '!*.env\n');
  expect(problem(alice)).toMatchObject({ kind: 'taken-back', mend: expect.stringContaining('git check-ignore') });
  mend(alice, problem(alice)?.mend ?? '');
});

it('many files with the same trouble do not flood the terminal', () => {
  using team = newTeam();
  const alice = found(team);
  const names = Array.from({ length: 30 }, (_, i) => `file${i}`);
  register(alice, Object.fromEntries(names.map((name) => [name, 'x'])));
  for (const name of names) rmSync(join(alice.clone, `${name}.age`));
  const { stdout, stderr } = alice.run('blackbox-ts status --check', { code: 3 });
  expect(stdout.trimEnd().split('\n')).toHaveLength(31);
  expect(stderr.match(/is not there/g)).toHaveLength(10);
  expect(stderr).toMatch(/20 more/);
  expect(stderr).toMatch(/30 files of 30 not in order/);
});

it('an empty vault says how to begin', () => {
  using team = newTeam();
  const alice = found(team);
  const { stdout, stderr } = alice.run('blackbox-ts status --check');
  expect([stdout, stderr]).toEqual(['', expect.stringContaining('blackbox-ts register')]);
  expect(JSON.parse(alice.run('blackbox-ts status --json').stdout)).toEqual([]);
});

it('asks git few questions, and writes nothing but what it has learned of the history', () => {
  using team = newTeam();
  const alice = found(team);
  const names = Array.from({ length: 300 }, (_, i) => `d${i % 10}/file${i}`);
  register(alice, Object.fromEntries(names.map((name) => [name, 'x'])));
  alice.lead('blackbox-ts decrypt --all');
  // A git that counts how often it is started.
  alice.write('../tools/git', `#!/bin/sh\necho run >> "${alice.home}/runs"\nPATH="\${PATH#*:}" exec git "$@"\n`);
  alice.run(['chmod', '755', join(alice.clone, '../tools/git')]);
  const before = team.snapshot();
  const env = { PATH: `${join(alice.clone, '../tools')}${delimiter}${alice.env.PATH}` };
  alice.run('blackbox-ts status --check', { env });
  const runs = alice
    .run(['cat', `${alice.home}/runs`])
    .stdout.trim()
    .split('\n');
  expect(runs.length).toBeLessThanOrEqual(4);
  rmSync(`${alice.home}/runs`);
  const past = Object.keys(before).find((path) => path.endsWith('/past.json')) ?? '';
  expect({ ...team.snapshot(), [past]: before[past] }).toEqual(before);
  alice.run('blackbox-ts status --check', { env });
  const again = alice.run(['cat', `${alice.home}/runs`]).stdout.trim();
  expect(again.split('\n').length).toBeLessThan(runs.length);
});
