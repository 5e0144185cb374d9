/** Private keys, and tokens that are keys of their own. */
import { isLiveJwt } from './checks.js';
import type { Place, Rule } from './rule.js';

/** Behind the first line of a key: its body may follow line by line, or in one string with `\n` in it, or in pieces that are put together. */
const bodyReach = 1200;
/** Less base64 than this is no key, but a sentence about keys. */
const leastBody = 60;
const armor = /-{4,5} ?BEGIN ([A-Z0-9 ]{0,40})PRIVATE KEY(?: BLOCK)? ?-{4,5}/y;

/** Characters of base64 behind the first line of a key, as far as they go on line by line. */
function bodyLength(text: string, from: number): number {
  const reach = text.slice(from, from + bodyReach);
  const next = reach.indexOf('----');
  const rest = (next < 0 ? reach : reach.slice(0, next)).replace(/\\[nr]|["'`+,\s\\|>#*-]/g, '\n');
  let length = 0;
  for (const line of rest.split(/\n+/)) {
    if (/^(?:Proc|DEK|Version|Comment|Hash|Charset|MessageID)/i.test(line) || /^[\w.,:()/ -]{0,80}:$/.test(line))
      continue;
    if (/^[A-Za-z0-9+/]{16,}={0,2}$/.test(line) && new Set(line).size > 8) length += line.length;
    else if (length > 0 && line.length > 0 && !/^[A-Za-z0-9+/]*={0,2}$/.test(line)) break;
  }
  return length;
}

function pemKey(text: string, at: number): Place | null {
  armor.lastIndex = at;
  if (!armor.test(text)) return null;
  const end = armor.lastIndex;
  if (/example/i.test(text.slice(end, end + 80))) return null;
  if (bodyLength(text, end) < leastBody) return null;
  return { start: text.charAt(at - 1) === '-' ? at - 1 : at, end };
}

/** An object of one key, its members one way and the other. */
const webKeyReach = 2048;
const webKeyType = /["']?\bkty["']? ?: ?["'](?:RSA|EC|OKP|oct)["']/;
const webKeySecret = /["']?\b[dk]["']? ?: ?["']([\w-]{40,1400})["']/;

/** The private part of a JSON Web Key (RFC 7517): `d` beside a key type, or `k` of a symmetric one. Looks no further than the next key type. */
function webKey(text: string, at: number): Place | null {
  const before = text.slice(Math.max(0, at - webKeyReach), at);
  const after = text.slice(at + 3, at + webKeyReach);
  const from = at - before.length + Math.max(0, before.lastIndexOf('{'), before.lastIndexOf('kty'));
  const end = after.search(/\}|kty/);
  const object = text.slice(from, end < 0 ? at + webKeyReach : at + 3 + end);
  const secret = webKeySecret.exec(object);
  if (secret === null || !webKeyType.test(object)) return null;
  const stop = from + secret.index + secret[0].length - 1;
  return { start: stop - (secret[1] ?? '').length, end: stop };
}

export const keys: readonly Rule[] = [
  { id: 'private-key', what: 'a private key', keywords: ['----begin', '---- begin'], announces: true, find: pemKey },
  {
    id: 'putty-private-key',
    what: 'a PuTTY private key',
    keywords: ['putty-user-key-file-'],
    announces: true,
    token: /PuTTY-User-Key-File-[123]: [a-z0-9-]{5,40}\s{1,4}Encryption:/y,
  },
  {
    id: 'age-identity',
    what: 'an age identity',
    keywords: ['age-secret-key-1', 'age-secret-key-pq-1'],
    token: /AGE-SECRET-KEY-(?:PQ-)?1[02-9AC-HJ-NP-Z]{58,80}/y,
  },
  { id: 'json-web-key', what: 'a private JSON Web Key', keywords: ['kty"', "kty'", 'kty:'], find: webKey },
  {
    id: 'jwt',
    what: 'a JSON Web Token',
    keywords: ['eyj'],
    token: /eyJ[\w-]{10,1000}\.eyJ[\w-]{10,4000}\.[\w-]{20,1400}(?![\w-])/y,
    check: isLiveJwt,
  },
  {
    id: 'wireguard-key',
    what: 'a WireGuard private key',
    keywords: ['privatekey', 'presharedkey'],
    value: /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/,
  },
  {
    id: 'minisign-secret-key',
    what: 'a minisign or signify secret key',
    keywords: ['secret key'],
    token: /secret key[^\r\n]{0,80}\r?\n(RW[A-Za-z0-9+/]{100,250}={0,2})/y,
  },
  {
    id: 'dnssec-private-key',
    what: 'a DNSSEC private key',
    keywords: ['private-key-format:'],
    announces: true,
    token: /Private-key-format: v1\.\d\r?\nAlgorithm: \d{1,3}/y,
  },
  {
    id: 'extended-private-key',
    what: 'a wallet’s extended private key',
    keywords: ['xprv', 'yprv', 'zprv', 'tprv'],
    token: /[xyzt]prv[1-9A-HJ-NP-Za-km-z]{107}/y,
  },
  { id: 'nostr-secret-key', what: 'a Nostr secret key', keywords: ['nsec1'], token: /nsec1[02-9ac-hj-np-z]{58}/y },
  {
    id: 'hex-private-key',
    what: 'a private key, in hexadecimal',
    keywords: ['private_key', 'privatekey', 'private-key', 'mnemonic'],
    value: /^(?:0x)?(?=[0-9a-f]{0,40}[a-f])(?=[a-f]{0,20}\d)[0-9a-fA-F]{64}$/,
  },
  {
    id: 'pgp-secret-key-file',
    what: 'an exported GnuPG secret key',
    keywords: ['(protected-private-key', '(private-key'],
    announces: true,
    token: /\((?:protected-)?private-key\s{0,4}\((?:rsa|dsa|elg|ecc)/y,
  },
];
