/** Leaving is real: whoever was removed reads nothing that is written after, and this can be proved from the files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lacks } from '../harness/programs.js';
import type { Person } from '../harness/team.js';
import { newTeam } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

/** An age header's stanzas, as text, without the payload. */
function stanzas(person: Person, path: string): string[] {
  const [header = ''] = person.bytes(`${path}.age`).toString('latin1').split('\n---');
  return header.split('\n-> ').slice(1);
}

it('removal draws new file keys, names what was seen, and only the roster is left in the headers', () => {
  using team = newTeam();
  const [first, second] = [team.secret('first'), team.secret('second')];
  const alice = found(team);
  register(alice, { 'a.txt': first, 'folder/b.txt': second });
  const bob = letIn(team, alice, 'bob');
  alice.pull();
  const before = ['a.txt', 'folder/b.txt'].map((path) => stanzas(alice, path));
  expect(before.map((list) => list.length)).toEqual([3, 3]);

  const removed = alice.run('blackbox-ts admin remove bob');
  for (const path of ['a.txt', 'folder/b.txt']) expect(removed.stdout + removed.stderr).toContain(path);
  alice.commitAndPush('bob has left');
  const after = ['a.txt', 'folder/b.txt'].map((path) => stanzas(alice, path));
  expect(after.map((list) => list.length)).toEqual([2, 2]);
  // Not one stanza survives: the file key that bob has seen opens nothing any more.
  for (const list of before) for (const stanza of list) expect(after.flat()).not.toContain(stanza);
  expect(alice.has('.blackbox/admins/bob.pub')).toBe(false);
  expect(alice.run('blackbox-ts who').stdout).not.toContain('bob');
  // What is known of somebody who has left, and by whose word.
  const shown = alice.run('blackbox-ts admin show bob').stdout;
  expect(shown).toMatch(/^bob: removed by alice, \d{4}-/);
  for (const words of ['let bob in as admin', 'removed bob']) expect(shown).toContain(words);

  alice.lead('blackbox-ts decrypt a.txt');
  alice.write('a.txt', team.secret('new'));
  alice.lead('blackbox-ts encrypt a.txt');
  alice.commitAndPush('changed after');
  bob.pull();
  bob.run('blackbox-ts cat a.txt', { code: 1 });
  bob.run('blackbox-ts decrypt a.txt', { code: 1 });
  expect(bob.has('a.txt')).toBe(false);
});

it.skipIf(lacks('age'))('not even age opens it with the removed identity', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  const bob = letIn(team, alice, 'bob');
  const identity = join(bob.home, '.config/blackbox-ts/identity');
  bob.run(['age', '-d', '-i', identity, 'a.txt.age'], { shows: true });
  alice.lead('blackbox-ts admin remove bob');
  alice.commitAndPush('bob has left');
  bob.pull();
  expect(bob.run(['age', '-d', '-i', identity, 'a.txt.age'], { code: 1 }).stderr).toContain('no identity matched');
});

it('a file key that was learned before opens nothing that is sealed after', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  const bob = letIn(team, alice, 'bob');
  const old = bob.bytes('a.txt.age');
  alice.lead('blackbox-ts admin remove bob');
  alice.commitAndPush('bob has left');
  bob.pull();
  // Bob puts the header that he can open in front of the new payload: it verifies, the payload does not.
  const now = bob.bytes('a.txt.age');
  const payloadOf = (file: Buffer) => file.subarray(file.indexOf(0x0a, file.indexOf('\n---') + 1) + 1);
  const forged = Buffer.concat([old.subarray(0, old.length - payloadOf(old).length), payloadOf(now)]);
  bob.write('a.txt.age', forged);
  const { stderr } = bob.run('blackbox-ts cat a.txt', { code: 1 });
  expect(stderr).toContain('a.txt');
});

it('those who stay notice nothing', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'a.txt': secret });
  const bob = letIn(team, alice, 'bob');
  alice.pull();
  const carol = letIn(team, alice, 'carol');
  bob.pull();
  bob.lead('blackbox-ts decrypt a.txt');
  alice.lead('blackbox-ts admin remove carol');
  alice.commitAndPush('carol has left');
  bob.pull();
  expect(bob.lead('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(secret);
  // The plaintext that bob had open is still what is sealed: no false alarm, and he can go on.
  const changed = team.secret('changed');
  bob.write('a.txt', changed);
  bob.lead('blackbox-ts encrypt a.txt');
  bob.lead('blackbox-ts shred a.txt');
  bob.commitAndPush('bob goes on');
  alice.pull();
  expect(alice.lead('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(changed);
  carol.pull();
  carol.run('blackbox-ts cat a.txt', { code: 1 });
});

it('a colleague who sealed on an old roster is found out, and mended', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'a.txt': secret });
  const bob = letIn(team, alice, 'bob');
  const carol = letIn(team, alice, 'carol');
  bob.pull();
  alice.lead('blackbox-ts admin remove carol');
  alice.commitAndPush('carol has left');
  // Bob has not pulled: he still seals for carol, on a branch that is merged later.
  bob.write('b.txt', secret);
  bob.lead('blackbox-ts register b.txt');
  bob.run('git commit --quiet -m "for carol as well"');
  bob.pull();
  bob.run('git push --quiet origin HEAD');
  alice.pull();
  const status = alice.run('blackbox-ts status', { code: null });
  expect(status.stdout).toContain('b.txt');
  alice.lead('blackbox-ts reencrypt');
  alice.commitAndPush('reencrypted');
  carol.pull();
  carol.run('blackbox-ts cat b.txt', { code: 1 });
  bob.pull();
  expect(bob.lead('blackbox-ts cat b.txt', { shows: true }).stdout).toBe(secret);
});

it('oneself and the last one stay', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  const roster = readFileSync(join(alice.clone, '.blackbox/admins/alice.pub'), 'utf8');
  expect(alice.run('blackbox-ts admin remove alice', { code: 1 }).stderr).toContain('alice');
  letIn(team, alice, 'bob');
  expect(alice.run('blackbox-ts admin remove alice', { code: 1 }).stderr).toContain('alice');
  expect(alice.run('blackbox-ts admin remove mallory', { code: 1 }).stderr).toContain('mallory');
  expect(alice.read('.blackbox/admins/alice.pub')).toBe(roster);
  expect(alice.run('git status --porcelain').stdout).toBe('');
});
