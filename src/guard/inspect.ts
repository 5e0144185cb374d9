/**
 * What must not be committed: bytes in, findings out. Pure. Nothing inside a file silences a finding that is no guess: what is looked for
 * are the team's own files and values, and credentials that are known by their form.
 */
import { showPath } from '../text.js';
import type { Identify } from './allowed.js';
import type { Credentials, SecretHit } from './credentials.js';
import { lineAround } from './generic.js';
import { longestLine, type Silences } from './gitleaks.js';
import { lfsPointer, type Pointer } from './lfs.js';
import { type NotScanned, openContent, type View } from './normalise.js';
import type { OwnRules } from './own-rules.js';
import { type Judge, pathRule } from './registered.js';
import { type Hit, scanBytes } from './scan.js';
import type { KnownValues } from './store.js';
import { submoduleSecrets } from './submodules.js';
import type { Candidate, Finding, Severity } from './types.js';
import { distinctMemory, wholesIn } from './whole.js';

export interface Rules {
  /** Paths whose plaintext is never committed. */
  readonly registered: ReadonlySet<string>;
  readonly isSealed: Judge;
  /** null where nothing was ever decrypted. */
  readonly known: KnownValues | null;
  /** Credentials of known forms, and what looks like a secret; without, only the team's own paths and values are looked for. */
  readonly credentials?: Credentials;
  /** What ids findings get by which they can be allowed. */
  readonly identify?: Identify;
  /** Ids of what was allowed. */
  readonly allowed?: ReadonlySet<string>;
  /** What another scanner was told to leave alone. */
  readonly silences?: Silences;
  /** The team's own rules. */
  readonly own?: OwnRules;
  /** What cannot be looked into blocks. */
  readonly strict?: boolean;
  /** The object of a Git LFS pointer from the local store; null when it is not there. */
  readonly lfs?: (pointer: Pointer) => Uint8Array | null;
}

/** Where known values stand in some bytes, in order. */
export function scan({ matcher, indexes = [] }: KnownValues, bytes: Uint8Array): Hit[] {
  const hits = scanBytes(matcher, bytes);
  for (const index of indexes) {
    const more = scanBytes(index, bytes);
    hits.push(...more.filter((hit) => !hits.some((other) => overlap(stretchOf(other), stretchOf(hit)))));
  }
  return indexes.length === 0 ? hits : hits.sort((a, b) => a.offset - b.offset);
}

function told(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(', ');
}

/** Line and column of an offset, both from 1; columns count characters of UTF-8. */
function position(bytes: Uint8Array, offset: number): { line: number; column: number } {
  let line = 1;
  let column = 1;
  for (let i = 0; i < offset; i++) {
    const byte = bytes[i] as number;
    if (byte === 10) [line, column] = [line + 1, 1];
    else if ((byte & 0xc0) !== 0x80) column++;
  }
  return { line, column };
}

