/** The hooks, as commands install them, and prove that they refuse. */
import { dirname, join } from 'node:path';
import { BlackboxError } from '../errors.js';
import {
  applyHookPlan,
  canaryPath,
  type HookName,
  type HookPlace,
  type HookPlan,
  type HookSource,
  hookNames,
  hookStatus,
  planHookInstall,
  planHookUninstall,
  proveHook,
} from '../guard/index.js';
import type { Host } from '../host/types.js';
import { showPath } from '../text.js';
import type { Vault } from '../vault/index.js';
import { installDrivers } from './drivers.js';
import { installConfigHooks, removeConfigHooks } from './hook-config.js';
import { incompletePackage } from './refusals.js';
import { removeFilter } from './strict.js';

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

/** Runs a hook on a canary. @throws ERR_BLACKBOX_HOOK when it lets it pass */
export function prove(host: Host, place: Place, path: string, names: readonly HookName[] = ['pre-commit']): void {
  const git = host.git.open(place.repository);
  git.runHooks(canaryPath, (run) => {
    for (const name of names) proveHook(join(dirname(path), name), (_, which) => run(which), name);
  });
}

function showHookPlan(host: Host, plan: HookPlan): void {
  for (const line of plan.summary) host.terminal.say(`would ${line}`);
  for (const note of plan.notes) host.terminal.say(note);
  if (plan.summary.length === 0)
    host.terminal.say(`the hooks in ${showPath(dirname(plan.path))} are as they should be`);
}

/**
 * Installs the hooks, or brings them up to date, and proves those of `names`.
 * @throws ERR_BLACKBOX_HOOK
 */
export async function installAndProve(
  host: Host,
  place: Place,
  dryRun: boolean,
  names?: readonly HookName[],
): Promise<void> {
  const where = hookPlace(host, place);
  const plan = planHookInstall(host.files, where, hookSource(host), names);
  if (dryRun) return showHookPlan(host, plan);
  await applyHookPlan(host.files, where, plan);
  await installConfigHooks(host, place, hookSource(host), names ?? hookNames);
  const { chained } = hookStatus(host.files, where, hookSource(host));
  prove(host, place, plan.path, names);
  const then = chained ? ', then those that were there before run' : '';
  host.terminal.say(
    `the hooks in ${showPath(dirname(plan.path))} are ${plan.summary.length === 0 ? 'in place' : 'installed'}, and were seen to refuse a canary${then}`,
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

/** Takes the hooks out; what stood there before comes back. */
export async function uninstall(host: Host, place: Place, dryRun: boolean): Promise<void> {
  const where = hookPlace(host, place);
  const plan = planHookUninstall(host.files, where);
  if (plan === null) host.terminal.say('there are no hooks here');
  else if (dryRun) showHookPlan(host, plan);
  else {
    await applyHookPlan(host.files, where, plan);
    await removeFilter(host, place);
    await removeConfigHooks(host, place);
    for (const line of plan.summary) host.terminal.say(`done: ${line}`);
    host.terminal.warn('commits and pushes from this clone are no longer guarded');
  }
}
