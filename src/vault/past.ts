/** What the history of this checkout says of statements and sealed files, worked out once and from then on only for what is new. */
import { join } from 'node:path';
import { BlackboxError } from '../errors.js';
import type { PathChange } from '../host/types.js';
import { worktreeState } from './origins.js';
import { statementsFolder } from './statements.js';
import type { Vault } from './types.js';

/** Every version of 10,000 files for years; a history beyond it is walked each time. */
const pastLimit = 64 * 1024 * 1024;
const nothing = /^0+$/;

/** What became of the versions of one sealed file. */
export interface Versions {
  /** The blobs in whose place somebody has put a newer one. */
  readonly replaced: Set<string>;
  /** The blobs that were sealed last, until an older one was put back or the file was taken away: replaced with the next new one. */
  readonly aside: Set<string>;
}

export type Past = Map<string, Versions>;

export interface PastFacts {
  /** Every change of a file below the folder of statements, newest first. */
  readonly statements: readonly PathChange[];
  /** By the path of a sealed file. */
  readonly versions: ReadonlyMap<string, Versions>;
}

interface Kept {
  readonly tip: string | null;
  readonly statements: PathChange[];
  readonly versions: Past;
}

const unknown = (): Kept => ({ tip: null, statements: [], versions: new Map() });

const pasts = new WeakMap<Vault, PastFacts>();

/** The history of HEAD; asked once for a command. */
export function pastOf(vault: Vault): PastFacts {
  const known = pasts.get(vault);
  if (known !== undefined) return known;
  const past = walk(vault);
  pasts.set(vault, past);
  return past;
}

function walk(vault: Vault): PastFacts {
  // What is cut off today may be there tomorrow, below what is known already.
  const whole = vault.host.files.stat(join(vault.repository.commonDir, 'shallow')) === null;
  const kept = whole ? recalled(vault) : unknown();
  const git = vault.host.git.open(vault.repository);
  const { tip, since, changes } = git.past([statementsFolder, '*.age'], kept.tip);
  const { statements, versions } = since === null ? unknown() : kept;
  const inFolder = (change: PathChange) => change.path.startsWith(`${statementsFolder}/`);
  const all = { tip, statements: [...changes.filter(inFolder), ...statements], versions };
  for (const change of changes.toReversed()) note(versions, change);
  if (whole && tip !== null && tip !== kept.tip) recall(vault, all);
  return all;
}

/**
 * In the order of cause. Whoever puts an older version back replaces nothing by it: the newer one is still the newest.
 * @returns whether this puts an older one back
 */
export function note(past: Past, { path, before, oid }: PathChange): boolean {
  if (!path.endsWith('.age')) return false;
  const { replaced, aside } = past.get(path) ?? { replaced: new Set(), aside: new Set() };
  past.set(path, { replaced, aside });
  const old = replaced.has(oid);
  const last = nothing.test(before) || replaced.has(before) ? [] : [before];
  if (old || nothing.test(oid)) for (const blob of last) aside.add(blob);
  else if (!aside.delete(oid)) {
    for (const blob of [...aside, ...last]) replaced.add(blob);
    aside.clear();
  }
  return old;
}

const pastFile = (vault: Vault) => join(worktreeState(vault), 'past.json');

function recalled(vault: Vault): Kept {
  try {
    const text = vault.host.files.read(pastFile(vault), pastLimit)?.toString('utf8') ?? 'null';
    const { tip, statements, versions } = (JSON.parse(text) ?? { tip: null, statements: [], versions: {} }) as {
      tip: string | null;
      statements: PathChange[];
      versions: Record<string, { replaced: string[]; aside: string[] }>;
    };
    const sets = Object.entries(versions).map(
      ([path, { replaced, aside }]) => [path, { replaced: new Set(replaced), aside: new Set(aside) }] as const,
    );
    return { tip, statements: [...statements], versions: new Map(sets) };
  } catch (error) {
    // Nothing is lost: the history is walked again.
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof BlackboxError) return unknown();
    throw error;
  }
}

function recall(vault: Vault, { tip, statements, versions }: Kept): void {
  const lists = [...versions].map(([path, { replaced, aside }]) => [
    path,
    { replaced: [...replaced], aside: [...aside] },
  ]);
  const text = JSON.stringify({ tip, statements, versions: Object.fromEntries(lists) });
  if (text.length > pastLimit) return;
  try {
    vault.host.files.makeFolder(worktreeState(vault), 0o700);
    vault.host.files.writeLocal(pastFile(vault), text);
  } catch (error) {
    // Where nothing can be remembered, as on a read-only disk, it is worked out each time.
    if (!(error instanceof BlackboxError)) throw error;
  }
}
