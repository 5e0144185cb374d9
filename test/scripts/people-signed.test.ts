/** People on a signed roster: who asks is not in, a lost key opens nothing, a group is for its members, and a first use says what it trusts. */

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lacks } from '../harness/programs.js';
import { expectRefused } from '../harness/refusal.js';
import { until } from '../harness/run.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { atTerminal } from '../harness/terminal.js';
import { found, letIn, register } from '../harness/vault.js';

const requestOf = (name: string) => `.blackbox/requests/${name}.pub`;
const fingerprintIn = (text: string) => /fingerprint of (?:your|the) request: (SHA256:\S+)/.exec(text)?.[1] ?? '';

/** Somebody asks, on a branch of their own that is then merged; the fingerprint that they saw. */
function ask(team: Team, alice: Person, name: string): { person: Person; fingerprint: string } {
  const person = team.person(name);
  const said = person.run(['blackbox-ts', 'join', '--name', name]).stderr;
  for (const [, line] of said.matchAll(/^ {2}(git .*)$/gm)) person.run(line ?? '');
  alice.run(['git', 'pull', '--quiet', '--no-edit', 'origin', `join-${name}`]);
  return { person, fingerprint: fingerprintIn(said) };
}

describe('asking to be let in', () => {
  it('join, the git commands that it says, approve: and then, not before, they read', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    register(alice, { 'a.txt': secret });
    const { person: bob, fingerprint } = ask(team, alice, 'bob');
    expect(alice.run('blackbox-ts status').stderr).toContain('blackbox-ts admin approve bob');
    expect(JSON.parse(alice.run('blackbox-ts admin list --json').stdout).requests).toEqual(['bob']);

    const approved = alice.run(['blackbox-ts', 'admin', 'approve', '--fingerprint', fingerprint, 'bob']).stderr;
    expect(approved).toMatch(/brought by commit [0-9a-f]{12} of bob, .*: bob asks to be let in/);
    expect(approved).toContain(fingerprint);
    expect(alice.run('git status --short').stdout).not.toMatch(/^\?\?/m);
    alice.commitAndPush('bob is in');
    expect(alice.has(requestOf('bob'))).toBe(false);
    bob.run('git switch --quiet main');
    bob.pull();
    expect(bob.lead('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(secret);
    // Let in with a key that signs: what bob seals is authentic.
    bob.write('b.txt', secret);
    bob.lead('blackbox-ts register b.txt');
    expect(bob.lead('blackbox-ts status').stdout).not.toContain('not authentic');
    expect(alice.lead('blackbox-ts status').stderr).not.toContain('admin approve');
  });

  it('a request gives no access, whoever merges it, and whatever else is done', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    register(alice, { 'a.txt': secret });
    const { person: eve } = ask(team, alice, 'eve');
    const identity = join(eve.home, '.config/blackbox-ts/identity');
    alice.lead('blackbox-ts reencrypt --fresh');
    alice.write('b.txt', secret);
    alice.lead('blackbox-ts register b.txt');
    alice.lead('blackbox-ts status --check');
    alice.commitAndPush('all goes on');
    eve.run('git switch --quiet main');
    eve.pull();
    for (const path of ['a.txt', 'b.txt']) eve.lead(['blackbox-ts', 'cat', path], { code: 1 });
    for (const path of ['a.txt', 'b.txt'])
      expect(alice.bytes(`${path}.age`).includes(readFileSync(identity, 'utf8').slice(-20, -1))).toBe(false);
    expect(alice.lead('blackbox-ts who').stdout).not.toContain('eve');
    // Nor by moving it where the keys of those are who were let in.
    eve.run(['git', 'mv', requestOf('eve'), '.blackbox/admins/eve.pub']);
    eve.commitAndPush('nothing to see');
    alice.pull();
    expectRefused(team, alice, 'blackbox-ts reencrypt', {
      led: true,
      says: ['admins/eve.pub', 'no admin has signed', 'eve'],
    });
  });

  it('never lets anybody in silently: without a terminal, nobody, and with one, only on a yes', async () => {
    using team = newTeam();
    const alice = found(team);
    const { fingerprint } = ask(team, alice, 'bob');
    const before = alice.run('git rev-parse HEAD').stdout;
    const unasked = alice.run('blackbox-ts admin approve bob', { code: 1 }).stderr;
    expect(unasked).toContain('--fingerprint SHA256:…');
    const wrong = alice.lead(`blackbox-ts admin approve --fingerprint ${fingerprint.slice(0, 20)} bob`, { code: 1 });
    expect(wrong.stderr).toContain('not the one that you have compared');
    const session = atTerminal(alice, 'blackbox-ts admin approve --role writer bob');
    await until('asked', () => session.output().includes('[y/N]'));
    expect(session.output()).toContain(fingerprint);
    expect(session.output()).toContain('as writer?');
    session.type('\n');
    expect((await session.ended).code).toBe(1);
    expect(alice.run('git status --short').stdout).toBe('');
    expect(alice.run('git rev-parse HEAD').stdout).toBe(before);
    const again = atTerminal(alice, 'blackbox-ts admin approve --role writer bob');
    await until('asked', () => again.output().includes('[y/N]'));
    again.type('y\n');
    expect((await again.ended).code).toBe(0);
    expect(alice.lead('blackbox-ts admin list').stdout).toMatch(/^bob +writer/m);
  });

  it('an exchanged key is noticed: also the one that an age key signs with', () => {
    using team = newTeam();
    const alice = found(team);
    const { fingerprint } = ask(team, alice, 'bob');
    const honest = alice.read(requestOf('bob'));
    const eve = readFileSync(team.person('eve').newKey('age'), 'utf8').split('\n');
    const [key, signing] = honest.split('\n');
    const exchanged = [`${eve[0]}\n${eve[1]}\n`, `${key}\n${eve[1]}\n`, `${key}\n`, `${honest}${eve[0]}\n`];
    for (const [i, text] of exchanged.entries()) {
      alice.write(requestOf('bob'), text);
      const approve = `blackbox-ts admin approve --fingerprint ${fingerprint} bob`;
      const { stderr } = alice[i === 0 ? 'run' : 'lead'](approve, { code: 1 });
      expect(stderr).toContain('somebody may have exchanged a key');
    }
    alice.write(requestOf('bob'), `# comments do not matter\n\n${key}\r\n${signing}\r\n`);
    alice.lead(`blackbox-ts admin approve --fingerprint ${fingerprint} bob`);
  });

  it('refuses what is no request, and nothing of it is shown raw', () => {
    using team = newTeam();
    const alice = found(team);
    alice.write('.blackbox/requests/e\u001b[2Jve.pub', 'x');
    alice.write(requestOf('mallory'), 'AGE-SECRET-KEY-1QQQQ\n');
    alice.write('.blackbox/requests/notes.txt', 'x');
    const { stderr } = alice.run('blackbox-ts status');
    expect(stderr).toContain('mallory asks to be let in');
    expect(stderr).not.toContain('\u001b');
    for (const [name, says] of [
      ['mallory', 'requests/mallory.pub'],
      ['nobody', 'does not ask'],
      ['../admins/alice', 'name'],
    ] as const)
      expect(alice.lead(['blackbox-ts', 'admin', 'approve', '--yes', name], { code: 1 }).stderr).toContain(says);
  });

  it('under a login name that somebody else has as well, as in containers, comes with the way to one of their own', () => {
    using team = newTeam();
    found(team, userInfo().username);
    const stranger = team.person('stranger');
    const [, rename] =
      /^ {2}(rm .* && blackbox-ts join --name) NAME$/m.exec(stranger.run('blackbox-ts join').stderr) ?? [];
    stranger.run(['sh', '-c', `PATH="node_modules/.bin:$PATH"; ${rename} stranger`]);
    expect(stranger.run('git status --porcelain -uall').stdout).toBe(`?? ${requestOf('stranger')}\n`);
  });

  it('asks for a further key under a name that is on the roster, which needs --append', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': 'content' });
    const bob = letIn(team, alice, 'bob');
    expectRefused(team, bob, 'blackbox-ts join', { says: ['you are on the roster already, as bob'] });
    const laptop = team.person('laptop');
    const said = laptop.run('blackbox-ts join --name bob').stderr;
    expect(said).toContain('further key');
    laptop.run(`git add ${requestOf('bob')}`);
    laptop.commitAndPush('my new laptop');
    alice.pull();
    const approve = `blackbox-ts admin approve --fingerprint ${fingerprintIn(said)} bob`;
    expect(alice.lead(approve, { code: 1 }).stderr).toContain('--append');
    alice.run(`${approve} --append`);
    alice.commitAndPush("bob's laptop");
    for (const person of [bob, laptop]) {
      person.pull();
      expect(person.lead('blackbox-ts cat a.txt').stdout).toBe('content');
    }
  });
});

