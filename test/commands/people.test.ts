/** People: letting them in, shutting them out, telling who they are and what they can read. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bareRights, lacks } from '../harness/programs.js';
import { expectRefused } from '../harness/refusal.js';
import { newTeam, type Person } from '../harness/team.js';
import { atTerminal } from '../harness/terminal.js';
import { found, letIn, register } from '../harness/vault.js';

/** A public key whose private half nobody has kept. */
const strangersKey = 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg';
/** What is staged, but for what the vault writes down about those who have left. */
/** Which statement was made is not told beforehand: its name stands as `statement`. */
const staged = (person: Person) =>
  person
    .run(['git', 'diff', '--cached', '--name-status', '--', ':!.blackbox/rotation'])
    .stdout.replace(/[0-9a-f]{64}\.json/g, 'statement');
const goneAndSaid = 'D\t.blackbox/admins/bob.pub\nA\t.blackbox/roster/statement\n';
const keyText = (person: Person) => readFileSync(person.newKey('age'), 'utf8').split('\n')[0] ?? '';

describe('admin add', () => {
  it.skipIf(lacks('ssh-keygen', 'gpg'))('shows the fingerprint that the owner sees with their own program', () => {
    using team = newTeam();
    const alice = found(team);
    const bob = team.person('bob');
    const ssh = bob.newKey('ssh-ed25519');
    const [, fingerprint = 'none'] = bob.run(['ssh-keygen', '-l', '-f', ssh]).stdout.split(' ');
    const added = alice.run(['blackbox-ts', 'admin', 'add', ssh]);
    expect(added.stdout).toBe('');
    expect(added.stderr).toContain(`bob: ssh-ed25519 ${fingerprint} (bob@laptop)`);
    expect(added.stderr).toContain("git commit -m 'add bob to the vault'");
    expect(alice.read('.blackbox/admins/bob.pub')).toBe(readFileSync(ssh, 'utf8'));

    const carol = team.person('carol');
    const gpg = carol.newKey('openpgp');
    const colons = carol.run('gpg --batch --with-colons --list-keys').stdout;
    const [, primary = 'none'] = /^fpr:+([0-9A-F]+):/m.exec(colons) ?? [];
    expect(alice.lead(['blackbox-ts', 'admin', 'add', gpg]).stderr).toContain(
      `carol: openpgp ${primary} (carol <carol@example.com>)`,
    );
    expect(alice.read('.blackbox/admins/carol.pub').trim()).toBe(readFileSync(gpg, 'utf8').trim());
    const list = alice.run('blackbox-ts admin list').stdout;
    for (const shown of [fingerprint, primary, 'alice (you)']) expect(list).toContain(shown);
  });

  it('takes a file, standard input, or a key; the latter two with a name', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': 'content' });
    const [bob, carol, dave] = ['bob', 'carol', 'dave'].map((name) => team.person(name)) as [Person, Person, Person];
    alice.write('bob.smith.pub', keyText(bob));
    alice.lead('blackbox-ts admin add bob.smith.pub');
    const stdin = keyText(carol);
    expectRefused(team, alice, 'blackbox-ts admin add -', { stdin, code: 2, says: ['--name'] });
    alice.run('blackbox-ts admin add --name carol -', { stdin });
    const literal = keyText(dave);
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', literal], { led: true, code: 2, says: ['--name'] });
    alice.run(['blackbox-ts', 'admin', 'add', '--name', 'dave', literal]);
    alice.commitAndPush('all in');
    for (const person of [bob, carol, dave]) {
      person.pull();
      expect(person.lead('blackbox-ts cat a.txt').stdout).toBe('content');
    }
    const names = JSON.parse(alice.run('blackbox-ts admin list --json').stdout).people.map(
      (p: { name: string }) => p.name,
    );
    expect(names).toEqual(['alice', 'bob.smith', 'carol', 'dave']);
  });

  it('a file whose name begins like a key is a file', () => {
    using team = newTeam();
    const alice = found(team);
    alice.write('ssh-bob.pub', strangersKey);
    alice.run('blackbox-ts admin add ssh-bob.pub');
    expect(alice.lead('blackbox-ts admin list').stdout).toContain('ssh-bob');
  });

  it('keeps the keys and nothing else of the file', () => {
    using team = newTeam();
    const alice = found(team);
    const bob = team.person('bob');
    const first = keyText(bob);
    alice.write('bob.pub', `\ufeff# laptop\u001b[2J\r\n${first}\r\n\r\n# spare \u202e\r\n  ${strangersKey}\t\r\n`);
    alice.run('blackbox-ts admin add bob.pub');
    expect(alice.read('.blackbox/admins/bob.pub')).toBe(`${first}\n${strangersKey}\n`);
    const utf16 = Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`${keyText(team.person('carol'))}\r\n`, 'utf16le'),
    ]);
    alice.write('carol.pub', utf16);
    alice.lead('blackbox-ts admin add carol.pub');
    expect(alice.read('.blackbox/admins/carol.pub')).toMatch(/^age1[0-9a-z]+\n$/);
  });

  it.skipIf(lacks('ssh-keygen'))('takes what cannot be seen out of an SSH comment', () => {
    using team = newTeam();
    const alice = found(team);
    const [type, blob] = readFileSync(team.person('bob').newKey('ssh-ed25519'), 'utf8').split(' ');
    alice.write('bob.pub', `${type} ${blob} bob\u001b]0;x\u0007\u202e@laptop\n`);
    const { stderr } = alice.run('blackbox-ts admin add bob.pub');
    expect(stderr.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(alice.read('.blackbox/admins/bob.pub')).toBe(`${type} ${blob} bob]0;x@laptop\n`);
  });

  it('a further key for somebody needs --append, and leaves their first one', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': 'content' });
    const bob = letIn(team, alice, 'bob');
    const laptop = team.person('laptop');
    const before = alice.read('.blackbox/admins/bob.pub');
    alice.write('more.pub', keyText(laptop));
    expectRefused(team, alice, 'blackbox-ts admin add --name bob more.pub', { led: true, says: ['bob', '--append'] });
    alice.run('blackbox-ts admin add --name bob --append more.pub');
    expect(alice.read('.blackbox/admins/bob.pub')).toBe(before + alice.read('more.pub').trim().concat('\n'));
    alice.commitAndPush('a laptop');
    for (const person of [bob, laptop]) {
      person.pull();
      expect(person.lead('blackbox-ts cat a.txt').stdout).toBe('content');
    }
  });

  it('refuses what is nobody else, nothing, or no file, and a private key without storing it', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': 'content' });
    letIn(team, alice, 'bob');
    alice.write('other.pub', alice.read('.blackbox/admins/bob.pub'));
    alice.write('empty.pub', '# nothing\n');
    alice.write('BOB.pub', strangersKey);
    alice.write('twice.pub', `${strangersKey}\n${strangersKey}\n`);
    const secretKey = readFileSync(join(alice.home, '.config/blackbox-ts/identity'), 'utf8');
    alice.write('mine.pub', secretKey);
    const refusals: readonly (readonly [line: string, says: RegExp])[] = [
      ['other.pub', /already, as bob's/],
      ['empty.pub', /empty\.pub.*no public key/],
      ['BOB.pub', /bob is on the roster already/],
      ['twice.pub', /twice\.pub.*line 2/],
      ['mine.pub', /mine\.pub.*private key/],
      ['missing.pub', /missing\.pub/],
      ['bob@example.com', /bob@example\.com/],
      ['.', /folder/],
    ];
    for (const [i, [argument, says]] of refusals.entries())
      expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', argument], { led: i > 0, says: [says] });
    const secret = /AGE-SECRET-KEY-\S+/.exec(secretKey)?.[0] ?? '';
    expect(alice.run('blackbox-ts admin add mine.pub', { code: 1 }).stderr).not.toContain(secret);
    expect(existsSync(join(alice.clone, '.blackbox/admins/mine.pub'))).toBe(false);
    for (const name of ['../mallory', 'a/b', '.hidden', 'nul', 'x\u001b']) {
      expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', `--name=${name}`, 'BOB.pub'], {
        led: true,
        says: [/name/],
      });
    }
  });

  it('is for those on the roster', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const mallory = team.person('mallory');
    const key = mallory.newKey('age');
    expectRefused(team, mallory, ['blackbox-ts', 'admin', 'add', key], { says: ['not on the roster'] });
  });

  it('does nothing for anybody when one file cannot be opened', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret(), 'b.txt': team.secret() });
    alice.write('b.txt.age', 'garbage');
    alice.write('bob.pub', strangersKey);
    expectRefused(team, alice, 'blackbox-ts admin add bob.pub', { says: ['b.txt.age'] });
  });

  it('says which files have no sealed file, and goes on', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret(), 'b.txt': team.secret() });
    alice.run('rm b.txt.age');
    alice.write('bob.pub', strangersKey);
    const { stderr } = alice.run('blackbox-ts admin add bob.pub');
    expect(stderr).toContain('b.txt has no sealed file');
    expect(stderr).toContain('1 file re-wrapped');
  });

  it('finishes what a killed one has left: headers written, roster and index not', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    alice.write('bob.pub', strangersKey);
    alice.lead('blackbox-ts admin add bob.pub');
    const sealed = alice.bytes('a.txt.age');
    alice.run('git reset -q');
    alice.run('rm .blackbox/admins/bob.pub');
    const { stderr } = alice.run('blackbox-ts admin add bob.pub');
    expect(stderr).toContain('0 files re-wrapped');
    expect(alice.bytes('a.txt.age').equals(sealed)).toBe(true);
    expect(alice.run('git diff --cached --name-only').stdout).toMatch(
      /^\.blackbox\/admins\/bob\.pub\n\.blackbox\/roster\/[0-9a-f]{64}\.json\na\.txt\.age\n$/,
    );
    // And once more when nothing is left to do.
    alice.lead('blackbox-ts admin add bob.pub');
    expect(alice.run('git diff --cached --name-only').stdout).toMatch(
      /^\.blackbox\/admins\/bob\.pub\n\.blackbox\/roster\/[0-9a-f]{64}\.json\na\.txt\.age\n$/,
    );
  });

  it('opens with the identity named, and with no other', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    alice.write('bob.pub', strangersKey);
    alice.lead('blackbox-ts keygen --output ../other.key');
    expectRefused(team, alice, 'blackbox-ts admin add --identity ../other.key bob.pub', {
      says: ['not on the roster'],
    });
    alice.run([
      'blackbox-ts',
      'admin',
      'add',
      '--identity',
      join(alice.home, '.config/blackbox-ts/identity'),
      'bob.pub',
    ]);
  });
});

