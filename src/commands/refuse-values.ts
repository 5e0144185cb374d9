/** The sentences with which the commands for single values refuse. None of them repeats what was typed: it may be a value. */
import { BlackboxError } from '../errors.js';
import { shellWord, showPath } from '../text.js';

function usage(sentence: string, hints: readonly string[]): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_USAGE', sentence, { hints, exitCode: 2 });
}

const asValue = 'a value is never an argument: type it when asked, pipe it in, or name a file: --value-file';

export function tooManyWords(): BlackboxError {
  return usage('a file and a name are all that is taken here', [asValue]);
}

export function noName(): BlackboxError {
  return usage('this is no name', [asValue, 'a name is like db.password']);
}

/** @param whence what is empty: `standard input is empty` */
export function noValue(whence: string, typed: string): BlackboxError {
  return usage(`${whence}, and so there is no value: nothing was written`, [
    `to set it to nothing: echo '""' | blackbox-ts set --json ${typed}`,
  ]);
}

export function noValueFile(path: string): BlackboxError {
  return usage(`${showPath(path)} is not there, and so there is no value: nothing was written`, [asValue]);
}

/** Somebody may have typed a name and its value, so that the name was taken for a file. */
export function noFileToChange(error: unknown): unknown {
  if (!(error instanceof BlackboxError) || error.code !== 'ERR_BLACKBOX_NOT_REGISTERED') return error;
  const [registered = ''] = error.hints;
  return new BlackboxError(error.code, error.sentence, { hints: [registered, asValue] });
}

export function noNameIn(file: string): BlackboxError {
  return usage(`${showPath(file)} is a file, and none of its names was given`, [
    `to see them: blackbox-ts list --keys ${shellWord(file)}`,
  ]);
}

export function notJson(): BlackboxError {
  return usage('the value is not JSON', ['without --json it is taken as text']);
}

export function notTextValue(): BlackboxError {
  return usage('the value is not UTF-8 text', ['to keep it as it is, register it as a file of its own']);
}

export function manyFiles(): BlackboxError {
  return usage('a value is changed in one file', ['name it once: --from']);
}

export function unknownFormat(formats: readonly string[]): BlackboxError {
  return usage('there is no such format', [`--format is one of ${formats.join(', ')}`]);
}

export function prefixOfTree(): BlackboxError {
  return usage('json and yaml keep the names that the files have', ['--prefix is for variables']);
}

export function badKubernetesName(): BlackboxError {
  return usage('this is no name of a Kubernetes object', ['it has small letters, digits, - and .: --name my-app']);
}

export function notExportable(name: string, format: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_VARIABLE', `${name} cannot be written as ${format}: ${reason}`);
}

export function typesOutdated(file: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_OUTDATED_TYPES',
    `${showPath(file)} is not what the secrets' names and shapes are`,
    {
      file,
      hints: ['to write it anew: blackbox-ts types'],
      exitCode: 3,
    },
  );
}
