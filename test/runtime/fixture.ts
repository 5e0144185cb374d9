/** A vault as a clone of it lies on somebody's disk, sealed for real, without going through the program. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  formatPublicKey,
  generateIdentity,
  parseRecipient,
  type Recipient,
  x25519Identity,
} from '../../src/age/index.js';
import { nodeFiles } from '../../src/host/files.js';
import { nodeGit } from '../../src/host/git.js';
import type { Env, Gpg } from '../../src/host/types.js';
import { formatStatement } from '../../src/trust/statement.js';
import { formatRegistry, foundingStatement, keyEntries, parseRepoPath, type VaultHost } from '../../src/vault/index.js';
import { sealContent } from '../../src/vault/seal.js';
import { signedBatch } from '../../src/vault/sign.js';
import { statementPath } from '../../src/vault/statements.js';
import { findVault, newVaultFile } from '../../src/vault/vault.js';

export interface Fixture extends Disposable {
  /** Top of the repository. */
  readonly root: string;
  readonly home: string;
  readonly identity: string;
  readonly recipient: string;
  /** The vault's fingerprint: the id of its founder's statement. */
  readonly founder: string;
  /** Registers, seals and signs files for the given recipients, by default those of {@link Fixture.identity}. */
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

export async function newFixture(): Promise<Fixture> {
  const world = realpathSync(mkdtempSync(join(tmpdir(), 'bb-load-')));
  const root = join(world, 'repo');
  const home = join(world, 'home');
  const { identity, recipient } = generateIdentity();
  const publicText = formatPublicKey(x25519Identity(identity));
  const signer = x25519Identity(identity).signer();
  const founding = await foundingStatement('alice', keyEntries(publicText), signer);
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
    sshSign: () => {
      throw new Error('the ssh-agent was asked');
    },
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
  write('.blackbox/vault.json', newVaultFile(founding.id));
  write(statementPath(founding.id), formatStatement(founding));
  write('.blackbox/admins/alice.pub', publicText);
  return {
    root,
    home,
    identity,
    recipient,
    founder: founding.id,
    host,
    write,
    register,
    async seal(files, recipients = [parseRecipient(recipient)]) {
      const vault = findVault(host());
      register(...Object.keys(files));
      const seal = ([path, content]: [string, string | Uint8Array]) =>
        sealContent(vault, parseRepoPath(path), { groups: [], recipients }, () => [Buffer.from(content as string)]);
      const sealed = await Promise.all(Object.entries(files).map(seal));
      const drafts = sealed.map(({ draft }) => draft);
      const batch = signedBatch(vault, founding.id, drafts, signer);
      await vault.host.files.replace(batch.writes, join(home, 'journal'), { contents: batch.sign });
    },
    [Symbol.dispose]: () => rmSync(world, { recursive: true, force: true }),
  };
}