describe('a lost laptop', () => {
  it('opens nothing that is sealed after, signs nothing that counts, and what it opened is to be changed', () => {
    using team = newTeam();
    const [first, second] = [team.secret(), team.secret()];
    const alice = found(team);
    register(alice, { 'config.json': JSON.stringify({ token: first }) });
    const bob = letIn(team, alice, 'bob');
    const lost = team.person('lost');
    writeFileSync(join(bob.home, 'lost.pub'), readFileSync(lost.newKey('age'), 'utf8'));
    bob.lead(['blackbox-ts', 'admin', 'add', '--append', '--name', 'bob', join(bob.home, 'lost.pub')]);
    bob.commitAndPush('my laptop');
    lost.pull();
    expect(lost.lead('blackbox-ts cat config.json', { shows: true }).stdout).toContain(first);
    alice.pull();
    const [key = ''] = readFileSync(join(bob.home, 'lost.pub'), 'utf8').split('\n');

    const dry = alice.run(['blackbox-ts', 'admin', 'retire-key', '--dry-run', 'bob', key.slice(0, 8)]).stderr;
    expect(dry).toContain('config.json');
    const { stderr } = alice.run(['blackbox-ts', 'admin', 'retire-key', 'bob', key.slice(0, 8)]);
    expect(stderr).toContain(`retired a key of bob: ${key}`);
    expect(stderr).toContain('1 file re-encrypted under a new key');
    expect(stderr).toContain('proven: read again from disk');
    expect(stderr).toMatch(/config\.json: token/);
    expect(alice.read('.blackbox/admins/bob.pub')).not.toContain(key);
    alice.commitAndPush("bob's laptop is lost");

    for (const person of [bob, lost]) person.pull();
    expect(bob.lead('blackbox-ts cat config.json', { shows: true }).stdout).toContain(first);
    lost.lead('blackbox-ts cat config.json', { code: 1 });
    expect(lost.lead('blackbox-ts reencrypt --fresh', { code: 1 }).stderr).not.toContain(first);
    lost.write('mine.txt', 'x');
    lost.lead('blackbox-ts register --keep mine.txt', { code: 1 });
    // The ledger says why, and clears by itself.
    expect(alice.run('blackbox-ts rotation --check', { code: 3 }).stdout).toContain('a retired key of bob');
    alice.lead('blackbox-ts decrypt config.json');
    alice.write('config.json', JSON.stringify({ token: second }));
    alice.lead('blackbox-ts encrypt config.json');
    alice.lead('blackbox-ts rotation --check');
    expect(team.whereIs(first).filter((file) => file.includes('origin'))).toEqual([]);
  });

  it("one's own, from the other machine; never the last, and never the only one at hand", () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const desktop = join(alice.home, '.config/blackbox-ts/identity');
    const laptop = join(alice.home, 'laptop.key');
    alice.lead(['blackbox-ts', 'keygen', '--output', laptop], { cwd: alice.home });
    const keys = [readFileSync(join(alice.home, 'laptop.pub'), 'utf8').split('\n')[0] ?? '', ''];
    keys[1] = alice.read('.blackbox/admins/alice.pub').split('\n')[0] ?? '';
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'retire-key', 'alice', keys[1]], { says: ['no other'] });
    alice.lead(['blackbox-ts', 'admin', 'add', '--append', '--name', 'alice', join(alice.home, 'laptop.pub')]);
    alice.commitAndPush('a laptop');
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'retire-key', 'alice', keys[1]], {
      led: true,
      says: ['no other of your keys here', '--identity'],
    });
    expectRefused(team, alice, 'blackbox-ts admin retire-key alice age1', {
      led: true,
      says: ['8 characters', keys[0] ?? ''],
    });
    expectRefused(team, alice, 'blackbox-ts admin retire-key nobody age1qqqqqqqq', { led: true, says: ['nobody'] });
    alice.run(['blackbox-ts', 'admin', 'retire-key', 'alice', keys[0] ?? '']);
    alice.commitAndPush('the laptop is lost');
    alice.lead(['blackbox-ts', 'cat', 'a.txt'], { shows: true });
    expect(alice.lead(['blackbox-ts', 'cat', '--identity', laptop, 'a.txt'], { code: 1 }).stdout).toBe('');
    expect(alice.lead(['blackbox-ts', 'cat', '--identity', desktop, 'a.txt'], { shows: true }).code).toBe(0);
    alice.lead('blackbox-ts status --check');
    const again = alice.run(['blackbox-ts', 'admin', 'retire-key', 'alice', keys[0] ?? ''], { code: 1 });
    expect(again.stderr).toContain('has no key');
  });

  it.skipIf(lacks('ssh-keygen', 'gpg'))('by the fingerprint that its own program prints', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const bob = letIn(team, alice, 'bob', 'ssh-ed25519');
    const carol = letIn(team, alice, 'carol', 'openpgp');
    // gpg makes an empty keyring for whoever has none.
    alice.run('gpg --batch --quiet --list-secret-keys');
    const [, ssh = ''] = bob.run(['ssh-keygen', '-l', '-f', join(bob.home, 'bob.pub')]).stdout.split(' ');
    const [, fingerprint = ''] = /^fpr:+([0-9A-F]+):/m.exec(carol.run('gpg --with-colons --list-keys').stdout) ?? [];
    const grouped = `${fingerprint.slice(0, 4)} ${fingerprint.slice(4, 8).toLowerCase()} ${fingerprint.slice(8, 12)}`;
    for (const [name, key] of [
      ['bob', ssh.slice(0, 20)],
      ['carol', grouped],
    ] as const) {
      expectRefused(team, alice, ['blackbox-ts', 'admin', 'retire-key', name, key], {
        led: true,
        says: ['the only key'],
      });
      const spare = team.person(`spare-${name}`).newKey('age');
      alice.lead(['blackbox-ts', 'admin', 'add', '--append', '--name', name, spare]);
      alice.run(['blackbox-ts', 'admin', 'retire-key', name, key]);
      expect(alice.read(`.blackbox/admins/${name}.pub`)).toBe(readFileSync(spare, 'utf8'));
    }
    expect(alice.lead('blackbox-ts who').stdout).toBe('a.txt: alice, bob, carol\n');
  });

  it('a key that was named may be any one when several begin alike', () => {
    using team = newTeam();
    const alice = found(team);
    const bob = letIn(team, alice, 'bob');
    const second = readFileSync(team.person('second').newKey('ssh-rsa'), 'utf8');
    const third = readFileSync(team.person('third').newKey('ssh-rsa'), 'utf8');
    alice.write('more.pub', `${second}${third}`);
    alice.lead('blackbox-ts admin add --append --name bob more.pub');
    alice.commitAndPush('more keys');
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'retire-key', 'bob', 'ssh-rsa AAAA'], {
      says: ['could be 2 keys of bob', 'SHA256:'],
    });
    bob.pull();
    expect(bob.lead('blackbox-ts admin list').stdout.match(/ssh-rsa/g)).toHaveLength(2);
  });
});

