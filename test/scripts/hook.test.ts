/** What the pre-commit hook refuses: judged on the staged bytes, whatever lies in the work tree. */
import { describe, expect, it } from 'vitest';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

function withSecret(team: Team): { alice: Person; secret: string } {
  const secret = team.secret('password');
  const alice = found(team);
  register(alice, { 'secrets.json': `{ "db": { "password": "${secret}" } }\n` });
  return { alice, secret };
}

/** Tries to commit what is staged; what the hook said. The head stays where it was, and no secret is shown. */
function expectBlocked(person: Person, path: string, commit = 'git commit -q -m oops'): string {
  const head = person.run('git rev-parse HEAD').stdout;
  const { code, stdout, stderr } = person.run(commit, { code: null });
  expect(code, `${path} was committed`).not.toBe(0);
  expect(stdout + stderr).toContain(path);
  expect(person.run('git rev-parse HEAD').stdout).toBe(head);
  return stdout + stderr;
}

function expectPasses(person: Person): void {
  person.run('git commit -q -m fine');
}

describe('a registered path', () => {
  it('is refused in plaintext, with add -f, and with commit -a, -- path and --amend', () => {
    using team = newTeam();
    const { alice } = withSecret(team);
    alice.write('secrets.json', 'leak\n');
    alice.run('git add -f secrets.json');
    expectBlocked(alice, 'secrets.json');
    expectBlocked(alice, 'secrets.json', 'git commit -q -a -m oops');
    expectBlocked(alice, 'secrets.json', 'git commit -q --amend --no-edit');
    expectBlocked(alice, 'secrets.json', 'git commit -q -m oops -- secrets.json');
  });

  it('is refused when the plaintext is staged and something harmless lies in the work tree', () => {
    using team = newTeam();
    const { alice } = withSecret(team);
    alice.write('secrets.json', 'leak\n');
    alice.run('git add -f secrets.json');
    alice.run('rm secrets.json');
    expectBlocked(alice, 'secrets.json');
  });

  it('passes when only the work tree holds the plaintext', () => {
    using team = newTeam();
    const { alice } = withSecret(team);
    alice.lead('blackbox-ts decrypt secrets.json');
    alice.write('readme.txt', 'hello\n');
    alice.run('git add readme.txt');
    expectPasses(alice);
  });

  it('is refused under another name, when it is what was sealed', () => {
    using team = newTeam();
    const { alice } = withSecret(team);
    alice.lead('blackbox-ts decrypt secrets.json');
    alice.run('cp secrets.json renamed.txt');
    alice.run('git add renamed.txt');
    expectBlocked(alice, 'renamed.txt');
  });

  it('is refused as a symlink to it', () => {
    using team = newTeam();
    const { alice } = withSecret(team);
    alice.run('ln -s elsewhere secrets.json');
    alice.run('git add -f secrets.json');
    expectBlocked(alice, 'secrets.json');
  });
});

describe('a sealed file', () => {
  const cases: Record<string, (sealed: Buffer) => Buffer> = {
    'that is plaintext': () => Buffer.from('leak\n'),
    'that only begins like one': () => Buffer.from('age-encryption.org/v1\nleak\n'),
    'with a whole header and plaintext after it': (sealed) =>
      Buffer.concat([sealed.subarray(0, sealed.indexOf('\n--- ') + 48), Buffer.from('leak\n')]),
    'that is empty': () => Buffer.alloc(0),
    'that was cut off in its header': (sealed) => sealed.subarray(0, 100),
  };
  it.each(Object.entries(cases))('%s is refused', (_, change) => {
    using team = newTeam();
    const { alice } = withSecret(team);
    alice.write('secrets.json.age', change(alice.bytes('secrets.json.age')));
    alice.run('git add secrets.json.age');
    expectBlocked(alice, 'secrets.json.age');
  });

  it('that was sealed anew passes', () => {
    using team = newTeam();
    const { alice } = withSecret(team);
    alice.lead('blackbox-ts decrypt secrets.json');
    alice.write('secrets.json', '{}\n');
    alice.lead('blackbox-ts encrypt secrets.json');
    expectPasses(alice);
  });
});

