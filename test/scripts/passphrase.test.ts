/** Keys with passphrases: asked for once, on the terminal; never echoed; Ctrl-C at the prompt harms nothing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lacks } from '../harness/programs.js';
import { expectRefused } from '../harness/refusal.js';
import { until } from '../harness/run.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { type AtTerminal, atTerminal, ctrlC } from '../harness/terminal.js';
import { found, register } from '../harness/vault.js';

const passphrase = 'correct horse';

/** Bob has an SSH key with a passphrase, and may read ten files. */
function withLockedKey(team: Team): { bob: Person; secrets: string[] } {
  const alice = found(team);
  const secrets = Array.from({ length: 10 }, (_, i) => team.secret(`file${i}`));
  register(alice, Object.fromEntries(secrets.map((secret, i) => [`${i}.txt`, secret])));
  const bob = team.person('bob');
  alice.lead(['blackbox-ts', 'admin', 'add', bob.newKey('ssh-ed25519', passphrase)]);
  alice.commitAndPush('let bob in');
  bob.pull();
  return { bob, secrets };
}

const asked = (session: AtTerminal) => until('the passphrase is asked for', () => /passphrase/i.test(session.output()));

describe.skipIf(lacks('script', 'ssh-keygen'))('an SSH key with a passphrase', () => {
  it('is unlocked once for all files, and what is typed is not shown', async () => {
    using team = newTeam();
    const { bob, secrets } = withLockedKey(team);
    const session = atTerminal(bob, 'blackbox-ts decrypt --all');
    await asked(session);
    session.type(`${passphrase}\r`);
    expect((await session.ended).code).toBe(0);
    expect(session.output().match(/passphrase/gi)).toHaveLength(1);
    expect(session.output()).not.toContain(passphrase);
    expect(secrets.map((_, i) => bob.read(`${i}.txt`))).toEqual(secrets);
    // Opening ten files, signing the roster's statement and ten headers: one question as well, and for a removal with its ledger, too.
    const carol = team.person('carol').newKey('age');
    for (const line of [`admin add ${carol}`, 'admin remove carol']) {
      const writing = atTerminal(bob, `blackbox-ts ${line}`);
      await asked(writing);
      writing.type(`${passphrase}\r`);
      const { code, stdout } = await writing.ended;
      expect([code, stdout.match(/passphrase/gi)?.length], stdout).toEqual([0, 1]);
    }
  });

  it('with a wrong passphrase says so', async () => {
    using team = newTeam();
    const { bob } = withLockedKey(team);
    const session = atTerminal(bob, 'blackbox-ts cat 0.txt');
    for (let attempt = 0; attempt < 5 && session.child.exitCode === null; attempt++) {
      const before = session.output().length;
      await until(
        'it asks or ends',
        () =>
          session.child.exitCode !== null ||
          /passphrase.*: ?$/i.test(session.output().slice(attempt === 0 ? 0 : before)),
      );
      if (session.child.exitCode === null) session.type('wrong\r');
      await until('it goes on', () => session.child.exitCode !== null || session.output().length > before + 2);
    }
    expect((await session.ended).code).toBe(1);
    expect(session.output()).toMatch(/passphrase/);
    expect(session.output()).not.toContain('wrong\r\nwrong');
  });

  it.each([
    ['Ctrl-C', ctrlC],
    ['end of input', '\u0004'],
  ])('%s at the prompt ends it, and the terminal echoes again', async (_, key) => {
    using team = newTeam();
    const { bob } = withLockedKey(team);
    const head = bob.run('git stash create').stdout;
    const program = join(bob.clone, 'node_modules/blackbox-ts/bin/blackbox-ts.js');
    // The shell stays to say how the terminal was left.
    const session = atTerminal(bob, [
      'sh',
      '-c',
      'trap : INT; "$@"; echo "code $?"; stty -a',
      'sh',
      process.execPath,
      program,
      'decrypt',
      '--all',
    ]);
    await asked(session);
    session.type(key);
    await session.ended;
    expect(session.output()).toMatch(/code (1|130)\b/);
    expect(session.output()).toMatch(/(?<!-)\becho\b/);
    expect(session.output()).not.toMatch(/this is a bug|^\s+at /m);
    expect(bob.run('git stash create').stdout).toBe(head);
    expect(bob.has('0.txt')).toBe(false);
  });

  it('without a terminal is refused with the reason, at once', () => {
    using team = newTeam();
    const { bob } = withLockedKey(team);
    const { stderr } = bob.run('blackbox-ts cat 0.txt', { code: 1 });
    expect(stderr).toMatch(/id_ed25519/);
    expect(stderr).toMatch(/passphrase|terminal/);
  });
});

it.skipIf(lacks('script', 'age'))('an age identity file with a passphrase', async () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'a.txt': secret });
  const identity = join(alice.home, '.config/blackbox-ts/identity');
  const locked = atTerminal(alice, ['age', '--passphrase', '--armor', '--output', `${identity}.age`, identity]);
  await until('age asks', () => /passphrase/i.test(locked.output()));
  locked.type(`${passphrase}\r`);
  await until('age asks again', () => /confirm/i.test(locked.output()));
  locked.type(`${passphrase}\r`);
  await locked.ended;
  writeFileSync(identity, readFileSync(`${identity}.age`));
  expect(readFileSync(identity, 'utf8')).toContain('BEGIN AGE ENCRYPTED FILE');
  expectRefused(team, alice, 'blackbox-ts cat a.txt', { says: [/passphrase|terminal/] });
  const session = atTerminal(alice, 'blackbox-ts cat a.txt');
  await asked(session);
  session.type(`${passphrase}\r`);
  expect((await session.ended).code).toBe(0);
  expect(session.output()).toContain(secret);
});

it.skipIf(lacks('gpg'))('an OpenPGP key whose agent cannot ask is refused with the reason', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  const bob = team.person('bob');
  const file = bob.newKey('openpgp', passphrase);
  alice.lead(['blackbox-ts', 'admin', 'add', file]);
  alice.commitAndPush('let bob in');
  bob.pull();
  bob.run('gpgconf --kill all');
  writeFileSync(join(bob.env.GNUPGHOME ?? '', 'gpg-agent.conf'), 'pinentry-program /bin/false\n');
  const { stderr } = bob.run('blackbox-ts cat a.txt', { code: 1 });
  expect(stderr).toMatch(/gpg/);
  expect(stderr).not.toMatch(/this is a bug/);
});

it.skipIf(lacks('gpg'))('an OpenPGP key with a passphrase that its agent knows', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'a.txt': secret });
  const bob = team.person('bob');
  const file = bob.newKey('openpgp', passphrase);
  alice.lead(['blackbox-ts', 'admin', 'add', file]);
  alice.commitAndPush('let bob in');
  bob.pull();
  // The agent learns it from one use with loopback, as it would from a pinentry, and keeps it for a while.
  bob.write('../home/message', 'hello');
  bob.run([
    'gpg',
    '--batch',
    '--quiet',
    '--trust-model',
    'always',
    '-r',
    'bob@example.com',
    '-o',
    `${bob.home}/message.gpg`,
    '-e',
    `${bob.home}/message`,
  ]);
  bob.run([
    'gpg',
    '--batch',
    '--quiet',
    '--pinentry-mode',
    'loopback',
    '--passphrase',
    passphrase,
    '-d',
    `${bob.home}/message.gpg`,
  ]);
  const result = bob.run('blackbox-ts cat a.txt', { code: null, shows: true });
  if (result.code === 0) expect(result.stdout).toBe(secret);
  else expect(result.stderr).toMatch(/gpg/);
});
