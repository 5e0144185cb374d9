/** `edit`, beyond what the stories tell: new files, edits that are kept, resumed, dropped. */
import { describe, expect, it } from 'vitest';
import { scriptEditor } from '../harness/editor.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { found, register } from '../harness/vault.js';

const cat = (person: Person, path: string) => person.run(['blackbox-ts', 'cat', path], { shows: true }).stdout;

function withFile(team: Team, path: string, content: string): Person {
  const alice = found(team);
  register(alice, { [path]: content });
  return alice;
}

describe('a new path', () => {
  it('begins empty, and is registered with what was written; no plaintext was ever there', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    const editor = scriptEditor(alice, { write: `KEY=${secret}\n` });
    const { stderr } = alice.run('blackbox-ts edit config/new.env', { env: editor.env });
    expect(stderr).toContain('registered and sealed config/new.env for 1 person');
    expect(editor.opened()[0]).toMatchObject({ content: '', path: expect.stringMatching(/\/new\.env$/) });
    editor.forget();
    expect(alice.run('blackbox-ts list').stdout).toBe('config/new.env\n');
    expect(alice.run('git status --porcelain').stdout).toBe(
      'M  .blackbox/files\nA  .gitignore\nA  config/new.env.age\n',
    );
    expect(team.whereIs(secret)).toEqual([]);
    expect(cat(alice, 'config/new.env')).toBe(`KEY=${secret}\n`);
  });

  it('that is left empty is not registered', () => {
    using team = newTeam();
    const alice = found(team);
    expect(alice.run('blackbox-ts edit new.env', { env: { EDITOR: 'true' } }).stderr).toContain('not registered');
    expect([alice.has('new.env.age'), alice.run('git status --porcelain').stdout]).toEqual([false, '']);
  });

  it('where a file is already is not touched', () => {
    using team = newTeam();
    const alice = found(team);
    alice.write('notes.txt', 'mine');
    const { stderr } = alice.run('blackbox-ts edit notes.txt', { env: { EDITOR: 'false' }, code: 1 });
    expect(stderr).toContain('blackbox-ts register notes.txt');
    alice.run('blackbox-ts edit ../elsewhere', { code: 1 });
    alice.run('blackbox-ts edit .git/config', { code: 1 });
  });
});

