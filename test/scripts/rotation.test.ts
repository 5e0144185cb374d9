/** Leaving goes on until every value that somebody has seen is another one, and nobody outside learns even what there is to change. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Person, Team } from '../harness/team.js';
import { newTeam } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const check = (person: Person, code: number) => person.run('blackbox-ts rotation --check', { code });
const openPlaces = (person: Person) =>
  (JSON.parse(person.run('blackbox-ts rotation --json').stdout).open as { path: string; key: string[] | null }[]).map(
    ({ path, key }) => `${path}#${key?.join('.') ?? ''}`,
  );
const events = (person: Person, folder = 'rotation') => readdirSync(join(person.clone, '.blackbox', folder));

function change(person: Person, path: string, content: string): void {
  person.lead(['blackbox-ts', 'decrypt', path]);
  person.write(path, content);
  person.lead(['blackbox-ts', 'encrypt', '--shred', path]);
}

/** alice and bob share two files, and bob leaves. */
function afterBob(team: Team): { alice: Person; bob: Person; password: string; key: string; note: string } {
  const [password, key, note] = [team.secret('password'), team.secret('key'), team.secret('note')];
  const alice = found(team);
  register(alice, {
    'config.json': JSON.stringify({ db: { password, port: 5432 }, stripe: { key } }),
    'note.txt': note,
  });
  const bob = letIn(team, alice, 'bob');
  alice.pull();
  return { alice, bob, password, key, note };
}

it('what somebody has seen is on the list until it is changed', () => {
  using team = newTeam();
  const { alice, password, note } = afterBob(team);
  expect(check(alice, 0).stdout).toBe('');
  const removed = alice.run('blackbox-ts admin remove bob').stderr;
  expect(removed).toContain('config.json: db.password, db.port, stripe.key');
  expect(removed).toContain('blackbox-ts rotation');
  expect(alice.run('git status --porcelain').stdout).toMatch(/^A {2}\.blackbox\/rotation\/[0-9a-f]{16}\.age$/m);
  alice.commitAndPush('bob has left');

  const first = check(alice, 3);
  for (const word of ['config.json', 'db.password', 'stripe.key', 'note.txt', 'bob'])
    expect(first.stdout).toContain(word);
  expect(first.stdout).toContain(new Date().toISOString().slice(0, 7));
  expect(alice.run('blackbox-ts status').stderr).toContain('1 departure');
  expect(alice.run('blackbox-ts list').stdout).not.toContain('.blackbox');

  change(alice, 'config.json', JSON.stringify({ db: { password: team.secret(), port: 5432 }, stripe: {} }));
  expect(openPlaces(alice)).toEqual(['config.json#db.port', 'note.txt#']);
  alice.run('blackbox-ts rotation --not-secret config.json db.port');
  alice.lead(['blackbox-ts', 'deregister', '--delete', 'note.txt']);
  check(alice, 0);

  // An old value in a new place is noticed, with whom and where it was seen.
  alice.write('.env', `OLD=${password}\n`);
  alice.lead('blackbox-ts register .env');
  const again = check(alice, 3).stderr;
  for (const word of ['OLD in .env', 'bob', 'db.password in config.json']) expect(again).toContain(word);
  alice.lead('blackbox-ts deregister --delete .env');

  expect(alice.run('blackbox-ts rotation --prune').stderr).toContain('removed 1 event');
  expect(existing(alice)).toEqual([]);
  check(alice, 0);
  expect(alice.run('blackbox-ts status').stderr).not.toContain('departure');
  for (const secret of [password, note]) expect(team.whereIs(secret)).toEqual([]);
});

function existing(person: Person): string[] {
  return person.has('.blackbox/rotation') ? events(person) : [];
}

it('without a key nobody learns what is on the list, and no check passes', () => {
  using team = newTeam();
  const { alice, bob } = afterBob(team);
  alice.lead('blackbox-ts admin remove bob');
  alice.commitAndPush('bob has left');
  for (const word of ['db.password', 'stripe', 'note.txt']) {
    const [event = ''] = events(alice);
    expect(alice.bytes(`.blackbox/rotation/${event}`).includes(word)).toBe(false);
  }
  bob.pull();
  expect(check(bob, 1).stderr).toContain('.blackbox/rotation/');
  bob.run('blackbox-ts rotation', { code: 1 });
  const stranger = team.person('stranger');
  expect(check(stranger, 1).stderr).toContain('blackbox-ts keygen');
  // That there is something to change can be told by anybody.
  expect(stranger.run('blackbox-ts status').stderr).toContain('1 departure');
});