describe('groups and roles', () => {
  it('nobody makes a reader of themself: a reader could not sign what that takes', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const bob = team.person('bob');
    alice.lead(['blackbox-ts', 'admin', 'add', bob.newKey('age')]);
    alice.commitAndPush('bob, an admin');
    expectRefused(team, alice, 'blackbox-ts admin change alice --role reader', { says: ['is you', 'another admin'] });
    bob.pull();
    bob.lead('blackbox-ts admin change alice --role reader');
    expect(bob.lead('blackbox-ts who').stdout).toBe('a.txt: alice (reader), bob\n');
  });

  it('a file for a group is for its members, and changing that re-wraps what it must and only that', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    register(alice, { 'all.txt': team.secret() });
    const [ops, dev] = [team.person('ops'), team.person('dev')];
    alice.lead('blackbox-ts admin change alice --group ops');
    for (const [person, ...options] of [
      [ops, '--group', 'ops'],
      [dev, '--role', 'writer'],
    ] as const)
      alice.lead(['blackbox-ts', 'admin', 'add', ...options, person.newKey('age')]);
    alice.commitAndPush('two more');
    alice.write('prod.env', secret);
    expectRefused(team, alice, 'blackbox-ts register --group opss prod.env', {
      says: ['nobody is in the group opss', 'ops'],
    });
    alice.lead('blackbox-ts register --group ops prod.env');
    alice.commitAndPush('for ops');
    for (const person of [ops, dev]) person.pull();
    expect(ops.lead('blackbox-ts cat prod.env', { shows: true }).stdout).toBe(secret);
    dev.lead('blackbox-ts cat prod.env', { code: 1 });
    expect(alice.run('blackbox-ts list').stdout).toBe('all.txt\nprod.env\tops\n');
    // Who they are, of which kind their keys are, and who let them in.
    const people = alice.run('blackbox-ts admin list').stdout;
    expect(people).toMatch(/^ops +admin +ops +age +age1\w{58} +by alice, \d{4}-\d\d-\d\d$/m);
    expect(people).toMatch(/^dev +writer +age +age1\w{58} +by alice, \d{4}-\d\d-\d\d$/m);
    const shown = alice.run('blackbox-ts admin show dev').stdout;
    for (const words of [
      'dev: writer',
      'signs with SHA256:',
      'reads 1 of 2 files\n  all.txt\n',
      'let dev in as writer',
    ])
      expect(shown).toContain(words);
    const { groups, keys, signedBy, reads } = JSON.parse(alice.run('blackbox-ts admin show ops --json').stdout);
    expect([groups, signedBy, reads]).toEqual([['ops'], 'alice', ['all.txt', 'prod.env']]);
    expect(keys).toMatchObject([{ kind: 'x25519', signs: true, expires: null, signedBy: 'alice' }]);
    expect(alice.run('blackbox-ts status').stdout).toMatch(/^prod\.env +sealed +ops +ok$/m);
    expect(alice.run('blackbox-ts who').stdout).toBe(
      'all.txt: alice, dev (writer), ops\nprod.env (for ops): alice, ops\n',
    );

    // Wider: a longer header over the same content. Narrower: all anew. Other files are not touched.
    const [all, narrow] = [alice.bytes('all.txt.age'), alice.bytes('prod.env.age')];
    alice.lead('blackbox-ts register --everybody prod.env');
    const wide = alice.bytes('prod.env.age');
    expect(wide.subarray(-40).equals(narrow.subarray(-40))).toBe(true);
    const { stderr } = alice.run('blackbox-ts register --group ops prod.env');
    expect(stderr).toContain('dev can no longer read prod.env, and knows what is in it');
    expect(alice.bytes('prod.env.age').subarray(-40).equals(narrow.subarray(-40))).toBe(false);
    expect(alice.bytes('all.txt.age').equals(all)).toBe(true);
    alice.lead('blackbox-ts admin change ops --no-groups');
    expect(alice.bytes('all.txt.age').equals(all)).toBe(true);
    expect(alice.lead('blackbox-ts who prod.env').stdout).toBe('prod.env (for ops): alice\n');
    alice.lead('blackbox-ts status --check');
  });

  it('nobody seals what they could not read again', () => {
    using team = newTeam();
    const alice = found(team);
    alice.lead(['blackbox-ts', 'admin', 'add', '--group', 'ops', team.person('bob').newKey('age')]);
    alice.commitAndPush('bob');
    alice.write('prod.env', team.secret());
    expectRefused(team, alice, 'blackbox-ts register --group ops prod.env', { says: ['you are not in ops'] });
    const kept = 'blackbox-ts register --keep --group ops prod.env';
    expectRefused(team, alice, kept, { led: true, says: ['you are not in ops'] });
    alice.lead('blackbox-ts register prod.env');
    alice.commitAndPush('for everybody');
    expectRefused(team, alice, 'blackbox-ts register --group ops prod.env', {
      led: true,
      says: ['you are not in ops'],
    });
    expectRefused(team, alice, 'blackbox-ts register --group ops --everybody prod.env', {
      led: true,
      code: 2,
      says: ['--everybody'],
    });
  });

  it('an audience that was only edited into the registry is not obeyed', () => {
    using team = newTeam();
    const alice = found(team);
    alice.lead('blackbox-ts admin change alice --group ops');
    alice.lead(['blackbox-ts', 'admin', 'add', team.person('bob').newKey('age')]);
    alice.write('prod.env', team.secret());
    alice.lead('blackbox-ts register --group ops prod.env');
    alice.commitAndPush('for ops');
    alice.write('.blackbox/files', 'prod.env\n');
    expectRefused(team, alice, 'blackbox-ts reencrypt', { says: ['prod.env', 'ops', '--everybody'] });
    alice.lead('blackbox-ts register --group ops prod.env');
    expect(alice.read('.blackbox/files')).toBe('prod.env\tops\n');
    expect(alice.lead('blackbox-ts who').stdout).toBe('prod.env (for ops): alice\n');
  });
});

