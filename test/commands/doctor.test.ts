/** `doctor` finds what is wrong, each thing with the command that mends it, and the command does. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../harness/programs.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

interface Check {
  readonly name: string;
  readonly outcome: 'ok' | 'warn' | 'fail';
  readonly what: string;
  readonly mend?: string;
}

/** @param led see {@link Person.lead} */
function examine(
  person: Person,
  { led = false, ...options }: { cwd?: string; led?: boolean } = {},
): { checks: Check[]; code: number; wrong: Check[] } {
  const start = led ? person.lead : person.run;
  const { stdout, stderr, code } = start('blackbox-ts doctor --json', { ...options, code: null });
  expect(stderr).toBe('');
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Check[] };
  expect(code).toBe(ok ? 0 : 3);
  expect(ok).toBe(checks.every((check) => check.outcome !== 'fail'));
  return { checks, code, wrong: checks.filter((check) => check.outcome !== 'ok') };
}

it('finds nothing wrong where all is well, and says what it looked at', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  const { checks, wrong } = examine(alice);
  expect(wrong).toEqual([]);
  const names = checks.map((check) => check.name);
  for (const name of [
    'node',
    'git',
    'repository',
    'vault',
    'roster',
    'registry',
    'identity',
    'sealed files',
    'plaintext',
    'hook',
    'known values',
  ])
    expect(names).toContain(name);
  const { stdout, stderr } = alice.run('blackbox-ts doctor');
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toHaveLength(checks.length);
});

it('where there is nothing yet, says how to begin', () => {
  using team = newTeam();
  const alice = team.person('alice');
  expect(examine(alice, { cwd: alice.home }).wrong).toMatchObject([
    { name: 'repository', outcome: 'fail', mend: expect.stringContaining('git init') },
    { name: 'identity', outcome: 'fail', mend: expect.stringContaining('blackbox-ts keygen') },
  ]);
  expect(examine(alice).wrong).toMatchObject([
    { name: 'vault', mend: expect.stringContaining('blackbox-ts init') },
    { name: 'identity' },
  ]);
});

