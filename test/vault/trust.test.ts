/** Whom a clone trusts: whatever somebody does to the statements in a repository, and ordinary git life, which must stay ordinary. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { x25519Identity } from '../../src/age/index.js';
import { BlackboxError } from '../../src/errors.js';
import { type Change, formatStatement, type SignedStatement } from '../../src/trust/statement.js';
import {
  currentMembers,
  filesReadableBy,
  findVault,
  keyEntries,
  openSealed,
  planAddPerson,
  planReseal,
  readRegistry,
  readRoster,
  readTrust,
  withChanges,
  withoutPerson,
  withPerson,
} from '../../src/vault/index.js';
import { signStatement } from '../../src/vault/signed-changes.js';
import { readStatements, statementPath } from '../../src/vault/statements.js';
import { checkDeletions } from '../../src/vault/trust.js';
import { at, codeOf, hostAt, newcomer, newPerson, newWorld, type Someone, type World } from './world.js';

const state = (world: World) => join(world.root, '.git', 'blackbox-ts');
const pin = (world: World) => join(state(world), 'vault');
/** As a fresh clone: nothing pinned, nothing seen. */
const forget = (world: World) => rmSync(state(world), { recursive: true, force: true });
const here = (world: World) => [...readTrust(world.vault()).here.members.keys()].sort();
/** For whom something would be written. */
const current = (world: World) => world.roster().people.map((p) => p.name);
const ids = (world: World) => readStatements(world.vault()).map((s) => s.id);
const add = (who: Someone, role: 'admin' | 'writer' | 'reader' = 'admin'): Change => ({
  do: 'add',
  name: who.name,
  role,
  groups: [],
  keys: keyEntries(who.publicText),
});

/** A statement by hand: whatever they may say, and built upon whatever they like. */
function said(world: World, by: Someone, after: readonly string[], ...changes: Change[]): Promise<SignedStatement> {
  const signer = x25519Identity(by.identity).signer();
  const at = '2026-01-01T00:00:00Z';
  return signStatement(
    { vault: world.vault().id, after: [...after].sort(), at, by: by.name, key: signer.key, changes },
    signer,
  );
}

const put = (world: World, signed: SignedStatement) => world.write(statementPath(signed.id), formatStatement(signed));
const refused = (world: World) => codeOf(() => readRoster(world.vault()));

describe('pinning', () => {
  it('happens on first use, for good, where only its owner can write', async () => {
    using world = await newWorld();
    forget(world);
    expect(readTrust(world.vault()).firstUse).toBe(true);
    expect(existsSync(pin(world))).toBe(false);
    readRoster(world.vault());
    expect(readFileSync(pin(world), 'utf8')).toBe(`${world.vault().id}\n`);
    if (process.platform !== 'win32') {
      expect([statSync(pin(world)).mode & 0o777, statSync(state(world)).mode & 0o777]).toEqual([0o600, 0o700]);
    }
    expect(readTrust(world.vault()).firstUse).toBe(false);
  });

  it('is shared by linked worktrees', async () => {
    using world = await newWorld();
    world.commit('a vault');
    const tree = join(world.root, '..', 'tree');
    world.git('worktree', 'add', '-q', tree, '-b', 'other');
    const vault = findVault(hostAt(tree, { env: hostAt(world.root).env }));
    expect([readTrust(vault).firstUse, vault.state]).toEqual([false, state(world)]);
  });

  it('refuses another vault in its place before anything of it is read, and by BLACKBOX_VAULT where nothing is pinned', async () => {
    using world = await newWorld();
    using other = await newWorld();
    const [own, theirs] = [world.vault().id, other.vault().id];
    world.commit('a vault');
    world.write('.blackbox/vault.json', other.read('.blackbox/vault.json'));
    expect(await refused(world)).toBe('ERR_BLACKBOX_VAULT_REPLACED');
    for (const id of other.git('ls-files', '.blackbox').trim().split('\n')) world.write(id, other.read(id));
    expect(await refused(world)).toBe('ERR_BLACKBOX_VAULT_REPLACED');
    expect(() => readRoster(world.vault())).toThrow(new RegExp(`${theirs.slice(0, 16)}…, not ${own.slice(0, 16)}…`));
    forget(world);
    const env = (id: string) => ({ ...hostAt(world.root).env, BLACKBOX_VAULT: id });
    expect(await codeOf(() => readRoster(world.vault({ env: env(own) })))).toBe('ERR_BLACKBOX_VAULT_REPLACED');
    expect(existsSync(pin(world))).toBe(false);
  });

  it('an edited founder is another vault, or none', async () => {
    using world = await newWorld();
    const [eve] = [world.someone('eve')];
    const { id } = world.vault();
    const [founding] = readStatements(world.vault());
    if (founding === undefined) throw new Error('there is no founder');
    const text = formatStatement(founding);
    // Under its own name it is not what the name says.
    world.write(statementPath(id), text.replace(world.founder.recipient, eve.recipient));
    expect(await refused(world)).toBe('ERR_BLACKBOX_VAULT_DAMAGED');
    expect(() => readRoster(world.vault())).toThrow(/it is not the statement that its name says/);
    // Under a name that fits it is another one, which nothing says to begin with.
    const signer = x25519Identity(eve.identity).signer();
    const own = await signStatement({ ...founding.statement, by: 'eve', key: signer.key, changes: [add(eve)] }, signer);
    world.remove(statementPath(id));
    put(world, own);
    expect(await refused(world)).toBe('ERR_BLACKBOX_STATEMENT_MISSING');
    world.write('.blackbox/vault.json', `${JSON.stringify({ version: 1, id: own.id })}\n`);
    expect(await refused(world)).toBe('ERR_BLACKBOX_VAULT_REPLACED');
  });
});

