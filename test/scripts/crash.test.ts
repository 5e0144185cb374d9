/** Killed, out of space, without rights, two at once: every secret stays readable, and running again finishes the work. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareRights } from '../harness/programs.js';
import { expectRefused } from '../harness/refusal.js';
import { filesBelow } from '../harness/search.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const count = 200;
const names = Array.from({ length: count }, (_, i) => `config/${i}.env`);

/** That every file opens with this person's key and holds what it held. */
function expectAllReadable(person: Person): void {
  const { stdout } = person.lead(['blackbox-ts', 'cat', ...names]);
  expect(stdout).toBe(names.map((_, i) => `NUMBER=${i}\n`).join(''));
}

/** Temporary files that a killed run left beside the real ones. */
function strays(person: Person): string[] {
  const ours = filesBelow(person.clone).filter((path) => /^(config|\.blackbox)\//.test(path));
  return ours.filter(
    (path) =>
      !/^config\/\d+\.env\.age$|^\.blackbox\/(vault\.json|files|admins\/\w+\.pub|rotation\/[0-9a-f]{16}\.age|roster\/[0-9a-f]{64}\.json)$/.test(
        path,
      ),
  );
}

describe('kill -9 in the middle of `admin remove`', () => {
  let team: Team;
  let alice: Person;
  let bob: Person;
  let before: Buffer[];
  beforeAll(() => {
    team = newTeam();
    alice = found(team);
    register(alice, Object.fromEntries(names.map((name, i) => [name, `NUMBER=${i}\n`])));
    bob = letIn(team, alice, 'bob');
    before = names.map((name) => alice.bytes(`${name}.age`));
  });
  afterAll(() => team[Symbol.dispose]());

  const isReplaced = (i: number) => !alice.bytes(`${names[i]}.age`).equals(before[i] as Buffer);
  const moments: Record<string, () => boolean> = {
    'when it has begun': () => alice.has('.git/blackbox-ts/lock'),
    'while new files are written beside the old ones': () =>
      readdirSync(join(alice.clone, 'config')).length > count + 20,
    'when the first is replaced': () => names.some((_, i) => isReplaced(i)),
    'when half of them are replaced': () => names.filter((_, i) => isReplaced(i)).length > count / 2,
    'when all are replaced': () => names.every((_, i) => isReplaced(i)),
  };
  it.each(Object.entries(moments))(
    '%s: all stays readable, and running it again finishes the work',
    async (_, isNow) => {
      alice.run('git reset -q --hard');
      alice.run('git clean -fdq .blackbox');
      const session = alice.start('blackbox-ts admin remove bob');
      // Without a pause, because the moment is short; the other process goes on meanwhile.
      const end = Date.now() + 20_000;
      while (!isNow() && Date.now() < end);
      session.child.kill('SIGKILL');
      await session.ended;
      expectAllReadable(alice);

      if (alice.has('.blackbox/admins/bob.pub')) alice.run('blackbox-ts admin remove bob');
      else alice.run('blackbox-ts reencrypt');
      expectAllReadable(alice);
      expect(strays(alice)).toEqual([]);
      expect(alice.has('.blackbox/admins/bob.pub')).toBe(false);
      expect(names.filter((_, i) => !isReplaced(i))).toEqual([]);
      expect(alice.lead('blackbox-ts who').stdout).not.toContain('bob');
      expect(alice.lead('blackbox-ts status').code).toBe(0);
      // Whatever was killed when: all that bob could read is in the ledger.
      const { open } = JSON.parse(alice.lead('blackbox-ts rotation --json').stdout) as { open: { path: string }[] };
      expect(new Set(open.map((item) => item.path))).toEqual(new Set(names));
    },
  );

  it('after that the removed person reads none of them', () => {
    alice.run('git add -A');
    alice.commitAndPush('bob has left');
    bob.pull();
    for (const name of names.slice(0, 3)) bob.lead(['blackbox-ts', 'cat', name], { code: 1 });
  });
});

it('kill -9 while registering: the plaintext or the sealed file is whole, and registering again works', async () => {
  for (const delay of [60, 100, 140, 180]) {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    alice.write('a.txt', secret);
    const session = alice.start('blackbox-ts register a.txt');
    await new Promise((resolve) => setTimeout(resolve, delay));
    session.child.kill('SIGKILL');
    await session.ended;
    const plain = alice.has('a.txt') && alice.read('a.txt') === secret;
    if (!plain) expect(alice.lead('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(secret);
    if (alice.lead('blackbox-ts list').stdout.includes('a.txt')) alice.lead('blackbox-ts encrypt', { code: null });
    else if (plain && !alice.has('a.txt.age')) alice.run('blackbox-ts register a.txt');
    if (alice.has('a.txt.age') && alice.lead('blackbox-ts list').stdout.includes('a.txt')) {
      expect(alice.lead('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(secret);
    } else expect(alice.read('a.txt')).toBe(secret);
  }
});

it('two commands at once take turns', async () => {
  using team = newTeam();
  const alice = found(team);
  const several = Array.from({ length: 5 }, (_, i) => `file${i}.txt`);
  for (const name of several) alice.write(name, name);
  const sessions = several.map((name) => alice.start(['blackbox-ts', 'register', name]));
  const results = await Promise.all(sessions.map((session) => session.ended));
  expect(results.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(several.map(() => ''));
  expect(alice.read('.blackbox/files')).toBe(several.map((name) => `${name}\n`).join(''));
  expect(alice.read('.gitignore')).toBe(
    several
      .map((name) => `/${name}\n`)
      .sort()
      .join(''),
  );
  expect(alice.run('git ls-files "*.age"').stdout.trim().split('\n')).toHaveLength(5);
});

it.skipIf(bareRights() === null)('a folder that cannot be written to: nothing is lost or half-written', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'folder/a.txt': team.secret() });
  const through = bareRights() ?? [];
  alice.run('chmod 500 folder');
  const { stderr } = alice.run('blackbox-ts decrypt folder/a.txt', { through, code: 1 });
  expect(stderr).toContain('folder');
  expect(stderr).not.toMatch(/bug/);
  expect(alice.has('folder/a.txt')).toBe(false);
  alice.run('chmod 700 folder');
  alice.lead('blackbox-ts decrypt folder/a.txt');
  alice.write('folder/a.txt', team.secret('changed'));
  const sealed = alice.bytes('folder/a.txt.age');
  alice.run('chmod 500 folder');
  alice.run('blackbox-ts encrypt folder/a.txt', { through, code: 1 });
  expect(alice.bytes('folder/a.txt.age').equals(sealed)).toBe(true);
  expect(readdirSync(join(alice.clone, 'folder'))).toEqual(['a.txt', 'a.txt.age']);
  alice.run('chmod 700 folder');
});

it.skipIf(process.platform === 'win32')('a disk without room: the old file stays, nothing is left over', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'a.txt': secret });
  alice.lead('blackbox-ts decrypt a.txt');
  alice.write('a.txt', Buffer.alloc(3_000_000, 'x'));
  const sealed = alice.bytes('a.txt.age');
  // No file may grow beyond 1 MB: to a program this looks like a disk that is full, in the middle of its file.
  const through = ['bash', '-c', 'ulimit -f 1000; exec "$@"', 'limited'];
  const { stderr } = alice.run('blackbox-ts encrypt a.txt', { through, code: 1 });
  expect(stderr).toContain('a.txt');
  expect(stderr).not.toMatch(/this is a bug/);
  expect(alice.bytes('a.txt.age').equals(sealed)).toBe(true);
  expect(readdirSync(alice.clone).filter((name) => /^\.?a\.txt/.test(name))).toEqual(['a.txt', 'a.txt.age']);
  alice.lead('blackbox-ts encrypt a.txt');
  expect(alice.lead('blackbox-ts cat a.txt').bytes.length).toBe(3_000_000);
});

