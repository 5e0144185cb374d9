/** The sentences about age plugins. What a plugin says is as untrusted as any program's words: cut, and nothing in it that a terminal would obey. */
import { BlackboxError } from '../errors.js';
import { shellWord, visible } from '../text.js';

/** Longer words of a plugin are noise, or an attack on the reader. */
const wordsLimit = 300;
/** An X25519 key has 62 characters, a YubiKey's 71; what is longer is known by its beginning. */
const shownKey = 80;

/** What a plugin says as part of a sentence: one line, bounded. */
export function pluginWords(text: string): string {
  const line = visible(text.trim().replace(/\s+/g, ' '));
  return line.length > wordsLimit ? `${line.slice(0, wordsLimit)}…` : line;
}

export function pluginProgram(name: string): string {
  return `age-plugin-${name}`;
}

/** A key that could not be wrapped for, and whose it is, where that is known. */
export interface PluginKey {
  readonly text: string;
  readonly owner: string | null;
}

function shown({ text, owner }: PluginKey): string {
  const key = text.length > shownKey ? `${text.slice(0, shownKey)}…` : text;
  return owner === null ? `the key ${key}` : `the key ${key} of ${visible(owner)}`;
}

function retire({ text, owner }: PluginKey): string {
  return `or retire the key: blackbox-ts admin retire-key ${owner === null ? 'NAME' : shellWord(owner)} ${text.slice(0, shownKey)}`;
}

/** Nothing can be sealed for this key here. */
export function recipientPluginMissing(name: string, key: PluginKey): BlackboxError {
  const program = pluginProgram(name);
  const sentence = `nothing can be encrypted for ${shown(key)}: the program ${program} is not on the PATH`;
  return new BlackboxError('ERR_BLACKBOX_PLUGIN_MISSING', sentence, {
    hints: [`install ${program}`, retire(key)],
  });
}

export function recipientPluginFailed(key: PluginKey, cause: BlackboxError): BlackboxError {
  const sentence = `nothing can be encrypted for ${shown(key)}: ${cause.sentence}`;
  return new BlackboxError(cause.code, sentence, { hints: [retire(key)], cause });
}

export function identityPluginMissing(name: string): BlackboxError {
  const program = pluginProgram(name);
  return new BlackboxError('ERR_BLACKBOX_PLUGIN_MISSING', `the program ${program} is not on the PATH`, {
    hints: [`install ${program}`],
  });
}

/** Where nobody is to be asked for anything, as in a hook, no plugin is started. */
export function pluginNotStarted(name: string): BlackboxError {
  const sentence = `it needs ${pluginProgram(name)}, which is not started here, as it may ask for something`;
  return new BlackboxError('ERR_BLACKBOX_PLUGIN_FAILED', sentence);
}

/** @param reason may hold what the plugin says, as {@link pluginWords} makes it */
export function pluginFailed(name: string, reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_PLUGIN_FAILED', `${pluginProgram(name)}: ${reason}`);
}
