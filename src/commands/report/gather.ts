/** Gathers what the report shows: from the roster, the registry and the sealed files' own headers. No key is needed. */
import { basename } from 'node:path';
import { BlackboxError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { visible } from '../../text.js';
import {
  authorOf,
  departureCount,
  entitledPeople,
  examineRotation,
  type Keyring,
  type OpenItem,
  type Person,
  type RegistryEntry,
  type RepoPath,
  type Roster,
  recipientTag,
  type SealedInfo,
  sealedOrDamaged,
  type Vault,
  whyNotAuthentic,
} from '../../vault/index.js';
import { type KeyFacts, personFacts } from '../person-facts.js';
import type { Reach, Report, ReportFile, ReportKey, ReportPerson, ReportRotation } from './data.js';

function keyOf(key: KeyFacts): ReportKey {
  return {
    kind: key.kind,
    fingerprint: visible(key.fingerprint),
    comment: visible(key.recipient.comment),
    expires: key.expires?.toISOString() ?? null,
    unusable: key.unusable === null ? null : visible(key.unusable),
  };
}

async function personOf(roster: Roster, person: Person): Promise<ReportPerson> {
  const { name, role, groups, said, founder, keys } = await personFacts(roster, person, null);
  const by = founder ? 'founder' : (said?.by ?? null);
  const signedBy = by === null ? null : visible(`${by}, ${said?.at.slice(0, 10)}`);
  return { name: visible(name), role, groups: groups.map(visible), keys: keys.map(keyOf), signedBy };
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
    ...signature(roster, entry, sealed),
  };
}

function signature({ trust: { here } }: Roster, { path, groups }: RegistryEntry, info: SealedInfo | null) {
  const forged = info === null ? null : whyNotAuthentic(here, path, info, groups);
  if (forged !== null) return { signedBy: null, forged: visible(forged) };
  const author = info === null ? null : authorOf(here, info);
  return { signedBy: author === null ? null : visible(author) };
}

/** What is still to be changed, file by file; null when it cannot be told with the identities at hand. */
async function openRotations(
  vault: Vault,
  registry: readonly RegistryEntry[],
  keyring: Keyring,
): Promise<readonly ReportRotation[] | null> {
  try {
    const { open, unopened } = await examineRotation(vault, registry, keyring);
    return unopened.length > 0
      ? null
      : [...new Set(open.map((item) => item.path))].map((path) => rotationOf(path, open));
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

function rotationOf(path: RepoPath, open: readonly OpenItem[]): ReportRotation {
  const items = open.filter((item) => item.path === path);
  const causes = items.flatMap((item) => item.causes);
  const since = causes.map((c) => c.at).sort()[0] ?? '';
  return {
    path: visible(path),
    count: items.length,
    since,
    because: [...new Set(causes.map((c) => visible(c.because)))],
  };
}

/**
 * @param keyring for what the ledger says, which is sealed: asked for nothing that would need a passphrase
 * @param now when the report is made
 */
export async function gatherReport(
  host: Host,
  vault: Vault,
  roster: Roster,
  entries: readonly RegistryEntry[],
  keyring: Keyring,
  now: Date,
): Promise<Report> {
  const known = new Set(roster.people.flatMap((p) => p.recipients.map(recipientTag)));
  const people: ReportPerson[] = [];
  for (const person of roster.people) people.push(await personOf(roster, person));
  const head = host.git.open(vault.repository).head();
  return {
    title: visible(basename(vault.root)),
    vault: vault.id,
    generated: now.toISOString(),
    commit: head === null ? null : { id: head.id, date: head.date },
    people,
    files: entries.map((entry) => fileOf(vault, roster, known, entry)),
    rotation: { departures: departureCount(vault), open: await openRotations(vault, entries, keyring) },
  };
}
