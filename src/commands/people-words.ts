/** What there is to say of people and of the statements about them. */
import type { Host } from '../host/types.js';
import { list, visible } from '../text.js';
import type { Roster } from '../vault/index.js';

/** Whom a change of the roster takes along. @param name whom the change is about */
export function sayBrought(host: Host, { trust }: Roster, name: string): void {
  const names = [...trust.seen.members.keys()].filter((n) => !trust.here.members.has(n) && n !== name);
  if (names.length === 0) return;
  const were = names.length === 1 ? 'was' : 'were';
  host.terminal.say(`${list(names.map(visible))} ${were} let in on another branch: the statements about it come along`);
}