describe('mv', () => {
  it('takes signature, registry, .gitignore, plaintext and what the guard knows along', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    register(alice, { 'a.json': JSON.stringify({ token: secret }) });
    const bob = letIn(team, alice, 'bob');
    alice.lead('blackbox-ts decrypt a.json');
    alice.run('mkdir config');
    const dry = alice.run('blackbox-ts mv --dry-run a.json config').stderr;
    expect(dry).toContain('would move a.json to config/a.json');
    expect(alice.has('config/a.json.age')).toBe(false);
    alice.run('blackbox-ts mv a.json config');
    expect([alice.has('a.json'), alice.has('a.json.age')]).toEqual([false, false]);
    expect(alice.lead('blackbox-ts list').stdout).toBe('config/a.json\n');
    expect(alice.read('.gitignore')).toBe('/config/a.json\n');
    expect(alice.lead('blackbox-ts status').stdout).toMatch(/^config\/a\.json +open +ok$/m);
    alice.write('leak.txt', `x = "${secret}"\n`);
    alice.run('git add leak.txt');
    alice.run(['git', 'commit', '--quiet', '-m', 'leak'], { code: 1 });
    alice.run('git rm --quiet --cached leak.txt');
    alice.commitAndPush('moved');
    bob.pull();
    expect(bob.lead('blackbox-ts cat config/a.json', { shows: true }).stdout).toContain(secret);
    bob.lead('blackbox-ts status --check');
  });

  it('what git moved is refused, and mv mends it', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret(), 'b.txt': team.secret() });
    alice.run('git mv a.txt.age c.txt.age');
    alice.write('.blackbox/files', 'b.txt\nc.txt\n');
    expectRefused(team, alice, 'blackbox-ts cat c.txt', { says: ['c.txt.age', 'sealed as a.txt', 'blackbox-ts mv'] });
    alice.run('git reset --quiet --hard');
    alice.run('blackbox-ts mv a.txt.age c.txt.age');
    alice.lead('blackbox-ts cat c.txt', { shows: true });
    alice.lead('blackbox-ts status --check');
  });

  it('refuses what would overwrite, collide or lose something', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret(), 'b.txt': team.secret() });
    const refused = (line: string, ...says: string[]) =>
      expectRefused(team, alice, `blackbox-ts mv ${line}`, { led: true, says });
    expectRefused(team, alice, 'blackbox-ts mv a.txt b.txt', { says: ['b.txt', 'one file'] });
    refused('a.txt a.txt', 'a.txt');
    refused('a.txt A.TXT', 'one file on some file systems');
    refused('a.txt .gitignore', '.gitignore');
    refused('a.txt ../a.txt', 'not inside');
    refused('a.txt .blackbox/x', '.blackbox');
    refused('nothing.txt c.txt', 'nothing.txt is not registered');
    alice.write('c.txt', 'mine');
    refused('a.txt c.txt', 'c.txt exists already');
    alice.write('d.txt.age', 'mine');
    refused('a.txt d.txt', 'd.txt.age exists already');
    alice.lead('blackbox-ts decrypt a.txt');
    appendFileSync(join(alice.clone, 'a.txt'), 'changed');
    refused('a.txt e.txt', 'a.txt has changes that are not sealed', 'blackbox-ts encrypt a.txt');
    const outsider = team.person('eve');
    expect(outsider.run('blackbox-ts mv a.txt e.txt', { code: 1 }).stderr).toContain('a.txt');
    expect(outsider.run('git status --short').stdout).toBe('');
  });

  it('killed in between, the same command finishes', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const old = alice.bytes('a.txt.age');
    alice.lead('blackbox-ts mv a.txt b.txt');
    const moved = alice.bytes('b.txt.age');
    // As if it had been killed before it cleared up, and before git heard of anything.
    alice.run('git reset --quiet');
    alice.write('a.txt.age', old);
    alice.run('blackbox-ts mv a.txt b.txt');
    expect(alice.run('git diff --cached --name-status --no-renames').stdout).toBe(
      'M\t.blackbox/files\nM\t.gitignore\nD\ta.txt.age\nA\tb.txt.age\n',
    );
    // And as if before the registry.
    alice.run('git reset --quiet --hard');
    alice.write('b.txt.age', moved);
    alice.run('blackbox-ts mv a.txt b.txt');
    alice.lead('blackbox-ts status --check');
    expect(alice.lead('blackbox-ts list').stdout).toBe('b.txt\n');
  });

  it('what somebody has seen under the old name is not forgotten under the new one', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.json': JSON.stringify({ token: team.secret() }) });
    letIn(team, alice, 'bob');
    alice.lead('blackbox-ts admin remove bob');
    alice.commitAndPush('bob has left');
    alice.lead('blackbox-ts mv a.json b.json');
    expect(alice.run('blackbox-ts rotation --check', { code: 3 }).stderr).toContain('b.json');
  });
});