it('whoever comes later reads the ledger, whoever leaves no longer does', () => {
  using team = newTeam();
  const { alice } = afterBob(team);
  const carol = letIn(team, alice, 'carol');
  alice.pull();
  alice.lead('blackbox-ts admin remove bob');
  alice.commitAndPush('bob has left');
  const dave = letIn(team, alice, 'dave');
  expect(openPlaces(dave)).toHaveLength(4);
  alice.pull();
  const removed = alice.run('blackbox-ts admin remove carol').stderr;
  expect(removed).toContain('the headers of 2 files name no key of carol');
  alice.commitAndPush('carol has left');
  carol.pull();
  expect(events(carol)).toHaveLength(2);
  check(carol, 1);
  dave.pull();
  expect(openPlaces(dave)).toHaveLength(4);
  expect(check(dave, 3).stdout).toContain('bob, carol');
  expect(dave.run('blackbox-ts reencrypt --check').stderr).toBe('');
});

it('two people who leave on two branches: the ledger merges, and tells of both', () => {
  using team = newTeam();
  const { alice } = afterBob(team);
  const carol = letIn(team, alice, 'carol');
  alice.pull();
  letIn(team, alice, 'dave');
  carol.pull();
  carol.lead('blackbox-ts admin remove dave');
  carol.commitAndPush('dave has left');
  alice.lead('blackbox-ts admin remove bob');
  alice.run(['git', 'commit', '--quiet', '-m', 'bob has left']);
  // The sealed files themselves were encrypted anew on both sides, and conflict; the ledger does not.
  alice.run('git pull --quiet --no-edit origin main', { code: null });
  const unmerged = alice.run('git diff --name-only --diff-filter=U').stdout.trim().split('\n');
  expect(unmerged.filter((path) => path.startsWith('.blackbox'))).toEqual([]);
  for (const path of unmerged.filter(Boolean)) alice.run(['git', 'checkout', '--theirs', '--', path]);
  expect(events(alice)).toHaveLength(2);
  expect(alice.run('blackbox-ts status').stderr).toContain('not sealed for those whom the roster says');
  alice.lead('blackbox-ts reencrypt');
  expect(check(alice, 3).stdout).toMatch(/bob, dave|dave, bob/);
});

it('a file that cannot be opened is named, and fails the check', () => {
  using team = newTeam();
  const { alice } = afterBob(team);
  alice.lead('blackbox-ts admin remove bob');
  alice.run(['blackbox-ts', 'rotation', '--not-secret', 'config.json']);
  alice.lead('blackbox-ts deregister --delete note.txt');
  check(alice, 0);
  alice.write('config.json.age', 'damaged');
  expect(check(alice, 1).stderr).toContain('config.json.age');
  expect(JSON.parse(alice.run('blackbox-ts rotation --json').stdout).unopened).toMatchObject([
    { path: 'config.json.age' },
  ]);
  expect(alice.run('blackbox-ts rotation --prune', { code: 1 }).stderr).toContain('config.json.age');
  expect(events(alice)).toHaveLength(1);
});

it('an event that was tampered with, or does not belong there, is named', () => {
  using team = newTeam();
  const { alice } = afterBob(team);
  alice.lead('blackbox-ts admin remove bob');
  const [event = ''] = events(alice);
  const file = `.blackbox/rotation/${event}`;
  const bytes = alice.bytes(file);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  alice.write(file, bytes);
  expect(check(alice, 1).stderr).toContain(file);
  alice.run(['git', 'checkout', '--', file]);
  check(alice, 3);
  writeFileSync(join(alice.clone, '.blackbox/rotation/notes.txt'), 'x');
  expect(check(alice, 1).stderr).toContain('.blackbox/rotation/notes.txt');
});

