/** Who may read: one file of public keys per person. */
import { join } from 'node:path';
import { parseRecipientFile, type Recipient } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import { showPath } from '../text.js';
import { badName, brokenVaultFile, keyTaken, tooMany, unknownPerson } from './errors.js';
import { foldPath } from './paths.js';
import type { Person, RegistryEntry, Roster, Vault } from './types.js';

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

function readPerson(vault: Pick<Vault, 'host' | 'root'>, file: string): Person {
  const path = `${adminsFolder}/${file}`;
  const { files } = vault.host;
  const content = files.read(files.within(vault.root, path), personFileLimit);
  if (content === null) throw brokenVaultFile(path, 'it vanished while it was read');
  try {
    const recipients = parseRecipientFile(content.toString('utf8'));
    if (recipients.length === 0) throw brokenVaultFile(path, 'it holds no key');
    return { name: parseName(file.replace(/\.pub$/, '')), recipients };
  } catch (error) {
    // Whatever is wrong, the file that it is wrong in has to be in the sentence; a key is never skipped.
    if (!(error instanceof BlackboxError) || error.message.includes(showPath(path))) throw error;
    throw brokenVaultFile(path, error.message);
  }
}

function checkDistinct(people: readonly Person[]): void {
  const names = new Map<string, string>();
  const keys = new Map<string, string>();
  for (const person of people) {
    const folded = foldPath(person.name);
    const twin = names.get(folded);
    if (twin !== undefined)
      throw brokenVaultFile(personFile(person.name), `its name is equal to ${twin}'s on some file systems`);
    names.set(folded, person.name);
    for (const { text } of person.recipients) {
      const owner = keys.get(text);
      if (owner !== undefined) throw keyTaken(owner, text);
      keys.set(text, person.name);
    }
  }
}

/**
 * Everybody on the roster, sorted by name. One unreadable file fails it all: nobody is locked out in silence.
 * @throws ERR_BLACKBOX_VAULT_DAMAGED, ERR_BLACKBOX_DUPLICATE_KEY, ERR_BLACKBOX_BAD_NAME
 */
export function readRoster(vault: Pick<Vault, 'host' | 'root' | 'folder'>): Roster {
  vault.host.files.within(vault.root, adminsFolder);
  const names = vault.host.files.list(join(vault.folder, 'admins'));
  const files = names.filter((name) => !name.startsWith('.'));
  if (files.length > mostPeople) throw tooMany('person', mostPeople, adminsFolder);
  const stray = files.find((name) => !name.endsWith('.pub'));
  if (stray !== undefined) throw brokenVaultFile(`${adminsFolder}/${stray}`, 'only <name>.pub files belong here');
  const people = files.map((file) => readPerson(vault, file));
  checkDistinct(people);
  return { people };
}

export function findPerson(roster: Roster, name: string): Person {
  const person = roster.people.find((p) => p.name === name.normalize('NFC'));
  if (person === undefined)
    throw unknownPerson(
      name,
      roster.people.map((p) => p.name),
    );
  return person;
}

/** The people who may read a file. Nobody is in a group yet, so that a file with groups is for nobody rather than for all. */
export function entitledPeople(roster: Roster, entry: RegistryEntry): readonly Person[] {
  return entry.groups.length === 0 ? roster.people : [];
}

export function recipientsOf(people: readonly Person[]): readonly Recipient[] {
  return people.flatMap((p) => p.recipients);
}

/** The person whose keys are among `texts`, or null. */
export function personWith(roster: Roster, texts: ReadonlySet<string>): Person | null {
  return roster.people.find((p) => p.recipients.some((r) => texts.has(r.text))) ?? null;
}
