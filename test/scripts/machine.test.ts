/** For other programs: JSON on stdout, words on stderr, exit codes that mean something, dry runs that write nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectWords } from '../harness/refusal.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const commands = [
  'init',
  'keygen',
  'setup',
  'doctor',
  'demo',
  'register',
  'deregister',
  'list',
  'edit',
  'cat',
  'decrypt',
  'encrypt',
  'shred',
  'status',
  'reencrypt',
  'admin add',
  'admin remove',
  'admin list',
  'who',
  'hook install',
  'hook uninstall',
  'guard',
];

let team: Team;
let alice: Person;
beforeAll(() => {
  team = newTeam();
  alice = found(team);
  register(alice, { 'a.txt': 'content\n', 'config/b.json': '{"b":1}\n' });
  letIn(team, alice, 'bob');
  alice.write('new.txt', 'new\n');
  alice.write('carol.pub', 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg\n');
  alice.run('blackbox-ts decrypt a.txt');
});
afterAll(() => team[Symbol.dispose]());

describe('--json', () => {
  it.each(['list', 'status', 'who', 'admin list', 'guard', 'doctor'])(
    '%s prints one JSON document and nothing else',
    (command) => {
      const { stdout, code } = alice.run(`blackbox-ts ${command} --json`, { code: null });
      expect([0, 3]).toContain(code);
      const document: unknown = JSON.parse(stdout);
      expect(typeof document).toBe('object');
      expect(stdout.endsWith('\n')).toBe(true);
    },
  );

  it('names files and people in it', () => {
    for (const command of ['list', 'status', 'who'])
      expect(alice.run(`blackbox-ts ${command} --json`, { code: null }).stdout).toContain('"config/b.json"');
    for (const command of ['who', 'admin list'])
      expect(alice.run(`blackbox-ts ${command} --json`).stdout).toContain('"bob"');
  });
});

describe('--dry-run', () => {
  const lines = [
    'register new.txt',
    'register --keep new.txt',
    'deregister a.txt',
    'decrypt --all',
    'encrypt',
    'shred a.txt',
    'reencrypt',
    'admin add carol.pub',
    'admin remove bob',
    'hook uninstall',
    'hook install',
    'setup',
  ];
  it.each(lines)('%s writes nothing', (line) => {
    const before = team.snapshot();
    alice.run(`blackbox-ts ${line} --dry-run`);
    const ours = /\/\.git\/blackbox-ts\/(lock|key)$/;
    const without = (files: Record<string, string>) =>
      Object.fromEntries(Object.entries(files).filter(([path]) => !ours.test(path)));
    expect(without(team.snapshot())).toEqual(without(before));
  });

  it('says what would be done', () => {
    const said = (line: string) => {
      const { stdout, stderr } = alice.run(`blackbox-ts ${line} --dry-run`);
      return stdout + stderr;
    };
    expect(said('register new.txt')).toContain('new.txt');
    expect(said('admin add carol.pub')).toContain('carol');
    const removal = said('admin remove bob');
    for (const word of ['bob', 'a.txt', 'b.json']) expect(removal).toContain(word);
  });

  it('init and keygen, in a fresh home', () => {
    using other = newTeam();
    const carol = other.person('carol');
    for (const line of ['init', 'keygen']) {
      const before = other.snapshot();
      carol.run(`blackbox-ts ${line} --dry-run`);
      expect(other.snapshot(), line).toEqual(before);
    }
  });
});

describe('exit codes', () => {
  const lines: Record<string, number> = {
    list: 0,
    '--version': 0,
    '--help': 0,
    'cat missing.txt': 1,
    'no-such-command': 2,
    'list --no-such-option': 2,
    admin: 2,
    'admin no-such-verb': 2,
    cat: 2,
    register: 2,
    'admin add': 2,
    'admin list too many words': 2,
  };
  it.each(Object.entries(lines))('%s ends with %d', (line, code) => {
    const result = alice.run(`blackbox-ts ${line}`, { code });
    if (code !== 0) expect(result.stdout).toBe('');
    if (code === 2) expect(result.stderr).toMatch(/--help/);
    if (code === 1) expectWords(result);
  });
});

describe('--help', () => {
  it('lists every command', () => {
    const { stdout } = alice.run('blackbox-ts --help');
    for (const command of commands) expect(stdout).toContain(command.split(' ')[0]);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it.each(commands)('%s has an example and says its exit codes', (command) => {
    const { stdout } = alice.run(`blackbox-ts ${command} --help`);
    expect(stdout).toContain(`blackbox-ts ${command}`);
    expect(stdout).toMatch(/\$ blackbox-ts/);
    expect(stdout).toMatch(/exit codes/i);
  });
});

it('--version is that of the package', () => {
  const { version } = JSON.parse(alice.read('node_modules/blackbox-ts/package.json'));
  expect(alice.run('blackbox-ts --version').stdout).toBe(`${version}\n`);
});

it('data is on stdout and nothing else is', () => {
  for (const line of [
    'register new.txt --dry-run',
    'encrypt',
    'reencrypt',
    'decrypt config/b.json',
    'shred config/b.json',
  ]) {
    expect(alice.run(`blackbox-ts ${line}`).stdout, line).toBe('');
  }
  for (const line of ['list', 'cat a.txt', 'admin list --json', 'who'])
    expect(alice.run(`blackbox-ts ${line}`).stderr, line).toBe('');
  expect(alice.run('blackbox-ts admin list').stderr).toMatch(/^founded by alice; .*\n$/);
});

it('no colours without a terminal, with NO_COLOR, or on a dumb one', () => {
  for (const env of [{}, { NO_COLOR: '1', TERM: 'xterm' }, { FORCE_COLOR: '0' }]) {
    for (const line of ['status', 'list', 'who', 'cat missing']) {
      const { stdout, stderr } = alice.run(`blackbox-ts ${line}`, { env, code: null });
      expect(stdout + stderr).not.toContain('\u001b');
    }
  }
});

it('several files are printed one after the other, as they are', () => {
  expect(alice.run('blackbox-ts cat a.txt config/b.json').stdout).toBe('content\n{"b":1}\n');
});

it('paths are relative to where one is', () => {
  const cwd = `${alice.clone}/config`;
  expect(alice.run('blackbox-ts cat b.json ../a.txt', { cwd }).stdout).toBe('{"b":1}\ncontent\n');
});
