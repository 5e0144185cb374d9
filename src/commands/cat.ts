/**
 * `cat`: content to stdout, and nothing else. No git, no lock, nothing written: it has to be fast, and so it imports what it needs from
 * its own files (the vault's index would bring all its plans along).
 */
import type { Host } from '../host/types.js';
import { openPieces } from '../vault/open.js';
import { sealedPath } from '../vault/paths.js';
import { pinnedFounder } from '../vault/pin.js';
import { pickEntries, readRegistry } from '../vault/registry.js';
import type { RepoPath, Vault } from '../vault/types.js';
import { type Command, flag, identityOption } from './command.js';
import { keyringOf, vaultHere } from './keyring.js';

/** Up to this size nothing is printed before all of it has been authenticated; larger content is printed as it comes, in constant memory. */
const wholeLimit = 16 * 1024 * 1024;

function sealedSize(vault: Vault, path: RepoPath): number {
  const { files } = vault.host;
  return files.stat(files.within(vault.root, sealedPath(path)))?.size ?? 0;
}

function print(host: Host, pieces: Iterable<Uint8Array>, whole: boolean): void {
  if (whole) host.terminal.data(Buffer.concat([...pieces]));
  else for (const piece of pieces) host.terminal.data(piece);
}

export const command: Command = {
  args: [{ name: '<paths...>', what: 'files whose content is printed, one after the other' }],
  options: [
    identityOption,
    { flags: '--unverified', what: 'print also what is not authentic, with a warning: to look at it' },
  ],
  details:
    'When a large file turns out to be damaged, its authentic beginning has been printed, and the exit code is 1.',
  examples: [
    ['blackbox-ts cat secrets.json', 'print what secrets.json.age holds'],
    ['blackbox-ts cat id_deploy | ssh-add -', 'hand a key on without writing it to disk'],
  ],
  run: async (host, given) => {
    const vault = vaultHere(host);
    // What shows a vault to somebody who has never seen it loads far more than what opens a file.
    if (pinnedFounder(vault) === null) (await import('./first-use.js')).greet(host, vault);
    const keyring = keyringOf(host, given);
    const paths = pickEntries(vault, readRegistry(vault), given.args).map((e) => e.path);
    const opened = new Map<RepoPath, Iterable<Uint8Array>>();
    const onForged = (error: Error) => host.terminal.warn(error.message);
    const options = flag(given, 'unverified') ? { onForged } : {};
    // All of them are unlocked before anything is printed: half an answer is none.
    for (const path of paths) opened.set(path, await openPieces(vault, path, keyring, options));
    for (const [path, pieces] of opened) print(host, pieces, sealedSize(vault, path) <= wholeLimit);
    return undefined;
  },
};
