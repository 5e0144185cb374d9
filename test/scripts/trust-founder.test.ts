/** A vault is known by its founder's statement: another one in its place is refused by whoever knows which it has to be. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { forge, headsOf, pushAll, statementFile } from '../harness/attack.js';
import { expectRefused } from '../harness/refusal.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const file = '.blackbox/vault.json';
const says = [file, /by commit \w{12} of mallory, \d{4}-/, `git log -p -- ${file}`];

/** Mallory's own vault, under Alice's name, in the place of hers: nothing is missing in it, and everything is signed. */
function replace(team: Team, alice: Person): { mallory: Person; theirs: string } {
  const mallory = team.person('mallory');
  for (const path of ['.blackbox', 'a.txt.age']) rmSync(join(mallory.clone, path), { recursive: true });
  mallory.write('.gitignore', '');
  const own = join(mallory.home, 'own');
  mallory.run(['git', 'init', '-q', own]);
  cpSync(join(alice.clone, '.gitattributes'), join(own, '.gitattributes'));
  mallory.lead('blackbox-ts init --name alice', { cwd: own });
  mallory.write(join('..', 'home', 'own', 'a.txt'), 'mine=1\n');
  mallory.lead('blackbox-ts register a.txt', { cwd: own });
  for (const path of ['.blackbox', 'a.txt.age', '.gitignore'])
    cpSync(join(own, path), join(mallory.clone, path), { recursive: true });
  pushAll(mallory, 'a cleaner vault');
  return { mallory, theirs: JSON.parse(mallory.read(file)).id };
}

it('a clone that has only ever read notices that the vault was replaced', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'a.txt': secret });
  const bob = letIn(team, alice, 'bob');
  expect(bob.lead('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(secret);
  replace(team, alice);
  for (const person of [alice, bob]) {
    person.pull();
    for (const command of ['cat a.txt', 'reencrypt', 'status', 'setup', 'admin list']) {
      const start = person === bob ? person.run : person.lead;
      for (const words of says) expect(start(`blackbox-ts ${command}`, { code: 1 }).stderr).toMatch(words);
    }
    expectRefused(team, person, 'blackbox-ts register b.txt', { says: [...says, 'this clone has pinned'] });
  }
});

it('a fresh clone notices it from the history, and can be told which vault it has to be', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  const id = JSON.parse(alice.read(file)).id as string;
  const { theirs } = replace(team, alice);
  const carol = team.person('carol');
  expectRefused(team, carol, 'blackbox-ts cat a.txt', { says: [...says, 'its own history has had before'] });
  const told = { env: { BLACKBOX_VAULT: id } };
  expectRefused(team, carol, 'blackbox-ts cat a.txt', { says: [...says, 'BLACKBOX_VAULT names'], ...told });
  // Somebody who insists on the other one gets it: that is what a pin is.
  carol.run('blackbox-ts status', { code: null, env: { BLACKBOX_VAULT: theirs } });
  expectRefused(team, carol, 'blackbox-ts cat a.txt', { says: [...says, 'BLACKBOX_VAULT names'], ...told });
});

it('CI without a memory of its own refuses by its variable, in a shallow clone and in a program', () => {
  using team = newTeam();
  const secret = team.secret('a');
  const alice = found(team);
  register(alice, { 'secrets.json': JSON.stringify({ token: secret }) });
  const id = JSON.parse(alice.read(file)).id as string;
  const shallow = (name: string) => {
    const ci = join(team.folder, name);
    alice.run(['git', 'clone', '-q', '--depth', '1', `file://${team.origin}`, ci]);
    return ci;
  };
  const env = { BLACKBOX_VAULT: id };
  const good = shallow('ci-good');
  alice.run('blackbox-ts cat secrets.json', { cwd: good, env, shows: true });
  const load = `import { loadSecretsSync } from 'blackbox-ts'; console.log(loadSecretsSync({ root: process.argv[1] }).token.reveal())`;
  const program = (cwd: string, env: Record<string, string>, code: number) =>
    alice.run([process.execPath, '--input-type=module', '--eval', load, cwd], { env, code, shows: true });
  expect(program(good, env, 0).stdout).toContain(secret);
  const mallory = team.person('mallory');
  mallory.write(file, JSON.stringify({ version: 1, id: 'ab'.repeat(32) }));
  pushAll(mallory, 'a new vault');
  const bad = shallow('ci-bad');
  expect(alice.run('blackbox-ts cat secrets.json', { cwd: bad, env, code: 1 }).stderr).toMatch('BLACKBOX_VAULT names');
  expect(program(bad, env, 1).stderr).toMatch('ERR_BLACKBOX_VAULT_REPLACED');
  // A variable that is there and empty is a mistake in the pipeline, and no permission.
  for (const BLACKBOX_VAULT of ['', id.slice(0, 16)])
    expect(program(good, { BLACKBOX_VAULT }, 1).stderr).toMatch('BLACKBOX_VAULT is no fingerprint');
});

