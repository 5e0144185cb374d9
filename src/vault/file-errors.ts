/** The sentences about registered files: what they hold, and what would be lost. The rest of this layer's are in `errors.ts`. */
import { BlackboxError } from '../errors.js';
import { list, shellWord, showPath, visible } from '../text.js';

export function alreadyRegistered(path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_ALREADY_REGISTERED', `${showPath(path)} is registered already`, {
    file: path,
    hints: [
      `to seal a change: blackbox-ts encrypt ${shellWord(path)}`,
      `to see how it is: blackbox-ts status ${shellWord(path)}`,
    ],
  });
}

export function cannotSeal(path: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NOT_SEALABLE', `cannot seal ${showPath(path)}: ${reason}`, { file: path });
}

export function inAnotherRepository(path: string, folder: string): BlackboxError {
  const inside = path.slice(folder.length + 1);
  return new BlackboxError(
    'ERR_BLACKBOX_NOT_SEALABLE',
    `cannot seal ${showPath(path)}: ${showPath(folder)} is a repository of its own, and what lies in it is not tracked by this one`,
    {
      file: path,
      hints: [
        `to seal it there, where there is a vault: cd ${shellWord(folder)} && blackbox-ts register ${shellWord(inside)}`,
      ],
    },
  );
}

export function nothingToSeal(path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NOT_SEALABLE', `cannot seal ${showPath(path)}: there is no such file`, {
    file: path,
    hints: [`to write it, sealed from the start: blackbox-ts edit ${shellWord(path)}`],
  });
}

export function sealedFileInTheWay(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_SEALED_EXISTS',
    `${showPath(`${path}.age`)} exists already, and registering would overwrite it`,
    { file: path, hints: [`move it away first: git mv ${shellWord(`${path}.age`)} ${shellWord(`${path}.old.age`)}`] },
  );
}

export function placeTaken(from: string, taken: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_SEALED_EXISTS',
    `${showPath(taken)} exists already, and moving ${showPath(from)} there would overwrite it`,
    { file: taken, hints: ['choose another path, or move it away first'] },
  );
}

/** How alike two paths are: the same name in another folder, then how many characters they begin with alike. */
function likeness(path: string, other: string): number {
  if (path.split('/').at(-1) === other.split('/').at(-1)) return Number.POSITIVE_INFINITY;
  let same = 0;
  while (same < path.length && path[same] === other[same]) same++;
  return same;
}

/** Those first that may have been meant. */
function registeredHint(path: string, known: readonly string[]): string[] {
  if (known.length === 0) return [];
  const ranked = known.map((other) => ({ other, rank: likeness(path, other) }));
  const near = ranked.sort((a, b) => (a.rank === b.rank ? 0 : b.rank - a.rank)).map(({ other }) => showPath(other));
  return [`registered: ${known.length > 5 ? `${near.slice(0, 5).join(', ')}, …` : list(near)}`];
}

/** @param isThere whether there is a file that could be sealed */
export function notRegistered(path: string, known: readonly string[], isThere = true): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NOT_REGISTERED', `${showPath(path)} is not registered`, {
    file: path,
    hints: [
      ...registeredHint(path, known),
      ...(isThere ? [`to seal it: blackbox-ts register ${shellWord(path)}`] : []),
      ...(isThere || known.length > 0 ? [] : ['to seal a first file: blackbox-ts register FILE']),
    ],
  });
}

/** @param inside what is registered in it */
export function folderNotFile(path: string, inside: readonly string[]): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NOT_REGISTERED',
    `${showPath(path)} is a folder, and a registered file is meant`,
    {
      hints: [...registeredHint(path, inside), 'to see what is registered: blackbox-ts list'],
    },
  );
}

export function collidingPath(path: string, other: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_PATH_REFUSED',
    `${showPath(path)} and the registered ${showPath(other)} are one file on some file systems`,
    { file: path },
  );
}

export function notSealed(path: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NOT_SEALED', `${showPath(path)} is not a complete sealed file: ${reason}`, {
    file: path,
    hints: [`to see how it came: git log --stat -- ${shellWord(path)}`],
  });
}

/** What the container found wrong, with the file's name. */
export function sealedDamaged(file: string, found: BlackboxError): BlackboxError {
  return new BlackboxError(found.code, `cannot open ${showPath(file)}: ${found.sentence}`, {
    file,
    hints: [
      `to see how it came: git log --stat -- ${shellWord(file)}`,
      `to get the last committed one: git checkout HEAD -- ${shellWord(file)}`,
    ],
    cause: found,
  });
}

export function sealedMissing(path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_SEALED_MISSING', `${showPath(`${path}.age`)} does not exist`, {
    file: path,
    hints: [`to get the last committed one: git checkout HEAD -- ${shellWord(`${path}.age`)}`],
  });
}

