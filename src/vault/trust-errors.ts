/** Every sentence with which a roster, a vault or a sealed file is not trusted. */
import { BlackboxError } from '../errors.js';
import type { CommitLine } from '../host/types.js';
import { list, shellWord, showPath, visible } from '../text.js';

function commitWords(commit: CommitLine | null): string {
  if (commit === null) return 'not committed yet';
  return `by commit ${commit.id.slice(0, 12)} of ${visible(commit.author)}, ${commit.date.slice(0, 10)}: ${visible(commit.subject)}`;
}

export function vaultReplaced(found: string, expected: string, told: boolean): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_VAULT_REPLACED',
    `this is not the vault that ${told ? 'BLACKBOX_VAULT names' : 'this clone has pinned'}: its fingerprint is ${found.slice(0, 16)}…, not ${visible(expected.slice(0, 16))}…`,
    {
      file: '.blackbox/vault.json',
      hints: [
        'to see who changed it: git log -p -- .blackbox/vault.json',
        'to compare fingerprints with a colleague: blackbox-ts admin list',
      ],
    },
  );
}

export function statementDeleted(path: string, commit: CommitLine | null): BlackboxError {
  const restore =
    commit === null
      ? `git checkout HEAD -- ${shellWord(path)}`
      : `git checkout ${commit.id.slice(0, 12)}~1 -- ${shellWord(path)}`;
  return new BlackboxError(
    'ERR_BLACKBOX_STATEMENT_DELETED',
    `a statement about the roster was deleted, ${commitWords(commit)}`,
    {
      file: path,
      hints: [`to see it: git log -p --all -- ${shellWord(path)}`, `to bring it back: ${restore}`],
    },
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

export function cannotSign(name: string | null, needed: string): BlackboxError {
  const who = name === null ? 'none of your keys is on the roster' : `${visible(name)} is on the roster`;
  return new BlackboxError('ERR_BLACKBOX_CANNOT_SIGN', `${who}, and this needs ${needed} who can sign`, {
    hints: [
      'to see roles and keys: blackbox-ts admin list',
      'to give your public keys with a signing key: blackbox-ts keygen --public',
    ],
  });
}

export function notAdmin(names: readonly string[]): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_CANNOT_SIGN', 'only an admin may change the roster', {
    hints: [`admins: ${list(names.map(visible))}`],
  });
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
