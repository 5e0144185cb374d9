/** `run`: a program with the secrets in its environment. Imports what it needs from its own files, as it has to be fast. */
import { join } from 'node:path';
import type { Ended, Env, Host, InPlaceOptions } from '../host/types.js';
import { noSuchName } from '../runtime/errors.js';
import type { Layer } from '../runtime/layers.js';
import { gather } from '../runtime/load.js';
import { nearMisses } from '../runtime/names.js';
import { type Variable, variablesOf } from '../runtime/variables.js';
import { count, list, visible } from '../text.js';
import { type Command, flag, type Given, identityOption, text, texts } from './command.js';
import { keyringOf } from './keyring.js';

/** What unlocks secrets is for us alone. */
const keyVariables = ['BLACKBOX_IDENTITY', 'SOPS_AGE_KEY'].flatMap((name) => [name, `${name}_FILE`, `${name}_CMD`]);

const words = (given: Given, name: string) =>
  texts(given, name)
    .flatMap((value) => value.split(','))
    .filter((word) => word !== '');

/** Adds the variables; what is there already stays, unless `override`. */
function environmentOf(
  host: Host,
  variables: readonly Variable[],
  override: boolean,
): Record<string, string | undefined> {
  // Without a prototype: `constructor` and `__proto__` are names like any other.
  const env: Record<string, string | undefined> = Object.assign(Object.create(null), host.env);
  for (const name of keyVariables) delete env[name];
  for (const { name, value } of variables) if (override || env[name] === undefined) env[name] = value;
  return env;
}

/** Puts some values into files, for this user only, in memory where there is such a place. Returns what takes them away. */
function writeFiles(host: Host, variables: readonly Variable[], env: Record<string, string | undefined>): () => void {
  if (variables.length === 0) return () => undefined;
  const folder = host.files.privateFolder();
  if (!folder.inMemory)
    host.terminal.warn('there is no file system in memory here: files with secrets are on disk while the program runs');
  for (const { name, value } of variables) {
    const path = join(folder.path, name);
    host.files.writeLocal(path, value);
    delete env[name];
    env[`${name}_FILE`] = path;
  }
  return () => folder.remove();
}

/** @throws ERR_BLACKBOX_NO_SUCH_NAME */
function inFiles(variables: readonly Variable[], names: readonly string[]): Variable[] {
  for (const name of names)
    if (!variables.some((v) => v.name === name || v.path === name))
      throw noSuchName(
        name,
        nearMisses(
          name,
          variables.map((v) => v.name),
        ),
      );
  return variables.filter((v) => names.includes(v.name) || names.includes(v.path));
}

async function filterFor(host: Host, given: Given, layers: readonly Layer[]): Promise<Pick<InPlaceOptions, 'filter'>> {
  if (!flag(given, 'redact')) return {};
  const { newMaskers, shortestMasked } = await import('../runtime/redact.js');
  const { maskedTexts } = await import('../runtime/variables.js');
  const { masker, tooShort } = newMaskers(maskedTexts(layers));
  if (tooShort.length > 0)
    host.terminal.warn(
      `shorter than ${count(shortestMasked, 'character')}, and so not masked: ${list(tooShort.map(visible))}`,
    );
  return { filter: masker };
}

/** As shells tell it. */
function exitCode(host: Host, program: string, { code, signal, failure }: Ended): number {
  if (signal !== null) return host.endAs(signal);
  if (failure === '') return code ?? 1;
  const why = failure === 'ENOENT' ? 'was not found' : `could not be started (${failure})`;
  host.terminal.say(`blackbox-ts: the program ${visible(program)} ${why}`);
  if (failure === 'E2BIG')
    host.terminal.say(
      '  its environment is too large: choose with --only, or put what is large into a file: --file NAME',
    );
  return failure === 'ENOENT' ? 127 : 126;
}

async function run(host: Host, given: Given): Promise<number> {
  const environment = text(given, 'env');
  const from = texts(given, 'from');
  const options = {
    ...(environment === undefined ? {} : { environment }),
    ...(from.length === 0 ? {} : { files: from }),
  };
  const layers = await gather(host, options, { keyring: keyringOf(host, given) });
  const only = words(given, 'only');
  const files = words(given, 'file');
  const all = variablesOf(layers, {
    only: only.length === 0 ? undefined : [...only, ...files],
    prefix: text(given, 'prefix'),
  });
  const filed = inFiles(all, files);
  const env = environmentOf(
    host,
    all.filter((v) => !filed.includes(v)),
    flag(given, 'override'),
  );
  const filter = await filterFor(host, given, layers);
  const clear = writeFiles(host, filed, env);
  try {
    const ended = await host.runInPlace(given.args, { env: env as Env, ...filter });
    clear();
    return exitCode(host, given.args[0] ?? '', ended);
  } finally {
    clear();
  }
}

export const command: Command = {
  args: [{ name: '<words...>', what: 'the program and its words, as they are: no shell is involved' }],
  passThrough: true,
  options: [
    { flags: '-e, --env <name>', what: 'the environment, instead of BLACKBOX_ENV or NODE_ENV' },
    {
      flags: '--from <file>',
      what: 'take this registered file instead of secrets.*; may be given more than once',
      many: true,
      not: ['--env'],
    },
    { flags: '--only <names>', what: 'these variables and no others, separated by commas', many: true },
    { flags: '--prefix <text>', what: 'in front of the name of every variable' },
    { flags: '--file <names>', what: 'put these into files, and their paths into NAME_FILE', many: true },
    { flags: '--override', what: 'also variables that are in the environment already' },
    { flags: '--redact', what: 'mask the values in what the program prints, where that is no terminal' },
    identityOption,
  ],
  details:
    'db.password becomes DB_PASSWORD; names of dotenv files stay as they are; a list is\n' +
    'one variable, as JSON. Signals are handed on, and the exit code is that of the\n' +
    'program; 127 when it is not found, 126 when it cannot be started.',
  examples: [
    ['blackbox-ts run -- node server.js', 'start a server with the secrets in its environment'],
    ['blackbox-ts run --env production --only DATABASE_URL -- npm run migrate', 'with one variable of an environment'],
    ['blackbox-ts run --file TLS_KEY -- nginx', 'with the path of a file in memory in TLS_KEY_FILE'],
  ],
  run,
};
