/** `edit`: a sealed file in the user's editor, without plaintext in the work tree. */
import type { Host } from '../host/types.js';
import { count, showPath } from '../text.js';
import {
  checkNewPath,
  checkUnmoved,
  dropUnfinished,
  hasPlaintextToUpdate,
  type Keyring,
  locked,
  type OpenedForEdit,
  type Origin,
  openForEdit,
  openUnfinished,
  prepareUnfinished,
  type RegistryEntry,
  type RepoPath,
  type Roster,
  readRegistry,
  readRoster,
  readUnfinished,
  toRepoPath,
  type Vault,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, forceOption, type Given, identityOption } from './command.js';
import { editPrivately } from './edit-session.js';
import { editIsKept, isUnregistered, noEditKept } from './refuse-files.js';
import { sealEdit } from './seal-edit.js';
import { keyringOf, sayCommit, vaultHere } from './work.js';

interface Work {
  readonly host: Host;
  readonly vault: Vault;
  readonly given: Given;
  readonly keyring: Keyring;
  readonly roster: Roster;
  /** Of a path that is not registered: what its entry will be. */
  readonly entry: RegistryEntry;
  readonly isNew: boolean;
}

/** What an edit begins with. */
interface Start {
  /** What saving goes over; null for a file that is new. */
  readonly base: Origin | null;
  /** What was sealed when this edit was first begun. */
  readonly begunFrom: Origin | null;
  /** What is sealed now; nothing for a new file. */
  readonly original: Buffer;
  /** What the editor shows first: the same, or the edit that is resumed. */
  readonly content: Buffer;
}

/** What is sealed now, or null for a path that is free. */
async function openCurrent({ vault, keyring, entry, isNew }: Work): Promise<OpenedForEdit | null> {
  const { path } = entry;
  if (isNew) {
    const { files } = vault.host;
    if (files.stat(files.within(vault.root, path)) !== null) throw isUnregistered(path);
    checkNewPath(vault, path, readRegistry(vault));
    return null;
  }
  const opened = await openForEdit(vault, path, keyring);
  hasPlaintextToUpdate(vault, path, opened.origin);
  return opened;
}

async function begin(work: Work): Promise<Start> {
  const { vault, given, keyring } = work;
  const { path } = work.entry;
  const kept = readUnfinished(vault, path);
  const resume = flag(given, 'resume');
  if (resume && kept === null) throw noEditKept(path);
  if (!resume && kept !== null) throw editIsKept(path);
  const current = await openCurrent(work);
  const base = current?.origin ?? null;
  const original = current?.content ?? Buffer.alloc(0);
  if (kept === null) return { base, begunFrom: base, original, content: original };
  if (!flag(given, 'force')) await checkUnmoved(vault, path, kept.base, keyring);
  return { base, begunFrom: kept.base, original, content: await openUnfinished(vault, path, kept, keyring) };
}

function sayUnchanged(host: Host, vault: Vault, path: RepoPath, isNew: boolean): void {
  const dropped = dropUnfinished(vault, path) ? '; the edit that was kept is dropped' : '';
  const what = isNew ? 'is empty: it was not registered' : 'is unchanged: nothing was written';
  host.terminal.say(`${showPath(path)} ${what}${dropped}`);
}

async function seal(work: Work, base: Origin | null, content: Buffer): Promise<number> {
  const { path } = work.entry;
  const people = await sealEdit({ ...work, path }, base, content);
  dropUnfinished(work.vault, path);
  return people;
}

async function save(work: Work, start: Start, content: Buffer): Promise<void> {
  const { host, vault, isNew } = work;
  const { path } = work.entry;
  if (content.equals(start.original)) return sayUnchanged(host, vault, path, isNew);
  const readers = await locked(vault, () => seal(work, start.base, content));
  const what = isNew ? 'registered and sealed' : 'sealed';
  host.terminal.say(`${what} ${showPath(path)} for ${count(readers, 'person', 'people')}`);
  sayCommit(host, `change ${showPath(path)}`);
}

async function edit(work: Work): Promise<undefined> {
  const { host, vault, given, roster, keyring, entry, isNew } = work;
  const start = await begin(work);
  const keep = await prepareUnfinished(vault, roster, entry, start.begunFrom, keyring);
  if (flag(given, 'dryRun')) {
    const what = isNew ? 'register it with what you write' : 'seal what you change';
    host.terminal.say(`would open ${showPath(entry.path)} in your editor, in a private folder, and ${what}`);
    return;
  }
  if (isNew) host.terminal.say(`${showPath(entry.path)} is new: it will be registered when you save it`);
  const { content, original } = start;
  const session = { path: entry.path, content, original, unchecked: flag(given, 'unchecked'), keep };
  await editPrivately(host, session, (left) => save(work, start, left));
}

function entryFor(vault: Vault, argument: string): Pick<Work, 'entry' | 'isNew'> {
  const path = toRepoPath(vault, argument);
  const registry = readRegistry(vault);
  const find = (wanted: string) => registry.find((e) => e.path === wanted);
  const entry = find(path) ?? find(path.replace(/\.age$/, ''));
  return { entry: entry ?? { path, groups: [] }, isNew: entry === undefined };
}

function discard(host: Host, vault: Vault, { entry }: Pick<Work, 'entry'>, dryRun: boolean): undefined {
  if (dryRun && readUnfinished(vault, entry.path) !== null) {
    host.terminal.say(`would drop the edit of ${showPath(entry.path)}`);
    return;
  }
  if (!dropUnfinished(vault, entry.path)) throw noEditKept(entry.path);
  host.terminal.say(`dropped the edit of ${showPath(entry.path)}`);
}

export const command: Command = {
  args: [{ name: '<path>', what: 'a registered file, or a new one that will be registered' }],
  options: [
    { flags: '--resume', what: 'go on with an edit that could not be put in place', not: ['--discard'] },
    { flags: '--discard', what: 'drop such an edit' },
    { flags: '--unchecked', what: 'seal it also when it does not parse as what its name says', not: ['--discard'] },
    { ...forceOption, with: '--resume', what: 'with --resume: over a version that somebody else has sealed since' },
    identityOption,
    dryRunOption,
  ],
  details: `The plaintext is in a private folder, in memory where there is such a place, while $BLACKBOX_EDITOR, $VISUAL or $EDITOR is open on it.
When the editor fails or the program is ended, the edit is kept, sealed, beside the repository's own data.`,
  examples: [
    ['blackbox-ts edit secrets.json', 'edit what secrets.json.age holds'],
    ['EDITOR="code --wait" blackbox-ts edit .env', 'with an editor that has a window of its own'],
  ],
  run: async (host, given) => {
    const vault = vaultHere(host);
    const found = entryFor(vault, given.args[0] ?? '');
    if (flag(given, 'discard')) return discard(host, vault, found, flag(given, 'dryRun'));
    return edit({ host, vault, given, keyring: keyringOf(host, given), roster: readRoster(vault), ...found });
  },
};