export function plaintextMissing(path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_PLAINTEXT_MISSING', `${showPath(path)} does not exist here in plaintext`, {
    file: path,
    hints: [`to get it: blackbox-ts decrypt ${shellWord(path)}`],
  });
}

export function emptyGroup(group: string, known: readonly string[]): BlackboxError {
  const groups = known.length === 0 ? [] : [`groups on the roster: ${list(known.map(visible))}`];
  return new BlackboxError('ERR_BLACKBOX_NO_RECIPIENTS', `nobody is in the group ${visible(group)}`, {
    hints: [...groups, `to put somebody in it: blackbox-ts admin change NAME --group ${shellWord(group)}`],
  });
}

export function outsideGroups(path: string, groups: readonly string[], attempts: readonly string[]): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NOT_ON_ROSTER',
    `you could not read ${showPath(path)} again: you are not in ${list(groups.map(visible), 'or')}`,
    {
      file: path,
      attempts,
      hints: ['to see who is in which group: blackbox-ts admin list'],
    },
  );
}

export function newerSealed(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NEWER_SEALED',
    `${showPath(`${path}.age`)} has changed since ${showPath(path)} was decrypted: sealing would undo somebody's change`,
    {
      file: path,
      hints: [
        `to see theirs: blackbox-ts cat ${shellWord(path)}`,
        `to take theirs: blackbox-ts decrypt --force ${shellWord(path)}`,
        `to keep yours: blackbox-ts encrypt --force ${shellWord(path)}`,
      ],
    },
  );
}

export function outdatedPlaintext(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NEWER_SEALED',
    `${showPath(path)} is older than ${showPath(`${path}.age`)}: sealing it would undo somebody's change`,
    {
      file: path,
      hints: [
        `to get the newer one: blackbox-ts decrypt ${shellWord(path)}`,
        `to go back to the older one: blackbox-ts encrypt --force ${shellWord(path)}`,
      ],
    },
  );
}

export function sealedDiffers(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NEWER_SEALED',
    `${showPath(`${path}.age`)} holds something else than ${showPath(path)}: deregistering would lose it`,
    {
      file: path,
      hints: [
        `to see it: blackbox-ts cat ${shellWord(path)}`,
        `to take it over the plaintext: blackbox-ts decrypt --force ${shellWord(path)}`,
        'to lose it: --force',
      ],
    },
  );
}

export function plaintextChanged(path: string, doing: string, toLose = '--force'): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_PLAINTEXT_CHANGED',
    `${showPath(path)} has changes that are not sealed: ${doing} would lose them`,
    {
      file: path,
      hints: [`to seal them: blackbox-ts encrypt ${shellWord(path)}`, `to lose them: ${toLose}`],
    },
  );
}

export function movedMeanwhile(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NEWER_SEALED',
    `${showPath(`${path}.age`)} has changed since this edit began: saving it would undo somebody's change`,
    {
      file: path,
      hints: [
        `your edit is kept, sealed; to see theirs: blackbox-ts cat ${shellWord(path)}`,
        `to put yours over theirs: blackbox-ts edit --resume --force ${shellWord(path)}`,
        `to drop yours: blackbox-ts edit --discard ${shellWord(path)}`,
      ],
    },
  );
}

export function tooLargeToEdit(path: string, limit: number): BlackboxError {
  const sentence = `${showPath(path)} has more than ${limit / 1024 / 1024} MiB, which is more than edit takes`;
  return new BlackboxError('ERR_BLACKBOX_TOO_LARGE', sentence, {
    file: path,
    hints: [`to change it in the work tree: blackbox-ts decrypt ${shellWord(path)}, and then encrypt it`],
  });
}

export function unfinishedDamaged(path: string, file: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_DAMAGED', `the edit of ${showPath(path)} that was kept is damaged`, {
    file,
    hints: [`to drop it: blackbox-ts edit --discard ${shellWord(path)}`],
  });
}

export function noProposal(by: string, path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_REQUEST', `${visible(by)} proposes no value of ${showPath(path)}`, {
    file: path,
    hints: ['to see who proposes what: blackbox-ts status'],
  });
}

export function proposalDamaged(file: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_VAULT_DAMAGED',
    `${showPath(file)} is no proposal for this place: it was altered, or moved here`,
    {
      file,
      hints: [
        `to see who brought it: git log -p --stat -- ${shellWord(file)}`,
        `to drop it: git rm -- ${shellWord(file)}`,
      ],
    },
  );
}

export function staleProposal(by: string, path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NEWER_SEALED',
    `${showPath(path)} has been sealed anew since ${visible(by)} proposed a value of it`,
    {
      file: path,
      hints: [
        'whoever proposes it pulls, and does so again: blackbox-ts encrypt --propose',
        `if what is sealed now may be lost: blackbox-ts admin approve --force ${shellWord(by)} ${shellWord(path)}`,
      ],
    },
  );
}
