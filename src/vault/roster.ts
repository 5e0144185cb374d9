/** Who may read: one file of public keys per person. */
import { join } from 'node:path';
import { parseRecipient, parseRecipientFile, type Recipient, signingKeyLine } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import { showPath } from '../text.js';
import type { Member, MemberKey } from '../trust/chain.js';
import { type Change, whyNoName } from '../trust/statement.js';
import { badName, brokenVaultFile, tooMany, unknownPerson } from './errors.js';
import type { Audience } from './seal.js';
import { recipientTag } from './sealed.js';
import { statementPath } from './statements.js';
import { checkHistory, currentMembers, type Trust, trustOf } from './trust.js';
import { unsignedEntry } from './trust-errors.js';
import type { Person, RegistryEntry, RepoPath, Roster, Vault } from './types.js';
import { adminsFolder } from './vault.js';

/** A team of more people than this needs another tool; a header for all of them stays below the container's bound. */
const mostPeople = 1000;
/** An OpenPGP key with photo ids can be large; a file of keys is still far below this. */
const personFileLimit = 1024 * 1024;

export function personFile(name: string): string {
  return `${adminsFolder}/${name}.pub`;
}

/** Checks a person's name: it is a file name on every system, and safe to print. */
export function parseName(name: string): string {
  const normal = name.normalize('NFC');
  const reason = whyNoName(normal);
  if (reason !== null) throw badName(name, reason);
  return normal;
}

/** The keys in a person's file. @throws ERR_BLACKBOX_VAULT_DAMAGED, naming the file: a key is never skipped */
function readKeys(vault: Pick<Vault, 'host' | 'root'>, file: string): Recipient[] {
  const path = `${adminsFolder}/${file}`;
  const { files } = vault.host;
  const content = files.read(files.within(vault.root, path), personFileLimit);
  if (content === null) throw brokenVaultFile(path, 'it vanished while it was read');
  try {
    parseName(file.replace(/\.pub$/, ''));
    return parseRecipientFile(content.toString('utf8'));
  } catch (error) {
    // Whatever is wrong, the file that it is wrong in has to be in the sentence.
    if (!(error instanceof BlackboxError) || error.message.includes(showPath(path))) throw error;
    throw brokenVaultFile(path, error.message);
  }
}

/** Everything in the folder of people's keys, by name. */
function readKeyFiles(vault: Pick<Vault, 'host' | 'root' | 'folder'>): Map<string, Recipient[]> {
  vault.host.files.within(vault.root, adminsFolder);
  const names = vault.host.files.list(join(vault.folder, 'admins'));
  const files = names.filter((name) => !name.startsWith('.'));
  if (files.length > mostPeople) throw tooMany('person', mostPeople, adminsFolder);
  const stray = files.find((name) => !name.endsWith('.pub'));
  if (stray !== undefined) throw brokenVaultFile(`${adminsFolder}/${stray}`, 'only <name>.pub files belong here');
  return new Map(files.map((file) => [file.replace(/\.pub$/, '').normalize('NFC'), readKeys(vault, file)]));
}

/** Whether a run that was killed has said already that this key goes: its statement is there, and git has not heard of it. */
function isLeaving(vault: Vault, { here }: Trust, name: string, recipient: string): boolean {
  const takes = (c: Change) =>
    c.name === name && (c.do === 'remove' || (c.do === 'retire-key' && c.recipient === recipient));
  const saying = [...here.statements.values()].filter((s) => s.statement.changes.some(takes));
  const paths = saying.map((s) => statementPath(s.id));
  return paths.length > 0 && vault.host.git.open(vault.repository).tracked(paths).size < paths.length;
}

/** Statements that count for nothing may have left a key; what none ever said was put there by somebody who may not. The same for what it signs with. */
function isSigned({ here }: Trust, member: Member | undefined, name: string, { text, sign }: Recipient): boolean {
  const key = member?.keys.find((k) => k.recipient === text);
  if (key === undefined) return here.unheeded.has(`${name}\n${text}`);
  return sign === null || sign === key.sign || here.unheeded.has(`${name}\n${text}`);
}

/** @throws ERR_BLACKBOX_UNSIGNED_ENTRY, naming the commit that brought it */
function checkSigned(vault: Vault, trust: Trust, files: ReadonlyMap<string, readonly Recipient[]>): void {
  for (const [name, recipients] of files) {
    const member = trust.here.members.get(name);
    const strangers = recipients.filter((r) => !isSigned(trust, member, name, r));
    if (recipients.length > 0 && strangers.every((r) => isLeaving(vault, trust, name, r.text))) continue;
    const file = personFile(name);
    if (recipients.length === 0) throw brokenVaultFile(file, 'it holds no key');
    const what = member === undefined ? 'somebody' : 'a key';
    throw unsignedEntry(file, what, vault.host.git.open(vault.repository).lastChange(file));
  }
}

/** A signed key, with the words that stand beside it in the person's file. */
function toRecipient(key: MemberKey, filed: readonly Recipient[]): Recipient {
  const beside = filed.find((r) => r.text === key.recipient);
  if (beside !== undefined && key.block === null) return { ...beside, sign: key.sign };
  const recipient = parseRecipient(key.block ?? key.recipient);
  if (recipient.text === key.recipient) return key.block === null ? { ...recipient, sign: key.sign } : recipient;
  throw brokenVaultFile(statementPath(key.from), 'the OpenPGP key in it is not the one that it names');
}

/** A member as the roster has people. @param filed the keys in their file, which have the comments */
export function toPerson(member: Member, filed: readonly Recipient[] = []): Person {
  const { name, role, groups, keys } = member;
  return { name, role, groups, keys, recipients: keys.map((key) => toRecipient(key, filed)) };
}

