/** Sealed files that come in are held against the roster: of the commit that brings them, and of the side that others have agreed to. */
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { forge, statementsOf, stranger } from '../harness/attack.js';
import { programFile } from '../harness/run.js';
import { newTeam } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const team = newTeam();
const alice = found(team);
register(alice, { 'secrets.json': '{"db":1}\n' });
const first = alice.run('git rev-parse HEAD').stdout.trim();
const bob = letIn(team, alice, 'bob');
const main = alice.run('git rev-parse HEAD').stdout.trim();

/** Somebody with the right to push, and no key but their own; in a vault of their own they seal what they like. */
const mallory = team.person('mallory');
const other = join(team.folder, 'mallory', 'other');
mkdirSync(other);
const there = { cwd: other };
mallory.run('git init -q', there);
mallory.lead('blackbox-ts init --name mallory', there);
writeFileSync(join(other, 'secrets.json'), '{"db":2}\n');
mallory.lead('blackbox-ts register secrets.json', there);

const server = join(team.folder, 'server.git');
alice.run(['git', 'clone', '-q', '--bare', team.origin, server]);
const hook = `#!/bin/sh\nexec '${process.execPath}' '${programFile}' guard --hook pre-receive\n`;
writeFileSync(join(server, 'hooks/pre-receive'), hook, { mode: 0o755 });

beforeEach(() => {
  for (const { run } of [alice, bob, mallory]) {
    run(['git', 'checkout', '-q', '-f', '-B', 'work', main]);
    run('git clean -q -f -d');
  }
});
afterAll(() => team[Symbol.dispose]());

const commit = (person = mallory) => {
  person.run('git add --all');
  person.run('git commit -q --no-verify -m work');
};
const guard = (words: string, code = 0, person = mallory) =>
  JSON.parse(person.run(`blackbox-ts guard ${words} --json`, { code }).stdout).findings.map(
    (one: { rule: string; what: string; severity: string }) => `${one.severity} ${one.rule}: ${one.what}`,
  );
const push = (person = mallory) =>
  person.run(['git', 'push', '-q', '--no-verify', '--force', server, 'HEAD:refs/heads/work'], { code: null });
const swap = () => copyFileSync(join(other, 'secrets.json.age'), join(mallory.clone, 'secrets.json.age'));
const forged = expect.stringMatching(/^block not-authentic: the sealed file of secrets\.json, but /);

describe('what an outsider pushes is refused', () => {
  it('a file that they have sealed', () => {
    swap();
    commit();
    expect(guard(`${main}..HEAD`, 3)).toEqual([forged]);
    expect(guard(`--config-from ${main} ${main}..HEAD`, 3)).toEqual([forged]);
    const { code, stderr } = push();
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/secrets\.json\.age: not-authentic: .* nobody has who may seal files here/);
    expect(stderr).toContain('git log -p --stat -- secrets.json.age');
    expect(stderr).not.toContain('change it where it is used');
    const refs = alice.run(['git', 'ls-remote', server]).stdout;
    expect(refs).not.toContain('refs/heads/work');
  });

  it('with a statement that lets them in', () => {
    swap();
    const { add } = stranger();
    forge(mallory, { changes: [add] });
    commit();
    expect(guard(`${main}..HEAD`, 3)).toEqual([forged]);
    expect(push().code).not.toBe(0);
  });

  it('with a vault of their own in the place of ours', () => {
    swap();
    rmSync(join(mallory.clone, '.blackbox'), { recursive: true });
    cpSync(join(other, '.blackbox'), join(mallory.clone, '.blackbox'), { recursive: true });
    commit();
    expect(guard(`--config-from ${main} ${main}..HEAD`, 3)).toEqual([
      expect.stringContaining('its commit has another vault'),
    ]);
    expect(push().stderr).toContain('its commit has another vault');
  });

  it('without any vault', () => {
    swap();
    mallory.run('git rm -q -r .blackbox');
    mallory.run('git add secrets.json.age');
    mallory.run('git commit -q --no-verify -m work');
    expect(guard(`--config-from ${main} ${main}..HEAD`, 3)).toEqual([forged]);
    expect(push().code).not.toBe(0);
  });

  it('and is only told once it has been taken back', () => {
    swap();
    commit();
    alice.run(['git', 'pull', '-q', '--no-edit', mallory.clone, 'work']);
    alice.run(['git', 'checkout', '-q', main, '--', 'secrets.json.age']);
    alice.run('blackbox-ts set secrets.json db', { stdin: '5' });
    alice.run('git commit -q -m mended');
    expect(guard(`${main}..HEAD`, 0, alice)).toEqual([expect.stringMatching(/^warn not-authentic/)]);
  });
});

