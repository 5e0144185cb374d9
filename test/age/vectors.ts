/** The public age test vectors (https://c2sp.org/CCTV/age), as data. */
import { inflateSync } from 'node:zlib';
import * as files from 'cctv-age';

export interface Vector {
  readonly name: string;
  readonly expect: 'success' | 'no match' | 'HMAC failure' | 'header failure' | 'payload failure' | 'armor failure';
  /** SHA-256 of everything that may be released, in hex. */
  readonly payload: string | undefined;
  readonly fileKey: Buffer | undefined;
  readonly identities: readonly string[];
  readonly passphrases: readonly string[];
  readonly armored: boolean;
  readonly file: Buffer;
}

const known = new Set(['expect', 'payload', 'file key', 'identity', 'passphrase', 'armored', 'compressed', 'comment']);

export const vectors: readonly Vector[] = Object.entries(files).map(([name, bytes]) => parse(name, Buffer.from(bytes)));

function parse(name: string, bytes: Buffer): Vector {
  const end = bytes.indexOf('\n\n');
  const lines = bytes.toString('latin1', 0, end).split('\n');
  const pairs = lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const);
  const all = (key: string) => pairs.filter((pair) => pair[0] === key).map((pair) => pair[1]);
  for (const [key] of pairs) if (!known.has(key)) throw new Error(`${name}: unknown key ${key}`);
  const body = bytes.subarray(end + 2);
  return {
    name,
    expect: all('expect')[0] as Vector['expect'],
    payload: all('payload')[0],
    fileKey: all('file key').map((hex) => Buffer.from(hex, 'hex'))[0],
    identities: all('identity'),
    passphrases: all('passphrase'),
    armored: all('armored')[0] === 'yes',
    file: all('compressed')[0] === 'zlib' ? inflateSync(body) : body,
  };
}
