/** Editing: the plaintext is only where the editor needs it, and neither it nor the edit is lost or left behind. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scriptEditor } from '../harness/editor.js';
import { lacks } from '../harness/programs.js';
import { type Running, until } from '../harness/run.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { atTerminal } from '../harness/terminal.js';
import { found, register } from '../harness/vault.js';

const cat = (person: Person, path: string) => person.lead(['blackbox-ts', 'cat', path], { shows: true }).stdout;

function withFile(team: Team, path: string, content: string): Person {
  const alice = found(team);
  register(alice, { [path]: content });
  return alice;
}

it('an edit is sealed and staged, and the plaintext was in a private folder only', () => {
  using team = newTeam();
  const [before, after] = [team.secret('before'), team.secret('after')];
  const alice = withFile(team, 'config/secrets.json', `{ "key": "${before}" }\n`);
  const editor = scriptEditor(alice, { replace: [before, after] });
  alice.run('blackbox-ts edit config/secrets.json', { env: editor.env });
  const [opened] = editor.opened();
  expect(opened?.content).toContain(before);
  expect(opened?.path).toMatch(/secrets\.json$/);
  expect(opened?.path.startsWith(alice.clone)).toBe(false);
  expect([opened?.mode, opened?.folderMode]).toEqual([0o600, 0o700]);
  editor.forget();
  expect(cat(alice, 'config/secrets.json')).toBe(`{ "key": "${after}" }\n`);
  expect(alice.run('git status --porcelain').stdout).toBe('M  config/secrets.json.age\n');
  for (const secret of [before, after]) expect(team.whereIs(secret)).toEqual([]);
});

it('no change writes nothing', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = withFile(team, 'a.txt', secret);
  const sealed = alice.bytes('a.txt.age');
  const editor = scriptEditor(alice, {});
  alice.run('blackbox-ts edit a.txt', { env: editor.env });
  expect(alice.bytes('a.txt.age').equals(sealed)).toBe(true);
  expect(alice.run('git status --porcelain').stdout).toBe('');
  editor.forget();
  expect(team.whereIs(secret)).toEqual([]);
});

it('an editor that fails changes nothing and leaves nothing', () => {
  using team = newTeam();
  const [before, after] = [team.secret('before'), team.secret('after')];
  const alice = withFile(team, 'a.txt', before);
  const sealed = alice.bytes('a.txt.age');
  const editor = scriptEditor(alice, { exit: 3 });
  const { stderr } = alice.run('blackbox-ts edit a.txt', { env: editor.env, code: 1 });
  expect(stderr).toMatch(/editor/);
  expect(alice.bytes('a.txt.age').equals(sealed)).toBe(true);
  editor.forget();
  for (const secret of [before, after]) expect(team.whereIs(secret)).toEqual([]);
});

it('an editor that is not there is named', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = withFile(team, 'a.txt', secret);
  const env = { EDITOR: 'no-such-editor', VISUAL: undefined };
  expect(alice.run('blackbox-ts edit a.txt', { env, code: 1 }).stderr).toContain('no-such-editor');
  expect(team.whereIs(secret)).toEqual([]);
});

describe.each([
  ['secrets.json', '{ "key": "VALUE" }\n', '{ "key": "VALUE" \n'],
  ['secrets.yaml', 'key: VALUE\n', 'key: "VALUE\n'],
  ['secrets.toml', 'key = "VALUE"\n', 'key = "VALUE\n'],
])('a syntax error in %s', (path, good, bad) => {
  it.skipIf(lacks('script'))('opens the editor again, with the edit still there', async () => {
    using team = newTeam();
    const [before, after] = [team.secret('before'), team.secret('after')];
    const alice = withFile(team, path, good.replace('VALUE', before));
    const editor = scriptEditor(alice, { write: bad.replace('VALUE', after) }, { write: good.replace('VALUE', after) });
    const session = atTerminal(alice, ['blackbox-ts', 'edit', path], { env: editor.env });
    await until(
      'it asks or opens again',
      () => session.child.exitCode !== null || /\?|again/i.test(session.output()) || editor.opened().length > 1,
    );
    if (session.child.exitCode === null) session.type('y\n');
    expect((await session.ended).code).toBe(0);
    expect(session.output()).not.toContain(after);
    expect(editor.opened()[1]?.content).toBe(bad.replace('VALUE', after));
    editor.forget();
    expect(cat(alice, path)).toBe(good.replace('VALUE', after));
    for (const secret of [before, after]) expect(team.whereIs(secret)).toEqual([]);
  });

  it('without a terminal nobody can be asked: it stops, and a broken file is not sealed unseen', () => {
    using team = newTeam();
    const [before, after] = [team.secret('before'), team.secret('after')];
    const alice = withFile(team, path, good.replace('VALUE', before));
    const editor = scriptEditor(alice, { write: bad.replace('VALUE', after) });
    const { code, stderr } = alice.run(['blackbox-ts', 'edit', path], { env: editor.env, code: 1 });
    expect([code, stderr.includes(after)]).toEqual([1, false]);
    expect(cat(alice, path)).toBe(good.replace('VALUE', before));
  });
});

describe('while the editor is open', () => {
  const interruptions: Record<string, (session: Running) => unknown> = {
    'Ctrl-C': (session) => session.signalAll('SIGINT'),
    'SIGINT for the program alone': (session) => session.child.kill('SIGINT'),
    SIGTERM: (session) => session.child.kill('SIGTERM'),
    'a closed terminal': (session) => session.signalAll('SIGHUP'),
  };
  it.each(Object.entries(interruptions))(
    '%s leaves no plaintext, and what was saved is kept, sealed',
    async (_, interrupt) => {
      using team = newTeam();
      const [before, after] = [team.secret('before'), team.secret('after')];
      const alice = withFile(team, 'a.txt', before);
      const editor = scriptEditor(alice, { write: after, waitFor: '/never' }, {});
      const session = alice.start('blackbox-ts edit a.txt', { env: editor.env });
      await until('the editor has saved', () => session.hasEnded() || editor.opened().length === 1);
      interrupt(session);
      await until('the program ends', session.hasEnded);
      session.signalAll('SIGKILL');
      const { stdout, stderr } = await session.ended;
      expect(stdout + stderr).not.toContain(after);
      expect(stderr).toContain('blackbox-ts edit --resume a.txt');
      editor.forget();
      for (const secret of [before, after]) expect(team.whereIs(secret)).toEqual([]);

      expect(cat(alice, 'a.txt')).toBe(before);
      const again = scriptEditor(alice, {});
      alice.run('blackbox-ts edit --resume a.txt', { env: again.env });
      expect(again.opened()[0]?.content).toBe(after);
      again.forget();
      expect(cat(alice, 'a.txt')).toBe(after);
      for (const secret of [before, after]) expect(team.whereIs(secret)).toEqual([]);
    },
  );

  it('an interrupt that the editor takes for itself does not end the edit', async () => {
    using team = newTeam();
    const [before, after] = [team.secret('before'), team.secret('after')];
    const alice = withFile(team, 'a.txt', before);
    const editor = scriptEditor(alice, { write: after, waitFor: join(alice.home, 'done'), ignoreInterrupts: true });
    const session = alice.start('blackbox-ts edit a.txt', { env: editor.env });
    await until('the editor has saved', () => session.hasEnded() || editor.opened().length === 1);
    session.signalAll('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(session.hasEnded()).toBe(false);
    alice.write('../home/done', '');
    expect((await session.ended).code).toBe(0);
    expect(cat(alice, 'a.txt')).toBe(after);
  });

  it('kill -9 loses at most this edit: the file is whole, and the next command clears what was left', async () => {
    using team = newTeam();
    const [before, after] = [team.secret('before'), team.secret('after')];
    const alice = withFile(team, 'a.txt', before);
    const editor = scriptEditor(alice, { write: after, waitFor: '/never' });
    const session = alice.start('blackbox-ts edit a.txt', { env: editor.env });
    await until('the editor has saved', () => session.hasEnded() || editor.opened().length === 1);
    session.signalAll('SIGKILL');
    await session.ended;
    editor.forget();
    expect(cat(alice, 'a.txt')).toBe(before);
    alice.run('blackbox-ts edit a.txt', { env: scriptEditor(alice, {}).env });
    expect(team.whereIs(after)).toEqual([]);
  });
});

it('a colleague may seal a newer version meanwhile: it is not overwritten', async () => {
  using team = newTeam();
  const [before, mine, theirs] = [team.secret('before'), team.secret('mine'), team.secret('theirs')];
  const alice = withFile(team, 'a.txt', before);
  const elsewhere = alice.bytes('a.txt.age');
  alice.lead('blackbox-ts decrypt a.txt');
  alice.write('a.txt', theirs);
  alice.lead('blackbox-ts encrypt a.txt');
  alice.lead('blackbox-ts shred a.txt');
  const newer = alice.bytes('a.txt.age');
  alice.write('a.txt.age', elsewhere);
  // The editor itself plays the colleague: while it is open, the newer file arrives, as with `git pull` in another window.
  alice.write('../home/newer', newer);
  const editor = scriptEditor(alice, { write: mine, copy: [`${alice.home}/newer`, `${alice.clone}/a.txt.age`] });
  expect(alice.run('blackbox-ts edit a.txt', { env: editor.env, code: 1 }).stderr).toContain('a.txt');
  expect(cat(alice, 'a.txt')).toBe(theirs);
});

it('a file that is open in the work tree is edited there, or not at all: the two never part', () => {
  using team = newTeam();
  const [before, after] = [team.secret('before'), team.secret('after')];
  const alice = withFile(team, 'a.txt', before);
  alice.lead('blackbox-ts decrypt a.txt');
  const editor = scriptEditor(alice, { replace: [before, after] });
  const { code } = alice.run('blackbox-ts edit a.txt', { env: editor.env, code: null });
  const sealed = cat(alice, 'a.txt');
  if (code === 0) expect([alice.read('a.txt'), sealed]).toEqual([after, after]);
  else expect([alice.read('a.txt'), sealed]).toEqual([before, before]);
});

it('what was typed is kept, sealed, also where the repository cannot be written to any more', () => {
  using team = newTeam();
  const typed = team.secret('typed');
  const alice = withFile(team, 'a.txt', 'before\n');
  const folder = '.git/blackbox-ts/worktrees/*';
  // As on a full disk: nothing can be kept in its place, and then the editor fails.
  alice.write('break.sh', `#!/bin/sh\nprintf %s "$TYPED" > "$1"\nrmdir ${folder}/unfinished\nexit 1\n`);
  alice.run('chmod +x break.sh');
  const env = { EDITOR: join(alice.clone, 'break.sh'), VISUAL: '', TYPED: typed };
  const { stderr } = alice.run('blackbox-ts edit a.txt', { env, code: 1 });
  const [, aside = '', command = ''] = /kept, sealed, in (\S+); .*: (mv .*)$/m.exec(stderr) ?? [];
  expect(aside.startsWith(alice.clone)).toBe(false);
  expect(team.whereIs(typed)).toEqual([]);
  const mode = alice.run(['sh', '-c', `mkdir -m 700 $(echo ${folder})/unfinished && stat -c %a '${aside}'`]);
  expect(mode.stdout).toBe('600\n');
  alice.run(['sh', '-c', `PATH="node_modules/.bin:$PATH"; ${command}`], { env: { EDITOR: 'true', VISUAL: '' } });
  expect(cat(alice, 'a.txt')).toBe(typed);
});
