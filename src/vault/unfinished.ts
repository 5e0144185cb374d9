/**
 * Edits that could not be put in their place (the editor failed, the program was killed, somebody else was faster): kept in local state,
 * sealed for those who may read the file anyway. Never in the work tree, never in plaintext.
 */
import { join } from 'node:path';
import { BlackboxError } from '../errors.js';
import { unfinishedDamaged } from './file-errors.js';
import type { Keyring } from './keyring.js';
import { openBytes } from './open.js';
import { worktreeState } from './origins.js';
import { sealedPath } from './paths.js';
import { proveReadable } from './plan-encrypt.js';
import { pluginsOf } from './plugins.js';
import { entitledPeople, recipientsOf } from './roster.js';
import { newEnvelope } from './seal.js';
import type { Origin, RegistryEntry, RepoPath, Roster, Vault } from './types.js';
import { sha256 } from './vault.js';

/** What an editor can take, in base64. */
const unfinishedLimit = 128 * 1024 * 1024;

export interface Unfinished {
  /** What the sealed file held when the edit began; null when there was none. */
  readonly base: Origin | null;
  /** An age file. */
  readonly sealed: Buffer;
}

function folderOf(vault: Vault): string {
  return join(worktreeState(vault), 'unfinished');
}

function fileOf(vault: Vault, path: RepoPath): string {
  return join(folderOf(vault), `${sha256(path).toString('hex').slice(0, 32)}.json`);
}

/** Where an edit was kept: in its place, or, where that could not be written, in a file that has to be moved there. */
export interface Kept {
  readonly file: string;
  readonly aside: string | null;
}

/**
 * Makes everything ready to keep an edit: the answer seals content and writes it at once, as it must when the program is being killed.
 * @throws ERR_BLACKBOX_NOT_ON_ROSTER when the user could not open what is kept, and what `wrapAll` throws
 */
export async function prepareUnfinished(
  vault: Vault,
  roster: Roster,
  entry: RegistryEntry,
  base: Origin | null,
  keyring: Keyring,
): Promise<(content: Uint8Array) => Kept> {
  const { path } = entry;
  const { header, seal } = await newEnvelope(path, recipientsOf(entitledPeople(roster, entry)), pluginsOf(vault));
  await proveReadable(vault, path, header, keyring);
  const { files } = vault.host;
  files.makeFolder(folderOf(vault), 0o700);
  return (content) => {
    const sealed = Buffer.concat([header, ...seal([content])]).toString('base64');
    return keepIn(vault, fileOf(vault, path), `${JSON.stringify({ path, base, sealed })}\n`);
  };
}

/** A full disk must not cost what somebody has typed. */
function keepIn({ host: { files } }: Vault, file: string, text: string): Kept {
  try {
    files.writeLocal(file, text);
    return { file, aside: null };
  } catch (error) {
    if (!(error instanceof BlackboxError)) throw error;
    return { file, aside: files.setAside(text) };
  }
}

function isOrigin(value: unknown): value is Origin {
  const { payload, plaintext } = (value ?? {}) as Partial<Origin>;
  return typeof payload === 'string' && typeof plaintext === 'string';
}

/** The edit of this file that was kept, or null. @throws ERR_BLACKBOX_DAMAGED */
export function readUnfinished(vault: Vault, path: RepoPath): Unfinished | null {
  const file = fileOf(vault, path);
  const content = vault.host.files.read(file, unfinishedLimit);
  if (content === null) return null;
  try {
    const { base, sealed } = JSON.parse(content.toString('utf8')) as Record<string, unknown>;
    if (typeof sealed === 'string')
      return { base: isOrigin(base) ? base : null, sealed: Buffer.from(sealed, 'base64') };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw unfinishedDamaged(path, file);
}

export function openUnfinished(vault: Vault, path: RepoPath, kept: Unfinished, keyring: Keyring): Promise<Buffer> {
  return openBytes(vault, sealedPath(path), kept.sealed, keyring);
}

/** Whether there was one. */
export function dropUnfinished(vault: Vault, path: RepoPath): boolean {
  const { files } = vault.host;
  const there = files.stat(fileOf(vault, path)) !== null;
  if (there) files.remove(fileOf(vault, path));
  return there;
}

/** Those of `paths` of which an edit is kept. */
export function unfinishedOf(vault: Vault, paths: readonly RepoPath[]): RepoPath[] {
  const kept = new Set(vault.host.files.list(folderOf(vault)));
  if (kept.size === 0) return [];
  return paths.filter((path) => kept.has(`${sha256(path).toString('hex').slice(0, 32)}.json`));
}