describe('what was not signed by somebody who may', () => {
  it('statements copied from another vault are refused, naming the file and the commit', async () => {
    using world = await newWorld();
    using other = await newWorld();
    await other.enrol(other.someone('eve'));
    world.commit('a vault');
    for (const signed of readStatements(other.vault())) put(world, signed);
    const commit = world.commit('a new colleague');
    const failure = await Promise.resolve()
      .then(() => readRoster(world.vault()))
      .catch((e) => e);
    expect(failure.code).toBe('ERR_BLACKBOX_STATEMENT_FOREIGN');
    expect(ids(other).map(statementPath)).toContain(failure.file);
    expect(failure.sentence).toContain(`by commit ${commit.slice(0, 12)} of Al`);
    expect(failure.hints.join()).toContain(`git log -p -- ${failure.file}`);
  });

  it.each([
    ['an outsider', 'eve', 'NOT_ENTITLED'],
    ['a reader', 'rae', 'NOT_ENTITLED'],
    ['a writer', 'wes', 'NOT_ENTITLED'],
    ['somebody who is removed', 'gus', 'NOT_ENTITLED'],
  ])('a statement by %s is refused, naming it and the commit', async (_, name, code) => {
    using world = await newWorld();
    const people = new Map(['eve', 'rae', 'wes', 'gus'].map((n) => [n, world.someone(n)]));
    const who = (n: string) => people.get(n) as Someone;
    await world.enrol(who('rae'), 'reader');
    await world.enrol(who('wes'), 'writer');
    await world.enrol(who('gus'));
    await world.strike(who('gus'));
    const { heads } = readTrust(world.vault()).here;
    const signed = await said(world, who(name), heads, add(world.someone('mallory')));
    put(world, signed);
    const commit = world.commit('a new colleague');
    expect(await refused(world)).toBe(`ERR_BLACKBOX_STATEMENT_${code}`);
    expect(() => readRoster(world.vault())).toThrow(commit.slice(0, 12));
    expect(() => readRoster(world.vault())).toThrow(`is signed by ${name}, who was not an admin then`);
    expect(await codeOf(() => openSealed(world.vault(), at('a'), world.keyring()))).toBe('ERR_BLACKBOX_SEALED_MISSING');
  });

  it('a statement in an admin’s name with another signature is refused', async () => {
    using world = await newWorld();
    const eve = world.someone('eve');
    const { heads } = readTrust(world.vault()).here;
    const own = await said(world, world.founder, heads, add(eve));
    const forged = await said(world, { ...eve, name: 'al' }, heads, add(eve));
    put(world, { ...own, signature: forged.signature });
    expect(await refused(world)).toBe('ERR_BLACKBOX_STATEMENT_FORGED');
    world.remove(statementPath(own.id));
    put(world, forged);
    expect(await refused(world)).toBe('ERR_BLACKBOX_STATEMENT_NOT_ENTITLED');
  });

  it('somebody brought back by reverting is refused: by their keys alone, and with the statement that took them off', async () => {
    using world = await newWorld();
    const bob = world.someone('bob');
    await world.enrol(bob);
    world.commit('bob');
    await world.strike(bob);
    const removal = world.commit('bob has left');
    world.git('checkout', '-q', `${removal}~1`, '--', '.blackbox/admins/bob.pub');
    const commit = world.commit('tidy up');
    expect(await refused(world)).toBe('ERR_BLACKBOX_UNSIGNED_ENTRY');
    expect(() => readRoster(world.vault())).toThrow(
      new RegExp(`bob\\.pub holds somebody that no admin has signed: brought by commit ${commit.slice(0, 12)} of Al`),
    );
    world.git('reset', '-q', '--hard', removal);
    world.git('revert', '--no-edit', removal);
    expect(await refused(world)).toBe('ERR_BLACKBOX_STATEMENT_DELETED');
    forget(world);
    expect(await refused(world)).toBe('ERR_BLACKBOX_STATEMENT_DELETED');
  });

  it('a key replaced under the same name is refused, naming the commit', async () => {
    using world = await newWorld();
    await world.enrol(world.someone('bob'));
    world.commit('bob');
    world.write('.blackbox/admins/bob.pub', world.someone('bob').publicText);
    const commit = world.commit('new laptop');
    expect(await refused(world)).toBe('ERR_BLACKBOX_UNSIGNED_ENTRY');
    expect(() => readRoster(world.vault())).toThrow(`brought by commit ${commit.slice(0, 12)} of Al`);
  });

  it('whatever it is, nothing is written as long as it is there', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    const sealed = world.read('a.age');
    world.write('.blackbox/admins/eve.pub', world.someone('eve').publicText);
    world.write('a', 'two');
    expect(await codeOf(() => world.encrypt('a', true))).toBe('ERR_BLACKBOX_UNSIGNED_ENTRY');
    expect(await codeOf(() => world.change([add(world.someone('bob'))]))).toBe('ERR_BLACKBOX_UNSIGNED_ENTRY');
    expect(world.read('a.age').equals(sealed)).toBe(true);
    // Reading goes on: who reads is not let in by it.
    expect(String(await openSealed(world.vault(), at('a'), world.keyring()))).toBe('one');
  });
});

