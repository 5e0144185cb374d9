/** A plan's changes of the roster, as one statement by whoever carries it out. */
import type { Signer } from '../age/index.js';
import type { Write } from '../host/types.js';
import {
  type Change,
  formatStatement,
  type SignedStatement,
  type Statement,
  statementId,
  statementMessage,
} from '../trust/statement.js';
import type { Keyring } from './keyring.js';
import { personText, readRoster } from './roster.js';
import { ownSigning } from './signer.js';
import { statementPath } from './statements.js';
import { checkDeletions, recordTrust, type Trust } from './trust.js';
import type { Person, Plan, RepoPath, Vault } from './types.js';

export interface Signed {
  readonly trust: Trust;
  readonly person: Person;
  readonly signer: Signer;
}

export function needsSignature(plan: Plan): boolean {
  return plan.seals.length + plan.changes.length > 0;
}

/** Who signs a plan, after everything that a signature would confirm has been checked. @throws ERR_BLACKBOX_CANNOT_SIGN, ERR_BLACKBOX_STATEMENT_DELETED */
export function signingFor(vault: Vault, plan: Plan, keyring: Keyring): Signed {
  const roster = readRoster(vault);
  checkDeletions(vault, roster.trust.here);
  const signing = ownSigning(vault, roster, keyring, plan.changes.length > 0 ? 'admin' : 'writer');
  recordTrust(vault, roster.trust);
  return { ...signing, trust: roster.trust };
}

export interface NewStatement {
  readonly signed: SignedStatement;
  readonly writes: readonly Write[];
  readonly stage: readonly RepoPath[];
}

export async function signStatement(statement: Statement, signer: Signer): Promise<SignedStatement> {
  return { id: statementId(statement), statement, signature: await signer.sign(statementMessage(statement)) };
}

/** UTC, to the second. */
export function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/**
 * The statement, and with it those that this clone has seen on other branches and that it builds upon: whoever has this one must have them.
 * The people they brought get their files here as well.
 */
export async function signedChanges(
  vault: Vault,
  { trust, person, signer }: Signed,
  changes: readonly Change[],
): Promise<NewStatement> {
  const { seen, here, founder } = trust;
  const statement: Statement = {
    vault: founder,
    after: [...seen.heads],
    at: now(),
    by: person.name,
    key: signer.key,
    changes,
  };
  const signed = await signStatement(statement, signer);
  const missing = [...seen.statements.values()].filter((s) => !here.statements.has(s.id));
  const write = (path: RepoPath, text: string): Write => ({
    path: vault.host.files.within(vault.root, path),
    content: Buffer.from(text),
    mode: 0o644,
  });
  const files = [
    ...[...missing, signed].map((s) => [statementPath(s.id), formatStatement(s)] as const),
    ...[...seen.members.values()].filter((m) => !here.members.has(m.name)).map((m) => personText(m)),
  ];
  return { signed, writes: files.map(([path, text]) => write(path, text)), stage: files.map(([path]) => path) };
}