describe('admin remove', () => {
  it('re-encrypts, proves it from disk with counts, and names what was seen', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret(), 'folder/b.txt': team.secret() });
    letIn(team, alice, 'bob');
    register(alice, { 'later.txt': team.secret() });
    const { stdout, stderr } = alice.run('blackbox-ts admin remove bob');
    expect(stdout).toBe('');
    expect(stderr).toContain('3 files re-encrypted');
    expect(stderr).toContain('proven: read again from disk, the headers of 3 files name no key of bob');
    expect(stderr).toMatch(/bob has seen them.*\n {2}a\.txt.*\n {2}folder\/b\.txt.*\n {2}later\.txt/);
    expect(staged(alice)).toBe(`${goneAndSaid}M\ta.txt.age\nM\tfolder/b.txt.age\nM\tlater.txt.age\n`);
    expect(existsSync(join(alice.clone, '.git/blackbox-ts/removal.json'))).toBe(false);
  });

  it('refuses oneself, the last one, and somebody unknown', () => {
    using team = newTeam();
    const alice = found(team);
    expectRefused(team, alice, 'blackbox-ts admin remove alice', { says: ['alice', 'admin add'] });
    register(alice, { 'a.txt': team.secret() });
    letIn(team, alice, 'bob');
    expectRefused(team, alice, 'blackbox-ts admin remove alice', { led: true, says: ['alice is you'] });
    expectRefused(team, alice, 'blackbox-ts admin remove Bob', { led: true, says: ['Bob', 'alice and bob'] });
    for (const name of ['../files', 'a/../bob', '', 'x\u001b[2J']) {
      expectRefused(team, alice, ['blackbox-ts', 'admin', 'remove', `${name}`], { led: true, says: [/roster|name/] });
    }
  });

  it.skipIf(lacks('gpg'))('knows oneself by an OpenPGP key, too', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const bob = letIn(team, alice, 'bob', 'openpgp');
    expect(bob.run('blackbox-ts admin remove bob', { code: 1 }).stderr).toContain('bob is you');
    expect(bob.lead('blackbox-ts admin list').stdout).toContain('bob (you)');
  });

  it('is stopped by a sealed file that nobody can tell the readers of', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret(), 'b.txt': team.secret() });
    letIn(team, alice, 'bob');
    alice.write('b.txt.age', 'garbage');
    expectRefused(team, alice, 'blackbox-ts admin remove bob', { says: ['b.txt.age'] });
  });

  it('says what it would do, and does none of it', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    letIn(team, alice, 'bob');
    const before = team.snapshot();
    const { stderr } = alice.run('blackbox-ts admin remove --dry-run bob');
    for (const words of ['would re-encrypt a.txt.age', 'would take bob off the roster', 'bob has seen'])
      expect(stderr).toContain(words);
    expect(team.snapshot()).toEqual(before);
  });

  it.skipIf(bareRights() === null)('interrupted before the end still says, when run again, all that was seen', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret(), 'b.txt': team.secret() });
    letIn(team, alice, 'bob');
    alice.run('chmod 500 .blackbox/admins');
    alice.run('blackbox-ts admin remove bob', { through: bareRights() ?? [], code: 1 });
    alice.run('chmod 700 .blackbox/admins');
    // Their files are done, so no header tells any more what they could read.
    expect(alice.lead('blackbox-ts who').stdout).toBe('a.txt: alice\nb.txt: alice\n');
    expect(alice.has('.blackbox/admins/bob.pub')).toBe(true);
    expect(alice.lead('blackbox-ts doctor', { code: 3 }).stdout).toContain('blackbox-ts admin remove bob');
    const { stderr } = alice.run('blackbox-ts admin remove bob');
    expect(stderr).toMatch(/bob has seen them.*\n {2}a\.txt.*\n {2}b\.txt/);
    expect(staged(alice)).toBe(`${goneAndSaid}M\ta.txt.age\nM\tb.txt.age\n`);
  });

  it('interrupted at the very end is finished by running it again', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    letIn(team, alice, 'bob');
    alice.lead('blackbox-ts admin remove bob');
    alice.run('git reset -q');
    alice.run('blackbox-ts admin remove bob');
    expect(staged(alice)).toBe(`${goneAndSaid}M\ta.txt.age\n`);
    alice.commitAndPush('bob has left');
    expectRefused(team, alice, 'blackbox-ts admin remove bob', { led: true, says: ['bob is not on the roster'] });
  });
});