describe('a deleted statement', () => {
  it.each([
    ['from the work tree', (world: World, path: string) => world.remove(path)],
    ['from the index', (world: World, path: string) => world.git('rm', '-q', path)],
    ['by a commit', (world: World, path: string) => [world.git('rm', '-q', path), world.commit('tidy up')]],
  ])('%s is noticed before anything is written', async (_, remove) => {
    using world = await newWorld();
    const bob = world.someone('bob');
    await world.enrol(bob);
    await world.register('a', 'one');
    await world.strike(bob);
    const [removal = ''] = readTrust(world.vault()).here.heads;
    world.commit('bob has left');
    remove(world, statementPath(removal));
    for (const forgetting of [false, true]) {
      if (forgetting) forget(world);
      await expect(world.change([add(world.someone('eve'))])).rejects.toMatchObject({
        code: 'ERR_BLACKBOX_STATEMENT_DELETED',
        file: statementPath(removal),
      });
    }
  });

  it('is brought back by the command that the message gives', async () => {
    using world = await newWorld();
    const bob = world.someone('bob');
    world.commit('a vault');
    world.git('branch', 'side');
    await world.enrol(bob);
    await world.strike(bob);
    world.commit('bob has left');
    const path = statementPath(readTrust(world.vault()).here.heads[0] ?? '');
    const losses: readonly (() => unknown)[] = [
      () => world.git('rm', '-q', path),
      () => [world.git('rm', '-q', path), world.commit('tidy up')],
      () => [world.write(path, 'x'), world.commit('first step'), world.git('rm', '-q', path), world.commit('tidy up')],
      () => {
        world.git('checkout', '-q', 'side');
        world.commit('something else');
        world.git('merge', '-q', '-s', 'ours', '-m', 'merge', 'main');
      },
    ];
    for (const lose of losses) {
      lose();
      forget(world);
      // Each statement that is missing has a command of its own.
      for (let code = await refused(world); code === 'ERR_BLACKBOX_STATEMENT_DELETED'; code = await refused(world)) {
        const failure = await Promise.resolve()
          .then(() => readRoster(world.vault()))
          .catch((e) => e);
        const [, command = ''] = /^to bring it back: (.*)$/m.exec(failure.hints.join('\n')) ?? [];
        execFileSync('sh', ['-c', command], { cwd: world.root, stdio: 'pipe' });
        expect(world.has(failure.file)).toBe(true);
      }
      expect(current(world)).toEqual(['al']);
      expect(readTrust(world.vault()).here.removed.has('bob')).toBe(true);
      world.commit('back again');
    }
  });

  it('dropped by a merge is noticed', async () => {
    using world = await newWorld();
    const bob = world.someone('bob');
    await world.enrol(bob);
    world.commit('bob');
    world.git('checkout', '-q', '-b', 'side');
    world.commit('something else');
    world.git('checkout', '-q', 'main');
    await world.strike(bob);
    world.commit('bob has left');
    // Takes nothing of what the other side has: bob would be back.
    world.git('checkout', '-q', 'side');
    world.git('merge', '-q', '-s', 'ours', '-m', 'merge', 'main');
    expect(world.has('.blackbox/admins/bob.pub')).toBe(true);
    expect(await refused(world)).toBe('ERR_BLACKBOX_STATEMENT_DELETED');
    forget(world);
    expect(await refused(world)).toBe('ERR_BLACKBOX_STATEMENT_DELETED');
  });
});

