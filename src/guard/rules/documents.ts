/** Files that exist to hold credentials. */
import { isPlaceholder } from '../placeholders.js';
import { isBasicAuth } from './checks.js';
import type { Place, Rule } from './rule.js';

/** How far from its kind the data of a manifest is looked for. */
const manifestReach = 8192;
/** A line of `data:` or `stringData:` with a value. */
const manifestValue = /^([ \t]{1,40})["']?([\w.-]{1,253})["']?: {1,4}(?!\||>)["']?([^\s"'#{$<][^\s"']{3,4096})/;

/** What base64 stands for, where that is text: random bytes are like a template now and then. */
function decodedText(value: string): string {
  const decoded = Buffer.from(value, 'base64').toString('latin1');
  return /^[\x20-\x7e]{3,}$/.test(decoded) ? decoded : value;
}

/** The value of the first line of a section that holds one; null when the section ends before. */
function valueInSection(text: string, from: number): Place | null {
  let at = from;
  for (const line of text.slice(from, from + manifestReach).split('\n')) {
    const found = manifestValue.exec(line);
    if (/^\S/.test(line) && !/^[#\r]/.test(line)) return null;
    const value = found?.[3] ?? '';
    if (found !== null && !isPlaceholder(value) && !isPlaceholder(decodedText(value))) {
      const start = at + line.indexOf(value, found[0].length - value.length);
      return { start, end: start + value.length };
    }
    at += line.length + 1;
  }
  return null;
}

/** The manifest around a kind: no further than the next kind or the next document on either side, so that many kinds cost no more than one. */
function manifestAround(text: string, at: number): { text: string; start: number } {
  let start = Math.max(0, at - manifestReach);
  for (const border of ['kind:', '"kind":', '\n---'])
    start = Math.max(start, start + text.slice(start, at).lastIndexOf(border));
  const after = text.slice(at + 5, at + manifestReach);
  const end = after.search(/\n(?:---| {0,4}["']?kind["']?:)/);
  return { text: text.slice(start, end < 0 ? at + manifestReach : at + 5 + end), start };
}

const secretKind = /kind["']?: {0,4}["']?Secret["']?[\s,]/y;
const section = /^[ \t]{0,8}["']?(?:data|stringData)["']?:[ \t]{0,8}\{?[ \t]{0,8}\r?$/gm;

/** What a Kubernetes Secret holds in clear: base64 is no encryption. Sealed and external secrets have other kinds. */
function manifestSecret(text: string, at: number): Place | null {
  secretKind.lastIndex = at;
  if (!secretKind.test(text) || !/(?:^|\n)["' \t]{0,8}$/.test(text.slice(Math.max(0, at - 9), at))) return null;
  const manifest = manifestAround(text, at);
  for (const found of manifest.text.matchAll(section)) {
    const place = valueInSection(manifest.text, found.index + found[0].length + 1);
    if (place !== null) return { start: manifest.start + place.start, end: manifest.start + place.end };
  }
  return null;
}

const curlUser = /\s(?:-u ?|--user[ =]|--proxy-user[ =]|-U ?)["']?[\w.@+-]{0,64}:([^\s"'<>{}$]{4,128})/;
const nobodys = /^(?:pass(?:word|wd)?|pwd|secret|token|x-oauth-basic)$/i;

/** A user's password on the command line of curl. Looks no further than the next curl, so that many cost no more than one. */
function curlPassword(text: string, at: number): Place | null {
  const stretch = text.slice(at + 4, at + 1000);
  const end = stretch.search(/curl |(?<!\\)\r?\n/i);
  const found = curlUser.exec(end < 0 ? stretch : stretch.slice(0, end));
  const password = found?.[1] ?? '';
  if (found === null || isPlaceholder(password) || nobodys.test(password)) return null;
  const after = at + 4 + found.index + found[0].length;
  return { start: after - password.length, end: after };
}

export const documents: readonly Rule[] = [
  {
    id: 'kubernetes-secret',
    what: 'a Kubernetes Secret in clear',
    keywords: ['kind: ', 'kind": ', 'kind":'],
    find: manifestSecret,
  },
  {
    id: 'docker-auth',
    what: 'a registry’s login in a docker configuration',
    keywords: ['auth"'],
    token: /auth" ?: ?"([A-Za-z0-9+/]{8,2000}={0,2})(?=")/y,
    check: isBasicAuth,
  },
  {
    id: 'netrc',
    what: 'a login in a netrc file',
    keywords: ['machine '],
    token: /machine\s{1,8}\S{1,253}\s{1,20}login\s{1,8}\S{1,128}\s{1,20}password\s{1,8}([^\s<>{}$"']{4,256})/y,
    check: (secret) => secret.length > 5 && !nobodys.test(secret) && !isPlaceholder(secret),
  },
  {
    id: 'authorization-header',
    what: 'credentials in an Authorization header',
    keywords: ['basic '],
    token: /Basic ([A-Za-z0-9+/]{12,1000}={0,2})/iy,
    check: isBasicAuth,
  },
  {
    id: 'bearer-token',
    what: 'a bearer token',
    keywords: ['bearer ', 'authorization: token ', 'x-api-key: '],
    token: /(?:Bearer|Authorization: token|X-Api-Key:) (?=[^\s"']{0,60}\d)([A-Za-z0-9._~+/-]{20,2000}={0,2})/iy,
    check: (secret) => !secret.startsWith('eyJ') && /[A-Za-z]/.test(secret) && !isPlaceholder(secret),
  },
  { id: 'curl-password', what: 'a password on a command line', keywords: ['curl '], find: curlPassword },
  {
    id: 'htpasswd',
    what: 'the hash of a password',
    keywords: [':$apr1$', ':$2y$', ':$6$', ':$5$', ':$y$'],
    token: /(?<=(?:^|\n)[\w.@-]{1,64}):(\$(?:apr1|2y|5|6|y)\$[./A-Za-z0-9$=,]{20,128})/y,
  },
];