describe('who', () => {
  it('tells who reads what from the files, not from the roster', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret(), 'b.txt': team.secret() });
    const before = alice.bytes('b.txt.age');
    alice.write('bob.pub', strangersKey);
    alice.lead('blackbox-ts admin add bob.pub');
    const withBob = alice.bytes('a.txt.age');
    alice.write('b.txt.age', before);
    const { stdout, stderr } = alice.run('blackbox-ts who');
    expect(stdout).toBe('a.txt: alice, bob (reader)\nb.txt: alice; not yet bob\n');
    expect(stderr).toContain('blackbox-ts reencrypt');
    alice.lead('blackbox-ts admin remove bob');
    alice.write('a.txt.age', withBob);
    expect(alice.lead('blackbox-ts who a.txt').stdout).toMatch(/^a\.txt: alice, unknown key [0-9a-f]{32}\n$/);
    const [file] = JSON.parse(alice.run('blackbox-ts who --json a.txt').stdout).files;
    expect(file).toMatchObject({ path: 'a.txt', condition: 'sealed', readers: ['alice'], lacking: [] });
    expect(file.unknown).toHaveLength(1);
    alice.run('rm a.txt.age');
    alice.write('b.txt.age', 'garbage');
    expect(alice.lead('blackbox-ts who').stdout).toBe('a.txt: no sealed file\nb.txt: damaged\n');
  });

  it('needs no key, and takes paths from where one is', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'folder/a.txt': team.secret(), 'b.txt': team.secret() });
    const bob = team.person('bob');
    expect(bob.run('blackbox-ts who a.txt', { cwd: join(bob.clone, 'folder') }).stdout).toBe('folder/a.txt: alice\n');
    expect(bob.lead('blackbox-ts who', { cwd: join(bob.clone, 'folder') }).stdout).toBe(
      'b.txt: alice\nfolder/a.txt: alice\n',
    );
    expectRefused(team, bob, 'blackbox-ts who missing.txt', { says: ['missing.txt'] });
  });

  it('is a table where it fits on the terminal, and a line a file where it does not', async () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    alice.write('bob.pub', strangersKey);
    alice.lead('blackbox-ts admin add bob.pub');
    const at = async (columns: number) => {
      const shell = ['sh', '-c', `stty cols ${columns}; exec "$@"`, 'sized'];
      return (await atTerminal(alice, 'blackbox-ts who', { through: shell, env: { NO_COLOR: '1' } }).ended).stdout;
    };
    expect(await at(60)).toMatch(/^ +alice +bob\r\n +admin +reader\r\na\.txt +yes +yes\r\n$/);
    expect(await at(12)).toMatch(/^a\.txt: alice, bob \(reader\)\r\n$/);
  });
});

it('names and comments in a roster cannot repaint a terminal, nor can what --json prints', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'evil\u001b[2J\u009b\u202e.txt': 'content' });
  const bob = team.person('bob');
  const [type, blob] = lacks('ssh-keygen')
    ? ['', strangersKey]
    : readFileSync(bob.newKey('ssh-ed25519'), 'utf8').split(' ');
  writeFileSync(
    join(alice.clone, '.blackbox/admins/bob.pub'),
    `# \u001b[2J\n${`${type} ${blob}`.trim()} \u001b[31m\u009b2J\u202e\n`,
  );
  for (const command of [
    'who',
    'who --json',
    'admin list',
    'admin list --json',
    'doctor',
    'doctor --json',
    'guard --json',
    'admin remove --dry-run bob',
  ]) {
    const started = ['who', 'admin list', 'doctor --json'].includes(command);
    const { stdout, stderr } = alice[started ? 'run' : 'lead'](`blackbox-ts ${command}`, { code: null });
    expect((stdout + stderr).replaceAll('\n', ''), command).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
  }
});
