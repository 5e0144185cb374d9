/** Every sentence with which the guard refuses or fails. Findings have their own, in findings.ts. */
import { BlackboxError } from '../errors.js';
import { shellWord, showPath, visible } from '../text.js';

export function knownValuesDamaged(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_KNOWN_VALUES',
    `${showPath(path)} is damaged: staged files could not be checked for values of the registered files`,
    {
      file: path,
      hints: ['to build it anew: blackbox-ts setup', `without a key, to go on without it: rm ${shellWord(path)}`],
    },
  );
}

export function knownValuesNewer(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_KNOWN_VALUES',
    `${showPath(path)} was written by a newer version of this program: staged files could not be checked for values of the registered files`,
    { file: path, hints: ['npm install blackbox-ts@latest', 'to build it anew: blackbox-ts setup'] },
  );
}

const rebuildIndex = ['for somebody who can read the files: blackbox-ts guard index'];

export function indexDamaged(file: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_KNOWN_VALUES',
    `what is sealed in ${showPath(file)} is no scan index: nothing could be checked for values of the registered files`,
    { file, hints: rebuildIndex },
  );
}

export function indexNewer(file: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_KNOWN_VALUES',
    `${showPath(file)} was written by a newer version of this program: nothing could be checked for values of the registered files`,
    { file, hints: ['npm install blackbox-ts@latest', ...rebuildIndex] },
  );
}

export function allowedDamaged(line: number): BlackboxError {
  return listDamaged('.blackbox/allowed', line);
}

export function publicDamaged(line: number): BlackboxError {
  return listDamaged('.blackbox/public', line);
}

function listDamaged(file: string, line: number): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_VAULT_DAMAGED',
    `line ${line} of ${file} is none that was written by this program`,
    { file, hints: [`to see who wrote it: git log -p -- ${file}`, `rm ${file}`] },
  );
}

export function hookRefused(path: string, reason: string, hints: readonly string[]): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_HOOK', `cannot install the hook ${showPath(path)}: ${reason}`, {
    file: path,
    hints,
  });
}

export function hookNotOurs(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_HOOK',
    `the hook ${showPath(path)} is not one of blackbox-ts: it was left alone`,
    { file: path },
  );
}

export function hookLets(path: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_HOOK', `the hook ${showPath(path)} does not guard: ${visible(reason)}`, {
    file: path,
    hints: ['blackbox-ts hook install'],
  });
}
