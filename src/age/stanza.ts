/**
 * Stanzas as they stand in a header: checked when they are read, taken apart when they are asked for. Of a file for twenty people one
 * identity needs one stanza, and whoever adds the twenty-first writes the others as they were. https://c2sp.org/age#recipient-stanza
 */
import { encodeBase64 } from './base64.js';
import { damaged, unwritableStanza } from './errors.js';
import { type HeaderLimits, headerLimits } from './limits.js';
import type { Stanza } from './types.js';

const columns = 64;
const fullLine = columns + 1;

/** A stanza whose text is known to be well formed. */
class WrittenStanza implements Stanza {
  readonly text: string;
  #args: readonly string[] | null = null;
  #body: Buffer | null = null;

  constructor(text: string) {
    this.text = text;
  }

  get args(): readonly string[] {
    this.#args ??= this.text.slice(3, this.text.indexOf('\n')).split(' ');
    return this.#args;
  }

  get body(): Buffer {
    this.#body ??= Buffer.from(this.text.slice(this.text.indexOf('\n') + 1), 'base64');
    return this.#body;
  }
}

/** The stanza with its text, made once for all that is done with it. @throws ERR_BLACKBOX_BUG for what {@link readStanzas} would refuse */
export function written(stanza: Stanza): Stanza & { readonly text: string } {
  return stanza instanceof WrittenStanza ? stanza : new WrittenStanza(format(stanza));
}

/** The lines of these stanzas, one after another. */
export function stanzasText(stanzas: readonly Stanza[]): string {
  return stanzas.map((stanza) => written(stanza).text).join('');
}

function format({ args, body }: Stanza): string {
  if (args.length === 0 || !args.every((argument) => /^[!-~]+$/.test(argument)) || body.length > headerLimits.body) {
    throw unwritableStanza();
  }
  const text = encodeBase64(body);
  const full = text.length - (text.length % columns);
  const lines = [];
  for (let at = 0; at < full; at += columns) lines.push(`${text.slice(at, at + columns)}\n`);
  return `-> ${args.join(' ')}\n${lines.join('')}${text.slice(full)}\n`;
}

/**
 * The stanzas from `start` to the end of `text`, which is a header without its last line. Strict: exactly what {@link stanzasText} would write.
 * @throws ERR_BLACKBOX_DAMAGED
 */
export function readStanzas(text: string, start: number, limits: HeaderLimits): Stanza[] {
  const stanzas: Stanza[] = [];
  for (let at = start; at < text.length; ) {
    if (stanzas.length === limits.stanzas) throw damaged('header', `it has more than ${limits.stanzas} stanzas`);
    const body = argumentsEnd(text, at);
    const end = bodyEnd(text, body);
    checkBody(text, body, end, limits);
    stanzas.push(new WrittenStanza(text.slice(at, end)));
    at = end;
  }
  if (stanzas.length === 0) throw damaged('header', 'it has no stanza');
  return stanzas;
}

const lineOf = (text: string, at: number) => `header line ${text.slice(0, at).split('\n').length}`;
const argumentsLine = /->(?: [!-~]+)+\n/y;

function argumentsEnd(text: string, at: number): number {
  argumentsLine.lastIndex = at;
  if (argumentsLine.test(text)) return argumentsLine.lastIndex;
  throw damaged(lineOf(text, at), 'it is no stanza (-> type arguments)');
}

/** A body ends with its first line of less than 64 characters, which may be empty. */
function bodyEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at += fullLine) {
    const end = text.indexOf('\n', at);
    if (end - at > columns) throw notCanonical(text, start);
    if (end - at < columns) return end + 1;
  }
  throw damaged(lineOf(text, text.length), 'a stanza has no end');
}

const notCanonical = (text: string, at: number) => damaged(lineOf(text, at), 'a stanza body is no canonical base64');
const alphabet = /^[A-Za-z0-9+/\n]*$/;
/** What a canonical text may end with, by how many characters its last group of four has: the bits that stand for nothing are zero (RFC 4648, section 3.5). */
const lastCharacters = [null, '', 'AQgw', 'AEIMQUYcgkosw048'];

function checkBody(text: string, start: number, end: number, limits: HeaderLimits): void {
  const body = text.slice(start, end);
  const letters = body.length - Math.ceil(body.length / fullLine);
  const ends = lastCharacters[letters % 4];
  const canonical = alphabet.test(body) && (ends === null || ends?.includes(body.at(-2) ?? '-'));
  if (!canonical) throw notCanonical(text, start);
  if (Math.floor((letters * 3) / 4) > limits.body)
    throw damaged(lineOf(text, start), `a stanza has more than ${limits.body} bytes`);
}
