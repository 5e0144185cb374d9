/** `admin list`: who is on the roster, with which keys, and by whose word. */
import type { Host } from '../host/types.js';
import { list as listed, visible } from '../text.js';
import { openRequests, type Roster, readRoster, type Vault } from '../vault/index.js';
import { dense, fits } from './columns.js';
import { type Command, flag, type Given, identityOption, jsonOption } from './command.js';
import { founderName, summary } from './first-use.js';
import { jsonText } from './json.js';
import { endWords } from './key-end.js';
import { changeWords, heard, saidBy, saidWords } from './people-words.js';
import { elsewhere, type KeyFacts, type PersonFacts, personFacts, personJson } from './person-facts.js';
import { selfOf } from './self.js';
import { sayPeople } from './status-people.js';
import { keyringOf, vaultHere } from './work.js';

const nameWords = ({ name, you }: PersonFacts) => (you ? `${name} (you)` : name);
const entryWords = ({ founder, said }: PersonFacts) =>
  founder ? `founder, ${said?.at.slice(0, 10)}` : saidWords(said);

function keyCells(key: KeyFacts): string[] {
  return [key.kind, key.fingerprint, endWords(key) ?? '', key.recipient.comment];
}

const head = ['name', 'role', 'groups', 'kind', 'fingerprint', 'end', 'comment', 'let in'];

/** One row a key; a person's name stands in the first of theirs. */
function rowsOf(person: PersonFacts): string[][] {
  return person.keys.map((key, i) => {
    const [kind = '', print = '', end = '', comment = ''] = keyCells(key);
    const own = i > 0 ? ['', '', ''] : [nameWords(person), person.role, person.groups.join(', ')];
    return [...own, kind, print, end, comment, i > 0 ? '' : entryWords(person)];
  });
}

/** Where a row would be too long for the terminal: a fingerprint is compared, and has to be there in full. */
function blockOf(person: PersonFacts): string {
  const groups = person.groups.length === 0 ? '' : `, in ${listed(person.groups)}`;
  const keys = person.keys.map((key) => `    ${keyCells(key).filter(Boolean).join('  ')}\n`);
  return visibleLines(
    `${nameWords(person)}: ${person.role}${groups}; ${person.founder ? '' : 'let in '}${entryWords(person)}\n`,
    ...keys,
  );
}

function visibleLines(...lines: readonly string[]): string {
  return lines.map((line) => `${visible(line.slice(0, -1))}\n`).join('');
}

function show(host: Host, roster: Roster, people: readonly PersonFacts[]): void {
  const { terminal } = host;
  const table = dense(head, people.flatMap(rowsOf));
  if (fits(terminal.width, table.head, table.rows)) terminal.data(terminal.table(table.rows, table.head));
  else terminal.data(people.map(blockOf).join(''));
  terminal.data(`\nvault ${roster.trust.founder}\n`);
  terminal.say(`founded by ${visible(founderName(roster))}; ${summary(roster)}`);
}

/** What other branches say, and what counts for nothing. */
function sayNotices(host: Host, roster: Roster): void {
  const { removed, added } = elsewhere(roster);
  for (const { name } of removed) {
    const said = saidBy(roster, roster.trust.seen.removed.get(name) ?? '');
    host.terminal.warn(
      `${visible(name)} was removed on another branch ${saidWords(said)}: nothing is sealed for them any more`,
    );
  }
  for (const { name, role, from } of added)
    host.terminal.say(`${visible(name)} was let in as ${role} on another branch, ${saidWords(saidBy(roster, from))}`);
  for (const { signed, voided } of heard(roster)) {
    if (voided === null) continue;
    const { by, at, changes } = signed.statement;
    host.terminal.say(
      `a statement of ${visible(by)} does not count (${at.slice(0, 10)}: ${changes.map(changeWords).join('; ')}): ${visible(voided)}`,
    );
  }
}

function asJson(vault: Vault, roster: Roster, people: readonly PersonFacts[]): string {
  const { removed, added } = elsewhere(roster);
  return jsonText({
    vault: roster.trust.founder,
    founder: founderName(roster),
    people: people.map(personJson),
    elsewhere: {
      removed: removed.map(({ name }) => ({ name, ...saidBy(roster, roster.trust.seen.removed.get(name) ?? '') })),
      added: added.map(({ name, role, from }) => ({ name, role, ...saidBy(roster, from) })),
    },
    voided: heard(roster).flatMap(({ signed, voided }) =>
      voided === null ? [] : [{ id: signed.id, by: signed.statement.by, at: signed.statement.at, reason: voided }],
    ),
    requests: openRequests(vault),
  });
}

async function list(host: Host, given: Given): Promise<number> {
  const vault = vaultHere(host);
  const roster = readRoster(vault);
  const { person: you } = selfOf(host, keyringOf(host, given), roster);
  const people: PersonFacts[] = [];
  for (const person of roster.people) people.push(await personFacts(roster, person, you));
  if (flag(given, 'json')) {
    host.terminal.data(asJson(vault, roster, people));
    return 0;
  }
  show(host, roster, people);
  sayNotices(host, roster);
  await sayPeople(host, vault, roster);
  return 0;
}

export const command: Command = {
  options: [identityOption, jsonOption],
  details:
    'Fingerprints are those that ssh-keygen -l and gpg print; an age key is its\n' +
    'own. The last line is the fingerprint of the vault itself, which CI and servers\n' +
    'insist on with BLACKBOX_VAULT.',
  examples: [
    ['blackbox-ts admin list', 'list everybody on the roster with their keys'],
    ['blackbox-ts admin list --json', 'the same for a program'],
  ],
  run: list,
};
