/** The roster as it will be, and the changes that say so: nothing is signed or written here. */
import { parseRecipientFile, type Recipient } from '../age/index.js';
import type { Chain } from '../trust/chain.js';
import { maySeal } from '../trust/limits.js';
import { renews } from '../trust/member.js';
import { type Change, foldName, type KeyEntry, type Role } from '../trust/statement.js';
import { demotesOneself, keyTaken, lastAdmin, lastKey, lastSigner, nameTaken, removesOneself } from './errors.js';
import type { NextRoster } from './plan-people.js';
import { findPerson, parseName, seenRoster } from './roster.js';
import { cannotBe } from './trust-errors.js';
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

/** A key belongs to one person: also the key that signs, for which there is only their word. */
function checkFree(roster: Roster, { keys }: Newcomer, but: Person | undefined): void {
  const given = new Set(keys.flatMap(textsOf));
  for (const person of roster.people) {
    const shared = person === but ? undefined : person.keys.flatMap(textsOf).find((text) => given.has(text));
    if (shared !== undefined) throw keyTaken(person.name, shared);
  }
}

function textsOf({ recipient, sign }: KeyEntry): string[] {
  return sign === null ? [recipient] : [recipient, sign];
}

/** The roster that comes after one change, with everybody in the place of their former self. */
function next(before: Roster, person: Person, changes: readonly Change[]): NextRoster {
  const people = sortedBy([...before.people.filter((p) => p.name !== person.name), person]);
  return { roster: { ...before, people }, changes };
}

function enter({ name, recipients, keys, role, groups }: Newcomer, before: Roster): NextRoster {
  const own = keys.map((k) => ({ ...k, from: '' }));
  return next(before, { name, role, groups, recipients, keys: own }, [{ do: 'add', name, role, groups, keys }]);
}

/** Further keys, and what there is to add to keys that are known. */
function extend(person: Person, { recipients, keys }: Newcomer, before: Roster): NextRoster {
  const known = (text: string) => person.keys.some((k) => k.recipient === text);
  const renewed = keys.filter((key) => person.keys.some((k) => renews(k, key)));
  const fresh = keys.filter((k) => !known(k.recipient));
  const given = new Map(recipients.map((r) => [r.text, r]));
  const all = [...person.keys.map((k) => renewed.find((r) => r.recipient === k.recipient) ?? k), ...fresh];
  const after: Person = {
    ...person,
    keys: all.map((k) => ({ from: '', ...k })),
    recipients: [...person.recipients.map((r) => given.get(r.text) ?? r), ...recipients.filter((r) => !known(r.text))],
  };
  const entries = keys.filter((k) => renewed.includes(k) || fresh.includes(k));
  return next(before, after, entries.length === 0 ? [] : [{ do: 'add-key', name: person.name, keys: entries }]);
}

/**
 * The roster with somebody added, or with further keys for somebody who is on it, here or on another branch. A key that they have may be given
 * again, for its signing key or its newer block.
 * @throws ERR_BLACKBOX_NAME_TAKEN, ERR_BLACKBOX_DUPLICATE_KEY, ERR_BLACKBOX_BAD_NAME
 */
export function withPerson(roster: Roster, newcomer: Newcomer, append: boolean): NextRoster {
  const before = seenRoster(roster);
  const name = parseName(newcomer.name);
  const twin = before.people.find((p) => foldName(p.name) === foldName(name));
  checkFree(before, newcomer, twin);
  if (twin === undefined) return enter({ ...newcomer, name }, before);
  const known = new Set(twin.recipients.map((r) => r.text));
  // Running an interrupted `admin add` again has to finish it, so the same person with the same keys is no conflict.
  const same = twin.name === name && newcomer.recipients.every((r) => known.has(r.text));
  if (!same && !append) throw nameTaken(twin.name);
  return extend(twin, newcomer, before);
}

/** What somebody has signed (with one of their keys) and what counts: it goes on to count when they leave, as the remover has seen it. */
export function signedBy(chain: Chain, name: string, isKey = (_: string) => true): string[] {
  const own = [...chain.statements.values()].filter(({ id, statement: { by, key } }) => {
    return by === name && isKey(key) && !chain.voided.has(id);
  });
  return own.map((s) => s.id).sort();
}

function checkAdminLeft(people: readonly Person[], name: string): void {
  if (!people.some((p) => p.role === 'admin' && p.keys.some((k) => k.sign !== null))) throw lastSigner(name);
}

/**
 * The roster without somebody. What they have signed stays valid.
 * @throws ERR_BLACKBOX_UNKNOWN_PERSON, ERR_BLACKBOX_LAST_ADMIN, ERR_BLACKBOX_REMOVES_ONESELF
 */
export function withoutPerson(roster: Roster, name: string, own: ReadonlySet<string>): NextRoster {
  const before = seenRoster(roster);
  const person = findPerson(before, name);
  if (before.people.length === 1) throw lastAdmin(name);
  if (person.recipients.some((r) => own.has(r.text))) throw removesOneself(name);
  const people = before.people.filter((p) => p !== person);
  checkAdminLeft(people, name);
  const confirm = signedBy(roster.trust.seen, person.name);
  return { roster: { ...before, people }, changes: [{ do: 'remove', name: person.name, confirm }] };
}

/**
 * The roster without one of somebody's keys. What they have signed with it stays valid.
 * @throws ERR_BLACKBOX_UNKNOWN_PERSON, ERR_BLACKBOX_LAST_KEY, ERR_BLACKBOX_LAST_ADMIN
 */
export function withoutKey(roster: Roster, name: string, recipient: string): NextRoster {
  const before = seenRoster(roster);
  const person = findPerson(before, name);
  const gone = person.keys.find((k) => k.recipient === recipient);
  const keys = person.keys.filter((k) => k !== gone);
  if (keys.length === 0) throw lastKey(person.name);
  const recipients = person.recipients.filter((r) => r.text !== recipient);
  const confirm = signedBy(roster.trust.seen, person.name, (key) => key === gone?.sign);
  const after = next(before, { ...person, keys, recipients }, [
    { do: 'retire-key', name: person.name, recipient, confirm },
  ]);
  checkAdminLeft(after.roster.people, name);
  return after;
}

/**
 * The roster with another role or other groups for somebody.
 * @param own the public keys of whoever does it
 * @throws ERR_BLACKBOX_UNKNOWN_PERSON, ERR_BLACKBOX_REMOVES_ONESELF, ERR_BLACKBOX_LAST_ADMIN, ERR_BLACKBOX_CANNOT_SIGN for a role that their keys do not allow
 */
export function withChanges(
  roster: Roster,
  name: string,
  to: { readonly role?: Role | undefined; readonly groups?: readonly string[] | undefined },
  own: ReadonlySet<string> = new Set(),
): NextRoster {
  const before = seenRoster(roster);
  const person = findPerson(before, name);
  if (to.role !== undefined && !maySeal(to.role) && person.recipients.some((r) => own.has(r.text)))
    throw demotesOneself(name);
  const { role = person.role, groups = person.groups } = to;
  const changes: Change[] = [];
  if (role !== person.role) changes.push({ do: 'role', name: person.name, role });
  if (changes.length > 0 && maySeal(role) && person.keys.every((k) => k.sign === null)) {
    throw cannotBe(person.name, role);
  }
  if (groups.join() !== person.groups.join()) changes.push({ do: 'groups', name: person.name, groups });
  const after = next(before, { ...person, role, groups }, changes);
  checkAdminLeft(after.roster.people, name);
  return after;
}
