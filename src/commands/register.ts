/** `register`: the one thing a person must do for a file to be safe. */
import type { Host } from '../host/types.js';
import { count, shellWord, showPath } from '../text.js';
import {
  locked,
  planRegister,
  proveSealed,
  type RepoPath,
  readRegistry,
  readRoster,
  sealedPath,
  toRepoPath,
  type Vault,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption } from './command.js';
import { rememberPlaintexts } from './known.js';
import { carryOut, keyringOf, nameFiles, sayCommit, sayFiles, vaultHere } from './work.js';

async function register(host: Host, vault: Vault, given: Given, paths: readonly RepoPath[]): Promise<number> {
  const roster = readRoster(vault);
  const keyring = keyringOf(host, given);
  const tracked = host.git.open(vault.repository).tracked(paths.flatMap((path) => [path, sealedPath(path)]));
  const keep = flag(given, 'keep');
  const plan = await planRegister(vault, roster, readRegistry(vault), paths, { keep, tracked, keyring });
  const done = await carryOut(host, vault, given, plan, {
    beforeShred: async () => {
      rememberPlaintexts(vault, paths);
      // The only plaintext there may be goes only once the sealed file is proven to give it back.
      for (const path of plan.shred) await proveSealed(vault, path, keyring);
    },
  });
  if (!done) return 0;
  sayFiles(host, 'sealed', paths, ` for ${count(roster.people.length, 'person', 'people')}`);
  for (const path of paths) if (tracked.has(path)) sayHistory(host, vault, path);
  warnUnignored(host, vault, paths);
  sayCommit(host, `seal ${nameFiles(paths)}`);
  return 0;
}

/** A file that git tracked is in the repository's past: sealing it now does not take it out of there. */
function sayHistory(host: Host, vault: Vault, path: string): void {
  const commits = host.git.open(vault.repository).commitsWith(path);
  if (commits.length === 0) return;
  const where = count(commits.length, 'commit');
  host.terminal.warn(`${showPath(path)} remains in plaintext in ${where}; change the secrets in it:`);
  for (const c of commits) {
    host.terminal.say(`  ${c.id.slice(0, 12)} ${c.date.slice(0, 10)} ${showPath(c.author)}: ${showPath(c.subject)}`);
  }
}

/** Some other line of a .gitignore may take ours back. */
function warnUnignored(host: Host, vault: Vault, paths: readonly RepoPath[]): void {
  const ignored = host.git.open(vault.repository).ignored(paths);
  for (const path of paths.filter((p) => !ignored.has(p))) {
    host.terminal.warn(`git does not ignore ${showPath(path)}: another .gitignore line takes it back`);
    host.terminal.say(`  to find it: git check-ignore -v --no-index -- ${shellWord(path)}`);
  }
}

export const command: Command = {
  args: [{ name: '<paths...>', what: 'files to seal' }],
  options: [{ flags: '--keep', what: 'leave the plaintext in the work tree' }, identityOption, dryRunOption],
  details:
    'Each file is sealed as <path>.age for everybody on the roster, git-ignored, taken out of the index, and its plaintext shredded.',
  examples: [
    ['blackbox-ts register secrets.json', 'seal secrets.json as secrets.json.age and remove the plaintext'],
    ['blackbox-ts register --keep .env', 'seal .env and go on using it here'],
  ],
  run: (host, given) => {
    const vault = vaultHere(host);
    const paths = [...new Set(given.args.map((arg) => toRepoPath(vault, arg)))];
    return locked(vault, () => register(host, vault, given, paths));
  },
};
