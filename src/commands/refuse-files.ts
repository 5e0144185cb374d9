/** The sentences with which the commands for files refuse. */
import { BlackboxError } from '../errors.js';
import { shellWord, showPath, visible } from '../text.js';
import { flag, type Given } from './command.js';

function usage(sentence: string, hints: readonly string[]): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_USAGE', sentence, { hints, exitCode: 2 });
}

/** Writing all plaintexts is nothing that a forgotten argument should do. */
export function pathsOrAll(given: Given): void {
  const all = flag(given, 'all');
  if (!all && given.args.length === 0) throw usage('name the files, or say --all', ['blackbox-ts decrypt --all']);
  if (all && given.args.length > 0) throw usage('name the files or say --all, not both', []);
}

export function editIsKept(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_UNFINISHED_EDIT',
    `an earlier edit of ${showPath(path)} is kept and not in place`,
    {
      file: path,
      hints: [
        `to go on with it: blackbox-ts edit --resume ${shellWord(path)}`,
        `to drop it: blackbox-ts edit --discard ${shellWord(path)}`,
      ],
    },
  );
}

export function proposesNothing(name: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_REQUEST', `${visible(name)} proposes no value`, {
    hints: ['to see who does: blackbox-ts status'],
  });
}

export function noEditKept(path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_UNFINISHED_EDIT', `no edit of ${showPath(path)} is kept`, {
    file: path,
    hints: [`to begin one: blackbox-ts edit ${shellWord(path)}`],
  });
}

export function editorLeftNothing(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_EDITOR',
    `the editor removed the file it was given for ${showPath(path)}: nothing was sealed`,
    {
      file: path,
    },
  );
}

export function sealedOtherwise(path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BUG', `${showPath(`${path}.age`)} does not give back what was sealed in it`, {
    file: path,
    exitCode: 70,
  });
}

/** A path that is there and not registered: editing it in place needs no help of ours, and editing it sealed needs it registered. */
export function isUnregistered(path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NOT_REGISTERED', `${showPath(path)} is there and not registered`, {
    file: path,
    hints: [`to seal it: blackbox-ts register ${shellWord(path)}`],
  });
}

export function nameWhatYouAdopt(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_USAGE', 'adopting is for files that somebody has looked at: name them', {
    exitCode: 2,
    hints: ['to look: blackbox-ts cat --unverified PATH', 'then: blackbox-ts reencrypt --adopt PATH'],
  });
}

export function nameWhatYouPropose(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_USAGE', 'name the files whose content you propose', {
    exitCode: 2,
    hints: ['blackbox-ts encrypt --propose PATH'],
  });
}

export function otherProposal(by: string, path: string, given: string, found: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NOT_APPROVED',
    `what ${visible(by)} proposes for ${showPath(path)} is not what you have compared: nothing was sealed`,
    {
      file: path,
      attempts: [`its fingerprint: ${found}`, `what you have given: ${visible(given)}`],
      hints: ['somebody may have exchanged it: ask for the fingerprint that blackbox-ts encrypt --propose has shown'],
    },
  );
}

export function adoptionNeeded(by: string, path: string): BlackboxError {
  const command = (option: string) => `blackbox-ts admin approve ${option} ${shellWord(by)} ${shellWord(path)}`;
  return new BlackboxError('ERR_BLACKBOX_NO_TERMINAL', 'nobody can be asked whether to adopt the value', {
    hints: [
      `to look at it: ${command('--show')}`,
      `with the fingerprint that they have told you: ${command('--fingerprint SHA256:…')}`,
      `to adopt it without that: ${command('--yes')}`,
    ],
  });
}

export function notAdopted(by: string, path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NOT_APPROVED',
    `the value that ${visible(by)} proposes for ${showPath(path)} was not adopted`,
    {
      hints: ['the proposal stays; to be rid of it, remove its file'],
    },
  );
}
