/** `doctor`: looks for what is wrong, and says how to mend it. Changes nothing. */
import type { Host } from '../host/types.js';
import { count, showPath } from '../text.js';
import { type Roster, readRegistry, readRoster, type Vault } from '../vault/index.js';
import { attempt, type Check, failed, type Outcome, ok, type Patient } from './checks/check.js';
import {
  checkAttributes,
  checkLedger,
  checkLocal,
  checkModes,
  checkScanIndex,
  checkSealed,
  checkTracked,
} from './checks/files.js';
import { checkHook } from './checks/hook.js';
import { checkIdentity, checkIdentityFile, checkKeys } from './checks/identity.js';
import { checkRequests, checkViews } from './checks/people.js';
import { checkGit, checkGpg, checkNode } from './checks/programs.js';
import { checkKnown, checkLeftovers, checkState } from './checks/state.js';
import { type Command, flag, type Given, identityOption, jsonOption } from './command.js';
import { jsonText } from './json.js';
import { keyringOf, vaultHere } from './work.js';

interface Examination {
  readonly checks: Check[];
  /** The value, or null and a failed check. */
  get<T>(name: string, find: () => T, say: (value: T) => string, mend?: string): T | null;
}

function examination(): Examination {
  const checks: Check[] = [];
  return {
    checks,
    get: (name, find, say, mend) => {
      try {
        const value = find();
        checks.push(ok(name, say(value)));
        return value;
      } catch (error) {
        checks.push(failed(name, error, mend));
        return null;
      }
    },
  };
}

/** What the vault has in a file: how much of it there is, or who broke it. */
function part<T>(
  { get }: Examination,
  vault: Vault | null,
  name: string,
  file: string,
  read: (vault: Vault) => T,
  say: (value: T) => string,
) {
  return vault === null ? null : get(name, () => read(vault), say, `git log -p -- ${file}`);
}

function admit(host: Host, given: Given, found: Examination): Patient {
  const repository = found.get(
    'repository',
    () => host.git.find(host.cwd),
    ({ root }) => showPath(root),
  );
  const vault =
    repository === null
      ? null
      : found.get(
          'vault',
          () => vaultHere(host),
          () => 'found',
        );
  const people = (roster: Roster) => count(roster.people.length, 'person', 'people');
  const roster = part(found, vault, 'roster', '.blackbox/admins', readRoster, people);
  const registry = part(found, vault, 'registry', '.blackbox/files', readRegistry, (all) => count(all.length, 'file'));
  return { host, keyring: keyringOf(host, given), repository, vault, roster, registry };
}

const looks: readonly (readonly [
  name: string,
  look: (patient: Patient) => readonly Check[] | Promise<readonly Check[]>,
])[] = [
  ['git', checkGit],
  ['gpg', checkGpg],
  ['identity', checkIdentity],
  ['identity file', checkIdentityFile],
  ['OpenPGP keys', checkKeys],
  ['key files', checkViews],
  ['requests', checkRequests],
  ['sealed files', checkSealed],
  ['ledger', checkLedger],
  ['scan index', checkScanIndex],
  ['plaintext', checkTracked],
  ['local files', checkLocal],
  ['plaintext modes', checkModes],
  ['.gitattributes', checkAttributes],
  ['hook', checkHook],
  ['local state', checkState],
  ['known values', checkKnown],
  ['leftovers', checkLeftovers],
];

async function examine(host: Host, given: Given): Promise<readonly Check[]> {
  const found = examination();
  found.checks.push(checkNode(process.versions.node));
  const patient = admit(host, given, found);
  for (const [name, look] of looks) found.checks.push(...(await attempt(name, () => look(patient))));
  return found.checks;
}

function show({ terminal }: Host, checks: readonly Check[]): void {
  const colours: Readonly<Record<Outcome, (text: string) => string>> = {
    ok: terminal.green,
    warn: terminal.yellow,
    fail: terminal.red,
  };
  const width = Math.max(...checks.map((check) => check.name.length));
  for (const { name, outcome, what, mend } of checks) {
    terminal.data(`${colours[outcome](outcome.padEnd(4))}  ${name.padEnd(width)}  ${what}\n`);
    if (mend !== undefined) terminal.data(`${' '.repeat(width + 8)}${mend}\n`);
  }
}

async function doctor(host: Host, given: Given): Promise<number> {
  const checks = await examine(host, given);
  const sick = checks.some((check) => check.outcome === 'fail');
  if (flag(given, 'json')) host.terminal.data(jsonText({ ok: !sick, checks }));
  else show(host, checks);
  return sick ? 3 : 0;
}

export const command: Command = {
  options: [identityOption, jsonOption],
  details:
    'Each line is ok, warn or fail; under those that are not right stands what\n' +
    'mends them. Ends with 3 when something fails.',
  examples: [
    ['blackbox-ts doctor', 'look at this clone, your keys and the hook'],
    ['blackbox-ts doctor --json', 'the same for a program'],
  ],
  run: doctor,
};