describe('what the team pushes passes', () => {
  it('also by who was let in meanwhile, and of who has left meanwhile; but not what somebody leaves out of the roster', () => {
    bob.run('blackbox-ts set secrets.json db', { stdin: '3' });
    bob.run('git commit -q -m bob');
    alice.run(['git', 'pull', '-q', '--no-edit', bob.clone, 'work']);
    alice.lead('blackbox-ts admin remove bob');
    alice.run('git commit -q -m gone');
    const gone = alice.run('git rev-parse HEAD').stdout.trim();
    for (const words of [
      `${first}..HEAD`,
      `--config-from ${first} ${first}..HEAD`,
      `--config-from ${main} ${main}..HEAD`,
    ])
      expect(guard(words, 0, alice), words).toEqual([]);
    expect(push(alice).code).toBe(0);
    alice.run(['git', 'push', '-q', '--no-verify', server, ':refs/heads/work']);
    // Bob goes on where he was still there.
    bob.run('blackbox-ts set secrets.json db', { stdin: '4' });
    bob.run('git commit -q -m bob');
    bob.run(['git', 'fetch', '-q', alice.clone, gone]);
    expect(guard(`--config-from ${gone} HEAD~1..HEAD`, 3, bob)).toEqual([forged]);
    expect(guard('HEAD~1..HEAD', 0, bob)).toEqual([]);
  });
});

it('a statement by which somebody who was removed takes others along is refused where the removal is agreed upon', () => {
  alice.lead('blackbox-ts admin remove bob');
  alice.run('git commit -q -m gone');
  const gone = alice.run('git rev-parse HEAD').stdout.trim();
  // As if Bob had signed it before anybody removed him: `forge` builds upon what his own clone has.
  const confirm = statementsOf(bob)
    .map(({ id }) => id)
    .sort();
  const path = forge(bob, { changes: [{ do: 'remove', name: 'alice', confirm }] });
  const text = bob.read(path);
  mallory.run(['git', 'fetch', '-q', alice.clone, gone]);
  mallory.run(['git', 'checkout', '-q', '-B', 'work', gone]);
  mallory.write(path, text);
  commit();
  const late = 'block former-admin: a statement of bob, who had lost the right to make it, that takes something away';
  expect(guard(`--config-from ${gone} HEAD~1..HEAD`, 3)).toEqual([late]);
  const { stderr } = mallory.run(`blackbox-ts guard --config-from ${gone} HEAD~1..HEAD`, { code: 3 });
  expect(stderr).toContain(`git log -p -- ${path}`);
  expect(stderr).not.toContain('change it where it is used');
  // Before the removal it was his to make.
  expect(guard(`--config-from ${main} HEAD~1..HEAD`, 0)).toEqual([]);
  mallory.run(['git', 'push', '-q', '--no-verify', server, `${gone}:refs/heads/main`]);
  expect(push().stderr).toContain('former-admin');
});

it('an older version that is put back is refused by the server, and by pre-push', () => {
  mallory.run(['git', 'checkout', '-q', first, '--', 'secrets.json.age']);
  commit();
  expect(push().stderr).toMatch(/secrets\.json\.age: older-version/);
  const stdin = `refs/heads/work ${mallory.run('git rev-parse HEAD').stdout.trim()} refs/heads/work ${main}\n`;
  const { stderr } = mallory.run('blackbox-ts guard --hook pre-push origin url', { stdin, code: 3 });
  expect(stderr).toMatch(/secrets\.json\.age: older-version/);
});

it('a staged file by a stranger is refused with the reason, too', () => {
  swap();
  mallory.run('git add secrets.json.age');
  const { stderr } = mallory.run('blackbox-ts guard', { code: 3 });
  expect(stderr).toMatch(/secrets\.json\.age: not-authentic/);
  expect(stderr).toContain('git restore --staged');
});
