/** `set` and `unset`: one value of a sealed file, and nothing else of it. */
import { resolve } from 'node:path';
import { editBytes } from '../formats/edit/index.js';
import { decodeText, formatOf, type Value } from '../formats/index.js';
import { isTree, leaves } from '../formats/tree.js';
import type { Host } from '../host/types.js';
import { noSuchName } from '../runtime/errors.js';
import { dotted, find, nearMisses } from '../runtime/names.js';
import { count, shellWord, showPath, visible } from '../text.js';
import { locked, openForEdit, type RepoPath } from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption, text } from './command.js';
import { manyFiles, noFileToChange, noName, notJson, notTextValue, noValue, noValueFile } from './refuse-values.js';
import { sealEdit } from './seal-edit.js';
import { checkIsName, envOption, fileToChange, fromOption, namedBy, selectionOf } from './values.js';
import { keyringOf, sayCommit, vaultHere } from './work.js';

/** Longer ones are files. */
const longestValue = 1024 * 1024;

/** The names that lead to a value: those that are there, else the name cut at its dots. */
function pathTo(content: Value, name: string): readonly string[] {
  const there = leaves(content).find(({ path }) => dotted(path) === name);
  return (
    there?.path ??
    (isTree(content) && find(content, name) !== undefined && Object.hasOwn(content, name) ? [name] : name.split('.'))
  );
}

/**
 * From a file as it is; from stdin without the line break that `echo` ends with; else asked for, and not shown. A program that failed, and Enter
 * pressed too early, are no values.
 */
function readValue(host: Host, given: Given, name: string): string {
  const file = text(given, 'valueFile');
  if (file !== undefined && file !== '-') {
    const bytes = host.files.read(host.files.real(resolve(host.cwd, file)), longestValue);
    if (bytes === null) throw noValueFile(file);
    return asText(bytes);
  }
  const typed = given.args.map(shellWord).join(' ');
  if (file === undefined && host.terminal.interactive) {
    const answer = host.terminal.askSecret(`value of ${visible(name)}: `);
    if (answer === '') throw noValue('nothing was typed', typed);
    return answer;
  }
  const value = asText(host.terminal.readStdin()).replace(/\r?\n$/, '');
  if (value === '') throw noValue('standard input is empty', typed);
  return value;
}

function asText(bytes: Buffer): string {
  try {
    return decodeText(bytes, '');
  } catch {
    throw notTextValue();
  }
}

/** JSON when it is said to be; otherwise text, unless what it replaces is a number or a truth value and so is this. */
function asValue(typed: string, json: boolean, before: unknown): Value {
  if (json) {
    try {
      return JSON.parse(typed) as Value;
    } catch {
      throw notJson();
    }
  }
  if (typeof before === 'number' && /^-?\d+(\.\d+)?$/.test(typed) && Number.isFinite(Number(typed)))
    return Number(typed);
  if (typeof before === 'boolean' && /^(true|false)$/.test(typed)) return typed === 'true';
  return typed;
}

interface Work {
  readonly host: Host;
  readonly given: Given;
  readonly name: string;
  readonly file: RepoPath;
  /** The new value, from what stands there now; undefined takes the name out. */
  readonly change: (before: Value | undefined, names: readonly string[]) => Value | undefined;
}

async function changeValue({ host, given, name, file, change }: Work, done: string): Promise<undefined> {
  const vault = vaultHere(host);
  const keyring = keyringOf(host, given);
  const { content, origin } = await openForEdit(vault, file, keyring);
  const before = decodeText(content, file);
  const tree = formatOf(file).parse(before, file);
  const path = pathTo(tree, name);
  // A dot too many would make a name that nobody sees.
  if (path.includes('') && find(tree, name) === undefined) throw noName();
  const value = change(
    find(tree, name) as Value | undefined,
    leaves(tree).map((leaf) => dotted(leaf.path)),
  );
  const after = editBytes(formatOf(file), content, { path, value }, file);
  if (after.equals(content)) {
    host.terminal.say(`${visible(name)} in ${showPath(file)} is that already: nothing was written`);
    return undefined;
  }
  const people = await locked(vault, () => sealEdit({ host, vault, given, keyring, path: file }, origin, after));
  if (flag(given, 'dryRun')) return undefined;
  host.terminal.say(`${done} ${visible(name)} in ${showPath(file)}, sealed for ${count(people, 'person', 'people')}`);
  sayCommit(host, `change ${showPath(file)}`);
  return undefined;
}

const args = [
  { name: '<file-or-name>', what: 'the name: db.password, servers.0.host; or a registered file before it' },
  { name: '[name]', what: 'the name, after a file' },
];
const options = [
  envOption,
  { ...fromOption, what: 'in this registered file instead of secrets.*' },
  identityOption,
  dryRunOption,
];

function begun(host: Host, given: Given): Pick<Work, 'host' | 'given' | 'name' | 'file'> {
  const { file, name } = namedBy(given);
  if ((selectionOf(given, file).files?.length ?? 0) > 1) throw manyFiles();
  const vault = vaultHere(host);
  checkIsName(vault, { file, name });
  try {
    return { host, given, name, file: fileToChange(host, vault, given, file) };
  } catch (error) {
    throw file === undefined ? error : noFileToChange(error);
  }
}

export const command: Command = {
  args,
  options: [
    { flags: '--value-file <path>', what: 'the value is what this file holds, exactly; - for standard input' },
    { flags: '--json', what: 'the value is JSON: a number, a list, a tree' },
    ...options,
  ],
  details:
    'The value comes from standard input (without the line break at its end), from a\n' +
    'file, or is asked for and not shown; it is never an argument. Comments, order and\n' +
    'formatting of the file stay. With an environment that has a file, it goes there.',
  examples: [
    ['blackbox-ts set db.password', 'asks for the value'],
    [
      'openssl rand -base64 32 | blackbox-ts set .env SESSION_KEY',
      'takes it from a program, into a file that is named',
    ],
    ['blackbox-ts set --env production tls.key --value-file server.key', 'takes what a file holds'],
  ],
  run: async (host, given) => {
    const work = begun(host, given);
    const typed = readValue(host, given, work.name);
    return changeValue({ ...work, change: (before) => asValue(typed, flag(given, 'json'), before) }, 'set');
  },
};

export const unsetCommand: Command = {
  args,
  options,
  details: 'Comments, order and formatting of the rest of the file stay.',
  examples: [
    ['blackbox-ts unset db.password', 'take a name out of secrets.json'],
    ['blackbox-ts unset .env OLD_TOKEN', 'out of a file that is named'],
  ],
  run: async (host, given) => {
    const { name, ...work } = begun(host, given);
    const change: Work['change'] = (before, names) => {
      if (before === undefined) throw noSuchName(name, nearMisses(name, names));
      return undefined;
    };
    return changeValue({ ...work, name, change }, 'took out');
  },
};
