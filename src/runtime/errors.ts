/** Every sentence with which loading refuses, besides those of the vault and of the formats. */
import { BlackboxError } from '../errors.js';
import { list, shellWord, showPath, visible } from '../text.js';

export function badOption(name: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_OPTION', `the option ${name} ${reason}`);
}

export function noSecretsFile(environment: string, registered: readonly string[]): BlackboxError {
  const names = environment === '' ? 'secrets.<ext>' : `secrets.<ext> or secrets.${visible(environment)}.<ext>`;
  const first = registered[0];
  const other =
    first === undefined
      ? ['to register one: blackbox-ts register secrets.json']
      : [
          `registered: ${list(registered.slice(0, 5).map(showPath))}${registered.length > 5 ? ', …' : ''}`,
          'to load one of those, name it: files',
        ];
  return new BlackboxError('ERR_BLACKBOX_NOT_REGISTERED', `no ${names} is registered in this folder or one above it`, {
    hints: other,
  });
}

export function ambiguousFiles(paths: readonly string[]): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_AMBIGUOUS_FILES',
    `${list(paths.map(showPath))} are all registered, and nothing tells which is meant`,
    {
      hints: [
        'name the files, in their order: files',
        ...paths.slice(1).map((p) => `or keep one: blackbox-ts deregister ${shellWord(p)}`),
      ],
    },
  );
}

export function plainFile(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NOT_STRUCTURED',
    `${showPath(path)} has no names and values: its extension is of no format that does`,
    {
      file: path,
      hints: ['to get its bytes: loadFile or loadFileSync'],
    },
  );
}
