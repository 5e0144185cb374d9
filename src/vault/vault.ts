/** Finding a vault, and the local state beside it. */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { brokenVaultFile, newerFormat, noVault } from './errors.js';
import type { Vault, VaultHost } from './types.js';

export const formatVersion = 1;
export const vaultFile = '.blackbox/vault.json';
export const adminsFolder = '.blackbox/admins';
/** It holds a version and an id; anything near this size is something else. */
const vaultFileLimit = 64 * 1024;

/** @param id of the founder's statement */
export function newVaultFile(id: string): string {
  return `${JSON.stringify({ version: formatVersion, id }, null, 2)}
`;
}

/** @returns the vault's id. @throws ERR_BLACKBOX_VAULT_DAMAGED, ERR_BLACKBOX_NEWER_FORMAT */
export function parseVaultFile(text: string): string {
  const file = vaultFile;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw brokenVaultFile(file, 'it is not JSON');
  }
  const { version, id } = (content ?? {}) as { version?: unknown; id?: unknown };
  if (typeof version !== 'number' || typeof id !== 'string' || !/^[0-9a-f]{64}$/.test(id)) {
    throw brokenVaultFile(file, 'it lacks a version number or an id of 64 hex digits');
  }
  if (version > formatVersion) throw newerFormat(version, formatVersion);
  return id;
}

/** Where the vault of a repository would be, whether or not there is one. */
export function locate(host: VaultHost, from = host.cwd): Omit<Vault, 'id'> {
  const repository = host.git.find(from);
  const folder = host.files.within(repository.root, '.blackbox');
  return { host, repository, root: repository.root, folder, state: join(repository.commonDir, 'blackbox-ts') };
}

export function hasVault(place: Omit<Vault, 'id'>): boolean {
  return place.host.files.stat(join(place.folder, 'vault.json')) !== null;
}

/** In the vault's folder: what machines without keys look for. */
export const scanFolder = 'scan';

/** Whether there is a scan index. Reads names only: each commit asks. */
export function hasScanIndex({ host: { files }, folder }: Pick<Vault, 'host' | 'folder'>): boolean {
  return files.list(join(folder, scanFolder)).some((name) => !name.startsWith('.'));
}

/** A public key of a megabyte is none. */
const longestKeys = 1 << 20;
/** As on a roster. */
const mostPeople = 1000;

/** Whether somebody has a key that may end: an OpenPGP one. A glance, where a roster would be read in vain. */
export function mayEnd({ host: { files }, folder }: Pick<Vault, 'host' | 'folder'>): boolean {
  const people = join(folder, 'admins');
  const names = files.list(people).slice(0, mostPeople);
  return names.some((name) => files.read(join(people, name), longestKeys)?.includes('BEGIN PGP'));
}

/**
 * The vault of the repository that holds `from` (default: the working directory). No process is started.
 * @param pin the founder's fingerprint that it must have
 * @throws ERR_BLACKBOX_NO_REPOSITORY, ERR_BLACKBOX_NO_VAULT, ERR_BLACKBOX_VAULT_DAMAGED, ERR_BLACKBOX_NEWER_FORMAT
 */
export function findVault(host: VaultHost, from = host.cwd, pin?: string): Vault {
  const place = locate(host, from);
  const content = host.files.read(host.files.within(place.root, vaultFile), vaultFileLimit);
  if (content === null) throw noVault(place.root);
  return { ...place, id: parseVaultFile(content.toString('utf8')), ...(pin === undefined ? {} : { pin }) };
}

const localKeys = new WeakMap<object, Buffer>();

/** This clone's random key for local digests. Made when first needed; never leaves the state folder. */
export function localKey(vault: Pick<Vault, 'host' | 'state'>): Buffer {
  const known = localKeys.get(vault);
  if (known !== undefined) return known;
  const key = readKey(vault) ?? makeKey(vault);
  localKeys.set(vault, key);
  return key;
}

const keyFile = (vault: Pick<Vault, 'state'>) => join(vault.state, 'key');

function readKey(vault: Pick<Vault, 'host' | 'state'>): Buffer | null {
  const hex = vault.host.files.read(keyFile(vault), 1024)?.toString('utf8').trim() ?? '';
  return /^[0-9a-f]{64}$/.test(hex) ? Buffer.from(hex, 'hex') : null;
}

function makeKey(vault: Pick<Vault, 'host' | 'state'>): Buffer {
  const key = randomBytes(32);
  vault.host.files.makeFolder(vault.state, 0o700);
  vault.host.files.writeLocal(keyFile(vault), `${key.toString('hex')}\n`);
  // Of two that make one at the same time the later wins, for both of them.
  return readKey(vault) ?? key;
}

export function sha256(...pieces: (Uint8Array | string)[]): Buffer {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}
