/** The signing key in `.pub` files: written with the identity, told again at any time, and kept on the way to the roster. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseIdentityFile, parseRecipientFile } from '../../src/age/index.js';
import { lacks } from '../harness/programs.js';
import { expectRefused } from '../harness/refusal.js';
import { until } from '../harness/run.js';
import { newTeam, type Person } from '../harness/team.js';
import { atTerminal } from '../harness/terminal.js';
import { found } from '../harness/vault.js';

const full = /^age1[0-9a-z]{58}\n# blackbox-ts signing key: ed25519 [A-Za-z0-9+/]{43}=\n$/;
const identityOf = (person: Person) => join(person.home, '.config/blackbox-ts/identity');

describe('keygen', () => {
  it('writes the signing key beside the recipient, and --public prints both again', () => {
    using team = newTeam();
    const alice = team.person('alice');
    const { stdout } = alice.run('blackbox-ts keygen');
    const [file = ''] = readdirSync(alice.clone).filter((name) => name.endsWith('.pub'));
    expect(alice.read(file)).toMatch(full);
    expect(alice.read(file).split('\n')[0]).toBe(stdout.trim());
    const again = alice.run('blackbox-ts keygen --public');
    expect(again.stdout).toBe(alice.read(file));
    expect(again.stderr).toBe('');
    const [identity] = parseIdentityFile(readFileSync(identityOf(alice)), { name: 'identity' });
    expect(parseRecipientFile(again.stdout)[0]?.sign).toBe(identity?.signer?.().key);
  });

  it('--force replaces the public file of the old identity', () => {
    using team = newTeam();
    const alice = team.person('alice');
    alice.run('blackbox-ts keygen');
    const { stdout } = alice.run('blackbox-ts keygen --force');
    const [file = ''] = readdirSync(alice.clone).filter((name) => name.endsWith('.pub'));
    expect(alice.read(file)).toMatch(full);
    expect(alice.read(file)).toContain(stdout);
  });

  it('--public of another file, of standard input, and of an SSH key', () => {
    using team = newTeam();
    const alice = team.person('alice');
    alice.run('blackbox-ts keygen --output ../ci.key');
    const text = alice.read('ci.pub');
    expect(alice.run('blackbox-ts keygen --public --identity ../ci.key').stdout).toBe(text);
    expect(alice.run('blackbox-ts keygen --public -i -', { stdin: alice.read('../ci.key') }).stdout).toBe(text);
    if (lacks('ssh-keygen')) return;
    alice.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'me', '-f', join(alice.home, 'id')]);
    const line = readFileSync(join(alice.home, 'id.pub'), 'utf8').replace(' me\n', '\n');
    expect(alice.run(['blackbox-ts', 'keygen', '--public', '-i', join(alice.home, 'id')]).stdout).toBe(line);
  });

  it('--public unlocks a protected identity with one question, post-quantum keys in it included', async () => {
    using team = newTeam();
    const alice = team.person('alice');
    const made = atTerminal(alice, 'blackbox-ts keygen --passphrase');
    await until('the question', () => made.output().includes('new identity: '));
    made.type('correct horse\r');
    await until('the same again', () => made.output().includes('again: '));
    made.type('correct horse\r');
    expect((await made.ended).code).toBe(0);
    // The file beside the protected identity is the full one as well.
    expect(readFileSync(`${identityOf(alice)}.pub`, 'utf8')).toMatch(full);
    const shown = atTerminal(alice, 'blackbox-ts keygen --public');
    await until('the question', () => shown.output().includes('passphrase for'));
    shown.type('correct horse\r');
    expect((await shown.ended).stdout.replaceAll('\r', '')).toContain(readFileSync(`${identityOf(alice)}.pub`, 'utf8'));
    expectRefused(team, alice, 'blackbox-ts keygen --public', { says: ['passphrase', 'terminal'] });
  });

  it('--public says what is missing, and what does not go together', () => {
    using team = newTeam();
    const alice = team.person('alice');
    expectRefused(team, alice, 'blackbox-ts keygen --public', { says: ['there is no identity', 'blackbox-ts keygen'] });
    expectRefused(team, alice, 'blackbox-ts keygen --public -i nothing', { says: ['nothing'] });
    expectRefused(team, alice, 'blackbox-ts keygen --public --force', { code: 2, says: ['contradict'] });
    expectRefused(team, alice, 'blackbox-ts keygen --public -o x', { code: 2, says: ['contradict'] });
    expectRefused(team, alice, 'blackbox-ts keygen -i x', { code: 2, says: ['--identity', '--output'] });
  });

  it.skipIf(lacks('gpg'))('--public of an OpenPGP key names the command that exports it', () => {
    using team = newTeam();
    const alice = team.person('alice');
    const free = ['gpg', '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', ''];
    alice.run([...free, '--quick-generate-key', 'alice@example.com', 'future-default', 'default', 'never']);
    const secret = alice.run([...free, '--armor', '--export-secret-keys', 'alice@example.com']).stdout;
    writeFileSync(join(alice.home, 'secret.asc'), secret, { mode: 0o600 });
    expectRefused(team, alice, ['blackbox-ts', 'keygen', '--public', '-i', join(alice.home, 'secret.asc')], {
      says: [/gpg --armor --export [0-9A-F]{40} > NAME\.pub/],
    });
  });
});

describe('the signing key', () => {
  it('of the founder and of who is let in stands on the roster', () => {
    using team = newTeam();
    const alice = found(team);
    expect(alice.read('.blackbox/admins/alice.pub')).toMatch(full);
    alice.run('blackbox-ts keygen --output ../bob.key');
    const text = alice.read('bob.pub');
    alice.write('bob.pub', `# Bob, laptop\n\n${text}\n# that was all\n`);
    alice.run('blackbox-ts admin add bob.pub');
    expect(alice.read('.blackbox/admins/bob.pub')).toBe(text);
  });

  it('that was altered on the way is not taken', () => {
    using team = newTeam();
    const alice = found(team);
    alice.run('blackbox-ts keygen --output ../bob.key');
    const text = alice.read('bob.pub');
    alice.write('bob.pub', text.replace(/.{3}=\n$/, '\n'));
    expectRefused(team, alice, 'blackbox-ts admin add bob.pub', { says: ['line 2', 'keygen --public'] });
    alice.write('bob.pub', text.replace('\n#', '\n\n#'));
    expectRefused(team, alice, 'blackbox-ts admin add bob.pub', {
      says: ['line 3', 'does not stand below an age key'],
    });
  });
});
