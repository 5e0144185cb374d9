/** An older version of a sealed file, put back over a newer one: authentic, and found out by whoever has the history. */
import { describe, expect, it } from 'vitest';
import { pushAll } from '../harness/attack.js';
import { expectRefused } from '../harness/refusal.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, register } from '../harness/vault.js';

interface Told {
  readonly path: string;
  readonly older: { commit?: { author: string; subject: string } | null } | null;
}

function seal(person: Person, path: string, content: string): void {
  person.lead(`blackbox-ts decrypt ${path}`);
  person.write(path, content);
  person.lead(`blackbox-ts encrypt --shred ${path}`);
  person.commitAndPush(`change ${path}`);
}

const told = (person: Person): Told[] => JSON.parse(person.run('blackbox-ts status --json').stdout);
const olderOf = (person: Person) =>
  told(person).flatMap(({ path, older }) => (older === null ? [] : [[path, older.commit?.author] as const]));
const cat = (person: Person, path: string) => person.lead(`blackbox-ts cat ${path}`, { shows: true }).stdout;

/** Two versions of `a.txt`; somebody who can only push has put the first one back. */
function rolledBack(team: Team): { alice: Person; old: string; latest: string } {
  const [old, latest] = [team.secret('old'), team.secret('latest')];
  const alice = found(team);
  register(alice, { 'a.txt': old, 'b.txt': 'b' });
  seal(alice, 'a.txt', latest);
  const mallory = team.person('mallory');
  mallory.run('git checkout -q HEAD~1 -- a.txt.age');
  pushAll(mallory, 'tidy');
  alice.pull();
  return { alice, old, latest };
}

