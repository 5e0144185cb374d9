/** A vault in a temporary repository, worked on in process: people with identities, files as they are on disk. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { generateIdentity } from '../../src/age/index.js';
import { nodeFiles } from '../../src/host/files.js';
import { nodeGit } from '../../src/host/git.js';
import { nodeGpg } from '../../src/host/gpg.js';
import {
  apply,
  findVault,
  type Keyring,
  locate,
  openKeyring,
  type Plan,
  planDecrypt,
  planEncrypt,
  planInit,
  planRegister,
  type RepoPath,
  type Roster,
  readRegistry,
  readRoster,
  type Vault,
  type VaultHost,
} from '../../src/vault/index.js';

export interface Someone {
  readonly name: string;
  readonly identity: string;
  readonly recipient: string;
}

export interface World extends Disposable {
  readonly root: string;
  readonly founder: Someone;
  /** As the program finds it each time it is started: nothing is remembered from one to the next. */
  vault(changes?: Partial<VaultHost>): Vault;
  roster(): Roster;
  keyring(who?: Someone): Keyring;
  someone(name: string): Someone;
  /** Puts somebody on the roster without re-wrapping anything. */
  enrol(who: Someone): void;
  write(path: string, content: string | Uint8Array, mode?: number): void;
  read(path: string): Buffer;
  has(path: string): boolean;
  git(...args: string[]): string;
  register(path: string, content: string | Uint8Array, keep?: boolean): Promise<RepoPath>;
  encrypt(path: string, force?: boolean): Promise<void>;
  decrypt(path: string, force?: boolean): Promise<void>;
  apply(plan: Plan): Promise<void>;
}

export const at = (path: string) => path as RepoPath;

export function hostAt(root: string, changes: Partial<VaultHost> = {}): VaultHost {
  const env = {
    PATH: process.env.PATH,
    HOME: join(root, '..', 'home'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(root, '..', 'gitconfig'),
  };
  return {
    cwd: root,
    home: env.HOME,
    env,
    platform: process.platform,
    files: nodeFiles(env),
    git: nodeGit(env, root),
    gpg: nodeGpg(env, env.HOME),
    runForOutput: () => {
      throw new Error('nothing is run here');
    },
    ...changes,
  };
}

function newPerson(name: string): Someone {
  return { name, ...generateIdentity() };
}

export async function newWorld(): Promise<World> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bbt-vault-')));
  const root = join(folder, 'repo');
  writeFileSync(join(folder, 'gitconfig'), '[user]\n\tname = Al\n\temail = al@example.com\n');
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_GLOBAL: join(folder, 'gitconfig') },
    });
  mkdirSync(root);
  git('init', '--quiet', '--initial-branch=main');
  const founder = newPerson('al');
  const place = locate(hostAt(root));
  place.host.files.makeFolder(place.state, 0o700);
  await apply({ ...place, id: '' }, planInit(place, founder.name, [founder.recipient]));
  return { root, founder, git, ...worldAt(root, folder, founder) };
}

function worldAt(root: string, folder: string, founder: Someone): Omit<World, 'root' | 'founder' | 'git'> {
  const vault = (changes?: Partial<VaultHost>) => findVault(hostAt(root, changes));
  const roster = () => readRoster(vault());
  const keyring = (who = founder) => openKeyring(hostAt(root), { identities: [who.identity] });
  const entry = (path: string) => ({ path: at(path), groups: [] });
  const write: World['write'] = (path, content, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, { mode });
  };
  return {
    vault,
    roster,
    keyring,
    someone: newPerson,
    enrol: (who) => write(`.blackbox/admins/${who.name}.pub`, `${who.recipient}\n`),
    write,
    read: (path) => readFileSync(join(root, path)),
    has: (path) => existsSync(join(root, path)),
    apply: (plan) => apply(vault(), plan),
    register: async (path, content, keep = false) => {
      write(path, content);
      const options = { keep, keyring: keyring(), tracked: new Set<string>() };
      await apply(vault(), await planRegister(vault(), roster(), readRegistry(vault()), [at(path)], options));
      return at(path);
    },
    encrypt: async (path, force = false) => {
      const options = { force, named: true, keyring: keyring() };
      await apply(vault(), (await planEncrypt(vault(), roster(), [entry(path)], options)).plan);
    },
    decrypt: async (path, force = false) => {
      await apply(vault(), (await planDecrypt(vault(), [entry(path)], keyring(), force)).plan);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The code with which something fails. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'it did not fail';
}
