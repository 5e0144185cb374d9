/** The roster as it will be, and the changes that say so: nothing is signed or written here. */
import { parseRecipientFile, type Recipient } from '../age/index.js';
import type { Chain } from '../trust/chain.js';
import type { Change, KeyEntry, Role } from '../trust/statement.js';
import { keyTaken, lastAdmin, nameTaken, removesOneself, unknownPerson } from './errors.js';
import { foldPath } from './paths.js';
import type { NextRoster } from './plan-people.js';
import { findPerson, parseName } from './roster.js';
import type { Person, Roster } from './types.js';

const blockPattern = /-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;

/** The keys in the text of a person's file, as a statement has them. */
export function keyEntries(text: string): KeyEntry[] {
  const blocks = [...text.replaceAll('\r\n', '\n').matchAll(blockPattern)].map(([block]) => `${block}\n`);
  return parseRecipientFile(text).map(({ kind, text: recipient, sign }) => ({
    recipient,
    sign,
    block: kind === 'openpgp' ? (blocks.shift() ?? null) : null,
  }));
}

export interface Newcomer {
  readonly name: string;
  readonly recipients: readonly Recipient[];
  readonly keys: readonly KeyEntry[];
  readonly role: Role;
  readonly groups: readonly string[];
}

function sortedBy(people: readonly Person[]): Person[] {
  return [...people].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A key belongs to one person. */
function checkFree(roster: Roster, recipients: readonly Recipient[], but: Person | undefined): void {
  for (const person of roster.people) {
    const shared =
      person === but ? undefined : person.recipients.find((r) => recipients.some((n) => n.text === r.text));
    if (shared !== undefined) throw keyTaken(person.name, shared.text);
  }
}

/** The roster with somebody added, or with further keys for somebody who is on it. @throws ERR_BLACKBOX_NAME_TAKEN, ERR_BLACKBOX_DUPLICATE_KEY, ERR_BLACKBOX_BAD_NAME */
export function withPerson(
  roster: Roster,
  { name, recipients, keys, role, groups }: Newcomer,
  append: boolean,
): NextRoster {
  const parsed = parseName(name);
  const twin = roster.people.find((p) => foldPath(p.name) === foldPath(parsed));
  const known = new Set(twin?.recipients.map((r) => r.text));
  // Running an interrupted `admin add` again has to finish it, so the same person with the same keys is no conflict.
  const same = twin?.name === parsed && recipients.every((r) => known.has(r.text));
  if (twin !== undefined && !same && !append) throw nameTaken(twin.name);
  checkFree(roster, recipients, twin);
  const fresh = recipients.filter((r) => !known.has(r.text));
  const entries = keys.filter((k) => !known.has(k.recipient));
  const from = entries.map((k) => ({ ...k, from: '' }));
  const base: Person = twin ?? { name: parsed, role, groups, recipients: [], keys: [] };
  const person = { ...base, recipients: [...base.recipients, ...fresh], keys: [...base.keys, ...from] };
  const changes: Change[] = twin === undefined ? [{ do: 'add', name: parsed, role, groups, keys: entries }] : [];
  if (twin !== undefined && entries.length > 0) changes.push({ do: 'add-key', name: twin.name, keys: entries });
  return { roster: { ...roster, people: sortedBy([...roster.people.filter((p) => p !== twin), person]) }, changes };
}

/** What somebody has signed and what counts: it goes on to count when they are removed, as the remover has seen it. */
export function signedBy(chain: Chain, name: string): string[] {
  const own = [...chain.statements.values()].filter((s) => s.statement.by === name && !chain.voided.has(s.id));
  return own.map((s) => s.id).sort();
}

function checkAdminLeft(people: readonly Person[], name: string): void {
  if (!people.some((p) => p.role === 'admin' && p.keys.some((k) => k.sign !== null))) throw lastAdmin(name);
}

/**
 * The roster without somebody. What they have signed stays valid.
 * @throws ERR_BLACKBOX_UNKNOWN_PERSON, ERR_BLACKBOX_LAST_ADMIN, ERR_BLACKBOX_REMOVES_ONESELF
 */
export function withoutPerson(roster: Roster, name: string, own: ReadonlySet<string>): NextRoster {
  const person = findPerson(roster, name);
  if (roster.people.length === 1) throw lastAdmin(name);
  if (person.recipients.some((r) => own.has(r.text))) throw removesOneself(name);
  const people = roster.people.filter((p) => p !== person);
  checkAdminLeft(people, name);
  const confirm = signedBy(roster.trust.seen, person.name);
  return { roster: { ...roster, people }, changes: [{ do: 'remove', name: person.name, confirm }] };
}

/** The roster without one of somebody's keys. @throws ERR_BLACKBOX_UNKNOWN_PERSON, ERR_BLACKBOX_LAST_ADMIN */
export function withoutKey(roster: Roster, name: string, recipient: string): NextRoster {
  const person = findPerson(roster, name);
  const keys = person.keys.filter((k) => k.recipient !== recipient);
  if (keys.length === person.keys.length)
    throw unknownPerson(
      recipient,
      person.keys.map((k) => k.recipient),
    );
  const recipients = person.recipients.filter((r) => r.text !== recipient);
  const people = sortedBy([...roster.people.filter((p) => p !== person), { ...person, keys, recipients }]);
  if (keys.length === 0) throw lastAdmin(name);
  checkAdminLeft(people, name);
  const confirm = signedBy(roster.trust.seen, person.name);
  return { roster: { ...roster, people }, changes: [{ do: 'retire-key', name: person.name, recipient, confirm }] };
}

/** The roster with another role or other groups for somebody. @throws ERR_BLACKBOX_UNKNOWN_PERSON, ERR_BLACKBOX_LAST_ADMIN */
export function withChanges(
  roster: Roster,
  name: string,
  to: { readonly role?: Role | undefined; readonly groups?: readonly string[] | undefined },
): NextRoster {
  const person = findPerson(roster, name);
  const { role = person.role, groups = person.groups } = to;
  const changes: Change[] = [];
  if (role !== person.role) changes.push({ do: 'role', name: person.name, role });
  if (groups.join() !== person.groups.join()) changes.push({ do: 'groups', name: person.name, groups });
  const people = sortedBy([...roster.people.filter((p) => p !== person), { ...person, role, groups }]);
  checkAdminLeft(people, name);
  return { roster: { ...roster, people }, changes };
}
