/** Whether every registered file is sealed, for whom it should be, and nowhere in plaintext for others. */
import { count, shellWord, showPath } from '../../text.js';
import {
  attributeLines,
  audienceGap,
  type RegistryEntry,
  type RepoPath,
  sealedOrDamaged,
  sealedPath,
} from '../../vault/index.js';
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

export function checkSealed({ vault, roster, registry }: Patient): readonly Check[] {
  if (vault === null || registry === null) return [];
  const groups: Record<'damaged' | 'missing' | 'stale', RepoPath[]> = { damaged: [], missing: [], stale: [] };
  for (const entry of registry) {
    const info = sealedOrDamaged(vault, entry);
    if (info === null || info === 'damaged') groups[info ?? 'missing'].push(entry.path);
    else if (roster !== null && isStale(audienceGap(roster, entry, info))) groups.stale.push(entry.path);
  }
  const { damaged, missing, stale } = groups;
  const checks: Check[] = [];
  if (damaged.length > 0)
    checks.push(
      fail(
        'sealed files',
        `no complete sealed file: ${some(damaged)}`,
        `git checkout HEAD -- ${words(damaged.map(sealedPath))}`,
      ),
    );
  if (missing.length > 0)
    checks.push(
      fail('sealed files', `missing: ${some(missing)}`, `git checkout HEAD -- ${words(missing.map(sealedPath))}`),
    );
  if (stale.length > 0)
    checks.push(warn('readers', `not sealed for those whom the roster says: ${some(stale)}`, 'blackbox-ts reencrypt'));
  return checks.length > 0 ? checks : [ok('sealed files', `${count(registry.length, 'file')}, all there`)];
}

function isStale({ lacking, surplus }: ReturnType<typeof audienceGap>): boolean {
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
  if (bare.length > 0)
    return [
      warn(
        'plaintext',
        `git does not ignore ${some(bare)}`,
        `add to .gitignore: ${words(bare.map((path) => `/${path}`))}`,
      ),
    ];
  return [ok('plaintext', 'git tracks none, and ignores all')];
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
