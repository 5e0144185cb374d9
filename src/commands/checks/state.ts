/** Whether this clone's own state is whole and private, and what killed runs have left in it. */
import { join } from 'node:path';
import { loadKnown } from '../../guard/index.js';
import { count, shellWord, showPath } from '../../text.js';
import { journalsOf, removalFile } from '../../vault/index.js';
import { type Check, fail, ok, type Patient, warn } from './check.js';

/** Anything larger is not ours. */
const removalLimit = 16 * 1024 * 1024;

export function checkState({ host, vault }: Patient): readonly Check[] {
  if (vault === null || host.platform === 'win32') return [];
  const folder = host.files.stat(vault.state);
  if (folder === null) return [];
  if ((folder.mode & 0o077) !== 0)
    return [
      fail('local state', `others can look into ${showPath(vault.state)}`, `chmod 700 ${shellWord(vault.state)}`),
    ];
  return [ok('local state', 'readable by you alone')];
}

/** The guard refuses what it knows; of files that were never opened here it knows nothing. */
export function checkKnown({ host, vault, registry }: Patient): readonly Check[] {
  if (vault === null || registry === null || registry.length === 0) return [];
  const known = new Set<string>(loadKnown(host.files, vault.state)?.paths);
  const unknown = registry.filter((entry) => !known.has(entry.path)).length;
  if (unknown === 0) return [ok('known values', `of ${count(registry.length, 'file')}`)];
  return [
    warn(
      'known values',
      `of ${count(unknown, 'file')} the guard does not know the values: this clone has not learnt them`,
      'blackbox-ts setup',
    ),
  ];
}

export function checkLeftovers({ host, vault }: Patient): readonly Check[] {
  if (vault === null) return [];
  const { files } = host;
  const checks: Check[] = [];
  if (journalsOf(vault).some((journal) => files.stat(journal) !== null))
    checks.push(warn('leftovers', 'a killed command has left temporary files', 'blackbox-ts setup'));
  const removal = files.read(join(vault.state, removalFile), removalLimit);
  for (const name of removal === null ? [] : unfinished(removal)) {
    checks.push(
      fail(
        'leftovers',
        `the removal of ${showPath(name)} was interrupted`,
        `blackbox-ts admin remove ${shellWord(name)}`,
      ),
    );
  }
  return checks;
}

function unfinished(removal: Buffer): string[] {
  try {
    return Object.keys(JSON.parse(removal.toString('utf8')) ?? {});
  } catch {
    return [];
  }
}
