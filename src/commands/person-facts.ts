/** Everything there is to know of the people on a roster, gathered for tables, JSON and reports. */
import type { Recipient } from '../age/index.js';
import type { Member, Person, Role, Roster } from '../vault/index.js';
import { endOf, type KeyEnd } from './key-end.js';
import { fingerprint, kindName, signingFingerprint } from './keys.js';
import { type Said, saidBy } from './people-words.js';

export interface KeyFacts extends KeyEnd {
  readonly recipient: Recipient;
  readonly kind: string;
  readonly fingerprint: string;
  /** Whether its owner can sign with it. */
  readonly signs: boolean;
  /** Of the key that an age key signs with. */
  readonly signing: string | null;
  readonly said: Said | null;
}

export interface PersonFacts {
  readonly name: string;
  readonly role: Role;
  readonly groups: readonly string[];
  readonly you: boolean;
  readonly founder: boolean;
  readonly said: Said | null;
  readonly keys: readonly KeyFacts[];
}

async function keyFacts(roster: Roster, person: Person, recipient: Recipient): Promise<KeyFacts> {
  const key = person.keys.find((k) => k.recipient === recipient.text);
  const end = await endOf(recipient);
  return {
    ...end,
    recipient,
    kind: kindName(recipient),
    fingerprint: fingerprint(recipient),
    signs: (key?.sign ?? null) !== null,
    signing: signingFingerprint(key?.sign ?? null),
    said: key === undefined ? null : saidBy(roster, key.from),
  };
}

/** @param you the user, where that is known */
export async function personFacts(roster: Roster, person: Person, you: Person | null): Promise<PersonFacts> {
  const { name, role, groups } = person;
  const { founder, here, seen } = roster.trust;
  const from = (here.members.get(name) ?? seen.members.get(name))?.from ?? '';
  const keys: KeyFacts[] = [];
  for (const recipient of person.recipients) keys.push(await keyFacts(roster, person, recipient));
  return { name, role, groups, you: name === you?.name, founder: from === founder, said: saidBy(roster, from), keys };
}

export function personJson({ name, you, role, groups, founder, said, keys }: PersonFacts) {
  return {
    name,
    you,
    role,
    groups,
    founder,
    signedBy: said?.by ?? null,
    since: said?.at ?? null,
    keys: keys.map((key) => ({
      kind: key.recipient.kind,
      recipient: key.recipient.text,
      fingerprint: key.fingerprint,
      comment: key.recipient.comment,
      signs: key.signs,
      signing: key.signing,
      expires: key.expires?.toISOString() ?? null,
      unusable: key.unusable,
      signedBy: key.said?.by ?? null,
      since: key.said?.at ?? null,
    })),
  };
}

/** Whom other branches, as far as this clone has seen them, have taken off the roster or let in. */
export function elsewhere({ trust: { here, seen } }: Roster): { removed: Member[]; added: Member[] } {
  return {
    removed: [...here.members.values()].filter((m) => !seen.members.has(m.name)),
    added: [...seen.members.values()].filter((m) => !here.members.has(m.name)),
  };
}
