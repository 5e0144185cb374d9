/** `encrypt --propose`: hands a content to those who may write, by a file that changes nothing by itself. No key is needed. */
import type { Host } from '../host/types.js';
import { shellWord, showPath, visible } from '../text.js';
import {
  joinPlans,
  pickEntries,
  planPropose,
  proposalFile,
  proposalFingerprint,
  type RepoPath,
  type Roster,
  readRegistry,
  readRoster,
  type Vault,
} from '../vault/index.js';
import { type Given, text } from './command.js';
import { ownName } from './founder.js';
import { rememberPlaintexts } from './known.js';
import { nameWhatYouPropose } from './refuse-files.js';
import { selfOf } from './self.js';
import { carryOut, keyringOf, nameFiles } from './work.js';

/** Whoever is on the roster is called as there. */
function nameOf(host: Host, given: Given, roster: Roster): string {
  const known = text(given, 'name') === undefined ? selfOf(host, keyringOf(host, given), roster).person : null;
  return known?.name ?? ownName(host, given, 'encrypt --propose');
}

function sayHow({ terminal }: Host, vault: Vault, by: string, paths: readonly RepoPath[]): void {
  const { files } = vault.host;
  const written = paths.map((path) => proposalFile({ by, path }));
  for (const [i, path] of paths.entries()) {
    const file = written[i] ?? path;
    const bytes = files.read(files.within(vault.root, file)) ?? Buffer.alloc(0);
    terminal.say(`wrote ${showPath(file)}; the fingerprint of your proposal: ${proposalFingerprint(bytes)}`);
  }
  terminal.say('staged; to propose it:');
  terminal.say(
    `  git commit -m ${shellWord(`${by} proposes ${nameFiles(paths)}`)} -- ${written.map(shellWord).join(' ')}`,
  );
  terminal.say('  git push   # or as a branch of its own, where it is reviewed');
  terminal.say('then tell somebody who may write the fingerprint, by other means than this repository; they type:');
  for (const path of paths) terminal.say(`  blackbox-ts admin approve ${shellWord(by)} ${shellWord(path)}`);
}

export async function propose(host: Host, vault: Vault, given: Given): Promise<number> {
  if (given.args.length === 0) throw nameWhatYouPropose();
  const roster = readRoster(vault);
  const entries = pickEntries(vault, readRegistry(vault), given.args);
  const by = nameOf(host, given, roster);
  host.terminal.say(`proposing as ${visible(by)}`);
  const plans = await Promise.all(entries.map((entry) => planPropose(vault, roster, entry, by)));
  const paths = entries.map((e) => e.path);
  if (!(await carryOut(host, vault, given, joinPlans(plans)))) return 0;
  rememberPlaintexts(vault, paths);
  sayHow(host, vault, by, paths);
  return 0;
}
