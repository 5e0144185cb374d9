/** Local files: which they are, and that git ignores them from the day the sealed one is registered. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { planDeregister, planMove, readRegistry } from '../../src/vault/index.js';
import { localPaths, looseLocalFiles } from '../../src/vault/local.js';
import { at, newWorld, type World } from './world.js';

const loose = (world: World) => looseLocalFiles(world.vault(), readRegistry(world.vault()));
const ignoring = (world: World) => world.read('.gitignore').toString();

it.each([
  ['secrets.json', 'secrets.local.json'],
  ['app/secrets.production.yaml', 'app/secrets.local.yaml'],
  ['.env', '.env.local'],
  ['a b/.env.production', 'a b/.env.local'],
])('beside %s it is %s', (path, local) => expect(localPaths(at(path))[0]).toBe(local));

it.each(['secrets.txt', 'secrets', 'my-secrets.json', 'prod.env', 'secrets.json/a'])(
  'beside %s there is none',
  (path) => expect(localPaths(at(path))).toEqual([]),
);

it('git ignores them where the sealed file is registered or moved to, and goes on doing so when it is deregistered', async () => {
  using world = await newWorld();
  await world.register('secrets.json', '{}');
  expect(ignoring(world)).toBe('/secrets.json\n/secrets.local.json\n');
  const vault = world.vault();
  await world.apply(
    await planMove(vault, world.roster(), readRegistry(vault), at('secrets.json'), at('b/secrets.json'), {
      keyring: world.keyring(),
      tracked: new Set(),
    }),
  );
  expect(ignoring(world)).toBe('/secrets.local.json\n/b/secrets.json\n/b/secrets.local.json\n');
  const entry = { path: at('b/secrets.json'), groups: [] };
  await world.apply(
    await planDeregister(world.vault(), [entry], [entry], { remove: true, force: false, keyring: world.keyring() }),
  );
  expect(ignoring(world)).toBe('/secrets.local.json\n/b/secrets.local.json\n');
});

it('those that git tracks or does not ignore are told, and no process is started where there are none', async () => {
  using world = await newWorld();
  await world.register('secrets.json', '{}');
  const noGit = new Proxy({} as never, { get: () => expect.unreachable('git was asked') });
  expect(
    looseLocalFiles(
      world.vault({ git: { ...world.vault().host.git, open: () => noGit } }),
      readRegistry(world.vault()),
    ),
  ).toEqual([]);
  for (const ext of ['json', 'yaml', 'toml']) writeFileSync(join(world.root, `secrets.local.${ext}`), '');
  world.git('add', 'secrets.local.toml');
  expect(loose(world)).toEqual([
    { path: 'secrets.local.yaml', tracked: false },
    { path: 'secrets.local.toml', tracked: true },
  ]);
  // Git refuses to answer for what lies behind a symlink.
  mkdirSync(join(world.root, 'elsewhere'));
  writeFileSync(join(world.root, 'elsewhere/secrets.local.yaml'), '');
  symlinkSync('elsewhere', join(world.root, 'gone'));
  const behind = [{ path: at('gone/secrets.json'), groups: [] }];
  expect(looseLocalFiles(world.vault(), behind)).toEqual([]);
});
