/** Names and values in registered files: what `get`, `set`, `unset`, `export` and `types` have in common. */
import { relative, resolve, sep } from 'node:path';
import type { Host } from '../host/types.js';
import { type Chosen, chooseFiles } from '../runtime/choose.js';
import type { Layer } from '../runtime/layers.js';
import { gather, type Search } from '../runtime/load.js';
import { readRegistry } from '../vault/registry.js';
import type { RepoPath, Vault } from '../vault/types.js';
import { type Given, type Option, text, texts } from './command.js';
import { keyringOf } from './keyring.js';
import { namedTwice } from './refuse-options.js';
import { noName, noNameIn, tooManyWords } from './refuse-values.js';

export const envOption: Option = {
  flags: '-e, --env <name>',
  what: 'the environment, instead of BLACKBOX_ENV or NODE_ENV',
};
export const fromOption: Option = {
  flags: '--from <file>',
  what: 'this registered file instead of secrets.*; may be given more than once',
  many: true,
  not: ['--env'],
};

/** `[FILE] NAME`, as typed. */
export interface Named {
  readonly file: string | undefined;
  readonly name: string;
}

export function namedBy(given: Given): Named {
  if (given.args.length > 2) throw tooManyWords();
  const [first = '', second] = given.args;
  const name = second ?? first;
  // A value is never an argument: others see the command line, and the shell keeps it.
  if (name === '' || name.includes('=')) throw noName();
  const other = ['from', 'env'].find((option) => second !== undefined && given.options[option] !== undefined);
  if (other !== undefined) throw namedTwice(`--${other}`);
  return { file: second === undefined ? undefined : first, name };
}

/** @throws ERR_BLACKBOX_USAGE when a file was named, and none of its names: else that would become a name in another file */
export function checkIsName(vault: Vault, { file, name }: Named): void {
  if (file !== undefined) return;
  const path = relative(vault.root, resolve(vault.host.cwd, name)).split(sep).join('/');
  if (readRegistry(vault).some((entry) => entry.path === path)) throw noNameIn(name);
}

export interface Selection {
  readonly files?: readonly string[];
  readonly environment?: string;
}

export function selectionOf(given: Given, file?: string): Selection {
  const files = file === undefined ? texts(given, 'from') : [file];
  const environment = text(given, 'env');
  return { ...(files.length === 0 ? {} : { files }), ...(environment === undefined ? {} : { environment }) };
}

/** What the sealed files say, and nothing else. */
export function sealedLayers(host: Host, given: Given, file?: string): Promise<Layer[]> {
  const search: Search = { keyring: keyringOf(host, given) };
  return gather(host, { ...selectionOf(given, file), env: false, local: false }, search);
}

/** The one file that a name is to be changed in: the one that was named, or the topmost layer. */
export function fileToChange(host: Host, vault: Vault, given: Given, file: string | undefined): RepoPath {
  const chosen: Chosen = chooseFiles(vault, host.cwd, selectionOf(given, file));
  return chosen.paths.at(-1) as RepoPath;
}
