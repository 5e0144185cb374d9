/**
 * Registered files, opened for a program. Nothing here prints, prompts, reads plaintext from disk or changes the environment;
 * gpg is the only program that may be started, when a file is sealed for a key that only it holds.
 */
import { join, resolve } from 'node:path';
import { BlackboxError } from '../errors.js';
import { formatOf, mergeTrees, parseText, type Tree } from '../formats/index.js';
import {
  findVault,
  type Keyring,
  type OpenSealedOptions,
  openKeyring,
  openSealed,
  openSealedSync,
  type RepoPath,
  type Vault,
  type VaultHost,
} from '../vault/index.js';
import { chooseFiles, strings } from './choose.js';
import { badOption, plainFile } from './errors.js';
import type { LoadOptions, OpenOptions } from './types.js';

interface Opening {
  readonly vault: Vault;
  readonly keyring: Keyring;
  readonly paths: readonly RepoPath[];
  readonly how: OpenSealedOptions;
}

/**
 * The vault that `from` lies in. Images and bundles often leave `.git` behind: then `from` itself has to be the top of the vault.
 * No folder above it is asked without git, as somebody else could have put a vault there.
 */
function vaultOf(host: VaultHost, from: string, pin: string | undefined): Vault {
  try {
    return findVault(host, from, pin);
  } catch (error) {
    const noRepository = error instanceof BlackboxError && error.code === 'ERR_BLACKBOX_NO_REPOSITORY';
    if (!noRepository || host.files.stat(join(from, '.blackbox', 'vault.json')) === null) throw error;
    const gitDir = join(from, '.git');
    const git: Pick<VaultHost['git'], 'find'> = { find: () => ({ root: from, gitDir, commonDir: gitDir }) };
    return findVault(Object.create(host, { git: { value: git } }), from, pin);
  }
}

/** What a program is warned with, when it asked to be warned only. */
function howToOpen({ authenticity = 'require' }: OpenOptions): OpenSealedOptions {
  if (authenticity === 'require') return {};
  if (authenticity !== 'warn') throw badOption('authenticity', "it is 'require' or 'warn'");
  return { onForged: (error) => process.emitWarning(error.message, { code: 'BLACKBOX_NOT_AUTHENTIC' }) };
}

function openingOf(host: VaultHost, options: LoadOptions): Opening {
  const from = host.files.real(options.root === undefined ? host.cwd : resolve(host.cwd, options.root));
  const vault: Vault = { ...vaultOf(host, from, options.vault), passive: true };
  const { passphrase } = options;
  const keyring = openKeyring(host, {
    ...(options.identities === undefined ? {} : { identities: strings('identities', options.identities) }),
    ...(passphrase === undefined ? {} : { askPassphrase: passphrase }),
  });
  return { vault, keyring, paths: chooseFiles(vault, from, options), how: howToOpen(options) };
}

function structuredOnly(opening: Opening): Opening {
  const plain = opening.paths.find((path) => formatOf(path).name === 'plain');
  if (plain !== undefined) throw plainFile(plain);
  return opening;
}

function merged(paths: readonly RepoPath[], contents: readonly Buffer[]): Tree {
  const trees = paths.map((path, i) => parseText(formatOf(path), contents[i] ?? Buffer.alloc(0), path));
  return trees.reduce((base, over) => mergeTrees(base, over), {});
}

export function loadTreeSync(host: VaultHost, options: LoadOptions): Tree {
  const { vault, keyring, paths, how } = structuredOnly(openingOf(host, options));
  return merged(
    paths,
    paths.map((path) => openSealedSync(vault, path, keyring, how)),
  );
}

export async function loadTree(host: VaultHost, options: LoadOptions): Promise<Tree> {
  const { vault, keyring, paths, how } = structuredOnly(openingOf(host, options));
  const contents: Buffer[] = [];
  // One after the other, so that a key is unlocked once and not once per file.
  for (const path of paths) contents.push(await openSealed(vault, path, keyring, how));
  return merged(paths, contents);
}

export function loadBytesSync(host: VaultHost, file: string, options: OpenOptions): Buffer {
  const { vault, keyring, paths, how } = openingOf(host, { ...options, files: file });
  return openSealedSync(vault, paths[0] as RepoPath, keyring, how);
}

export async function loadBytes(host: VaultHost, file: string, options: OpenOptions): Promise<Buffer> {
  const { vault, keyring, paths, how } = openingOf(host, { ...options, files: file });
  return openSealed(vault, paths[0] as RepoPath, keyring, how);
}
