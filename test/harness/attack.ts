/** What attackers do with a clone, push access and perhaps a key: statements and sealed files made by hand, with the program's own parts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatHeader,
  generateIdentity,
  parseRecipient,
  type SigningIdentity,
  type Stanza,
  wrapAllSync,
  x25519Identity,
} from '../../src/age/index.js';
import {
  type Change,
  formatStatement,
  parseStatement,
  type SignedStatement,
  statementId,
  statementMessage,
} from '../../src/trust/statement.js';
import { inspectSealed, keyEntries, type RepoPath, textTag } from '../../src/vault/index.js';
import type { Person } from './team.js';

export const rosterFolder = '.blackbox/roster';
export const statementFile = (id: string) => `${rosterFolder}/${id}.json`;

/** What the identity file of somebody holds, which `keygen` or `init` has written. */
export function identityOf({ home }: Person): SigningIdentity {
  const text = readFileSync(join(home, '.config/blackbox-ts/identity'), 'utf8');
  const line = /AGE-SECRET-KEY-1\w+/.exec(text)?.[0] ?? '';
  return x25519Identity(line) as SigningIdentity;
}

/** The statements in somebody's clone. */
export function statementsOf(person: Person): SignedStatement[] {
  return readdirSync(join(person.clone, rosterFolder)).map((name) =>
    parseStatement(person.read(`${rosterFolder}/${name}`)),
  );
}

/** The founder's statement, and the newest ones. */
export function headsOf(person: Person): { founder: string; heads: string[] } {
  const all = statementsOf(person);
  const built = new Set(all.flatMap((s) => s.statement.after));
  const founder = all.find((s) => s.statement.after.length === 0)?.id ?? '';
  return {
    founder,
    heads: all
      .map((s) => s.id)
      .filter((id) => !built.has(id))
      .sort(),
  };
}

export interface Forgery {
  readonly changes: readonly Change[];
  /** What it claims to follow; the newest in the clone unless said. */
  readonly after?: readonly string[];
  /** In whose name, and with whose signing key, it claims to be signed: the signer's unless said. */
  readonly by?: string;
  readonly key?: string;
}

/** Puts a statement into somebody's clone that is signed with their identity, whatever it says. @returns its path */
export function forge(person: Person, { changes, after, by = person.name, key }: Forgery): string {
  const { founder, heads } = headsOf(person);
  const signer = identityOf(person).signer();
  const at = '2026-01-31T12:00:00Z';
  const sorted = [...(after ?? heads)].sort();
  const statement = { vault: founder, after: sorted, at, by, key: key ?? signer.key, changes };
  const signature = signer.sign(statementMessage(statement)) as Uint8Array;
  const path = statementFile(statementId(statement));
  person.write(path, formatStatement({ statement, signature }));
  return path;
}

/** An age key of nobody on the roster, as a `.pub` file and as a change that lets its owner in. */
export function stranger(name = 'mallory'): { text: string; recipient: string; add: Change } {
  const { identity, recipient } = generateIdentity();
  const sign = x25519Identity(identity).signer?.().key ?? null;
  const text = `${recipient}\n# blackbox-ts signing key: ${sign}\n`;
  return { text, recipient, add: { do: 'add', name, role: 'admin', groups: [], keys: keyEntries(text) } };
}

/** Everything in the work tree, past any hook, to the origin. */
export function pushAll(person: Person, message: string): void {
  person.run('git add --all');
  person.run(['git', 'commit', '--quiet', '--no-verify', '-m', message]);
  person.run('git push --quiet origin HEAD');
}

/** A sealed file's header with one recipient more, by somebody who can open the file; the payload and the signature stay as they are. */
export function addToHeader(person: Person, path: string, recipient: string): void {
  const bytes = person.bytes(`${path}.age`);
  const { header } = inspectSealed(bytes, path as RepoPath);
  const fileKey = identityOf(person).unwrap(header.stanzas.slice(1)) as Uint8Array;
  const [own, ...others] = header.stanzas as [Stanza, ...Stanza[]];
  const extra = wrapAllSync(fileKey, [parseRecipient(recipient)]);
  const tags = own.body.subarray(0, others.length * 16);
  const rest = own.body.subarray(tags.length);
  const widened = { args: own.args, body: Buffer.concat([tags, Buffer.from(textTag(recipient), 'hex'), rest]) };
  const forged = formatHeader([widened, ...others, ...extra], fileKey);
  person.write(`${path}.age`, Buffer.concat([forged, bytes.subarray(header.length)]));
}