describe('the first use in a clone', () => {
  it('says once whom it trusts, whatever is typed first', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': 'content' });
    const id = JSON.parse(alice.read('.blackbox/vault.json')).id;
    for (const line of ['setup', 'status', 'admin list', 'doctor', 'cat a.txt', 'list']) {
      const bob = team.person(`bob-${line.replace(' ', '-').replace('.txt', '')}`);
      const first = bob.run(`blackbox-ts ${line}`, { code: null }).stderr;
      for (const words of ['founded by alice', '1 person: 1 admin', id, 'BLACKBOX_VAULT'])
        expect(first).toContain(words);
      expect(bob.lead(`blackbox-ts ${line}`, { code: null }).stderr).not.toContain('founded by alice; on its');
    }
    expect(alice.lead('blackbox-ts status').stderr).not.toContain('first use');
  });

  it('is silent where the environment names the vault, and refuses another', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': 'content' });
    const { id } = JSON.parse(alice.read('.blackbox/vault.json'));
    const ci = team.person('ci');
    const env = { BLACKBOX_VAULT: id };
    expect(ci.run('blackbox-ts status', { env }).stderr).not.toContain('first use');
    const other = { BLACKBOX_VAULT: 'ab'.repeat(32) };
    expect(alice.run('blackbox-ts status', { env: other, code: 1 }).stderr).toContain('not the vault');
  });
});

