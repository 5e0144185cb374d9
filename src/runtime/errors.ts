/** Every sentence with which loading refuses, besides those of the vault and of the formats. */
import { BlackboxError } from '../errors.js';
import { list, shellWord, showPath, visible } from '../text.js';

export function badOption(name: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_OPTION', `the option ${name} ${reason}`);
}

export function noOptions(example: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_OPTION', 'the options are to be an object', { hints: [example] });
}

export function unknownOption(name: string, near: readonly string[]): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_OPTION', `there is no option ${visible(name)}`, {
    hints: near.length === 0 ? [] : [`perhaps ${list(near.map(visible), 'or')} is meant`],
  });
}

export function noSecretsFile(environment: string, registered: readonly string[], dotenv = false): BlackboxError {
  const stem = dotenv ? '.env' : 'secrets.<ext>';
  const own = dotenv ? `.env.${visible(environment)}` : `secrets.${visible(environment)}.<ext>`;
  const names = environment === '' ? stem : `${stem} or ${own}`;
  const first = registered[0];
  const other =
    first === undefined
      ? [`to register one: blackbox-ts register ${dotenv ? '.env' : 'secrets.json'}`]
      : [
          `registered: ${list(registered.slice(0, 5).map(showPath))}${registered.length > 5 ? ', …' : ''}`,
          `to load one of those: { files: '${visible(first)}' } in a program, --from ${shellWord(first)} on the command line`,
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

export function disposed(name: string): BlackboxError {
  const which = name === '' ? 'a secret' : `the secret ${name}`;
  return new BlackboxError('ERR_BLACKBOX_DISPOSED', `${which} was disposed of: its value is not there any more`, {
    hints: ['to have it again: loadSecrets()'],
  });
}

export function reservedName(name: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_RESERVED_NAME',
    `${visible(name)} cannot be the name of a value at the top level: what is loaded has a method of this name`,
    { hints: ['give it another name, in the file or in the schema, or put it below one'] },
  );
}

export function noName(): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_BAD_OPTION',
    "a name is text, as 'db.password', or a list: ['db', 'password']",
  );
}

export function noSuchName(name: string, near: readonly string[]): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_NO_SUCH_NAME', `there is no secret ${visible(name) || "''"}`, {
    hints: [
      ...(near.length === 0 ? [] : [`perhaps ${list(near.map(visible), 'or')} is meant`]),
      'to see what there is: blackbox-ts list --keys',
    ],
  });
}

const toMend = (path: string) => `to mend it: blackbox-ts edit ${shellWord(path)}`;

/** What is wrong with the content of a registered file, with the command that opens it. */
export function mendable(error: unknown, path: string): unknown {
  const codes = ['ERR_BLACKBOX_SYNTAX', 'ERR_BLACKBOX_NOT_TEXT'];
  if (!(error instanceof BlackboxError) || !codes.includes(error.code)) return error;
  return new BlackboxError(error.code, error.sentence, { file: path, hints: [...error.hints, toMend(path)] });
}

/**
 * @param issues a sentence each, free of values
 * @param file the topmost registered one
 */
export function invalid(sources: readonly string[], issues: readonly string[], file?: string): BlackboxError {
  const what = sources.length === 0 ? 'the values' : list(sources.map(visible));
  return new BlackboxError(
    'ERR_BLACKBOX_INVALID',
    `${what} ${sources.length > 1 || sources.length === 0 ? 'do' : 'does'} not fit the schema`,
    {
      attempts: issues,
      hints: file === undefined ? [] : [toMend(file)],
    },
  );
}

export function asyncSchema(): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_ASYNC_SCHEMA',
    'the schema validates asynchronously, which cannot be waited for here',
    {
      hints: [
        'to wait for it: await loadSecrets(…)',
        'with some libraries, code of the schema that throws looks the same',
      ],
    },
  );
}

export function brokenSchema(): BlackboxError {
  return badOption(
    'schema',
    'is to be a Standard Schema (of zod, valibot, arktype, …), or a dictionary of such by name',
  );
}

export function notNamed(): BlackboxError {
  return badOption('schema', 'is to give an object: names with values');
}

export function brokenOverrides(): BlackboxError {
  return badOption('overrides', 'is to be an object: names with values');
}

/** @param wanted what the value is that the variable replaces */
export function wrongVariable(variable: string, name: string, wanted: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_INVALID',
    `the environment variable ${visible(variable)} is to replace ${visible(name)}, which is ${wanted}, and is none`,
  );
}

export function ambiguousVariable(variable: string, names: readonly string[]): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_BAD_OPTION',
    `the environment variable ${visible(variable)} could replace any of ${list(names.map(visible))}`,
    {
      hints: ['to leave environment variables out of it: env: false'],
    },
  );
}

export function localMissing(path: string): BlackboxError {
  return badOption(
    'local',
    `names ${showPath(path)}, which is not there, or is registered and so is not read unsealed`,
  );
}

export function localTracked(path: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_LOCAL_TRACKED',
    `git tracks ${showPath(path)}: as a local file it would lie over the sealed ones, and nobody has signed it`,
    {
      file: path,
      hints: [`to keep it for yourself: git rm --cached ${shellWord(path)}`, 'to do without local files: local: false'],
    },
  );
}

export function noVariable(path: string, reason: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NO_VARIABLE',
    `${visible(path)} cannot be an environment variable: ${reason}`,
    {
      hints: ['to do without it: --only'],
    },
  );
}

export function sameVariable(name: string, paths: readonly string[]): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_NO_VARIABLE',
    `${list(paths.map(visible))} would be the same environment variable: ${visible(name)}`,
    { hints: ['to take one of them: --only'] },
  );
}

/** @param reason the end of a sentence that begins with "the key" */
export function noValueToSet(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_OPTION', 'there is no value to set: it is undefined', {
    hints: ['to take a name out: vault.unset(file, name)'],
  });
}

export function notWritable(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_OPTION', 'what is to be written is neither text nor bytes');
}

export function badCipherKey(reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_OPTION', `a value cannot be encrypted: the key ${reason}`, {
    hints: ['to make one: openssl rand -base64 32 | blackbox-ts set cipher.key'],
  });
}

export function notEncryptable(what: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_BAD_OPTION', `a value cannot be encrypted: it is ${what}`);
}

export function noContext(): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_BAD_OPTION',
    'a context is missing, or no Unicode text: it says where the value belongs',
    {
      hints: ["for a column of a table: cipher.encrypt(value, 'users.ssn:' + user.id)"],
    },
  );
}

export function cannotDecrypt(keyIsMissing: boolean): BlackboxError {
  const reason = keyIsMissing
    ? 'the key that it was encrypted under is not there'
    : 'it was altered, or belongs elsewhere';
  return new BlackboxError('ERR_BLACKBOX_CANNOT_DECRYPT', `a value cannot be decrypted: ${reason}`);
}

export function expired(): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_EXPIRED', 'a value cannot be decrypted any more: its time is over');
}

export function unknownPublic(name: string, near: readonly string[]): BlackboxError {
  return badOption(
    'public',
    `names ${visible(name)}, which is not there${near.length === 0 ? '' : `: perhaps ${list(near.map(visible), 'or')} is meant`}`,
  );
}

export function exposedSecrets(file: string, names: readonly string[]): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_EXPOSED',
    `${showPath(file)} would be sent to everybody with ${list(names.map(visible))} in it`,
    {
      file,
      hints: ['if that is no secret, say so: public', 'else keep what uses it on the server'],
    },
  );
}
