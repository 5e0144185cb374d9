/** `rotation`: which values somebody who left has seen and are still in use. Changing a value takes it off the list by itself. */
import type { Host } from '../host/types.js';
import { count, list, shellWord, showPath, visible } from '../text.js';
import {
  type Cause,
  examineRotation,
  locked,
  type OpenItem,
  type Place,
  pickEntries,
  planNotSecret,
  planPrune,
  type Reuse,
  type Rotation,
  readRegistry,
  readRoster,
  showKey,
  type Vault,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption, jsonOption, text } from './command.js';
import { jsonText } from './json.js';
import { cannotPrune, keysWithoutFile, nothingOpen } from './refuse-rotation.js';
import { selfOf } from './self.js';
import { carryOut, keyringOf, mostLines, sayCommit, somethingToDo, typedPath, vaultHere } from './work.js';

const wholeFile = '(the whole file)';
const day = (at: string) => at.slice(0, 10);
const keyName = ({ key }: Place) => showKey(key) ?? wholeFile;
const causeName = ({ because, what }: OpenItem['causes'][number]) =>
  what === 'retired-key' ? `a retired key of ${because}` : because;
const byWhom = ({ causes }: OpenItem) => [...new Set(causes.map(causeName))];

async function examine(host: Host, vault: Vault, given: Given): Promise<Rotation> {
  const registry = readRegistry(vault);
  const progress = host.terminal.progress('reading', registry.length);
  try {
    return await examineRotation(vault, registry, keyringOf(host, given), (done) => progress.update(done));
  } finally {
    progress.end();
  }
}

function asJson({ open, reused, unclear, unopened, events, closed, deleted }: Rotation): string {
  const place = ({ path, key }: Place) => ({ path, key });
  const cause = ({ because, what, at }: Cause) => ({ who: because, what, at });
  const answer = {
    open: open.map((item) => ({ ...place(item), since: item.causes[0]?.at, because: item.causes.map(cause) })),
    reused: reused.map((reuse) => ({ ...place(reuse), seen: place(reuse.seen), because: cause(reuse.cause) })),
    unclear,
    unopened: unopened.map(({ path, error }) => ({ path, code: error.code, reason: error.sentence })),
    events: events.size,
    closed: closed.length,
    deleted,
  };
  return jsonText(answer);
}

function saySome(host: Host, lines: readonly string[]): void {
  for (const line of lines.slice(0, mostLines)) host.terminal.warn(line);
  if (lines.length > mostLines) host.terminal.warn(`and ${lines.length - mostLines} more`);
}

/** What somebody has taken out of the ledger too early. */
function sayDeleted(host: Host, deleted: Rotation['deleted']): void {
  saySome(
    host,
    deleted.map((path) => `${showPath(path)} was deleted while there was something left to change`),
  );
  const [first] = deleted;
  if (first === undefined) return;
  const file = shellWord(first);
  const commit = `$(git log -n 1 --format=%H --full-history --diff-filter=D -- ${file})`;
  host.terminal.say(`  to see who did it: git log --full-history --diff-filter=D -- ${file}`);
  host.terminal.say(`  to bring one back: git checkout ${commit}^ -- ${file}`);
}

function describeReuse({ path, key, seen, cause }: Reuse): string {
  const where = seen.path === path ? '' : ` in ${showPath(seen.path)}`;
  const what = seen.key === null ? `the whole of ${showPath(seen.path)}` : `${visible(keyName(seen))}${where}`;
  const place = key === null ? showPath(path) : `${visible(keyName({ path, key }))} in ${showPath(path)}`;
  return `${place} holds an old value again: ${visible(causeName(cause))} has seen it as ${what}`;
}

/** What could not be told: it is never passed over. */
function sayUnknown(host: Host, { unclear, unopened }: Rotation): void {
  const closed = new Set<string>(unopened.map((u) => u.path));
  saySome(
    host,
    unopened.map((u) => u.error.sentence),
  );
  saySome(
    host,
    unclear
      .filter((path) => !closed.has(`${path}.age`))
      .map((path) => `${showPath(path)} cannot be parsed: whether what was seen in it has been changed cannot be told`),
  );
}

function sayOpen(host: Host, vault: Vault, open: readonly OpenItem[]): void {
  const { terminal } = host;
  const rows = open.map((item) => [item.path, keyName(item), day(item.causes[0]?.at ?? ''), byWhom(item).join(', ')]);
  terminal.data(terminal.table(rows, ['FILE', 'VALUE', 'SINCE', 'BECAUSE OF']));
  const people = [...new Set(open.flatMap(byWhom))].map(visible);
  const them = people.length > mostLines ? `${people.length} people` : list(people);
  const where = count(new Set(open.map((item) => item.path)).size, 'file');
  terminal.say(
    `${count(open.length, 'value')} in ${where} ${open.length === 1 ? 'is' : 'are'} what ${them} ${people.length === 1 ? 'has' : 'have'} seen`,
  );
  const path = shellWord(typedPath(vault, open[0]?.path ?? ''));
  terminal.say(`  to change one, where it is used and here: blackbox-ts edit ${path}`);
  terminal.say(`  if it is no secret: blackbox-ts rotation --not-secret ${path} KEY`);
}

