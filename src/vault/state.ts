/** In what state each registered file is. No key needed, nothing written. */
import { isPayloadLength } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import { whyNotAuthentic } from './authentic.js';
import { remembered } from './memo.js';
import { readSealedHead } from './open.js';
import { readOrigins, worktreeDigest } from './origins.js';
import { sealedPath } from './paths.js';
import { type Readers, readersOf } from './roster.js';
import { recipientTag } from './sealed.js';
import type {
  FileCondition,
  FileState,
  Origin,
  Person,
  RegistryEntry,
  RepoPath,
  Roster,
  SealedInfo,
  Vault,
} from './types.js';

type Condition = Pick<FileState, 'condition' | 'conflict'>;
type Gap = Pick<FileState, 'lacking' | 'surplus'>;

const calm = (condition: FileCondition): Condition => ({ condition, conflict: false });
const nothingKnown = { lacking: [], surplus: [], forged: null };

function compare(vault: Vault, path: RepoPath, info: SealedInfo, origin: Origin | undefined): Condition {
  // A plaintext of unknown origin may be older or newer than the sealed file: nothing may overwrite either without being asked.
  if (origin === undefined) return { condition: 'changed', conflict: true };
  const newer = info.payload !== origin.payload;
  const changed = worktreeDigest(vault, path) !== origin.plaintext;
  if (newer && changed) return { condition: 'changed', conflict: true };
  return calm(newer ? 'outdated' : changed ? 'changed' : 'open');
}

/** What a sealed file says of itself, null when it is missing, 'damaged' when it is not a complete sealed file. */
export function sealedOrDamaged(
  vault: Vault,
  { path }: Pick<RegistryEntry, 'path'>,
  absolute?: string,
): SealedInfo | null | 'damaged' {
  try {
    const head = readSealedHead(vault, path, absolute);
    if (head === null) return null;
    return isPayloadLength(head.size - head.info.header.length) ? head.info : 'damaged';
  } catch (error) {
    if (error instanceof BlackboxError && error.code === 'ERR_BLACKBOX_NOT_SEALED') return 'damaged';
    throw error;
  }
}

/** Who should be able to read a sealed file and is not named in its header, and the tags in it that nobody entitled has. */
export function audienceGap(roster: Roster, entry: RegistryEntry, info: SealedInfo): Gap {
  return gapOf(readersOf(roster, entry), info.tags);
}

const gapOf = remembered(({ people, tags: entitled }: Readers, tags: readonly string[]): Gap => {
  const surplus = tags.filter((tag) => !entitled.has(tag));
  // No tag is there twice: as many as there should be, and none too many, are all of them.
  if (surplus.length === 0 && tags.length === entitled.size) return { lacking: [], surplus };
  const present = new Set(tags);
  const lacks = (person: Person) => person.recipients.some((r) => !present.has(recipientTag(r)));
  return { lacking: people.filter(lacks).map((p) => p.name), surplus };
});

class Blocked extends Error {}

function stateOf(
  vault: Vault,
  roster: Roster,
  entry: RegistryEntry,
  origin: Origin | undefined,
  folders?: Set<string>,
): FileState {
  const { files } = vault.host;
  const absolute = files.within(vault.root, entry.path, folders);
  const kind = files.stat(absolute)?.kind;
  if (kind !== undefined && kind !== 'file') throw new Blocked();
  // In the same folder: no symlink is on the way there, and as the last component none is followed.
  const sealed = sealedOrDamaged(vault, entry, sealedPath(absolute as RepoPath));
  if (sealed === 'damaged') return { entry, ...calm('damaged'), ...nothingKnown };
  if (sealed === null) return { entry, ...calm(kind === 'file' ? 'unsealed' : 'missing'), ...nothingKnown };
  const condition = kind === 'file' ? compare(vault, entry.path, sealed, origin) : calm('sealed');
  const forged = whyNotAuthentic(roster.trust.here, entry.path, sealed, entry.groups);
  return { entry, ...condition, ...audienceGap(roster, entry, sealed), forged };
}

const blocking: readonly string[] = ['ERR_BLACKBOX_UNSAFE_PATH', 'ERR_BLACKBOX_NOT_A_FILE'];

/** One file's state. What a symlink or a folder blocks is a state, too: one bad path must not hide how all the others are. */
export function fileState(...asked: Parameters<typeof stateOf>): FileState {
  try {
    return stateOf(...asked);
  } catch (error) {
    const blocked = error instanceof Blocked || (error instanceof BlackboxError && blocking.includes(error.code));
    if (!blocked) throw error;
    return { entry: asked[2], ...calm('blocked'), ...nothingKnown };
  }
}

/** The state of every entry, in order. */
export function fileStates(vault: Vault, roster: Roster, entries: readonly RegistryEntry[]): FileState[] {
  const origins = readOrigins(vault);
  const folders = new Set<string>();
  return entries.map((entry) => fileState(vault, roster, entry, origins.get(entry.path), folders));
}
