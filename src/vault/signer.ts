/** With which of their keys the user signs. */
import { gpgSigner, type Identity, type Signer, sshAgentSigner } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import type { Role } from '../trust/statement.js';
import type { Keyring } from './keyring.js';
import { cannotSign } from './trust-errors.js';
import type { Person, Roster, Vault } from './types.js';

export interface Signing {
  readonly person: Person;
  readonly signer: Signer;
}

/** What a command wants to sign: a change of the roster, or content. */
export type Need = 'admin' | 'writer';

const enough: Readonly<Record<Need, readonly Role[]>> = { admin: ['admin'], writer: ['admin', 'writer'] };

type Owners = ReadonlyMap<string, Person>;
type People = Pick<Roster, 'people'>;

/** By signing key: those on the roster who may sign this. */
function owners(roster: People, need: Need): Owners {
  const people = roster.people.filter((p) => enough[need].includes(p.role));
  return new Map(people.flatMap((p) => p.keys.flatMap((k) => (k.sign === null ? [] : [[k.sign, p] as const]))));
}

function accepted(signer: Signer | null | undefined, by: Owners): Signing | null {
  const person = signer === null || signer === undefined ? undefined : by.get(signer.key);
  return signer && person ? { person, signer } : null;
}

/** Which key it is shows only behind its passphrase. A post-quantum identity does not know its public key either, and has none. */
function isLocked({ recipient, kind }: Identity): boolean {
  return recipient === '' && kind !== 'mlkem768x25519';
}

function* identitySigners(keyring: Keyring, roster: People, by: Owners, locked: boolean): Generator<Signing | null> {
  const mine = new Set(['', ...roster.people.flatMap((p) => p.recipients.map((r) => r.text))]);
  const keys = new Set(by.keys());
  for (const { found } of keyring.sources(false)) {
    for (const { identity } of found) {
      if (isLocked(identity) === locked && mine.has(identity.recipient)) yield accepted(identity.signer?.(keys), by);
    }
  }
}

function* programSigners(vault: Pick<Vault, 'host'>, by: Owners): Generator<Signing | null> {
  const { gpg, sshSign, env } = vault.host;
  for (const [key, person] of by) {
    const block = person.keys.find((k) => k.sign === key)?.block;
    if (block) yield accepted(gpgSigner(gpg, block), by);
  }
  if (!env.SSH_AUTH_SOCK) return;
  for (const key of by.keys()) if (key.startsWith('ssh-')) yield accepted(agentSigner(sshSign, key), by);
}

/** A key that the agent does not have is tried and refused in a few milliseconds; asking for something harmless tells. */
function agentSigner(sshSign: Vault['host']['sshSign'], key: string): Signer | null {
  const signer = sshAgentSigner(sshSign, key);
  try {
    signer.sign(Buffer.from('blackbox-ts/1 is this key here'));
    return signer;
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

/**
 * The user's own key for signing, unlocked if need be: from their identities, from gpg, from ssh-agent.
 * @throws ERR_BLACKBOX_CANNOT_SIGN when none of their keys may sign this
 */
export function ownSigning(vault: Pick<Vault, 'host'>, roster: People, keyring: Keyring, need: Need): Signing {
  const by = owners(roster, need);
  for (const signing of identitySigners(keyring, roster, by, false)) if (signing !== null) return signing;
  for (const signing of keyring.exclusive ? [] : programSigners(vault, by)) if (signing !== null) return signing;
  // Somebody is asked for a passphrase only if no other key will do.
  for (const signing of identitySigners(keyring, roster, by, true)) if (signing !== null) return signing;
  throw cannotSign(whoIsThis(keyring, roster), need === 'admin' ? 'an admin' : 'an admin or writer');
}

function whoIsThis(keyring: Keyring, roster: People): string | null {
  for (const { found } of keyring.sources(false)) {
    for (const { identity } of found) {
      const person = roster.people.find((p) => p.recipients.some((r) => r.text === identity.recipient));
      if (person !== undefined) return `${person.name} (${person.role})`;
    }
  }
  return null;
}
