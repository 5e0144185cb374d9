/** `who`: who can read what, told by the sealed files themselves. Needs no key. */
import type { Host } from '../host/types.js';
import { count, showPath, visible } from '../text.js';
import {
  audienceGap,
  authorOf,
  entitledPeople,
  ownEntries,
  type Person,
  pickEntries,
  type RegistryEntry,
  type Roster,
  readRegistry,
  readRoster,
  recipientTag,
  sealedOrDamaged,
  type Vault,
  whyNotAuthentic,
} from '../vault/index.js';
import { fits } from './columns.js';
import { type Command, dryRunOption, flag, forceOption, type Given, identityOption, jsonOption } from './command.js';
import { jsonText } from './json.js';
import { quietKeyring, vaultHere } from './work.js';

/** Reading `all`: with every key they have on the roster; `some`: not with all of them; `none`; `surplus`: they can and may not. */
type Reach = 'all' | 'some' | 'none' | 'surplus';

interface Readers {
  readonly path: string;
  /** Empty: for everybody. */
  readonly groups: readonly string[];
  /** missing: there is no sealed file; damaged: it is none. Nobody can then be said to read it. */
  readonly condition: 'sealed' | 'missing' | 'damaged';
  /** By the roster's people, in their order. */
  readonly reach: readonly Reach[];
  /** Tags of keys that are nobody's on the roster: somebody removed elsewhere, or a stranger. */
  readonly unknown: readonly string[];
  /** The roster says that they may read it, and they cannot, or not with every key. */
  readonly lacking: readonly string[];
  /** Who signed what is in it, and why that does not count: null for nobody, and for what is authentic. */
  readonly signedBy: string | null;
  readonly forged: string | null;
}

function reachOf(person: Person, tags: ReadonlySet<string>, entitled: boolean): Reach {
  const held = person.recipients.filter((r) => tags.has(recipientTag(r))).length;
  if (held === 0) return 'none';
  return !entitled ? 'surplus' : held === person.recipients.length ? 'all' : 'some';
}

function readersOf(vault: Vault, roster: Roster, known: ReadonlySet<string>, entry: RegistryEntry): Readers {
  const { path, groups } = entry;
  const info = sealedOrDamaged(vault, entry);
  const reach = roster.people.map((): Reach => 'none');
  const nobody = { path, groups, reach, unknown: [], lacking: [], signedBy: null, forged: null };
  if (info === null || info === 'damaged') return { ...nobody, condition: info ?? 'missing' };
  const tags = new Set(info.tags);
  const entitled = new Set(entitledPeople(roster, entry));
  const forged = whyNotAuthentic(roster.trust.here, path, info, groups);
  return {
    ...nobody,
    condition: 'sealed',
    reach: roster.people.map((person) => reachOf(person, tags, entitled.has(person))),
    unknown: info.tags.filter((tag) => !known.has(tag)),
    lacking: audienceGap(roster, entry, info).lacking,
    signedBy: forged === null ? authorOf(roster.trust.here, info) : null,
    forged,
  };
}

function asJson(roster: Roster, files: readonly Readers[]): string {
  const named = (file: Readers, ...reach: Reach[]) =>
    roster.people.filter((_, i) => reach.includes(file.reach[i] ?? 'none')).map((p) => p.name);
  return jsonText({
    vault: roster.trust.founder,
    people: roster.people.map(({ name, role, groups }) => ({ name, role, groups })),
    files: files.map((file) => ({
      path: file.path,
      groups: file.groups,
      condition: file.condition,
      readers: named(file, 'all', 'some', 'surplus'),
      surplus: named(file, 'surplus'),
      unknown: file.unknown,
      lacking: file.lacking,
      signedBy: file.signedBy,
      forged: file.forged,
    })),
  });
}

/** What a table has no column for. */
function notesOf(file: Readers): string[] {
  const condition = { sealed: [], missing: ['no sealed file'], damaged: ['damaged'] }[file.condition];
  const forged = file.forged === null ? [] : ['not authentic'];
  return [...condition, ...file.unknown.map((tag) => `unknown key ${tag}`), ...forged];
}

