/** Plans of change, and the one function that carries them out. */
import { join } from 'node:path';
import type { Write } from '../host/types.js';
import { recordOrigins } from './origins.js';
import type { Plan, Vault } from './types.js';

export const emptyPlan: Plan = {
  summary: [],
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
  return [p.writes, p.lastWrites, p.shred, p.remove, p.stage, p.unstage].every((part) => part.length === 0);
}

/** One plan that does what all of them do. */
export function joinPlans(plans: readonly Plan[]): Plan {
  return {
    summary: plans.flatMap((p) => p.summary),
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
  readonly onProgress?: (done: number, total: number) => void;
  /** Called when everything is written and before any plaintext is removed: what throws here keeps it. */
  readonly beforeShred?: () => Promise<void>;
}

/**
 * Carries a plan out, under the vault's lock: all new files beside the old ones, then the renames, then roster and registry, then what is to be
 * removed, then git's index. Killed at any point, every file is readable by its old or its new readers, and the same command finishes the work.
 */
export async function apply(vault: Vault, p: Plan, options: ApplyOptions = {}): Promise<void> {
  const { files, git } = vault.host;
  const journal = join(vault.state, 'journal');
  const total = p.writes.length;
  await files.replace(p.writes, journal, (done) => options.onProgress?.(done, total));
  if (p.lastWrites.length > 0) await files.replace(p.lastWrites, journal);
  recordOrigins(vault, new Map([...p.origins].map(([path, o]) => [path, typeof o === 'function' ? o() : o])));
  await options.beforeShred?.();
  for (const path of p.shred) files.shred(files.within(vault.root, path));
  for (const path of p.remove) files.remove(files.within(vault.root, path));
  if (p.unstage.length === 0 && p.stage.length === 0) return;
  const opened = git.open(vault.repository);
  if (p.unstage.length > 0) await opened.unstage(p.unstage);
  if (p.stage.length > 0) await opened.stage(p.stage);
}

/** Runs `work` while no other command of this program changes this vault, after clearing what a killed one left behind. */
export async function locked<T>(vault: Pick<Vault, 'host' | 'state' | 'root'>, work: () => Promise<T>): Promise<T> {
  const { files } = vault.host;
  files.makeFolder(vault.state, 0o700);
  const lock = files.lock(join(vault.state, 'lock'));
  try {
    files.sweep(join(vault.state, 'journal'), vault.root);
    return await work();
  } finally {
    lock.release();
  }
}
