/** What plans of change have to say to git's own text files, and to the registry. */
import { attributeLines, ignorePattern, listAttribute, withLines, withoutLines, withSortedLines } from './gitfiles.js';
import { localPaths } from './local.js';
import { plan, textWrite } from './plan.js';
import { formatRegistry, registryFile } from './registry.js';
import type { Plan, RegistryEntry, RepoPath, Vault } from './types.js';

type Place = Pick<Vault, 'host' | 'root'>;

/** .gitignore and .gitattributes are small; a larger one is not read into memory. */
const gitFileLimit = 16 * 1024 * 1024;

export function readText(vault: Place, path: string): string {
  const { files } = vault.host;
  return files.read(files.within(vault.root, path), gitFileLimit)?.toString('utf8') ?? '';
}

/** The change to a text file of git's, or none when it needs no change. */
function linesPlan(vault: Place, path: string, changed: string | null): Plan {
  if (changed === null) return plan({});
  return plan({ lastWrites: [textWrite(vault, path, changed)], stage: [path as RepoPath] });
}

export function attributesPlan(vault: Place): Plan {
  return linesPlan(vault, '.gitattributes', withLines(readText(vault, '.gitattributes'), attributeLines));
}

/** A registered file, and what may lie over it on one machine alone: neither is to be committed in plaintext. */
const ignoreLines = (path: RepoPath) => [path, ...localPaths(path).slice(0, 1)].map(ignorePattern);

const linesOf = (entries: readonly RegistryEntry[]) => new Set(entries.flatMap(({ path }) => ignoreLines(path)));

/** @param entries all that are registered then, with lines of their own */
export function ignorePlan(vault: Place, paths: readonly RepoPath[], entries: readonly RegistryEntry[]): Plan {
  const text = readText(vault, '.gitignore');
  return linesPlan(vault, '.gitignore', withSortedLines(text, paths.flatMap(ignoreLines), linesOf(entries)));
}

/**
 * Lines of local files stay: nobody can know in whose clone there still is one.
 * @param entries all that are registered then: what they need stays, too
 */
export function unignorePlan(vault: Place, paths: readonly RepoPath[], entries: readonly RegistryEntry[]): Plan {
  const needed = linesOf(entries);
  const lines = paths.map(ignorePattern).filter((line) => !needed.has(line));
  return linesPlan(vault, '.gitignore', withoutLines(readText(vault, '.gitignore'), lines));
}

/** One path's lines in the place of another's. @param entries all that are registered then */
export function moveIgnorePlan(vault: Place, from: RepoPath, to: RepoPath, entries: readonly RegistryEntry[]): Plan {
  const text = readText(vault, '.gitignore');
  const needed = linesOf(entries);
  const unneeded = [ignorePattern(from)].filter((line) => !needed.has(line));
  const without = withoutLines(text, unneeded) ?? text;
  const moved = withSortedLines(without, ignoreLines(to), needed) ?? without;
  return linesPlan(vault, '.gitignore', moved === text ? null : moved);
}

/** What the guard is told to let pass: `file` as a whole, with its attribute. */
export function allowedPlan(vault: Place, file: string, text: string): Plan {
  const attributes = withLines(readText(vault, '.gitattributes'), [listAttribute(file)]);
  return plan({
    lastWrites: [
      textWrite(vault, file, text),
      ...(attributes === null ? [] : [textWrite(vault, '.gitattributes', attributes)]),
    ],
    stage: [file as RepoPath, ...(attributes === null ? [] : ['.gitattributes' as RepoPath])],
  });
}

export function registryPlan(vault: Place, entries: readonly RegistryEntry[]): Plan {
  return plan({
    lastWrites: [textWrite(vault, registryFile, formatRegistry(entries))],
    stage: [registryFile as RepoPath],
  });
}
