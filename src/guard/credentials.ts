/** Layers three and four: credentials that are known by their form, and what looks like a secret. */
import { base64, hex } from './decode-runs.js';
import { utf16 } from './decode-utf16.js';
import type { Decoder } from './decoders.js';
import { assignedSecret, lineAround, looksGenerated, secretWords } from './generic.js';
import { allowComment } from './gitleaks.js';
import { keyFileOf } from './keyfiles.js';
import { mask } from './mask.js';
import type { View } from './normalise.js';
import { isLockFile, isTestLike } from './places.js';
import { buildRules, findSecrets, type RuleSet, type SecretMatch } from './providers.js';
import { randomStrings } from './random.js';
import { rules } from './rules/index.js';
import type { Place } from './rules/rule.js';
import { scratch } from './scratch.js';
import type { Severity } from './types.js';

export interface SecretHit extends Place {
  readonly rule: string;
  /** Without the secret: `a GitHub token, base64`. */
  readonly what: string;
  readonly severity: Severity;
  readonly masked: string;
  /** Of guesses, where the whole assignment begins: what stood there before with its name is not new. */
  readonly guessedFrom?: number;
  /** Found by a rule of the team's own. */
  readonly own?: true;
}

export interface Credentials {
  /** Secrets in a view of a file, in order, those that overlap once. */
  find(view: View, path: string): SecretHit[];
  /** In a name or a target: credentials of known forms only. */
  findInName(bytes: Uint8Array): SecretHit[];
}

/** More guesses than this in one file tell nobody more. */
const mostGuesses = 20;
/** Decoded at a time; tokens are shorter than what overlaps. */
const sliceBytes = 1 << 20;
const margin = 1 << 13;
/** What decoders may leave out: a credential is of ASCII, and with what tells it from others no shorter than this. */
const sought = { ascii: true, anchored: true, longest: 4096, shortest: 16 };

function asHit({ rule, start, end, checksum }: SecretMatch, bytes: Uint8Array, form: string, path: string): SecretHit {
  const told = checksum === undefined ? '' : checksum ? ', with a right checksum' : ', with a wrong checksum';
  return {
    start,
    end,
    rule: rule.id,
    what: `${rule.what}${told}${form === '' ? '' : `, ${form}`}`,
    // Nobody issues a token with a wrong checksum: in a test, it is made up.
    severity: checksum === false && isTestLike(path) ? 'warn' : 'block',
    masked: rule.announces === true ? '' : mask(bytes.subarray(start, end)),
  };
}

/** An encoding of an encoding; deeper is nobody's accident. */
const maxDepth = 2;
/** What is behind another encoding is text. */
const inText = [base64, hex];

/** Credentials in what `decoder` makes of some bytes, and in what is encoded in that, at the places they come from. */
function decodedHits(set: RuleSet, source: Uint8Array, decoder: Decoder, path: string, depth: number): SecretHit[] {
  const out = scratch(`credentials ${depth}`, source.length * decoder.growth + 16);
  const decoded = out.subarray(0, decoder.decode(source, out, sought));
  if (decoded.length === 0) return [];
  const inside = depth === maxDepth ? [] : inText.flatMap((one) => decodedHits(set, decoded, one, path, depth + 1));
  const hits = findSecrets(set, decoded).map((match) => asHit(match, decoded, decoder.name, path));
  const all = [...hits, ...inside.map((hit) => ({ ...hit, what: `${hit.what} in ${decoder.name}` }))];
  // Decoding again to find the places overwrites what was found with the same.
  const place = (at: number) => decoder.decode(source, out, sought, at);
  return all.map((hit) => ({ ...hit, start: place(hit.start), end: place(hit.end) }));
}

function encodedHits(set: RuleSet, bytes: Uint8Array, isText: boolean, path: string): SecretHit[] {
  const all: SecretHit[] = [];
  for (let base = 0; base === 0 || base + margin < bytes.length; base += sliceBytes) {
    const slice = bytes.subarray(base, base + sliceBytes + margin);
    for (const decoder of isText ? inText : [base64, hex, utf16]) {
      for (const hit of decodedHits(set, slice, decoder, path, 1))
        all.push({ ...hit, start: base + hit.start, end: base + hit.end });
    }
  }
  return all;
}

const showName = (name: string) => (looksGenerated(name) ? '…' : name.slice(-60));

/** Collects guesses while the keywords of all layers are looked for. */
function guesser(path: string, bytes: Uint8Array, found: SecretHit[]) {
  const severity = isTestLike(path) ? 'warn' : 'block';
  const add = (place: Place, what: string, rule: string, text: string, from: number) => {
    const known = found.some((other) => other.start < place.end && place.start < other.end);
    if (known || found.length >= mostGuesses || allowComment.test(text)) return;
    found.push({
      ...place,
      rule,
      what,
      severity,
      masked: mask(bytes.subarray(place.start, place.end)),
      guessedFrom: from,
    });
  };
  return {
    word: (text: string, start: number, end: number, base: number) => {
      const assigned = assignedSecret(text, start, end, path);
      if (assigned === null) return;
      const place = { start: base + assigned.valueStart, end: base + assigned.valueStart + assigned.value.length };
      const what = `what looks like a secret, assigned to ${showName(assigned.name)}`;
      add(place, what, 'assigned-secret', lineAround(text, assigned.valueStart), base + assigned.start);
    },
    random: () => {
      for (const place of randomStrings(bytes, path, mostGuesses)) {
        const line = Buffer.from(bytes.subarray(Math.max(0, place.start - 300), place.end + 300)).toString('latin1');
        add(
          place,
          'a random-looking string',
          'random-string',
          lineAround(line, Math.min(300, place.start)),
          place.start,
        );
      }
    },
  };
}

/** One secret is told once, by the layer that knows more of it. */
function distinct(hits: readonly SecretHit[]): SecretHit[] {
  const kept: SecretHit[] = [];
  for (const hit of hits) {
    if (!kept.some((other) => other.start < hit.end && hit.start < other.end)) kept.push(hit);
  }
  return kept.sort((a, b) => a.start - b.start);
}

function keyFileHits(bytes: Uint8Array): SecretHit[] {
  const kind = keyFileOf(bytes);
  return kind === null ? [] : [{ start: -1, end: -1, rule: kind.rule, what: kind.what, severity: 'block', masked: '' }];
}

/** Prepares the search, once for many files. */
export function credentials(): Credentials {
  const set = buildRules(rules, secretWords);
  const find = ({ bytes, isText }: View, path: string): SecretHit[] => {
    const guesses: SecretHit[] = [];
    const guessing = isText && !isLockFile(path);
    const guess = guesser(path, bytes, guesses);
    const matches = findSecrets(set, bytes, guessing ? guess.word : undefined);
    if (guessing) guess.random();
    const plain = matches.map((match) => asHit(match, bytes, '', path));
    return distinct([...keyFileHits(bytes), ...plain, ...encodedHits(set, bytes, isText, path), ...guesses]);
  };
  const findInName = (bytes: Uint8Array) => findSecrets(set, bytes).map((match) => asHit(match, bytes, '', ''));
  return { find, findInName };
}
