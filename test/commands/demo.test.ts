/** The demo shows the walk, leaves nothing, and touches nothing of the user's. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../harness/run.js';
import { newTeam } from '../harness/team.js';

it('plays to its end in a folder that is gone afterwards', () => {
  using team = newTeam();
  const alice = team.person('alice', { installed: false });
  const before = team.snapshot();
  const start = performance.now();
  const { stdout, stderr } = alice.run('blackbox-ts demo', { cwd: alice.home });
  expect(performance.now() - start).toBeLessThan(30_000);
  expect(team.snapshot()).toEqual(before);
  expect(readdirSync(join(team.folder, 'tmp'))).toEqual([]);
  expect(stderr).toBe('');
  for (const line of [
    'ada$ blackbox-ts init --name ada',
    'ada$ blackbox-ts register secrets.json',
    'ada$ blackbox-ts admin add',
    'bob$ node app.mjs',
    'bob$ git commit -m oops',
    'ada$ blackbox-ts admin remove bob',
    'secrets.json: registered-plaintext',
    'backup.sh:2',
    'none of the identities found opens it',
  ]) {
    expect(stdout).toContain(line);
  }
  // Where it plays is said once; from then on everybody is at home.
  expect(stdout.split(join(team.folder, 'tmp'))).toHaveLength(2);
  // It reads as a story: each paragraph begins with a sentence.
  const paragraphs = stdout
    .trim()
    .split('\n\n')
    .filter((text) => !text.startsWith('    '));
  for (const paragraph of paragraphs) expect(paragraph).toMatch(/^[A-Z][^\n]*\.|^That was all/);
});

it('is the same whatever the user has set up for themself', () => {
  using team = newTeam();
  const alice = team.person('alice');
  alice.run('blackbox-ts keygen');
  const env = {
    BLACKBOX_IDENTITY: 'garbage',
    GIT_DIR: '/nonexistent',
    GIT_AUTHOR_NAME: 'somebody',
    BLACKBOX_ENV: 'x',
    NODE_OPTIONS: '',
  };
  expect(alice.run('blackbox-ts demo', { env }).stdout).toContain('That was all of it');
});

it('without git says what it needs, and leaves nothing', () => {
  using team = newTeam();
  const alice = team.person('alice');
  const { stderr } = alice.run('blackbox-ts demo', { env: { PATH: join(alice.home, 'nothing') }, code: 1 });
  expect(stderr).toContain('git program was not found');
  expect(readdirSync(join(team.folder, 'tmp'))).toEqual([]);
});

it('interrupted removes its folder', async () => {
  using team = newTeam();
  const alice = team.person('alice');
  const session = alice.start('blackbox-ts demo');
  await until('it is under way', () => session.output().includes('register'));
  session.child.kill('SIGTERM');
  const { code, signal } = await session.ended;
  expect(signal ?? code).not.toBe(0);
  expect(readdirSync(join(team.folder, 'tmp'))).toEqual([]);
  expect(existsSync(join(alice.clone, '.blackbox'))).toBe(false);
});
