/** Registering and deregistering: what git has seen is said, what it will see is only the sealed file. */
import { expect, it } from 'vitest';
import { expectRefused } from '../harness/refusal.js';
import { newTeam } from '../harness/team.js';
import { found, register } from '../harness/vault.js';

it('a file that git tracks is taken out of the index, and the commits that hold its plaintext are named', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  alice.write('config.env', `KEY=${secret}\n`);
  alice.run('git add config.env');
  alice.run('git commit -q --no-verify -m "oh dear"');
  alice.write('config.env', `KEY=${secret}\nMORE=1\n`);
  alice.run('git commit -q --no-verify -am "oh dear again"');
  const commits = alice.run('git log --format=%h --abbrev=7 -2').stdout.trim().split('\n');

  const { stderr } = alice.run('blackbox-ts register config.env');
  for (const commit of commits) expect(stderr).toContain(commit);
  expect(stderr).toMatch(/change|rotate/);
  alice.run('git commit -q -m sealed');
  expect(alice.run('git ls-files').stdout).not.toMatch(/^config\.env$/m);
  expect(alice.run('git status --porcelain').stdout).toBe('');
  expect(alice.run('blackbox-ts cat config.env', { shows: true }).stdout).toBe(`KEY=${secret}\nMORE=1\n`);
});

it('several files at once, from a folder inside, with the plaintext kept', () => {
  using team = newTeam();
  const secrets = [team.secret('one'), team.secret('two')];
  const alice = found(team);
  alice.write('deep/folder/one.txt', secrets[0] ?? '');
  alice.write('deep/two.txt', secrets[1] ?? '');
  alice.run('blackbox-ts register --keep one.txt ../two.txt', { cwd: `${alice.clone}/deep/folder` });
  alice.run('git commit -q -m secrets');
  expect(alice.run('git ls-files deep').stdout).toBe('deep/folder/one.txt.age\ndeep/two.txt.age\n');
  expect(alice.run('git status --porcelain').stdout).toBe('');
  expect([alice.read('deep/folder/one.txt'), alice.read('deep/two.txt')]).toEqual(secrets);
  const listed = alice.run('blackbox-ts list', { cwd: `${alice.clone}/deep` }).stdout;
  expect(listed).toContain('one.txt');
});

it('one bad file among many: none is registered', () => {
  using team = newTeam();
  const alice = found(team);
  alice.write('good.txt', team.secret());
  expectRefused(team, alice, 'blackbox-ts register good.txt missing.txt', { says: ['missing.txt'] });
  expect(alice.has('good.txt')).toBe(true);
});

it('twice is refused, and so is what would overwrite', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  alice.write('a.txt', team.secret('other'));
  expectRefused(team, alice, 'blackbox-ts register a.txt', { says: ['a.txt', 'registered'] });
  alice.write('b.txt', 'b');
  alice.write('b.txt.age', 'something of somebody else');
  expectRefused(team, alice, 'blackbox-ts register b.txt', { says: ['b.txt.age'] });
  expectRefused(team, alice, 'blackbox-ts register a.txt.age', { says: ['a.txt.age'] });
});

it('whoever could not read a file again does not have its plaintext taken away', () => {
  using team = newTeam();
  found(team);
  const mallory = team.person('mallory');
  mallory.write('mine.txt', team.secret());
  expectRefused(team, mallory, 'blackbox-ts register mine.txt', { says: ['roster'] });
  expect(mallory.has('mine.txt')).toBe(true);
});

it('deregistering gives the file back to its owner, in plaintext and unsealed', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'a.txt': secret, 'b.txt': team.secret() });
  alice.run('blackbox-ts deregister a.txt');
  expect(alice.run('blackbox-ts list').stdout).not.toContain('a.txt');
  expect(alice.has('a.txt.age')).toBe(false);
  expect(alice.read('a.txt')).toBe(secret);
  alice.run('git commit -q -m "a.txt is no secret"');
  expect(alice.run('git ls-files').stdout).not.toContain('a.txt.age');
  // Its content is no registered plaintext any more, and may be committed by whoever insists.
  expect(alice.run('git check-ignore a.txt', { code: 1 }).stdout).toBe('');
  expect(alice.run('blackbox-ts list').stdout).toContain('b.txt');
});

it('line endings, missing final newlines, zero bytes and every byte value come back as they were', () => {
  using team = newTeam();
  const alice = found(team);
  const files: Record<string, Buffer> = {
    'empty.txt': Buffer.alloc(0),
    'crlf.env': Buffer.from('A=1\r\nB=2\r\n'),
    'no-newline.json': Buffer.from('{"a":1}'),
    'all-bytes.bin': Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
    'latin1.txt': Buffer.from('caf\u00e9', 'latin1'),
    'bom.json': Buffer.from('\ufeff{}\n'),
    'chunk.bin': Buffer.alloc(65536, 1),
    'chunk-and-one.bin': Buffer.alloc(65537, 2),
    'large.bin': Buffer.alloc(3_000_000, 3),
  };
  register(alice, files);
  for (const [path, content] of Object.entries(files)) {
    expect(alice.run(['blackbox-ts', 'cat', path]).bytes.equals(content), path).toBe(true);
  }
  alice.run('blackbox-ts decrypt --all');
  for (const [path, content] of Object.entries(files)) expect(alice.bytes(path).equals(content), path).toBe(true);
  const sealed = Object.keys(files).map((path) => alice.bytes(`${path}.age`));
  alice.run('blackbox-ts encrypt');
  expect(
    Object.keys(files).filter((path, i) => !alice.bytes(`${path}.age`).equals(sealed[i] ?? Buffer.alloc(0))),
  ).toEqual([]);
});

it('what does not parse is sealed as it is, and its writer is told at once, without what stands there', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  alice.write('a.json', `{"password": "${secret}"`);
  expect(alice.run('blackbox-ts register --keep a.json').stderr).toMatch(
    /^warning: a\.json is not valid as JSON at line 1/m,
  );
  alice.write('a.json', `{"password": "${secret}"}`);
  expect(alice.run('blackbox-ts encrypt').stderr).not.toContain('warning');
  alice.write('a.json', `{"password": ${secret}}`);
  expect(alice.run('blackbox-ts encrypt').stderr).toContain('warning: a.json is not valid as JSON');
});
