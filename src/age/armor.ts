/** ASCII armor: strict PEM with one label. https://c2sp.org/age#ascii-armor */
import { damaged } from './errors.js';
import { maxArmorBytes, maxArmorPadding } from './limits.js';

const begin = '-----BEGIN AGE ENCRYPTED FILE-----';
const end = '-----END AGE ENCRYPTED FILE-----';
const columns = 64;

/** Whether the bytes claim to be an armored file. */
export function isArmored(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, maxArmorPadding + begin.length));
  return head.toString('latin1').trimStart().startsWith(begin);
}

/** A binary age file as text. */
export function encodeArmor(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return `${begin}\n${text.replace(/.{1,64}/g, '$&\n')}${end}\n`;
}

/**
 * The binary age file in an armored one. White space around it and CRLF are allowed; any other deviation from what `encodeArmor` writes throws
 * ERR_BLACKBOX_DAMAGED, as the armor itself is authenticated by nothing.
 */
export function decodeArmor(bytes: Uint8Array): Buffer {
  if (bytes.length > maxArmorBytes) throw damaged('armor', `it is larger than ${maxArmorBytes} bytes`);
  const lines = trim(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')).split(/\r?\n/);
  if (lines.shift() !== begin) throw damaged('armor', `it does not begin with ${begin}`);
  if (lines.pop() !== end) throw damaged('armor', `it does not end with ${end}`);
  const wrong = lines.findIndex((line, at) => !isLineLength(line.length, at === lines.length - 1));
  if (wrong >= 0) throw damaged(`armor line ${wrong + 2}`, 'its length is wrong');
  const text = lines.join('');
  const decoded = Buffer.from(text, 'base64');
  if (decoded.toString('base64') !== text) throw damaged('armor', 'it is no canonical base64');
  return decoded;
}

function isLineLength(length: number, isLast: boolean): boolean {
  return isLast ? length > 0 && length <= columns && length % 4 === 0 : length === columns;
}

function trim(text: string): string {
  const [before, after] = [text.length - text.trimStart().length, text.length - text.trimEnd().length];
  if (before <= maxArmorPadding && after <= maxArmorPadding) return text.trim();
  throw damaged('armor', `there are more than ${maxArmorPadding} bytes of white space around it`);
}
