/** Keys that are not what they should be: each refused with the reason, and nobody is let in or locked out by it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../harness/programs.js';
import { expectRefused } from '../harness/refusal.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const age = 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg';

describe('a public key file', () => {
  let team: Team;
  let alice: Person;
  beforeAll(() => {
    team = newTeam();
    alice = found(team);
    register(alice, { 'a.txt': team.secret() });
  });
  afterAll(() => team[Symbol.dispose]());

  function offered(name: string, content: string | Uint8Array): string {
    const file = join(alice.home, name);
    writeFileSync(file, content);
    return file;
  }

  const files: Record<string, readonly [content: string | Uint8Array, says: RegExp]> = {
    'of an unknown kind': ['ssh-dss AAAAB3NzaC1kc3MAAACBAA== bob\n', /bob\.pub|ssh-dss/],
    'of an elliptic curve that cannot encrypt': [
      'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY= bob\n',
      /ecdsa/,
    ],
    'with a typing error': [`${age.slice(0, -1)}q\n`, /bob\.pub|line 1/],
    'in upper and lower case mixed': [`${age.slice(0, 20)}${age.slice(20).toUpperCase()}\n`, /bob\.pub|line 1/],
    'with one good and one broken line': [`${age}\nage1broken\n`, /line 2/],
    'with the same key twice': [`${age}\n${age}\n`, /same key/],
    'that is empty': ['', /bob\.pub/],
    'that holds comments only': ['# nothing here\n\n', /bob\.pub/],
    'that is binary': [Buffer.from([0, 1, 2, 255, 254]), /bob\.pub/],
    'with half an OpenPGP block': ['-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZ\n', /bob\.pub|OpenPGP/],
    'of a megabyte and more': [`# ${'x'.repeat(5_000_000)}\n${age}\n`, /bob\.pub/],
  };
  it.each(Object.entries(files))('%s is refused', (_, [content, says]) => {
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', offered('bob.pub', content)], { says: [says] });
  });

  // Put together here, so that nobody's scanner takes this file for a leak.
  const privateKeys: Record<string, string> = {
    age: `AGE-SECRET-${'KEY'}-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n`,
    OpenSSH: `-----BEGIN OPENSSH ${'PRIVATE'} KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH ${'PRIVATE'} KEY-----\n`,
    PEM: `-----BEGIN RSA ${'PRIVATE'} KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA ${'PRIVATE'} KEY-----\n`,
    OpenPGP: `-----BEGIN PGP ${'PRIVATE'} KEY BLOCK-----\n\nlFgEZ\n-----END PGP ${'PRIVATE'} KEY BLOCK-----\n`,
  };
  it.each(Object.entries(privateKeys))(
    'that is a private %s key is refused, and none of it is shown or kept',
    (_, content) => {
      const { stderr } = expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', offered('bob.pub', content)], {
        says: [/private/],
      });
      expect(stderr).not.toContain(content.split('\n')[1] || content.trim());
    },
  );

  it('that is not there, or a folder, is refused', () => {
    expectRefused(team, alice, 'blackbox-ts admin add nobody.pub', { says: ['nobody.pub'] });
    expectRefused(team, alice, 'blackbox-ts admin add .', { says: [/./] });
  });

  it('of somebody who is on the roster already is refused, under the same and under another name', () => {
    const own = alice.read('.blackbox/admins/alice.pub');
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', offered('eve.pub', own)], { says: ['alice'] });
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', offered('alice.pub', `${age}\n`)], { says: ['alice'] });
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', offered('ALICE.pub', `${age}\n`)], { says: [/alice/i] });
  });

  it.each(['../../evil', '.hidden', 'a/b', 'con', '', ' ', 'x\u001b[2J', '-rf', 'x'.repeat(300)])(
    'for a person named %j is refused',
    (name) => {
      const file = offered('bob.pub', `${age}\n`);
      const { code } = alice.run(['blackbox-ts', 'admin', 'add', `--name=${name}`, file], { code: null });
      expect([1, 2]).toContain(code);
      expect(alice.run('git status --porcelain').stdout).toBe('');
    },
  );
});

describe.skipIf(lacks('gpg'))('an OpenPGP key', () => {
  function keyOf(
    person: Person,
    algorithm: string,
    usage: string,
    expires: string,
    ...more: readonly string[]
  ): string {
    const unattended = ['gpg', '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', ''];
    person.run([...unattended, ...more, '--quick-generate-key', 'bob <bob@example.com>', algorithm, usage, expires]);
    const file = join(person.home, 'bob.pub');
    writeFileSync(file, person.run('gpg --batch --armor --export').stdout);
    return file;
  }

  it('that has expired is refused', () => {
    using team = newTeam();
    const alice = found(team);
    const bob = team.person('bob');
    const file = keyOf(bob, 'future-default', 'default', 'seconds=1', '--faked-system-time', '20200101T000000!');
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', file], { says: [/expired/] });
  });

  it('that cannot encrypt is refused', () => {
    using team = newTeam();
    const alice = found(team);
    const file = keyOf(team.person('bob'), 'ed25519', 'sign', 'never');
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', file], { says: [/encrypt/] });
  });

  it('that is revoked is refused', () => {
    using team = newTeam();
    const alice = found(team);
    const bob = team.person('bob');
    keyOf(bob, 'future-default', 'default', 'never');
    const fingerprint =
      /^fpr:+([0-9A-F]{40})/m.exec(bob.run('gpg --batch --with-colons --list-keys').stdout)?.[1] ?? '';
    const certificate = bob.run([
      'cat',
      join(bob.env.GNUPGHOME ?? '', 'openpgp-revocs.d', `${fingerprint}.rev`),
    ]).stdout;
    bob.run('gpg --batch --quiet --import', { stdin: certificate.replace(/^:-----/m, '-----') });
    const file = join(bob.home, 'bob.pub');
    writeFileSync(file, bob.run('gpg --batch --armor --export').stdout);
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', file], { says: [/revoked/] });
  });

  it('that is too weak is refused', () => {
    using team = newTeam();
    const alice = found(team);
    const file = keyOf(team.person('bob'), 'rsa1024', 'default', 'never');
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', file], { says: [/weak|1024|bits/] });
  });

  it('is chosen from the roster alone: another key of the same e-mail in the keyring is never used', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    register(alice, { 'a.txt': secret });
    const bob = letIn(team, alice, 'bob', 'openpgp');
    const mallory = team.person('mallory');
    const file = keyOf(mallory, 'future-default', 'default', 'never');
    alice.run(['gpg', '--batch', '--quiet', '--import', file]);
    alice.lead('blackbox-ts decrypt a.txt');
    alice.write('a.txt', `${secret} changed`);
    alice.lead('blackbox-ts encrypt a.txt');
    alice.lead('blackbox-ts shred a.txt');
    alice.commitAndPush('changed');
    for (const person of [bob, mallory]) person.pull();
    expect(bob.run('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(`${secret} changed`);
    mallory.run('blackbox-ts cat a.txt', { code: 1 });
  });
});
