/**
 * Versions of a sealed file in git's history that never were valid: nobody who ever was on the roster has signed them. They are no versions, so
 * that what they were put over is not older for having been brought back.
 */
import { createHash } from 'node:crypto';
import { isPayloadLength } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import type { PathChange } from '../host/types.js';
import type { KeyEntry } from '../trust/statement.js';
import { isSignedWith } from './authentic.js';
import { inspectSealed, signingKeyId } from './sealed.js';
import { trustOf } from './trust.js';
import { historyUnknown } from './trust-errors.js';
import type { RepoPath, Vault } from './types.js';

/** Of one file. With more, all of them count: somebody who floods the history has to be answered with `reencrypt --adopt`. */
const mostVersions = 1000;
/** What is larger, or not in this clone, counts. */
const largestJudged = 16 * 1024 * 1024;

type SigningEntry = KeyEntry & { readonly sign: string };

/** Every signing key that a statement ever gave somebody, by what sealed files call it: also of those who left, and whatever their role. */
function everybodysKeys(vault: Vault): { founder: string; keys: ReadonlyMap<string, readonly SigningEntry[]> } {
  const { founder, seen } = trustOf(vault);
  const keys = new Map<string, SigningEntry[]>();
  for (const { statement } of seen.statements.values()) {
    for (const change of statement.changes) {
      for (const key of 'keys' in change ? change.keys : []) {
        if (key.sign === null) continue;
        const id = signingKeyId(key.sign);
        keys.set(id, [...(keys.get(id) ?? []), { ...key, sign: key.sign }]);
      }
    }
  }
  return { founder, keys };
}

/**
 * Whether these bytes cannot have been sealed by anybody who ever was on the roster. Of somebody's OpenPGP key nothing is said: whether its
 * signatures are good depends on the day, and what was good must not become nothing.
 */
function isForged({ founder, keys }: ReturnType<typeof everybodysKeys>, path: RepoPath, bytes: Buffer): boolean {
  try {
    const info = inspectSealed(bytes, path);
    const { header, seal } = info;
    if (seal === null || seal.path !== path || !isPayloadLength(bytes.length - header.length)) return true;
    const own = keys.get(seal.keyId);
    if (own?.some((key) => key.block !== null)) return false;
    if (own?.some((key) => isSignedWith(founder, info, key)) !== true) return true;
    return createHash('sha256').update(bytes.subarray(header.length)).digest('hex') !== seal.payload;
  } catch (error) {
    if (!(error instanceof BlackboxError)) throw error;
    return true;
  }
}

/** Those of these blobs that are forged. */
function forgedAmong(vault: Vault, path: RepoPath, oids: readonly string[]): Set<string> {
  const everybody = everybodysKeys(vault);
  const forged = new Set<string>();
  vault.host.git.open(vault.repository).blobs(
    oids,
    (oid, bytes) => {
      if (bytes !== null && isForged(everybody, path, bytes)) forged.add(oid);
    },
    largestJudged,
  );
  return forged;
}

/** A version of a sealed file, as some commit had it. */
export interface Version {
  /** Of the file that is sealed. */
  readonly path: RepoPath;
  readonly oid: string;
}

/** Those of these that are not forged, with their content, as far as they are no larger than what is judged. One process, however many there are. */
export function genuineAmong(
  vault: Vault,
  versions: readonly Version[],
): readonly (readonly [path: RepoPath, bytes: Buffer])[] {
  if (versions.length === 0) return [];
  const everybody = everybodysKeys(vault);
  const paths = new Map<string, RepoPath[]>();
  for (const { path, oid } of versions) paths.set(oid, [...(paths.get(oid) ?? []), path]);
  const genuine: (readonly [RepoPath, Buffer])[] = [];
  const judge = (oid: string, bytes: Buffer | null, missing: boolean) => {
    if (missing) throw historyUnknown(paths.get(oid)?.[0] ?? '');
    if (bytes === null) return;
    const path = paths.get(oid)?.find((one) => !isForged(everybody, one, bytes));
    if (path !== undefined) genuine.push([path, Buffer.from(bytes)]);
  };
  vault.host.git.open(vault.repository).blobs(paths.keys(), judge, largestJudged);
  return genuine;
}

const nothing = /^0+$/;

/** The changes as they would be if nobody had ever committed these blobs: what was put over one of them was put over what it was put over. */
export function without(changes: readonly PathChange[], forged: ReadonlySet<string>): PathChange[] {
  const below = new Map<string, Set<string>>();
  const under = (oid: string) => (forged.has(oid) ? [...(below.get(oid) ?? [])] : [oid]);
  const left: PathChange[] = [];
  for (const change of changes.toReversed()) {
    const before = under(change.before);
    if (forged.has(change.oid)) below.set(change.oid, new Set([...(below.get(change.oid) ?? []), ...before]));
    else left.push(...before.filter((oid) => oid !== change.oid).map((oid) => ({ ...change, before: oid })));
  }
  return left.reverse();
}

/**
 * The changes of one sealed file, newest first, without its forged versions.
 * @param path of the file that is sealed
 */
export function genuineChanges(vault: Vault, path: RepoPath, changes: readonly PathChange[]): readonly PathChange[] {
  const oids = new Set(changes.flatMap(({ oid, before }) => [oid, before]).filter((oid) => !nothing.test(oid)));
  if (oids.size > mostVersions) return changes;
  try {
    const forged = forgedAmong(vault, path, [...oids]);
    return forged.size === 0 ? changes : without(changes, forged);
  } catch (error) {
    // Without a roster that can be read nothing is told apart.
    if (!(error instanceof BlackboxError)) throw error;
    return changes;
  }
}
