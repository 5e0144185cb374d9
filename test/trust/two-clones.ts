/** Two clones of one vault and the origin that they push to, worked on in process by whoever a test says. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRecipientFile, verifyHeader } from '../../src/age/index.js';
import { BlackboxError } from '../../src/errors.js';
import type { Role } from '../../src/trust/statement.js';
import {
  apply,
  examineViews,
  filesReadableBy,
  findPerson,
  findVault,
  foundingStatement,
  keyEntries,
  ledgerEntries,
  locate,
  openKeyring,
  ownSigning,
  type Plan,
  planAddPerson,
  planChangePerson,
  planInit,
  planRegister,
  planRemovePerson,
  planReseal,
  planRetireKey,
  type RepoPath,
  readRegistry,
  readRoster,
  readSealedInfo,
  type SealedInfo,
  trustOf,
  type Vault,
  whyNotAuthentic,
  withChanges,
  withoutKey,
  withoutPerson,
  withPerson,
} from '../../src/vault/index.js';
import { fileKeyOf, plaintextPieces } from '../../src/vault/open.js';
import { currentAuthority } from '../../src/vault/trust.js';
import { hostAt } from '../vault/world.js';
import type { Keyed } from './keys-of-all-kinds.js';

export const paths = { all: 'all.txt', ops: 'ops.txt', db: 'db.txt' } as const;
const at = (path: string) => path as RepoPath;

export interface Clone {
  readonly root: string;
  git(...args: string[]): string;
  vault(): Vault;
  add(by: Keyed, who: Keyed, role: Role, groups: readonly string[], append?: boolean): Promise<void>;
  change(by: Keyed, name: string, to: { role?: Role; groups?: readonly string[] }): Promise<void>;
  remove(by: Keyed, name: string): Promise<void>;
  retire(by: Keyed, name: string, recipient: string): Promise<void>;
  /** Brings every file to its readers; what is not authentic is looked at and adopted. */
  reencrypt(by: Keyed, fresh?: boolean): Promise<void>;
  /** Merges what the origin has; of a sealed file that both have written, ours stays. */
  merge(from: string): void;
  /** Makes the files of people what the statements say: what a merge of two versions of one has left of keys that were retired. */
  tidy(): void;
  /** The file key, in hex, with which somebody opens a file; null when they cannot. @param here this clone as it is now */
  opens(here: Vault, who: Keyed, path: string): Promise<string | null>;
  /** Whether this file key is the one that a file has now. */
  isKeyOf(here: Vault, path: string, key: string): boolean;
}

/** One whose roster cannot be read: whom a refusal names beside, nobody looks at, and it takes half of the time of being refused. */
function withoutRoster(vault: Vault): Vault {
  const list = () => {
    throw new BlackboxError('ERR_BLACKBOX_NO_VAULT', 'not looked at');
  };
  return { ...vault, host: { ...vault.host, files: { ...vault.host.files, list } } };
}

function cloneAt(root: string): Clone {
  const env = { PATH: process.env.PATH, HOME: join(root, '..'), GIT_CONFIG_GLOBAL: join(root, '..', 'gitconfig') };
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
  const vault = () => findVault(hostAt(root));
  const keyring = (who: Keyed) => openKeyring(hostAt(root), { identities: [who.identity] });
  const options = (by: Keyed) => ({ keyring: keyring(by), fresh: false });
  const carryOut = async (by: Keyed, plan: Plan, message: string) => {
    await apply(vault(), plan, { keyring: keyring(by) });
    git('commit', '-q', '--allow-empty', '-m', message);
  };
  const roster = () => readRoster(vault());
  const entries = () => readRegistry(vault());
  const readable = (name: string) => filesReadableBy(vault(), entries(), findPerson(roster(), name)).readable;
  return {
    root,
    git,
    vault,
    add: async (by, who, role, groups, append = false) => {
      const keys = keyEntries(who.publicText);
      const newcomer = { name: who.name, recipients: parseRecipientFile(who.publicText), keys, role, groups };
      const after = withPerson(roster(), newcomer, append);
      const { plan } = await planAddPerson(vault(), after, who.name, who.publicText, entries(), options(by));
      await carryOut(by, plan, `${by.name} adds ${who.name}`);
    },
    change: async (by, name, to) => {
      const { plan } = await planChangePerson(vault(), withChanges(roster(), name, to), entries(), options(by));
      await carryOut(by, plan, `${by.name} changes ${name}`);
    },
    remove: async (by, name) => {
      const after = withoutPerson(roster(), name, new Set());
      const { plan } = await planRemovePerson(vault(), after, name, entries(), {
        ...options(by),
        seen: readable(name),
      });
      await carryOut(by, plan, `${by.name} removes ${name}`);
    },
    retire: async (by, name, recipient) => {
      const after = withoutKey(roster(), name, recipient);
      const { plan } = await planRetireKey(vault(), after, name, entries(), { ...options(by), seen: readable(name) });
      await carryOut(by, plan, `${by.name} retires a key of ${name}`);
    },
    reencrypt: async (by, fresh = false) => {
      const before = roster();
      const all = [...entries(), ...ledgerEntries(vault())];
      const adopt = new Set(all.map((e) => e.path).filter((path) => !isAuthentic(vault(), path)));
      const { plan } = await planReseal(vault(), before, all, { ...options(by), fresh, adopt });
      await carryOut(by, plan, `${by.name} re-encrypts`);
    },
    merge: (from) => {
      try {
        git('merge', '-q', '--no-edit', from);
      } catch {
        resolve(git);
      }
    },
    tidy: () => {
      const { stale, leftover } = examineViews(vault(), trustOf(vault()).here.members);
      for (const [path, text] of stale) writeFileSync(join(root, path), text);
      for (const path of leftover) rmSync(join(root, path));
      git('add', '--all', '.blackbox/admins');
      git('commit', '-q', '--allow-empty', '-m', 'tidy');
    },
    opens: async (here, who, path) => {
      const info = readSealedInfo(here, at(path)) as SealedInfo;
      try {
        const key = await fileKeyOf(withoutRoster(here), path, info, keyring(who));
        if (Buffer.concat([...plaintextPieces(here, at(path), info, key)]).toString() !== path)
          throw new Error(`${path} has another content`);
        return Buffer.from(key).toString('hex');
      } catch (error) {
        if ((error as { code?: string }).code === 'ERR_BLACKBOX_NOT_A_RECIPIENT') return null;
        throw error;
      }
    },
    isKeyOf: (here, path, key) => {
      const info = readSealedInfo(here, at(path)) as SealedInfo;
      try {
        verifyHeader(info.header, Buffer.from(key, 'hex'));
        return true;
      } catch (error) {
        if ((error as { code?: string }).code === 'ERR_BLACKBOX_DAMAGED') return false;
        throw error;
      }
    },
  };
}

