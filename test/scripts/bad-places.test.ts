/** Wrong places, wrong paths, wrong people: a sentence that names it and says what to do, and nothing has happened. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareRights } from '../harness/programs.js';
import { expectRefused, expectWords } from '../harness/refusal.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const everywhere = [
  'list',
  'status',
  'cat a.txt',
  'decrypt --all',
  'encrypt',
  'register a.txt',
  'who',
  'admin list',
  'reencrypt',
];

it('outside any repository', () => {
  using team = newTeam();
  const alice = team.person('alice');
  const nowhere = join(team.folder, 'nowhere');
  mkdirSync(nowhere);
  for (const command of ['init', ...everywhere]) {
    expectRefused(team, alice, `blackbox-ts ${command}`, { cwd: nowhere, says: [/git/, /git init|repository/] });
  }
});

it('in a bare repository', () => {
  using team = newTeam();
  const alice = found(team);
  for (const command of ['init', ...everywhere]) {
    expectRefused(team, alice, `blackbox-ts ${command}`, { led: true, cwd: team.origin, says: [/bare/] });
  }
});

it('in a repository without a vault', () => {
  using team = newTeam();
  const alice = team.person('alice');
  alice.write('a.txt', 'content');
  for (const command of everywhere)
    expectRefused(team, alice, `blackbox-ts ${command}`, { led: true, says: ['blackbox-ts init'] });
});

it('without git on the machine', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'a.txt': secret });
  alice.write('b.txt', 'b');
  const env = { PATH: join(team.folder, 'nothing') };
  const result = alice.run('blackbox-ts register b.txt', { env, code: 1 });
  expect(result.stderr).toMatch(/git/);
  expectWords(result);
  expect(alice.has('b.txt')).toBe(true);
  // Reading takes files only.
  expect(alice.run('blackbox-ts cat a.txt', { env, shows: true }).stdout).toBe(secret);
});

it('in a repository without commits all of it works', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = team.person('alice');
  alice.lead('blackbox-ts init');
  alice.write('a.txt', secret);
  alice.lead('blackbox-ts register a.txt');
  alice.lead('blackbox-ts status');
  alice.lead('blackbox-ts doctor', { code: null });
  alice.lead('blackbox-ts guard');
  alice.lead('blackbox-ts decrypt --all');
  alice.lead('blackbox-ts encrypt');
  alice.lead('blackbox-ts shred');
  alice.run('git commit -q -m first');
  expect(team.whereIs(secret)).toEqual([]);
});

it('twice init is refused, and the vault is untouched', () => {
  using team = newTeam();
  const alice = found(team);
  expectRefused(team, alice, 'blackbox-ts init', { says: [/vault already|exists/] });
});

describe('a path', () => {
  let team: Team;
  let alice: Person;
  beforeAll(() => {
    team = newTeam();
    alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    alice.write('folder/plain.txt', 'plain');
    alice.run('mkfifo pipe');
    alice.run('git init -q deep/inner');
    alice.write('deep/inner/b.txt', team.secret('inner'));
    writeFileSync(join(team.folder, 'outside.txt'), 'outside');
  });
  afterAll(() => team[Symbol.dispose]());

  const wrong: Record<string, readonly [string, RegExp]> = {
    'that is not registered': ['cat folder/plain.txt', /plain\.txt.*register/s],
    'that is not registered, to decrypt': ['decrypt folder/plain.txt', /plain\.txt/],
    'that is not registered, to deregister': ['deregister folder/plain.txt', /plain\.txt/],
    'that is not registered, among registered ones': ['decrypt a.txt folder/plain.txt', /plain\.txt/],
    'that is not there': ['register missing.txt', /blackbox-ts edit missing\.txt/],
    'outside the repository': ['register ../../outside.txt', /outside\.txt/],
    'outside the repository, absolute': ['register /etc/hostname', /hostname/],
    'that is a folder': ['register folder', /folder/],
    'that is the repository itself': ['register .', /a folder/],
    'that is the repository itself, to print': ['cat .', /a folder.*blackbox-ts list/s],
    'that is a folder, to print': ['cat folder', /folder is a folder.*blackbox-ts list/s],
    'that is mistyped, to print': ['cat b.txt', /b\.txt is not registered\n {2}registered: a\.txt\n$/],
    'that lies in another repository': [
      'register deep/inner/b.txt',
      /deep\/inner.*cd deep\/inner && blackbox-ts register b\.txt/s,
    ],
    'that is new in another repository': ['edit deep/inner/new.txt', /deep\/inner is a repository/],
    'that lies in another repository, to move there': ['mv a.txt deep/inner/a.txt', /deep\/inner is a repository/],
    'that is a pipe': ['register pipe', /pipe/],
    "in git's own folder": ['register .git/config', /\.git/],
    "in the vault's folder": ['register .blackbox/vault.json', /\.blackbox/],
    'that git itself reads': ['register .gitignore', /\.gitignore/],
    'to encrypt without plaintext': ['encrypt a.txt', /a\.txt.*decrypt/s],
    'to shred without plaintext': ['shred a.txt', /a\.txt/],
    'that is empty': ["cat ''", /./],
  };
  /** A start of each command for one of them; the others are refused in the same way. */
  const first = (command: string) => {
    const [name] = command.split(' ');
    return command === Object.values(wrong).find(([other]) => other.startsWith(`${name} `))?.[0];
  };
  it.each(Object.entries(wrong))('%s is refused', (_, [command, says]) => {
    expectRefused(team, alice, `blackbox-ts ${command}`, { led: !first(command), says: [says] });
  });
});