/** Files named like statements, pushed and deleted again: what is in each is made from its number. */
function pushAndDelete(world: World, count: number, content: (i: number) => string): void {
  const names = Array.from({ length: count }, (_, i) => statementPath(i.toString(16).padStart(64, '0')));
  for (const [i, name] of names.entries()) world.write(name, content(i));
  world.commit('odd files');
  for (const name of names) world.remove(name);
  world.commit('tidy up');
}

describe('what never was a statement, and was deleted', () => {
  it('does not stand in the way, however much of it there was, and hides none', async () => {
    using world = await newWorld();
    const bob = world.someone('bob');
    await world.enrol(bob);
    world.commit('bob');
    pushAndDelete(world, 501, String);
    forget(world);
    expect(current(world)).toEqual(['al', 'bob']);
    await world.strike(bob);
    world.commit('bob has left');
    world.git('revert', '--no-edit', 'HEAD');
    forget(world);
    expect(await refused(world)).toBe('ERR_BLACKBOX_STATEMENT_DELETED');
  });

  it('is not counted when somebody has signed it who never was an admin', async () => {
    using world = await newWorld();
    const bob = world.someone('bob');
    await world.change([add(bob, 'reader')]);
    const signed = await said(world, bob, readTrust(world.vault()).here.heads, add(world.someone('eve')));
    const path = statementPath(signed.id);
    put(world, signed);
    world.commit('eve');
    world.remove(path);
    world.commit('tidy up');
    forget(world);
    expect(current(world)).toEqual(['al', 'bob']);
  });
});

describe('a partial clone', () => {
  it.each(['blob:none', 'tree:0'])('with --filter=%s does not take half a history for all of it', async (filter) => {
    using world = await newWorld();
    const bob = world.someone('bob');
    await world.enrol(bob);
    world.commit('bob');
    await world.strike(bob);
    world.commit('bob has left');
    world.git('revert', '--no-edit', 'HEAD');
    world.git('config', 'uploadpack.allowFilter', 'true');
    const clone = join(world.root, '.git', 'partial');
    world.git('clone', '--quiet', `--filter=${filter}`, `file://${world.root}`, clone);
    const vault = () => findVault(hostAt(clone));
    const failure = () => Promise.resolve().then(() => checkDeletions(vault(), readTrust(vault()).here));
    // Newer gits say that a blob is missing, others end for it.
    await expect(failure()).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_BLACKBOX_(GIT_FAILED|STATEMENT_MISSING)$/),
      hints: [expect.stringContaining('git fetch --refetch --no-filter')],
    });
    execFileSync('git', ['-c', 'maintenance.auto=false', 'fetch', '--quiet', '--refetch', '--no-filter', 'origin'], {
      cwd: clone,
      stdio: 'pipe',
    });
    await expect(failure()).rejects.toMatchObject({ code: 'ERR_BLACKBOX_STATEMENT_DELETED' });
  });
});

