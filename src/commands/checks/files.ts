/** Whether every registered file is sealed, for whom it should be, and nowhere in plaintext for others. */
import { count, shellWord, showPath } from '../../text.js';
import {
  attributeLines,
  audienceGap,
  departureCount,
  type FileState,
  fileStates,
  hasScanIndex,
  ignorePattern,
  ledgerEntries,
  looseLocalFiles,
  olderIn,
  openKeyring,
  type RegistryEntry,
  type RepoPath,
  type Roster,
  scanEntries,
  sealedOrDamaged,
  sealedPath,
  type Vault,
  whyNotAuthentic,
} from '../../vault/index.js';
import { freshnessOf, openIndexes } from '../scan-indexes.js';
import { type Check, fail, ok, type Patient, warn } from './check.js';

/** A check names so many files; `status` names all. */
const named = 5;
/** As the vault bounds it. */
const attributesLimit = 16 * 1024 * 1024;

function some(paths: readonly RepoPath[]): string {
  return `${paths.slice(0, named).map(showPath).join(', ')}${paths.length > named ? ', …' : ''}`;
}

function words(paths: readonly string[]): string {
  return `${paths.slice(0, named).map(shellWord).join(' ')}${paths.length > named ? ' …' : ''}`;
}

const ignoreWords = (paths: readonly RepoPath[]) => `add to .gitignore: ${words(paths.map(ignorePattern))}`;

type Fault = 'damaged' | 'missing' | 'forged' | 'older' | 'stale';

/** The worst that is wrong with a file; without a roster nothing is said of people. */
function faultOf(
  vault: Vault,
  roster: Roster | null,
  entry: RegistryEntry,
  older: ReadonlyMap<RepoPath, string>,
): Fault | null {
  const info = sealedOrDamaged(vault, entry);
  if (info === null || info === 'damaged') return info ?? 'missing';
  if (roster === null) return null;
  if (whyNotAuthentic(roster.trust.here, entry.path, info, entry.groups) !== null) return 'forged';
  if (older.has(entry.path)) return 'older';
  return isStale(audienceGap(roster, entry, info)) ? 'stale' : null;
}

const faults: Readonly<Record<Fault, (paths: readonly RepoPath[]) => Check>> = {
  damaged: (paths) =>
    fail(
      'sealed files',
      `no complete sealed file: ${some(paths)}`,
      `git checkout HEAD -- ${words(paths.map(sealedPath))}`,
    ),
  missing: (paths) =>
    fail('sealed files', `missing: ${some(paths)}`, `git checkout HEAD -- ${words(paths.map(sealedPath))}`),
  forged: (paths) =>
    fail('sealed files', `not authentic: ${some(paths)}`, `git log -p --stat -- ${words(paths.map(sealedPath))}`),
  older: (paths) =>
    warn(
      'sealed files',
      `older versions, put back over newer ones: ${some(paths)}`,
      `blackbox-ts status ${words(paths)}`,
    ),
  stale: (paths) =>
    warn('readers', `not sealed for those whom the roster says: ${some(paths)}`, 'blackbox-ts reencrypt'),
};

export function checkSealed({ host, vault, roster, registry }: Patient): readonly Check[] {
  if (vault === null || registry === null) return [];
  const entries = host.git.open(vault.repository).trackedEntries(registry.map((e) => sealedPath(e.path)));
  const oids = new Map(entries.map((e) => [e.path, e.oid] as const));
  const older = olderIn(
    vault,
    oids,
    registry.map((e) => e.path),
  );
  const found = new Map<Fault, RepoPath[]>();
  for (const entry of registry) {
    const fault = faultOf(vault, roster, entry, older);
    if (fault === null) continue;
    const paths = found.get(fault) ?? [];
    paths.push(entry.path);
    found.set(fault, paths);
  }
  const checks = (Object.keys(faults) as Fault[]).flatMap((fault) => {
    const paths = found.get(fault);
    return paths === undefined ? [] : [faults[fault](paths)];
  });
  return checks.length > 0 ? checks : [ok('sealed files', `${count(registry.length, 'file')}, all there`)];
}

/** What is wrong with sealed files of the vault's own; nothing when they are whole, and for whom they should be. */
function checkOwn(name: string, vault: Vault, roster: Roster, entries: readonly RegistryEntry[]): Check | null {
  const states = fileStates(vault, roster, entries);
  const broken = states.filter((s) => s.condition !== 'sealed' || s.forged !== null).map((s) => s.entry.path);
  const log = `git log -p --stat -- ${words(broken.map(sealedPath))}`;
  if (broken.length > 0) return fail(name, `damaged, or not authentic: ${some(broken)}`, log);
  return states.some(isStale) ? warn(name, 'not sealed for those whom the roster says', 'blackbox-ts reencrypt') : null;
}