it('a failure in a folder further down names commands that work there', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'deep/a b.txt': team.secret('one'), 'a.txt': team.secret('two') });
  const cwd = join(alice.clone, 'deep');
  const said = (line: string) => expectRefused(team, alice, `blackbox-ts ${line}`, { cwd, says: [] }).stderr;
  expect(said("register 'a b.txt'")).toContain("  to see how it is: blackbox-ts status 'a b.txt'\n");
  expect(said('register ../a.txt')).toContain('  to see how it is: blackbox-ts status ../a.txt\n');
  alice.run("blackbox-ts status 'a b.txt'", { cwd });
  expect(said('cat deep/a.txt')).toMatch(/^ {2}registered: a\.txt and deep\/a b\.txt$/m);
});

describe('an identity', () => {
  it('that nobody has is missed with all that was tried', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const bob = team.person('bob');
    const { stderr } = expectRefused(team, bob, 'blackbox-ts cat a.txt', { says: ['a.txt', 'keygen', 'admin add'] });
    for (const tried of ['BLACKBOX_IDENTITY', 'blackbox-ts/identity', 'id_ed25519']) expect(stderr).toContain(tried);
  });

  it('that is on no roster is told apart from none', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const bob = team.person('bob');
    bob.newKey('age');
    const { stderr } = expectRefused(team, bob, 'blackbox-ts cat a.txt', { says: ['a.txt', 'alice', 'admin add'] });
    expect(stderr).not.toContain('keygen');
  });

  const broken: Record<string, string> = {
    garbage: 'garbage\n',
    empty: '',
    'a public key': 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg\n',
  };
  it.each(Object.entries(broken))('file that holds %s is named', (_, content) => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    alice.write('../home/broken', content);
    expectRefused(team, alice, ['blackbox-ts', 'cat', '--identity', `${alice.home}/broken`, 'a.txt'], {
      says: ['broken'],
    });
    expectRefused(team, alice, ['blackbox-ts', 'cat', '--identity', `${alice.home}/missing`, 'a.txt'], {
      led: true,
      says: ['missing'],
    });
  });

  it('given on the command line or in a variable is used instead of all others, and never shown', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const key = `AGE-SECRET-${'KEY'}-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX`;
    alice.write('../home/other', `${key}\n`);
    const { stderr } = expectRefused(
      team,
      alice,
      ['blackbox-ts', 'cat', '--identity', `${alice.home}/other`, 'a.txt'],
      { says: ['a.txt'] },
    );
    expect(stderr).not.toContain(key);
    const bob = letIn(team, alice, 'bob');
    bob.run(['rm', '-r', `${bob.home}/.config/blackbox-ts`]);
    const wrongKey = expectRefused(team, bob, 'blackbox-ts cat a.txt', {
      env: { BLACKBOX_IDENTITY: key },
      says: ['BLACKBOX_IDENTITY'],
    });
    expect(wrongKey.stderr).not.toContain(key);
  });

  it('that was made already is not overwritten', () => {
    using team = newTeam();
    const alice = found(team);
    alice.run('mkdir fresh');
    expectRefused(team, alice, 'blackbox-ts keygen', { cwd: join(alice.clone, 'fresh'), says: ['identity'] });
  });

  it('is for its owner only, in a folder for its owner only', () => {
    using team = newTeam();
    const alice = found(team);
    expect(alice.run('stat -c %a .config/blackbox-ts/identity .config/blackbox-ts', { cwd: alice.home }).stdout).toBe(
      '600\n700\n',
    );
    const identity = alice.run('cat .config/blackbox-ts/identity', { cwd: alice.home }).stdout;
    expect(identity).toMatch(/^# created: .+\n# public key: age1[0-9a-z]+\nAGE-SECRET-KEY-1[0-9A-Z]+\n$/);
  });
});

it.skipIf(bareRights() === null)('files that one may not read are named', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  const through = bareRights() ?? [];
  alice.run('chmod 000 a.txt.age');
  expectWords(alice.run('blackbox-ts cat a.txt', { through, code: 1 }));
  alice.run('chmod 600 a.txt.age');
  alice.run(['chmod', '000', join(alice.home, '.config/blackbox-ts/identity')]);
  const { stderr } = alice.run('blackbox-ts cat a.txt', { through, code: 1 });
  expect(stderr).toMatch(/identity/);
  alice.run(['chmod', '600', join(alice.home, '.config/blackbox-ts/identity')]);
});
