/** The sentences with which the commands for beginning, people and hooks refuse. */
import { BlackboxError } from '../errors.js';
import { count, shellWord, showPath, visible } from '../text.js';

export function identityExists(path: string, recipient: string | null): BlackboxError {
  const known = recipient === null ? [] : [`its public key: ${recipient}`];
  return new BlackboxError(
    'ERR_BLACKBOX_FILE_EXISTS',
    `${showPath(path)} exists already: an identity is never overwritten`,
    {
      file: path,
      hints: [...known, 'to make another one and keep this one beside it: blackbox-ts keygen --force'],
    },
  );
}

export function publicFileExists(path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_FILE_EXISTS', `${showPath(path)} exists already and holds something else`, {
    file: path,
    hints: ['move it away, or run this in another folder'],
  });
}

export function noIdentityFile(path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_IDENTITY', `there is no identity in ${showPath(path)}`, {
    file: path,
    hints: ['to make one: blackbox-ts keygen', 'to name another: blackbox-ts keygen --public --identity FILE'],
  });
}

export function identityNeedsPublic(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_USAGE', '--identity goes with --public here', {
    hints: ['to make an identity in a file: blackbox-ts keygen --output FILE'],
    exitCode: 2,
  });
}

export function passphrasesDiffer(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_WRONG_PASSPHRASE', 'the two passphrases differ: nothing was written');
}

export function ownIdentityUnusable(source: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_IDENTITY_FAILED', `the identity from ${source} cannot be used: ${reason}`, {
    hints: ['to use another one: --identity FILE'],
  });
}

/** `source` is a private key whose public key cannot be told from it. */
export function publicKeyNeeded(source: string, reason: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_BAD_IDENTITY',
    `the public key of the identity from ${source} is needed: ${reason}`,
    {
      hints: ['to give it: blackbox-ts init --key FILE.pub'],
    },
  );
}

export function notYourKey(source: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NOT_ON_ROSTER',
    `you have no identity for the keys in ${showPath(source)}: you could read nothing that you seal`,
    {
      hints: ['to make an identity: blackbox-ts keygen', 'to name the private key: --identity FILE'],
    },
  );
}

export function noSuchKeyFile(argument: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_RECIPIENT', `${showPath(argument)} is neither a file nor a public key`, {
    hints: [
      'give a file of public keys (alice.pub), - for standard input, or one key (age1…, ssh-ed25519 …) in quotes',
    ],
  });
}

export function noKeyIn(source: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_RECIPIENT', `${showPath(source)} holds no public key`);
}

export function nameNeeded(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_USAGE', 'a key without a file has no name', {
    hints: ['say whose it is: --name alice'],
    exitCode: 2,
  });
}

export function cannotAdd(): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NOT_ON_ROSTER',
    'you are not on the roster: only somebody who can open the files can let others in',
    {
      hints: ['to see who can: blackbox-ts admin list', 'your own identities: blackbox-ts doctor'],
    },
  );
}

export function stillNamed(name: string, paths: readonly string[]): BlackboxError {
  const sentence = `${count(paths.length, 'sealed file')} on disk still ${paths.length === 1 ? 'names' : 'name'} a key of ${visible(name)}, who stays on the roster`;
  return new BlackboxError('ERR_BLACKBOX_STILL_READABLE', sentence, {
    attempts: paths.slice(0, 20).map(showPath),
    hints: [`something else may be writing here; run it again: blackbox-ts admin remove ${shellWord(name)}`],
  });
}

export function keyStillNamed(name: string, paths: readonly string[]): BlackboxError {
  const sentence = `${count(paths.length, 'sealed file')} on disk still ${paths.length === 1 ? 'names' : 'name'} the key of ${visible(name)}`;
  return new BlackboxError('ERR_BLACKBOX_STILL_READABLE', sentence, {
    attempts: paths.slice(0, 20).map(showPath),
    hints: ['something else may be writing here; run it again'],
  });
}

/** @param known the keys that there are, as they may be typed */
export function noSuchKey(name: string, given: string, known: readonly string[]): BlackboxError {
  const why = given.length < 8 ? ': give 8 characters of it, or more' : '';
  return new BlackboxError('ERR_BLACKBOX_UNKNOWN_KEY', `${visible(name)} has no key ${visible(given)}${why}`, {
    hints: known.map((key) => `on the roster: ${visible(key)}`),
  });
}

export function ambiguousKey(name: string, given: string, found: readonly string[]): BlackboxError {
  const sentence = `${visible(given)} could be ${count(found.length, 'key')} of ${visible(name)}`;
  return new BlackboxError('ERR_BLACKBOX_UNKNOWN_KEY', sentence, { hints: found.map((key) => visible(key)) });
}

export function retiresOwnLast(name: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_LAST_KEY',
    'you have no other of your keys here: you could read nothing any more',
    {
      hints: [
        'run it where you have one of your other keys, or name it: --identity FILE',
        `to add one first: blackbox-ts admin add --append --name ${shellWord(name)} FILE`,
      ],
    },
  );
}

