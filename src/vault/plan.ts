/** Plans of change, and the one function that carries them out. */
import { join } from 'node:path';
import type { Write } from '../host/types.js';
import type { Keyring } from './keyring.js';
import { recordOrigins } from './origins.js';
import { type Batch, signedBatch } from './sign.js';
import { needsSignature, type Signed, signedChanges, signingFor } from './signed-changes.js';
import { rememberStatements } from './statements.js';
import type { Draft, Plan, Vault } from './types.js';

export const emptyPlan: Plan = {
  summary: [],
  seals: [],
  changes: [],
  writes: [],
  lastWrites: [],
  shred: [],
  remove: [],
  stage: [],
  unstage: [],
  origins: new Map(),
};

export function plan(parts: Partial<Plan>): Plan {
  return { ...emptyPlan, ...parts };
}

export function isEmpty(p: Plan): boolean {
  return [p.seals, p.changes, p.writes, p.lastWrites, p.shred, p.remove, p.stage, p.unstage].every(
    (part) => part.length === 0,
  );
}

/** One plan that does what all of them do. */
export function joinPlans(plans: readonly Plan[]): Plan {
  return {
    summary: plans.flatMap((p) => p.summary),
    seals: plans.flatMap((p) => p.seals),
    changes: plans.flatMap((p) => p.changes),
    writes: plans.flatMap((p) => p.writes),
    lastWrites: plans.flatMap((p) => p.lastWrites),
    shred: plans.flatMap((p) => p.shred),
    remove: plans.flatMap((p) => p.remove),
    stage: [...new Set(plans.flatMap((p) => p.stage))],
    unstage: [...new Set(plans.flatMap((p) => p.unstage))],
    origins: new Map(plans.flatMap((p) => [...p.origins])),
  };
}

/** A file of the vault or of git, written whole. */
export function textWrite(vault: Pick<Vault, 'host' | 'root'>, path: string, text: string): Write {
  return { path: vault.host.files.within(vault.root, path), content: Buffer.from(text), mode: 0o644 };
}

export interface ApplyOptions {
  /** The user's identities: what is sealed, and what changes the roster, is signed with one of them. */
  readonly keyring: Keyring;
  readonly onProgress?: (done: number, total: number) => void;
  /** Called when everything is written and before any plaintext is removed: what throws here keeps it. */
  readonly beforeShred?: () => Promise<void>;
}

const unsigned: Batch = { writes: [], known: true, sign: async () => {} };

function batchOf(vault: Vault, drafts: readonly Draft[], signing: Signed | null): Batch {
  return signing === null || drafts.length === 0
    ? unsigned
    : signedBatch(vault, signing.trust.founder, drafts, signing.signer);
}

/**
 * Carries a plan out, under the vault's lock: all new files beside the old ones, then the renames, then roster and registry, then what is to be
 * removed, then git's index. Killed at any point, every file is readable by its old or its new readers, and the same command finishes the work.
 * @throws ERR_BLACKBOX_CANNOT_SIGN, before anything is written, when the user may not do this
 */
export async function apply(vault: Vault, p: Plan, options: ApplyOptions): Promise<void> {
  let cleared = Promise.resolve();
  try {
    await perform(vault, p, options, (later) => {
      cleared = later;
    });
  } finally {
    // The old files went meanwhile; the lock is not to be given back before their journal is.
    await cleared;
  }
}

/** What files are being written, for those who come after a crash. Two, as the last ones are written while the others are tidied up. */
export const journalsOf = ({ state }: Pick<Vault, 'state'>) =>
  [join(state, 'journal'), join(state, 'journal-last')] as const;

async function perform(
  vault: Vault,
  p: Plan,
  options: ApplyOptions,
  onCleared: (cleared: Promise<void>) => void,
): Promise<void> {
  const { files } = vault.host;
  const [journal, lastJournal] = journalsOf(vault);
  const signing = needsSignature(p) ? signingFor(vault, p, options.keyring) : null;
  const statement = signing === null || p.changes.length === 0 ? null : await signedChanges(vault, signing, p.changes);
  const said = statement?.texts.map(([path, text]) => textWrite(vault, path, text)) ?? [];
  const total = p.writes.length + p.seals.length;
  const [first, last] = [p.seals.filter((d) => d.last !== true), p.seals.filter((d) => d.last === true)].map((drafts) =>
    batchOf(vault, drafts, signing),
  ) as [Batch, Batch];
  if (first.known) await first.sign();
  await files.replace([...first.writes, ...p.writes], journal, {
    progress: (done) => options.onProgress?.(done, total),
    contents: first.sign,
    clearing: onCleared,
  });
  // What is said comes before what shows it: a key without its statement would be a stranger's.
  const lastWrites = [...last.writes, ...besides(p.lastWrites, said), ...p.lastWrites];
  if (last.known) await last.sign();
  await files.replace(lastWrites, lastJournal, { contents: last.sign });
  if (statement !== null) rememberStatements(vault, [statement.signed]);
  recordOrigins(vault, new Map([...p.origins].map(([path, o]) => [path, typeof o === 'function' ? o() : o])));
  await options.beforeShred?.();
  const stage = statement?.texts.map(([path]) => path) ?? [];
  const remove = statement?.remove ?? [];
  await tidy(vault, joinPlans([p, plan({ stage, remove, unstage: remove })]));
}

/** Those of `more` for which the plan itself has no better text. */
function besides(writes: readonly Write[], more: readonly Write[]): Write[] {
  const own = new Set(writes.map((w) => w.path));
  return more.filter((w) => !own.has(w.path));
}

async function tidy(vault: Vault, { shred, remove, unstage, stage }: Plan): Promise<void> {
  const { files, git } = vault.host;
  for (const path of shred) files.shred(files.within(vault.root, path));
  for (const path of new Set(remove)) files.remove(files.within(vault.root, path));
  const gone = new Set(remove);
  const there = stage.filter((path) => !gone.has(path));
  if (unstage.length === 0 && there.length === 0) return;
  const opened = git.open(vault.repository);
  if (unstage.length > 0) await opened.unstage(unstage);
  if (there.length > 0) await opened.stage(there);
}

/** Runs `work` while no other command of this program changes this vault, after clearing what a killed one left behind. */
export async function locked<T>(vault: Pick<Vault, 'host' | 'state' | 'root'>, work: () => Promise<T>): Promise<T> {
  const { files } = vault.host;
  files.makeFolder(vault.state, 0o700);
  const lock = files.lock(join(vault.state, 'lock'));
  try {
    for (const journal of journalsOf(vault)) files.sweep(journal, vault.root);
    return await work();
  } finally {
    lock.release();
  }
}
