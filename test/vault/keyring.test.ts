/** Whose key opens a file: looked for in a fixed order, nothing read before its turn, one that is given alone. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateIdentity } from '../../src/age/index.js';
import { identityPath, openKeyring } from '../../src/vault/index.js';
import { codeOf, hostAt, newWorld, type World } from './world.js';

const identities = Array.from({ length: 7 }, () => generateIdentity());
const identity = (i: number) => identities[i]?.identity ?? '';
const recipient = (i: number) => identities[i]?.recipient ?? '';

function put(path: string, content: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function hostWith(world: World, env: Record<string, string>, ran: string[] = []) {
  const host = hostAt(world.root);
  return {
    ...host,
    env: { ...host.env, ...env },
    runForOutput: (command: string) => {
      ran.push(command);
      return Buffer.from(`${identity(command === 'mine' ? 2 : 5)}\n`);
    },
  };
}

describe('where identities are looked for', () => {
  it.each(['', 'here', './.config'])(
    'a config folder of %j counts as none: it would lie wherever somebody is',
    async (told) => {
      using world = await newWorld();
      const host = hostWith(world, { XDG_CONFIG_HOME: told });
      expect(identityPath(host)).toBe(join(host.home, '.config/blackbox-ts/identity'));
    },
  );

  it('in order, each with its source', async () => {
    using world = await newWorld();
    const ran: string[] = [];
    const host = hostWith(
      world,
      {
        BLACKBOX_IDENTITY: identity(0),
        BLACKBOX_IDENTITY_FILE: put(join(world.root, 'key1'), `# a comment\n${identity(1)}\n`),
        BLACKBOX_IDENTITY_CMD: 'mine',
        SOPS_AGE_KEY: identity(3),
        SOPS_AGE_KEY_FILE: 'sops/keys.txt',
        SOPS_AGE_KEY_CMD: 'sops',
      },
      ran,
    );
    put(join(world.root, 'sops/keys.txt'), identity(4));
    put(identityPath(host), identity(6));
    const keyring = openKeyring(host);
    const found: string[] = [];
    for (const looked of keyring.sources(false)) {
      // Nothing is run before it is its turn.
      if (found.length === 1) expect(ran).toEqual([]);
      found.push(...looked.found.map((f) => f.identity.recipient));
    }
    expect(found).toEqual([0, 1, 2, 3, 4, 5, 6].map(recipient));
    expect([...keyring.sources(false)].map((s) => s.source)).toEqual([
      'BLACKBOX_IDENTITY',
      'BLACKBOX_IDENTITY_FILE',
      'BLACKBOX_IDENTITY_CMD',
      'SOPS_AGE_KEY',
      'SOPS_AGE_KEY_FILE',
      'SOPS_AGE_KEY_CMD',
      identityPath(host),
      '~/.ssh/id_ed25519',
      '~/.ssh/id_rsa',
    ]);
    expect(ran).toEqual(['mine', 'sops']);
  });

  it('one that is given is the only one', async () => {
    using world = await newWorld();
    const host = hostWith(world, { BLACKBOX_IDENTITY: identity(0) });
    const given = (...list: string[]) =>
      [...openKeyring(host, { identities: list }).sources(true)].flatMap((s) =>
        s.found.map((f) => f.identity.recipient),
      );
    put(join(world.root, 'key'), identity(1));
    expect(given(identity(2))).toEqual([recipient(2)]);
    expect(given('key', identity(3))).toEqual([recipient(1), recipient(3)]);
    expect(given(`# created\n${identity(4)}\n${identity(5)}\n`)).toEqual([recipient(4), recipient(5)]);
    expect(await codeOf(() => given('missing'))).toBe('ERR_BLACKBOX_IDENTITY_FAILED');
    expect(await codeOf(() => given('key', 'missing'))).toBe('ERR_BLACKBOX_IDENTITY_FAILED');
  });

  it('may be a symlink: the user made it, not the repository', async () => {
    using world = await newWorld();
    const host = hostAt(world.root);
    put(join(world.root, 'real'), identity(0));
    mkdirSync(dirname(identityPath(host)), { recursive: true });
    symlinkSync(join(world.root, 'real'), identityPath(host));
    const found = [...openKeyring(host).sources(false)].flatMap((s) => s.found);
    expect(found.map((f) => f.identity.recipient)).toEqual([recipient(0)]);
  });

  it('what is broken is told without its content, and does not stop the others', async () => {
    using world = await newWorld();
    const host = hostWith(world, { BLACKBOX_IDENTITY: 'AGE-SECRET-KEY-1TOTALLYBROKEN', SOPS_AGE_KEY: identity(0) });
    const looked = [...openKeyring(host).sources(false)];
    expect(looked[0]?.problem).toBeTruthy();
    expect(JSON.stringify(looked)).not.toContain('TOTALLYBROKEN');
    expect(looked.flatMap((s) => s.found)).toHaveLength(1);
  });
});
