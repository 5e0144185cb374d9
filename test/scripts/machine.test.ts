/** For other programs: JSON on stdout, words on stderr, exit codes that mean something, dry runs that write nothing. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectWords } from '../harness/refusal.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

let team: Team;
let alice: Person;
beforeAll(() => {
  team = newTeam();
  alice = found(team);
  register(alice, { 'a.txt': 'content\n', 'config/b.json': '{"b":1}\n' });
  letIn(team, alice, 'bob');
  alice.write('new.txt', 'new\n');
  alice.write('carol.pub', 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg\n');
  alice.lead('blackbox-ts decrypt a.txt');
});
afterAll(() => team[Symbol.dispose]());

describe('--json', () => {
  it.each([
    'list',
    'list --keys',
    'status',
    'who',
    'admin list',
    'admin show bob',
    'rotation',
    'get --from config/b.json b',
    'guard',
    'doctor',
  ])('%s prints one JSON document and nothing else', (command) => {
    const { stdout, code } = alice.run(`blackbox-ts ${command} --json`, { code: null });
    expect([0, 3]).toContain(code);
    const document: unknown = JSON.parse(stdout);
    expect(typeof document).toBe(command.startsWith('get') ? 'number' : 'object');
    expect(stdout.endsWith('\n')).toBe(true);
  });

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
    'register --group ops config/b.json',
    'deregister a.txt',
    'mv config/b.json c.json',
    'edit config/b.json',
    'edit newer.json',
    'set config/b.json b --value-file new.txt',
    'unset config/b.json b',
    'decrypt --all',
    'encrypt',
    'encrypt --shred a.txt',
    'encrypt --propose a.txt',
    'shred a.txt',
    'reencrypt',
    'reencrypt --fresh',
    'reencrypt --adopt a.txt',
    'admin add carol.pub',
    'admin add --append --name bob carol.pub',
    'admin approve dave',
    'admin change bob --role reader',
    'admin remove bob',
    'guard allow github-token:00000000000000000000 --reason x',
    'guard public config/b.json b --reason x',
    'guard index',
    'types --from config/b.json',
    'who --html page.html',
    'keygen --output other.key',
    'hook uninstall',
    'hook install',
    'hook install --strict',
    'setup',
  ];
  // The lock is taken all the same; the key is what the guard's memory is kept under, and who is on the roster is worked out anew when it is gone.
  const ours = /\/\.git\/blackbox-ts\/(lock|key|authority\.json)$/;
  const world = () => Object.fromEntries(Object.entries(team.snapshot()).filter(([path]) => !ours.test(path)));
  const changed = (before: Record<string, string>) => {
    const after = world();
    return Object.keys({ ...before, ...after }).filter((path) => before[path] !== after[path]);
  };

  it('writes nothing, whatever the command', () => {
    const [spare, dave, erin] = ['spare', 'dave', 'erin'].map((name) => team.person(name)) as [Person, Person, Person];
    const other = readFileSync(spare.newKey('age'), 'utf8').split('\n')[0] ?? '';
    alice.lead(['blackbox-ts', 'admin', 'add', '--append', '--name', 'bob', other]);
    alice.lead('blackbox-ts admin change alice --group ops');
    alice.write('.blackbox/requests/dave.pub', readFileSync(dave.newKey('age')));
    erin.newKey('age');
    erin.run('blackbox-ts list');
    const before = world();
    for (const line of [...lines, `admin retire-key bob ${other}`]) {
      alice.lead(`blackbox-ts ${line} --dry-run`, { env: { EDITOR: 'false' } });
      expect(changed(before), line).toEqual([]);
    }
    erin.run('blackbox-ts join --dry-run');
    expect(changed(before)).toEqual([]);
    alice.run('rm -r .blackbox/requests');
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
