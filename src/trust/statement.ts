/**
 * A statement: one signed change to the roster. Statements form a graph that hangs together by hashes from the founder's on.
 * Pure: bytes in, facts out. How statements add up to a roster is in `chain.ts`.
 */
import { createHash } from 'node:crypto';
import { brokenStatement } from './errors.js';
import { roles, statementLimit } from './limits.js';

/** admin: roster and content; writer: content; reader: read only; scanner: reads no file, only what the guard looks for. */
export type Role = (typeof roles)[number];

/** A public key of a person. */
export interface KeyEntry {
  /** Canonical text of the recipient, as `Recipient.text` has it. */
  readonly recipient: string;
  /** Canonical text of the key that this person signs with, or null for a key that cannot sign. */
  readonly sign: string | null;
  /** The armored public key block that an OpenPGP key is verified and encrypted with; null for all other kinds. */
  readonly block: string | null;
}

export type Change =
  | {
      readonly do: 'add';
      readonly name: string;
      readonly role: Role;
      readonly groups: readonly string[];
      readonly keys: readonly KeyEntry[];
    }
  | { readonly do: 'add-key'; readonly name: string; readonly keys: readonly KeyEntry[] }
  | { readonly do: 'role'; readonly name: string; readonly role: Role }
  | { readonly do: 'groups'; readonly name: string; readonly groups: readonly string[] }
  | {
      readonly do: 'retire-key';
      readonly name: string;
      readonly recipient: string;
      readonly confirm: readonly string[];
    }
  /** `confirm`: those of this person's own statements that stay valid. */
  | { readonly do: 'remove'; readonly name: string; readonly confirm: readonly string[] };

/** What is not given with it. */
export type Taking = Exclude<Change, { readonly do: 'add' | 'add-key' }>;

export function isTaking(change: Change): change is Taking {
  return change.do !== 'add' && change.do !== 'add-key';
}

export interface Statement {
  /** Id of the founder's statement; in that statement itself 32 random bytes in hex, so that no two vaults are one. */
  readonly vault: string;
  /** Ids of the statements that the signer saw as the newest: sorted. */
  readonly after: readonly string[];
  /** ISO 8601, UTC, to the second; what the signer's clock said, for people to read. Nothing is decided by it. */
  readonly at: string;
  /** The signer's name, and the signing key used. */
  readonly by: string;
  readonly key: string;
  readonly changes: readonly Change[];
}

export interface SignedStatement {
  /** SHA-256 of what was signed, in hex. The file is named by it. */
  readonly id: string;
  readonly statement: Statement;
  readonly signature: Uint8Array;
}

/** Merging more branches than this at once is not a thing that happens. */
const mostParents = 64;
const mostChanges = 256;
const mostKeys = 64;
const mostConfirmed = 5000;

const idPattern = /^[0-9a-f]{64}$/;
const recipientPattern =
  /^(?:age1[a-z0-9-]{10,4000}|ssh-(?:ed25519|rsa) [A-Za-z0-9+/]{20,4000}={0,2}|openpgp [0-9A-F]{40}(?:[0-9A-F]{24})?)$/;
const signPattern =
  /^(?:ed25519 [A-Za-z0-9+/]{43}=|ssh-(?:ed25519|rsa) [A-Za-z0-9+/]{20,4000}={0,2}|openpgp [0-9A-F]{40}(?:[0-9A-F]{24})?)$/;
const blockPattern =
  /^-----BEGIN PGP PUBLIC KEY BLOCK-----\n[\x20-\x7e\n]{1,60000}\n-----END PGP PUBLIC KEY BLOCK-----\n$/;
const groupPattern = /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;
const namePattern = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}@+._ -]*$/u;

type Fields = Readonly<Record<string, unknown>>;

function wrong(what: string): never {
  throw brokenStatement(what);
}

function fields(value: unknown, names: readonly string[], what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong(`${what} is not an object`);
  const keys = Object.keys(value as object);
  // Exactly these, in this order: one statement has one form, so that equal statements have equal ids.
  if (keys.join() !== names.join()) wrong(`${what} has other fields than ${names.join(', ')}`);
  return value as Fields;
}

function matching(value: unknown, pattern: RegExp, what: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) wrong(`${what} is malformed`);
  return value as string;
}

function items<T>(value: unknown, most: number, what: string, read: (item: unknown) => T): T[] {
  if (!Array.isArray(value) || value.length > most) wrong(`${what} is not a list of at most ${most}`);
  return (value as unknown[]).map(read);
}

function distinct(values: readonly string[], what: string): readonly string[] {
  const sorted = [...new Set(values)].sort();
  if (sorted.join('\n') !== values.join('\n')) wrong(`${what} is not sorted and distinct`);
  return values;
}

const ids = (value: unknown, most: number, what: string) =>
  distinct(
    items(value, most, what, (item) => matching(item, idPattern, what)),
    what,
  );

const groupList = (value: unknown) =>
  distinct(
    items(value, mostKeys, 'groups', (item) => matching(item, groupPattern, 'a group')),
    'groups',
  );

/**
 * Why this is no name of a person, which is also the name of a file on every system, and stands in lists that people trust their eyes with;
 * null when it is one.
 */
export function whyNoName(name: string): string | null {
  if (/\p{Script=Latin}/u.test(name) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(name))
    return 'it mixes Latin letters with Cyrillic or Greek ones, which look alike';
  if (name.length > 64) return 'it is longer than 64 characters';
  // Among letters and marks there are some that nobody sees: U+3164, U+115F, variation selectors.
  if (!namePattern.test(name) || /[. ]$|\p{Default_Ignorable_Code_Point}/u.test(name)) {
    return 'use letters, digits and . _ - + @, beginning with a letter or digit';
  }
  if (/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name)) return 'Windows reserves it';
  return name === name.normalize('NFC') ? null : 'it is not in normal form C';
}

