/** Forms in which a value may turn up, by name. `bytes` frames it as in a larger text, so that it does not begin where an encoder begins. */

export type Encode = (value: Buffer) => Buffer;

const text =
  (encode: (value: string) => string): Encode =>
  (value) =>
    Buffer.from(encode(value.toString('utf8')));
const shifted = (by: number, encoding: 'base64' | 'base64url'): Encode => {
  return (value) =>
    Buffer.from(Buffer.concat([Buffer.from('"<|'.slice(0, by)), value, Buffer.from('|x>')]).toString(encoding));
};
const each = (value: string, encode: (character: string, index: number) => string) =>
  Array.from(value, encode).join('');
const percentByte = (byte: number) => `%${byte.toString(16).padStart(2, '0')}`;
const percentAll = (value: Buffer) => Array.from(value, percentByte).join('');
const unitEscape = (character: string) =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
const wrapped = (width: number): Encode => {
  return (value) => {
    const long = Buffer.concat([Buffer.from('{"before": "'.repeat(9)), value, Buffer.from('"}'.repeat(40))]);
    return Buffer.from((long.toString('base64').match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join('\n  '));
  };
};
const utf16le: Encode = (value) => Buffer.from(value.toString('utf8'), 'utf16le');
const utf16be: Encode = (value) => Buffer.from(utf16le(value)).swap16();

export const encodings: Readonly<Record<string, Encode>> = {
  'as it is': (value) => value,
  'base64 at the first byte of a group': shifted(0, 'base64'),
  'base64 at the second byte of a group': shifted(1, 'base64'),
  'base64 at the third byte of a group': shifted(2, 'base64'),
  'base64url at the first byte of a group': shifted(0, 'base64url'),
  'base64url at the second byte of a group': shifted(1, 'base64url'),
  'base64url at the third byte of a group': shifted(2, 'base64url'),
  'base64 of nothing else': (value) => Buffer.from(value.toString('base64')),
  'base64 wrapped at 76': wrapped(76),
  'base64 wrapped at 64': wrapped(64),
  'hex, lower case': (value) => Buffer.from(value.toString('hex')),
  'hex, upper case': (value) => Buffer.from(value.toString('hex').toUpperCase()),
  'hex of a larger text': (value) => Buffer.from(`7b22${value.toString('hex')}227d`),
  'percent, as in a query': text(encodeURIComponent),
  'percent, as in a path': text(encodeURI),
  'percent, all bytes, lower case': (value) => Buffer.from(percentAll(value)),
  'percent, all bytes, upper case': (value) => Buffer.from(percentAll(value).toUpperCase()),
  'percent, every third character': text((v) =>
    each(v, (c, i) => (i % 3 === 1 || c === '%' ? percentAll(Buffer.from(c)) : c)),
  ),
  'JSON string': text((v) => JSON.stringify(v)),
  'JSON string, ASCII only': text((v) => JSON.stringify(v).replace(/[^\x20-\x7e]/gu, unitEscape)),
  'JSON string, slashes escaped': text((v) => JSON.stringify(v).replaceAll('/', '\\/')),
  'JSON string, every character escaped': text((v) => `"${each(v, unitEscape)}"`),
  'JSON string, every other character escaped': text((v) =>
    each(v, (c, i) => (i % 2 || /["\\]/.test(c) ? unitEscape(c) : c)),
  ),
  'shell word': text((v) => v.replace(/[^A-Za-z0-9\u0080-\u{10ffff}]/gu, '\\$&')),
  'XML text': text((v) =>
    v
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&apos;'),
  ),
  'character entities, decimal': text((v) => each(v, (c) => `&#${c.codePointAt(0)};`)),
  'character entities, hexadecimal': text((v) => each(v, (c) => `&#x${c.codePointAt(0)?.toString(16)};`)),
  'UTF-16, little-endian': utf16le,
  'UTF-16, big-endian': utf16be,
  'base64 of a JSON string': (value) =>
    Buffer.from(Buffer.from(JSON.stringify(value.toString('utf8'))).toString('base64')),
  'base64 of base64': (value) => Buffer.from(Buffer.from(value.toString('base64')).toString('base64')),
  'base64, percent-encoded': (value) => Buffer.from(encodeURIComponent(value.toString('base64'))),
  'hex of percent': (value) => Buffer.from(Buffer.from(percentAll(value)).toString('hex')),
  'base64 in UTF-16': (value) => utf16le(Buffer.from(`"${value.toString('base64')}"`)),
  'JSON in a JSON string': text((v) => JSON.stringify(JSON.stringify(v))),
};
