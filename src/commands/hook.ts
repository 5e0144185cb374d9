/** The pre-commit hook, as commands install it, and prove that it refuses. */
import { dirname, join } from 'node:path';
import { BlackboxError } from '../errors.js';
import {
  applyHookPlan,
  type HookPlace,
  type HookPlan,
  type HookSource,
  hookStatus,
  planHookInstall,
  planHookUninstall,
  proveHook,
} from '../guard/index.js';
import type { Host } from '../host/types.js';
import { showPath } from '../text.js';
import type { Vault } from '../vault/index.js';
import { installDrivers } from './drivers.js';
import { incompletePackage } from './refusals.js';

type Place = Omit<Vault, 'id'>;

/** Our script is 2 KiB. */
const scriptLimit = 64 * 1024;

export function hookPlace(host: Host, { repository, state }: Place): HookPlace {
  return { repository, state, hooksFolder: host.git.open(repository).hooksFolder() };
}

export function hookSource(host: Host): HookSource {
  const { node, script } = host.program;
  const path = join(dirname(dirname(script)), 'hooks', 'pre-commit');
  const content = host.files.read(path, scriptLimit);
  if (content === null) throw incompletePackage(path);
  return { script: content.toString('utf8'), program: { node, program: script } };
}

/** Runs the hook on a canary. @throws ERR_BLACKBOX_HOOK when it lets it pass */
export function prove(host: Host, place: Place, path: string): void {
  const git = host.git.open(place.repository);
  proveHook(path, (canary) => git.runHook('pre-commit', canary));
}

function showHookPlan(host: Host, plan: HookPlan): void {
  for (const line of plan.summary) host.terminal.say(`would ${line}`);
  for (const note of plan.notes) host.terminal.say(note);
  if (plan.summary.length === 0) host.terminal.say(`the hook ${showPath(plan.path)} is as it should be`);
}

/**
 * Installs the hook, or brings it up to date, and proves it.
 * @throws ERR_BLACKBOX_HOOK
 */
export async function installAndProve(host: Host, place: Place, dryRun: boolean): Promise<void> {
  const where = hookPlace(host, place);
  const plan = planHookInstall(host.files, where, hookSource(host));
  if (dryRun) return showHookPlan(host, plan);
  await applyHookPlan(host.files, where, plan);
  const { chained } = hookStatus(host.files, where, hookSource(host));
  prove(host, place, plan.path);
  const then = chained ? ', then the hook that was there before runs' : '';
  host.terminal.say(
    `the hook ${showPath(plan.path)} is ${plan.summary.length === 0 ? 'in place' : 'installed'}, and was seen to refuse a canary${then}`,
  );
  for (const note of plan.notes) host.terminal.warn(note);
}

/** As {@link installAndProve}, for commands that have done something else by then: a hook that cannot be installed is said. @returns whether it is */
export async function installHook(host: Host, place: Place, dryRun: boolean): Promise<boolean> {
  try {
    if (!dryRun) await installDrivers(host, place);
    await installAndProve(host, place, dryRun);
    return true;
  } catch (error) {
    if (!(error instanceof BlackboxError)) throw error;
    host.terminal.warn(`commits are not guarded here: ${error.message}`);
    host.terminal.say('  to try again: blackbox-ts hook install');
    return false;
  }
}

/** Takes the hook out; what stood there before comes back. */
export async function uninstall(host: Host, place: Place, dryRun: boolean): Promise<void> {
  const where = hookPlace(host, place);
  const plan = planHookUninstall(host.files, where);
  if (plan === null) host.terminal.say('there is no hook here');
  else if (dryRun) showHookPlan(host, plan);
  else {
    await applyHookPlan(host.files, where, plan);
    for (const line of plan.summary) host.terminal.say(`done: ${line}`);
    host.terminal.warn('commits in this clone are no longer guarded');
  }
}
