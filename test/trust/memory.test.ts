/** What a clone knows of its own: the vault it has pinned, the statements it has seen, and those that its history has lost. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseStatement, type SignedStatement } from '../../src/trust/statement.js';
import { currentMembers, findVault, keyEntries, trustOf } from '../../src/vault/index.js';
import { codeOf, hostAt, newWorld, type Someone, type World } from '../vault/world.js';

const folder = '.blackbox/roster';
const names = (world: World) =>
  currentMembers(trustOf(world.vault()))
    .map((m) => m.name)
    .sort();
const files = (world: World) => readdirSync(join(world.root, folder));
const read = (world: World, file: string): SignedStatement =>
  parseStatement(readFileSync(join(world.root, folder, file), 'utf8'));
const newest = (world: World, before: readonly string[]) => files(world).find((f) => !before.includes(f)) ?? '';
const state = (world: World) => join(world.root, '.git', 'blackbox-ts');
/** As a fresh clone: nothing pinned, nothing seen. */
const forget = (world: World) => rmSync(state(world), { recursive: true, force: true });

async function withBob(): Promise<World & { removal: string; bob: Someone }> {
  const world = await newWorld();
  const bob = world.someone('bob');
  world.commit('founded');
  await world.enrol(bob);
  world.commit('bob');
  world.git('branch', 'old');
  const before = files(world);
  await world.strike(bob);
  const removal = newest(world, before);
  world.commit('bob has left');
  return Object.assign(world, { removal, bob });
}

describe('what a clone has seen', () => {
  it('is remembered by looking: on an old branch nothing is written for somebody removed since', async () => {
    using world = await withBob();
    forget(world);
    expect(names(world)).toEqual(['al']);
    world.git('checkout', '-q', 'old');
    expect([...trustOf(world.vault()).here.members.keys()].sort()).toEqual(['al', 'bob']);
    expect(names(world)).toEqual(['al']);
  });

  it('holds together although some of it counts for nothing', async () => {
    using world = await withBob();
    world.git('checkout', '-q', 'old');
    forget(world);
    const unseen = await signedHereBy(world, world.bob);
    world.git('checkout', '-q', 'main');
    writeFileSync(join(world.root, folder, unseen.name), unseen.text);
    world.commit('merged');
    expect(trustOf(world.vault()).here.voided.size).toBe(1);
    await world.enrol(world.someone('eve'));
    world.commit('eve');
    world.git('checkout', '-q', 'old', '--');
    expect(names(world)).toEqual(['al']);
    // What others give comes with a merge; what they take counts at once.
    expect([...trustOf(world.vault()).seen.members.keys()].sort()).toEqual(['al']);
  });

  it('is of this vault only', async () => {
    using world = await withBob();
    using other = await newWorld();
    trustOf(world.vault());
    const [foreign = ''] = files(other);
    writeFileSync(join(state(world), 'statements', foreign), readFileSync(join(other.root, folder, foreign)));
    expect(names(world)).toEqual(['al']);
  });
});

/** A statement that somebody signed on this branch, committed nowhere and forgotten. */
async function signedHereBy(world: World, by: Someone): Promise<{ name: string; text: string }> {
  const before = files(world);
  const keys = keyEntries(world.someone('dan').publicText);
  await world.change([{ do: 'add', name: 'dan', role: 'admin', groups: [], keys }], by);
  const name = newest(world, before);
  const text = readFileSync(join(world.root, folder, name), 'utf8');
  world.git('reset', '-q', '--hard');
  world.git('clean', '-qfd');
  forget(world);
  return { name, text };
}

