/** The repository is attacker's input: it can make a command fail, never write or read outside, run anything, or repaint a terminal. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefused, expectWords } from '../harness/refusal.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

/** Commands that look at the vault, and ones that change it. */
const reading = ['list', 'status', 'who', 'cat a.txt', 'admin list'];
const writing = ['decrypt --all', 'encrypt', 'reencrypt', 'decrypt a.txt', 'register new.txt', 'admin add bob.pub'];

describe('a hostile line in the registry', () => {
  const lines: Record<string, string> = {
    'that climbs': '../outside',
    'that climbs from a folder': 'folder/../../outside',
    'that is absolute': '/tmp/outside',
    "in git's folder": '.git/hooks/post-checkout',
    "in git's folder, as other file systems spell it": '.GIT/hooks/post-checkout',
    "in a submodule's git folder": 'sub/.git/hooks/post-checkout',
    "in the vault's folder": '.blackbox/admins/mallory.pub',
    'with a NUL': '"a\\u0000b"',
    'that is empty between slashes': 'a//b',
    'that is no JSON string': '"unclosed',
    'with a hostile group': 'a.txt\t../../x',
  };
  let team: Team;
  let alice: Person;
  beforeAll(() => {
    team = newTeam();
    alice = found(team);
    register(alice, { 'a.txt': 'content' });
    alice.write('new.txt', 'new');
    alice.write('bob.pub', 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg\n');
  });
  afterAll(() => team[Symbol.dispose]());

  it.each(Object.entries(lines))('%s stops every command, and nothing is written', (_, line) => {
    alice.write('.blackbox/files', `a.txt\n${line}\n`);
    for (const command of ['list', 'decrypt --all', 'encrypt', 'register new.txt']) {
      // A start of each for one of the lines; what they are told by the others comes from the same place.
      const led = line !== '../outside';
      expectRefused(team, alice, `blackbox-ts ${command}`, { says: [/\.blackbox\/files|refused path/], led });
    }
    expect(alice.run('git commit -q --allow-empty -m anything', { code: null }).code).not.toBe(0);
  });
});

describe('control characters in names, keys and comments', () => {
  it('never reach the terminal', () => {
    using team = newTeam();
    const alice = found(team);
    const evil = 'evil\u001b[2J\u001b]0;title\u0007\u009b31m\u202egnp.txt';
    register(alice, { [evil]: 'content', 'a.txt': 'content', 'b.json': JSON.stringify({ 'k\u009b31m\u202e': 'v' }) });
    const comment = '\u001b[31mred\u0007\u202e';
    const bob = letIn(team, alice, 'bob', 'ssh-ed25519');
    bob.write('.blackbox/admins/bob.pub', `# ${comment}\n${bob.read('.blackbox/admins/bob.pub').trim()} ${comment}\n`);
    for (const command of [
      ...reading,
      'status --json',
      'list --json',
      'list --keys',
      'list --keys --json',
      'decrypt --all',
      'shred',
      'doctor',
      'edit missing\u001b[2J',
    ]) {
      const { stdout, stderr } = bob.run(['blackbox-ts', ...command.split(' ')], {
        env: { EDITOR: 'true' },
        code: null,
      });
      const harmful = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/;
      expect((stdout + stderr).replace(/[\n\t]/g, ''), command).not.toMatch(harmful);
    }
  });
});

describe('a symlink', () => {
  it('where plaintext would be written is not followed', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret(), 'folder/b.txt': team.secret() });
    const outside = join(team.folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'victim'), 'precious');
    symlinkSync(join(outside, 'victim'), join(alice.clone, 'a.txt'));
    for (const command of [
      'decrypt a.txt',
      'decrypt --force a.txt',
      'encrypt a.txt',
      'encrypt --force a.txt',
      'shred a.txt',
      'shred --force a.txt',
    ]) {
      expectRefused(team, alice, `blackbox-ts ${command}`, { says: ['a.txt'] });
    }
    alice.run('rm a.txt');
    alice.run('rm -r folder');
    symlinkSync(outside, join(alice.clone, 'folder'));
    for (const command of [
      'decrypt folder/b.txt',
      'decrypt --all',
      'cat folder/b.txt',
      'edit folder/b.txt',
      'reencrypt',
    ]) {
      expectRefused(team, alice, `blackbox-ts ${command}`, { says: ['folder'] });
    }
  });

  it('is not registered, and not read as a key, a registry or a roster', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': 'content' });
    const outside = join(team.folder, 'outside');
    writeFileSync(outside, 'a.txt\n');
    symlinkSync(outside, join(alice.clone, 'link.txt'));
    expectRefused(team, alice, 'blackbox-ts register link.txt', { says: ['link.txt'] });
    for (const path of ['.blackbox/files', '.blackbox/admins/alice.pub', '.blackbox/vault.json', 'a.txt.age']) {
      const content = alice.bytes(path);
      alice.run(['rm', path]);
      symlinkSync(outside, join(alice.clone, path));
      expectRefused(team, alice, 'blackbox-ts reencrypt', { says: [path] });
      alice.run(['rm', path]);
      alice.write(path, content);
    }
    alice.run('mv .blackbox ../elsewhere');
    symlinkSync('../elsewhere', join(alice.clone, '.blackbox'));
    expectRefused(team, alice, 'blackbox-ts reencrypt', { says: ['.blackbox'] });
  });
});

