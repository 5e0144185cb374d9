/**
 * What brought the neighbours down, of recipients, rosters, swapped or forged files and people who left: each fails here, in a story of its own.
 * The table says in which one, and is held against the stories; those that stand nowhere else are below it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stranger } from '../harness/attack.js';
import { lacks } from '../harness/programs.js';
import { expectRefused } from '../harness/refusal.js';
import { projectRoot } from '../harness/run.js';
import { newTeam } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

const here = 'attacks';
const table: readonly (readonly [attack: string, ...stories: (readonly [file: string, story: string])[]])[] = [
  [
    'push access is enough to add a key to the list of recipients',
    ['trust-roster', 'adds a file of keys'],
    ['trust-roster', "adds a key to somebody's file"],
    ['trust-roster', 'signs a statement with a key of their own'],
    ['trust-roster', "signs a statement in an admin's name"],
    ['trust-roster', 'alters a statement: what it says, and how it is signed'],
    ['people-signed', 'a request gives no access, whoever merges it, and whatever else is done'],
  ],
  [
    'a key is replaced under the same name',
    ['trust-roster', "replaces somebody's key, or what they sign with, under the same name"],
  ],
  ['a statement is deleted', ['trust-roster', 'deletes a statement, by a commit or just so']],
  ['statements are copied from another vault', ['trust-roster', 'copies statements from a vault of their own']],
  [
    'the founder is another one',
    ['trust-founder', 'a clone that has only ever read notices that the vault was replaced'],
    ['trust-founder', 'a fresh clone notices it from the history, and can be told which vault it has to be'],
    ['trust-founder', "an edited founder's statement is another one, and refused"],
  ],
  [
    "a recipient is added to the sealed file's own header",
    ['trust-files', 'adds a recipient to the header of a file that they can open'],
  ],
  [
    'a newer key with the same e-mail in the keyring is picked',
    ['bad-keys', 'is chosen from the roster alone: another key of the same e-mail in the keyring is never used'],
  ],
  ["a missing key is looked up at that e-mail's domain", [here, 'no program is asked for a key, and none is fetched']],
  [
    'the removed person still reads after re-encrypting what has changed',
    ['removal', 'removal draws new file keys, names what was seen, and only the roster is left in the headers'],
    ['removal', 'a file key that was learned before opens nothing that is sealed after'],
  ],
  [
    "a removed person's entry comes back",
    ['trust-removed', 'is not let in again by reverting the commit that removed them'],
    ['trust-removed', 'is not let in again by putting their file back'],
    ['trust-removed', 'does not come back with an old branch: it can be read, and nothing is written for them there'],
    ['trust-branches', 'of which one removes somebody: what that person did beside it does not count, and is told'],
  ],
  [
    'somebody who was removed signs on',
    ['trust-removed', 'lets nobody in with a backdated statement, not themselves and no accomplice'],
    ['trust-removed', 'seals nothing: neither anew, nor with a signature of old times under another name'],
  ],
  ['an unparsable key is skipped', ['bad-keys', '%s is refused']],
  [
    'two names that compare equal are one',
    [here, 'names that are alike are different people, or refused: nobody is dropped'],
  ],
  [
    'two sealed files are swapped, or one is moved',
    ['trust-files', 'swaps two files'],
    ['trust-files', 'moves a file, and registers it where it lies now'],
    ['people-signed', 'what git moved is refused, and mv mends it'],
  ],
  [
    'whoever has the public keys replaces a content',
    ['trust-files', 'encrypts other content with the public keys, which everybody has'],
    ['trust-files', 'seals other content as this program does, with a key of their own'],
    ['trust-files', 'takes a file of another vault of the same people, with the same path'],
  ],
  [
    'a reader writes',
    ['trust-files', 'may only read, and seals'],
    ['trust-files', 'writes a file of a group that they are not in, by saying that it is for everybody'],
    ['proposals', 'by a reader who cannot sign is shown with who and what, and sealed by whoever adopts it'],
  ],
  [
    'a file is for more people than it was',
    ['trust-files', 'makes a file of a group one for everybody, in the registry'],
  ],
  [
    'an older version is put back over a newer one',
    ['trust-older', 'is told with file, commit and author, and no change of the roster makes a new version of it'],
  ],
  ['a key signs for two people', [here, 'a key may learn later what it signs with, and signs for one person only']],
  [
    'digests of what was seen can be guessed',
    ['rotation', 'without a key nobody learns what is on the list, and no check passes'],
  ],
  [
    'two branches that each add a member conflict',
    ['trust-branches', 'that each change the roster merge without a conflict into a valid one'],
  ],
];

it('every attack has its story', () => {
  const times = (file: string, story: string) => {
    const text = readFileSync(join(projectRoot, `test/scripts/${file}.test.ts`), 'utf8');
    return [`'${story}'`, `"${story}"`].reduce((sum, quoted) => sum + text.split(quoted).length - 1, 0);
  };
  for (const [attack, ...stories] of table) {
    expect(stories, attack).not.toEqual([]);
    // In this file they stand in the table as well.
    for (const [file, story] of stories) expect(times(file, story), story).toBeGreaterThan(file === here ? 1 : 0);
  }
});

describe('people', () => {
  it('names that are alike are different people, or refused: nobody is dropped', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': 'a' });
    const names = ['jo.smith', 'jo-smith', 'josmith'];
    for (const name of names) alice.run(['blackbox-ts', 'admin', 'add', '--name', name, stranger().recipient]);
    for (const name of ['Jo.Smith', 'ALICE'])
      expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', '--name', name, stranger().recipient], {
        says: [new RegExp(name, 'i'), 'on the roster'],
      });
    const [file] = JSON.parse(alice.run('blackbox-ts who --json').stdout).files;
    expect(JSON.stringify(file.readers)).toMatch(/alice.*jo-smith.*jo\.smith.*josmith/);
    alice.run('blackbox-ts status --check');
  });

  it('a key may learn later what it signs with, and signs for one person only', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': 'a' });
    const bob = team.person('bob');
    const file = bob.newKey('age');
    const [bare = '', signing = ''] = readFileSync(file, 'utf8').split('\n');
    const added = alice.run(['blackbox-ts', 'admin', 'add', '--name', 'bob', bare]).stderr;
    // What it is now, and how it becomes more.
    expect(added).toContain('bob becomes a reader: this key cannot sign');
    expect(added).toContain('blackbox-ts keygen --public');
    expect(alice.run('blackbox-ts admin list').stdout).toMatch(/^bob +reader/m);
    // Under another name, with another recipient, it is a theft.
    const eve = stranger('eve');
    const stolen = join(bob.home, 'eve.pub');
    const founders = alice.read('.blackbox/admins/alice.pub').split('\n')[1];
    writeFileSync(stolen, `${eve.recipient}\n${founders}\n`);
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', stolen], { says: ['alice', 'key'] });
    const said = alice.run(['blackbox-ts', 'admin', 'add', '--append', '--name', 'bob', file]).stderr;
    expect(said).toContain('blackbox-ts admin change bob --role writer');
    writeFileSync(stolen, `${eve.recipient}\n${signing}\n`);
    expectRefused(team, alice, ['blackbox-ts', 'admin', 'add', stolen], { says: ['bob', 'key'] });
    // Nor is what it signs with exchanged for another one.
    writeFileSync(stolen, `${bare}\n${eve.text.split('\n')[1]}\n`);
    alice.run(['blackbox-ts', 'admin', 'add', '--append', '--name', 'bob', stolen], { code: null });
    expect(alice.read('.blackbox/admins/bob.pub')).toContain(signing);
    alice.lead('blackbox-ts admin change bob --role writer');
    alice.commitAndPush('bob writes');
    bob.pull();
    bob.write('b.txt', 'b');
    bob.lead('blackbox-ts register b.txt');
    bob.run('blackbox-ts status --check');
  });

  it.skipIf(lacks('gpg'))('no program is asked for a key, and none is fetched', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': '1' });
    const log = join(alice.home, 'gpg.log');
    alice.write('../tools/gpg', `#!/bin/sh\necho "$@" >> "${log}"\nPATH="\${PATH#*:}" exec gpg "$@"\n`);
    alice.run(['chmod', '755', join(alice.clone, '../tools/gpg')]);
    writeFileSync(log, '');
    const env = { PATH: `${join(alice.clone, '../tools')}${delimiter}${alice.env.PATH}` };
    letIn(team, { ...alice, run: (line, options) => alice.run(line, { ...options, env }) }, 'bob', 'openpgp');
    alice.run('blackbox-ts decrypt a.txt', { env });
    alice.write('a.txt', '2');
    alice.run('blackbox-ts encrypt --shred a.txt', { env });
    alice.run('blackbox-ts reencrypt --fresh', { env });
    const calls = readFileSync(log, 'utf8').split('\n').filter(Boolean);
    // It may be asked what secret keys it holds; nothing else, and never with the network.
    expect(
      calls.filter((call) => /--(?:encrypt|recipient|recv|search|refresh|fetch|list-public|list-keys)/.test(call)),
    ).toEqual([]);
    for (const call of calls) expect(call).toMatch(/--no-auto-key-locate.*--disable-dirmngr|--version/);
  });
});
