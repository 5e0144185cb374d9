/** Every sentence with which a roster, a vault or a sealed file is not trusted. */
import { BlackboxError } from '../errors.js';
import type { CommitLine } from '../host/types.js';
import { list, shellWord, showPath, visible } from '../text.js';

/** What makes a whole clone of a partial one. */
const wholeHistory = 'to have the whole history: git fetch --refetch --no-filter origin';

/** `by commit 0123456789ab of alice, 2026-01-31: subject`. */
export function commitWords(commit: CommitLine | null): string {
  if (commit === null) return 'not committed yet';
  const subject = visible(commit.subject).replace(/\.+$/, '');
  return `by commit ${commit.id.slice(0, 12)} of ${visible(commit.author)}, ${commit.date.slice(0, 10)}: ${subject}`;
}

const forgetPin = 'rm "$(git rev-parse --git-common-dir)/blackbox-ts/vault"';

const saysWho = {
  told: 'BLACKBOX_VAULT names',
  pinned: 'this clone has pinned',
  history: 'its own history has had before',
} as const;

/** Not filled in: whoever put another vault here is not to say which one is right. */
const asTold = 'BLACKBOX_VAULT=FINGERPRINT blackbox-ts setup';

export function vaultReplaced(found: string, expected: string, by: keyof typeof saysWho): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_VAULT_REPLACED',
    `this is not the vault that ${saysWho[by]}: its fingerprint is ${found.slice(0, 16)}…, not ${expected.slice(0, 16)}…`,
    {
      file: '.blackbox/vault.json',
      hints: [
        'to see who changed it: git log -p -- .blackbox/vault.json',
        'to compare fingerprints with a colleague: blackbox-ts admin list',
        ...(by === 'history' ? [`if it is the one that a colleague tells you: ${asTold}`] : []),
        ...(by === 'pinned'
          ? [`if the team has begun anew, with the one that a colleague tells you: ${forgetPin} && ${asTold}`]
          : []),
      ],
    },
  );
}

/** A new vault is wanted where another one was, which has gone from the work tree. */
export function vaultGone(pinned: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_VAULT_REPLACED',
    `this clone has pinned a vault that is no longer here, ${pinned.slice(0, 16)}…, and another one would take its place`,
    {
      file: '.blackbox/vault.json',
      hints: [
        'to see who took it away: git log --stat -- .blackbox/vault.json',
        'to bring it back: git checkout HEAD -- .blackbox',
        'or, where a commit took it away: git checkout "$(git log -n 1 --format=%H --diff-filter=D -- .blackbox/vault.json)^" -- .blackbox',
        `to begin another one, which each clone has to be told of: ${forgetPin} && blackbox-ts init`,
      ],
    },
  );
}

export function badPin(fromEnvironment: boolean): BlackboxError {
  const what = fromEnvironment ? 'BLACKBOX_VAULT' : 'the vault that is asked for';
  return new BlackboxError(
    'ERR_BLACKBOX_VAULT_REPLACED',
    `${what} is no fingerprint of a vault: 64 hexadecimal digits, and no vault will do for anything else`,
    { hints: ['to see it, in a clone that you trust: blackbox-ts admin list'] },
  );
}

export function brokenPin(file: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_VAULT_REPLACED',
    `${showPath(file)} does not say which vault this clone has pinned: it is damaged`,
    {
      file,
      hints: [`when you have compared the fingerprint with a colleague: rm ${shellWord(file)}, then blackbox-ts setup`],
    },
  );
}

export function statementDeleted(path: string, commit: CommitLine | null): BlackboxError {
  // From the commit that brought it: the parent of the one that lost it may be another branch, or have it damaged already.
  const restore =
    commit === null
      ? `git checkout HEAD -- ${shellWord(path)}`
      : `git checkout $(git log -n 1 --format=%H --all --full-history --diff-filter=A -- ${shellWord(path)}) -- ${shellWord(path)}`;
  return new BlackboxError(
    'ERR_BLACKBOX_STATEMENT_DELETED',
    `a statement about the roster was deleted, ${commitWords(commit)}`,
    {
      file: path,
      hints: [`to see it: git log -p --all -- ${shellWord(path)}`, `to bring it back: ${restore}`],
    },
  );
}

