/** `mv`: a sealed file says where it belongs; moved by anything else, it is refused. */
import { basename, join, resolve } from 'node:path';
import type { Host } from '../host/types.js';
import { showPath } from '../text.js';
import {
  type Keyring,
  locked,
  openSealed,
  planMove,
  proveMoved,
  type RepoPath,
  readRegistry,
  readRoster,
  sealedPath,
  toRepoPath,
  unfinishedOf,
  type Vault,
} from '../vault/index.js';
import { type Command, dryRunOption, type Given, identityOption } from './command.js';
import { forgetPaths, rememberBytes } from './known.js';
import { editIsKept } from './refuse-files.js';
import { warnUnignored } from './register.js';
import { refreshFilter } from './strict.js';
import { carryOut, keyringOf, sayCommit, vaultHere } from './work.js';

/** Larger sealed files are data; the guard does not know them in parts. */
const sealedLimit = 16 * 1024 * 1024;

interface Paths {
  readonly from: RepoPath;
  readonly to: RepoPath;
}

/** As the shell's mv: into a folder that is there, under the same name. Whoever names sealed files means the files that they are of. */
function pathsOf(host: Host, vault: Vault, [old = '', wanted = '']: readonly string[]): Paths {
  const plain = (path: string) => path.replace(/\.age$/, '') as RepoPath;
  const named = toRepoPath(vault, old);
  const known = new Set(readRegistry(vault).map((e) => e.path));
  const bySealed = !known.has(named) && known.has(plain(named));
  const from = bySealed ? plain(named) : named;
  const isFolder = /[/\\]$/.test(wanted) || host.files.stat(resolve(host.cwd, wanted))?.kind === 'folder';
  const to = toRepoPath(vault, isFolder ? join(wanted, basename(from)) : wanted);
  return { from, to: bySealed && !isFolder ? plain(to) : to };
}

/** The guard knows values by the path that they are of. */
async function relearn(vault: Vault, { from, to }: Paths, keyring: Keyring): Promise<void> {
  const { files } = vault.host;
  const size = files.stat(files.within(vault.root, sealedPath(to)))?.size ?? 0;
  if (size <= sealedLimit) rememberBytes(vault, to, await openSealed(vault, to, keyring));
  forgetPaths(vault, [from]);
}

async function move(host: Host, vault: Vault, given: Given): Promise<number> {
  const { from, to } = pathsOf(host, vault, given.args);
  if (unfinishedOf(vault, [from]).length > 0) throw editIsKept(from);
  const keyring = keyringOf(host, given);
  const tracked = host.git.open(vault.repository).tracked([from, sealedPath(from)]);
  const plan = await planMove(vault, readRoster(vault), readRegistry(vault), from, to, { keyring, tracked });
  const done = await carryOut(host, vault, given, plan, {
    beforeShred: async () => {
      await proveMoved(vault, from, to, keyring);
      await relearn(vault, { from, to }, keyring);
    },
  });
  if (!done) return 0;
  refreshFilter(host, vault);
  host.terminal.say(`moved ${showPath(from)} to ${showPath(to)}, and signed it there`);
  warnUnignored(host, vault, [to]);
  sayCommit(host, `move ${from} to ${to}`);
  return 0;
}

export const command: Command = {
  args: [
    { name: '<old>', what: 'a registered file' },
    { name: '<new>', what: 'its new path, or a folder' },
  ],
  options: [identityOption, dryRunOption],
  details:
    'A sealed file is signed together with its path, so that nobody can put one in\n' +
    'the place of another: one that git moved is refused. This signs it again under\n' +
    'the new path, and takes registry, .gitignore and the plaintext, if it is here\n' +
    'and unchanged, along.',
  examples: [
    ['blackbox-ts mv secrets.json config/secrets.json', 'move secrets.json into another folder'],
    ['blackbox-ts mv .env .env.production', 'give .env another name'],
  ],
  run: (host, given) => {
    const vault = vaultHere(host);
    return locked(vault, () => move(host, vault, given));
  },
};
