/** A plan's changes of the roster, as one statement by whoever carries it out. */
import type { Signer } from '../age/index.js';
import { readChain } from '../trust/chain.js';
import { maySeal } from '../trust/limits.js';
import {
  type Change,
  formatStatement,
  parseStatement,
  type SignedStatement,
  type Statement,
  statementMessage,
} from '../trust/statement.js';
import type { Keyring } from './keyring.js';
import { examineViews, readRoster } from './roster.js';
import { ownSigning } from './signer.js';
import { statementPath } from './statements.js';
import { checkDeletions, missingHere, recordTrust, type Trust } from './trust.js';
import { cannotSign, notInGroup } from './trust-errors.js';
import type { Person, Plan, RepoPath, Roster, Vault } from './types.js';

export interface Signed {
  readonly trust: Trust;
  readonly person: Person;
  readonly signer: Signer;
}

export function needsSignature(plan: Plan): boolean {
  return plan.seals.length + plan.changes.length > 0;
}

/** Nobody signs with a key that the same plan retires: nothing signed with it would be authentic after it. */
function withoutRetired({ people }: Pick<Roster, 'people'>, changes: readonly Change[]): Pick<Roster, 'people'> {
  const retired = new Set(changes.flatMap((c) => (c.do === 'retire-key' ? [c.recipient] : [])));
  if (retired.size === 0) return { people };
  return { people: people.map((p) => ({ ...p, keys: p.keys.filter((k) => !retired.has(k.recipient)) })) };
}

/** What somebody seals must be theirs to write, also after the change that they make with it. */
function checkStillMay({ name, role, groups }: Person, { seals, changes }: Plan): void {
  const last = (kind: 'role' | 'groups') => changes.findLast((c) => c.do === kind && c.name === name);
  const after = { role, groups, ...last('role'), ...last('groups') };
  if (after.role === 'admin' || seals.length === 0) return;
  if (!maySeal(after.role)) throw cannotSign(`${name} (${after.role})`, 'an admin or writer');
  const audience = seals.map((s) => s.groups).find((g) => g.length > 0 && !g.some((one) => after.groups.includes(one)));
  if (audience !== undefined) throw notInGroup(name, audience);
}

/** Who signs a plan, after everything that a signature would confirm has been checked. @throws ERR_BLACKBOX_CANNOT_SIGN, ERR_BLACKBOX_STATEMENT_DELETED */
export function signingFor(vault: Vault, plan: Plan, keyring: Keyring): Signed {
  const roster = readRoster(vault);
  checkDeletions(vault, roster.trust.here);
  const need = plan.changes.length > 0 ? 'admin' : 'writer';
  const signing = ownSigning(vault, withoutRetired(roster, plan.changes), keyring, need);
  checkStillMay(signing.person, plan);
  recordTrust(vault, roster.trust);
  return { ...signing, trust: roster.trust };
}

export interface NewStatement {
  readonly signed: SignedStatement;
  /** Files to write, each with its text. */
  readonly texts: readonly (readonly [path: RepoPath, text: string])[];
  readonly remove: readonly RepoPath[];
}

/** @throws ERR_BLACKBOX_STATEMENT_BROKEN when nobody could read it, because a key in it is too large or of an odd form */
export async function signStatement(statement: Statement, signer: Signer): Promise<SignedStatement> {
  const signature = await signer.sign(statementMessage(statement));
  return parseStatement(formatStatement({ statement, signature }));
}

/** UTC, to the second. */
export function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/**
 * The statement, and with it those that this clone has seen on other branches and that it builds upon: whoever has this one must have them.
 * The files of people become what the statements then say.
 * @throws ERR_BLACKBOX_STATEMENT_NOT_ENTITLED when it would contradict those before it
 */
export async function signedChanges(
  vault: Vault,
  { trust, person, signer }: Signed,
  changes: readonly Change[],
): Promise<NewStatement> {
  const { seen, founder } = trust;
  const statement: Statement = {
    vault: founder,
    after: [...seen.heads],
    at: now(),
    by: person.name,
    key: signer.key,
    changes,
  };
  const signed = await signStatement(statement, signer);
  // All others have been verified, and this one was signed just now: what is left to see is whether it fits.
  const verified = () => true;
  const isOld = (s: SignedStatement) => s !== signed;
  const { members } = readChain([...seen.statements.values(), signed], founder, verified, isOld);
  const { stale, leftover } = examineViews(vault, members);
  const statements = [...missingHere(trust), signed].map((s) => [statementPath(s.id), formatStatement(s)] as const);
  return { signed, texts: [...statements, ...stale], remove: leftover };
}
