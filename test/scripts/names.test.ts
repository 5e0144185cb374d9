/** Every hard file name through every command. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptEditor } from '../harness/editor.js';
import { hardNames } from '../harness/names.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const tracked = (person: Person) => person.run('git ls-files -z').stdout.split('\0').filter(Boolean);

describe('all hard names in one vault', () => {
  let team: Team;
  let alice: Person;
  const contents = new Map<string, string>();

  beforeAll(() => {
    team = newTeam();
    alice = found(team);
    for (const [i, name] of hardNames.entries()) contents.set(name, team.secret(`file${i}`));
    register(alice, Object.fromEntries(contents));
  });
  afterAll(() => team[Symbol.dispose]());

  it('are sealed, tracked and git-ignored, and their plaintext is gone', () => {
    const files = tracked(alice);
    expect(files.filter((file) => file.endsWith('.age')).sort()).toEqual(hardNames.map((name) => `${name}.age`).sort());
    for (const [name, secret] of contents) {
      expect(files).not.toContain(name);
      expect(team.whereIs(secret), name).toEqual([]);
    }
  });

  it('are listed, in JSON exactly and on a terminal harmlessly', () => {
    const list: unknown = JSON.parse(alice.run('blackbox-ts list --json').stdout);
    const text = JSON.stringify(list);
    for (const name of hardNames) expect(text).toContain(JSON.stringify(name));
    for (const command of ['list', 'status', 'who']) {
      const { stdout } = alice.run(['blackbox-ts', command], { code: null });
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(stdout.split('\n').filter((line) => line.startsWith('break.txt'))).toEqual([]);
    }
  });

  it('are printed one by one', () => {
    for (const [name, secret] of contents) {
      expect(alice.run(['blackbox-ts', 'cat', '--', name], { shows: true }).stdout, name).toBe(secret);
    }
  });

  it('are decrypted, changed and sealed, and git sees none of it but the sealed files', () => {
    alice.run(['blackbox-ts', 'decrypt', '--', ...hardNames]);
    expect(alice.run('git status --porcelain').stdout).toBe('');
    for (const [name, secret] of contents) expect(alice.read(name), name).toBe(secret);
    hardNames.forEach((name, i) => {
      contents.set(name, team.secret(`changed${i}`));
      alice.write(name, contents.get(name) ?? '');
    });
    alice.run('blackbox-ts encrypt');
    alice.run('git commit -q -m changed');
    alice.run('blackbox-ts shred');
    for (const [name, secret] of contents) expect(team.whereIs(secret), name).toEqual([]);
  });

  // That every name arrives as an argument, `cat` has shown.
  it('are edited one by one', () => {
    for (const [i, name] of hardNames.entries()) {
      const text = /json$/i.test(name)
        ? `{"edited":${i}}`
        : /(toml|env)$/.test(name)
          ? `edited=${i}\n`
          : `edited: ${i}\n`;
      alice.lead(['blackbox-ts', 'edit', '--', name], { env: scriptEditor(alice, { write: text }).env });
      contents.set(name, text);
    }
    expect(alice.run(['blackbox-ts', 'cat', '--', ...hardNames]).stdout).toBe([...contents.values()].join(''));
    alice.commitAndPush('edited');
  });

  it('arrive at a colleague, and leave with the one who is removed', () => {
    const bob = letIn(team, alice, 'bob');
    expect(bob.run(['blackbox-ts', 'cat', '--', ...hardNames]).stdout).toBe([...contents.values()].join(''));
    alice.run('blackbox-ts admin remove bob');
    alice.commitAndPush('bob has left');
    bob.pull();
    bob.run('blackbox-ts decrypt --all', { code: 1 });
    expect(hardNames.filter((name) => bob.has(name))).toEqual([]);
  });

  it('are refused by the hook in plaintext, each', () => {
    const head = alice.run('git rev-parse HEAD').stdout;
    for (const name of hardNames) {
      alice.write(name, 'leak');
      alice.run(['git', '--literal-pathspecs', 'add', '-f', '--', name]);
    }
    const { stderr } = alice.run('git commit -q -m oops', { code: 1 });
    expect(stderr.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(alice.run('git rev-parse HEAD').stdout).toBe(head);
    alice.run(['git', '--literal-pathspecs', 'rm', '-q', '-f', '--cached', '--', ...hardNames]);
    alice.run(['rm', '--', ...hardNames]);
  });

  it('are deregistered, and nothing of them is left', () => {
    alice.run(['blackbox-ts', 'deregister', '--delete', '--', ...hardNames]);
    alice.commitAndPush('no secrets');
    expect(alice.read('.blackbox/files')).toBe('');
    expect(tracked(alice).filter((file) => file.endsWith('.age') && !file.startsWith('.blackbox/'))).toEqual([]);
    // Somebody may still have a local file: that goes on being ignored.
    expect(alice.read('.gitignore').replace(/^\/(.*\/)?(secrets\.local\.yaml|\.env\.local)\n/gm, '')).toBe('');
  });

  it('ran nothing', () => {
    expect(team.whereIs('pwned').filter((path) => /(^|\/)pwned$/.test(path))).toEqual([]);
    expect(alice.run('git status --porcelain').stdout).toBe('');
  });
});
