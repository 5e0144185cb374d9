/** A key in hardware, behind an age plugin: its owner reads, and whoever seals needs the plugin, too. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type FakePlugin, fakeKey, installFakePlugin } from '../harness/plugin.js';
import { lacks } from '../harness/programs.js';
import { until } from '../harness/run.js';
import { newTeam, type Person } from '../harness/team.js';
import { atTerminal } from '../harness/terminal.js';
import { found, register } from '../harness/vault.js';

const key = fakeKey('bob');

function hold(person: Person): void {
  const folder = join(person.home, '.config/blackbox-ts');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'identity'), `# recipient: ${key.recipient}\n${key.identity}\n`, { mode: 0o600 });
}

function headerOf(person: Person): string {
  return person.bytes('secrets.json.age').toString('latin1').split('\n---')[0] ?? '';
}

/** All that a command that fails may not have touched. */
function stateOf(person: Person): string {
  const files = person.run('git status --porcelain --untracked-files=all').stdout;
  return `${files}${person.bytes('secrets.json.age').toString('base64')}${person.run('git ls-files -s').stdout}`;
}

it('the owner of a plugin key is let in as a reader, reads, and is shut out', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'secrets.json': JSON.stringify({ db: secret }) });
  const fake: FakePlugin = installFakePlugin(join(team.folder, 'hardware'), alice.env);
  const { PATH, FAKE_PLUGIN_LOG } = fake.env;
  const withPlugin = { PATH, FAKE_PLUGIN_LOG };

  // Without the plugin nobody can be let in with such a key, and nothing is half done.
  const add = ['blackbox-ts', 'admin', 'add', '--name', 'bob', key.recipient];
  const clean = stateOf(alice);
  const refused = alice.run(add, { code: 1 });
  expect(refused.stderr).toContain(`${key.recipient}: the program age-plugin-fake is not on the PATH`);
  expect(stateOf(alice)).toBe(clean);

  const added = alice.run(add, { env: withPlugin });
  expect(added.stderr).toContain(`bob: age plugin fake ${key.recipient}`);
  expect(added.stderr).toMatch(
    /bob becomes a reader: .*add a key of theirs that can, .*admin add --append --name bob FILE/,
  );
  expect(added.stderr).toContain('bob is on the roster as reader; 1 file re-wrapped');
  expect(headerOf(alice)).toContain('\n-> fake ');
  alice.commitAndPush('let bob in');
  expect(alice.run('blackbox-ts admin list').stdout).toMatch(/^bob +reader .*age plugin fake/m);

  const bob = team.person('bob');
  hold(bob);
  const opened = bob.run('blackbox-ts cat secrets.json', { env: { ...withPlugin, FAKE_PLUGIN: 'touch' }, shows: true });
  expect(JSON.parse(opened.stdout)).toEqual({ db: secret });
  expect(opened.stderr).toMatch(/(?:^|\n)age-plugin-fake: please touch the fake\n$/);
  const loading = (load: string) =>
    `import { ${load} } from 'blackbox-ts'; console.log((await ${load}()).db.reveal());`;
  expect(bob.node(loading('loadSecrets'), { env: withPlugin }).stdout).toBe(`${secret}\n`);
  expect(bob.node(loading('loadSecretsSync'), { env: withPlugin, code: 1 }).stderr).toContain('ASYNC_ONLY');
  // What the plugin does wrong, or that it is not there, is told as what was tried.
  for (const [env, words] of [
    [{}, 'identity: the program age-plugin-fake is not on the PATH'],
    [{ ...withPlugin, FAKE_PLUGIN: 'wrong-key' }, "its plugin gave a file key that is not this file's"],
    [{ ...withPlugin, FAKE_PLUGIN: 'error' }, 'age-plugin-fake: no \\u{1b}[2Jhardware here'],
  ] as const) {
    const failed = bob.run('blackbox-ts cat secrets.json', { env, code: 1 });
    expect(failed.stderr).toContain(words);
    expect(failed.stdout).toBe('');
  }
  // A program has nobody to ask, prints nothing, and asks the hardware once where it has a cache.
  const asked = bob.node(loading('loadSecrets'), { env: { ...withPlugin, FAKE_PLUGIN: 'questions' }, code: 1 });
  expect(asked.stderr).toContain('age-plugin-fake: answers: fail, fail, fail, fail, unsupported');
  expect(asked.stderr).not.toContain('touch');
  const before = fake.runs().length;
  const twice = `import { loadSecrets } from 'blackbox-ts'; const cache = new Map();
    for (const turn of [1, 2]) console.log((await loadSecrets({ cache })).db.reveal());`;
  expect(bob.node(twice, { env: withPlugin }).stdout).toBe(`${secret}\n${secret}\n`);
  expect(fake.runs()).toHaveLength(before + 1);
  // Nor is it asked where the guard would only like to know the values.
  bob.run('blackbox-ts setup', { env: withPlugin });
  expect(fake.runs()).toHaveLength(before + 1);

  const runs = fake.runs();
  expect(new Set(runs.map(({ cwd }) => cwd))).toEqual(new Set(['/']));
  // Whoever has another key as well is not asked for the hardware, whichever stands first.
  const both = join(alice.home, 'both');
  writeFileSync(both, `${key.identity}\n${readFileSync(join(alice.home, '.config/blackbox-ts/identity'))}`);
  alice.run(['blackbox-ts', 'cat', '--identity', both, 'secrets.json'], { env: withPlugin, shows: true });
  expect(fake.runs()).toHaveLength(runs.length);

  // Whoever seals without the plugin is stopped, and told whose key it is and what to do.
  const untouched = stateOf(alice);
  const set = alice.run('blackbox-ts set secrets.json db', { stdin: team.secret('new'), code: 1 });
  expect(set.stderr).toContain(`the key ${key.recipient} of bob: the program age-plugin-fake is not on the PATH`);
  expect(set.stderr).toContain('  install age-plugin-fake\n');
  expect(set.stderr).toContain(`or retire the key: blackbox-ts admin retire-key bob ${key.recipient}`);
  expect(stateOf(alice)).toBe(untouched);
  const changed = team.secret('changed');
  alice.run('blackbox-ts set secrets.json db', { stdin: changed, env: withPlugin });
  alice.commitAndPush('changed');
  bob.pull();
  expect(bob.run('blackbox-ts get secrets.json db', { env: withPlugin, shows: true }).stdout.trim()).toBe(changed);

  // Leaving takes no hardware, and no plugin.
  alice.run('blackbox-ts admin remove bob');
  expect(headerOf(alice)).not.toContain('\n-> fake ');
  alice.commitAndPush('bob has left');
  bob.pull();
  expect(bob.run('blackbox-ts cat secrets.json', { env: withPlugin, code: 1 }).stdout).toBe('');
});

