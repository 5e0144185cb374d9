/** What plans of change have to say to git's own text files, and to the registry. */
import { attributeLines, ignorePattern, listAttribute, withLines, withoutLines, withSortedLines } from './gitfiles.js';
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

/** @param entries all that are registered then, with lines of their own */
export function ignorePlan(vault: Place, paths: readonly RepoPath[], entries: readonly RegistryEntry[]): Plan {
  const ours = new Set(entries.map((e) => ignorePattern(e.path)));
  const text = readText(vault, '.gitignore');
  return linesPlan(vault, '.gitignore', withSortedLines(text, paths.map(ignorePattern), ours));
}

export function unignorePlan(vault: Place, paths: readonly RepoPath[]): Plan {
  return linesPlan(vault, '.gitignore', withoutLines(readText(vault, '.gitignore'), paths.map(ignorePattern)));
}

/** One path's line in the place of another's. @param entries all that are registered then */
export function moveIgnorePlan(vault: Place, from: RepoPath, to: RepoPath, entries: readonly RegistryEntry[]): Plan {
  const text = readText(vault, '.gitignore');
  const without = withoutLines(text, [ignorePattern(from)]) ?? text;
  const ours = new Set(entries.map((e) => ignorePattern(e.path)));
  const moved = withSortedLines(without, [ignorePattern(to)], ours) ?? without;
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