/** Control, format and unassigned characters, line separators: they have no place in a file that reviewers read. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]+/gu;

/** One line for a key that has no armor of its own, with its comment. */
export function keyLine(recipient: Recipient): string {
  const comment = recipient.comment.replace(unseen, ' ').trim();
  return recipient.kind.startsWith('ssh-') && comment !== '' ? `${recipient.text} ${comment}` : recipient.text;
}

/** A person's file as the statements have it, with the words beside SSH keys: path and text. */
export function personText({ name, keys, recipients }: Pick<Person, 'name' | 'keys' | 'recipients'>) {
  const lines = keys.map(({ recipient: text, sign, block }) => {
    if (block !== null) return block;
    const recipient = recipients.find((r) => r.text === text);
    const line = recipient === undefined ? text : keyLine(recipient);
    return sign?.startsWith('ed25519 ') ? `${line}\n${signingKeyLine(sign)}\n` : `${line}\n`;
  });
  return [personFile(name) as RepoPath, lines.join('')] as const;
}

export interface Views {
  /** Files of people that are not as the statements have them, each with the text that it should have. */
  readonly stale: readonly (readonly [path: RepoPath, text: string])[];
  /** Files of nobody: of somebody removed on another branch, or let in by a statement that counts for nothing. */
  readonly leftover: readonly RepoPath[];
}

/** How far the folder of people's files is from what the statements say. */
export function examineViews(vault: Vault, members: ReadonlyMap<string, Member>): Views {
  const files = readKeyFiles(vault);
  const stale = [...members.values()]
    .map((member) => personText(toPerson(member, files.get(member.name) ?? [])))
    .filter(([path, text]) => textOf(vault, path) !== text);
  const leftover = [...files.keys()].filter((name) => !members.has(name)).map((name) => personFile(name) as RepoPath);
  return { stale, leftover };
}

function textOf({ host: { files }, root }: Vault, path: RepoPath): string | undefined {
  return files.read(files.within(root, path), personFileLimit)?.toString('utf8').replaceAll('\r\n', '\n');
}

function sorted(people: readonly Person[]): Person[] {
  return [...people].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The roster that the next statement builds upon: whoever signs one takes along what other branches have taken away, and with it whatever that
 * builds upon.
 */
export function seenRoster(roster: Roster): Roster {
  const { here, seen } = roster.trust;
  if (here === seen) return roster;
  const known = new Map(roster.people.map((p) => [p.name, p.recipients]));
  const people = [...seen.members.values()].map((member) => toPerson(member, known.get(member.name) ?? []));
  return { ...roster, people: sorted(people) };
}

/**
 * Everybody for whom something may be written, sorted by name: whom the signed statements name. The files of keys are only their view, and hold
 * nothing that was not signed.
 * @throws ERR_BLACKBOX_UNSIGNED_ENTRY, ERR_BLACKBOX_VAULT_DAMAGED, and those of `readTrust`
 */
export function readRoster(vault: Vault): Roster {
  const trust = trustOf(vault);
  checkHistory(vault, trust);
  const files = readKeyFiles(vault);
  checkSigned(vault, trust, files);
  const people = currentMembers(trust).map((member) => toPerson(member, files.get(member.name) ?? []));
  return { people: sorted(people), trust };
}

export function findPerson(roster: Pick<Roster, 'people'>, name: string): Person {
  const person = roster.people.find((p) => p.name === name.normalize('NFC'));
  if (person === undefined)
    throw unknownPerson(
      name,
      roster.people.map((p) => p.name),
    );
  return person;
}

/** Of a file, what says for whom it is. */
type Audible = Pick<RegistryEntry, 'groups' | 'forScanners'>;

/** The people who may read a file: all of them but those who only scan, or those in one of its groups. */
export function entitledPeople(roster: Pick<Roster, 'people'>, entry: Audible): readonly Person[] {
  return readersOf(roster, entry).people;
}

/** For whom a file is sealed. */
export function audienceOf(roster: Pick<Roster, 'people'>, entry: Audible): Audience {
  return { groups: entry.groups, recipients: readersOf(roster, entry).recipients };
}

/** Who may read a file. */
export interface Readers {
  readonly people: readonly Person[];
  readonly recipients: readonly Recipient[];
  readonly tags: ReadonlySet<string>;
}

/** Of each roster, by groups: a thousand files are for few different sets of people. */
const readersCache = new WeakMap<readonly Person[], Map<string, Readers>>();

export function readersOf({ people }: Pick<Roster, 'people'>, entry: Audible): Readers {
  const known = readersCache.get(people) ?? new Map<string, Readers>();
  readersCache.set(people, known);
  const key = `${entry.forScanners === true} ${entry.groups.join()}`;
  const readers = known.get(key) ?? makeReaders(people, entry);
  known.set(key, readers);
  return readers;
}

/** Whether a file for these groups is for somebody who is in those. */
export function isFor(groups: readonly string[], own: readonly string[]): boolean {
  return groups.length === 0 || own.some((group) => groups.includes(group));
}

function makeReaders(all: readonly Person[], { groups, forScanners }: Audible): Readers {
  const may = forScanners === true ? all : all.filter((p) => p.role !== 'scanner');
  const people = may.filter((p) => isFor(groups, p.groups));
  const recipients = recipientsOf(people);
  return { people, recipients, tags: new Set(recipients.map(recipientTag)) };
}

export function recipientsOf(people: readonly Person[]): readonly Recipient[] {
  return people.flatMap((p) => p.recipients);
}

/** The person whose keys are among `texts`, or null. */
export function personWith(roster: Pick<Roster, 'people'>, texts: ReadonlySet<string>): Person | null {
  return roster.people.find((p) => p.recipients.some((r) => texts.has(r.text))) ?? null;
}