/** A partial clone: https://git-scm.com/docs/partial-clone */
export function historyUnknown(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_STATEMENT_MISSING',
    `this clone does not have what ${showPath(path)} held before: whom to trust cannot be told`,
    { file: path, hints: [wholeHistory] },
  );
}

export function unsignedEntry(file: string, what: string, commit: CommitLine | null): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_UNSIGNED_ENTRY',
    `${showPath(file)} holds ${what} that no admin has signed: brought ${commitWords(commit)}`,
    {
      file,
      hints: [
        `to see it: git log -p -- ${shellWord(file)}`,
        `to drop it: git checkout HEAD -- ${shellWord(file)}, or git rm ${shellWord(file)}`,
        `if they belong there: blackbox-ts admin add ${shellWord(file)}`,
      ],
    },
  );
}

export function notFromSomebodyEntitled(file: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NOT_AUTHENTIC', `${showPath(file)} is not authentic: ${reason}`, {
    file,
    hints: [
      `to see who brought it: git log -p --stat -- ${shellWord(file)}`,
      `to go back to the version before: git checkout HEAD~1 -- ${shellWord(file)}`,
      'to look at it all the same: blackbox-ts cat --unverified; to vouch for it: blackbox-ts reencrypt --adopt',
    ],
  });
}

export function olderPutBack(
  path: string,
  file: string,
  { commit, newer }: { readonly commit: CommitLine | null; readonly newer: CommitLine | null },
): BlackboxError {
  const restore = newer === null ? [] : [`git checkout ${newer.id.slice(0, 12)} -- ${shellWord(file)}`];
  return new BlackboxError(
    'ERR_BLACKBOX_OLDER_VERSION',
    `${showPath(file)} is an older version, put back over a newer one, ${commitWords(commit)}`,
    {
      file,
      hints: [
        `to see what was put back when: git log --raw -- ${shellWord(file)}`,
        ...restore.map((command) => `to bring the newer one back: ${command}`),
        `if the older one is meant: blackbox-ts reencrypt --adopt ${shellWord(path)}`,
      ],
    },
  );
}

export function cannotSign(name: string | null, needed: string): BlackboxError {
  const who = name === null ? 'none of your keys is on the roster' : `${visible(name)} is on the roster`;
  return new BlackboxError('ERR_BLACKBOX_CANNOT_SIGN', `${who}, and this needs ${needed} who can sign`, {
    hints: [
      'to see roles and keys: blackbox-ts admin list',
      'to give your public keys with a signing key: blackbox-ts keygen --public',
      'to propose a value to somebody who can: blackbox-ts encrypt --propose PATH',
    ],
  });
}

export function cannotBe(name: string, role: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_CANNOT_SIGN',
    `${visible(name)} cannot be ${role}: none of their keys can sign`,
    {
      hints: [
        'they print their public key with its signing key: blackbox-ts keygen --public',
        `and you add it: blackbox-ts admin add --append --name ${shellWord(name)} FILE`,
      ],
    },
  );
}

export function notInGroup(name: string, groups: readonly string[]): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_CANNOT_SIGN',
    `${visible(name)} is not in ${list(groups.map(visible), 'or')}, and seals nothing that ${visible(name)} may not read`,
    {
      hints: [
        'to see who is in which group: blackbox-ts admin list',
        `an admin puts you in it: blackbox-ts admin change ${shellWord(name)}${groups.map((g) => ` --group ${shellWord(g)}`).join('')}`,
      ],
    },
  );
}

export function audienceChanged(path: string, wanted: readonly string[], signed: readonly string[]): BlackboxError {
  const words = (groups: readonly string[]) => (groups.length === 0 ? 'everybody' : list(groups.map(visible)));
  const group = wanted.map((g) => ` --group ${shellWord(g)}`).join('');
  return new BlackboxError(
    'ERR_BLACKBOX_NOT_AUTHENTIC',
    `the registry says that ${showPath(path)} is for ${words(wanted)}, and it was sealed for ${words(signed)}: nobody has signed that change`,
    {
      file: path,
      hints: [
        'to see who made it: git log -p -- .blackbox/files',
        `if it is right: blackbox-ts register${group || ' --everybody'} ${shellWord(path)}`,
      ],
    },
  );
}