function isAuthentic(vault: Vault, path: RepoPath): boolean {
  const { trust } = readRoster(vault);
  const info = readSealedInfo(vault, path);
  return info === null || whyNotAuthentic(currentAuthority(trust), path, info) === null;
}

/** Sealed files may conflict, and files of keys that one side has removed: nothing else. */
function resolve(git: Clone['git']): void {
  const conflicts = git('diff', '--name-only', '--diff-filter=U').split('\n').filter(Boolean);
  for (const path of conflicts) {
    if (path.endsWith('.age')) git('checkout', '-q', '--ours', '--', path);
    else if (!/^\.blackbox\/admins\/\w+\.pub$/.test(path)) throw new Error(`a conflict in ${path}`);
  }
  for (const path of conflicts) git(...(path.endsWith('.age') ? ['add', path] : ['rm', '-q', '-f', path]));
  git('commit', '-q', '--no-edit');
}

export interface World extends Disposable {
  readonly clones: readonly [Clone, Clone];
  /** What the origin has, merged; then pushed. */
  sync(clone: Clone): void;
}

const gitconfig =
  '[user]\n\tname = Al\n\temail = al@example.com\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n';

function temporary(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bbt-two-')));
  writeFileSync(join(folder, 'gitconfig'), gitconfig);
  return folder;
}

async function found(clone: Clone, founder: Keyed): Promise<void> {
  const host = hostAt(clone.root);
  const place = locate(host);
  place.host.files.makeFolder(place.state, 0o700);
  const keyring = openKeyring(host, { identities: [founder.identity] });
  const keys = keyEntries(founder.publicText).map((key) => ({ ...key, from: '' }));
  const recipients = parseRecipientFile(founder.publicText);
  const person = { name: founder.name, role: 'admin' as const, groups: [], recipients, keys };
  const { signer } = ownSigning(place, { people: [person] }, keyring, 'admin');
  const founding = await foundingStatement(founder.name, keyEntries(founder.publicText), signer);
  const lines = founder.publicText.trimEnd().split('\n');
  await apply({ ...place, id: founding.id }, planInit(place, founding, lines), { keyring });
}

async function register(clone: Clone, founder: Keyed): Promise<void> {
  const keyring = openKeyring(hostAt(clone.root), { identities: [founder.identity] });
  for (const [group, path] of Object.entries(paths)) {
    writeFileSync(join(clone.root, path), path);
    const groups = group === 'all' ? {} : { groups: [group] };
    const options = { keep: false, keyring, tracked: new Set<string>(), ...groups };
    const vault = clone.vault();
    await apply(vault, await planRegister(vault, readRoster(vault), readRegistry(vault), [at(path)], options), {
      keyring,
    });
  }
}

/** A vault with a file for everybody and one for each group, which its founder is in, and two clones of it: to be copied as often as wanted. */
export async function newTemplate(
  founder: Keyed,
  begin: (clone: Clone) => Promise<void>,
): Promise<{ copy(): World } & Disposable> {
  const folder = temporary();
  const origin = join(folder, 'origin.git');
  const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_GLOBAL: join(folder, 'gitconfig') };
  const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, env, stdio: 'pipe' });
  git(folder, 'init', '-q', '--bare', origin);
  git(folder, 'clone', '-q', origin, 'a');
  const first = cloneAt(join(folder, 'a'));
  first.git('checkout', '-q', '-b', 'main');
  await found(first, founder);
  first.git('commit', '-q', '-m', 'founded');
  await first.change(founder, founder.name, { groups: ['db', 'ops'] });
  await register(first, founder);
  first.git('commit', '-q', '-m', 'files');
  await begin(first);
  first.git('tag', 'beginning');
  first.git('push', '-q', '--tags', 'origin', 'main');
  git(folder, 'clone', '-q', '-b', 'main', origin, 'b');
  for (const name of ['a', 'b']) git(join(folder, name), 'remote', 'set-url', 'origin', '../origin.git');
  return { copy: () => copyOf(folder), [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

function copyOf(template: string): World {
  const folder = temporary();
  mkdirSync(folder, { recursive: true });
  for (const name of ['origin.git', 'a', 'b']) cpSync(join(template, name), join(folder, name), { recursive: true });
  const clones = [cloneAt(join(folder, 'a')), cloneAt(join(folder, 'b'))] as const;
  return {
    clones,
    sync: (clone) => {
      clone.git('fetch', '-q', 'origin');
      clone.merge('origin/main');
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
