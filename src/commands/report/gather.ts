/** Gathers what the report shows: from the roster, the registry and the sealed files' own headers. No key is needed. */
import { basename } from 'node:path';
import { checkOpenpgpRecipient, type Recipient } from '../../age/index.js';
import { BlackboxError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { visible } from '../../text.js';
import {
  departureCount,
  entitledPeople,
  type Person,
  type RegistryEntry,
  type Roster,
  recipientTag,
  sealedOrDamaged,
  type Vault,
} from '../../vault/index.js';
import { fingerprint, kindName } from '../keys.js';
import type { Reach, Report, ReportFile, ReportKey, ReportPerson } from './data.js';

/** When an OpenPGP key ends, and whether it can be sealed for at all. Others have no end. */
async function endOf(recipient: Recipient): Promise<Pick<ReportKey, 'expires' | 'unusable'>> {
  if (recipient.kind !== 'openpgp') return { expires: null, unusable: null };
  try {
    const { expires } = await checkOpenpgpRecipient(recipient);
    return { expires: expires?.toISOString() ?? null, unusable: null };
  } catch (error) {
    if (!(error instanceof BlackboxError)) throw error;
    // The report has a column for whose key it is.
    return { expires: null, unusable: error.sentence.replace(/^.* must not be used: /s, '') };
  }
}

async function keyOf(recipient: Recipient): Promise<ReportKey> {
  const { expires, unusable } = await endOf(recipient);
  return {
    kind: kindName(recipient),
    fingerprint: visible(fingerprint(recipient)),
    comment: visible(recipient.comment),
    expires,
    unusable,
  };
}

async function personOf({ name, recipients }: Person): Promise<ReportPerson> {
  const keys: ReportKey[] = [];
  for (const recipient of recipients) keys.push(await keyOf(recipient));
  return { name: visible(name), role: 'admin', groups: [], keys, signedBy: null };
}

function reachOf(person: Person, tags: ReadonlySet<string>, entitled: boolean): Reach {
  const held = person.recipients.filter((r) => tags.has(recipientTag(r))).length;
  if (!entitled) return held > 0 ? 'surplus' : 'none';
  return held === 0 ? 'lacks' : held < person.recipients.length ? 'partly' : 'reads';
}

function fileOf(vault: Vault, roster: Roster, known: ReadonlySet<string>, entry: RegistryEntry): ReportFile {
  const info = sealedOrDamaged(vault, entry);
  const sealed = info === null || info === 'damaged' ? null : info;
  const condition = info === null ? 'missing' : info === 'damaged' ? 'damaged' : 'sealed';
  const tags = new Set(sealed?.tags);
  const entitled = new Set(entitledPeople(roster, entry));
  return {
    path: visible(entry.path),
    groups: entry.groups.map(visible),
    condition,
    // Of what cannot be read nobody can be said to read it, or not to.
    reach: roster.people.map((p) => (sealed === null ? 'none' : reachOf(p, tags, entitled.has(p)))),
    unknown: sealed?.tags.filter((tag) => !known.has(tag)) ?? [],
    signedBy: null,
  };
}

/** @param now when the report is made */
export async function gatherReport(
  host: Host,
  vault: Vault,
  roster: Roster,
  entries: readonly RegistryEntry[],
  now: Date,
): Promise<Report> {
  const known = new Set(roster.people.flatMap((p) => p.recipients.map(recipientTag)));
  const people: ReportPerson[] = [];
  for (const person of roster.people) people.push(await personOf(person));
  const head = host.git.open(vault.repository).head();
  return {
    title: visible(basename(vault.root)),
    vault: vault.id,
    generated: now.toISOString(),
    commit: head === null ? null : { id: head.id, date: head.date },
    people,
    files: entries.map((entry) => fileOf(vault, roster, known, entry)),
    rotation: { departures: departureCount(vault), open: null },
  };
}
