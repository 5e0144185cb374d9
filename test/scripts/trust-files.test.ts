/** A sealed file is authentic or it is refused: forged, swapped, moved, widened, by outsiders and by people who hold a key. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectSealed, textTag } from '../../src/vault/index.js';
import { addToHeader, pushAll, stranger } from '../harness/attack.js';
import { lacks } from '../harness/programs.js';
import { expectRefused } from '../harness/refusal.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const blames = (file: string, author: string) => [
  file,
  'is not authentic',
  new RegExp(`by commit [0-9a-f]{12} of ${author}, \\d{4}-\\d\\d-\\d\\d`),
  `git log -p --stat -- ${file}`,
];

/** Whoever would read or go on from it refuses, and says which file, whose commit, and how to look at it. */
function expectRefusedByAll(team: Team, people: readonly Person[], path: string, author: string): void {
  const says = blames(`${path}.age`, author);
  for (const person of people) {
    person.pull();
    expectRefused(team, person, ['blackbox-ts', 'cat', path], { says });
    for (const command of [`decrypt ${path}`, `reencrypt ${path}`, `edit ${path}`]) {
      const { stderr } = person.lead(`blackbox-ts ${command}`, { code: 1, env: { EDITOR: 'false' } });
      for (const words of says) expect(stderr).toMatch(words);
    }
    expect(person.lead('blackbox-ts status', { code: null }).stdout).toContain('not authentic');
    const load = `import { loadSecretsSync } from 'blackbox-ts'; loadSecretsSync({ files: ${JSON.stringify(path)} })`;
    expect(person.node(load, { code: 1 }).stderr).toMatch('ERR_BLACKBOX_NOT_AUTHENTIC');
  }
}

function team2(team: Team, files: Record<string, string>): { alice: Person; bob: Person } {
  const alice = found(team);
  register(alice, files);
  return { alice, bob: letIn(team, alice, 'bob') };
}

describe('an outsider with push access', () => {
  it('swaps two files', () => {
    using team = newTeam();
    const { alice, bob } = team2(team, { 'prod.json': '{"url":1}', 'test.json': '{"url":2}' });
    const mallory = team.person('mallory');
    copyFileSync(join(bob.clone, 'test.json.age'), join(mallory.clone, 'prod.json.age'));
    pushAll(mallory, 'fix prod');
    expectRefusedByAll(team, [alice, bob], 'prod.json', 'mallory');
    expect(bob.run('blackbox-ts cat prod.json', { code: 1 }).stderr).toContain('it was sealed as test.json');
  });

  it('moves a file, and registers it where it lies now', () => {
    using team = newTeam();
    const { alice } = team2(team, { 'test.json': '{"url":2}' });
    const mallory = team.person('mallory');
    mallory.run('git mv test.json.age prod.json.age');
    mallory.write('.blackbox/files', 'prod.json\n');
    pushAll(mallory, 'rename');
    expectRefusedByAll(team, [alice], 'prod.json', 'mallory');
  });

  it.skipIf(lacks('age'))('encrypts other content with the public keys, which everybody has', () => {
    using team = newTeam();
    const { alice, bob } = team2(team, { 'prod.json': '{"url":1}' });
    const mallory = team.person('mallory');
    mallory.write('mine.json', '{"url":"https://mallory.example"}');
    const to = ['alice', 'bob'].flatMap((name) => ['-R', `.blackbox/admins/${name}.pub`]);
    mallory.run(['age', ...to, '-o', 'prod.json.age', 'mine.json']);
    mallory.run('rm mine.json');
    pushAll(mallory, 'new url');
    for (const person of [alice, bob]) {
      person.pull();
      // Without our stanza it is no sealed file at all.
      const { stderr } = expectRefused(team, person, 'blackbox-ts cat prod.json', { says: ['prod.json.age'] });
      expect(stderr).not.toContain('mallory.example');
      expectRefused(team, person, 'blackbox-ts reencrypt', { says: ['prod.json.age'] });
    }
  });

  it('seals other content as this program does, with a key of their own', () => {
    using team = newTeam();
    const { alice, bob } = team2(team, { 'prod.json': '{"url":1}' });
    const mallory = team.person('mallory', { folder: 'own' });
    // A vault of their own, with the same people on its roster, and the same path.
    mallory.run('git checkout -q --orphan mine');
    mallory.run('git rm -rq --cached .');
    mallory.run('git clean -qfdx -e node_modules');
    mallory.lead('blackbox-ts init');
    for (const name of ['alice', 'bob'])
      mallory.lead(['blackbox-ts', 'admin', 'add', join(alice.clone, `.blackbox/admins/${name}.pub`)]);
    mallory.write('prod.json', '{"url":"https://mallory.example"}');
    mallory.lead('blackbox-ts register prod.json');
    const forged = mallory.bytes('prod.json.age');
    mallory.run('git checkout -q -f main');
    mallory.write('prod.json.age', forged);
    pushAll(mallory, 'new url');
    expectRefusedByAll(team, [alice, bob], 'prod.json', 'mallory');
  });

  it('takes a file of another vault of the same people, with the same path', () => {
    using team = newTeam();
    using elsewhere = newTeam();
    const { alice, bob } = team2(team, { 'prod.json': '{"url":1}' });
    const other = elsewhere.person('alice');
    const env = { XDG_CONFIG_HOME: join(alice.home, '.config') };
    other.run('blackbox-ts init --name alice', { env });
    other.run(['blackbox-ts', 'admin', 'add', join(alice.clone, '.blackbox/admins/bob.pub')], { env });
    other.write('prod.json', '{"url":"old"}');
    other.run('blackbox-ts register prod.json', { env });
    const mallory = team.person('mallory');
    mallory.write('prod.json.age', other.bytes('prod.json.age'));
    pushAll(mallory, 'as in the other project');
    expectRefusedByAll(team, [alice, bob], 'prod.json', 'mallory');
  });

  it('makes a file of a group one for everybody, in the registry', () => {
    using team = newTeam();
    const { alice } = team2(team, { 'prod.json': '{"url":1}' });
    alice.lead('blackbox-ts admin change alice --group ops');
    alice.run('blackbox-ts register --group ops prod.json', { code: null });
    alice.run('blackbox-ts status', { code: null });
    alice.commitAndPush('prod is for ops');
    expect(alice.read('.blackbox/files')).toBe('prod.json\tops\n');
    const mallory = team.person('mallory');
    mallory.write('.blackbox/files', 'prod.json\n');
    pushAll(mallory, 'tidy');
    alice.pull();
    const says = ['prod.json', 'nobody has signed that change', 'git log -p -- .blackbox/files'];
    expectRefused(team, alice, 'blackbox-ts reencrypt', { says });
    alice.lead('blackbox-ts decrypt prod.json');
    alice.write('prod.json', '{"url":3}');
    expectRefused(team, alice, 'blackbox-ts encrypt prod.json', { says });
    alice.run('rm prod.json');
    alice.run('blackbox-ts edit prod.json', { code: 1, env: { EDITOR: 'sed -i s/1/2/' } });
    expect(alice.run('blackbox-ts who prod.json').stdout).not.toMatch(/mallory/);
  });
});

