/** `merge-driver`: what git calls when two branches have written the same sealed file. */
import { resolve } from 'node:path';
import type { Host } from '../host/types.js';
import { shellWord, showPath } from '../text.js';
import { findVault, isScanPath, mergeSealed, openKeyring } from '../vault/index.js';
import type { Command, Given } from './command.js';

/** A sealed file is merged in memory. */
const versionLimit = 256 * 1024 * 1024;

async function merge(host: Host, given: Given): Promise<number> {
  const [base = '', ours = '', theirs = '', path = ''] = given.args;
  const read = (file: string) => host.files.read(resolve(host.cwd, file), versionLimit) ?? Buffer.alloc(0);
  const versions = { base: read(base), ours: read(ours), theirs: read(theirs) };
  // Nobody is asked anything in the middle of a merge.
  const side = await mergeSealed(findVault(host), path, versions, openKeyring(host));
  if (side === 'theirs') {
    const target = resolve(host.cwd, ours);
    await host.files.replace([{ path: target, content: versions.theirs, mode: 0o644 }], `${target}.journal`);
  }
  if (side !== null) return 0;
  if (isScanPath(path)) {
    host.terminal.say(`${showPath(path)} was changed on both sides; when the merge is done: blackbox-ts guard index`);
    return 0;
  }
  const plaintext = shellWord(path.replace(/\.age$/, ''));
  host.terminal.say(`${showPath(path)} was changed on both sides; yours is kept for now`);
  host.terminal.say(`  to see yours: blackbox-ts cat ${plaintext}`);
  host.terminal.say(`  to see theirs: git checkout --theirs -- ${shellWord(path)} && blackbox-ts cat ${plaintext}`);
  host.terminal.say(`  then: blackbox-ts edit ${plaintext} && git add ${shellWord(path)}`);
  return 1;
}

export const command: Command = {
  args: [
    { name: '<base>', what: 'the common ancestor, as git hands it over' },
    { name: '<ours>', what: 'our version, and where the result goes' },
    { name: '<theirs>', what: 'their version' },
    { name: '<path>', what: 'the sealed file in the repository' },
  ],
  details: 'Called by git, for *.age, where `blackbox-ts setup` has told it to.',
  examples: [['blackbox-ts merge-driver -- %O %A %B %P', 'as in merge.blackbox-ts.driver']],
  run: merge,
};
