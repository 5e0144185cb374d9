/**
 * Registered files, opened for a program. Nothing here prints, prompts, reads plaintext from disk or changes the environment;
 * gpg, and the age plugin of an identity, are the only programs that may be started, when no other key opens a file.
 */
import { join, resolve } from 'node:path';
import { BlackboxError } from '../errors.js';
import { formatOf, type Tree } from '../formats/index.js';
import { isTree } from '../formats/tree.js';
import { type Keyring, openKeyring } from '../vault/keyring.js';
import { type OpenOptions as OpenSealedOptions, openSealed, openSealedSync } from '../vault/open.js';
import type { RepoPath, Vault, VaultHost } from '../vault/types.js';
import { findVault } from '../vault/vault.js';
import { fileKeyCache } from './cache.js';
import { chooseFiles, strings } from './choose.js';
import { badOption, brokenOverrides, invalid, notNamed, plainFile } from './errors.js';
import { environmentLayer, type Layer, merged, sealedLayer } from './layers.js';
import { localLayer } from './local-file.js';
import type { Path } from './names.js';
import { checkOptions } from './options.js';
import { recall } from './recall.js';
import { type Checked, check, checkSync, schemaNames } from './schema.js';
import { copied, sealed } from './sealed.js';
import type { LoadOptions, OpenOptions, Secrets } from './types.js';

interface Opening {
  readonly vault: Vault;
  /** The folder in which the program is, or says it is. */
  readonly from: string;
  readonly keyring: Keyring;
  readonly paths: readonly RepoPath[];
  /** Whether the caller said which files. */
  readonly named: boolean;
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
  if (authenticity !== 'warn') throw badOption('authenticity', "is 'require' or 'warn'");
  return { onForged: (error) => process.emitWarning(error.message, { code: 'BLACKBOX_NOT_AUTHENTIC' }) };
}

/** What decides about files beside the options. */
export interface Search {
  /** Look for `.env` and its like instead of `secrets.<ext>`. */
  readonly dotenv?: boolean;
  /** Keys that were opened already. */
  readonly keyring?: Keyring;
}

function vaultAndKeys(
  host: VaultHost,
  options: OpenOptions,
  search: Search = {},
): Pick<Opening, 'vault' | 'keyring' | 'from'> {
  checkOptions(options);
  const from = host.files.real(options.root === undefined ? host.cwd : resolve(host.cwd, options.root));
  const vault = vaultOf(host, from, options.vault);
  const { passphrase } = options;
  const keyring =
    search.keyring ??
    openKeyring(host, {
      ...(options.identities === undefined ? {} : { identities: strings('identities', options.identities) }),
      ...(passphrase === undefined ? {} : { askPassphrase: passphrase }),
    });
  return { vault, from, keyring };
}

function openingOf(host: VaultHost, options: LoadOptions, search: Search = {}): Opening {
  const { from, keyring, ...opened } = vaultAndKeys(host, options, search);
  const vault: Vault = { ...opened.vault, passive: true };
  return { vault, from, keyring, ...chooseFiles(vault, from, options, search.dotenv), how: howToOpen(options) };
}

function structuredOnly(opening: Opening): Opening {
  const plain = opening.paths.find((path) => formatOf(path).name === 'plain');
  if (plain !== undefined) throw plainFile(plain);
  return opening;
}

/** What the sealed files say, and what lies over them in a file. The lowest first. */
function fileLayers(opening: Opening, contents: readonly Buffer[], { local }: LoadOptions): Layer[] {
  const { vault, from, paths, named } = opening;
  const layers: Layer[] = paths.map((path, i) => sealedLayer(path, contents[i] ?? Buffer.alloc(0)));
  const own = local === false ? null : localLayer(vault, from, named ? undefined : paths[0], local);
  return own === null ? layers : [...layers, own];
}

const defaultPrefix = 'BLACKBOX_SECRET_';

/** With what the process and the program itself say. */
export function withProgramLayers(
  host: Pick<VaultHost, 'env'>,
  below: readonly Layer[],
  options: LoadOptions,
): Layer[] {
  const layers = [...below];
  const { env = defaultPrefix, overrides = {} } = options;
  if (env !== false && (typeof env !== 'string' || env.includes('='))) throw badOption('env', 'is a prefix, or false');
  const named: Path[] = options.schema === undefined ? [] : schemaNames(options.schema);
  if (env !== false) layers.push(environmentLayer(host.env, env, merged(layers), named));
  if (!isTree(overrides)) throw brokenOverrides();
  layers.push({ source: 'override', tree: copied(overrides) as Tree });
  return layers;
}

