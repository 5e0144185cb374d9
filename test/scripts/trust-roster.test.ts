/** Nobody lets themselves in: what somebody with push access and no key can do to the roster, and what comes of it. */
import { describe, expect, it } from 'vitest';
import { forge, headsOf, pushAll, rosterFolder, statementFile, statementsOf, stranger } from '../harness/attack.js';
import { expectRefused } from '../harness/refusal.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

/** Every word that a reviewer needs: which file, whose commit, and how to look at it. */
const blames = (file: string) => [file, /by commit [0-9a-f]{12} of mallory, \d{4}-\d\d-\d\d/, `git log -p -- ${file}`];

interface Scene {
  readonly alice: Person;
  readonly mallory: Person;
  readonly secret: string;
}

/** Alice has a vault with a secret, Bob is on the roster, and Mallory may push. */
function scene(team: Team): Scene {
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'a.txt': secret });
  letIn(team, alice, 'bob');
  const mallory = team.person('mallory');
  return { alice, mallory, secret };
}

/** Every command that would write for somebody refuses, also in a new clone, and no header names Mallory. */
function expectNobodyGotIn(team: Team, { alice, mallory }: Scene, says: readonly (string | RegExp)[]): void {
  alice.pull();
  const before = alice.bytes('a.txt.age');
  expectRefused(team, alice, 'blackbox-ts reencrypt --fresh', { says });
  alice.write('b.txt', team.secret());
  for (const command of ['register b.txt', 'admin remove bob']) {
    const { stderr } = alice.run(`blackbox-ts ${command}`, { code: 1 });
    for (const words of says) expect(stderr).toMatch(words);
  }
  const fresh = team.person('carol');
  expect(fresh.run('blackbox-ts reencrypt', { code: 1 }).stderr).toMatch(says[0] as string);
  mallory.run('blackbox-ts cat a.txt', { code: 1 });
  expect(alice.bytes('a.txt.age').equals(before)).toBe(true);
}

describe('somebody who can only push', () => {
  it('adds a file of keys', () => {
    using team = newTeam();
    const all = scene(team);
    all.mallory.write('.blackbox/admins/mallory.pub', stranger().text);
    pushAll(all.mallory, 'let me in');
    expectNobodyGotIn(team, all, blames('.blackbox/admins/mallory.pub'));
  });

  it("adds a key to somebody's file", () => {
    using team = newTeam();
    const all = scene(team);
    const file = '.blackbox/admins/bob.pub';
    all.mallory.write(file, `${all.mallory.read(file)}${stranger().text}`);
    pushAll(all.mallory, 'my new laptop');
    expectNobodyGotIn(team, all, blames(file));
  });

  it("replaces somebody's key, or what they sign with, under the same name", () => {
    using team = newTeam();
    const all = scene(team);
    const file = '.blackbox/admins/bob.pub';
    const bobs = all.mallory.read(file);
    all.mallory.write(file, stranger().text);
    pushAll(all.mallory, 'new key for bob');
    expectNobodyGotIn(team, all, blames(file));
    const [, signing = ''] = stranger().text.split('\n');
    all.mallory.write(file, bobs.replace(/^# .*signing key.*$/m, signing));
    pushAll(all.mallory, 'better key for bob');
    all.alice.pull();
    expectRefused(team, all.alice, 'blackbox-ts reencrypt', { says: blames(file) });
  });

  it('signs a statement with a key of their own', () => {
    using team = newTeam();
    const all = scene(team);
    all.mallory.newKey('age');
    const file = forge(all.mallory, { changes: [stranger().add] });
    pushAll(all.mallory, 'I am an admin');
    expectNobodyGotIn(team, all, [...blames(file), 'who was not an admin then']);
  });

  it("signs a statement in an admin's name", () => {
    using team = newTeam();
    const all = scene(team);
    all.mallory.newKey('age');
    const key = statementsOf(all.mallory)[0]?.statement.key ?? '';
    const file = forge(all.mallory, { changes: [stranger().add], by: 'alice', key });
    pushAll(all.mallory, 'alice says so');
    expectNobodyGotIn(team, all, [...blames(file), 'was not signed by alice']);
  });

  it('alters a statement: what it says, and how it is signed', () => {
    using team = newTeam();
    const all = scene(team);
    const [head = ''] = headsOf(all.mallory).heads;
    const file = statementFile(head);
    const genuine = all.mallory.read(file);
    all.mallory.write(file, genuine.replace('"role": "admin"', '"role": "reader"'));
    pushAll(all.mallory, 'less for bob');
    expectNobodyGotIn(team, all, blames(file));
    all.mallory.write(file, genuine.replace(/"signature": "..../, '"signature": "AAAA'));
    pushAll(all.mallory, 'almost as it was');
    all.alice.pull();
    expectRefused(team, all.alice, 'blackbox-ts reencrypt', { says: blames(file) });
  });

  it('copies statements from a vault of their own', () => {
    using team = newTeam();
    const all = scene(team);
    const own = team.person('mallory2', { folder: 'own' });
    own.run('git checkout -q --orphan mine');
    own.run('git rm -rq --cached .');
    own.run('git clean -qfdx');
    own.lead('blackbox-ts init --name alice');
    for (const s of statementsOf(own)) all.mallory.write(statementFile(s.id), own.read(statementFile(s.id)));
    pushAll(all.mallory, 'one more founder');
    const [foreign = ''] = statementsOf(own).map((s) => statementFile(s.id));
    expectNobodyGotIn(team, all, [...blames(foreign), 'belongs to another vault']);
  });

  it('puts something else among the statements', () => {
    using team = newTeam();
    const all = scene(team);
    const file = `${rosterFolder}/mallory.json`;
    all.mallory.write(file, '{}\n');
    pushAll(all.mallory, 'a note');
    expectNobodyGotIn(team, all, blames(file));
    // Whatever was pushed, taking it out again is the end of it.
    all.alice.run(['git', 'rm', '-q', file]);
    all.alice.run('git commit -q -m clean');
    all.alice.lead('blackbox-ts register b.txt');
  });

  it('deletes a statement, by a commit or just so', () => {
    using team = newTeam();
    const all = scene(team);
    const bob = all.alice;
    const [head = ''] = headsOf(all.mallory).heads;
    const file = statementFile(head);
    all.mallory.run(['git', 'rm', '-q', file, '.blackbox/admins/bob.pub']);
    pushAll(all.mallory, 'tidy up');
    expectNobodyGotIn(team, all, [file, /was deleted, by commit \w{12} of mallory/, 'git log -p --all']);
    bob.run('git reset -q --hard HEAD~1');
    bob.run(['rm', file, '.blackbox/admins/bob.pub']);
    expectRefused(team, bob, 'blackbox-ts reencrypt', { says: [file, 'not committed yet', 'git checkout HEAD -- '] });
  });
});
