/** What tells real secrets from made-up ones. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const digestLength = 6;

/** The digits of a CRC-32 as GitHub and npm put them at the end of a token: base 62, most significant first, padded with zeros. */
export function crcDigits(text: string): string {
  // Loaded with the first token that is found, which is seldom.
  const { crc32 } = require('node:zlib') as typeof import('node:zlib');
  let rest = crc32(text) >>> 0;
  let digits = '';
  while (digits.length < digestLength) {
    digits = base62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** Whether the last six of the 36 characters behind the prefix are the checksum of the first thirty. */
export function hasCrc(token: string): boolean {
  const random = token.slice(token.indexOf('_') + 1);
  return random.length === 36 && crcDigits(random.slice(0, -digestLength)) === random.slice(-digestLength);
}

/** A part of a JSON Web Token; null when it is none. */
function jwtPart(part: string | undefined): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
    return typeof parsed === 'object' ? (parsed as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}

/** Whether this is a token that somebody accepts (RFC 7519): signed, not the sample that every documentation shows, and not one that is public by design. */
export function isLiveJwt(token: string): boolean {
  const [head, body] = token.split('.');
  const header = jwtPart(head);
  const claims = jwtPart(body);
  if (header === null || claims === null || typeof header.alg !== 'string' || header.alg === 'none') return false;
  // Supabase gives this role to the key that browsers get.
  return !(claims.sub === '1234567890' && 'name' in claims) && claims.role !== 'anon';
}

/** `user:password` in base64, as HTTP's Basic authentication (RFC 7617) and docker's configuration have it. */
export function isBasicAuth(text: string): boolean {
  const inner = Buffer.from(text, 'base64').toString('latin1');
  const [, password] = /^[\x21-\x39\x3b-\x7e]{0,100}:([\x20-\x7e]{3,1000})$/.exec(inner) ?? [];
  return (
    password !== undefined &&
    Buffer.from(inner, 'latin1').toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '')
  );
}

/** Whether a secret is no part of something longer in base64, which has letters and digits in any order. */
export function standsAlone(secret: string, text: string, start: number): boolean {
  return !/[+/]/.test(text.charAt(start - 1)) && !/[+/=]/.test(text.charAt(start + secret.length));
}

/** Whether `other` stands within `reach` characters of the secret. */
export function near(text: string, start: number, reach: number, other: RegExp): boolean {
  return other.test(text.slice(Math.max(0, start - reach), start + reach));
}
