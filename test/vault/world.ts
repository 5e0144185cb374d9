/** A vault in a temporary repository, worked on in process: people with identities, files as they are on disk. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatPublicKey, generateIdentity, parseRecipientFile, x25519Identity } from '../../src/age/index.js';
import { nodeFiles } from '../../src/host/files.js';
import { nodeGit } from '../../src/host/git.js';
import { nodeGpg } from '../../src/host/gpg.js';
import type { Change, Role } from '../../src/trust/statement.js';
import {
  apply,
  findVault,
  formatPerson,
  foundingStatement,
  type Keyring,
  keyEntries,
  locate,
  type Newcomer,
  openKeyring,
  type Plan,
  personPath,
  plan,
  planDecrypt,
  planEncrypt,
  planInit,
  planRegister,
  type RepoPath,
  type Roster,
  readRegistry,
  readRoster,
  readTrust,
  recordTrust,
  textWrite,
  type Vault,
  type VaultHost,
} from '../../src/vault/index.js';

export interface Someone {
  readonly name: string;
  readonly identity: string;
  readonly recipient: string;
  /** Their `.pub` file: the recipient, and the key that they sign with. */
  readonly publicText: string;
}

export interface World extends Disposable {
  readonly root: string;
  readonly founder: Someone;
  /** As the program finds it each time it is started: nothing is remembered from one to the next. */
  vault(changes?: Partial<VaultHost>): Vault;
  roster(): Roster;
  keyring(who?: Someone): Keyring;
  someone(name: string): Someone;
  /** Signs changes of the roster, and does nothing else. */
  change(changes: readonly Change[], by?: Someone): Promise<void>;
  /** Puts somebody on the roster, signed, without re-wrapping anything. */
  enrol(who: Someone, role?: Role, ...groups: string[]): Promise<void>;
  /** Takes somebody off the roster, signed, without re-wrapping anything. */
  strike(who: Someone, by?: Someone): Promise<void>;
  write(path: string, content: string | Uint8Array, mode?: number): void;
  read(path: string): Buffer;
  has(path: string): boolean;
  remove(path: string): void;
  git(...args: string[]): string;
  register(path: string, content: string | Uint8Array, keep?: boolean): Promise<RepoPath>;
  encrypt(path: string, force?: boolean): Promise<void>;
  decrypt(path: string, force?: boolean): Promise<void>;
  apply(plan: Plan, by?: Someone): Promise<void>;
  /** Everything as it is, in one commit; its id. */
  commit(message: string): string;
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
    sshSign: () => {
      throw new Error('no agent is asked here');
    },
    runForOutput: () => {
      throw new Error('nothing is run here');
    },
    ...changes,
  };
}

export function newPerson(name: string): Someone {
  const { identity, recipient } = generateIdentity();
  return { name, identity, recipient, publicText: formatPublicKey(x25519Identity(identity)) };
}

/** Somebody as `admin add` takes them from their `.pub` file. */
export function newcomer({ name, publicText }: Someone, role: Role = 'admin', ...groups: string[]): Newcomer {
  return { name, recipients: parseRecipientFile(publicText), keys: keyEntries(publicText), role, groups };
}

/** Begins a vault as `init` does. */
export async function foundVault(host: VaultHost, founder: Someone): Promise<void> {
  const place = locate(host);
  place.host.files.makeFolder(place.state, 0o700);
  const signer = x25519Identity(founder.identity).signer();
  const founding = await foundingStatement(founder.name, keyEntries(founder.publicText), signer);
  const keyring = openKeyring(host, { identities: [founder.identity] });
  const lines = founder.publicText.trimEnd().split('\n');
  await apply({ ...place, id: founding.id }, planInit(place, founding, lines), { keyring });
  const vault = findVault(host);
  recordTrust(vault, readTrust(vault));
}

export interface Place extends Disposable {
  readonly root: string;
  /** What the repository and a home lie in. */
  readonly folder: string;
  git(...args: string[]): string;
}

/** A repository without a vault. */
export function newPlace(): Place {
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
  return { root, folder, git, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function newWorld(): Promise<World> {
  const place = newPlace();
  const founder = newPerson('al');
  await foundVault(hostAt(place.root), founder);
  return { ...worldAt(place, founder), root: place.root, founder };
}

function worldAt({ root, git, ...place }: Place, founder: Someone): Omit<World, 'root' | 'founder'> {
  const vault = (changes?: Partial<VaultHost>) => findVault(hostAt(root, changes));
  const roster = () => readRoster(vault());
  const keyring = (who = founder) => openKeyring(hostAt(root), { identities: [who.identity] });
  const entry = (path: string) => ({ path: at(path), groups: [] });
  const write: World['write'] = (path, content, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, { mode });
  };
  const carryOut: World['apply'] = (p, by) => apply(vault(), p, { keyring: keyring(by) });
  return {
    git,
    vault,
    roster,
    keyring,
    someone: newPerson,
    change: (changes, by) => carryOut(plan({ changes }), by),
    enrol: async (who, role = 'admin', ...groups) => {
      const change: Change = { do: 'add', name: who.name, role, groups, keys: keyEntries(who.publicText) };
      const file = textWrite(vault(), personPath(who.name), formatPerson([who.publicText]));
      await carryOut(plan({ changes: [change], lastWrites: [file], stage: [personPath(who.name)] }));
    },
    strike: async ({ name }, by) => {
      const path = personPath(name);
      await carryOut(plan({ changes: [{ do: 'remove', name, confirm: [] }], remove: [path], unstage: [path] }), by);
    },
    write,
    read: (path) => readFileSync(join(root, path)),
    has: (path) => existsSync(join(root, path)),
    remove: (path) => rmSync(join(root, path)),
    apply: carryOut,
    commit: (message) => {
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '-m', message);
      return git('rev-parse', 'HEAD').trim();
    },
    register: async (path, content, keep = false) => {
      write(path, content);
      const options = { keep, keyring: keyring(), tracked: new Set<string>() };
      await carryOut(await planRegister(vault(), roster(), readRegistry(vault()), [at(path)], options));
      return at(path);
    },
    encrypt: async (path, force = false) => {
      const options = { force, named: true, keyring: keyring() };
      await carryOut((await planEncrypt(vault(), roster(), [entry(path)], options)).plan);
    },
    decrypt: async (path, force = false) => {
      await carryOut((await planDecrypt(vault(), [entry(path)], keyring(), force)).plan);
    },
    [Symbol.dispose]: place[Symbol.dispose],
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