/** Everything but what a clone keeps for itself: reading may work out anew who is on the roster. */
const shared = (team: Team) =>
  Object.fromEntries(Object.entries(team.snapshot()).filter(([path]) => !path.includes('/.git/blackbox-ts/')));

it('a dry run and what is refused leave everything as it is', () => {
  using team = newTeam();
  const { alice } = afterBob(team);
  const before = team.snapshot();
  expect(alice.run('blackbox-ts admin remove --dry-run bob').stderr).toContain('config.json');
  expect(team.snapshot()).toEqual(before);
  alice.lead('blackbox-ts admin remove bob');
  const removed = shared(team);
  expect(alice.run('blackbox-ts rotation --dry-run --not-secret config.json').stderr).toContain('would note');
  expect(alice.run('blackbox-ts rotation --not-secret config.json nothing', { code: 1 }).stderr).toContain('nothing');
  alice.run('blackbox-ts rotation --not-secret other.json', { code: 1 });
  alice.run('blackbox-ts rotation db.password', { code: 2 });
  alice.run('blackbox-ts rotation --check --prune', { code: 2 });
  expect(alice.run('blackbox-ts rotation --prune').stderr).toContain('nothing to do');
  expect(shared(team)).toEqual(removed);
});

it('large and binary files are on the list as a whole', () => {
  using team = newTeam();
  const alice = found(team);
  const large = Buffer.alloc(20 * 1024 * 1024, 'a line of data\n');
  register(alice, { 'large.bin': large, 'blob.json': Buffer.from([0, 159, 146, 150]) });
  letIn(team, alice, 'bob');
  alice.lead('blackbox-ts admin remove bob');
  expect(openPlaces(alice)).toEqual(['blob.json#', 'large.bin#']);
  alice.write('large.bin', Buffer.concat([large, Buffer.from('x')]));
  alice.lead('blackbox-ts encrypt --force --shred large.bin');
  expect(openPlaces(alice)).toEqual(['blob.json#']);
});

it('whoever stays and may read less has seen what they could read: another role, other groups, a file for others', () => {
  using team = newTeam();
  const alice = found(team);
  alice.lead('blackbox-ts admin change alice --group ops');
  const [bob, carol] = [team.person('bob'), team.person('carol')];
  alice.lead(['blackbox-ts', 'admin', 'add', '--group', 'ops', bob.newKey('age')]);
  alice.lead(['blackbox-ts', 'admin', 'add', '--role', 'reader', carol.newKey('age')]);
  alice.write('prod.env', `TOKEN=${team.secret()}\n`);
  alice.lead('blackbox-ts register --group ops prod.env');
  register(alice, {
    'all.json': JSON.stringify({ key: team.secret() }),
    'more.json': JSON.stringify({ key: team.secret() }),
  });
  // What nobody loses is nobody's to change.
  expect(alice.run('blackbox-ts admin change carol --group dev').stderr).not.toContain('change the secrets');
  check(alice, 0);

  const dry = alice.run('blackbox-ts admin change --dry-run bob --no-groups').stderr;
  expect(dry).toContain('prod.env');
  check(alice, 0);
  const left = alice.run('blackbox-ts admin change bob --no-groups').stderr;
  expect(left).toMatch(/proven: .* 1 file name no key of bob/);
  expect(left).toMatch(/bob has seen them.*\n {2}prod\.env: TOKEN\n/);
  expect(left).not.toContain('all.json');
  expect(openPlaces(alice)).toEqual(['prod.env#TOKEN']);
  expect(JSON.parse(alice.run('blackbox-ts rotation --json').stdout).open[0].because[0]).toMatchObject({
    who: 'bob',
    what: 'narrowed',
  });
  alice.commitAndPush('bob is no longer in ops');
  bob.pull();
  bob.lead('blackbox-ts cat prod.env', { code: 1 });
  // bob learns from no event of files that he cannot read, not even that it is about him.
  expect(JSON.stringify(bob.lead('blackbox-ts rotation', { code: 1 }))).not.toMatch(/TOKEN|because/);

  change(alice, 'prod.env', `TOKEN=${team.secret()}\n`);
  check(alice, 0);
  alice.lead('blackbox-ts admin change carol --role scanner');
  expect(openPlaces(alice)).toEqual(['all.json#key', 'more.json#key']);
  alice.lead('blackbox-ts register --group ops all.json');
  const because = (path: string) =>
    JSON.parse(alice.run('blackbox-ts rotation --json').stdout)
      .open.find((item: { path: string }) => item.path === path)
      .because.map(({ who }: { who: string }) => who);
  expect(because('all.json').sort()).toEqual(['bob', 'carol']);
  expect(because('more.json')).toEqual(['carol']);
  alice.lead('blackbox-ts status --check');
});

