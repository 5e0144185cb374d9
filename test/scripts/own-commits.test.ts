/** The guard never stands in the program's own way: what the commands leave to be committed goes past its hooks. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { newTeam } from '../harness/team.js';

it('whatever a command stages is committed, and all of it is pushed', () => {
  using team = newTeam();
  const secret = team.secret();
  const [alice, carol] = [team.person('alice'), team.person('carol')];
  const [bob = '', spare = ''] = ['bob', 'spare'].map((name) => team.person(name).newKey('age'));
  const [recipient] = readFileSync(spare, 'utf8').split('\n');
  // What is committed and pushed past the hooks is the story: commands lead to it.
  const run = (line: string, stdin?: string) => {
    if (stdin === undefined) alice.lead(`blackbox-ts ${line}`);
    else alice.run(`blackbox-ts ${line}`, { stdin });
    expect(alice.run('git diff --cached --name-only').stdout, line).not.toBe('');
    alice.run(['git', 'commit', '--quiet', '-m', line]);
  };

  run('init --name alice');
  alice.write('a.json', JSON.stringify({ token: team.secret(), user: 'root' }));
  alice.write('b.txt', team.secret());
  run('register a.json b.txt');
  alice.write('b.txt', team.secret());
  run('encrypt --force --shred b.txt');
  run('set a.json token', secret);
  run('unset a.json user');
  run(`admin add --role writer ${bob}`);
  run('admin change bob --role reader --group ops');
  run('admin change alice --group ops');
  run('register --group ops b.txt');
  run(`admin add --append --name bob ${spare}`);
  run(`admin retire-key bob ${recipient}`);
  alice.run('git push --quiet origin HEAD');
  carol.pull();
  carol.lead('blackbox-ts join --name carol');
  carol.run('git add .blackbox/requests');
  carol.run('git commit --quiet -m carol');
  alice.run(['git', 'pull', '--quiet', '--no-edit', carol.clone, 'HEAD']);
  run('admin approve --yes carol');
  run('mv a.json c.json');
  run('reencrypt --fresh');
  run('admin remove bob');
  run('rotation --not-secret c.json');
  run('deregister --delete b.txt');
  run('rotation --prune');
  alice.run('git push --quiet origin HEAD');
  expect(alice.run('git status --porcelain').stdout).toBe('');

  // The hooks were on all the time.
  alice.write('leak.txt', `token = ${secret}\n`);
  alice.run('git add leak.txt');
  expect(alice.run('git commit --quiet -m leak', { code: 1 }).stderr).toContain('leak.txt');
});