/** What people who left have seen is told only to those who may read the files: as long as its own files are whole, and for them. */
export function checkLedger({ vault, roster }: Patient): readonly Check[] {
  if (vault === null || roster === null) return [];
  const wrong = checkOwn('ledger', vault, roster, ledgerEntries(vault));
  if (wrong !== null) return [wrong];
  const left = departureCount(vault);
  return left === 0
    ? []
    : [{ ...ok('ledger', `${count(left, 'departure')}, as long as it is not pruned`), mend: 'blackbox-ts rotation' }];
}

/** Machines that only scan look for what the scan index tells of: as long as it is whole, for them, and of what is sealed now. */
export async function checkScanIndex({ host, vault, roster }: Patient): Promise<readonly Check[]> {
  if (vault === null || roster === null || !hasScanIndex(vault)) return [];
  const wrong = checkOwn('scan index', vault, roster, scanEntries(vault));
  if (wrong !== null) return [wrong];
  // Nobody is asked for a passphrase to be told how things are.
  const opened = await openIndexes(vault, openKeyring(host));
  const { fresh, stale, leftover } = freshnessOf(vault, opened);
  const old = [...stale, ...leftover.map(({ path }) => path)];
  if (old.length > 0) return [warn('scan index', `out of date: ${some(old)}`, 'blackbox-ts guard index')];
  return [ok('scan index', opened.indexes.size === 0 ? 'there, and not for you' : `of ${count(fresh.length, 'file')}`)];
}

function isStale({ lacking, surplus }: Pick<FileState, 'lacking' | 'surplus'>): boolean {
  return lacking.length + surplus.length > 0;
}

/** A plaintext in git's index is in the next commit, whatever .gitignore says. */
export function checkTracked({ host, repository, registry }: Patient): readonly Check[] {
  if (repository === null || registry === null || registry.length === 0) return [];
  const git = host.git.open(repository);
  const paths = registry.map((entry) => entry.path);
  const tracked = [...git.tracked(paths)] as RepoPath[];
  if (tracked.length > 0)
    return [fail('plaintext', `git tracks ${some(tracked)} in plaintext`, `git rm --cached -- ${words(tracked)}`)];
  const ignored = git.ignored(paths);
  const bare = paths.filter((path) => !ignored.has(path));
  if (bare.length > 0) return [warn('plaintext', `git does not ignore ${some(bare)}`, ignoreWords(bare))];
  return [ok('plaintext', 'git tracks none, and ignores all')];
}

/** The loader's local layer: whoever has it keeps it to themselves. */
export function checkLocal({ vault, registry }: Patient): readonly Check[] {
  if (vault === null || registry === null) return [];
  const loose = looseLocalFiles(vault, registry);
  const tracked = loose.filter((file) => file.tracked).map(({ path }) => path);
  const bare = loose.filter((file) => !file.tracked).map(({ path }) => path);
  return [
    ...(tracked.length === 0
      ? []
      : [fail('local files', `git tracks ${some(tracked)} in plaintext`, `git rm --cached -- ${words(tracked)}`)]),
    ...(bare.length === 0 ? [] : [warn('local files', `git does not ignore ${some(bare)}`, ignoreWords(bare))]),
  ];
}

export function checkModes({ host, vault, registry }: Patient): readonly Check[] {
  if (vault === null || registry === null || host.platform === 'win32') return [];
  const open = registry
    .map((entry: RegistryEntry) => entry.path)
    .filter((path) => {
      const stat = host.files.stat(host.files.within(vault.root, path));
      return stat !== null && (stat.mode & 0o077) !== 0;
    });
  return open.length === 0
    ? []
    : [warn('plaintext modes', `others on this machine can read ${some(open)}`, `chmod 600 ${words(open)}`)];
}

/** Without them git would mangle sealed files on some machines, and two branches' registries would conflict. */
export function checkAttributes({ host, vault }: Patient): readonly Check[] {
  if (vault === null) return [];
  const content =
    host.files.read(host.files.within(vault.root, '.gitattributes'), attributesLimit)?.toString('utf8') ?? '';
  const lines = new Set(content.split(/\r?\n/));
  const missing = attributeLines.filter((line) => !lines.has(line));
  if (missing.length === 0) return [ok('.gitattributes', 'as it should be')];
  return [
    warn(
      '.gitattributes',
      `lacks ${count(missing.length, 'line')}`,
      `printf '%s\\n' ${missing.map(shellWord).join(' ')} >> .gitattributes`,
    ),
  ];
}
