/**
 * A conversation with an age plugin: we say all that we have to say, then it asks and answers until it is done. Both sides speak in stanzas.
 * https://c2sp.org/age-plugin#ipc-protocol
 */
import { BlackboxError } from '../errors.js';
import { decodeBase64 } from './base64.js';
import { pluginFailed, pluginProgram, pluginWords } from './plugin-errors.js';
import { readStanzas, stanzasText } from './stanza.js';
import type { PluginDialog, PluginProcess, Stanza } from './types.js';

/** A stanza with a file key for the largest kind of key there is takes 2 KiB; what holds several of them, a share for each, some dozen. */
const limits = { bytes: 128 * 1024, stanzas: 1, body: 64 * 1024 };
/** Whoever needs that many questions does not mean to come to an end. */
const mostCommands = 256;
/** How long a plugin that is done may take to end; one that breaks the rules has no time at all. */
const grace = 1000;

const empty = new Uint8Array(0);

/** A command or an answer. */
export function say(args: readonly string[], body: Uint8Array = empty): Stanza {
  return { args, body };
}

/**
 * Says `opening`, and lets `hear` answer what the plugin says, up to its `done`. It has ended when this has.
 * @throws ERR_BLACKBOX_PLUGIN_FAILED, and whatever `hear` throws
 */
export async function converse(
  name: string,
  plugin: PluginProcess,
  opening: readonly Stanza[],
  hear: (command: Stanza) => Stanza,
): Promise<void> {
  let patience = 0;
  try {
    plugin.write(stanzasText([...opening, say(['done'])]));
    const next = reader(name, plugin);
    for (let count = 0; count < mostCommands; count++) {
      const command = await next();
      if (command.args[0] === 'done') {
        patience = grace;
        return;
      }
      plugin.write(stanzasText([hear(command)]));
    }
    throw pluginFailed(name, `it had not come to an end after ${mostCommands} commands`);
  } finally {
    await plugin.stop(patience);
  }
}

/** What it says, stanza by stanza. */
function reader(name: string, plugin: PluginProcess): () => Promise<Stanza> {
  let held = '';
  return async () => {
    let end = stanzaEnd(held);
    while (end < 0) {
      if (held.length > limits.bytes || !mayBegin(held)) throw noProtocol(name);
      const piece = await plugin.read();
      if (piece === null) throw await early(name, plugin);
      held += Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
      end = stanzaEnd(held);
    }
    const text = held.slice(0, end);
    held = held.slice(end);
    return parse(name, text);
  };
}

const mayBegin = (text: string) => text.startsWith('-> ') || '-> '.startsWith(text);
const noProtocol = (name: string) => pluginFailed(name, 'what it says is not what an age plugin says');

/** Behind the first line of the body that has less than 64 characters; -1 when that has not come yet. */
function stanzaEnd(text: string): number {
  let at = text.indexOf('\n') + 1;
  if (at === 0) return -1;
  for (;;) {
    const end = text.indexOf('\n', at);
    if (end < 0) return -1;
    if (end - at < 64) return end + 1;
    at = end + 1;
  }
}

function parse(name: string, text: string): Stanza {
  try {
    return readStanzas(text, 0, limits)[0] as Stanza;
  } catch (error) {
    throw error instanceof BlackboxError ? noProtocol(name) : error;
  }
}

async function early(name: string, plugin: PluginProcess): Promise<BlackboxError> {
  const words = pluginWords(await plugin.stop(grace));
  return pluginFailed(name, words === '' ? 'it ended before it was done' : `it ended before it was done: ${words}`);
}

const ok = say(['ok']);
const fail = say(['fail']);

/** What all plugins may ask of a person. https://c2sp.org/age-plugin#wrapping-with-recipient-v1 */
export function answerOf(name: string, { args, body }: Stanza, dialog: PluginDialog | null): Stanza {
  const ask = questions.get(args[0] ?? '');
  if (ask === undefined) return say(['unsupported']);
  if (dialog === null) return fail;
  try {
    return ask(dialog, `${pluginProgram(name)}: ${pluginWords(text(body))}`, args);
  } catch (error) {
    if (error instanceof BlackboxError && error.code === 'ERR_BLACKBOX_NO_TERMINAL') return fail;
    throw error;
  }
}

type Ask = (dialog: PluginDialog, question: string, args: readonly string[]) => Stanza;

const text = (body: Uint8Array) => Buffer.from(body).toString('utf8');
const choice = (base64 = '') => pluginWords(text(decodeBase64(base64) ?? empty));

const questions: ReadonlyMap<string, Ask> = new Map<string, Ask>([
  [
    'msg',
    (dialog, words) => {
      dialog.say(words);
      return ok;
    },
  ],
  [
    'confirm',
    (dialog, question, [, yes, no]) => {
      const answers = [`y: ${choice(yes)}`, ...(no === undefined ? [] : [`n: ${choice(no)}`])];
      return say(['ok', dialog.confirm(`${question} (${answers.join(', ')})`) ? 'yes' : 'no']);
    },
  ],
  ['request-public', (dialog, question) => say(['ok'], Buffer.from(dialog.ask(`${question} `)))],
  ['request-secret', (dialog, question) => say(['ok'], Buffer.from(dialog.askSecret(`${question} `)))],
]);
