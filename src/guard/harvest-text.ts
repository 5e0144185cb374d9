/** Values in text without structure: private keys, assignments, random-looking words, passwords in URLs, long lines. */
import type { Collect } from './harvest.js';
import { isWorthKnowing, looksRandom } from './worth.js';

/** Lines longer than this are cut: they are data, and expressions below should not meet them whole. */
const longestLine = 1 << 16;
/** A line of free text as long as this is not written twice by accident. */
const tellingLine = 24;
const shortestKeyLine = 16;

const userinfo = /[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/?#:@"'`]{0,100}:([^\s/?#"'`]{1,256})@/gi;
const secretParameter =
  /(?:^|[;,?&\s])[\w.-]{0,40}(?:pass|pwd|secret|token|key|sig)[\w.-]{0,40}=([^;,&\s"'`]{1,512})/gi;
const word = /[A-Za-z0-9_+/=.~-]{16,}/g;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Both as written and percent-decoded: either may leak. */
function collectBoth(text: string, where: string, collect: Collect): void {
  for (const form of new Set([text, decoded(text)])) if (isWorthKnowing(form, 'password')) collect(form, where);
}

function harvestWords(line: string, where: string, collect: Collect): void {
  for (const [run] of line.matchAll(word)) {
    const parts = run.split(/=+/).flatMap((side) => [side, ...side.split(/[/.]+/)]);
    for (const part of new Set(parts.map((text) => text.replace(/^[./~-]+|[./~-]+$/g, '')))) {
      if (looksRandom(part) && isWorthKnowing(part, 'token')) collect(part, where);
    }
  }
}

/** What may hide inside a line or a value: a password in a URL, a secret parameter, random-looking words. */
export function harvestLine(text: string, where: string, collect: Collect): void {
  const line = text.slice(0, longestLine);
  for (const [, password = ''] of line.matchAll(userinfo)) collectBoth(password, `the password in ${where}`, collect);
  for (const [, value = ''] of line.matchAll(secretParameter)) collectBoth(value, where, collect);
  harvestWords(line, where, collect);
}

const assignment = /^\s*(?:export\s+)?([\w.-]{1,100})\s*[:=]\s*(["']?)(.*)\2\s*[;,]?\s*$/;
/** The expression above may go over a line once for each quotation mark in it. */
const longestAssignment = 4096;

/** A line of free text: its value when it assigns one, itself when it is long. */
function harvestFreeLine(text: string, where: string, collect: Collect): void {
  const line = text.slice(0, longestLine).trim();
  if (/^(?:#|\/\/|--|;)/.test(line)) return;
  const [, key = '', , value = ''] = (line.length <= longestAssignment && assignment.exec(line)) || [];
  if (isWorthKnowing(value.trim(), key)) collect(value.trim(), `${looksRandom(key) ? '…' : key} in ${where}`);
  if (line.length >= tellingLine && isWorthKnowing(line, '')) collect(line, where);
}

/** A PEM or PGP block that a line is in. */
interface Block {
  readonly kind: string;
  /** Lines seen so far. */
  lines: number;
}

const beginning = /-----BEGIN ([A-Z0-9 ]{1,60})-----/;

/** The block in which the line after `line` is. What is not base64, a header or empty ends a block too: nothing hides behind a missing end. */
function blockAfter(line: string, block: Block | null): Block | null {
  if (/-----END /.test(line)) return null;
  const begun = beginning.exec(line);
  if (begun !== null) return { kind: begun[1] ?? '', lines: 0 };
  return block !== null && /^\s*(?:[A-Za-z0-9+/=]*|[A-Za-z-]{1,40}: .*)\s*$/.test(line) ? block : null;
}

/** Base64 lines of a private key. The first line of an OpenSSH key is the same in all of them. */
function harvestKeyLine(line: string, block: Block, where: string, collect: Collect): void {
  block.lines++;
  const shared = block.kind.includes('OPENSSH') && block.lines === 1;
  if (shared || !block.kind.includes('PRIVATE') || line.length < shortestKeyLine) return;
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(line)) collect(line, where);
}

/**
 * Every line of a text. `free`: there is no other structure, so assignments and long lines count too, and a text of one line is a
 * value as a whole (a password file). Certificates and public keys are passed over.
 */
export function harvestText(text: string, where: string, collect: Collect, free = false): void {
  const whole = text.trim();
  if (free && !whole.includes('\n') && isWorthKnowing(whole, 'secret')) collect(whole, `the text in ${where}`);
  let block: Block | null = null;
  for (const [i, line] of text.split(/\r\n|\n|\r/).entries()) {
    const place = `line ${i + 1} of ${where}`;
    const before: Block | null = block;
    block = blockAfter(line, before);
    if (block !== null && block === before) harvestKeyLine(line.trim(), block, place, collect);
    else if (!line.includes('-----')) {
      if (free) harvestFreeLine(line, place, collect);
      harvestLine(line, place, collect);
    }
  }
}
