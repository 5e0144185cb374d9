/** The sentences with which `who --html` refuses. */
import { BlackboxError } from '../errors.js';
import { showPath } from '../text.js';

export function noReport(path: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_FILE_EXISTS', `${showPath(path)} exists already and is no report of ours`, {
    file: path,
    hints: ['another name, or: --force'],
  });
}

export function reportPlaceIsRegistered(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_FILE_EXISTS',
    `${showPath(path)} is a registered file: a report in its place would look like its content`,
    { file: path, hints: ['blackbox-ts who --html readers.html'] },
  );
}