function readSync(host: VaultHost, options: LoadOptions, search?: Search): Layer[] {
  const opening = structuredOnly(openingOf(host, options, search));
  if (options.cache !== undefined) throw badOption('cache', 'is for await loadSecrets(): stores answer later');
  const { vault, keyring, paths, how } = opening;
  const contents = paths.map((path) => openSealedSync(vault, path, keyring, how));
  return fileLayers(opening, contents, options);
}

async function read(host: VaultHost, options: LoadOptions, search?: Search): Promise<Layer[]> {
  const opening = structuredOnly(openingOf(host, options, search));
  const { vault, keyring, paths } = opening;
  const { cache } = options;
  const how = cache === undefined ? opening.how : { ...opening.how, cache: fileKeyCache(vault, cache) };
  const contents: Buffer[] = [];
  // One after the other, so that a key is unlocked once and not once per file.
  for (const path of paths) contents.push(await openSealed(vault, path, keyring, how));
  return fileLayers(opening, contents, options);
}

export function gatherSync(host: VaultHost, options: LoadOptions, search?: Search): Layer[] {
  return withProgramLayers(host, readSync(host, options, search), options);
}

export async function gather(host: VaultHost, options: LoadOptions, search?: Search): Promise<Layer[]> {
  return withProgramLayers(host, await read(host, options, search), options);
}

/** What all layers together say, before any schema. */
export function loadTreeSync(host: VaultHost, options: LoadOptions): Tree {
  return merged(gatherSync(host, options));
}

export async function loadTree(host: VaultHost, options: LoadOptions): Promise<Tree> {
  return merged(await gather(host, options));
}

/** The checked values of some layers, as secrets. */
export function finished(
  layers: readonly Layer[],
  { value, problems }: Checked,
  options: LoadOptions,
): Secrets<unknown> {
  if (problems.length > 0) throw invalid(sourcesOf(layers), problems, sourcesOf(layers.filter((l) => l.sealed)).at(-1));
  if (!isTree(value)) throw notNamed();
  const names = options.public === undefined || options.public?.length === 0 ? [] : strings('public', options.public);
  return sealed(value, layers, names);
}

const sourcesOf = (layers: readonly Layer[]) =>
  layers.filter(({ tree }) => Object.keys(tree).length > 0).map(({ source }) => source);

export function loadSync(host: VaultHost, options: LoadOptions): Secrets<unknown> {
  checkOptions(options);
  const before = recall(host, options);
  const below = before.layers ?? readSync(before.host, options);
  const layers = withProgramLayers(host, below, options);
  const tree = merged(layers);
  const { schema } = options;
  const checked = schema === undefined ? { value: tree, problems: [] } : checkSync(schema, copied(tree));
  return before.keep(finished(layers, checked, options), below);
}

export async function load(host: VaultHost, options: LoadOptions): Promise<Secrets<unknown>> {
  checkOptions(options);
  const before = recall(host, options);
  const below = before.layers ?? (await read(before.host, options));
  const layers = withProgramLayers(host, below, options);
  const tree = merged(layers);
  const { schema } = options;
  const checked = schema === undefined ? { value: tree, problems: [] } : await check(schema, copied(tree));
  return before.keep(finished(layers, checked, options), below);
}

export function loadBytesSync(host: VaultHost, file: string, options: OpenOptions): Buffer {
  const { vault, keyring, paths, how } = openingOf(host, { ...options, files: file });
  return openSealedSync(vault, paths[0] as RepoPath, keyring, how);
}

export async function loadBytes(host: VaultHost, file: string, options: OpenOptions): Promise<Buffer> {
  const { vault, keyring, paths, how } = openingOf(host, { ...options, files: file });
  return openSealed(vault, paths[0] as RepoPath, keyring, how);
}

/** What a watcher has to look at: the top of the vault, and in it the files that would be loaded now. */
export function watchedFiles(host: VaultHost, options: LoadOptions): { root: string; paths: readonly string[] } {
  const { vault, paths } = openingOf(host, options);
  return { root: vault.root, paths: [...paths, ...(typeof options.local === 'string' ? [options.local] : [])] };
}

/** A vault that may be written to, with the keys to do so. */
export function openWritable(host: VaultHost, options: OpenOptions): Pick<Opening, 'vault' | 'keyring'> {
  const { vault, keyring } = vaultAndKeys(host, options);
  return { vault, keyring };
}