describe('ordinary git life', () => {
  /** al and bob on main, with a file for both; `old` from before; bob has left on main. */
  async function leaving(): Promise<World & { bob: Someone }> {
    const world = await newWorld();
    const bob = world.someone('bob');
    await world.enrol(bob);
    await world.register('a', 'one');
    world.commit('bob');
    world.git('branch', 'old');
    await world.strike(bob);
    const options = { keyring: world.keyring(), fresh: false };
    await world.apply((await planReseal(world.vault(), world.roster(), readRegistry(world.vault()), options)).plan);
    world.commit('bob has left');
    return Object.assign(world, { bob });
  }

  it('an old branch is read as it was, and written for nobody who has left since', async () => {
    using world = await leaving();
    world.git('checkout', '-q', 'old');
    expect(String(await openSealed(world.vault(), at('a'), world.keyring(world.bob)))).toBe('one');
    expect([here(world), current(world)]).toEqual([['al', 'bob'], ['al']]);
    world.write('a', 'two');
    await world.encrypt('a', true);
    expect(await codeOf(() => openSealed(world.vault(), at('a'), world.keyring(world.bob)))).toBe(
      'ERR_BLACKBOX_NOT_A_RECIPIENT',
    );
  });

  it('whoever has left and knows the old branch signs nothing there that counts in this clone', async () => {
    using world = await leaving();
    world.git('checkout', '-q', 'old');
    expect(await codeOf(() => world.change([add(world.someone('eve'))], world.bob))).toBe('ERR_BLACKBOX_CANNOT_SIGN');
    expect(await codeOf(() => world.encrypt('a', true))).toBe('ERR_BLACKBOX_PLAINTEXT_MISSING');
  });

  it('somebody who has left comes back by a newer statement only, which takes along that they had left', async () => {
    using world = await leaving();
    world.git('checkout', '-q', 'old');
    const before = ids(world);
    const after = withPerson(world.roster(), newcomer(world.bob), false);
    const options = { keyring: world.keyring(), fresh: false };
    const text = world.bob.publicText;
    await world.apply(
      (await planAddPerson(world.vault(), after, 'bob', text, readRegistry(world.vault()), options)).plan,
    );
    expect(current(world)).toEqual(['al', 'bob']);
    expect(ids(world).length).toBe(before.length + 2);
    world.commit('bob is back');
    world.git('merge', '-q', '--no-edit', 'main', '-X', 'ours');
    expect(current(world)).toEqual(['al', 'bob']);
  });

  it('roles, groups and keys that were taken elsewhere count as well', async () => {
    using world = await newWorld();
    const [bob, second] = [world.someone('bob'), world.someone('bob')];
    await world.enrol({ ...bob, publicText: bob.publicText + second.publicText }, 'admin', 'dev', 'ops');
    world.commit('bob');
    world.git('branch', 'old');
    await world.change([
      { do: 'role', name: 'bob', role: 'writer' },
      { do: 'groups', name: 'bob', groups: ['dev'] },
      { do: 'retire-key', name: 'bob', recipient: second.recipient, confirm: [] },
    ]);
    world.commit('less for bob');
    world.git('checkout', '-q', 'old');
    const [, left] = world.roster().people;
    expect(left).toMatchObject({ name: 'bob', role: 'writer', groups: ['dev'] });
    expect(left?.recipients.map((r) => r.text)).toEqual([bob.recipient]);
    expect(await codeOf(() => world.change([add(world.someone('eve'))], bob))).toBe('ERR_BLACKBOX_CANNOT_SIGN');
  });

  it('a detached head, a shallow clone and a clone without statements of its own read and write', async () => {
    using world = await leaving();
    world.git('checkout', '-q', '--detach', 'old');
    expect(here(world)).toEqual(['al', 'bob']);
    world.git('checkout', '-q', 'main');
    const clone = join(world.root, '..', 'clone');
    world.git('clone', '-q', '--depth', '1', `file://${world.root}`, clone);
    const host = hostAt(clone, { env: hostAt(world.root).env });
    expect(readRoster(findVault(host)).people.map((p) => p.name)).toEqual(['al']);
    expect(String(await openSealed(findVault(host), at('a'), world.keyring()))).toBe('one');
  });

  it('a rebase and an amended commit leave statements what they are', async () => {
    using world = await newWorld();
    world.commit('a vault');
    world.git('checkout', '-q', '-b', 'topic');
    await world.enrol(world.someone('bob'));
    world.commit('bob');
    world.git('commit', '--amend', '-q', '-m', 'let bob in');
    world.git('checkout', '-q', 'main');
    await world.enrol(world.someone('carol'));
    world.commit('carol');
    world.git('checkout', '-q', 'topic');
    world.git('rebase', '-q', 'main');
    expect(current(world)).toEqual(['al', 'bob', 'carol']);
    forget(world);
    expect(current(world)).toEqual(['al', 'bob', 'carol']);
  });

  it('somebody let in and taken back before it was committed does not come in with the next one', async () => {
    using world = await newWorld();
    await world.register('a', 'one');
    world.commit('a vault');
    const letIn = async (who: Someone) => {
      const after = withPerson(world.roster(), newcomer(who), false);
      const options = { keyring: world.keyring(), fresh: false };
      const text = who.publicText;
      await world.apply(
        (await planAddPerson(world.vault(), after, who.name, text, readRegistry(world.vault()), options)).plan,
      );
    };
    const [mallory, wrong, bob] = [world.someone('mallory'), world.someone('bob'), world.someone('bob')];
    for (const mistake of [mallory, wrong]) {
      await letIn(mistake);
      world.git('reset', '-q', '--hard');
      world.git('clean', '-qfd');
    }
    await letIn(bob);
    world.commit('bob');
    expect(current(world)).toEqual(['al', 'bob']);
    expect(String(await openSealed(world.vault(), at('a'), world.keyring(bob)))).toBe('one');
    for (const stranger of [mallory, wrong]) {
      const person = { recipients: newcomer(stranger).recipients };
      expect(filesReadableBy(world.vault(), readRegistry(world.vault()), person).readable).toEqual([]);
      expect(world.git('log', '--all', '--format=%s', `-S${stranger.recipient}`)).toBe('');
    }
    forget(world);
    expect(current(world)).toEqual(['al', 'bob']);
  });

  it('who was let in on a branch that is only looked at stays there', async () => {
    using world = await newWorld();
    world.commit('a vault');
    world.git('checkout', '-q', '-b', 'proposal');
    await world.enrol(world.someone('carol'));
    world.commit('carol');
    world.git('checkout', '-q', 'main');
    await world.enrol(world.someone('bob'));
    expect(current(world)).toEqual(['al', 'bob']);
    world.commit('bob');
    world.git('merge', '-q', '--no-edit', 'proposal');
    expect(current(world)).toEqual(['al', 'bob', 'carol']);
  });
});