it.skipIf(lacks('script'))('a plugin asks on the terminal', async () => {
  using team = newTeam();
  const alice = found(team);
  register(alice, { 'secrets.json': JSON.stringify({ db: team.secret() }) });
  const fake = installFakePlugin(join(team.folder, 'hardware'), alice.env);
  const session = atTerminal(alice, ['blackbox-ts', 'admin', 'add', '--name', 'bob', key.recipient], {
    env: { PATH: fake.env.PATH, FAKE_PLUGIN: 'questions' },
  });
  for (const [question, answer] of [
    ['insert your key (y: insert it, n: skip) [y/N]', 'y'],
    ['which slot?', '9a'],
    ['PIN?', '123456'],
  ]) {
    await until(`it asks ${question}`, () => session.output().includes(`age-plugin-fake: ${question} `));
    // Whatever is typed ahead of a question is dropped with the paste that it may be.
    await new Promise((resolve) => setTimeout(resolve, 100));
    session.type(`${answer}\r`);
  }
  const { code, stdout } = await session.ended;
  expect(code).toBe(1);
  expect(stdout).toContain('age-plugin-fake: touch \\u{1b}[1mme');
  expect(stdout).toContain('age-plugin-fake: answers: ok, ok yes, ok 9a, ok 123456, unsupported');
  // The PIN was shown by the plugin alone, and not while it was typed.
  expect(stdout.split('123456')).toHaveLength(2);
});
