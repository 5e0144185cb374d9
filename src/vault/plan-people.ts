/** Plans for people: who may read, and what that means for every sealed file. */
import { join } from 'node:path';
import { visible } from '../text.js';
import type { Change } from '../trust/statement.js';
import { sealedPath, vaultPath } from './paths.js';
import { joinPlans, plan, textWrite } from './plan.js';
import { planBrought } from './plan-brought.js';
import { planReseal, type ResealOptions, type ResealPlan } from './plan-reseal.js';
import { personFile } from './roster.js';
import { ownEntries } from './scan-files.js';
import { statementNames } from './statements.js';
import type { Plan, RegistryEntry, RepoPath, Roster, Vault } from './types.js';

/**
 * Every sealed file, statement and key file that there is belongs in the commit, also one that a killed run before this one has written and
 * not staged.
 */
function stageAll(vault: Vault, entries: readonly RegistryEntry[], missing: readonly RepoPath[]): Plan {
  const people = vault.host.files.list(join(vault.folder, 'admins')).filter((name) => name.endsWith('.pub'));
  const own = [
    ...statementNames(vault).map((name) => vaultPath(`roster/${name}`)),
    ...people.map((name) => vaultPath(`admins/${name}`)),
  ];
  const absent = new Set(missing);
  const there = entries.filter((e) => !absent.has(e.path)).map((e) => sealedPath(e.path));
  return plan({ stage: [...there, ...own] });
}

/** {@link planReseal} for the registered files and the vault's own, and everything staged. Only of the registered ones is told. */
export async function planResealAll(
  vault: Vault,
  roster: Roster,
  entries: readonly RegistryEntry[],
  options: ResealOptions,
): Promise<ResealPlan> {
  const others = ownEntries(vault);
  const own = new Set(others.map((e) => e.path));
  const all = [...entries, ...others];
  const { plan: reseal, changed, missing, noted } = await planReseal(vault, roster, all, options);
  const registered = (paths: readonly RepoPath[]) => paths.filter((path) => !own.has(path));
  return {
    plan: joinPlans([reseal, stageAll(vault, all, missing)]),
    changed: registered(changed),
    missing: registered(missing),
    noted,
  };
}

/** A roster that is to come, and the changes that lead to it. */
export interface NextRoster {
  readonly roster: Roster;
  readonly changes: readonly Change[];
}

/**
 * Lets somebody in: their key in every sealed file, and then, last, on the roster.
 * @param after the roster with them, from {@link withPerson}
 * @param text their file
 */
export async function planAddPerson(
  vault: Vault,
  after: NextRoster,
  name: string,
  text: string,
  entries: readonly RegistryEntry[],
  options: ResealOptions,
): Promise<ResealPlan> {
  const reseal = await planResealAll(vault, after.roster, entries, options);
  const entry = plan({
    summary: [`put ${visible(name)} on the roster`],
    lastWrites: [textWrite(vault, personFile(name), text)],
    stage: [personPath(name)],
    changes: after.changes,
  });
  return { ...reseal, plan: joinPlans([reseal.plan, entry]) };
}

/** Changes of somebody's role or groups: every file to those who may read it then. */
export async function planChangePerson(
  vault: Vault,
  after: NextRoster,
  entries: readonly RegistryEntry[],
  options: ResealOptions,
): Promise<ResealPlan> {
  const reseal = await planResealAll(vault, after.roster, entries, options);
  return { ...reseal, plan: joinPlans([reseal.plan, changesPlan(vault, after)]) };
}

/** The changes of the roster; where there is nothing left to change, what says so already. */
export function changesPlan(vault: Vault, { roster, changes }: NextRoster): Plan {
  return changes.length > 0 ? plan({ changes }) : planBrought(vault, roster.trust);
}

export function personPath(name: string): RepoPath {
  return personFile(name) as RepoPath;
}
