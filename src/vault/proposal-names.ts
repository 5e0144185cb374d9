/** Which values are proposed, told from names alone. */
import { join } from 'node:path';
import { BlackboxError } from '../errors.js';
import { parseRepoPath, vaultPath } from './paths.js';
import { parseName } from './roster.js';
import type { RepoPath, Vault } from './types.js';

/** Below the vault's folder. */
const folder = 'requests';
/** More than anybody looks through, and as deep as anybody puts a file. */
const mostProposals = 1000;
const deepest = 32;

export interface ProposalName {
  /** Whoever proposes it, as they call themselves. */
  readonly by: string;
  readonly path: RepoPath;
}

export function proposalFile({ by, path }: ProposalName): RepoPath {
  return vaultPath(`${folder}/${by}/${path}.age`);
}

function* filesBelow(vault: Vault, relative: string, depth = 0): Generator<string> {
  const { files } = vault.host;
  for (const name of files.list(join(vault.folder, folder, relative))) {
    const below = `${relative}/${name}`;
    const kind = files.stat(join(vault.folder, folder, below))?.kind;
    if (kind === 'folder' && depth < deepest) yield* filesBelow(vault, below, depth + 1);
    if (kind === 'file' && name.endsWith('.age')) yield below;
  }
}

function nameOf(relative: string): ProposalName | null {
  const [by = '', ...rest] = relative.split('/');
  try {
    return { by: parseName(by), path: parseRepoPath(rest.join('/').slice(0, -'.age'.length)) };
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

/** Who proposes what, sorted; of one person when named. Nothing is opened; what is no proposal is none. */
export function openProposals(vault: Vault, by?: string): ProposalName[] {
  const { files } = vault.host;
  const isFolder = (path: string) => files.stat(path)?.kind === 'folder';
  const top = join(vault.folder, folder);
  if (!isFolder(top)) return [];
  const people = (by === undefined ? files.list(top) : [by]).filter((name) => isFolder(join(top, name)));
  const found: ProposalName[] = [];
  for (const name of people) {
    for (const relative of filesBelow(vault, name)) {
      const proposal = nameOf(relative);
      if (proposal !== null) found.push(proposal);
      if (found.length === mostProposals) return found;
    }
  }
  return found;
}