it('what somebody could read who had left already is on the list as well, whichever command shuts them out', () => {
  using team = newTeam();
  const { alice, bob } = afterBob(team);
  const carol = letIn(team, alice, 'carol');
  carol.run('git switch --quiet -c side');
  change(carol, 'note.txt', team.secret('newer'));
  carol.run(['git', 'commit', '--quiet', '-m', 'a newer note']);
  // Bob takes a file out of the registry, so that nobody looks at it when he goes.
  bob.pull();
  const registry = bob.read('.blackbox/files');
  bob.write('.blackbox/files', registry.replace('config.json\n', ''));
  bob.run('git add --all');
  bob.commitAndPush('tidy');
  alice.pull();
  const removed = alice.run('blackbox-ts admin remove bob').stderr;
  expect(removed).not.toContain('db.password');
  expect(removed).toMatch(/warning: not registered.*\n {2}config\.json\.age\n/);
  alice.commitAndPush('bob has left');
  change(alice, 'note.txt', team.secret('other'));
  alice.commitAndPush('changed');
  check(alice, 0);
  alice.write('.blackbox/files', registry);
  alice.run('git add --all');
  alice.commitAndPush('back again');
  const { stderr } = alice.run('blackbox-ts reencrypt');
  expect(stderr).toContain('blackbox-ts rotation');
  expect(openPlaces(alice)).toEqual(['config.json#db.password', 'config.json#db.port', 'config.json#stripe.key']);
  expect(check(alice, 3).stdout).toContain('bob');
  alice.commitAndPush('re-encrypted');

  // Carol sealed her note for bob, before she had heard that he was gone.
  carol.run('git pull --quiet --no-edit origin main', { code: null });
  carol.run('git checkout --quiet --ours -- note.txt.age');
  carol.run('git add note.txt.age');
  carol.run(['git', 'commit', '--quiet', '--no-verify', '-m', 'merge']);
  expect(openPlaces(carol)).not.toContain('note.txt#');
  carol.lead('blackbox-ts reencrypt');
  expect(openPlaces(carol)).toContain('note.txt#');
  change(carol, 'note.txt', team.secret('newest'));
  expect(openPlaces(carol)).not.toContain('note.txt#');
});

it('what is left to do does not go with the files of the ledger', () => {
  using team = newTeam();
  const { alice, bob } = afterBob(team);
  alice.lead('blackbox-ts admin remove bob');
  alice.commitAndPush('bob has left');
  bob.pull();
  const [event = ''] = events(bob);
  // Another content first, then nothing: what counts is what somebody on the roster has signed.
  bob.write(`.blackbox/rotation/${event}`, bob.bytes('note.txt.age'));
  bob.run('git add --all');
  bob.commitAndPush('tidy');
  bob.run('git rm --quiet -r .blackbox/rotation');
  bob.commitAndPush('tidy more');
  alice.pull();
  const { stdout, stderr } = check(alice, 3);
  expect(stdout).toContain('db.password');
  expect(stderr).toContain(`.blackbox/rotation/${event} was deleted`);
  const { deleted } = JSON.parse(alice.run('blackbox-ts rotation --json').stdout);
  expect(deleted).toEqual([`.blackbox/rotation/${event}`]);
  // Whoever was not a recipient then has nothing to put back, and nothing in the way.
  const dave = letIn(team, alice, 'dave');
  check(dave, 0);
  alice.pull();
  change(alice, 'config.json', JSON.stringify({ db: { password: team.secret(), port: 5433 }, stripe: {} }));
  change(alice, 'note.txt', team.secret());
  check(alice, 0);
});
