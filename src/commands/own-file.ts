/** Files that commands write for people and compilers, where they are told to: they destroy nothing but an earlier one of their kind. */
import { join, resolve } from 'node:path';
import type { Host } from '../host/types.js';
import { showPath } from '../text.js';
import { locked, readRegistry, sealedPath, type Vault } from '../vault/index.js';
import { ownPlaceIsRegistered, ownPlaceIsTaken } from './refuse-report.js';

/** It names people, their public keys or values; it holds no secret. */
const ownMode = 0o644;

export interface OwnFile {
  /** As typed. */
  readonly file: string;
  /** What it begins with, which nothing else does. */
  readonly mark: string;
  /** `report`, `declaration file`. */
  readonly what: string;
  /** How to have it elsewhere. */
  readonly hint: string;
  readonly force: boolean;
}

/** What the file would destroy: a registered file, or anything that is none of its kind. @returns its place */
export function checkOwnPlace(host: Host, vault: Vault, own: OwnFile): string {
  const path = resolve(host.cwd, own.file);
  const taken = readRegistry(vault).some((e) => [e.path, sealedPath(e.path)].some((p) => join(vault.root, p) === path));
  if (taken) throw ownPlaceIsRegistered(path, own);
  const there = host.files.stat(path);
  if (there === null || own.force) return path;
  const head = there.kind === 'file' ? host.files.readHead(path, own.mark.length) : null;
  if (head?.toString('latin1') !== own.mark) throw ownPlaceIsTaken(path, own);
  return path;
}

/** @returns whether it was written: a dry run only says so */
export async function writeOwn(
  host: Host,
  vault: Vault,
  path: string,
  content: string,
  { file, dryRun }: { readonly file: string; readonly dryRun: boolean },
): Promise<boolean> {
  if (dryRun) {
    host.terminal.say(`would write ${showPath(file)}`);
    return false;
  }
  const write = { path, content: Buffer.from(content), mode: ownMode };
  await locked(vault, () => host.files.replace([write], join(vault.state, 'journal')));
  return true;
}
