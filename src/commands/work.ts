/** What most commands do alike: open the vault with the user's keys, carry out or show a plan, say what to commit. */
import { join, relative } from 'node:path';
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { count, shellWord, showPath } from '../text.js';
import {
  type ApplyOptions,
  apply,
  hasScanIndex,
  isEmpty,
  type Keyring,
  mayEnd,
  ownRecipients,
  type Plan,
  type Roster,
  readRoster,
  trustOf,
  type Vault,
} from '../vault/index.js';
import { flag, type Given } from './command.js';
import { greet } from './first-use.js';
import { keyringOf, vaultHere as quietVaultHere } from './keyring.js';

export { keyringOf, newKeyringOf, quietKeyring } from './keyring.js';

/** Exit code of `--check`: findings, not a failure. */
export const somethingToDo = 3;
/** More lines than this scroll what matters out of sight. */
export const mostLines = 20;

/** The vault where the user is; the first time that this clone sees it, what to compare. */
export function vaultHere(host: Host): Vault {
  const vault = quietVaultHere(host);
  greet(host, vault);
  return vault;
}

/** Canonical texts of the user's own public keys, as far as the roster is concerned. */
export function ownTexts(host: Host, keyring: Keyring, roster: Roster): Set<string> {
  const recipients = roster.people.flatMap((p) => p.recipients);
  const fingerprints = recipients.filter((r) => r.kind === 'openpgp').map((r) => r.text.replace(/^openpgp /, ''));
  return ownRecipients(keyring, host.gpg, fingerprints);
}

/** Prints what would be done; the exit code of a dry run. */
export function showPlan(host: Host, plan: Plan): number {
  for (const line of plan.summary) host.terminal.say(`would ${line}`);
  if (isEmpty(plan)) host.terminal.say('nothing to do');
  return 0;
}

/** The command that commits what was staged; we never commit ourselves. */
export function sayCommit(host: Host, message: string): void {
  host.terminal.say(`staged; to commit: git commit -m ${shellWord(message)}`);
}

/**
 * Shows the plan for `--dry-run`, else carries it out with progress on a terminal.
 * @returns whether it was carried out
 */
export async function carryOut(
  host: Host,
  vault: Vault,
  given: Given,
  plan: Plan,
  options: Omit<ApplyOptions, 'keyring'> = {},
): Promise<boolean> {
  if (flag(given, 'dryRun')) {
    showPlan(host, plan);
    return false;
  }
  const progress = host.terminal.progress('writing', plan.writes.length + plan.seals.length);
  try {
    await apply(vault, plan, {
      ...options,
      keyring: keyringOf(host, given),
      onProgress: (done) => progress.update(done),
    });
  } finally {
    progress.end();
  }
  if (plan.changes.length > 0) settle(vault);
  if (plan.seals.length + plan.changes.length > 0) await warnOfEnds(host, vault);
  sayIndexStale(host, vault, plan);
  return true;
}

/** Whom to trust now is worked out once, here, and not by every program that loads secrets from now on. What was done stays done. */
function settle(vault: Vault): void {
  try {
    trustOf(vault);
  } catch (error) {
    if (!(error instanceof BlackboxError)) throw error;
  }
}

/** Another content of a registered file than the scan index tells of. It is not made anew each time: branches would conflict over it. */
function sayIndexStale(host: Host, vault: Vault, plan: Plan): void {
  const isNew = ({ path, digest }: Plan['seals'][number]) => digest === undefined && !path.startsWith('.blackbox/');
  if (plan.seals.some(isNew) && hasScanIndex(vault))
    host.terminal.say('the scan index does not know this yet; to refresh it: blackbox-ts guard index');
}

/** Whoever has sealed something is told of the keys for which soon nothing can be sealed any more. What was done stays done. */
export async function warnOfEnds(host: Host, vault: Vault): Promise<void> {
  try {
    if (!mayEnd(vault)) return;
    const { warnOfEndingKeys } = await import('./key-end.js');
    await warnOfEndingKeys(host, readRoster(vault));
  } catch (error) {
    if (!(error instanceof BlackboxError)) throw error;
  }
}

export function files(n: number): string {
  return count(n, 'file');
}

/** A path as the user would type it where they are. */
export function typedPath({ host, root }: Vault, path: string): string {
  const typed = relative(host.cwd, join(root, path));
  const words = host.platform === 'win32' ? typed.replaceAll('\\', '/') : typed;
  return words.startsWith('-') ? `./${words}` : words;
}

/** One file by its name, several by their number: for a line that names what was done. */
export function nameFiles(paths: readonly string[]): string {
  return paths.length === 1 ? showPath(paths[0] ?? '') : files(paths.length);
}

/** A line per file while a person can take them in; then their number. */
export function sayFiles(host: Host, what: string, paths: readonly string[], end = ''): void {
  if (paths.length > mostLines) host.terminal.say(`${what} ${files(paths.length)}${end}`);
  else for (const path of paths) host.terminal.say(`${what} ${showPath(path)}${end}`);
}