function say(host: Host, vault: Vault, rotation: Rotation): void {
  const { open, reused, closed, events } = rotation;
  if (open.length > 0) sayOpen(host, vault, open);
  saySome(host, reused.map(describeReuse));
  sayDeleted(host, rotation.deleted);
  sayUnknown(host, rotation);
  if (isUnknown(rotation) || open.length + reused.length > 0) return;
  host.terminal.say('nothing that somebody who left has seen is still in use');
  if (closed.length > 0)
    host.terminal.say(
      `${count(closed.length, 'event')} of ${events.size} in the ledger can go: blackbox-ts rotation --prune`,
    );
}

function isUnknown({ unclear, unopened }: Rotation): boolean {
  return unclear.length + unopened.length > 0;
}

async function show(host: Host, given: Given): Promise<number> {
  const vault = vaultHere(host);
  const rotation = await examine(host, vault, given);
  if (flag(given, 'json')) host.terminal.data(asJson(rotation));
  else say(host, vault, rotation);
  if (!flag(given, 'check')) return 0;
  if (isUnknown(rotation)) return 1;
  return rotation.open.length + rotation.reused.length > 0 ? somethingToDo : 0;
}

async function prune(host: Host, vault: Vault, given: Given): Promise<number> {
  const rotation = await examine(host, vault, given);
  // In a file that nobody can open here an old value may stand again; without its event that would never be noticed.
  if (rotation.unopened.length > 0) throw cannotPrune(rotation.unopened.map((u) => u.path));
  if (!(await carryOut(host, vault, given, planPrune(rotation)))) return 0;
  const pruned = rotation.closed.length;
  if (pruned === 0) host.terminal.say('nothing to do: every event in the ledger has something open');
  else {
    host.terminal.say(`removed ${count(pruned, 'event')} from the ledger`);
    sayCommit(host, 'prune the ledger of rotations');
  }
  return 0;
}

/** The open values of a file that were named, all of them when none was. */
function pick(rotation: Rotation, path: string, names: readonly string[]): OpenItem[] {
  const here = rotation.open.filter((item) => item.path === path);
  if (names.length === 0) return here.length > 0 ? here : nothingOpen(path, null);
  return names.flatMap((name) => {
    const found = here.filter((item) => showKey(item.key) === name || JSON.stringify(item.key) === name);
    return found.length > 0 ? found : nothingOpen(path, name);
  });
}

async function notSecret(host: Host, vault: Vault, given: Given, file: string): Promise<number> {
  const registry = readRegistry(vault);
  const roster = readRoster(vault);
  const [entry] = pickEntries(vault, registry, [file]);
  const path = entry?.path ?? file;
  const items = [...new Set(pick(await examine(host, vault, given), path, given.args))];
  const by = selfOf(host, keyringOf(host, given), roster).person?.name ?? 'somebody';
  const plan = await planNotSecret(vault, roster, registry, items, by);
  if (!(await carryOut(host, vault, given, plan))) return 0;
  const names =
    items.length > mostLines ? count(items.length, 'value') : items.map((i) => visible(keyName(i))).join(', ');
  host.terminal.say(`noted for ${showPath(path)}: ${names} need not be changed, whoever has seen it`);
  sayCommit(host, `note what is no secret in ${path}`);
  return 0;
}

async function rotation(host: Host, given: Given): Promise<number> {
  const file = text(given, 'notSecret');
  if (file === undefined && given.args.length > 0) throw keysWithoutFile();
  if (file === undefined && !flag(given, 'prune')) return show(host, given);
  const vault = vaultHere(host);
  return locked(vault, () => (file === undefined ? prune(host, vault, given) : notSecret(host, vault, given, file)));
}

export const command: Command = {
  args: [{ name: '[keys...]', what: 'with --not-secret: which values of the file (default: all that are open)' }],
  options: [
    { ...jsonOption, not: ['--prune', '--not-secret'] },
    {
      flags: '--check',
      what: 'exit code 3 while anything is still to be changed, 1 when that cannot be told: for CI',
      not: ['--prune', '--not-secret'],
    },
    { flags: '--not-secret <file>', what: 'note that values of this file need not be changed, whoever has seen them' },
    { flags: '--prune', what: 'remove what the ledger no longer needs', not: ['--not-secret'] },
    identityOption,
    dryRunOption,
  ],
  details:
    'When somebody is removed, all values that they could read go into a ledger, as digests in an encrypted file. A value is on the list\n' +
    'until it is another one, or gone; an old one that is used again, here or in another file, is told. What is looked at are the\n' +
    'sealed files in the work tree.',
  examples: [
    ['blackbox-ts rotation', 'what is still to be changed, since when and because of whom'],
    ['blackbox-ts rotation --check', 'fail while there is anything'],
    [
      'blackbox-ts rotation --not-secret config.json db.host db.port',
      'take two values off the list that are no secrets',
    ],
  ],
  run: rotation,
};
