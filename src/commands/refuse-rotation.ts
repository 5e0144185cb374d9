/** The sentences with which `rotation` refuses. */
import { BlackboxError } from '../errors.js';
import { count, shellWord, showPath, visible } from '../text.js';

export function cannotPrune(paths: readonly string[]): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_ROTATION_UNKNOWN',
    `nothing was removed: ${count(paths.length, 'file')} cannot be opened, and an old value may stand there again`,
    { attempts: paths.slice(0, 20).map(showPath), hints: ['to see why: blackbox-ts rotation'] },
  );
}

export function nothingOpen(path: string, name: string | null): never {
  const what = name === null ? showPath(path) : `${visible(name)} in ${showPath(path)}`;
  throw new BlackboxError('ERR_BLACKBOX_NOTHING_OPEN', `${what} is not among what is still to be changed`, {
    file: path,
    hints: ['to see what is: blackbox-ts rotation'],
  });
}

export function keysWithoutFile(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_USAGE', 'names of values were given, and no file', {
    hints: [`blackbox-ts rotation --not-secret ${shellWord('config.json')} db.host`],
    exitCode: 2,
  });
}