describe('one thing wrong', () => {
  let team: Team;
  let alice: Person;
  beforeAll(() => {
    team = newTeam();
    alice = found(team);
    register(alice, { 'a.txt': team.secret(), 'b.txt': team.secret() });
    alice.run('cp -r . ../healthy');
  });
  afterAll(() => team[Symbol.dispose]());

  const path = (name: string) => join(alice.clone, name);
  const faults: Record<string, { fault: () => void; name: string; outcome: 'warn' | 'fail'; mend: RegExp }> = {
    'a sealed file is damaged': {
      fault: () => alice.write('a.txt.age', 'garbage'),
      name: 'sealed files',
      outcome: 'fail',
      mend: /^git checkout HEAD -- a\.txt\.age$/,
    },
    'a sealed file is missing': {
      fault: () => rmSync(path('a.txt.age')),
      name: 'sealed files',
      outcome: 'fail',
      mend: /^git checkout HEAD -- a\.txt\.age$/,
    },
    'a sealed file is in the place of another': {
      fault: () => alice.run('cp b.txt.age a.txt.age'),
      name: 'sealed files',
      outcome: 'fail',
      mend: /^git log -p --stat -- a\.txt\.age$/,
    },
    'an older version is back': {
      fault: () => {
        alice.lead('blackbox-ts reencrypt --fresh a.txt');
        alice.run('git commit -q -m fresh');
        alice.run('git checkout -q HEAD~1 -- a.txt.age');
      },
      name: 'sealed files',
      outcome: 'warn',
      mend: /^blackbox-ts status a\.txt$/,
    },
    'the ledger is damaged': {
      fault: () => alice.write('.blackbox/rotation/0123456789abcdef.age', 'garbage'),
      name: 'ledger',
      outcome: 'fail',
      mend: /^git log -p --stat -- \.blackbox\/rotation\/0123456789abcdef\.age$/,
    },
    'git tracks a plaintext': {
      fault: () => {
        alice.write('a.txt', 'plain');
        alice.run('git add -f a.txt');
        alice.run('chmod 600 a.txt');
      },
      name: 'plaintext',
      outcome: 'fail',
      mend: /^git rm --cached -- a\.txt$/,
    },
    'others can read a plaintext': {
      fault: () => {
        alice.lead('blackbox-ts decrypt a.txt');
        chmodSync(path('a.txt'), 0o644);
      },
      name: 'plaintext modes',
      outcome: 'warn',
      mend: /^chmod 600 a\.txt$/,
    },
    'git does not ignore a plaintext': {
      fault: () => alice.write('.gitignore', '/a.txt\n'),
      name: 'plaintext',
      outcome: 'warn',
      mend: /\/b\.txt/,
    },
    'the attributes are gone': {
      fault: () => rmSync(path('.gitattributes')),
      name: '.gitattributes',
      outcome: 'warn',
      mend: /^printf '%s\\n' .* >> \.gitattributes$/,
    },
    'the hook is gone': {
      fault: () => rmSync(path('.git/hooks/pre-commit')),
      name: 'hook',
      outcome: 'fail',
      mend: /^blackbox-ts hook install$/,
    },
    'the hook is somebody else’s': {
      fault: () => {
        alice.write('.git/hooks/pre-commit', `#!/bin/sh\ntouch ${join(team.folder, 'ran')}\n`);
        alice.run('chmod 755 .git/hooks/pre-commit');
      },
      name: 'hook',
      outcome: 'fail',
      mend: /^blackbox-ts hook install$/,
    },
    'a line is missing from the roster': {
      fault: () => alice.write('.blackbox/admins/bob.pub', 'garbage\n'),
      name: 'roster',
      outcome: 'fail',
      mend: /git log/,
    },
    'the registry is hostile': {
      fault: () => alice.write('.blackbox/files', '../outside\n'),
      name: 'registry',
      outcome: 'fail',
      mend: /./,
    },
    'the guard knows nothing': {
      fault: () => rmSync(path('.git/blackbox-ts/known.json')),
      name: 'known values',
      outcome: 'warn',
      mend: /^blackbox-ts setup$/,
    },
    'what the guard knows is damaged': {
      fault: () => alice.write('.git/blackbox-ts/known.json', 'garbage'),
      name: 'known values',
      outcome: 'fail',
      mend: /blackbox-ts setup/,
    },
    'the local state is open to others': {
      fault: () => chmodSync(path('.git/blackbox-ts'), 0o755),
      name: 'local state',
      outcome: 'fail',
      mend: /^chmod 700 /,
    },
    'a run was killed': {
      fault: () => alice.write('.git/blackbox-ts/journal', `${path('.a.txt.age.blackbox-ts-0')}\n`),
      name: 'leftovers',
      outcome: 'warn',
      mend: /^blackbox-ts setup$/,
    },
  };

  it.each(Object.entries(faults))('%s', (_, { fault, name, outcome, mend }) => {
    alice.run('rm -rf .blackbox .git .gitattributes .gitignore a.txt b.txt a.txt.age b.txt.age');
    alice.run('cp -a ../healthy/. .');
    fault();
    const before = team.snapshot();
    const { wrong } = examine(alice, { led: true });
    expect(team.snapshot()).toEqual(before);
    // A hook that cannot read what it needs refuses everything, and that is said beside the cause.
    const [found, ...others] = wrong.filter((check) => check.name === name || check.name !== 'hook');
    expect([found?.outcome, others]).toEqual([outcome, []]);
    expect(found?.mend).toMatch(mend);
    expect(wrong.every((check) => check.name === name || check.outcome === 'warn')).toBe(true);
  });

  it('what mends it, mends it', () => {
    alice.run('rm -rf .blackbox .git .gitattributes .gitignore a.txt b.txt a.txt.age b.txt.age');
    alice.run('cp -a ../healthy/. .');
    for (const key of [
      'others can read a plaintext',
      'the attributes are gone',
      'the hook is gone',
      'the guard knows nothing',
      'a sealed file is missing',
    ]) {
      faults[key]?.fault();
    }
    const { wrong } = examine(alice);
    expect(wrong).toHaveLength(5);
    for (const { mend = '' } of wrong) {
      alice.run(
        mend.startsWith('blackbox-ts') || mend.startsWith('git') || mend.startsWith('chmod')
          ? mend
          : ['sh', '-c', mend],
      );
    }
    expect(examine(alice).wrong).toEqual([]);
  });
});

