/** Putting the hooks where git runs them, beside what is there, and taking them out again. */
import { dirname, join } from 'node:path';
import type { Write } from '../host/types.js';
import { shellWord, showPath } from '../text.js';
import { hookLets, hookNotOurs, hookRefused } from './errors.js';
import {
  allHooks,
  type ExistingHook,
  type HookFile,
  type HookFiles,
  type HookName,
  type HookPlace,
  hookFile,
  hookNames,
  readHook,
  strictHook,
} from './hook-place.js';
import { adviceFor, hasLines, isOurs, type ProgramPlace, withLines, withoutLines, withPlace } from './hook-script.js';
import { canaryPath } from './registered.js';

/** What gets installed. */
export interface HookSource {
  /** The content of `hooks/pre-commit`, from which all are made. */
  readonly script: string;
  readonly program: ProgramPlace;
}

export interface HookStatus {
  /**
   * `foreign`: a hook is there and ours is not run. `outdated`: ours, from another version or for a program elsewhere, or some of the hooks
   * are missing.
   */
  readonly state: 'installed' | 'absent' | 'foreign' | 'outdated';
  /** Of the hook that this is about: the first that is not as it should be. */
  readonly path: string;
  /** Whether a hook that was there before runs after ours. */
  readonly chained: boolean;
}

export interface HookPlan {
  readonly path: string;
  /** Sentences for a person, one a change; empty when all is as it should be. */
  readonly summary: readonly string[];
  readonly writes: readonly Write[];
  readonly remove: readonly string[];
  /** What the user should know or do beside it. */
  readonly notes: readonly string[];
}

const executable = 0o755;

function scriptFor(file: HookFile, { script, program }: HookSource): string {
  return withPlace(script, file.name, file.shared ? null : program);
}

/** The same, and the strict hook where it is installed: it is kept up to date with the others. */
function withStrict(files: HookFiles, place: HookPlace, names: readonly HookName[]): readonly HookName[] {
  const { path } = hookFile(files, place, strictHook);
  const text = files.stat(path)?.kind === 'file' ? readHook(files, path)?.text : undefined;
  return text !== undefined && isOurs(text) ? allHooks : names;
}

/** Whether and how the hooks are installed. Whether they work, only {@link proveHook} tells. */
export function hookStatus(files: HookFiles, place: HookPlace, source: HookSource): HookStatus {
  const names = withStrict(files, place, hookNames);
  const all = names.map((name) => oneStatus(files, hookFile(files, place, name), source));
  const first = all[0] as HookStatus;
  const chained = all.some((one) => one.chained);
  const wrong = all.find((one) => one.state !== 'installed');
  if (wrong === undefined || first.state === 'absent') return { ...first, chained };
  return { ...(all.find((one) => one.state === 'foreign') ?? { ...wrong, state: 'outdated' }), chained };
}

function oneStatus(files: HookFiles, file: HookFile, source: HookSource): HookStatus {
  const chained = !file.husky && files.stat(file.before) !== null;
  const stat = files.stat(file.path);
  if (stat === null) return { state: 'absent', path: file.path, chained };
  const text = stat.kind === 'file' ? (readHook(files, file.path)?.text ?? '') : '';
  if (!isOurs(text)) return { state: 'foreign', path: file.path, chained };
  const current = file.husky ? hasLines(text, file.name) : text === scriptFor(file, source);
  return { state: current ? 'installed' : 'outdated', path: file.path, chained };
}

/** The hook that was there, moved aside with its permissions. */
function setAside(files: HookFiles, file: HookFile, existing: ExistingHook): Write[] {
  const earlier = readHook(files, file.before);
  if (earlier?.content.equals(existing.content) === true) return [];
  if (earlier !== null) {
    const reason = `another hook has taken its place since, and ${showPath(file.before)} is there as well`;
    throw hookRefused(file.path, reason, [`to keep the newer one only: rm ${shellWord(file.before)}`]);
  }
  return [{ path: file.before, content: existing.content, mode: existing.mode }];
}

function notesFor(file: HookFile, previous: string): string[] {
  const folder = showPath(dirname(file.path));
  const shared = `${folder} lies in the work tree: commit the hooks in it, or clones and linked worktrees run none`;
  return [...(file.shared ? [shared] : []), ...(file.husky ? [] : adviceFor(previous, file.name))];
}

/** One plan of several, under the path of the first. */
function together(plans: readonly HookPlan[]): HookPlan {
  return {
    path: plans[0]?.path ?? '',
    summary: plans.flatMap((plan) => plan.summary),
    writes: plans.flatMap((plan) => plan.writes),
    remove: plans.flatMap((plan) => plan.remove),
    notes: [...new Set(plans.flatMap((plan) => plan.notes))],
  };
}

/**
 * What installing would change: the hooks themselves, and those of somebody else's moved to `<name>.before-blackbox-ts`, which ours run
 * afterwards. With husky, lines in `.husky/<name>`.
 * @throws ERR_BLACKBOX_HOOK when a symlink, or a second foreign hook, is in the way
 */