/** About a file as a whole. */
function fileFinding(path: string, rule: string, what: string, severity: Severity = 'block', masked = ''): Finding {
  return { path, line: 0, column: 0, rule, severity, what, masked };
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A path without the components in which a secret stands, `*` for each: it can be printed, and git takes it as a pattern. */
function concealed(path: string, stretches: readonly Stretch[]): string {
  let at = 0;
  const components = path.split('/').map((name) => {
    const [start, end] = [at, at + Buffer.byteLength(name)];
    at = end + 1;
    return stretches.some((hit) => hit.start < end && hit.end > start) ? '*' : name;
  });
  return components.join('/');
}

const knownWhat = (hit: Hit, place: string) => told(`value of ${hit.label}`, hit.encoding, place);
const stretchOf = ({ offset, end }: Hit): Stretch => ({ start: offset, end });
const overlap = (a: Stretch, b: Stretch) => a.start < b.end && b.start < a.end;

/** Of what only announces a secret, what follows belongs to it: the first line of one key is that of any other. */
const announcedReach = 400;

/** By which a finding can be allowed: the secret's own bytes, those of a key file as a whole. */
function idOf({ rule, start, end, masked }: SecretHit, bytes: Uint8Array, { identify }: Rules): string | null {
  if (start < 0) return identify?.(rule, bytes) ?? null;
  return identify?.(rule, bytes.subarray(start, masked === '' ? end + announcedReach : end)) ?? null;
}

const isAllowed = (id: string | null, { allowed }: Rules) => id !== null && allowed?.has(id) === true;

/** A path as it may be shown, and what its name gives away. */
function judgeName(path: string, rules: Rules): { shown: string; findings: Finding[] } {
  const bytes = Buffer.from(path);
  const known = rules.known === null ? [] : scan(rules.known, bytes);
  const secrets = (rules.credentials?.findInName(bytes) ?? []).filter(
    (hit) => !known.some((other) => overlap(stretchOf(other), hit)),
  );
  const shown = concealed(path, [...known.map(stretchOf), ...secrets]);
  const place = 'in the name of the file';
  return {
    shown,
    findings: [
      ...known.map((hit) => fileFinding(shown, 'known-value', knownWhat(hit, place), 'block', hit.masked)),
      ...secrets.flatMap((hit) => {
        const id = idOf(hit, bytes, rules);
        const finding = fileFinding(shown, hit.rule, told(hit.what, place), hit.severity, hit.masked);
        return isAllowed(id, rules) ? [] : [id === null ? finding : { ...finding, id }];
      }),
    ],
  };
}

function wholeFindings(path: string, contents: readonly Uint8Array[], known: KnownValues): Finding[] {
  const files = known.files.filter((file) => !file.ambient);
  const found = new Set(distinctMemory(contents).flatMap((content) => wholesIn(known.matcher.keys, files, content)));
  return [...found].map((file) =>
    fileFinding(path, 'registered-plaintext', `the plaintext of ${showPath(file.path)} under another name`),
  );
}

/** Whether the assignment that a guess is about stood in what was there before. */
function isOld(hit: SecretHit, bytes: Uint8Array, before: readonly Uint8Array[]): boolean {
  if (hit.guessedFrom === undefined) return false;
  const span = Buffer.from(bytes.subarray(hit.guessedFrom, hit.end));
  return before.some((content) => Buffer.from(content.buffer, content.byteOffset, content.length).includes(span));
}

/** Where in the file findings of a view stand: an archive has no lines, what is packed in it is named; nor has a key file, whose finding has no offset. */
function placeIn(view: View, offset: number): { line: number; column: number } {
  return view.within === '' && offset >= 0 ? position(view.bytes, offset) : { line: 0, column: 0 };
}

/** Where packed content lies, as it may be shown: names in archives are anybody's, and may hold what must not be told. */
function shownWithin(within: string, rules: Rules): string {
  const bytes = Buffer.from(within);
  const isSecret =
    (rules.known !== null && scan(rules.known, bytes).length > 0) ||
    (rules.credentials?.findInName(bytes) ?? []).length > 0;
  return isSecret ? 'an archive' : within;
}

/** Whether an allow list names this hit. Asked after everything else, as its expressions are slow. */
function isSilenced(hit: SecretHit, candidate: Candidate, view: View, { silences }: Rules): boolean {
  if (silences === undefined || (hit.start < 0 && hit.own !== true)) return false;
  const from = Math.max(0, hit.start - longestLine);
  const around = Buffer.from(view.bytes.subarray(from, hit.start + longestLine)).toString('latin1');
  return silences({
    path: candidate.path,
    commit: candidate.commit,
    line: placeIn(view, hit.start).line,
    lineText: hit.start < 0 ? '' : lineAround(around, hit.start - from),
    secret: Buffer.from(view.bytes.subarray(hit.start, hit.end)).toString('latin1'),
    isGuess: hit.guessedFrom !== undefined,
    ownRule: hit.own === true ? hit.rule : null,
  });
}

interface Looked {
  readonly hits: readonly SecretHit[];
  readonly notScanned: readonly NotScanned[];
}

/** By the team's own rules: not in files that it has told to leave alone as a whole, nor in the rules themselves. */
function ownHits(view: View, { path, commit }: Candidate, { own, silences }: Rules): Looked {
  const file = { path, commit, line: 0, lineText: '', secret: '', isGuess: false, ownRule: '' };
  if (own === undefined || path === '.gitleaks.toml' || silences?.(file) === true) return { hits: [], notScanned: [] };
  return own.find(view, path);
}

/** By the rules of this program, and where these find nothing, by those of the team. */
function secretsIn(view: View, candidate: Candidate, rules: Rules): Looked {
  const hits = rules.credentials?.find(view, candidate.path) ?? [];
  if (rules.own === undefined) return { hits, notScanned: [] };
  const own = ownHits(view, candidate, rules);
  const more = own.hits.filter((hit) => !hits.some((other) => overlap(other, hit)));
  return { hits: [...hits, ...more], notScanned: own.notScanned };
}

function notScannedFinding(path: string, { what, within }: NotScanned, rules: Rules): Finding {
  const place = within === '' ? '' : ` in ${shownWithin(within, rules)}`;
  return fileFinding(path, 'not-scanned', `${what}${place}: not looked into`, rules.strict === true ? 'block' : 'warn');
}

/** Secrets in one view. The same value twice in a line is one finding; what is known is not told as something else as well. */
function viewFindings(
  path: string,
  candidate: Candidate,
  view: View,
  rules: Rules,
  before: readonly Uint8Array[],
): Finding[] {
  const known = rules.known === null ? [] : scan(rules.known, view.bytes);
  const { hits: secrets, notScanned } = secretsIn(view, candidate, rules);
  if (known.length + secrets.length + notScanned.length === 0) return [];
  const place = told(
    candidate.mode === '120000' ? 'in the target of the link' : '',
    view.within && `in ${shownWithin(view.within, rules)}`,
  );
  const found = new Map<string, Finding>();
  const add = (key: string, at: number, rest: Pick<Finding, 'rule' | 'severity' | 'what' | 'masked' | 'id'>) => {
    const where = placeIn(view, at);
    const id = `${where.line} ${key}`;
    if (!found.has(id)) found.set(id, { path, ...where, ...rest });
  };
  for (const hit of known)
    add(hit.label, hit.offset, {
      rule: 'known-value',
      severity: 'block',
      what: knownWhat(hit, place),
      masked: hit.masked,
    });
  for (const hit of secrets) {
    if (known.some((other) => overlap(stretchOf(other), hit)) || isOld(hit, view.bytes, before)) continue;
    const { rule, severity, masked } = hit;
    const id = idOf(hit, view.bytes, rules);
    if (isAllowed(id, rules) || isSilenced(hit, candidate, view, rules)) continue;
    const what = told(hit.what, place);
    add(`${rule} ${hit.start}`, hit.start, { rule, severity, what, masked, ...(id === null ? {} : { id }) });
  }
  return [...found.values(), ...notScanned.map((one) => notScannedFinding(path, one, rules))];
}

/** The content itself, or of a pointer of Git LFS the object it points to. */
function resolve(content: Uint8Array, { lfs }: Rules): { contents: Uint8Array[]; missing: NotScanned[] } {
  const pointer = lfs === undefined ? null : lfsPointer(content);
  if (pointer === null) return { contents: [content], missing: [] };
  const object = lfs?.(pointer) ?? null;
  return object === null
    ? { contents: [content], missing: [{ what: 'a Git LFS object that is not in the local store', within: '' }] }
    : { contents: [content, object], missing: [] };
}

function contentFindings(path: string, candidate: Candidate, content: Uint8Array, rules: Rules): Finding[] {
  const { contents, missing } = resolve(content, rules);
  const opened = contents.map(openContent);
  const before = candidate.before ? openContent(candidate.before).views.map((view) => view.bytes) : [];
  const views = opened.flatMap((one) => one.views);
  return [
    ...(rules.known === null
      ? []
      : wholeFindings(path, [...contents, ...views.map((view) => view.bytes)], rules.known)),
    ...views.flatMap((view) => viewFindings(path, candidate, view, rules, before)),
    ...[...missing, ...opened.flatMap((one) => one.notScanned)].map((one) => notScannedFinding(path, one, rules)),
  ];
}

/** A submodule is a commit elsewhere: there is nothing in it to read. */
function newSubmodule(path: string, { strict }: Rules): Finding {
  return fileFinding(path, 'not-scanned', 'a new submodule: not looked into', strict === true ? 'block' : 'warn');
}

function contentOf(path: string, candidate: Candidate, rules: Rules): Finding[] {
  const { content, mode } = candidate;
  if (content === null && mode === '160000') return candidate.isNew === true ? [newSubmodule(path, rules)] : [];
  if (content === null)
    return [fileFinding(path, 'unreadable', 'it could not be read, or is too large to be looked into')];
  if (rules.known === null && rules.credentials === undefined) return [];
  const submodules = rules.credentials === undefined ? [] : submoduleSecrets(candidate.path, content);
  return [
    ...contentFindings(path, candidate, content, rules),
    ...submodules.map(({ offset, what, masked }) => {
      return { path, ...position(content, offset), rule: 'submodule-url', severity: 'block' as const, what, masked };
    }),
  ];
}

/** Prepares the rules once for many candidates: a hook can hand over blob after blob as git delivers them, and hold none. */
export function inspector(rules: Rules): (candidate: Candidate) => Finding[] {
  const judgePath = pathRule(rules.registered, rules.isSealed);
  return (candidate) => {
    const name = judgeName(candidate.path, rules);
    const judged = judgePath(candidate);
    const shown = judged === null ? [] : [{ ...judged, path: name.shown }];
    // Of a registered file that stands there in plaintext, nobody needs its values listed.
    if (judged?.rule === 'registered-plaintext') return [...shown, ...name.findings];
    return [...shown, ...name.findings, ...contentOf(name.shown, candidate, rules)];
  };
}

/** Every reason why these must not be committed, and what is worth telling of them; none when there is nothing to say. */
export function inspect(candidates: Iterable<Candidate>, rules: Rules): Finding[] {
  const judge = inspector(rules);
  return Array.from(candidates, judge).flat();
}