/** Names that somebody could take for each other, or some file system for one, are one. */
export function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase().normalize('NFC');
}

function readName(value: unknown): string {
  const reason = typeof value === 'string' ? whyNoName(value) : 'it is no text';
  return reason === null ? (value as string) : wrong(`a name is malformed: ${reason}`);
}

function readRole(value: unknown): Role {
  return roles.find((role) => role === value) ?? wrong('a role is unknown');
}

function readKey(value: unknown): KeyEntry {
  const key = fields(value, ['recipient', 'sign', 'block'], 'a key');
  const recipient = matching(key.recipient, recipientPattern, 'a recipient');
  const sign = key.sign === null ? null : matching(key.sign, signPattern, 'a signing key');
  if (recipient.startsWith('openpgp ') !== (key.block !== null))
    wrong('a key block stands where none belongs, or lacks');
  // SSH and OpenPGP keys sign themselves, age identities with the key that is derived from them.
  if (sign !== null && sign !== recipient && !(recipient.startsWith('age1') && sign.startsWith('ed25519 ')))
    wrong('a key signs for another one');
  return { recipient, sign, block: key.block === null ? null : matching(key.block, blockPattern, 'a key block') };
}

function readKeys(value: unknown): KeyEntry[] {
  const keys = items(value, mostKeys, 'keys', readKey);
  if (keys.length === 0) wrong('keys is empty');
  if (new Set(keys.map((k) => k.recipient)).size < keys.length) wrong('a key is given twice');
  return keys;
}

const changeReaders: { readonly [K in Change['do']]: (value: unknown) => Change } = {
  add: (value) => {
    const c = fields(value, ['do', 'name', 'role', 'groups', 'keys'], 'add');
    return {
      do: 'add',
      name: readName(c.name),
      role: readRole(c.role),
      groups: groupList(c.groups),
      keys: readKeys(c.keys),
    };
  },
  'add-key': (value) => {
    const c = fields(value, ['do', 'name', 'keys'], 'add-key');
    return { do: 'add-key', name: readName(c.name), keys: readKeys(c.keys) };
  },
  role: (value) => {
    const c = fields(value, ['do', 'name', 'role'], 'role');
    return { do: 'role', name: readName(c.name), role: readRole(c.role) };
  },
  groups: (value) => {
    const c = fields(value, ['do', 'name', 'groups'], 'groups');
    return { do: 'groups', name: readName(c.name), groups: groupList(c.groups) };
  },
  'retire-key': (value) => {
    const c = fields(value, ['do', 'name', 'recipient', 'confirm'], 'retire-key');
    const recipient = matching(c.recipient, recipientPattern, 'a recipient');
    return { do: 'retire-key', name: readName(c.name), recipient, confirm: ids(c.confirm, mostConfirmed, 'confirm') };
  },
  remove: (value) => {
    const c = fields(value, ['do', 'name', 'confirm'], 'remove');
    return { do: 'remove', name: readName(c.name), confirm: ids(c.confirm, mostConfirmed, 'confirm') };
  },
};

function readChange(value: unknown): Change {
  const kind = (value as { do?: unknown } | null)?.do;
  const read =
    typeof kind === 'string' && Object.hasOwn(changeReaders, kind) ? changeReaders[kind as Change['do']] : undefined;
  return read === undefined ? wrong('a change is of no known kind') : read(value);
}

function readStatement(value: unknown): Statement {
  const s = fields(value, ['vault', 'after', 'at', 'by', 'key', 'changes'], 'the statement');
  const changes = items(s.changes, mostChanges, 'changes', readChange);
  if (changes.length === 0) wrong('it changes nothing');
  return {
    vault: matching(s.vault, idPattern, 'the vault id'),
    after: ids(s.after, mostParents, 'after'),
    at: matching(s.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'the date'),
    by: readName(s.by),
    key: matching(s.key, signPattern, 'the signing key'),
    changes,
  };
}

/** The bytes that are signed and hashed: a label, so that no signature made for something else is one of these, and the statement. */
export function statementMessage(statement: Statement): Buffer {
  return Buffer.from(`blackbox-ts/1 statement\n${JSON.stringify(statement)}`);
}

export function statementId(statement: Statement): string {
  return createHash('sha256').update(statementMessage(statement)).digest('hex');
}

/** The one text that a signed statement has on disk. */
export function formatStatement(signed: Pick<SignedStatement, 'statement' | 'signature'>): string {
  const signature = Buffer.from(signed.signature).toString('base64');
  return `${JSON.stringify({ statement: signed.statement, signature }, null, 2)}\n`;
}

/**
 * Reads a statement file. Anything but the one form that {@link formatStatement} gives is refused. The signature is not checked here.
 * @throws ERR_BLACKBOX_STATEMENT_BROKEN
 */
export function parseStatement(text: string): SignedStatement {
  if (text.length > statementLimit) wrong(`it is larger than ${statementLimit} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    wrong('it is not JSON');
  }
  const outer = fields(value, ['statement', 'signature'], 'the file');
  const statement = readStatement(outer.statement);
  const signature = Buffer.from(
    matching(outer.signature, /^[A-Za-z0-9+/]{20,20000}={0,2}$/, 'the signature'),
    'base64',
  );
  const signed = { id: statementId(statement), statement, signature };
  if (formatStatement(signed) !== text.replaceAll('\r\n', '\n'))
    wrong('it is not in the form that this program writes');
  return signed;
}
