/** The sentences with which commands refuse to write their reports and declarations. */
import { BlackboxError } from '../errors.js';
import { showPath } from '../text.js';
import type { OwnFile } from './own-file.js';

export function ownPlaceIsTaken(path: string, { what, hint }: OwnFile): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_FILE_EXISTS', `${showPath(path)} exists already and is no ${what} of ours`, {
    file: path,
    hints: [hint],
  });
}

export function ownPlaceIsRegistered(path: string, { what, hint }: OwnFile): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_FILE_EXISTS',
    `${showPath(path)} is a registered file: a ${what} in its place would look like its content`,
    { file: path, hints: [hint] },
  );
}
