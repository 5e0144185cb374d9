/** Paths in a repository are attacker's input: they are checked once, here, and typed from then on. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { outsideRepository, refusedPath, topNotFile } from './errors.js';
import type { RepoPath, Vault } from './types.js';

/** Longer than any path that file systems in use accept (PATH_MAX is 4096 on Linux). */
const longestPath = 4096;

// Names that Git itself refuses as `.git` on some file system: case, NTFS short name, trailing dots and spaces, streams, ignorable code points.
const invisible = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

function plainName(component: string): string {
  return component
    .replace(invisible, '')
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '')
    .toLowerCase();
}

function isGitFolder(component: string): boolean {
  const name = plainName(component);
  return name === '.git' || name === 'git~1';
}

// A backslash is an ordinary character here and a separator on Windows, where the same repository may be checked out.
function whyDangerous(components: readonly string[]): string | null {
  if (components.includes('..')) return 'it climbs where a backslash separates folders';
  if (components.some(isGitFolder)) return 'it lies in a .git folder';
  if (plainName(components[0] ?? '') === '.blackbox') return "it lies in the vault's own folder";
  return null;
}

function whyRefused(text: string): string | null {
  if (text === '') return 'it is empty';
  if (text.length > longestPath) return `it is longer than ${longestPath} characters`;
  if (text.includes('\0')) return 'it contains a NUL character';
  if (/[^\0-~]/.test(text) && /\p{Cs}|\ufffd/u.test(text)) return 'it is not valid Unicode';
  if (text.startsWith('/') || /^[A-Za-z]:[\\/]/.test(text)) return 'it is absolute';
  const components = text.split('/');
  if (components.some((c) => c === '' || c === '.' || c === '..')) return 'it has an empty, "." or ".." component';
  return whyDangerous(text.split(/[/\\]/));
}

/**
 * Checks a path as it stands in the registry or in git.
 * @throws ERR_BLACKBOX_PATH_REFUSED when it is absolute, climbs, is in `.git` or `.blackbox`, or cannot be a path.
 */
export function parseRepoPath(text: string): RepoPath {
  const reason = whyRefused(text);
  if (reason !== null) throw refusedPath(text, reason);
  return text as RepoPath;
}

/** A path that a person typed, relative to where they are (or to `from`). */
export function toRepoPath(vault: Pick<Vault, 'root' | 'host'>, argument: string, from = vault.host.cwd): RepoPath {
  if (argument === '' || argument.includes('\0'))
    throw refusedPath(argument, 'it is empty or contains a NUL character');
  const inside = relative(vault.root, resolve(from, argument));
  if (inside === '') throw topNotFile(argument);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw outsideRepository(argument, vault.root);
  }
  return parseRepoPath(sep === '/' ? inside : inside.split(sep).join('/'));
}

/** A path of the vault's own files, which `parseRepoPath` refuses to users. */
export function vaultPath(name: string): RepoPath {
  return `.blackbox/${name}` as RepoPath;
}

/** The sealed file of a registered path. */
export function sealedPath(path: RepoPath): RepoPath {
  return `${path}.age` as RepoPath;
}

/** Two paths that some file system would take for one: case and Unicode form folded. */
export function foldPath(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
