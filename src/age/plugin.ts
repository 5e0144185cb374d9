/**
 * Keys that live elsewhere, in hardware mostly, and are used through a program of their own: `age1<name>1…` and `AGE-PLUGIN-<NAME>-1…` through
 * `age-plugin-<name>`. Which stanza it makes is its own affair; that it is a stanza, for one key, and none of ours, is not.
 * https://c2sp.org/age-plugin
 */

import { BlackboxError } from '../errors.js';
import { decodeBech32 } from './bech32.js';
import { badIdentity, badRecipient } from './errors.js';
import type { IdentityOptions } from './locked-identity.js';
import {
  identityPluginMissing,
  type PluginKey,
  pluginFailed,
  pluginNotStarted,
  pluginWords,
  recipientPluginFailed,
  recipientPluginMissing,
} from './plugin-errors.js';
import { answerOf, converse, say } from './plugin-talk.js';
import type { Identity, Plugins, Recipient, Stanza } from './types.js';

const fileKeyLength = 16;
/** It becomes the name of a program, and nothing but that: no path, no option. Longer ones do not exist. */
const namePattern = /^[a-z][a-z0-9-]{0,62}$/;
/** A stanza that wraps for one key: an ML-KEM ciphertext has 1,568 bytes; shares of several keys some thousand. */
const mostArguments = 16;
const mostArgumentLength = 4096;
const mostBody = 16 * 1024;

/** The types that this program or age itself makes. No plugin makes one: it could pass a header off as something that it is not. */
const ownTypes: ReadonlySet<string> = new Set([
  'X25519',
  'mlkem768x25519',
  'openpgp',
  'scrypt',
  'ssh-ed25519',
  'ssh-rsa',
]);

/** Whether only a plugin can know what to do with a stanza. */
export function isPluginStanza({ args: [type = ''] }: Stanza): boolean {
  return !ownTypes.has(type) && !type.startsWith('blackbox-ts');
}

/** An `age1<name>1…` public key. Throws ERR_BLACKBOX_BAD_RECIPIENT. Wraps only where plugins can be started. */
export function pluginRecipient(text: string): Recipient {
  const prefix = decodeBech32(text)?.prefix;
  if (prefix === undefined)
    throw badRecipient('an age public key', 'its checksum is wrong: a character is missing or mistyped');
  const name = prefix.replace(/^age1/, '');
  if (!prefix.startsWith('age1') || !namePattern.test(name))
    throw badRecipient('an age public key', 'it names no age plugin');
  return { kind: 'plugin', text, comment: '', sign: null, wrap: (key, plugins) => wrap(key, text, name, plugins) };
}

/** An `AGE-PLUGIN-<NAME>-1…` identity. It does not tell its public key, and cannot sign. Throws ERR_BLACKBOX_BAD_IDENTITY. */
export function pluginIdentity(text: string, { plugins }: IdentityOptions): Identity {
  const prefix = decodeBech32(text)?.prefix;
  const name = /^AGE-PLUGIN-([A-Z0-9-]+)-$/.exec(prefix ?? '')?.[1]?.toLowerCase() ?? '';
  if (prefix === undefined)
    throw badIdentity('the identity of an age plugin', 'its checksum is wrong: a character is missing or mistyped');
  if (!namePattern.test(name)) throw badIdentity('the identity of an age plugin', 'it names no age plugin');
  return { kind: 'plugin', recipient: '', sync: false, unwrap: (stanzas) => unwrap(stanzas, text, name, plugins) };
}

/** One conversation at a time: two of them would both want the terminal, or the same hardware. */
let turn: Promise<unknown> = Promise.resolve();

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work);
  turn = mine.catch(() => {});
  return await mine;
}

async function wrap(fileKey: Uint8Array, text: string, name: string, plugins: Plugins | undefined): Promise<Stanza> {
  const key = { text, owner: plugins?.ownerOf?.(text) ?? null };
  if (plugins === undefined) throw recipientPluginFailed(key, pluginNotStarted(name));
  try {
    return await inTurn(() => wrapNow(fileKey, name, plugins, key));
  } catch (error) {
    const told = error instanceof BlackboxError && error.code === 'ERR_BLACKBOX_PLUGIN_FAILED';
    throw told ? recipientPluginFailed(key, error) : error;
  }
}

