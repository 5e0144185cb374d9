/** Who is not in a group: what commands over all files do, and what is told of a file that is for others. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectRefused } from '../harness/refusal.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

let team: Team;
let alice: Person;
let bob: Person;

beforeAll(() => {
  team = newTeam();
  alice = found(team);
  bob = letIn(team, alice, 'bob');
  register(alice, { 'a.yaml': `key: ${team.secret('everybody')}\n` });
  alice.lead('blackbox-ts admin change alice --group ops');
  alice.write('ops.yaml', `key: ${team.secret('ops')}\n`);
  alice.lead('blackbox-ts register --group ops ops.yaml');
  alice.commitAndPush('for ops');
  bob.pull();
});
afterAll(() => team[Symbol.dispose]());

it('decrypt --all leaves the files of other groups out, and says so', () => {
  expect(bob.run('blackbox-ts decrypt --all').stderr).toBe(
    'left out, for groups that you are not in: ops.yaml (ops)\ndecrypted a.yaml\n',
  );
  expect([bob.has('a.yaml'), bob.has('ops.yaml')]).toEqual([true, false]);
  bob.lead('blackbox-ts shred');
});

it('list --keys does so, and what it prints is nothing but data', () => {
  const { stdout, stderr } = bob.run('blackbox-ts list --keys --json');
  expect(JSON.parse(stdout)).toEqual([{ path: 'a.yaml', keys: ['key'] }]);
  expect(stderr).toContain('ops.yaml (ops)');
});

it('a file of another group, named, comes with what lets one in', () => {
  const { stderr } = expectRefused(team, bob, 'blackbox-ts cat ops.yaml', {
    says: [/you are on the roster as bob, and not in ops\n.*: blackbox-ts admin change bob --group ops$/m],
  });
  expect(stderr).not.toContain('join');
  expectRefused(team, bob, 'blackbox-ts decrypt ops.yaml', { led: true, says: ['admin change bob --group ops'] });
});

it('and that command does, after saying what it would do', () => {
  const { stdout, stderr } = alice.run('blackbox-ts admin change bob --role writer --dry-run');
  expect([stdout, stderr]).toEqual(['', 'would make bob writer, in no group\n']);
  alice.lead('blackbox-ts admin change bob --group ops');
  alice.commitAndPush('bob is in ops');
  bob.pull();
  expect(bob.run('blackbox-ts decrypt --all').stderr).toBe('decrypted a.yaml\ndecrypted ops.yaml\n');
});

it('the last one in a group is not removed together with the file by accident, and can be where the file is given up', () => {
  alice.lead('blackbox-ts admin change alice --no-groups');
  alice.run('git commit -q -m "alice leaves ops"');
  // The file, and what the ledger has of it for those who could read it: alice has seen it.
  for (const path of ['ops.yaml', '.blackbox/rotation/']) {
    const { stderr } = expectRefused(team, alice, 'blackbox-ts admin remove bob', {
      says: [`nobody on the roster may read ${path}`, 'admin change NAME --group GROUP'],
    });
    alice.run(/: (git rm .*)$/m.exec(stderr)?.[1] ?? 'false');
  }
  expect(alice.run('blackbox-ts admin remove bob').stderr).toContain('proven: read again from disk');
});