describe('a sealed file that was tampered with', () => {
  const changes: Record<string, (sealed: Buffer) => Buffer> = {
    garbage: () => Buffer.from('garbage'),
    empty: () => Buffer.alloc(0),
    'cut off in the payload': (sealed) => sealed.subarray(0, -5),
    'cut off after the header': (sealed) => sealed.subarray(0, sealed.indexOf('\n--- ') + 48),
    'with a bit flipped in the payload': (sealed) => flipped(sealed, sealed.length - 1),
    'with a bit flipped in the MAC': (sealed) => flipped(sealed, sealed.indexOf('\n--- ') + 10),
    'with a bit flipped in a stanza': (sealed) => flipped(sealed, sealed.indexOf('X25519') + 10),
    'with something after its end': (sealed) => Buffer.concat([sealed, Buffer.from('more')]),
    'with a header of a million stanzas': () =>
      Buffer.from(`age-encryption.org/v1\n${'-> a b\n\n'.repeat(1_000_000)}--- x\n`),
  };
  function flipped(bytes: Buffer, at: number): Buffer {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  }
  let team: Team;
  let alice: Person;
  let sealed: Buffer;
  beforeAll(() => {
    team = newTeam();
    alice = found(team);
    register(alice, { 'a.txt': team.secret(), 'b.txt': team.secret() });
    sealed = alice.bytes('a.txt.age');
  });
  afterAll(() => team[Symbol.dispose]());

  it.each(Object.entries(changes))('%s is not opened, and nothing of it is printed or written', (name, change) => {
    alice.write('a.txt.age', change(sealed));
    // A start of each command for one of the changes, of `cat` and `decrypt` for all.
    const led = name !== 'garbage';
    expectRefused(team, alice, 'blackbox-ts cat a.txt', { says: ['a.txt'] });
    expectRefused(team, alice, 'blackbox-ts decrypt a.txt', { says: ['a.txt'] });
    // All or nothing: the healthy one is not decrypted either.
    expectRefused(team, alice, 'blackbox-ts decrypt --all', { says: ['a.txt'], led });
    expectRefused(team, alice, 'blackbox-ts edit a.txt', { says: ['a.txt'], env: { EDITOR: 'true' }, led });
    const { stdout } = (led ? alice.lead : alice.run)('blackbox-ts status', { code: null });
    expect(stdout).toContain('b.txt');
  });
});

describe('a roster that was tampered with', () => {
  const files: Record<string, readonly [string, string]> = {
    'garbage in a person file': ['.blackbox/admins/bob.pub', 'garbage\n'],
    'an empty person file': ['.blackbox/admins/bob.pub', ''],
    'a key of an unknown kind': ['.blackbox/admins/bob.pub', 'ssh-dss AAAAB3NzaC1kc3MAAACBAA== bob\n'],
    'a file that is no person': ['.blackbox/admins/readme.md', 'hello\n'],
    'a name that differs in case only': [
      '.blackbox/admins/Alice.pub',
      'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg\n',
    ],
    'a vault of a newer format': ['.blackbox/vault.json', '{"version":999,"format":999,"id":"x"}\n'],
    'a vault.json that is none': ['.blackbox/vault.json', '[]\n'],
  };
  it.each(Object.entries(files))(
    '%s: nothing is sealed for fewer or other people than it says',
    (_, [path, content]) => {
      using team = newTeam();
      const alice = found(team);
      register(alice, { 'a.txt': team.secret() });
      alice.lead('blackbox-ts decrypt a.txt');
      alice.write('a.txt', team.secret('changed'));
      alice.write(path, content);
      const name = new RegExp(path.split('/').at(-1) ?? '', 'i');
      expectRefused(team, alice, 'blackbox-ts encrypt a.txt', { says: [name] });
      expectRefused(team, alice, 'blackbox-ts reencrypt', { says: [name] });
    },
  );
});

it('every command that writes can be refused without harm in a vault that is hostile all over', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': 'content' });
  alice.write('.blackbox/files', '../../etc/passwd\n');
  alice.write('.blackbox/admins/mallory.pub', 'garbage');
  alice.write('bob.pub', 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg\n');
  alice.write('new.txt', 'new');
  for (const command of [...reading, ...writing]) {
    const result = alice.run(`blackbox-ts ${command}`, { code: null });
    if (command !== 'admin list') expect(result.code, command).toBe(1);
    if (result.code !== 0) expectWords(result);
  }
});
