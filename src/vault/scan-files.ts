/**
 * Where scan indexes lie, and for whom they are sealed: one for the files of each audience, so that it tells nobody of values that they could
 * not read, but those who only scan. What is in them is the guard's matter.
 */
import { join } from 'node:path';
import { checkAuthentic } from './authentic.js';
import { brokenVaultFile, tooMany } from './errors.js';
import type { Keyring } from './keyring.js';
import { byAudience, ledgerEntries, nameableGroups } from './ledger-files.js';
import { openPieces, readSealedInfo } from './open.js';
import { sealedPath, vaultPath } from './paths.js';
import { plan } from './plan.js';
import { audienceOf, isFor } from './roster.js';
import { sealContent } from './seal.js';
import { authorityOf } from './trust.js';
import { notFromSomebodyEntitled } from './trust-errors.js';
import type { Plan, RegistryEntry, RepoPath, Roster, Vault } from './types.js';
import { scanFolder } from './vault.js';

/** Each costs another pass over all that is scanned; teams have a handful of audiences. */
const mostIndexes = 50;
/** The groups of the files that an index is about. */
const indexName = /^index((?:,[\p{L}\p{N}][\p{L}\p{N}._-]{0,63})*)\.age$/u;

type Place = Pick<Vault, 'host' | 'root' | 'folder'>;

/** Whether a sealed file is a scan index, as a merge asks. */
export const isScanPath = (path: string) => path.startsWith(`.blackbox/${scanFolder}/`);

function entryFor(groups: readonly string[]): RegistryEntry {
  return { path: vaultPath(`${scanFolder}/${['index', ...groups].join(',')}`), groups, forScanners: true };
}

function entryOf(file: string): RegistryEntry {
  const groups = indexName.exec(file)?.[1];
  if (groups === undefined) throw brokenVaultFile(`.blackbox/${scanFolder}/${file}`, 'only scan indexes belong here');
  return entryFor(groups.split(',').filter(Boolean));
}

/** The scan indexes that there are, as entries of a registry, which they are not in: whatever re-wraps files has to re-wrap these as well. */
export function scanEntries({ host: { files }, root, folder: vault }: Place): RegistryEntry[] {
  files.within(root, `.blackbox/${scanFolder}`);
  const names = files.list(join(vault, scanFolder)).filter((name) => !name.startsWith('.'));
  if (names.length > mostIndexes) throw tooMany('scan index', mostIndexes, `.blackbox/${scanFolder}`);
  return names.map(entryOf);
}

/** All sealed files that are the vault's own, and in no registry. */
export function ownEntries(vault: Vault): RegistryEntry[] {
  return [...ledgerEntries(vault), ...scanEntries(vault)];
}

export interface ScanAudience {
  readonly entry: RegistryEntry;
  /** Of which it tells. */
  readonly files: readonly RegistryEntry[];
}

/** Which indexes there should be. Groups that a name has no room for get no index: they are told less, never more. */
export function scanAudiences(registry: readonly RegistryEntry[]): ScanAudience[] {
  const named = registry.map((entry) => ({ ...entry, groups: nameableGroups(entry.groups) }));
  const audiences = [...byAudience(named).values()];
  return audiences.map((files) => ({ entry: entryFor(files[0]?.groups ?? []), files }));
}

/** Seals an index for those who may read its files, and for those who only scan. */
export async function scanPlan(vault: Vault, roster: Roster, { entry }: ScanAudience, text: string): Promise<Plan> {
  const { draft } = await sealContent(vault, entry.path, audienceOf(roster, entry), () => [Buffer.from(text)]);
  return plan({ seals: [draft], stage: [sealedPath(entry.path)] });
}

/** Takes indexes away. */
export function dropScanPlan(entries: readonly RegistryEntry[]): Plan {
  const paths = entries.map(({ path }) => sealedPath(path));
  return plan({ remove: paths, unstage: paths });
}

/** For how many people on the roster an index is the only file that they may read. */
export function scannersOf(roster: Pick<Roster, 'people'>, entry: RegistryEntry): number {
  return roster.people.filter((p) => p.role === 'scanner' && isFor(entry.groups, p.groups)).length;
}

/** @throws ERR_BLACKBOX_NOT_AUTHENTIC when somebody has sealed it who may not write for its groups */
function checkIndex(vault: Vault, entry: RegistryEntry): boolean {
  const info = readSealedInfo(vault, entry.path);
  if (info === null) return false;
  checkAuthentic(vault, authorityOf(vault), entry, info);
  const signed = info.seal?.groups ?? [];
  if (signed.join() !== entry.groups.join())
    throw notFromSomebodyEntitled(sealedPath(entry.path), 'it was sealed for other groups than its name says');
  return true;
}

/**
 * What is sealed in an index; null when there is none.
 * @throws ERR_BLACKBOX_NOT_AUTHENTIC, ERR_BLACKBOX_VAULT_DAMAGED when it is larger than any, and those of `openSealed`
 */
export async function openScanIndex(
  vault: Vault,
  entry: RegistryEntry,
  keyring: Keyring,
  limit: number,
): Promise<string | null> {
  if (!checkIndex(vault, entry)) return null;
  const pieces: Uint8Array[] = [];
  let left = limit;
  for (const piece of await openPieces(vault, entry.path, keyring)) {
    left -= piece.length;
    if (left < 0) throw brokenVaultFile(sealedPath(entry.path), 'it is larger than any scan index');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** What each file's sealed content is now; '' for one that is not there. */
export function sealedContentOf(vault: Vault, path: RepoPath): string {
  return readSealedInfo(vault, path)?.payload ?? '';
}