it("an edited founder's statement is another one, and refused", () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  const mallory = team.person('mallory');
  mallory.newKey('age');
  const { founder } = headsOf(mallory);
  const path = statementFile(founder);
  mallory.write(path, mallory.read(path).replaceAll('"alice"', '"mallory"'));
  pushAll(mallory, 'I was here first');
  alice.pull();
  const says = [path, /by commit \w{12} of mallory/, `git log -p -- ${path}`];
  // Who is on the roster Alice's clone knows from the genuine one: she reads on, and nothing is written.
  alice.run('blackbox-ts cat a.txt', { shows: true });
  expectRefused(team, alice, 'blackbox-ts reencrypt', { says });
  expectRefused(team, team.person('carol'), 'blackbox-ts cat a.txt', { says });
  mallory.run(['git', 'checkout', '-q', 'HEAD~1', '--', path]);
  mallory.run(['git', 'rm', '-q', '--cached', path]);
  const second = forge(mallory, { changes: [], after: [] });
  mallory.run(['mv', join(mallory.clone, second), join(mallory.clone, path)]);
  pushAll(mallory, 'once more');
  alice.pull();
  expectRefused(team, alice, 'blackbox-ts reencrypt', { says });
});

it('a vault that is begun anew where one was taken away: the ways back and forward are named, and work when they are pasted', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  const bob = letIn(team, alice, 'bob');
  const first = alice.read(file);
  const command = (said: string, start: string) => said.split(`${start}: `)[1]?.split('\n')[0] ?? 'false';
  const refused = () => expectRefused(team, alice, 'blackbox-ts init', { says: ['this clone has pinned'] }).stderr;
  const pasted = (person: Person, line: string) =>
    person.run(['sh', '-c', `PATH="node_modules/.bin:$PATH"; ${line}`], { code: null }).code;

  rmSync(join(alice.clone, '.blackbox'), { recursive: true });
  expect([pasted(alice, command(refused(), 'to bring it back')), alice.read(file)]).toEqual([0, first]);
  for (const path of ['.blackbox', 'a.txt.age', '.gitignore']) alice.run(['git', 'rm', '-rq', path]);
  alice.run('git commit -q -m gone');
  expect([pasted(alice, command(refused(), 'where a commit took it away')), alice.read(file)]).toEqual([0, first]);
  alice.run('git rm -rqf .blackbox');
  expect(pasted(alice, command(refused(), 'each clone has to be told of'))).toBe(0);
  expect(alice.read(file)).not.toBe(first);
  alice.run('git commit -q -m anew');
  alice.run('git push -q');

  bob.pull();
  const { stdout, stderr: words } = alice.run('blackbox-ts admin list');
  const founder = /^vault (\w{64})$/m.exec(stdout + words)?.[1] ?? 'none';
  const { stderr } = expectRefused(team, bob, 'blackbox-ts status', { says: ['this clone has pinned'] });
  expect(stderr).not.toContain(founder);
  expect(pasted(bob, command(stderr, 'that a colleague tells you').replace('FINGERPRINT', founder))).toBe(0);
  bob.run('blackbox-ts status');
});