it.skipIf(!existsSync('/dev/full'))('stdout that takes nothing is an error, not a success', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'a.txt': team.secret() });
  const through = ['bash', '-c', 'exec "$@" > /dev/full', 'full'];
  expect(alice.run('blackbox-ts cat a.txt', { through, code: null }).code).not.toBe(0);
});

it('a reader that stops reading ends `cat` without noise', () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'large.txt': 'line\n'.repeat(500_000) });
  const through = ['bash', '-c', '"$@" | head -c 5', 'piped'];
  const { stdout, stderr } = alice.run('blackbox-ts cat large.txt', { through });
  expect([stdout, stderr]).toEqual(['line\n', '']);
});

it('a bug-free refusal when the local state is broken or gone', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'a.txt': secret });
  alice.lead('blackbox-ts decrypt a.txt');
  for (const path of filesBelow(join(alice.clone, '.git/blackbox-ts')))
    alice.write(`.git/blackbox-ts/${path}`, '{ garbage');
  expect(alice.run('blackbox-ts cat a.txt', { shows: true, code: null }).stderr).not.toMatch(/this is a bug|^\s+at /m);
  alice.run('rm -r .git/blackbox-ts');
  expect(alice.lead('blackbox-ts cat a.txt', { shows: true }).stdout).toBe(secret);
  // A plaintext of unknown origin that is what is sealed is fine; one that differs is not overwritten.
  alice.lead('blackbox-ts encrypt a.txt');
  alice.run('rm -r .git/blackbox-ts');
  alice.write('a.txt', team.secret('mine'));
  expectRefused(team, alice, 'blackbox-ts decrypt a.txt', { says: ['a.txt'] });
});