describe('two branches', () => {
  /** What each does on its own, from the same beginning. */
  async function both(
    ours: (world: World) => Promise<unknown>,
    theirs: (world: World) => Promise<unknown>,
    prepare: (world: World) => Promise<unknown> = async () => {},
  ): Promise<World> {
    const world = await newWorld();
    await prepare(world);
    world.commit('a vault');
    world.git('checkout', '-q', '-b', 'theirs');
    await theirs(world);
    world.commit('theirs');
    world.git('checkout', '-q', 'main');
    forget(world);
    await ours(world);
    world.commit('ours');
    return world;
  }
  const merge = (world: World) => world.git('merge', '-q', '--no-edit', 'theirs');

  it('that each let somebody in merge without conflict, and go on from both', async () => {
    using world = await both(
      (w) => w.enrol(w.someone('bob'), 'writer'),
      (w) => w.enrol(w.someone('carol'), 'reader'),
    );
    merge(world);
    expect(current(world)).toEqual(['al', 'bob', 'carol']);
    const { heads } = readTrust(world.vault()).here;
    expect(heads).toHaveLength(2);
    await world.enrol(world.someone('dave'));
    const newest = readStatements(world.vault()).find((s) => !heads.includes(s.id) && s.statement.after.length === 2);
    expect(newest?.statement.after).toEqual([...heads].sort());
    expect(readTrust(world.vault()).here.heads).toEqual([newest?.id]);
    forget(world);
    expect(current(world)).toEqual(['al', 'bob', 'carol', 'dave']);
  });

  it('say the same to everybody, whichever was merged into which', async () => {
    const bob = newPerson('bob');
    using world = await both(
      (w) => w.change([{ do: 'groups', name: 'bob', groups: ['dev', 'ops'] }]),
      (w) =>
        w.change([
          { do: 'role', name: 'bob', role: 'writer' },
          { do: 'groups', name: 'bob', groups: ['ops'] },
        ]),
      (w) => w.enrol(bob, 'admin', 'db', 'dev', 'ops'),
    );
    const said = () => currentMembers(readTrust(world.vault()));
    world.git('checkout', '-q', '-b', 'one');
    merge(world);
    forget(world);
    const one = said();
    world.git('checkout', '-q', 'theirs');
    world.git('merge', '-q', '--no-edit', 'main');
    forget(world);
    expect(said()).toEqual(one);
    expect(one[1]).toMatchObject({ name: 'bob', role: 'writer', groups: ['ops'] });
  });

  it('of which one removes whom the other lets sign: the removal wins', async () => {
    const bob = newPerson('bob');
    using world = await both(
      (w) => w.strike(bob),
      (w) => w.change([add(w.someone('eve'))], bob),
      (w) => w.enrol(bob),
    );
    merge(world);
    expect(current(world)).toEqual(['al']);
    const { here: chain } = readTrust(world.vault());
    expect([chain.voided.size, [...chain.removed.keys()]]).toEqual([1, ['bob']]);
    await world.enrol(world.someone('carol'));
    expect(current(world)).toEqual(['al', 'carol']);
  });

  it('of which one confirms what the removed person had signed keeps that, and nothing later', async () => {
    using world = await newWorld();
    const [bob, carol, dave] = ['bob', 'carol', 'dave'].map(world.someone) as [Someone, Someone, Someone];
    await world.enrol(bob);
    await world.change([add(carol)], bob);
    world.commit('bob let carol in');
    world.git('checkout', '-q', '-b', 'theirs');
    await world.change([add(dave)], bob);
    world.commit('bob let dave in');
    world.git('checkout', '-q', 'main');
    const { changes } = withoutPerson(world.roster(), 'bob', new Set());
    await world.change(changes);
    world.commit('bob has left');
    expect(current(world)).toEqual(['al', 'carol']);
    merge(world);
    expect(current(world)).toEqual(['al', 'carol']);
    forget(world);
    expect(current(world)).toEqual(['al', 'carol']);
  });

  it('that change one person on both say the lesser; the other branch need not be merged for that', async () => {
    const bob = newPerson('bob');
    using world = await both(
      async () => undefined,
      (w) => w.change([{ do: 'role', name: 'bob', role: 'reader' }]),
      (w) => w.enrol(bob),
    );
    expect(world.roster().people[1]?.role).toBe('admin');
    // Seen by looking.
    world.git('checkout', '-q', 'theirs');
    readRoster(world.vault());
    world.git('checkout', '-q', 'main');
    expect(world.roster().people[1]?.role).toBe('reader');
    const { changes } = withChanges(world.roster(), 'bob', { role: 'writer' });
    await world.change(changes);
    expect(world.roster().people[1]?.role).toBe('writer');
  });
});

it('where nothing may be written, reading goes on: each time is the first', async () => {
  using world = await newWorld();
  await world.register('a', 'one');
  world.commit('a vault');
  forget(world);
  const refusing = () => {
    throw new BlackboxError('ERR_BLACKBOX_WRITE_FAILED', 'the file system is read-only');
  };
  const { files } = world.vault().host;
  const readOnly = () => world.vault({ files: { ...files, makeFolder: refusing, writeLocal: refusing } });
  for (const _ of [1, 2]) {
    expect(readRoster(readOnly()).people.map((p) => p.name)).toEqual(['al']);
    expect(readTrust(readOnly()).firstUse).toBe(true);
    expect(String(await openSealed(readOnly(), at('a'), world.keyring()))).toBe('one');
  }
  expect(existsSync(state(world))).toBe(false);
});