describe('an older version that somebody has pushed over a newer one', () => {
  it('is told with file, commit and author, and no change of the roster makes a new version of it', () => {
    using team = newTeam();
    const { alice, latest } = rolledBack(team);
    expect(olderOf(alice)).toEqual([['a.txt', 'mallory']]);
    const guard = alice.run('blackbox-ts guard HEAD~1..HEAD', { code: 3 }).stderr;
    expect(guard).toMatch(
      /[0-9a-f]{10}:a\.txt\.age: older-version: an older version, put back over a newer one by mallory/,
    );
    expect(guard).toContain('blackbox-ts reencrypt --adopt a.txt');
    expect(guard).not.toContain('rebase');
    const { stdout, stderr } = alice.run('blackbox-ts status --check', { code: 3 });
    expect(stdout).toMatch(/a\.txt +sealed +older version/);
    expect(stderr).toMatch(
      /a\.txt\.age is an older version, put back over a newer one, by commit [0-9a-f]{12} of mallory, /,
    );
    const carol = team.person('carol');
    const says = ['a.txt.age is an older version', 'of mallory', 'reencrypt --adopt a.txt'];
    expectRefused(team, alice, 'blackbox-ts reencrypt --fresh', { says });
    const { stderr: refused } = alice.run(['blackbox-ts', 'admin', 'add', carol.newKey('age')], { code: 1 });
    for (const words of says) expect(refused).toContain(words);
    alice.run('blackbox-ts mv a.txt c.txt', { code: 1 });
    expect(alice.run('git status --porcelain').stdout).toBe('');
    // What is said to bring it back does.
    const command = /^ {2}(git checkout [0-9a-f]+ -- a\.txt\.age) /m.exec(stderr)?.[1] ?? '';
    alice.run(command);
    expect(cat(alice, 'a.txt')).toBe(latest);
    expect(olderOf(alice)).toEqual([]);
    alice.run('blackbox-ts status --check');
  });

  it('is found out also where it comes as another blob, of which an attribute makes the older bytes', () => {
    using team = newTeam();
    const [old, latest] = [team.secret('old'), team.secret('latest')];
    const alice = found(team);
    register(alice, { 'a.txt': old });
    seal(alice, 'a.txt', latest);
    const mallory = team.person('mallory');
    const bytes = mallory.run('git show HEAD~1:a.txt.age').bytes;
    // Latin-1 has a character for each byte: what git stores is UTF-8, and what it checks out is the older version.
    mallory.write('../blob', Buffer.from(bytes.toString('latin1')));
    const blob = mallory.run('git hash-object -w --no-filters ../blob').stdout.trim();
    mallory.write(
      '.gitattributes',
      `${mallory.read('.gitattributes')}a.txt.age text working-tree-encoding=ISO-8859-1\n`,
    );
    mallory.run('git add .gitattributes');
    mallory.run(`git update-index --cacheinfo 100644,${blob},a.txt.age`);
    mallory.commitAndPush('tidy');
    alice.pull();
    expect(alice.bytes('a.txt.age').equals(bytes)).toBe(true);
    expect(alice.run('blackbox-ts status --check', { code: 3 }).stderr).toContain('a.txt.age is an older version');
    expectRefused(team, alice, 'blackbox-ts reencrypt --fresh', { says: ['a.txt.age is an older version'] });
  });

  it('is the newest one once somebody who may has said that it is meant', () => {
    using team = newTeam();
    const { alice, old } = rolledBack(team);
    alice.lead('blackbox-ts reencrypt --adopt a.txt');
    alice.run('blackbox-ts status --check');
    alice.commitAndPush('back to the old one');
    expect(alice.run('blackbox-ts guard HEAD~2..HEAD').stderr).toContain('older-version');
    expect(alice.run('blackbox-ts guard HEAD~1..HEAD').stderr).not.toContain('older-version');
    expect(olderOf(alice)).toEqual([]);
    expect(cat(alice, 'a.txt')).toBe(old);
    // Git can put back that one, too, and is found out again.
    seal(alice, 'a.txt', 'third');
    alice.run('git revert --no-edit HEAD');
    expect(olderOf(alice)).toEqual([['a.txt', 'alice']]);
  });

  it('is told before it is committed; an old commit that is checked out is none', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': '1' });
    seal(alice, 'a.txt', '2');
    alice.run('git checkout -q HEAD~1 -- a.txt.age');
    expect(told(alice)[0]?.older).toMatchObject({ commit: null });
    expect(alice.run('blackbox-ts status').stderr).toContain('put back over a newer one, not committed yet');
    alice.run('git reset -q --hard');
    alice.run('git checkout -q HEAD~1');
    expect(olderOf(alice)).toEqual([]);
    alice.run(['git', 'clone', '-q', '--depth', '1', `file://${team.origin}`, `${alice.home}/shallow`]);
    expect(alice.run('blackbox-ts status --check', { cwd: `${alice.home}/shallow` }).stdout).toMatch(/sealed +ok/);
  });

  it('is none for having been brought back over a forged one, which never was a version', () => {
    using team = newTeam();
    const alice = found(team);
    const [first, latest] = [team.secret('first'), team.secret('latest')];
    register(alice, { 'a.txt': first, 'b.txt': 'b' });
    seal(alice, 'a.txt', latest);
    const mallory = team.person('mallory');
    const forge = (bytes: Buffer | string) => {
      mallory.write('a.txt.age', bytes);
      pushAll(mallory, 'forge');
    };
    const bringBack = (revision: string) => {
      alice.pull();
      expect(alice.run('blackbox-ts status --check', { code: 3 }).stderr).toContain('a.txt.age is not');
      alice.run(`git checkout -q ${revision} -- a.txt.age`);
      alice.commitAndPush('bring it back');
      alice.run('blackbox-ts status --check');
      expect(alice.run('blackbox-ts guard HEAD~1..HEAD').stderr).not.toContain('older-version');
      expect(cat(alice, 'a.txt')).toBe(latest);
      mallory.pull();
    };
    // Another file's; one with a bit of its content flipped; none at all; none there.
    forge(mallory.bytes('b.txt.age'));
    bringBack('HEAD~1');
    const altered = mallory.bytes('a.txt.age');
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    forge(altered);
    mallory.run('git rm -q a.txt.age');
    pushAll(mallory, 'away with it');
    forge('no sealed file');
    bringBack('HEAD~3');
    const key = team.person('carol').newKey('age');
    alice.lead(['blackbox-ts', 'admin', 'add', key]);
    alice.run('git reset -q --hard');
    // What was put back over a genuine one is older still, whatever was forged in between, and the genuine one is named.
    const good = alice.run('git rev-parse --short=12 HEAD').stdout.trim();
    const adding = ['git', 'log', '--format=%H', '--diff-filter=A', '--reverse', '--', 'a.txt.age'];
    const [added = ''] = alice.run(adding).stdout.split('\n');
    forge(mallory.bytes('b.txt.age'));
    mallory.run(`git checkout -q ${added} -- a.txt.age`);
    pushAll(mallory, 'fix');
    alice.pull();
    expect(olderOf(alice)).toEqual([['a.txt', 'mallory']]);
    expect(alice.run('blackbox-ts status').stderr).toContain(`git checkout ${good} -- a.txt.age `);
    expect(alice.run('blackbox-ts guard HEAD~1..HEAD', { code: 3 }).stderr).toContain('older-version');
    alice.run(['blackbox-ts', 'admin', 'add', key], { code: 1 });
  });
});
