/** Every sentence with which the vault refuses or fails. */
import { BlackboxError } from '../errors.js';
import { count, list, shellWord, showPath, visible } from '../text.js';

export function refusedPath(path: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_PATH_REFUSED', `refused path ${showPath(path)}: ${reason}`, { file: path });
}

export function outsideRepository(path: string, root: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_PATH_REFUSED',
    `${showPath(path)} is not inside the repository ${showPath(root)}`,
    {
      file: path,
    },
  );
}

export function topNotFile(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_PATH_REFUSED',
    `${showPath(path)} is the top of the repository, a folder: name the files in it`,
    { hints: ['to see what is registered: blackbox-ts list'] },
  );
}

export function noVault(root: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_VAULT', `no vault in ${showPath(root)}: there is no .blackbox/vault.json`, {
    hints: ['to begin one: blackbox-ts init'],
  });
}

export function vaultExists(root: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_VAULT_EXISTS', `${showPath(root)} has a vault already`, {
    hints: ['in a fresh clone: blackbox-ts setup', 'to see who is on it: blackbox-ts admin list'],
  });
}

export function brokenVaultFile(file: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_VAULT_DAMAGED', `${showPath(file)}: ${reason}`, {
    file,
    hints: [`to see who changed it: git log -p -- ${shellWord(file)}`],
  });
}

export function newerFormat(version: number, known: number): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NEWER_FORMAT',
    `.blackbox/vault.json has format version ${version}, this program knows up to ${known}`,
    { file: '.blackbox/vault.json', hints: ['npm install blackbox-ts@latest'] },
  );
}

/** Six variables that are not set are one thing to say, not six. */
function brief(attempts: readonly string[]): string[] {
  const unset = attempts.filter((a) => a.endsWith(': not set')).map((a) => a.replace(/: not set$/, ''));
  const others = attempts.filter((a) => !a.endsWith(': not set'));
  return unset.length === 0 ? others : [`${list(unset)}: not set`, ...others];
}

const toBeLetIn = 'ask to be let in: blackbox-ts join (or an admin types: blackbox-ts admin add <your name>.pub)';

/** Why somebody on the roster cannot read a file. */
export interface Shut {
  readonly name: string;
  /** The groups that they are in, and those that the file is for. */
  readonly groups: readonly string[];
  readonly wanted: readonly string[];
}

function toBeSealedFor(path: string, { name, groups, wanted }: Shut): string[] {
  const self = `you are on the roster as ${visible(name)}`;
  if (wanted.length === 0 || wanted.some((group) => groups.includes(group))) {
    return [`${self}; somebody who can read it types: blackbox-ts reencrypt ${shellWord(path.replace(/\.age$/, ''))}`];
  }
  const all = [...groups, ...wanted.slice(0, 1)].map((group) => ` --group ${shellWord(group)}`).join('');
  return [
    `${self}, and not in ${list(wanted.map(visible), 'or')}`,
    `an admin who can read it types: blackbox-ts admin change ${shellWord(name)}${all}`,
  ];
}

/** @param self who the user is, where one of their keys is on the roster */
export function unreadable(
  path: string,
  attempts: readonly string[],
  readers: readonly string[],
  none: boolean,
  self: Shut | null,
): BlackboxError {
  const who = readers.length === 0 ? [] : [`it is sealed for ${list(readers.map(visible))}`];
  const stranger = none ? ['to make an identity: blackbox-ts keygen', `then ${toBeLetIn}`] : [toBeLetIn];
  const mend = self === null ? stranger : toBeSealedFor(path, self);
  const what = none ? 'no identity found to open it with' : 'none of the identities found opens it';
  return new BlackboxError(
    none ? 'ERR_BLACKBOX_NO_IDENTITY' : 'ERR_BLACKBOX_NOT_A_RECIPIENT',
    `cannot open ${showPath(path)}: ${what}`,
    {
      file: path,
      attempts: brief(attempts),
      hints: [...who, ...mend],
    },
  );
}

export function wrongPluginKey(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_PLUGIN_FAILED', "its plugin gave a file key that is not this file's");
}

export function identityFailed(path: string, attempts: readonly string[]): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_IDENTITY_FAILED',
    `cannot open ${showPath(path)}: an identity for it could not be used`,
    {
      file: path,
      attempts: brief(attempts),
    },
  );
}