export function damagedBlocks(name: string, paths: readonly string[]): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NOT_SEALED',
    `cannot tell whether ${visible(name)} can read ${count(paths.length, 'file')}: the sealed file is damaged`,
    {
      attempts: paths.slice(0, 20).map(showPath),
      hints: [`to get the last committed one: git checkout HEAD -- ${shellWord(`${paths[0] ?? ''}.age`)}`],
    },
  );
}

export function requestExists(name: string, path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_FILE_EXISTS',
    `somebody asks to be let in as ${visible(name)} already, with other keys`,
    {
      file: path,
      hints: [
        `to see who: git log -p -- ${shellWord(path)}`,
        'another name: --name',
        'if it is you, to ask again with these: --force',
      ],
    },
  );
}

export function alreadyIn(name: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NAME_TAKEN', `you are on the roster already, as ${visible(name)}`, {
    hints: [
      `to see what it says of you: blackbox-ts admin show ${shellWord(name)}`,
      'to ask for a further key, make it first: blackbox-ts keygen --output FILE, then blackbox-ts join --key FILE.pub --identity FILE',
    ],
  });
}

export function fingerprintDiffers(name: string, given: string, found: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NOT_APPROVED',
    `the request of ${visible(name)} is not the one that you have compared: nobody was let in`,
    {
      attempts: [`its fingerprint: ${found}`, `what you have given: ${visible(given)}`],
      hints: ['somebody may have exchanged a key: ask them for the fingerprint that blackbox-ts join shows them'],
    },
  );
}

export function approvalNeeded(name: string): BlackboxError {
  const command = `blackbox-ts admin approve ${shellWord(name)}`;
  return new BlackboxError('ERR_BLACKBOX_NO_TERMINAL', 'nobody can be asked whether to let them in', {
    hints: [
      `with the fingerprint that they have told you: ${command} --fingerprint SHA256:…`,
      `to let them in without that: ${command} --yes`,
    ],
  });
}

export function notApproved(name: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NOT_APPROVED', `${visible(name)} was not let in`, {
    hints: ['the request stays; to be rid of it, remove its file'],
  });
}

export function registryUnreadable(): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_VAULT_DAMAGED',
    'the staged .blackbox/files cannot be read: nothing could be checked',
    {
      file: '.blackbox/files',
      hints: ['to take the last committed one: git restore --staged --worktree -- .blackbox/files'],
    },
  );
}

export function nameNeededFor(login: string, command: string): BlackboxError {
  const why =
    login === ''
      ? 'your system does not say your login name'
      : `your login name ${showPath(login)} cannot be a name on the roster`;
  return new BlackboxError('ERR_BLACKBOX_BAD_NAME', why, { hints: [`give one: blackbox-ts ${command} --name alice`] });
}

export function incompletePackage(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_HOOK',
    `${showPath(path)} is missing: this installation of blackbox-ts is not complete`,
    {
      file: path,
      hints: ['npm ci   # or: npm install --save-dev blackbox-ts'],
    },
  );
}

export function demoNeedsGit(): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NO_GIT',
    'the demo plays in a git repository, and the git program was not found',
    {
      hints: ['install git (https://git-scm.com/downloads), or put it on the PATH'],
    },
  );
}

export function demoFailed(line: string, status: number | null, expected: number): BlackboxError {
  const ended = status === null ? 'could not be started' : `ended with ${status} instead of ${expected}`;
  return new BlackboxError('ERR_BLACKBOX_BUG', `the demo went wrong: ${visible(line)} ${ended}`, { exitCode: 70 });
}

export function demoSilent(line: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BUG', `the demo went wrong: ${visible(line)} did not say what it should`, {
    exitCode: 70,
  });
}

export function demoShows(line: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BUG', `the demo went wrong: ${visible(line)} shows the secret`, {
    exitCode: 70,
  });
}

export function nothingThere(path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_READ_FAILED', `cannot look into ${showPath(path)}: there is nothing`, {
    file: path,
    hints: ['for a range of commits: blackbox-ts guard A..B'],
  });
}

export function badAllowance(sentence: string, hint: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_USAGE', sentence, { hints: [hint], exitCode: 2 });
}

export function unknownHook(name: string, known: readonly string[]): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_USAGE', `${visible(name)} is no hook that guards`, {
    hints: [`there are: ${known.join(', ')}`],
    exitCode: 2,
  });
}

export function notAHookCall(hook: string, missing: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_USAGE', `${hook} was not told ${missing}`, {
    hints: ['this is how git calls its hooks; to look at what is staged: blackbox-ts guard'],
  });
}

export function lookedAtTooMuch(path: string, most: number): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_TOO_LARGE', `${showPath(path)} holds more than ${most} files`, {
    file: path,
    hints: ['for what git tracks: blackbox-ts guard --all'],
  });
}

/** An identity was named, and the scan index is not for it: to go on would be to look for nothing. */
export function indexNotOpened(error: BlackboxError): BlackboxError {
  const { code, file, hints, attempts } = error;
  return new BlackboxError(code, `the scan index does not open with the identity that was named: ${error.sentence}`, {
    ...(file === undefined ? {} : { file }),
    hints,
    attempts,
  });
}
