/** What a program may say: an option that is misspelled, or of the wrong kind, would quietly load something else. */
import { badOption, noOptions, unknownOption } from './errors.js';
import { nearMisses } from './names.js';
import type { LoadOptions } from './types.js';

const options: Readonly<Record<keyof LoadOptions, true>> = {
  root: true,
  identities: true,
  passphrase: true,
  vault: true,
  authenticity: true,
  files: true,
  environment: true,
  schema: true,
  public: true,
  local: true,
  env: true,
  cache: true,
  overrides: true,
};
const names = Object.keys(options);

/** @param example of an option. @throws ERR_BLACKBOX_BAD_OPTION */
export function checkNames(given: unknown, names: readonly string[], example: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw noOptions(example);
  for (const name of Object.keys(given)) if (!names.includes(name)) throw unknownOption(name, nearMisses(name, names));
}

/** @throws ERR_BLACKBOX_BAD_OPTION */
export function checkOptions(given: unknown): void {
  checkNames(given, names, "to name a file: { files: 'config.yaml' }");
  const { passphrase, root, environment, files, local } = given as LoadOptions;
  if (files !== undefined && environment !== undefined)
    throw badOption('environment', 'chooses among files, and files names them: one of the two is enough');
  if (local !== undefined && local !== false && typeof local !== 'string')
    throw badOption('local', 'is to be the path of a file, or false');
  if (passphrase !== undefined && typeof passphrase !== 'function')
    throw badOption('passphrase', 'is to be a function that answers with it');
  for (const [name, value] of Object.entries({ root, environment }))
    if (value !== undefined && typeof value !== 'string') throw badOption(name, 'is to be a string');
}
