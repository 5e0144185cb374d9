/** Requests to be let in: one file of public keys each, put there by whoever asks. They give no access, and are hostile until an admin has approved them. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { BlackboxError } from '../errors.js';
import type { KeyEntry } from '../trust/statement.js';
import { noRequest } from './errors.js';
import { vaultPath } from './paths.js';
import { parseName } from './roster.js';
import type { RepoPath, Vault } from './types.js';

const folder = 'requests';
/** As of a person's file on the roster. */
const requestLimit = 1024 * 1024;
/** More than anybody looks through; whoever leaves more has nobody let in by it. */
const mostRequests = 1000;

export function requestPath(name: string): RepoPath {
  return vaultPath(`${folder}/${name}.pub`);
}

function nameIn(file: string): string | null {
  try {
    return file.endsWith('.pub') ? parseName(file.slice(0, -'.pub'.length)) : null;
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

/** Who asks to be let in, sorted. Nothing is opened; what is no request is none. */
export function openRequests(vault: Pick<Vault, 'host' | 'root' | 'folder'>): string[] {
  const { files } = vault.host;
  if (files.stat(join(vault.folder, folder))?.kind !== 'folder') return [];
  return files
    .list(join(vault.folder, folder))
    .slice(0, mostRequests)
    .flatMap((file) => nameIn(file) ?? []);
}

export interface Request {
  readonly name: string;
  readonly path: RepoPath;
  readonly content: Buffer;
}

/** @throws ERR_BLACKBOX_NO_REQUEST, ERR_BLACKBOX_BAD_NAME, ERR_BLACKBOX_NOT_A_FILE */
export function readRequest(vault: Vault, wanted: string): Request {
  const name = parseName(wanted);
  const path = requestPath(name);
  const { files } = vault.host;
  const content = files.read(files.within(vault.root, path), requestLimit);
  if (content === null) throw noRequest(name, openRequests(vault));
  return { name, path, content };
}

/**
 * `SHA256:…` over the name and everything that would be let in under it: each key, and what it signs with. What both sides compare, so that
 * nobody can slip in a key of theirs, or have an age key sign with another one.
 */
export function requestFingerprint(name: string, keys: readonly KeyEntry[]): string {
  const texts = keys.map(({ recipient, sign }) => JSON.stringify([recipient, sign])).sort();
  const digest = createHash('sha256').update(`blackbox-ts/1 request\n${JSON.stringify(name)}\n${texts.join('\n')}`);
  return `SHA256:${digest.digest('base64').replace(/=+$/, '')}`;
}
