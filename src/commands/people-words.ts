/** What there is to say of people and of the statements about them. */
import type { Host } from '../host/types.js';
import { count, list, visible } from '../text.js';
import type { Change, Roster, SignedStatement } from '../vault/index.js';
import { fingerprint } from './keys.js';

/** Whom a change of the roster takes along. @param name whom the change is about */
export function sayBrought(host: Host, { trust }: Roster, name: string): void {
  const names = [...trust.seen.members.keys()].filter((n) => !trust.here.members.has(n) && n !== name);
  if (names.length === 0) return;
  const were = names.length === 1 ? 'was' : 'were';
  host.terminal.say(`${list(names.map(visible))} ${were} let in on another branch: the statements about it come along`);
}

const inGroups = (groups: readonly string[]) => (groups.length === 0 ? '' : `, in ${list(groups.map(visible))}`);

/** What a change did, for a list of what somebody did. */
export function changeWords(change: Change): string {
  const name = visible(change.name);
  switch (change.do) {
    case 'add':
      return `let ${name} in as ${change.role}${inGroups(change.groups)}`;
    case 'add-key':
      return `gave ${name} ${count(change.keys.length, 'key')}: ${change.keys.map((k) => fingerprint({ text: k.recipient })).join(', ')}`;
    case 'role':
      return `made ${name} ${change.role}`;
    case 'groups':
      return change.groups.length === 0 ? `took ${name} out of all groups` : `put ${name}${inGroups(change.groups)}`;
    case 'retire-key':
      return `retired a key of ${name}: ${fingerprint({ text: change.recipient })}`;
    case 'remove':
      return `removed ${name}`;
  }
}

/** Who said something, and when. */
export interface Said {
  readonly by: string;
  /** ISO 8601 */
  readonly at: string;
}

/** Who signed a statement; null for one that this clone has not. */
export function saidBy({ trust }: Pick<Roster, 'trust'>, id: string): Said | null {
  const signed = trust.seen.statements.get(id) ?? trust.here.statements.get(id);
  return signed === undefined ? null : { by: signed.statement.by, at: signed.statement.at };
}

/** `by alice, 2026-11-21` */
export function saidWords(said: Said | null): string {
  return said === null ? '' : `by ${visible(said.by)}, ${said.at.slice(0, 10)}`;
}

export interface Heard {
  readonly signed: SignedStatement;
  /** Why it counts for nothing; null when it counts. */
  readonly voided: string | null;
  /** Whether it is only known from another branch. */
  readonly elsewhere: boolean;
}

/** Every statement that this clone knows, oldest first. */
export function heard({ trust: { here, seen } }: Pick<Roster, 'trust'>): Heard[] {
  const all = [...new Map([...here.statements, ...seen.statements]).values()];
  const time = (s: SignedStatement) => `${s.statement.at} ${s.id}`;
  return all
    .sort((a, b) => (time(a) < time(b) ? -1 : 1))
    .map((signed) => ({
      signed,
      voided: seen.voided.get(signed.id) ?? here.voided.get(signed.id) ?? null,
      elsewhere: !here.statements.has(signed.id),
    }));
}
