/** Leaving is for good: what somebody who was removed tries with their old key, their old clone and a push. */
import { describe, expect, it } from 'vitest';
import { forge, headsOf, identityOf, pushAll, statementsOf, stranger } from '../harness/attack.js';
import { expectRefused } from '../harness/refusal.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

interface Scene {
  readonly alice: Person;
  readonly bob: Person;
  readonly carol: Person;
  /** The statement by which Bob was removed. */
  readonly removal: string;
  /** What was the newest while Bob was an admin. */
  readonly before: string;
}

/** Alice and Carol are admins; Bob was one, and still may push. */
function scene(team: Team): Scene {
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  const bob = letIn(team, alice, 'bob');
  alice.pull();
  const carol = letIn(team, alice, 'carol');
  bob.pull();
  const [before = ''] = headsOf(alice).heads;
  alice.lead('blackbox-ts admin remove bob');
  alice.commitAndPush('bob has left');
  const [removal = ''] = headsOf(alice).heads;
  return { alice, bob, carol, removal, before };
}

const readers = (person: Person) => person.run('blackbox-ts who').stdout;

describe('somebody who was removed', () => {
  it('is not let in again by reverting the commit that removed them', () => {
    using team = newTeam();
    const { alice, bob, carol, removal } = scene(team);
    bob.pull();
    bob.run('git revert --no-edit HEAD');
    bob.run('git push -q --no-verify origin HEAD');
    const says = [
      `.blackbox/roster/${removal}.json`,
      /was deleted, by commit \w{12} of bob, \d{4}-/,
      'git log -p --all',
    ];
    // Carol's clone has never seen the removal, and neither has Dave's: the history has.
    const dave = team.person('dave');
    for (const person of [alice, carol, dave]) {
      person.pull();
      expectRefused(team, person, 'blackbox-ts reencrypt', { says });
      expect(person.run('blackbox-ts status', { code: 1 }).stderr).toMatch('was deleted');
    }
    // What the message says brings the removal back, and everything works again.
    const { stderr } = alice.run('blackbox-ts reencrypt', { code: 1 });
    alice.run(['sh', '-c', /to bring it back: (.*)/.exec(stderr)?.[1] ?? '']);
    alice.run('git rm -q .blackbox/admins/bob.pub');
    // The file that bob could read came back with the revert, too.
    const older = alice.run('blackbox-ts reencrypt', { code: 1 }).stderr;
    expect(older).toMatch(/a\.txt\.age is an older version, put back over a newer one, by commit \w{12} of bob/);
    alice.run(/to bring the newer one back: (.*)/.exec(older)?.[1] ?? '');
    alice.lead('blackbox-ts reencrypt');
    alice.commitAndPush('bob is out');
    bob.pull();
    bob.run('blackbox-ts cat a.txt', { code: 1 });
  });

  it('is not let in again by putting their file back', () => {
    using team = newTeam();
    const { alice, bob } = scene(team);
    const file = '.blackbox/admins/bob.pub';
    const own = bob.read(file);
    bob.pull();
    bob.write(file, own);
    pushAll(bob, 'back again');
    alice.pull();
    expectRefused(team, alice, 'blackbox-ts reencrypt', {
      says: [file, /by commit \w{12} of bob/, `git log -p -- ${file}`],
    });
  });

  it('is off the roster for everybody when the removal was undone before it was committed, and done again', () => {
    using team = newTeam();
    const { alice, carol, removal } = scene(team);
    const everybody = () => {
      const { people } = JSON.parse(carol.run('blackbox-ts admin list --json').stdout);
      return people.map((one: { name: string }) => one.name);
    };
    for (const [command, says] of [
      ['admin change carol --role reader', /carol is reader/],
      ['admin remove carol', /carol is off the roster; 1 file re-encrypted/],
    ] as const) {
      alice.run(`blackbox-ts ${command}`);
      const [undone = ''] = headsOf(alice).heads;
      alice.run('git reset -q --hard');
      // Alice's clone remembers what she has signed: it comes along, and nothing is signed twice.
      expect(alice.run(`blackbox-ts ${command}`).stderr).toMatch(says);
      expect(headsOf(alice).heads).toEqual([undone]);
      expect(alice.run('git diff --cached --name-only').stdout).toContain(`.blackbox/roster/${undone}.json`);
      alice.run('git reset -q --hard');
      expect(headsOf(alice).heads).toEqual([removal]);
    }
    alice.lead('blackbox-ts admin remove carol');
    alice.commitAndPush('carol has left');
    carol.pull();
    expect(everybody()).toEqual(['alice']);
    carol.run('blackbox-ts cat a.txt', { code: 1 });
  });

  it('lets nobody in with a backdated statement, not themselves and no accomplice', () => {
    using team = newTeam();
    const { alice, bob, carol, before } = scene(team);
    bob.pull();
    const accomplice = stranger();
    forge(bob, { changes: [accomplice.add], after: [before] });
    const again = { ...stranger('bobby').add };
    const late = forge(bob, { changes: [again], after: [before] });
    bob.write('.blackbox/admins/mallory.pub', accomplice.text);
    pushAll(bob, 'signed long ago');
    for (const person of [alice, carol]) {
      person.pull();
      person.lead('blackbox-ts reencrypt --fresh');
      expect(readers(person)).not.toMatch(/mallory|bob/);
      person.run('git reset -q --hard');
    }
    bob.run('blackbox-ts cat a.txt', { code: 1 });
    // What is signed on top of the removal is refused outright.
    bob.run(['rm', late]);
    const file = forge(bob, { changes: [stranger('eve').add] });
    pushAll(bob, 'signed today');
    alice.pull();
    expectRefused(team, alice, 'blackbox-ts reencrypt', {
      says: [file, 'signed by bob, who was not an admin then', /by commit \w{12} of bob/, `git log -p -- ${file}`],
    });
  });

  it('seals nothing: neither anew, nor with a signature of old times under another name', () => {
    using team = newTeam();
    const { alice, bob, carol } = scene(team);
    // Bob has not pulled: for his clone he is still somebody who may.
    bob.write('a.txt', team.secret('planted'));
    bob.lead('blackbox-ts encrypt --force a.txt');
    const planted = bob.bytes('a.txt.age');
    bob.run('git reset -q --hard');
    bob.pull();
    bob.write('a.txt.age', planted);
    pushAll(bob, 'small fix');
    const dave = team.person('dave');
    dave.run('blackbox-ts status', { code: null });
    for (const person of [alice, carol, dave]) {
      person.pull();
      const says = [
        'a.txt.age',
        'is not authentic',
        /by commit \w{12} of bob, \d{4}-/,
        'git log -p --stat -- a.txt.age',
      ];
      expectRefused(team, person, 'blackbox-ts cat a.txt', { says });
      expectRefused(team, person, 'blackbox-ts reencrypt', { says });
      expect(person.run('blackbox-ts status', { code: null }).stdout).toContain('not authentic');
    }
  });

  it('does not come back with an old branch: it can be read, and nothing is written for them there', () => {
    using team = newTeam();
    const { alice, bob, carol } = scene(team);
    carol.pull();
    carol.run('blackbox-ts status', { code: null });
    for (const person of [alice, carol]) {
      person.run('git checkout -q -b old HEAD~1');
      person.run('blackbox-ts cat a.txt', { shows: true });
      person.write('b.txt', team.secret());
      person.lead('blackbox-ts register b.txt');
      const { recipient } = identityOf(bob);
      expect(person.run('blackbox-ts who b.txt --json').stdout).not.toContain(recipient);
      expect(readers(person)).not.toMatch(/bob.*b\.txt/);
      person.run(['git', 'commit', '-q', '-m', 'on an old branch']);
    }
    bob.run(['git', 'pull', '-q', alice.clone, 'old']);
    bob.run('blackbox-ts cat b.txt', { code: 1 });
  });

  it('takes nothing away for good: whom they remove with a backdated statement is let in again', () => {
    using team = newTeam();
    const { alice, bob, carol, before } = scene(team);
    bob.pull();
    forge(bob, { changes: [{ do: 'remove', name: 'carol', confirm: [] }], after: [before] });
    bob.run('git rm -q .blackbox/admins/carol.pub');
    pushAll(bob, 'carol left before me');
    alice.pull();
    expect(readers(alice)).not.toMatch(/bob/);
    expect(statementsOf(alice)).toHaveLength(5);
    carol.pull();
    alice.lead(['blackbox-ts', 'admin', 'add', `${carol.home}/carol.pub`]);
    alice.commitAndPush('carol is back');
    carol.pull();
    carol.run('blackbox-ts cat a.txt', { shows: true });
    bob.pull();
    bob.run('blackbox-ts cat a.txt', { code: 1 });
  });
});