export function planHookInstall(
  files: HookFiles,
  place: HookPlace,
  source: HookSource,
  names: readonly HookName[] = hookNames,
): HookPlan {
  return together(withStrict(files, place, names).map((name) => planOne(files, hookFile(files, place, name), source)));
}

function planOne(files: HookFiles, file: HookFile, source: HookSource): HookPlan {
  const existing = readHook(files, file.path);
  const text = existing?.text ?? '';
  const foreign = existing !== null && !file.husky && !isOurs(text);
  const aside = foreign ? setAside(files, file, existing) : [];
  const content = file.husky ? withLines(text, file.name) : scriptFor(file, source);
  const right = text === content && (file.husky || ((existing?.mode ?? 0) & 0o100) !== 0);
  const mode = file.husky ? (existing?.mode ?? executable) : executable;
  const write: Write[] = right ? [] : [{ path: file.path, content: Buffer.from(content), mode }];
  return {
    path: file.path,
    summary: [
      ...aside.map(() => `move the hook that is there to ${showPath(file.before)}, where it goes on running`),
      ...write.map(() => `write the hook ${showPath(file.path)}`),
    ],
    writes: [...aside, ...write],
    remove: [],
    notes: notesFor(file, foreign ? text : ''),
  };
}

function planLinesOut(file: HookFile, existing: ExistingHook): HookPlan {
  const rest = withoutLines(existing.text);
  const empty = rest.trim() === '';
  return {
    path: file.path,
    summary: [`take the lines of blackbox-ts out of ${showPath(file.path)}`],
    writes: empty ? [] : [{ path: file.path, content: Buffer.from(rest), mode: existing.mode }],
    remove: empty ? [file.path] : [],
    notes: [],
  };
}

/**
 * What uninstalling would change: the hooks that stood there before come back. Null when there is none at all.
 * @throws ERR_BLACKBOX_HOOK when there are hooks, and none is ours
 */
export function planHookUninstall(files: HookFiles, place: HookPlace): HookPlan | null {
  const there = allHooks
    .map((name) => hookFile(files, place, name))
    .map((file) => ({ file, existing: readHook(files, file.path) }));
  const ours = there.filter(({ existing }) => existing !== null && isOurs(existing.text));
  const [foreign] = there.filter(({ existing }) => existing !== null);
  if (foreign === undefined) return null;
  if (ours.length === 0) throw hookNotOurs(foreign.file.path);
  return together(ours.map(({ file, existing }) => planOut(files, file, existing as ExistingHook)));
}

function planOut(files: HookFiles, file: HookFile, existing: ExistingHook): HookPlan {
  if (file.husky) return planLinesOut(file, existing);
  const before = readHook(files, file.before);
  return {
    path: file.path,
    summary: [
      before === null
        ? `remove the hook ${showPath(file.path)}`
        : `put the hook ${showPath(file.before)} back in its place`,
    ],
    writes: before === null ? [] : [{ path: file.path, content: before.content, mode: before.mode }],
    remove: before === null ? [file.path] : [file.before],
    notes: [],
  };
}

/** Does what a plan says. The state folder is made too: by it the hook knows that this repository has a vault, whatever branch is checked out. */
export async function applyHookPlan(files: HookFiles, place: HookPlace, plan: HookPlan): Promise<void> {
  files.makeFolder(place.state, 0o700);
  files.makeFolder(dirname(plan.path));
  await files.replace(plan.writes, join(place.state, 'journal'));
  for (const path of plan.remove) files.remove(path);
}

/** Installs, or brings up to date. Does nothing when all is as it should be. */
export async function installHook(files: HookFiles, place: HookPlace, source: HookSource): Promise<HookPlan> {
  const plan = planHookInstall(files, place, source);
  await applyHookPlan(files, place, plan);
  return plan;
}

/** Takes the hook out; null when there was none. */
export async function uninstallHook(files: HookFiles, place: HookPlace): Promise<HookPlan | null> {
  const plan = planHookUninstall(files, place);
  if (plan !== null) await applyHookPlan(files, place, plan);
  return plan;
}

/**
 * Runs a hook as git would, against a temporary index in which the path `canary` is staged, with `canary` as the message, or as the name of
 * the remote, and gives its exit status and what it said on stderr.
 */
export type RunHook = (canary: string, name: HookName) => { readonly status: number | null; readonly stderr: string };

/**
 * "Installed" means seen to refuse: a hook that is there may still not be run, or not find its program.
 * @throws ERR_BLACKBOX_HOOK when the canary passes, or is not what was refused
 */
export function proveHook(path: string, run: RunHook, name: HookName = 'pre-commit'): void {
  const { status, stderr } = run(canaryPath, name);
  if (status === 0) throw hookLets(path, 'it let a canary pass');
  const last = stderr.trim().split('\n').at(-1) ?? '';
  if (!stderr.includes(canaryPath))
    throw hookLets(path, `it failed for another reason than the canary: ${last || `status ${status}`}`);
}