describe('the user', () => {
  it('without an identity, with one that is on no roster, and let in', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const bob = team.person('bob');
    bob.lead('blackbox-ts setup');
    const identity = () => examine(bob).checks.find((check) => check.name === 'identity');
    expect(identity()).toMatchObject({ outcome: 'fail', mend: expect.stringContaining('keygen') });
    const key = bob.newKey('age');
    expect(identity()).toMatchObject({
      outcome: 'fail',
      what: expect.stringContaining('none of yours is on the roster'),
    });
    alice.lead(['blackbox-ts', 'admin', 'add', key]);
    alice.commitAndPush('let bob in');
    bob.pull();
    expect(identity()).toMatchObject({ outcome: 'ok', what: expect.stringContaining('you are bob') });
  });

  it('whose identity others can read, or replace', () => {
    using team = newTeam();
    const alice = found(team);
    const file = join(alice.home, '.config/blackbox-ts/identity');
    chmodSync(file, 0o644);
    expect(examine(alice).wrong).toMatchObject([{ name: 'identity file', outcome: 'fail', mend: `chmod 600 ${file}` }]);
    chmodSync(file, 0o600);
    chmodSync(join(file, '..'), 0o777);
    expect(examine(alice).wrong).toMatchObject([
      { name: 'identity file', outcome: 'fail', mend: expect.stringContaining('chmod 700') },
    ]);
  });

  it('is told of an identity that is there and broken', () => {
    using team = newTeam();
    const alice = found(team);
    writeFileSync(join(alice.home, '.config/blackbox-ts/identity'), 'garbage\n');
    const { wrong } = examine(alice);
    expect(wrong.map((check) => check.name)).toEqual(['identity', 'identity']);
    expect(wrong[0]?.what).toContain('blackbox-ts/identity: ');
  });
});

it('says whom files are not sealed for yet', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  // A version that was never committed: one that was would be told as older.
  alice.lead('blackbox-ts reencrypt --fresh');
  const before = alice.bytes('a.txt.age');
  letIn(team, alice, 'bob');
  alice.write('a.txt.age', before);
  expect(examine(alice).wrong).toMatchObject([{ name: 'readers', outcome: 'warn', mend: 'blackbox-ts reencrypt' }]);
});

it.skipIf(lacks('gpg'))('warns before an OpenPGP key ends, by the key that was signed', () => {
  using team = newTeam();
  const alice = found(team);
  const bob = team.person('bob');
  const make = ['gpg', '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', ''];
  bob.run([...make, '--quick-generate-key', 'bob <bob@example.com>', 'future-default', 'default', '5d']);
  const key = bob.run('gpg --batch --armor --export').stdout;
  writeFileSync(join(bob.home, 'bob.pub'), key);
  alice.lead(['blackbox-ts', 'admin', 'add', join(bob.home, 'bob.pub')]);
  const wrong = () => examine(alice).wrong.filter((check) => check.name !== 'gpg');
  expect(wrong()).toMatchObject([
    { name: 'key of bob', outcome: 'warn', what: expect.stringMatching(/expires on \d{4}-/) },
  ]);
  const [, fingerprint = ''] =
    /^fpr:+([0-9A-F]+):/m.exec(bob.run('gpg --batch --with-colons --list-keys').stdout) ?? [];
  const certificate = bob.run(['cat', join(bob.env.GNUPGHOME ?? '', 'openpgp-revocs.d', `${fingerprint}.rev`)]).stdout;
  bob.run('gpg --batch --quiet --import', { stdin: certificate.replace(/^:-----/m, '-----') });
  alice.write('.blackbox/admins/bob.pub', bob.run('gpg --batch --armor --export').stdout);
  // The key that counts is the one that was signed: whoever may write to the folder cannot change anything about it. A revocation is added by an admin.
  expect(wrong()).toMatchObject([
    { name: 'key of bob', outcome: 'warn', what: expect.stringMatching(/expires on \d{4}-/) },
    { name: 'key files', outcome: 'warn', mend: 'git checkout HEAD -- .blackbox/admins/bob.pub' },
  ]);
});
