/** Who may read: one file of public keys per person. */
import { join } from 'node:path';
import { parseRecipient, parseRecipientFile, type Recipient, signingKeyLine } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import { showPath } from '../text.js';
import type { Member, MemberKey } from '../trust/chain.js';
import { badName, brokenVaultFile, tooMany, unknownPerson } from './errors.js';
import type { Audience } from './seal.js';
import { currentMembers, type Trust, trustOf } from './trust.js';
import { unsignedEntry } from './trust-errors.js';
import type { Person, RegistryEntry, RepoPath, Roster, Vault } from './types.js';

/** A team of more people than this needs another tool; a header for all of them stays below the container's bound. */
const mostPeople = 1000;
/** An OpenPGP key with photo ids can be large; a file of keys is still far below this. */
const personFileLimit = 1024 * 1024;

export const adminsFolder = '.blackbox/admins';

export function personFile(name: string): string {
  return `${adminsFolder}/${name}.pub`;
}

/** Checks a person's name: it is a file name on every system, and safe to print. */
export function parseName(name: string): string {
  if (name.length > 64) throw badName(name, 'it is longer than 64 characters');
  if (!/^[\p{L}\p{N}][\p{L}\p{N}\p{M}@+._ -]*$/u.test(name) || /[. ]$/.test(name)) {
    throw badName(name, 'use letters, digits and . _ - + @, beginning with a letter or digit');
  }
  if (/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name)) throw badName(name, 'Windows reserves it');
  return name.normalize('NFC');
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

/** Statements that count for nothing may have left a file; what no statement ever said was put there by somebody who may not. */
function voidedKeys({ here }: Trust, name: string): Set<string> {
  const said = [...here.voided.keys()].flatMap((id) => here.statements.get(id)?.statement.changes ?? []);
  const keys = said.flatMap((c) => ((c.do === 'add' || c.do === 'add-key') && c.name === name ? c.keys : []));
  return new Set(keys.map((k) => k.recipient));
}

/** @throws ERR_BLACKBOX_UNSIGNED_ENTRY, naming the commit that brought it */
function checkSigned(vault: Vault, trust: Trust, files: ReadonlyMap<string, readonly Recipient[]>): void {
  for (const [name, recipients] of files) {
    const member = trust.here.members.get(name);
    const known = new Set([...(member?.keys.map((k) => k.recipient) ?? []), ...voidedKeys(trust, name)]);
    const stranger = recipients.find((r) => !known.has(r.text));
    if (stranger === undefined && recipients.length > 0) continue;
    const file = personFile(name);
    if (recipients.length === 0) throw brokenVaultFile(file, 'it holds no key');
    const what = member === undefined ? 'somebody' : 'a key';
    throw unsignedEntry(file, what, vault.host.git.open(vault.repository).lastChange(file));
  }
}

/** A signed key, with the words that stand beside it in the person's file. */
function toRecipient(key: MemberKey, filed: readonly Recipient[]): Recipient {
  const beside = filed.find((r) => r.text === key.recipient);
  if (beside !== undefined && key.block === null) return beside;
  return parseRecipient(key.block ?? key.recipient);
}

function toPerson(member: Member, filed: readonly Recipient[]): Person {
  const { name, role, groups, keys } = member;
  return { name, role, groups, keys, recipients: keys.map((key) => toRecipient(key, filed)) };
}

/** A person's file as the statements have it: path and text. */
export function personText({ name, keys }: Pick<Member, 'name' | 'keys'>): readonly [RepoPath, string] {
  const lines = keys.map(({ recipient, sign, block }) => {
    if (block !== null) return block;
    return sign?.startsWith('ed25519 ') ? `${recipient}\n${signingKeyLine(sign)}\n` : `${recipient}\n`;
  });
  return [personFile(name) as RepoPath, lines.join('')];
}

/**
 * Everybody for whom something may be written, sorted by name: whom the signed statements name. The files of keys are only their view, and hold
 * nothing that was not signed.
 * @throws ERR_BLACKBOX_UNSIGNED_ENTRY, ERR_BLACKBOX_VAULT_DAMAGED, and those of `readTrust`
 */
export function readRoster(vault: Vault): Roster {
  const trust = trustOf(vault);
  const files = readKeyFiles(vault);
  checkSigned(vault, trust, files);
  const people = currentMembers(trust).map((member) => toPerson(member, files.get(member.name) ?? []));
  return { people: people.sort((a, b) => (a.name < b.name ? -1 : 1)), trust };
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

/** The people who may read a file: all of them, or those in one of its groups. */
export function entitledPeople(
  roster: Pick<Roster, 'people'>,
  entry: Pick<RegistryEntry, 'groups'>,
): readonly Person[] {
  if (entry.groups.length === 0) return roster.people;
  return roster.people.filter((p) => p.groups.some((g) => entry.groups.includes(g)));
}

/** For whom a file is sealed. */
export function audienceOf(roster: Pick<Roster, 'people'>, entry: Pick<RegistryEntry, 'groups'>): Audience {
  return { groups: entry.groups, recipients: recipientsOf(entitledPeople(roster, entry)) };
}

export function recipientsOf(people: readonly Person[]): readonly Recipient[] {
  return people.flatMap((p) => p.recipients);
}

/** The person whose keys are among `texts`, or null. */
export function personWith(roster: Pick<Roster, 'people'>, texts: ReadonlySet<string>): Person | null {
  return roster.people.find((p) => p.recipients.some((r) => texts.has(r.text))) ?? null;
}
