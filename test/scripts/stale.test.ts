/** Nothing is lost between colleagues: an older plaintext never overwrites a newer sealed file, nor the other way round, unasked. */
import { expect, it } from 'vitest';
import { expectRefused } from '../harness/refusal.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

/** Alice and Bob have both decrypted `a.txt`; then Bob has sealed `theirs` and pushed, and Alice has pulled. */
function afterBobsChange(team: Team, theirs: string): { alice: Person; bob: Person; first: string } {
  const first = team.secret('first');
  const alice = found(team);
  register(alice, { 'a.txt': first });
  const bob = letIn(team, alice, 'bob');
  for (const person of [alice, bob]) person.run('blackbox-ts decrypt a.txt');
  bob.write('a.txt', theirs);
  bob.lead('blackbox-ts encrypt a.txt');
  bob.lead('blackbox-ts shred a.txt');
  bob.commitAndPush("bob's change");
  alice.pull();
  return { alice, bob, first };
}

function conditionOf(person: Person): string {
  const { stdout, stderr } = person.run('blackbox-ts status', { code: null });
  return stdout + stderr;
}

it('a stale plaintext is not sealed over a newer file', () => {
  using team = newTeam();
  const theirs = team.secret('theirs');
  const { alice } = afterBobsChange(team, theirs);
  expect(conditionOf(alice)).toMatch(/outdated.*a\.txt|a\.txt.*outdated/);
  expectRefused(team, alice, 'blackbox-ts encrypt a.txt', { says: ['a.txt', 'decrypt'] });
  expectRefused(team, alice, 'blackbox-ts encrypt', { says: ['a.txt'] });
  expect(alice.lead('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(theirs);
});

it('a stale plaintext that nobody changed is simply brought up to date', () => {
  using team = newTeam();
  const theirs = team.secret('theirs');
  const { alice, first } = afterBobsChange(team, theirs);
  alice.lead('blackbox-ts decrypt a.txt');
  expect(alice.read('a.txt')).toBe(theirs);
  expect(team.whereIs(first)).toEqual([]);
});

it('changed on both sides: neither is lost, and both can be taken', () => {
  using team = newTeam();
  const [theirs, mine] = [team.secret('theirs'), team.secret('mine')];
  const { alice } = afterBobsChange(team, theirs);
  alice.write('a.txt', mine);
  expect(conditionOf(alice)).toMatch(/both|conflict/);
  expectRefused(team, alice, 'blackbox-ts encrypt a.txt', { says: ['a.txt', '--force'] });
  expectRefused(team, alice, 'blackbox-ts decrypt a.txt', { says: ['a.txt', '--force'] });
  expectRefused(team, alice, 'blackbox-ts shred a.txt', { says: ['a.txt', '--force'] });
  expect(alice.read('a.txt')).toBe(mine);

  alice.lead('blackbox-ts encrypt --force a.txt');
  expect(alice.lead('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(mine);
  // Theirs is in the history, sealed.
  alice.run('git commit -q -m "mine"');
  alice.run('git checkout -q HEAD~1 -- a.txt.age');
  expect(alice.lead('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(theirs);
});

it('an unsealed change survives decrypt, shred, and removing people', () => {
  using team = newTeam();
  const mine = team.secret('mine');
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  letIn(team, alice, 'bob');
  alice.lead('blackbox-ts decrypt a.txt');
  alice.write('a.txt', mine);
  expect(conditionOf(alice)).toMatch(/changed.*a\.txt|a\.txt.*changed/);
  expectRefused(team, alice, 'blackbox-ts decrypt a.txt', { says: ['a.txt', 'blackbox-ts encrypt'] });
  expectRefused(team, alice, 'blackbox-ts shred a.txt', { says: ['a.txt', 'blackbox-ts encrypt'] });
  alice.lead('blackbox-ts admin remove bob');
  expect(alice.read('a.txt')).toBe(mine);
  alice.lead('blackbox-ts encrypt a.txt');
  expect(alice.lead('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(mine);
});

it('nothing is sealed anew that has not changed', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': team.secret(), 'b.txt': team.secret() });
  alice.lead('blackbox-ts decrypt --all');
  const before = ['a.txt.age', 'b.txt.age'].map((path) => alice.bytes(path));
  alice.lead('blackbox-ts encrypt');
  alice.lead('blackbox-ts reencrypt');
  alice.write('b.txt', team.secret('changed'));
  alice.lead('blackbox-ts encrypt');
  expect(alice.bytes('a.txt.age').equals(before[0] as Buffer)).toBe(true);
  expect(alice.bytes('b.txt.age').equals(before[1] as Buffer)).toBe(false);
});

it('switching branches under an open plaintext is noticed', () => {
  using team = newTeam();
  const [main, side] = [team.secret('main'), team.secret('side')];
  const alice = found(team);
  register(alice, { 'a.txt': main });
  alice.run('git switch -q -c side');
  alice.lead('blackbox-ts decrypt a.txt');
  alice.write('a.txt', side);
  alice.lead('blackbox-ts encrypt a.txt');
  alice.run('git commit -q -m side');
  alice.run('git switch -q main');
  // The plaintext is that of the other branch now.
  expectRefused(team, alice, 'blackbox-ts encrypt a.txt', { says: ['a.txt'] });
  expect(alice.lead('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(main);
});
