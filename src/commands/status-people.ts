/** What `status` has to say of people: keys that end, files of theirs that are not as signed, who asks to be let in. */
import type { Host } from '../host/types.js';
import { count, list, shellWord, showPath, visible } from '../text.js';
import { examineViews, openProposals, openRequests, type Roster, type Vault } from '../vault/index.js';
import { warnOfEndingKeys } from './key-end.js';

/** So many names are told one by one. */
const mostNames = 10;

/** `a, b and others` */
function names(all: readonly string[]): string {
  const shown = all.slice(0, mostNames).map(visible);
  return list(all.length > mostNames ? [...shown, 'others'] : shown);
}

export function sayRequests(host: Host, vault: Vault): void {
  const asking = openRequests(vault);
  const [first] = asking;
  if (first === undefined) return;
  const ask = asking.length === 1 ? 'asks' : 'ask';
  host.terminal.say(
    `${names(asking)} ${ask} to be let in; to see who it is: blackbox-ts admin approve ${shellWord(first)}`,
  );
}

/** Values that wait for somebody who may write. */
export function sayProposals(host: Host, vault: Vault): void {
  const proposals = openProposals(vault);
  for (const { by, path } of proposals.slice(0, mostNames)) {
    const command = `blackbox-ts admin approve ${shellWord(by)} ${shellWord(path)}`;
    host.terminal.say(`${visible(by)} proposes a value of ${showPath(path)}; to see what it is: ${command}`);
  }
  const rest = proposals.length - mostNames;
  if (rest > 0) host.terminal.say(`and ${count(rest, 'more value')} are proposed`);
}

/** Nothing depends on these files but whoever reads them in a review: the next change of the roster writes them anew. */
function sayViews(host: Host, vault: Vault, { trust }: Roster): void {
  const { stale, leftover } = examineViews(vault, trust.here.members);
  for (const [path] of stale) {
    host.terminal.warn(`${showPath(path)} does not show the keys that were signed`);
    host.terminal.say(`  git checkout HEAD -- ${shellWord(path)}   # or change the roster, which writes it anew`);
  }
  for (const path of leftover) {
    host.terminal.warn(`${showPath(path)} shows somebody who is not on the roster`);
    host.terminal.say(`  git rm --force -- ${shellWord(path)}`);
  }
}

export async function sayPeople(host: Host, vault: Vault, roster: Roster): Promise<void> {
  sayViews(host, vault, roster);
  await warnOfEndingKeys(host, roster);
  sayRequests(host, vault);
  sayProposals(host, vault);
}