describe('branches', () => {
  it('whoever was let in on another branch comes with its merge, and can read', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    register(alice, { 'a.txt': secret });
    const [bob, carol] = [team.person('bob'), team.person('carol')];
    alice.run('git switch --quiet -c other');
    alice.lead(['blackbox-ts', 'admin', 'add', '--role', 'writer', bob.newKey('age')]);
    alice.run(['git', 'commit', '--quiet', '-m', 'bob, elsewhere']);
    alice.run('git switch --quiet main');
    alice.lead(['blackbox-ts', 'admin', 'add', carol.newKey('age')]);
    expect(alice.lead('blackbox-ts who').stdout).toBe('a.txt: alice, carol\n');
    alice.lead('blackbox-ts status --check');
    alice.run(['git', 'commit', '--quiet', '-m', 'carol']);
    alice.run('git merge --quiet --no-edit other');
    alice.lead('blackbox-ts reencrypt');
    expect(alice.lead('blackbox-ts who').stdout).toBe('a.txt: alice, bob (writer), carol\n');
    alice.commitAndPush('both');
    for (const person of [bob, carol]) {
      person.pull();
      expect(person.lead('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(secret);
    }
  });

  it('a removal on another branch brings along what it builds upon, and says so', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const keys = ['bob', 'eve', 'carol'].map((name) => team.person(name).newKey('age'));
    const [bob = '', eve = '', carol = ''] = keys;
    alice.run('git switch --quiet -c other');
    for (const key of [bob, eve]) alice.lead(['blackbox-ts', 'admin', 'add', key]);
    alice.lead('blackbox-ts admin remove eve');
    alice.run(['git', 'commit', '--quiet', '-m', 'bob, and no eve']);
    alice.run('git switch --quiet main');
    expect(alice.run('blackbox-ts admin list').stderr).toContain('bob was let in as admin on another branch');
    expect(alice.run(['blackbox-ts', 'admin', 'add', carol]).stderr).toContain('bob was let in on another branch');
    expect(alice.lead('blackbox-ts who').stdout).toBe('a.txt: alice, bob, carol\n');
    expect(alice.has('.blackbox/admins/eve.pub')).toBe(false);
    alice.lead('blackbox-ts status --check');
    expect(alice.run('git status --short').stdout).not.toMatch(/^(\?\?| M| D)/m);
  });

  it('somebody removed elsewhere is marked, gets nothing, and is gone from the files of keys with the next change', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    const bob = letIn(team, alice, 'bob');
    alice.run('git switch --quiet -c other');
    alice.lead('blackbox-ts admin remove bob');
    alice.run(['git', 'commit', '--quiet', '-m', 'bob has left']);
    alice.run('git switch --quiet main');
    expect(alice.lead('blackbox-ts admin list').stderr).toContain('bob was removed on another branch by alice');
    const { elsewhere, people } = JSON.parse(alice.lead('blackbox-ts admin list --json').stdout);
    expect(elsewhere.removed).toMatchObject([{ name: 'bob', by: 'alice' }]);
    expect(people.map((p: { name: string }) => p.name)).toEqual(['alice']);
    alice.write('new.txt', team.secret());
    alice.lead('blackbox-ts register new.txt');
    expect(alice.lead('blackbox-ts who new.txt').stdout).toBe('new.txt: alice\n');
    alice.lead(['blackbox-ts', 'admin', 'add', team.person('carol').newKey('age')]);
    expect(alice.has('.blackbox/admins/bob.pub')).toBe(false);
    alice.commitAndPush('carol');
    bob.pull();
    bob.lead('blackbox-ts cat new.txt', { code: 1 });
    alice.lead('blackbox-ts status --check');
  });
});
