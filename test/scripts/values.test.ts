/** Single values of sealed files: read, changed, taken out; nothing else of the file moves, and no value is ever an argument. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../harness/programs.js';
import { until } from '../harness/run.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { atTerminal } from '../harness/terminal.js';
import { found, register } from '../harness/vault.js';

let team: Team;
let alice: Person;
let secret: string;
const yaml = '# ours\ndb:\n  password: old   # change me\n  port: 5432\nlist: [a, b]\n';

beforeAll(() => {
  team = newTeam();
  alice = found(team);
  secret = team.secret();
  register(alice, {
    'secrets.yaml': yaml,
    'secrets.prod.yaml': 'db:\n  password: prod\n',
    '.env': '# why\nA=1\n',
    'a.toml': '[x]\ny = 1 # z\n',
    'a.ini': '[x]\ny=1\n; z\n',
    'a.json': '{\n  "on": true\n}\n',
    'key.pem': 'not structured\n',
  });
});
afterAll(() => team[Symbol.dispose]());

const cat = (file: string) => alice.run(['blackbox-ts', 'cat', file], { shows: true }).stdout;
const get = (...words: string[]) => alice.run(['blackbox-ts', 'get', ...words], { shows: true }).stdout;
const set = (stdin: string, ...words: string[]) => alice.run(['blackbox-ts', 'set', ...words], { stdin });
const refused = (code: number, ...words: string[]) => alice.run(['blackbox-ts', ...words], { code, stdin: 'x' }).stderr;

describe('get', () => {
  it('prints one value: text as it is, the rest as JSON', () => {
    expect(get('db.password')).toBe('old\n');
    expect(get('db.port')).toBe('5432\n');
    expect(get('list.1')).toBe('b\n');
    expect(JSON.parse(get('db'))).toEqual({ password: 'old', port: 5432 });
    expect(get('--json', 'db.password')).toBe('"old"\n');
    expect(get('--env', 'prod', 'db.password')).toBe('prod\n');
    expect(get('.env', 'A')).toBe('1\n');
    expect(get('--from', 'a.toml', 'x.y')).toBe('1\n');
  });

  it('names near misses, and refuses what is not there', () => {
    expect(refused(1, 'get', 'db.pasword')).toContain('perhaps db.password is meant');
    expect(refused(1, 'get', 'key.pem', 'x')).toContain('no names and values');
    expect(refused(1, 'get', 'nope.json', 'x')).toContain('nope.json');
  });
});

describe('set', () => {
  it('changes the value and not a byte else, and stages the sealed file', () => {
    // Nor do the logs that packages and Node.js write for whoever looks for bugs hold it: what is shown is looked at after each command.
    const env = { DEBUG: '*', NODE_DEBUG: 'child_process,fs,stream' };
    alice.run(['blackbox-ts', 'set', 'db.password'], { stdin: `${secret}\n`, env });
    expect(cat('secrets.yaml')).toBe(yaml.replace('old', secret));
    expect(alice.run('git diff --cached --name-only').stdout).toContain('secrets.yaml.age');
    alice.commitAndPush('change');
    expect(team.whereIs(secret)).toEqual([]);
    // The guard knows it from then on.
    alice.write('leak.txt', `curl -u ${secret}\n`);
    alice.run('git add leak.txt');
    alice.run('git commit -m leak', { code: 1 });
    alice.run('git rm -q -f leak.txt');
  });

  it('in every format, with the kind of value that was there', () => {
    set('two words', '.env', 'A');
    set('new', '.env', 'B');
    set('2', 'a.toml', 'x.y');
    set('q;r', 'a.ini', 'x.y');
    set('false', 'a.json', 'on');
    set('{"deep":[1]}', '--json', 'a.json', 'tree');
    set('5', '--env', 'prod', 'db.pool');
    expect(cat('.env')).toBe("# why\nA='two words'\nB=new\n");
    expect(cat('a.toml')).toBe('[x]\ny = 2 # z\n');
    expect(cat('a.ini')).toBe('[x]\ny="q;r"\n; z\n');
    expect(JSON.parse(cat('a.json'))).toEqual({ on: false, tree: { deep: [1] } });
    expect(cat('secrets.prod.yaml')).toBe('db:\n  password: prod\n  pool: "5"\n');
  });

  it('takes a value from a file exactly, and from stdin without its last line break', () => {
    alice.write('value.txt', 'line\nline\n');
    alice.lead('blackbox-ts set a.json file --value-file value.txt');
    set('a\nb\n', 'a.json', 'piped');
    expect(JSON.parse(cat('a.json'))).toMatchObject({ file: 'line\nline\n', piped: 'a\nb' });
    alice.run('rm value.txt');
  });

  it.skipIf(lacks('script'))('asks, and does not show what is typed', async () => {
    const session = atTerminal(alice, ['blackbox-ts', 'set', 'a.json', 'typed']);
    await until('it asks', () => session.output().includes('value of typed:'));
    session.type(`${secret}\r`);
    const { stdout, code } = await session.ended;
    expect([code, stdout.includes(secret)]).toEqual([0, false]);
    expect(JSON.parse(cat('a.json'))).toMatchObject({ typed: secret });
    const again = atTerminal(alice, ['blackbox-ts', 'set', 'a.json', 'typed']);
    await until('it asks', () => again.output().includes('value of typed:'));
    again.type('\r');
    const { stdout: said, code: ended } = await again.ended;
    expect([ended, said.includes('nothing was typed')]).toEqual([2, true]);
    expect(JSON.parse(cat('a.json'))).toMatchObject({ typed: secret });
  });

  it('never takes a value as an argument, and does not repeat it', () => {
    for (const words of [['DB=hunter2'], ['.env', 'A=hunter2'], ['db.password', 'hunter2'], ['.env', 'A', 'hunter2']]) {
      const stderr = alice.run(['blackbox-ts', 'set', ...words], { code: null, stdin: 'x' }).stderr;
      expect(stderr).not.toContain('hunter2');
      expect(stderr).toMatch(/argument|not registered|no such file/);
    }
    expect(cat('.env')).not.toContain('hunter2');
  });

  it('takes a program that failed, and a file that is not there, for no value', async () => {
    const before = cat('a.json');
    for (const stdin of ['', '\n', '\r\n']) {
      const { stderr } = alice.run(['blackbox-ts', 'set', 'a.json', 'typed'], { code: 2, stdin });
      expect(stderr).toContain('standard input is empty, and so there is no value: nothing was written');
      expect(stderr).toContain(`echo '""' | blackbox-ts set --json a.json typed`);
    }
    alice.run(['blackbox-ts', 'set', 'a.json', 'typed', '--value-file', '-'], { code: 2, stdin: '' });
    expect(refused(2, 'set', 'a.json', 'typed', '--value-file', 'nope.txt')).toContain('nope.txt is not there');
    expect(cat('a.json')).toBe(before);
    set('""\n', '--json', 'a.json', 'typed');
    expect(JSON.parse(cat('a.json'))).toMatchObject({ typed: '' });
  });

  it('tells somebody who typed a name and its value what was taken for a file, and how a value gets in', () => {
    const stderr = refused(1, 'set', 'db.password', 'hunter2');
    expect(stderr).toContain('db.password is not registered');
    expect(stderr).toContain('a value is never an argument');
    expect(stderr).not.toContain('blackbox-ts register');
    const before = cat('a.json');
    for (const command of ['get', 'set', 'unset'])
      expect(refused(2, command, 'a.json')).toContain('a.json is a file, and none of its names was given');
    for (const name of ['a..b', '.a', 'a.']) expect(refused(2, 'set', 'a.json', name)).toContain('this is no name');
    expect(cat('a.json')).toBe(before);
    expect(refused(2, 'set')).toContain('blackbox-ts set --help');
    expect(refused(2, 'admin', 'add', '--nope')).toContain('blackbox-ts admin add --help');
    expect(refused(2, 'admin')).toContain('blackbox-ts --help');
  });

  it('writes nothing when there is nothing to change, when it cannot, or when it shall not', () => {
    const before = team.snapshot();
    expect(set('2', 'a.toml', 'x.y').stderr).toContain('nothing was written');
    expect(refused(1, 'set', 'a.toml', 'x.y.z')).toContain('left as it is');
    expect(refused(2, 'set', '--json', 'a.json', 'x')).toContain('not JSON');
    expect(refused(1, 'unset', 'a.json', 'nope')).toContain('there is no secret nope');
    set('other', '--dry-run', 'a.json', 'on');
    expect(team.snapshot()).toEqual(before);
  });

  it('refuses somebody who may read and not write', () => {
    const ci = team.person('ci');
    alice.lead(['blackbox-ts', 'admin', 'add', '--role', 'reader', ci.newKey('age')]);
    alice.commitAndPush('ci');
    ci.pull();
    const before = ci.bytes('a.json.age');
    ci.run(['blackbox-ts', 'set', 'a.json', 'x'], { code: 1, stdin: 'y' });
    expect(ci.bytes('a.json.age').equals(before)).toBe(true);
    expect(ci.run(['blackbox-ts', 'get', 'a.json', 'on'], { shows: true }).stdout).toBe('false\n');
  });
});

it('unset takes a value out, and nothing else', () => {
  alice.lead('blackbox-ts unset .env B');
  alice.lead('blackbox-ts unset list');
  expect(cat('.env')).toBe("# why\nA='two words'\n");
  expect(cat('secrets.yaml')).toBe(yaml.replace('old', secret).replace('list: [a, b]\n', ''));
});

it('list --keys prints names, of all that has names, and no value', () => {
  expect(alice.run('blackbox-ts list --keys secrets.yaml').stdout).toBe('db.password\ndb.port\n');
  const all = alice.run('blackbox-ts list --keys').stdout;
  expect(all).toContain('.env\tA\n');
  expect(all).not.toContain('key.pem');
  expect(JSON.parse(alice.run('blackbox-ts list --keys --json a.ini').stdout)).toEqual([
    { path: 'a.ini', keys: ['x.y'] },
  ]);
  alice.run('blackbox-ts list --keys key.pem', { code: 1 });
});
