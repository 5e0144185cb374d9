/** Which registered files a program means. Only the registry is asked: what lies on disk besides decides nothing. */
import { relative, resolve, sep } from 'node:path';
import { structuredExtensions } from '../formats/extensions.js';
import { pickEntries, readRegistry } from '../vault/registry.js';
import type { RepoPath, Vault } from '../vault/types.js';
import { ambiguousFiles, badOption, noSecretsFile } from './errors.js';
import type { LoadOptions } from './types.js';

/** One or many strings, as options take them. None may be empty: an unset variable must not quietly mean something else. */
export function strings(name: string, option: string | readonly string[]): readonly string[] {
  const all = typeof option === 'string' ? [option] : option;
  if (!Array.isArray(all) || all.length === 0 || all.some((s) => typeof s !== 'string' || s === '')) {
    throw badOption(name, 'is to be a string or a list of strings, none of them empty');
  }
  return all;
}

/** `from` and the folders above it up to the top of the vault, each as what comes before a name in the registry. */
function prefixes(vault: Vault, from: string): string[] {
  const parts = relative(vault.root, from)
    .split(sep)
    .filter((part) => part !== '' && part !== '..');
  return [...parts.keys(), parts.length].reverse().map((n) =>
    parts
      .slice(0, n)
      .map((part) => `${part}/`)
      .join(''),
  );
}

function single(paths: readonly RepoPath[]): readonly RepoPath[] {
  if (paths.length > 1) throw ambiguousFiles(paths);
  return paths;
}

/** The base file and the environment's, of the nearest folder that has one of them. */
function nearest(vault: Vault, from: string, environment: string, dotenv: boolean): RepoPath[] {
  const registered = new Set(readRegistry(vault).map((entry) => entry.path));
  const names = (end: string) => structuredExtensions.map((ext) => `secrets${end}.${ext}`);
  const among = (prefix: string, end: string) =>
    (dotenv ? [`.env${end}`] : names(end))
      .map((name) => `${prefix}${name}` as RepoPath)
      .filter((path) => registered.has(path));
  for (const prefix of prefixes(vault, from)) {
    const base = among(prefix, '');
    const over = environment === '' ? [] : among(prefix, `.${environment}`);
    if (base.length + over.length > 0) return [...single(base), ...single(over)];
  }
  throw noSecretsFile(environment, [...registered], dotenv);
}

function environmentOf(vault: Vault, option: string | undefined): string {
  const name = option ?? (vault.host.env.BLACKBOX_ENV || vault.host.env.NODE_ENV || '');
  if (/[/\\]/.test(name)) throw badOption('environment', 'is a name, and a name has no slashes');
  return name;
}

export interface Chosen {
  /** The lowest layer first. */
  readonly paths: RepoPath[];
  /** Whether the caller named them. */
  readonly named: boolean;
}

/**
 * The files to load.
 * @param dotenv look for `.env` and `.env.<environment>` instead of `secrets.<ext>`
 * @throws ERR_BLACKBOX_NOT_REGISTERED, ERR_BLACKBOX_AMBIGUOUS_FILES, ERR_BLACKBOX_PATH_REFUSED, ERR_BLACKBOX_BAD_OPTION
 */
export function chooseFiles(
  vault: Vault,
  from: string,
  options: Pick<LoadOptions, 'files' | 'environment'>,
  dotenv = false,
): Chosen {
  if (options.files === undefined)
    return { paths: nearest(vault, from, environmentOf(vault, options.environment), dotenv), named: false };
  const names = strings('files', options.files).map((name) => resolve(from, name));
  return { paths: pickEntries(vault, readRegistry(vault), names).map((entry) => entry.path), named: true };
}
