/** The harness itself, on git alone: a story can only be trusted as far as what tells it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scriptEditor } from './editor.js';
import { bareRights, lacks } from './programs.js';
import { until } from './run.js';
import { newTeam } from './team.js';
import { atTerminal, ctrlC } from './terminal.js';
import { splitWords } from './words.js';

describe('words of a command line', () => {
  it.each([
    ['git commit -m "two words"', ['git', 'commit', '-m', 'two words']],
    [`echo 'it is' "a \\"quote\\"" plain\\ space`, ['echo', 'it is', 'a "quote"', 'plain space']],
    ["x $(id) `id` ''", ['x', '$(id)', '`id`', '']],
  ])('%s', (line, words) => expect(splitWords(line)).toEqual(words));

  it('an unclosed quote is an error', () => expect(() => splitWords('echo "oops')).toThrow('unclosed'));
});

describe('a team', () => {
  it('shares an origin and nothing else', () => {
    using team = newTeam();
    const alice = team.person('alice');
    alice.write('a folder/file.txt', 'hello\n');
    alice.run('git add "a folder/file.txt"');
    alice.commitAndPush('first');
    const bob = team.person('bob');
    expect(bob.read('a folder/file.txt')).toBe('hello\n');
    expect(bob.run('git log --format=%an%ae').stdout).toBe('alicealice@example.com\n');
    expect(bob.run('git config --show-origin user.name').stdout).toContain(bob.home);
    expect(bob.run('git status --porcelain').stdout).toBe('');
  });

  it('inherits nothing that could change what programs do', () => {
    process.env.GIT_AUTHOR_NAME = 'somebody else';
    process.env.BLACKBOX_IDENTITY = 'x';
    using team = newTeam();
    const names = Object.keys(JSON.parse(team.person('alice').node('console.log(JSON.stringify(process.env))').stdout));
    delete process.env.GIT_AUTHOR_NAME;
    delete process.env.BLACKBOX_IDENTITY;
    expect(names.filter((name) => /^(GIT_AUTHOR|BLACKBOX|SOPS|NODE_OPTIONS|CI$)/.test(name))).toEqual([]);
  });

  it('is gone afterwards, agents and all', () => {
    const team = newTeam();
    team[Symbol.dispose]();
    expect(existsSync(team.folder)).toBe(false);
  });

  it('is led to where a story begins as by starts of the program', () => {
    using team = newTeam();
    const [alice, bob] = [team.person('alice'), team.person('bob')];
    for (const person of [alice, bob]) {
      person.run('blackbox-ts keygen');
      const how = person === alice ? person.lead : person.run;
      const { stdout, stderr, code } = how(['blackbox-ts', 'init', '--name', person.name]);
      expect([stdout, code]).toEqual(['', 0]);
      expect(stderr).toContain(`you on its roster as ${person.name}`);
      expect(stderr).toContain('seen to refuse a canary');
    }
    for (const name of ['.git/hooks/pre-commit', '.git/config', '.gitattributes'])
      expect(alice.read(name).replaceAll('alice', 'bob')).toBe(bob.read(name));
    const folder = join(alice.clone, 'folder');
    alice.write('folder/a.txt', team.secret());
    expect(alice.lead('blackbox-ts register a.txt', { cwd: folder }).code).toBe(0);
    // What one command has remembered, another does not know: nobody else's key is in it, and no folder of theirs.
    for (const person of [bob, alice, bob, alice])
      expect(person.lead('blackbox-ts list').stdout).toBe(person === alice ? 'folder/a.txt\n' : '');
    expect(bob.lead('blackbox-ts list --nonsense', { code: 2 }).stderr).toContain('--nonsense');
    expect(() => bob.lead('blackbox-ts cat folder/a.txt')).toThrow(
      /ended with 1 instead of 0\n--- stdout\n\n--- stderr\n.+/,
    );
    expect(() => alice.lead('blackbox-ts cat folder/a.txt')).toThrow('shows a secret');
    expect(() => alice.lead('git status')).toThrow('not a command of ours');
  });

  it('says all that was said when an exit code is unexpected', () => {
    using team = newTeam();
    const alice = team.person('alice');
    expect(() => alice.run('git no-such-command')).toThrow(/ended with 1 instead of 0[\s\S]*no-such-command/);
    expect(alice.run('git no-such-command', { code: 1 }).code).toBe(1);
    expect(() => alice.run('git --version', { code: 1 })).toThrow('ended with 0 instead of 1');
  });

  it('catches an output that shows a secret', () => {
    using team = newTeam();
    const alice = team.person('alice');
    const secret = team.secret();
    alice.write('file', secret);
    expect(() => alice.run('cat file')).toThrow('shows a secret');
    expect(alice.run('cat file', { shows: true }).stdout).toBe(secret);
  });
});

describe('searching for plaintext', () => {
  it('finds it in files, names, symlinks, encodings and git objects, loose, packed and unreachable', () => {
    using team = newTeam();
    const alice = team.person('alice');
    const secret = team.secret();
    expect(team.whereIs(secret)).toEqual([]);
    alice.write('plain', `x${secret}y`);
    alice.write('base64', Buffer.from(`ab${secret}cd`).toString('base64'));
    alice.write(secret, '');
    alice.run(['ln', '-s', secret, 'link']);
    writeFileSync(join(team.folder, 'tmp', 'left'), Buffer.from(secret).toString('hex'));
    expect(team.whereIs(secret)).toEqual(
      [`alice/app/${secret}`, ...['base64', 'link', 'plain'].map((n) => `alice/app/${n}`), 'tmp/left'].sort(),
    );
    alice.run('git add plain');
    expect(team.whereIs(secret)).toContain('alice/app/.git (objects)');
    alice.commitAndPush('leak');
    alice.run('git repack -q -a -d');
    expect(team.whereIs(secret)).toEqual(expect.arrayContaining(['alice/app/.git (objects)', 'origin.git (objects)']));
  });

  it('sees every change of a world, and only changes', () => {
    using team = newTeam();
    const alice = team.person('alice');
    alice.write('file', 'one');
    alice.run('git add file');
    const before = team.snapshot();
    alice.run('git status');
    expect(team.snapshot()).toEqual(before);
    alice.run('git rm -q --cached file');
    expect(team.snapshot()).not.toEqual(before);
  });
});

describe('people at work', () => {
  it('a scripted editor does its steps and keeps what it saw', () => {
    using team = newTeam();
    const alice = team.person('alice');
    const editor = scriptEditor(alice, { replace: ['one', 'two'] }, { exit: 3 });
    alice.write('file', 'one');
    alice.run([editor.env.EDITOR, 'file']);
    expect(alice.read('file')).toBe('two');
    alice.run([editor.env.EDITOR, 'file'], { code: 3 });
    expect(editor.opened().map(({ path, content }) => [path, content])).toEqual([
      ['file', 'one'],
      ['file', 'two'],
    ]);
  });

  it.skipIf(lacks('script'))('a terminal passes keys on, Ctrl-C as a signal', async () => {
    using team = newTeam();
    const alice = team.person('alice');
    const code =
      "process.on('SIGINT', () => process.exit(7)); console.log('tty ' + process.stdin.isTTY); setInterval(() => {}, 1000)";
    const session = atTerminal(alice, [process.execPath, '--eval', code]);
    await until('it starts', () => session.output().includes('tty true'));
    session.type(ctrlC);
    expect((await session.ended).code).toBe(7);
  });

  it('folder permissions count, also for root', () => {
    const through = bareRights();
    if (through === null) return;
    using team = newTeam();
    const alice = team.person('alice');
    alice.run('mkdir closed');
    alice.run('chmod 500 closed');
    expect(alice.run('touch closed/file', { through, code: 1 }).stderr).toContain('denied');
    alice.run('touch file', { through });
  });

  it('OpenPGP keys are made in their own home, with an agent that is stopped', () => {
    if (lacks('gpg')) return;
    const team = newTeam();
    const alice = team.person('alice');
    expect(readFileSync(alice.newKey('openpgp'), 'utf8')).toContain('BEGIN PGP PUBLIC KEY BLOCK');
    team[Symbol.dispose]();
    expect(spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout).not.toContain(team.folder);
  });
});