describe('an edit that could not be put in place', () => {
  function broken(team: Team): { alice: Person; before: string; after: string } {
    const [before, after] = [team.secret('before'), team.secret('after')];
    const alice = withFile(team, 'a.json', `{"key":"${before}"}`);
    const editor = scriptEditor(alice, { write: `{"key":"${after}"` });
    const { stderr } = alice.run('blackbox-ts edit a.json', { env: editor.env, code: 1 });
    expect(stderr).toMatch(/line 1, column \d+/);
    expect(stderr).toContain('blackbox-ts edit --resume a.json');
    editor.forget();
    for (const secret of [before, after]) expect(team.whereIs(secret)).toEqual([]);
    return { alice, before, after };
  }

  it('is resumed with what was typed', () => {
    using team = newTeam();
    const { alice, after } = broken(team);
    const again = alice.run('blackbox-ts edit a.json', { env: { EDITOR: 'true' }, code: 1 });
    expect(again.stderr).toMatch(/--resume[\s\S]*--discard/);
    const editor = scriptEditor(alice, { replace: [after, `${after}"}`], exit: 0 }, {});
    // The last quote of the broken file is in the way of a replacement by text: write it whole.
    const fixed = scriptEditor(alice, { write: `{"key":"${after}"}` });
    alice.run('blackbox-ts edit --resume a.json', { env: fixed.env });
    expect(fixed.opened()[0]?.content).toBe(`{"key":"${after}"`);
    expect(cat(alice, 'a.json')).toBe(`{"key":"${after}"}`);
    expect(alice.run('blackbox-ts edit --resume a.json', { code: 1 }).stderr).toContain('no edit of a.json is kept');
    editor.forget();
    fixed.forget();
    expect(team.whereIs(after)).toEqual([]);
  });

  it('is dropped', () => {
    using team = newTeam();
    const { alice, before } = broken(team);
    expect(alice.run('blackbox-ts edit --discard --dry-run a.json').stderr).toContain('would drop the edit of a.json');
    alice.run('blackbox-ts edit --discard a.json');
    expect(cat(alice, 'a.json')).toBe(`{"key":"${before}"}`);
    alice.run('blackbox-ts edit a.json', { env: { EDITOR: 'true' } });
  });

  it('is sealed as it is when that is what one wants', () => {
    using team = newTeam();
    const { alice, after } = broken(team);
    alice.run('blackbox-ts edit --resume --unchecked a.json', { env: { EDITOR: 'true' } });
    expect(cat(alice, 'a.json')).toBe(`{"key":"${after}"`);
  });

  it('is nothing any more once it equals what is sealed', () => {
    using team = newTeam();
    const { alice, before } = broken(team);
    const editor = scriptEditor(alice, { write: `{"key":"${before}"}` });
    const { stderr } = alice.run('blackbox-ts edit --resume a.json', { env: editor.env });
    expect(stderr).toContain('unchanged');
    alice.run('blackbox-ts edit a.json', { env: { EDITOR: 'true' } });
  });

  it('goes over a newer version only when told to', () => {
    using team = newTeam();
    const { alice, after } = broken(team);
    const theirs = team.secret('theirs');
    alice.lead('blackbox-ts decrypt a.json');
    alice.write('a.json', `{"key":"${theirs}"}`);
    alice.lead('blackbox-ts encrypt --shred a.json');
    const editor = scriptEditor(alice, { write: `{"key":"${after}"}` });
    const { stderr } = alice.run('blackbox-ts edit --resume a.json', { env: editor.env, code: 1 });
    expect(stderr).toMatch(/has changed since[\s\S]*cat a\.json[\s\S]*--resume --force/);
    expect(editor.opened()).toEqual([]);
    expect(cat(alice, 'a.json')).toContain(theirs);
    alice.run('blackbox-ts edit --resume --force a.json', { env: editor.env });
    expect(cat(alice, 'a.json')).toContain(after);
  });

  it('is made of what the editor wrote before it failed', () => {
    using team = newTeam();
    const [before, after] = [team.secret('before'), team.secret('after')];
    const alice = withFile(team, 'a.txt', before);
    const editor = scriptEditor(alice, { write: after, exit: 1 });
    expect(alice.run('blackbox-ts edit a.txt', { env: editor.env, code: 1 }).stderr).toContain('--resume');
    editor.forget();
    expect(team.whereIs(after)).toEqual([]);
    alice.run('blackbox-ts edit --resume a.txt', { env: { EDITOR: 'true' } });
    expect(cat(alice, 'a.txt')).toBe(after);
  });
});

it('bytes that are no text come back as they were', () => {
  using team = newTeam();
  const alice = found(team);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  alice.write('all.bin', bytes);
  alice.lead('blackbox-ts register all.bin');
  const editor = scriptEditor(alice, { replace: ['A', 'a'] });
  alice.run('blackbox-ts edit all.bin', { env: editor.env });
  const expected = Buffer.from(bytes);
  expected[65] = 97;
  expect(alice.run('blackbox-ts cat all.bin').bytes.equals(expected)).toBe(true);
});

it('a plaintext with changes of its own is in the way, and says how out', () => {
  using team = newTeam();
  const [before, mine] = [team.secret('before'), team.secret('mine')];
  const alice = withFile(team, 'a.txt', before);
  alice.lead('blackbox-ts decrypt a.txt');
  alice.write('a.txt', mine);
  const { stderr } = alice.run('blackbox-ts edit a.txt', { env: { EDITOR: 'false' }, code: 1 });
  expect(stderr).toMatch(/encrypt a\.txt[\s\S]*shred --force a\.txt/);
});

it('--dry-run opens nothing and writes nothing', () => {
  using team = newTeam();
  const alice = withFile(team, 'a.txt', team.secret());
  for (const path of ['a.txt', 'new.txt']) {
    const { stdout, stderr } = alice.run(['blackbox-ts', 'edit', '-n', path], { env: { EDITOR: 'false' } });
    expect([stdout, stderr]).toEqual(['', expect.stringContaining(`would open ${path}`)]);
  }
  expect(alice.run('git status --porcelain').stdout).toBe('');
});
