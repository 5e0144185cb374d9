/** Which sealed content each plaintext in this work tree came from: what tells a stale plaintext from a changed one. */
import { createHmac, type Hmac } from 'node:crypto';
import { join } from 'node:path';
import { BlackboxError } from '../errors.js';
import type { Origin, RepoPath, Vault } from './types.js';
import { localKey, sha256 } from './vault.js';

/** 100,000 entries with long paths. */
const originsLimit = 64 * 1024 * 1024;

/** Local state of this work tree alone; linked worktrees share the rest. */
export function worktreeState(vault: Pick<Vault, 'state' | 'root'>): string {
  return join(vault.state, 'worktrees', sha256(vault.root).toString('hex').slice(0, 16));
}

function isOrigin(value: unknown): value is Origin {
  const { payload, plaintext } = (value ?? {}) as Partial<Origin>;
  return typeof payload === 'string' && typeof plaintext === 'string';
}

/** Empty when nothing was recorded, or the record cannot be read: plaintexts then count as of unknown origin, which overwrites nothing. */
export function readOrigins(vault: Vault): Map<RepoPath, Origin> {
  try {
    const content = vault.host.files.read(join(worktreeState(vault), 'origins.json'), originsLimit);
    const parsed: unknown = content === null ? {} : JSON.parse(content.toString('utf8'));
    return new Map(Object.entries(parsed ?? {}).filter((e): e is [RepoPath, Origin] => isOrigin(e[1])));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof BlackboxError) return new Map();
    throw error;
  }
}

export function recordOrigins(vault: Vault, changes: ReadonlyMap<RepoPath, Origin | null>): void {
  if (changes.size === 0) return;
  const origins = readOrigins(vault);
  for (const [path, origin] of changes) {
    if (origin === null) origins.delete(path);
    else origins.set(path, origin);
  }
  const folder = worktreeState(vault);
  vault.host.files.makeFolder(folder, 0o700);
  vault.host.files.writeLocal(join(folder, 'origins.json'), JSON.stringify(Object.fromEntries(origins)));
}

function keyed(vault: Vault): Hmac {
  return createHmac('sha256', localKey(vault));
}

/** Keyed digest of a plaintext: nobody without the local key can test guesses against it. */
export function digestOf(vault: Vault, pieces: Iterable<Uint8Array>): string {
  const hmac = keyed(vault);
  for (const piece of pieces) hmac.update(piece);
  return hmac.digest('hex');
}

/** {@link digestOf} the plaintext in the work tree; null when there is none. */
export function worktreeDigest(vault: Vault, path: RepoPath): string | null {
  const { files } = vault.host;
  const absolute = files.within(vault.root, path);
  return files.stat(absolute) === null ? null : digestOf(vault, files.readPieces(absolute));
}

export interface Watch {
  /** The same pieces, digested as they pass. */
  through(pieces: Iterable<Uint8Array>): Generator<Uint8Array>;
  /** The digest of what has passed; once. */
  digest(): string;
}

/** What is written is what gets digested, whatever happens meanwhile to the file that it was read from. */
export function watch(vault: Vault): Watch {
  let hmac: Hmac | null = null;
  return {
    *through(pieces) {
      hmac = keyed(vault);
      for (const piece of pieces) {
        hmac.update(piece);
        yield piece;
      }
    },
    digest: () => (hmac ?? keyed(vault)).digest('hex'),
  };
}