/** https://c2sp.org/age-plugin#wrapping-with-recipient-v1 */
async function wrapNow(fileKey: Uint8Array, name: string, plugins: Plugins, key: PluginKey): Promise<Stanza> {
  const plugin = plugins.start(name, 'recipient-v1');
  if (plugin === null) throw recipientPluginMissing(name, key);
  const stanzas: Stanza[] = [];
  const problems: string[] = [];
  const opening = [say(['add-recipient', key.text]), say(['wrap-file-key'], fileKey)];
  await converse(name, plugin, opening, (command) => {
    const [what] = command.args;
    if (what === 'recipient-stanza') stanzas.push(checkedStanza(name, command));
    else if (what === 'error') problems.push(pluginWords(Buffer.from(command.body).toString('utf8')));
    else return answerOf(name, command, plugins.dialog);
    return say(['ok']);
  });
  const [stanza] = stanzas;
  if (problems.length > 0) throw pluginFailed(name, problems[0] || 'it gave no reason');
  // In a sealed file each key has one stanza, and the order tells whose it is.
  if (stanza === undefined || stanzas.length > 1)
    throw pluginFailed(name, `it made ${stanzas.length} stanzas for one key`);
  return stanza;
}

function checkedStanza(name: string, { args: [, file, ...args], body }: Stanza): Stanza {
  const stanza = { args, body };
  const length = args.join(' ').length;
  if (file !== '0') throw pluginFailed(name, 'it answered for a file that it was not asked about');
  if (args.length === 0 || args.length > mostArguments || length > mostArgumentLength || body.length > mostBody)
    throw pluginFailed(name, 'it made a stanza that is larger than any, or empty');
  if (!isPluginStanza(stanza)) throw pluginFailed(name, `it made a stanza of a type that is not a plugin's to make`);
  return stanza;
}

async function unwrap(
  stanzas: readonly Stanza[],
  text: string,
  name: string,
  plugins: Plugins | undefined,
): Promise<Uint8Array | null> {
  // A passphrase stands alone, and is nobody's key.
  const keys = stanzas.filter(({ args }) => args[0] !== 'scrypt');
  if (keys.length === 0) return null;
  if (plugins === undefined) throw pluginNotStarted(name);
  return await inTurn(() => unwrapNow(keys, text, name, plugins));
}

/** https://c2sp.org/age-plugin#unwrapping-with-identity-v1 */
async function unwrapNow(
  stanzas: readonly Stanza[],
  text: string,
  name: string,
  plugins: Plugins,
): Promise<Uint8Array | null> {
  const plugin = plugins.start(name, 'identity-v1');
  if (plugin === null) throw identityPluginMissing(name);
  const fileKeys: Uint8Array[] = [];
  const problems: string[] = [];
  const sent = stanzas.map(({ args, body }) => say(['recipient-stanza', '0', ...args], body));
  await converse(name, plugin, [say(['add-identity', text]), ...sent], (command) => {
    const [what] = command.args;
    if (what === 'file-key') fileKeys.push(checkedFileKey(name, command, fileKeys));
    else if (what === 'error') problems.push(pluginWords(Buffer.from(command.body).toString('utf8')));
    else return answerOf(name, command, plugins.dialog);
    return say(['ok']);
  });
  if (fileKeys[0] === undefined && problems.length > 0) throw pluginFailed(name, problems[0] || 'it gave no reason');
  return fileKeys[0] ?? null;
}

function checkedFileKey(name: string, { args, body }: Stanza, before: readonly unknown[]): Uint8Array {
  if (args.length !== 2 || args[1] !== '0' || before.length > 0)
    throw pluginFailed(name, 'it answered for a file that it was not asked about');
  if (body.length !== fileKeyLength) throw pluginFailed(name, 'it gave something other than a file key');
  return body;
}