describe('somebody who holds a key', () => {
  it('adds a recipient to the header of a file that they can open', () => {
    using team = newTeam();
    const { alice, bob } = team2(team, { 'a.json': '{"b":1}' });
    const { recipient } = stranger();
    addToHeader(bob, 'a.json', recipient);
    pushAll(bob, 'for my friend as well');
    expectRefusedByAll(team, [alice], 'a.json', 'bob');
    // Nothing that is written afterwards is wrapped for the stranger. What was forged was no version, and none is older for it.
    alice.run('git checkout -q HEAD~1 -- a.json.age');
    alice.lead('blackbox-ts reencrypt --fresh');
    const tag = textTag(recipient);
    expect(inspectSealed(bob.bytes('a.json.age'), '').tags).toContain(tag);
    expect(inspectSealed(alice.bytes('a.json.age'), '').tags).not.toContain(tag);
  });

  it('may only read, and seals', () => {
    using team = newTeam();
    const { alice, bob } = team2(team, { 'a.json': '{"b":1}' });
    alice.lead('blackbox-ts admin change bob --role reader');
    alice.commitAndPush('bob only reads');
    // Bob has not pulled: for his clone he is an admin.
    bob.write('a.json', '{"b":"mine"}');
    bob.lead('blackbox-ts encrypt --force a.json');
    const planted = bob.bytes('a.json.age');
    bob.run('git reset -q --hard');
    bob.pull();
    expectRefused(team, bob, 'blackbox-ts encrypt --force a.json', { says: ['bob', 'reader', 'admin list'] });
    bob.write('a.json.age', planted);
    pushAll(bob, 'a new value');
    expectRefusedByAll(team, [alice], 'a.json', 'bob');
  });

  it('writes a file of a group that they are not in, by saying that it is for everybody', () => {
    using team = newTeam();
    const { alice, bob } = team2(team, { 'a.json': '{"b":1}' });
    alice.lead('blackbox-ts admin change bob --role writer');
    alice.lead('blackbox-ts admin change alice --group ops');
    alice.run('blackbox-ts register --group ops a.json', { code: null });
    alice.commitAndPush('for ops');
    bob.pull();
    bob.run('blackbox-ts cat a.json', { code: 1 });
    writeFileSync(join(bob.clone, '.blackbox/files'), '');
    bob.run('rm a.json.age');
    bob.write('a.json', '{"b":"mine"}');
    bob.lead('blackbox-ts register a.json');
    bob.run('git checkout -q HEAD -- .blackbox/files');
    pushAll(bob, 'a better one');
    expectRefusedByAll(team, [alice], 'a.json', 'bob');
  });
});