describe('a statement that the history has lost', () => {
  it('is missed: reverted, in a clone that never saw it', async () => {
    using world = await withBob();
    world.git('revert', '--no-edit', 'HEAD');
    forget(world);
    expect(() => trustOf(world.vault())).toThrow(/was deleted, by commit \w+ of Al, \d{4}-\d\d-\d\d: Revert/);
  });

  it('is missed: turned into garbage first, and deleted then', async () => {
    using world = await withBob();
    world.write(`${folder}/${world.removal}`, 'garbage');
    world.commit('first step');
    world.remove(`${folder}/${world.removal}`);
    world.commit('second step');
    forget(world);
    expect(await codeOf(() => trustOf(world.vault()))).toBe('ERR_BLACKBOX_STATEMENT_DELETED');
  });

  it('is missed: renamed, and dropped by a merge', async () => {
    using world = await withBob();
    world.git('checkout', '-q', '-b', 'side', 'HEAD~1');
    world.commit('something else');
    world.git('checkout', '-q', 'main');
    world.git('merge', '-q', '-s', 'ours', '--no-commit', 'side');
    world.git('mv', `${folder}/${world.removal}`, `${folder}/.hidden`);
    world.commit('merge');
    world.git('rm', '-q', `${folder}/.hidden`);
    world.commit('and away');
    forget(world);
    expect(await codeOf(() => trustOf(world.vault()))).toBe('ERR_BLACKBOX_STATEMENT_DELETED');
  });

  it('is not missed when it was none: what somebody pushed and others took out again', async () => {
    using world = await withBob();
    const forged = read(world, world.removal);
    const garbage = [`${'ab'.repeat(32)}.json`, 'notes.txt'];
    mkdirSync(join(world.root, folder), { recursive: true });
    for (const name of garbage) world.write(`${folder}/${name}`, JSON.stringify(forged));
    world.commit('hostile');
    expect(await codeOf(() => trustOf(world.vault()))).toBe('ERR_BLACKBOX_VAULT_DAMAGED');
    for (const name of garbage) world.remove(`${folder}/${name}`);
    world.commit('cleaned');
    forget(world);
    expect(names(world)).toEqual(['al']);
    await world.enrol(world.someone('eve'));
    expect(names(world)).toEqual(['al', 'eve']);
  });

  it('is none on an older branch, or in a repository that says otherwise', async () => {
    using world = await withBob();
    expect(names(world)).toEqual(['al']);
    world.git('checkout', '-q', 'old');
    world.git('config', 'log.showRoot', 'false');
    world.git('config', 'diff.renames', 'copies');
    expect(names(world)).toEqual(['al']);
  });
});

describe('a statement that is not as it was signed', () => {
  it('is refused also where it is remembered', async () => {
    using world = await withBob();
    expect(names(world)).toEqual(['al']);
    const signed = read(world, world.removal);
    const signature = Buffer.from(signed.signature);
    signature[3] = (signature[3] ?? 0) ^ 1;
    const text = JSON.stringify({ statement: signed.statement, signature: signature.toString('base64') }, null, 2);
    world.write(`${folder}/${world.removal}`, `${text}\n`);
    rmSync(join(state(world), 'authority.json'));
    expect(await codeOf(() => trustOf(world.vault()))).toBe('ERR_BLACKBOX_STATEMENT_FORGED');
    expect(() => trustOf(world.vault())).toThrow(/last changed by commit \w{12} of Al/);
  });
});

describe('the vault that is pinned', () => {
  const other = async (world: World) => {
    using stranger = await newWorld();
    for (const path of ['vault.json', 'roster', 'admins'])
      rmSync(join(world.root, '.blackbox', path), { recursive: true });
    world.git('fetch', '-q', stranger.root, `${'HEAD'}:stranger`.replace('HEAD', stranger.commit('theirs')));
    world.git('checkout', '-q', 'stranger', '--', '.blackbox');
  };

  it('cannot be exchanged: pinned by reading alone, or found out from the history by whoever has pinned nothing', async () => {
    using world = await withBob();
    trustOf(world.vault());
    await other(world);
    world.commit('the same vault, honestly');
    expect(() => trustOf(world.vault())).toThrow(/this clone has pinned.*last changed by commit/);
    forget(world);
    expect(() => trustOf(world.vault())).toThrow(/its own history has had before/);
    const env = { ...hostAt(world.root).env, BLACKBOX_VAULT: world.vault().id };
    expect(trustOf(findVault(hostAt(world.root, { env }))).firstUse).toBe(true);
    expect(names(world)).toEqual(['al']);
  });

  it.each(['', ' ', 'deadbeef', 'x'.repeat(64)])('is not any, when it is asked for as %j', async (BLACKBOX_VAULT) => {
    using world = await newWorld();
    const env = { ...hostAt(world.root).env, BLACKBOX_VAULT };
    expect(await codeOf(() => trustOf(findVault(hostAt(world.root, { env }))))).toBe('ERR_BLACKBOX_VAULT_REPLACED');
  });

  it('is not forgotten because its file is damaged', async () => {
    using world = await newWorld();
    writeFileSync(join(state(world), 'vault'), '');
    expect(await codeOf(() => trustOf(world.vault()))).toBe('ERR_BLACKBOX_VAULT_REPLACED');
  });
});