describe('a known value', () => {
  const forms: Record<string, (value: string) => string> = {
    'as it is': (value) => value,
    'in base64': (value) => Buffer.from(value).toString('base64'),
    'in base64 inside something longer': (value) => Buffer.from(`user:${value}@host`).toString('base64'),
    'in base64url': (value) => Buffer.from(`??${value}`).toString('base64url'),
    'in hex': (value) => Buffer.from(value).toString('hex'),
    'in upper-case hex': (value) => Buffer.from(value).toString('hex').toUpperCase(),
    'percent-encoded': (value) =>
      `https://host/?p=${[...value].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')}`,
    'as a JSON string': (value) => JSON.stringify({ p: value }).replace('-', '\\u002d'),
  };
  it.each(Object.entries(forms))('%s is refused in any staged file, and is not printed', (_, form) => {
    using team = newTeam();
    const { alice, secret } = withSecret(team);
    alice.write('src/config.ts', `export const x = 1;\nexport const y = '${form(secret)}';\n`);
    alice.run('git add src/config.ts');
    const said = expectBlocked(alice, 'src/config.ts');
    expect(said).not.toContain(form(secret));
  });

  it('is known in every clone that has decrypted it, without a key at the time of the commit', () => {
    using team = newTeam();
    const { alice, secret } = withSecret(team);
    const bob = letIn(team, alice, 'bob');
    bob.run('blackbox-ts cat secrets.json', { shows: true });
    bob.run(['rm', '-r', `${bob.home}/.config/blackbox-ts`]);
    bob.write('notes.txt', `the password is ${secret}\n`);
    bob.run('git add notes.txt');
    expectBlocked(bob, 'notes.txt');
  });

  it('is looked for in the whole of a file that was edited elsewhere, and in binary files', () => {
    using team = newTeam();
    const { alice, secret } = withSecret(team);
    alice.write('blob.bin', Buffer.concat([Buffer.alloc(5000), Buffer.from(secret), Buffer.alloc(5000)]));
    alice.run('git add blob.bin');
    expectBlocked(alice, 'blob.bin');
  });

  it('ordinary files pass: words, numbers, e-mails, empty and large files, symlinks, submodules, deletions, odd names', () => {
    using team = newTeam();
    const { alice } = withSecret(team);
    alice.write('words.txt', 'true false null password secret localhost 5432 user@example.com\n');
    alice.write('empty', '');
    alice.write('large.bin', Buffer.alloc(5_000_000, 'ordinary text '));
    alice.write('odd "name"\t\n.txt', 'odd\n');
    alice.run('ln -s words.txt link');
    alice.run('git add -A');
    expectPasses(alice);
    alice.run('git rm -q words.txt link');
    expectPasses(alice);
  });
});

it('the first commit of a repository is judged too', () => {
  using team = newTeam();
  const alice = team.person('alice');
  alice.lead('blackbox-ts init');
  alice.write('a.txt', team.secret());
  alice.lead('blackbox-ts register a.txt');
  alice.write('a.txt', 'leak\n');
  alice.run('git add -f a.txt');
  expect(alice.run('git commit -q -m first', { code: 1 }).stderr).toContain('a.txt');
  alice.run('git rm -q --cached a.txt');
  expectPasses(alice);
});

it('`guard` finds the same without a hook, for continuous integration', () => {
  using team = newTeam();
  const { alice } = withSecret(team);
  alice.write('secrets.json', 'leak\n');
  alice.run('git add -f secrets.json');
  alice.run('blackbox-ts hook uninstall');
  const found_ = alice.run('blackbox-ts guard', { code: 3 });
  expect(found_.stdout + found_.stderr).toContain('secrets.json');
  alice.run('git rm -q -f --cached secrets.json');
  alice.run('blackbox-ts guard');
});
