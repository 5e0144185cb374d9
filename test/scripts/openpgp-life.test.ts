/** An OpenPGP key over its life, with the real gpg: it nears its end, is extended by its owner, is revoked and replaced. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lacks } from '../harness/programs.js';
import { expectRefused } from '../harness/refusal.js';
import { newTeam, type Person } from '../harness/team.js';
import { found, register } from '../harness/vault.js';

const gpg = ['gpg', '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', ''];

function exported(person: Person): string {
  const file = join(person.home, 'bob.pub');
  writeFileSync(file, person.run('gpg --batch --armor --export').stdout);
  return file;
}

function fingerprintOf(person: Person): string {
  const keys = person.run('gpg --batch --with-colons --list-keys').stdout;
  return /^fpr:+([0-9A-F]{40})/m.exec(keys)?.[1] ?? '';
}

/** What is said with a commit, under the hooks. */
function commit(person: Person, content: string): string {
  person.write('note.txt', content);
  person.run('git add note.txt');
  const { stderr } = person.run(['git', 'commit', '--quiet', '-m', content]);
  person.run('git push --quiet --no-verify origin HEAD');
  return stderr;
}

function seal(person: Person, content: string) {
  person.lead('blackbox-ts decrypt a.txt');
  person.write('a.txt', content);
  return person.run('blackbox-ts encrypt --shred a.txt');
}

it.skipIf(lacks('gpg'))('a key that ends is told of, extended by its owner, and replaced when it is revoked', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': '1' });
  const bob = team.person('bob');
  bob.run([...gpg, '--quick-generate-key', 'bob <bob@example.com>', 'future-default', 'default', '5d']);
  const fingerprint = fingerprintOf(bob);
  const ends = new RegExp(`a key of bob, openpgp ${fingerprint}: expires \\d{4}-`);
  expect(alice.run(['blackbox-ts', 'admin', 'add', exported(bob)]).stderr).toMatch(ends);
  alice.commitAndPush('bob');
  expect(alice.run('blackbox-ts admin list').stdout).toMatch(new RegExp(`openpgp +${fingerprint} +expires \\d{4}-`));
  // Whoever writes is told, and what to do; whoever reads is not.
  const { stderr } = seal(alice, '2');
  expect(stderr).toMatch(ends);
  expect(stderr).toContain(`gpg --quick-set-expire ${fingerprint} 2y`);
  expect(alice.run('blackbox-ts cat a.txt').stderr).toBe('');
  expect(alice.run('blackbox-ts status').stderr).toMatch(ends);
  expect(commit(alice, 'one')).toMatch(ends);
  bob.pull();
  seal(bob, 'by bob');
  bob.commitAndPush('by bob');

  // Its owner extends it; an admin signs the newer block, without --append: it is the same key.
  bob.run([...gpg, '--quick-set-expire', fingerprint, '2y']);
  bob.run([...gpg, '--quick-set-expire', fingerprint, '2y', '*']);
  alice.pull();
  expect(alice.run(['blackbox-ts', 'admin', 'add', exported(bob)]).stderr).not.toMatch(ends);
  expect(alice.run('blackbox-ts status --check').stderr).not.toMatch(ends);
  expect(commit(alice, 'two')).toBe('');
  bob.pull();
  // What it signed before is good, and it signs on.
  expect(bob.run('blackbox-ts cat a.txt').stdout).toBe('by bob');
  seal(bob, 'by bob again');
  bob.commitAndPush('by bob again');
  alice.pull();
  expect(alice.run('blackbox-ts cat a.txt').stdout).toBe('by bob again');

  // A block that revokes the key would void what it signed: the key is retired instead, which keeps that.
  bob.run(['gpg', '--batch', '--quiet', '--import'], {
    stdin: bob
      .run(['cat', join(bob.env.GNUPGHOME ?? '', 'openpgp-revocs.d', `${fingerprint}.rev`)])
      .stdout.replace(/^:-----/m, '-----'),
  });
  expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', exported(bob)], { says: [/revoked/, 'admin retire-key'] });
  const next = bob.run([
    ...gpg,
    '--quick-generate-key',
    'bob2 <bob2@example.com>',
    'future-default',
    'default',
    'never',
  ]);
  expect(next.code).toBe(0);
  writeFileSync(join(bob.home, 'next.pub'), bob.run('gpg --batch --armor --export bob2').stdout);
  alice.lead(['blackbox-ts', 'admin', 'add', '--append', '--name', 'bob', join(bob.home, 'next.pub')]);
  alice.run(`blackbox-ts admin retire-key bob ${fingerprint}`);
  alice.run('blackbox-ts status --check');
  alice.commitAndPush('the next key of bob');
  bob.pull();
  expect(bob.run('blackbox-ts cat a.txt').stdout).toBe('by bob again');
  expect(alice.run('blackbox-ts who --json').stdout).not.toContain(fingerprint);
});
