/** A vault as a clone of it lies on somebody's disk, sealed for real, without going through the program. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { generateIdentity, parseRecipient, type Recipient } from '../../src/age/index.js';
import { nodeFiles } from '../../src/host/files.js';
import { nodeGit } from '../../src/host/git.js';
import type { Env, Gpg } from '../../src/host/types.js';
import { formatRegistry, parseRepoPath, type VaultHost } from '../../src/vault/index.js';
import { sealContent } from '../../src/vault/seal.js';
import { findVault } from '../../src/vault/vault.js';

export interface Fixture extends Disposable {
  /** Top of the repository. */
  readonly root: string;
  readonly home: string;
  readonly identity: string;
  /** Registers and seals files for the given recipients, by default those of {@link Fixture.identity}. */
  seal(files: Readonly<Record<string, string | Uint8Array>>, recipients?: readonly Recipient[]): Promise<void>;
  /** Registers paths without sealing anything. */
  register(...paths: string[]): void;
  write(path: string, content: string | Uint8Array): void;
  /** Somebody with this identity in the environment, unless told otherwise, in a folder of the repository. */
  host(where?: string, env?: Env, gpg?: Gpg): VaultHost;
}

/** For programs that hold no key, and must not even be asked. */
export const noGpg: Gpg = {
  secretFingerprints: () => {
    throw new Error('gpg was started although no file is sealed for a key of its');
  },
  decrypt: () => {
    throw new Error('gpg was asked to decrypt');
  },
  sign: () => {
    throw new Error('gpg was asked to sign');
  },
};

export function newFixture(): Fixture {
  const world = realpathSync(mkdtempSync(join(tmpdir(), 'bb-load-')));
  const root = join(world, 'repo');
  const home = join(world, 'home');
  const { identity, recipient } = generateIdentity();
  const registered = new Set<string>();
  mkdirSync(home);
  execFileSync('git', ['init', '--quiet', root], {
    env: { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1' },
  });

  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const host: Fixture['host'] = (where = '', env = { BLACKBOX_IDENTITY: identity }, gpg = noGpg) => ({
    cwd: join(root, where),
    home,
    env,
    platform: process.platform,
    files: nodeFiles(env),
    git: nodeGit(env, join(root, where)),
    gpg,
    runForOutput: () => {
      throw new Error('a program was started');
    },
  });
  const register = (...paths: string[]) => {
    for (const path of paths) registered.add(path);
    write(
      '.blackbox/files',
      formatRegistry([...registered].map((path) => ({ path: parseRepoPath(path), groups: [] }))),
    );
  };
  write('.blackbox/vault.json', `${JSON.stringify({ version: 1, id: '0'.repeat(32) })}\n`);
  write('.blackbox/admins/alice.pub', `${recipient}\n`);
  return {
    root,
    home,
    identity,
    host,
    write,
    register,
    async seal(files, recipients = [parseRecipient(recipient)]) {
      const vault = findVault(host());
      register(...Object.keys(files));
      for (const [path, content] of Object.entries(files)) {
        const sealed = await sealContent(vault, parseRepoPath(path), recipients, () => [Buffer.from(content)]);
        const pieces = sealed.write.content as () => Iterable<Uint8Array>;
        write(`${path}.age`, Buffer.concat([...pieces()]));
      }
    },
    [Symbol.dispose]: () => rmSync(world, { recursive: true, force: true }),
  };
}
