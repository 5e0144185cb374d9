/** Whether the user has a key, is let in with it, and keeps it to themself. */
import { dirname } from 'node:path';
import { checkOpenpgpRecipient, type Recipient } from '../../age/index.js';
import { count, shellWord, showPath, visible } from '../../text.js';
import { identityPath, type Person } from '../../vault/index.js';
import { isEnding } from '../key-end.js';
import { selfOf } from '../self.js';
import { attempt, type Check, fail, ok, type Patient, warn } from './check.js';

/** What was found, in the order in which it is tried; what is absent is no news. */
function sources({ keyring }: Patient): { found: string[]; broken: string[] } {
  const found: string[] = [];
  const broken: string[] = [];
  for (const looked of keyring.sources(false)) {
    if (looked.found.length > 0) found.push(looked.source);
    else if (looked.problem !== null && !['not set', 'no such file'].includes(looked.problem))
      broken.push(`${looked.source}: ${looked.problem}`);
  }
  return { found, broken };
}

function noIdentity(): Check {
  return fail(
    'identity',
    'you have none',
    'blackbox-ts keygen   # then have somebody on the roster add the .pub file it writes',
  );
}

export function checkIdentity(patient: Patient): readonly Check[] {
  const { found, broken } = sources(patient);
  const problems = broken.map((line) => warn('identity', line));
  if (patient.roster === null)
    return [...problems, found.length === 0 ? noIdentity() : ok('identity', `found: ${found.join(', ')}`)];
  const { person, unsure } = selfOf(patient.host, patient.keyring, patient.roster);
  if (person !== null)
    return [
      ...problems,
      ok(
        'identity',
        `you are ${visible(person.name)}${found.length === 0 ? ', by gpg' : ` (found: ${found.join(', ')})`}`,
      ),
    ];
  if (found.length === 0) return [...problems, noIdentity()];
  if (unsure)
    return [
      ...problems,
      warn(
        'identity',
        `found: ${found.join(', ')}; it is protected, so whether it is on the roster shows when a file is opened`,
      ),
    ];
  return [
    ...problems,
    fail(
      'identity',
      `none of yours is on the roster (found: ${found.join(', ')})`,
      'blackbox-ts join   # asks to be let in; an admin approves it',
    ),
  ];
}

/** An identity that others can read is theirs, too. Windows has no such bits. */
export function checkIdentityFile({ host }: Patient): readonly Check[] {
  const path = identityPath(host);
  const file = host.files.stat(path);
  if (file === null || host.platform === 'win32') return [];
  if (file.kind !== 'file') return [fail('identity file', `${showPath(path)} is not a regular file`)];
  if ((file.mode & 0o077) !== 0)
    return [fail('identity file', `others can read or change ${showPath(path)}`, `chmod 600 ${shellWord(path)}`)];
  const folder = host.files.stat(dirname(path));
  if (folder !== null && (folder.mode & 0o022) !== 0) {
    return [
      fail(
        'identity file',
        `others can replace what is in ${showPath(dirname(path))}`,
        `chmod 700 ${shellWord(dirname(path))}`,
      ),
    ];
  }
  return [ok('identity file', 'readable by you alone')];
}

async function checkKey(person: Person, recipient: Recipient): Promise<readonly Check[]> {
  const name = `key of ${visible(person.name)}`;
  return attempt(name, async () => {
    const { expires } = await checkOpenpgpRecipient(recipient);
    if (!isEnding({ expires, unusable: null })) return [];
    const day = expires?.toISOString().slice(0, 10);
    return [
      warn(
        name,
        `it expires on ${day}: nothing can be sealed for ${visible(person.name)} from then on`,
        `ask them to extend it, then: blackbox-ts admin add --name ${shellWord(person.name)} FILE`,
      ),
    ];
  });
}

/** OpenPGP keys end and are revoked; whoever seals something next would be stopped by it. */
export async function checkKeys({ roster }: Patient): Promise<readonly Check[]> {
  const checks: Check[] = [];
  let looked = 0;
  for (const person of roster?.people ?? []) {
    for (const recipient of person.recipients.filter((r) => r.kind === 'openpgp')) {
      looked++;
      checks.push(...(await checkKey(person, recipient)));
    }
  }
  return looked === 0 || checks.length > 0 ? checks : [ok('OpenPGP keys', `${count(looked, 'key')}, usable`)];
}
