/** `admin list`: who is on the roster, with which keys. */
import type { Recipient } from '../age/index.js';
import type { Host } from '../host/types.js';
import { type Person, readRoster } from '../vault/index.js';
import { type Command, flag, type Given, identityOption, jsonOption } from './command.js';
import { jsonText } from './json.js';
import { fingerprint, kindName } from './keys.js';
import { selfOf } from './self.js';
import { keyringOf, vaultHere } from './work.js';

function asJson(people: readonly Person[], you: Person | null): string {
  const key = (r: Recipient) => ({ kind: r.kind, recipient: r.text, fingerprint: fingerprint(r), comment: r.comment });
  const list = people.map((p) => ({ name: p.name, you: p === you, keys: p.recipients.map(key) }));
  return jsonText(list);
}

/** One row a key; a person's name stands in the first of theirs. */
function rowsOf(person: Person, you: boolean): string[][] {
  return person.recipients.map((r, i) => [
    i > 0 ? '' : you ? `${person.name} (you)` : person.name,
    kindName(r),
    fingerprint(r),
    r.comment,
  ]);
}

async function list(host: Host, given: Given): Promise<number> {
  const roster = readRoster(vaultHere(host));
  const { person } = selfOf(host, keyringOf(host, given), roster);
  if (flag(given, 'json')) {
    host.terminal.data(asJson(roster.people, person));
    return 0;
  }
  const rows = roster.people.flatMap((p) => rowsOf(p, p === person));
  // Room for fingerprints: an empty column would take some of theirs.
  const columns = rows.some((row) => row[3] !== '') ? 4 : 3;
  const head = ['name', 'kind', 'fingerprint', 'comment'].slice(0, columns);
  host.terminal.data(
    host.terminal.table(
      rows.map((row) => row.slice(0, columns)),
      head,
    ),
  );
  return 0;
}

export const command: Command = {
  options: [identityOption, jsonOption],
  details: 'Fingerprints are those that ssh-keygen -l and gpg print; an age key is its\n' + 'own.',
  examples: [
    ['blackbox-ts admin list', 'list everybody on the roster with their keys'],
    ['blackbox-ts admin list --json', 'the same for a program'],
  ],
  run: list,
};
