/**
 * Samples of what each rule for credentials finds (`+ id text`) and leaves alone (`- id text`), as they stand in `samples/`. A `{a40}` stands
 * for 40 random characters: what is written down is no token, so nobody's scanner refuses this repository, and each run tries others.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crcDigits } from '../../src/guard/rules/checks.js';

const folder = join(import.meta.dirname, 'samples');

const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
const digits = '0123456789';
const bech32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const alphabets: Readonly<Record<string, string>> = {
  a: upper + lower + digits,
  b: `${upper}${lower}${digits}+/`,
  B: `${upper}234567`,
  c: bech32,
  C: bech32.toUpperCase(),
  d: digits,
  h: '0123456789abcdef',
  H: '0123456789ABCDEF',
  l: lower + digits,
  L: upper + lower,
  u: upper + digits,
  U: upper + digits,
  w: `${upper}${lower}${digits}_-`,
  x: '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
};

/** A number from 0 to below `bound`. */
export type Random = (bound: number) => number;

/** Mulberry32, by Tommy Ettinger (public domain): the same numbers for the same seed. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

const characters = (random: Random, alphabet: string, length: number) =>
  Array.from({ length }, () => alphabet[random(alphabet.length)]).join('');

/** As a provider draws them, but never one without each kind of character that the alphabet has, where that many fit: rules may ask for a digit. */
export function draw(random: Random, alphabet: string, length: number): string {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(alphabet));
  for (;;) {
    const text = characters(random, alphabet, length);
    if (length < 12 || kinds.every((kind) => kind.test(text))) return text;
  }
}

/** What a sample's `{…}` stand for. */
export function fill(template: string, random: Random): string {
  const one = (name: string, length: number) => draw(random, alphabets[name] ?? '', length);
  const uuid = () => [8, 4, 4, 4, 12].map((length) => one('h', length)).join('-');
  const words: Readonly<Record<string, () => string>> = {
    '': () => '',
    '-': () => '-----',
    $: () => '$',
    uuid,
    basic: () => Buffer.from(`deploy:${one('a', 20)}`).toString('base64'),
    crc: () => {
      const body = one('a', 30);
      return body + crcDigits(body);
    },
  };
  return template
    .replace(/(?<!\\)\\n/g, '\n')
    .replace(/\\\\n/g, '\\n')
    .replace(/(?<!\$)\{(?:j:([^}]*)|([a-zA-Z])(\d+)|([a-z$-]*))\}/g, (_, json, name, length, word) => {
      if (json !== undefined) return Buffer.from(`{${json}}`).toString('base64url');
      return name !== undefined ? one(name, Number(length)) : (words[word]?.() ?? `{${word}}`);
    });
}

export interface Sample {
  readonly rule: string;
  readonly leaks: boolean;
  readonly template: string;
}

export const sampleFiles = (): { name: string; text: string }[] =>
  readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));

export function readSamples(): Sample[] {
  return sampleFiles().flatMap(({ name, text }) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [, mark, rule = '', template = ''] = /^([+-]) (\S+) (.+)$/.exec(line) ?? [];
        if (mark === undefined) throw new Error(`${name}: ${line}`);
        return { rule, leaks: mark === '+', template };
      }),
  );
}
