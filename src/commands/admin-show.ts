/** `admin show`: everything about one person. */
import type { Host } from '../host/types.js';
import { count, showPath, visible } from '../text.js';
import {
  type Change,
  filesReadableBy,
  findPerson,
  type Person,
  type ReadableFiles,
  type Roster,
  readRegistry,
  readRoster,
  seenRoster,
  type Vault,
} from '../vault/index.js';
import { type Command, flag, type Given, identityOption, jsonOption } from './command.js';
import { jsonText } from './json.js';
import { endWords } from './key-end.js';
import { changeWords, type Heard, heard, saidBy, saidWords } from './people-words.js';
import { elsewhere, type KeyFacts, type PersonFacts, personFacts, personJson } from './person-facts.js';
import { selfOf } from './self.js';
import { keyringOf, vaultHere } from './work.js';

interface Portrait {
  readonly name: string;
  /** null for somebody who is on the roster no more. */
  readonly facts: PersonFacts | null;
  /** What is to be said of how they stand on other branches, or that they left. */
  readonly standing: string | null;
  readonly files: ReadableFiles;
  readonly registered: number;
  readonly about: readonly Heard[];
  readonly by: readonly Heard[];
}

function standingOf(roster: Roster, name: string): string | null {
  const { removed, added } = elsewhere(roster);
  const out = roster.trust.seen.removed.get(name);
  if (removed.some((m) => m.name === name)) return `removed on another branch ${saidWords(saidBy(roster, out ?? ''))}`;
  if (added.some((m) => m.name === name)) return 'on the roster of another branch only';
  return out === undefined ? null : `removed ${saidWords(saidBy(roster, out))}`;
}

/** Somebody on the roster, here or elsewhere; null for somebody of whom only statements tell. @throws ERR_BLACKBOX_UNKNOWN_PERSON */
function find(roster: Roster, wanted: string, statements: readonly Heard[]): Person | null {
  const name = wanted.normalize('NFC');
  const known = [...roster.people, ...seenRoster(roster).people].find((p) => p.name === name);
  if (known !== undefined) return known;
  const told = statements.some(({ signed }) => signed.statement.changes.some((c) => c.name === name));
  return told ? null : findPerson(roster, wanted);
}

async function portray(host: Host, vault: Vault, given: Given): Promise<Portrait> {
  const roster = readRoster(vault);
  const all = heard(roster);
  const wanted = given.args[0] ?? '';
  const person = find(roster, wanted, all);
  const name = person?.name ?? wanted.normalize('NFC');
  const { person: you } = selfOf(host, keyringOf(host, given), roster);
  const registry = readRegistry(vault);
  const aboutThem = (change: Change) => change.name === name;
  return {
    name,
    facts: person === null ? null : await personFacts(roster, person, you),
    standing: standingOf(roster, name),
    files: filesReadableBy(vault, registry, { recipients: person?.recipients ?? [] }),
    registered: registry.length,
    about: all.filter(({ signed }) => signed.statement.changes.some(aboutThem)),
    by: all.filter(({ signed }) => signed.statement.by === name),
  };
}

function statementJson({ signed: { id, statement }, voided, elsewhere: away }: Heard) {
  const { at, by, changes } = statement;
  return { id, at, by, changes: changes.map(changeWords), counts: voided === null, reason: voided, elsewhere: away };
}

function asJson({ name, facts, standing, files, about, by }: Portrait): string {
  return jsonText({
    ...(facts === null ? { name } : personJson(facts)),
    standing,
    reads: files.readable,
    unclear: files.unclear,
    statements: { about: about.map(statementJson), by: by.map(statementJson) },
  });
}

function keyLines(key: KeyFacts): string[] {
  const words = [key.kind, key.fingerprint, endWords(key) ?? '', key.recipient.comment].filter(Boolean).join('  ');
  const signs = key.signing === null ? (key.signs ? 'signs itself' : 'cannot sign') : `signs with ${key.signing}`;
  return [words, `  ${[signs, saidWords(key.said)].filter(Boolean).join('; given ')}`];
}

function statementLine({ signed: { id, statement }, voided, elsewhere: away }: Heard): string {
  const what = statement.changes.map(changeWords).join('; ');
  const notes = [...(away ? ['on another branch'] : []), ...(voided === null ? [] : [`does not count: ${voided}`])];
  const note = notes.length === 0 ? '' : ` [${notes.join('; ')}]`;
  return `${statement.at.slice(0, 10)}  ${statement.by}  ${what}${note}  (${id.slice(0, 16)})`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function asText({ name, facts, standing, files, registered, about, by }: Portrait): string {
  const groups = facts === null || facts.groups.length === 0 ? '' : `, in ${facts.groups.join(', ')}`;
  const role = facts === null ? [] : [`${facts.role}${groups}${facts.founder ? ', founder' : ''}`];
  const you = facts?.you === true ? ' (you)' : '';
  const reads = `reads ${files.readable.length} of ${count(registered, 'file')}`;
  const lines = [
    `${name}${you}: ${[...role, ...(standing === null ? [] : [standing])].join('; ')}`,
    ...section('keys', facts?.keys.flatMap(keyLines) ?? []),
    ...(facts === null ? [] : section(reads, files.readable.map(showPath))),
    ...section(`statements about ${name}`, about.map(statementLine)),
    ...section(`signed by ${name}`, by.map(statementLine)),
  ];
  return lines.map((line) => `${visible(line)}\n`).join('');
}

async function show(host: Host, given: Given): Promise<number> {
  const portrait = await portray(host, vaultHere(host), given);
  host.terminal.data(flag(given, 'json') ? asJson(portrait) : asText(portrait));
  for (const path of portrait.files.unclear)
    host.terminal.warn(`${showPath(path)} has a damaged sealed file: who can read it is not known`);
  return 0;
}

export const command: Command = {
  args: [{ name: '<name>', what: 'who it is, as `blackbox-ts admin list` says; also somebody who has left' }],
  options: [identityOption, jsonOption],
  details:
    'Keys, with who gave them; the files that the keys open, as those files say\n' +
    'themselves; and every statement about the person and by them.',
  examples: [
    ['blackbox-ts admin show alice', 'everything about alice'],
    ['blackbox-ts admin show alice --json', 'the same for a program'],
  ],
  run: show,
};
