/** What there is to say when somebody leaves or loses a key: what has been seen, and what they had signed. */
import type { Host } from '../host/types.js';
import { showPath, visible } from '../text.js';
import {
  type DeparturePlan,
  type Plan,
  placedValues,
  type RegistryEntry,
  type RepoPath,
  type Roster,
  showKey,
  strayFilesOf,
  type Vault,
} from '../vault/index.js';
import { changeWords } from './people-words.js';
import { files, mostLines } from './work.js';

/** So many names of values are told for a file; `rotation` tells all. */
const mostNames = 8;

/** The names of the values in a file that the ledger has taken note of; none where it has the whole file. */
function namesIn({ recorded }: Pick<DeparturePlan, 'recorded'>, path: RepoPath): string {
  const file = recorded.get(path);
  const names = file === undefined ? [] : placedValues(file).flatMap(({ key }) => showKey(key) ?? []);
  const shown = names.slice(0, mostNames).map(visible).join(', ');
  const rest = names.length - mostNames;
  return names.length === 0 ? '' : `: ${shown}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/**
 * @param reader `bob could read`: goes on with `no file that …`
 * @param known `bob has seen them`
 */
export function sayWhatWasSeen(
  host: Host,
  reader: string,
  known: string,
  seen: readonly RepoPath[],
  departure: Pick<DeparturePlan, 'recorded'>,
): void {
  if (seen.length === 0) {
    host.terminal.say(`${reader} no file that is registered now`);
    return;
  }
  const these = seen.length === 1 ? 'this file: ' : 'these files: ';
  host.terminal.warn(`change the secrets in ${these}${known}, and git keeps the old versions`);
  for (const path of seen) host.terminal.say(`  ${showPath(path)}${namesIn(departure, path)}`);
  host.terminal.say('to see what is still to be changed: blackbox-ts rotation');
}

export function sayProven(host: Host, proven: number, name: string): void {
  if (proven === 0) return;
  host.terminal.say(`proven: read again from disk, the headers of ${files(proven)} name no key of ${visible(name)}`);
}

/** What somebody goes on reading, because nobody has said that it is a secret. */
export function sayStray(
  host: Host,
  vault: Vault,
  registry: readonly RegistryEntry[],
  person: Parameters<typeof strayFilesOf>[2],
): void {
  const stray = strayFilesOf(vault, registry, person);
  if (stray.length === 0) return;
  host.terminal.warn('not registered, and so left as they are, readable with what was taken away:');
  for (const path of stray.slice(0, mostLines)) host.terminal.say(`  ${showPath(path)}.age`);
  if (stray.length > mostLines) host.terminal.say(`  and ${stray.length - mostLines} more`);
  host.terminal.say('  what is a secret goes back into .blackbox/files, and then: blackbox-ts reencrypt');
}

/** What a departure leaves standing of what the person had signed: whoever signs it answers for that. */
export function sayConfirmed(host: Host, { trust }: Roster, { changes }: Pick<Plan, 'changes'>): void {
  for (const change of changes) {
    if (change.do !== 'remove' && change.do !== 'retire-key') continue;
    const lines = change.confirm.flatMap((id) => {
      const signed = trust.seen.statements.get(id);
      // The founder's statement is the vault itself.
      return signed === undefined || id === trust.founder
        ? []
        : [`  ${signed.statement.at.slice(0, 10)} ${signed.statement.changes.map(changeWords).join('; ')}`];
    });
    if (lines.length === 0) continue;
    host.terminal.say(`what ${visible(change.name)} had signed stays valid, as you have seen it:`);
    for (const line of lines) host.terminal.say(line);
  }
}
