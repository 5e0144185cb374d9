/** The walk that a team takes, from an empty folder to `loadSecrets()`: each line as somebody would type it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lacks } from '../harness/programs.js';
import { newTeam } from '../harness/team.js';

it('a founder seals a file, lets somebody in, and cannot commit plaintext', () => {
  using team = newTeam();
  const password = team.secret('password');
  const alice = team.person('alice');

  alice.run('blackbox-ts init');
  expect(existsSync(join(alice.home, '.config/blackbox-ts/identity'))).toBe(true);
  expect(alice.has('.blackbox/vault.json')).toBe(true);

  alice.write('secrets.json', JSON.stringify({ db: { password } }));
  const registered = alice.run('blackbox-ts register secrets.json');
  expect(registered.stderr).toContain('git commit');
  expect(alice.has('secrets.json')).toBe(false);
  expect(team.whereIs(password)).toEqual([]);
  alice.run('git commit -m "secrets"');
  alice.run('git push --quiet origin HEAD');
  expect(alice.run('git status --porcelain').stdout).toBe('');
  expect(alice.run('git ls-files').stdout.split('\n')).toContain('secrets.json.age');

  const bob = team.person('bob');
  bob.run('blackbox-ts cat secrets.json', { code: 1 });
  alice.run(['blackbox-ts', 'admin', 'add', bob.newKey('age')]);
  alice.commitAndPush('let bob in');
  bob.pull();
  bob.run('blackbox-ts setup');
  expect(JSON.parse(bob.run('blackbox-ts cat secrets.json', { shows: true }).stdout)).toEqual({ db: { password } });

  const removed = alice.run('blackbox-ts admin remove bob');
  expect(removed.stdout + removed.stderr).toContain('secrets.json');
  alice.commitAndPush('bob has left');
  bob.pull();
  bob.run('blackbox-ts cat secrets.json', { code: 1 });
  expect(team.whereIs(password)).toEqual([]);

  alice.write('secrets.json', 'leak\n');
  alice.run('git add -f secrets.json');
  const refused = alice.run('git commit -m oops', { code: 1 });
  expect(refused.stderr).toContain('secrets.json');
  expect(alice.run('git log --format=%s -1').stdout).toBe('bob has left\n');
});

it('their program loads the secrets, with and without await', () => {
  using team = newTeam();
  const password = team.secret('password');
  const alice = team.person('alice');
  alice.run('blackbox-ts init');
  alice.write('secrets.json', JSON.stringify({ db: { password } }));
  alice.run('blackbox-ts register secrets.json');
  const program = `
    import { loadSecrets, loadSecretsSync } from 'blackbox-ts';
    const secrets = await loadSecrets();
    const again = loadSecretsSync();
    console.log(JSON.stringify([secrets.db.password.reveal(), again.db.password.reveal()]));
  `;
  expect(JSON.parse(alice.node(program).stdout)).toEqual([password, password]);
  expect(team.whereIs(password)).toEqual([]);
});

it.skipIf(lacks('age'))('whoever has age and the identity file needs nothing of ours to read', () => {
  using team = newTeam();
  const password = team.secret('password');
  const alice = team.person('alice');
  alice.run('blackbox-ts init');
  alice.write('secrets.json', password);
  alice.run('blackbox-ts register secrets.json');
  const identity = join(alice.home, '.config/blackbox-ts/identity');
  expect(alice.run(['age', '-d', '-i', identity, 'secrets.json.age'], { shows: true }).stdout).toBe(password);
});

it('what a person leaves in their work tree is theirs alone, and git does not see it', () => {
  using team = newTeam();
  const password = team.secret('password');
  const alice = team.person('alice');
  alice.run('blackbox-ts init');
  alice.write('secrets.json', password);
  alice.run('blackbox-ts register secrets.json');
  alice.run('git commit -m "secrets"');
  alice.run('blackbox-ts decrypt secrets.json');
  expect(team.whereIs(password)).toEqual(['alice/app/secrets.json']);
  expect(alice.run('stat -c %a secrets.json').stdout).toBe('600\n');
  expect(alice.run('git status --porcelain').stdout).toBe('');
  alice.run('blackbox-ts shred secrets.json');
  expect(team.whereIs(password)).toEqual([]);
});
