/** `who --html`: the report as a page, on stdout or in a file of its own. */
import { join, resolve } from 'node:path';
import type { Host } from '../host/types.js';
import { showPath } from '../text.js';
import {
  type Keyring,
  locked,
  type RegistryEntry,
  type Roster,
  readRegistry,
  sealedPath,
  type Vault,
} from '../vault/index.js';
import { noReport, reportPlaceIsRegistered } from './refuse-report.js';
import { gatherReport } from './report/gather.js';
import { pageMark, reportPage } from './report/page.js';

/** It names people and their public keys; it holds no secret. */
const pageMode = 0o644;

/** What a page would destroy: a registered file, or anything that is no page of ours. */
function checkPlace(host: Host, vault: Vault, path: string, force: boolean): void {
  const taken = readRegistry(vault).find((e) => [e.path, sealedPath(e.path)].some((p) => join(vault.root, p) === path));
  if (taken !== undefined) throw reportPlaceIsRegistered(path);
  const there = host.files.stat(path);
  if (there === null || force) return;
  const head = there.kind === 'file' ? host.files.readHead(path, pageMark.length) : null;
  if (head?.toString('latin1') !== pageMark) throw noReport(path);
}

/** @param file where to; null for stdout */
export async function whoHtml(
  host: Host,
  vault: Vault,
  roster: Roster,
  entries: readonly RegistryEntry[],
  keyring: Keyring,
  file: string | null,
  force: boolean,
): Promise<void> {
  const path = file === null ? null : resolve(host.cwd, file);
  if (path !== null) checkPlace(host, vault, path, force);
  const page = reportPage(await gatherReport(host, vault, roster, entries, keyring, new Date()));
  if (path === null) {
    host.terminal.data(page);
    return;
  }
  const write = { path, content: Buffer.from(page), mode: pageMode };
  await locked(vault, () => host.files.replace([write], join(vault.state, 'journal')));
  host.terminal.say(`wrote ${showPath(file ?? '')}: open it in a browser`);
}
