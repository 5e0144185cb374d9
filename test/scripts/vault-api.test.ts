/** A program that writes secrets: what it does is what the commands do. */
import { expect, it } from 'vitest';
import { newTeam, type Person } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const node = (person: Person, code: string, options = {}) =>
  person.node(
    `import { openVault, revealAll } from 'blackbox-ts';\nconst vault = await openVault();\nconst show = (x) => console.log(JSON.stringify(x));\n${code}`,
    options,
  );

it('lists, reads, writes and removes, signed and staged, and the guard knows', () => {
  using team = newTeam();
  const secret = team.secret();
  const alice = found(team);
  register(alice, { 'secrets.yaml': '# ours\ndb:\n  password: old # why\n  get: x\n' });
  alice.write('sub/keep', '');
  const first = node(
    alice,
    `
    await vault.set('secrets.yaml', 'db.password', process.env.VALUE);
    await vault.set('secrets.yaml', ['list'], [1, { a: 'b' }]);
    await vault.write('sub/new.bin', Buffer.from([0, 1, 2]));
    const password = await vault.get('secrets.yaml', ['db', 'password']);
    show([vault.list().map((e) => e.path), await vault.names('secrets.yaml'), [...await vault.read('sub/new.bin')], password.equals(process.env.VALUE), password, await vault.get('secrets.yaml', 'nope'), revealAll(await vault.get('secrets.yaml', 'db.get'))]);`,
    { cwd: `${alice.clone}/sub`, env: { VALUE: secret } },
  );
  expect(JSON.parse(first.stdout)).toEqual([
    ['secrets.yaml', 'sub/new.bin'],
    ['db.password', 'db.get', 'list.0', 'list.1.a'],
    [0, 1, 2],
    true,
    '[secret db.password]',
    null,
    'x',
  ]);
  expect(first.stderr).toBe('');
  const text = alice.run('blackbox-ts cat secrets.yaml', { shows: true }).stdout;
  expect(text).toBe(`# ours\ndb:\n  password: ${secret} # why\n  get: x\nlist: [1,{"a":"b"}]\n`);
  alice.run("git commit -q -m 'written by a program'");
  alice.run('git push -q origin HEAD');
  expect(team.whereIs(secret)).toEqual([]);
  alice.write('leak.txt', secret);
  alice.run('git add leak.txt');
  alice.run('git commit -m leak', { code: 1 });
  alice.run('git rm -q -f leak.txt');
  // A library prints nothing: what the guard has to say is a warning of the process, which a program may take up.
  alice.write('README.md', 'the sandbox password is everybody-knows-this-one');
  alice.run('git add README.md');
  const { stdout, stderr } = node(
    alice,
    `process.removeAllListeners('warning'); process.on('warning', ({ code, message }) => show([code, message]));
    await vault.set('secrets.yaml', 'db.sandbox', 'everybody-knows-this-one'); await new Promise(setImmediate);
    await vault.unset('secrets.yaml', 'db.sandbox');`,
  );
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([
    'BLACKBOX_GUARD',
    expect.stringMatching(/^db\.sandbox in secrets\.yaml also stands in a file that git tracks/),
  ]);

  node(
    alice,
    "await vault.unset('secrets.yaml', 'list'); await vault.remove('sub/new.bin'); show(vault.list().length);",
  );
  expect(alice.has('sub/new.bin.age')).toBe(false);
  alice.commitAndPush('removed by a program');

  const bob = letIn(team, alice, 'bob');
  const codes = `
    const code = (work) => work.then(() => 'done', (error) => error.code);
    show(await Promise.all([
      code(vault.set('secrets.yaml', 'db.password.x', 'y')), code(vault.unset('secrets.yaml', 'db.nope')), code(vault.set('nope.json', 'a', 'b')),
      code(vault.read('../outside')), code(vault.write('../outside', 'x')), code(vault.write('.git/hooks/x', 'x')), code(vault.remove('nope.json')),
      code(vault.set('secrets.yaml', 'a', () => 1)), code(vault.set('secrets.yaml', 'db.password', process.env.NOT_SET)),
      code(vault.write('sub/n.bin', 4711)), code(vault.set('secrets.yaml', 'a', { b: undefined })),
      ...['', 'db..x', [], ['db', ''], ['db', 1], 5].map((name) => code(vault.set('secrets.yaml', name, 'y'))),
    ]));
    show(await vault.names('secrets.yaml'));`;
  const [refused = '', names] = node(bob, codes).stdout.split('\n');
  expect(names).toContain('db.password');
  expect(JSON.parse(refused)).toEqual([
    'ERR_BLACKBOX_CANNOT_EDIT',
    'ERR_BLACKBOX_NO_SUCH_NAME',
    'ERR_BLACKBOX_NOT_REGISTERED',
    'ERR_BLACKBOX_PATH_REFUSED',
    'ERR_BLACKBOX_PATH_REFUSED',
    'ERR_BLACKBOX_PATH_REFUSED',
    'ERR_BLACKBOX_NOT_REGISTERED',
    'ERR_BLACKBOX_CANNOT_EDIT',
    'ERR_BLACKBOX_BAD_OPTION',
    'ERR_BLACKBOX_BAD_OPTION',
    'ERR_BLACKBOX_CANNOT_EDIT',
    ...Array(6).fill('ERR_BLACKBOX_BAD_OPTION'),
  ]);
});
