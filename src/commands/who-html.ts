/** `who --html`: the report as a page, on stdout or in a file of its own. */
import type { Host } from '../host/types.js';
import { showPath } from '../text.js';
import type { Keyring, RegistryEntry, Roster, Vault } from '../vault/index.js';
import { flag, type Given, text } from './command.js';
import { checkOwnPlace, writeOwn } from './own-file.js';
import { gatherReport } from './report/gather.js';
import { pageMark, reportPage } from './report/page.js';

/** Into the file that was named, else to stdout. */
export async function whoHtml(
  host: Host,
  vault: Vault,
  roster: Roster,
  entries: readonly RegistryEntry[],
  keyring: Keyring,
  given: Given,
): Promise<void> {
  const file = text(given, 'html');
  const hint = 'blackbox-ts who --html readers.html, or with --force over anything that is not registered';
  const own = file === undefined ? null : { file, mark: pageMark, what: 'report', hint, force: flag(given, 'force') };
  const path = own === null ? null : checkOwnPlace(host, vault, own);
  const page = reportPage(await gatherReport(host, vault, roster, entries, keyring, new Date()));
  if (own === null || path === null) {
    host.terminal.data(page);
    return;
  }
  if (await writeOwn(host, vault, path, page, { file: own.file, dryRun: flag(given, 'dryRun') }))
    host.terminal.say(`wrote ${showPath(own.file)}: open it in a browser`);
}
