/** `merge-driver`: what git calls when two branches have written the same sealed file. */
import { join, resolve } from 'node:path';
import type { Host } from '../host/types.js';
import { shellWord, showPath } from '../text.js';
import { findVault, isScanPath, mergeSealed, openKeyring } from '../vault/index.js';
import type { Command, Given } from './command.js';

/** A sealed file is merged in memory. */
const versionLimit = 256 * 1024 * 1024;

/** In a rebase git calls "ours" what is rebased onto, and the user's own change "theirs": neither word is said here. */
function sayConflict(host: Host, path: string): void {
  const { gitDir } = host.git.find(host.cwd);
  const rebases = ['rebase-merge', 'rebase-apply'].some((name) => host.files.stat(join(gitDir, name)) !== null);
  const [kept, other] = rebases
    ? ['what you rebase onto, without your change', 'your version']
    : ['what was here, without the change that comes in', 'the version that comes in'];
  const word = shellWord(path);
  host.terminal.say(`${showPath(path)} was changed on both sides; for now it holds ${kept}`);
  host.terminal.say(`  to see how they differ: git diff ${shellWord(`:2:${path}`)} ${shellWord(`:3:${path}`)}`);
  host.terminal.say(`  to take ${other} as it is: git checkout --theirs -- ${word}`);
  host.terminal.say(`  to make one of both: blackbox-ts edit ${shellWord(path.replace(/\.age$/, ''))}`);
  host.terminal.say(`  then: git add ${word}`);
}

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
  sayConflict(host, path);
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