/** Admins are the rule; others are called what they are. */
function readerWords({ name, role }: Person, reach: Reach): string {
  const notes = [
    ...(role === 'admin' ? [] : [role]),
    ...(reach === 'some' ? ['not with every key'] : reach === 'surplus' ? ['whom it is not for'] : []),
  ];
  return `${visible(name)}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

function oneLine(roster: Roster, file: Readers): string {
  const readers = roster.people.flatMap((person, i) => {
    const reach = file.reach[i] ?? 'none';
    return reach === 'none' ? [] : [readerWords(person, reach)];
  });
  const lacking = file.lacking.filter((name) =>
    roster.people.some((p, i) => p.name === name && file.reach[i] === 'none'),
  );
  const stale = lacking.length === 0 ? [] : [`not yet ${lacking.map(visible).join(', ')}`];
  const audience = file.groups.length === 0 ? '' : ` (for ${file.groups.map(visible).join(', ')})`;
  return `${showPath(file.path)}${audience}: ${[[...readers, ...notesOf(file)].join(', ') || 'nobody', ...stale].join('; ')}`;
}

const marks: Readonly<Record<Reach, string>> = { all: 'yes', some: 'partly', none: '-', surplus: 'surplus' };

/** A row a file, a column a person; above the files what the people are. */
function matrix({ people }: Roster, files: readonly Readers[]): { head: string[]; rows: string[][] } {
  const grouped = people.some((p) => p.groups.length > 0) || files.some((f) => f.groups.length > 0);
  const about = [
    ['', ...(grouped ? [''] : []), ...people.map((p) => p.role), ''],
    ...(grouped ? [['', '', ...people.map((p) => p.groups.join(', ')), '']] : []),
  ];
  const rows = files.map((file) => [
    showPath(file.path),
    ...(grouped ? [file.groups.join(', ')] : []),
    ...file.reach.map((reach) => marks[reach]),
    notesOf(file).join(', '),
  ]);
  return { head: ['', ...(grouped ? ['for'] : []), ...people.map((p) => p.name)], rows: [...about, ...rows] };
}

function asText(host: Host, roster: Roster, files: readonly Readers[]): string {
  const { head, rows } = matrix(roster, files);
  if (Number.isFinite(host.terminal.width) && fits(host.terminal.width, head, rows))
    return host.terminal.table(rows, head);
  return files.map((file) => `${oneLine(roster, file)}\n`).join('');
}

function sayStale(host: Host, files: readonly Readers[]): void {
  const isStale = ({ lacking, unknown, reach }: Readers) =>
    lacking.length + unknown.length > 0 || reach.includes('surplus');
  const stale = files.filter(isStale).length;
  if (stale === 0) return;
  host.terminal.say(
    `${count(stale, 'file')} ${stale === 1 ? 'is' : 'are'} not sealed for those whom the roster says; to mend that: blackbox-ts reencrypt`,
  );
}

/** The page is loaded only when it is wanted. */
async function html(
  host: Host,
  vault: Vault,
  roster: Roster,
  entries: readonly RegistryEntry[],
  given: Given,
): Promise<number> {
  const { whoHtml } = await import('./who-html.js');
  await whoHtml(host, vault, roster, entries, quietKeyring(host, given), given);
  return 0;
}

/** The ledger and the scan indexes are the vault's own, and no rows: but whether it is sealed for the right people is part of the answer. */
function sayOwn(host: Host, vault: Vault, roster: Roster): void {
  const own = ownEntries(vault);
  const stale = own.filter((entry) => {
    const info = sealedOrDamaged(vault, entry);
    if (info === null || info === 'damaged') return true;
    const { lacking, surplus } = audienceGap(roster, entry, info);
    return lacking.length + surplus.length > 0;
  });
  if (stale.length > 0)
    host.terminal.warn(
      `${count(stale.length, 'file')} of the ledger and the scan index in .blackbox ${stale.length === 1 ? 'is' : 'are'} not sealed for those whom the roster says: blackbox-ts reencrypt`,
    );
}

async function who(host: Host, given: Given): Promise<number> {
  const vault = vaultHere(host);
  const roster = readRoster(vault);
  const entries = pickEntries(vault, readRegistry(vault), given.args);
  if (given.options.html !== undefined) return html(host, vault, roster, entries, given);
  const known = new Set(roster.people.flatMap((p) => p.recipients.map(recipientTag)));
  const files = entries.map((entry) => readersOf(vault, roster, known, entry));
  if (flag(given, 'json')) host.terminal.data(asJson(roster, files));
  else {
    host.terminal.data(asText(host, roster, files));
    if (files.length === 0) host.terminal.say('no file is registered');
    sayStale(host, files);
    if (given.args.length === 0) sayOwn(host, vault, roster);
  }
  return 0;
}

export const command: Command = {
  args: [{ name: '[paths...]', what: 'registered files (default: all)' }],
  options: [
    jsonOption,
    {
      flags: '--html [file]',
      what: 'one self-contained page for a reviewer, into this file or to standard output',
      not: ['--json'],
    },
    { ...forceOption, with: '--html', what: 'with --html: overwrite a file that is no page of ours' },
    {
      ...identityOption,
      with: '--html',
      what: 'with --html: to tell what is still to be changed (may be given more than once)',
    },
    { ...dryRunOption, with: '--html', what: 'with --html: say what would be written, write nothing' },
  ],
  details:
    'Read from the header of each sealed file, not from the roster: what it says is\n' +
    "what is. `unknown key` stands for a key that is nobody's on the roster,\n" +
    '`partly` and `not with every key` for somebody who has keys that the file is\n' +
    'not sealed for, `surplus` for somebody on the roster whom it is not for. Whoever\n' +
    'is no admin is called what they are.',
  examples: [
    ['blackbox-ts who', 'every file, and who can read it'],
    ['blackbox-ts who --html readers.html', 'a page with people, files, keys and what is wrong with them'],
    ['blackbox-ts who secrets.json', 'who can read secrets.json'],
  ],
  run: who,
};
