/** People with the keys they have: age, SSH, OpenPGP; each reads what they may, with the programs they have. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { KeyKind } from '../harness/keys.js';
import { lacks } from '../harness/programs.js';
import { newTeam } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const programOf: Record<KeyKind, string> = {
  age: 'git',
  'ssh-ed25519': 'ssh-keygen',
  'ssh-rsa': 'ssh-keygen',
  openpgp: 'gpg',
};

describe.each<KeyKind>(['age', 'ssh-ed25519', 'ssh-rsa', 'openpgp'])('a colleague with a key of kind %s', (kind) => {
  it.skipIf(lacks(programOf[kind]))('is let in, reads and writes, and is shut out', () => {
    using team = newTeam();
    const [first, second, third] = [team.secret('first'), team.secret('second'), team.secret('third')];
    const alice = found(team);
    register(alice, { 'secrets.json': first });
    const bob = letIn(team, alice, 'bob', kind);
    expect(bob.lead('blackbox-ts cat secrets.json', { shows: true }).stdout).toBe(first);

    register(bob, { 'from-bob.txt': second });
    bob.lead('blackbox-ts decrypt secrets.json');
    bob.write('secrets.json', third);
    bob.lead('blackbox-ts encrypt secrets.json');
    bob.lead('blackbox-ts shred secrets.json');
    bob.commitAndPush('changed');
    alice.pull();
    expect(alice.lead('blackbox-ts cat secrets.json', { shows: true }).stdout).toBe(third);
    expect(alice.lead('blackbox-ts cat from-bob.txt', { shows: true }).stdout).toBe(second);

    alice.lead('blackbox-ts admin remove bob');
    alice.commitAndPush('bob has left');
    bob.pull();
    for (const file of ['secrets.json', 'from-bob.txt']) bob.run(['blackbox-ts', 'cat', file], { code: 1 });
    for (const secret of [first, second, third]) expect(team.whereIs(secret)).toEqual([]);
  });
});

it.skipIf(lacks('gpg', 'ssh-keygen'))('all kinds of keys together, and everybody is told who can read', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'secrets.json': secret });
  const others = [
    letIn(team, alice, 'bob', 'ssh-ed25519'),
    letIn(team, alice, 'carol', 'ssh-rsa'),
    letIn(team, alice, 'dave', 'openpgp'),
  ];
  for (const person of others) {
    person.pull();
    expect(person.run('blackbox-ts cat secrets.json', { shows: true }).stdout).toBe(secret);
    const readers = person.run('blackbox-ts who').stdout;
    for (const name of ['alice', 'bob', 'carol', 'dave', 'secrets.json']) expect(readers).toContain(name);
  }
  const list = alice.run('blackbox-ts admin list').stdout;
  for (const name of ['alice', 'bob', 'carol', 'dave']) expect(list).toContain(name);
});

it.skipIf(lacks('gpg'))('an exported OpenPGP key is an identity too, without gpg', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'secrets.json': secret });
  const bob = letIn(team, alice, 'bob', 'openpgp');
  const exported = bob.run('gpg --batch --armor --export-secret-keys').stdout;
  const file = join(bob.home, 'exported.asc');
  writeFileSync(file, exported);
  // A home in which gpg finds nothing: what opens the file is the exported key.
  const env = { BLACKBOX_IDENTITY_FILE: file, GNUPGHOME: join(bob.home, 'nothing'), PATH: bob.env.PATH };
  expect(bob.run('blackbox-ts cat secrets.json', { env, shows: true }).stdout).toBe(secret);
});

it.skipIf(lacks('age', 'age-keygen'))(
  'an identity that age-keygen made, in the places where sops users have theirs',
  () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    register(alice, { 'secrets.json': secret });
    const bob = team.person('bob');
    const file = join(bob.home, 'keys.txt');
    bob.run(['age-keygen', '-o', file]);
    const identity = readFileSync(file, 'utf8');
    writeFileSync(join(bob.home, 'bob.pub'), `${/# public key: (.*)/.exec(identity)?.[1]}\n`);
    alice.lead(['blackbox-ts', 'admin', 'add', join(bob.home, 'bob.pub')]);
    alice.commitAndPush('let bob in');
    bob.pull();
    bob.run('blackbox-ts cat secrets.json', { code: 1 });
    const key = /AGE-SECRET-KEY-\S+/.exec(identity)?.[0] ?? '';
    const ways: Record<string, string>[] = [
      { SOPS_AGE_KEY: key },
      { SOPS_AGE_KEY_FILE: file },
      { BLACKBOX_IDENTITY: key },
      { BLACKBOX_IDENTITY_FILE: file },
      { BLACKBOX_IDENTITY_CMD: `cat ${file}` },
    ];
    for (const env of ways) expect(bob.run('blackbox-ts cat secrets.json', { env, shows: true }).stdout).toBe(secret);
    expect(bob.run(['blackbox-ts', 'cat', '--identity', file, 'secrets.json'], { shows: true }).stdout).toBe(secret);
  },
);

it('one person with several keys: any of them opens, and removal closes them all', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'secrets.json': secret });
  const laptop = team.person('laptop');
  const desktop = team.person('desktop');
  const both = [laptop, desktop].map((machine) => readFileSync(machine.newKey('age'), 'utf8')).join('');
  writeFileSync(join(alice.home, 'bob.pub'), `# bob, on two machines\n${both}`);
  alice.lead(['blackbox-ts', 'admin', 'add', join(alice.home, 'bob.pub')]);
  alice.commitAndPush('let bob in');
  for (const machine of [laptop, desktop]) {
    machine.pull();
    expect(machine.lead('blackbox-ts cat secrets.json', { shows: true }).stdout).toBe(secret);
  }
  alice.lead('blackbox-ts admin remove bob');
  alice.commitAndPush('bob has left');
  for (const machine of [laptop, desktop]) {
    machine.pull();
    machine.run('blackbox-ts cat secrets.json', { code: 1 });
  }
});

it.skipIf(lacks('ssh-keygen'))('a founder who has an SSH key and no age key is asked for nothing', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = team.person('alice');
  alice.newKey('ssh-ed25519');
  alice.lead('blackbox-ts init');
  alice.write('secrets.json', secret);
  alice.lead('blackbox-ts register secrets.json');
  expect(alice.lead('blackbox-ts cat secrets.json', { shows: true }).stdout).toBe(secret);
  expect(team.whereIs(secret)).toEqual([]);
});