export function asyncIdentityOnly(path: string, source: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_ASYNC_ONLY',
    `cannot open ${showPath(path)} synchronously: the identity from ${source} works asynchronously only`,
    { file: path, hints: ['use: await loadSecrets()', 'or an age or SSH identity, or the gpg program'] },
  );
}

export function identityUnusable(source: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_IDENTITY_FAILED', `the identity from ${source} cannot be used: ${reason}`);
}

export function noRecipients(path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_RECIPIENTS', `nobody on the roster may read ${showPath(path)}`, {
    file: path,
    hints: [
      'to see who is in which group: blackbox-ts admin list',
      'to let somebody read it, whoever can read it now types: blackbox-ts admin change NAME --group GROUP',
      `to give it up, where nobody can any more: git rm -f -- ${shellWord(`${path}.age`)}`,
    ],
  });
}

export function notOnRoster(path: string, attempts: readonly string[]): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NOT_ON_ROSTER',
    `you could not read ${showPath(path)} again: none of your identities is on the roster`,
    {
      file: path,
      attempts,
      hints: [
        'to see who is on it: blackbox-ts admin list',
        'to be let in, give your .pub file to one of them',
        `to seal a file and keep its plaintext: blackbox-ts register --keep ${shellWord(path)}`,
      ],
    },
  );
}

export function badName(name: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_NAME', `${showPath(name)} cannot be a person's name: ${reason}`, {
    hints: ['give one: --name alice'],
  });
}

export function nameTaken(name: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NAME_TAKEN', `${visible(name)} is on the roster already, with other keys`, {
    hints: [
      'another name: --name',
      `a further key for the same person: blackbox-ts admin add --name ${shellWord(name)} --append FILE`,
    ],
  });
}

export function keyTaken(owner: string, keyText: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_DUPLICATE_KEY',
    `the key ${visible(keyText)} is on the roster already, as ${visible(owner)}'s`,
  );
}

export function unknownPerson(name: string, known: readonly string[]): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_UNKNOWN_PERSON', `${visible(name)} is not on the roster`, {
    hints: [`on it: ${list(known.map(visible))}`],
  });
}

export function noRequest(name: string, open: readonly string[]): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_REQUEST', `${visible(name)} does not ask to be let in`, {
    hints: [
      open.length === 0 ? 'nobody does, on this branch' : `on this branch do: ${list(open.slice(0, 10).map(visible))}`,
      'to see whether a branch that was pushed brings a request: git fetch && git branch -r',
      'to let somebody in with a key that you have: blackbox-ts admin add FILE',
    ],
  });
}

export function lastKey(name: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_LAST_KEY', `it is the only key of ${visible(name)}`, {
    hints: [
      `to add another one first: blackbox-ts admin add --append --name ${shellWord(name)} FILE`,
      `to shut them out: blackbox-ts admin remove ${shellWord(name)}`,
    ],
  });
}

export function lastAdmin(name: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_LAST_ADMIN',
    `${visible(name)} is the last one on the roster: nobody could read the files any more`,
    {
      hints: ['add somebody first: blackbox-ts admin add FILE'],
    },
  );
}

export function lastSigner(name: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_LAST_ADMIN',
    `${visible(name)} is the last admin with a key that signs: nobody could change the roster any more`,
    {
      hints: ['make somebody else an admin first: blackbox-ts admin change NAME --role admin'],
    },
  );
}

export function removesOneself(name: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_REMOVES_ONESELF',
    `${visible(name)} is you: ask somebody else on the roster to remove you`,
    {
      hints: [`they type: blackbox-ts admin remove ${shellWord(name)}`],
    },
  );
}

/** What changes a role signs the files, too: whoever may no longer sign cannot carry it out. */
export function demotesOneself(name: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_REMOVES_ONESELF',
    `${visible(name)} is you, and a reader signs nothing: ask another admin to make you one`,
    { hints: [`they type: blackbox-ts admin change ${shellWord(name)} --role reader`] },
  );
}

export function stillWrapped(path: string, name: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_BUG',
    `the new header of ${showPath(path)} still names ${visible(name)}: nothing was written`,
    {
      file: path,
      exitCode: 70,
    },
  );
}

export function tooMany(what: string, limit: number, file: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_VAULT_DAMAGED', `${showPath(file)} holds more than ${count(limit, what)}`, {
    file,
  });
}

export function signatureTooLarge(length: number, room: number): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_SIGNING_FAILED',
    `the signature has ${length} bytes, and a sealed file has room for ${room}`,
    { hints: ['use a signing key or subkey of another kind, or RSA of at most 8192 bits'] },
  );
}
