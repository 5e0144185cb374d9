/** Every sentence with which a file's content is refused. None holds any of that content. */
import { BlackboxError } from '../errors.js';
import { count, shellWord, showPath } from '../text.js';
import type { FormatName } from './types.js';

const titles: Readonly<Record<FormatName, string>> = {
  json: 'JSON',
  yaml: 'YAML',
  dotenv: 'a dotenv file',
  toml: 'TOML',
  ini: 'an INI file',
  plain: 'plain',
};

/** Where a text stops being what it should be. Both are 1-based; the column counts UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** @param reason fixed words of ours or of a parser, never anything that was read */
export function syntaxError(format: FormatName, path: string, reason: string, at?: Position): BlackboxError {
  const where = at === undefined ? '' : ` at line ${at.line}, column ${at.column}`;
  return new BlackboxError(
    'ERR_BLACKBOX_SYNTAX',
    `${showPath(path)} is not valid as ${titles[format]}${where}: ${reason}`,
    {
      file: path,
    },
  );
}

export function notText(path: string, hint?: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NOT_TEXT', `${showPath(path)} is not UTF-8 text`, {
    file: path,
    hints: hint === undefined ? [] : [hint],
  });
}

export function textTooLarge(path: string, limit: number): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_TOO_LARGE',
    `${showPath(path)} is too large to be read for its values: more than ${count(limit / 1024 / 1024, 'MiB', 'MiB')}`,
    { file: path, hints: ["to read its bytes as they are: loadFile('…')"] },
  );
}

export function notStructured(path: string, reason: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NOT_STRUCTURED',
    `${showPath(path)} cannot be read as names and values: ${reason}`,
    {
      file: path,
      hints: ["to read its bytes as they are: loadFile('…')"],
    },
  );
}

export function cannotEdit(path: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_CANNOT_EDIT', `${showPath(path)} is left as it is: ${reason}`, {
    file: path,
    hints: [`to change it yourself: blackbox-ts edit ${shellWord(path)}`],
  });
}
