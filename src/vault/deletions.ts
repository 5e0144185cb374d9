/** Statements that this checkout's own history had and lost: to revert a commit must not bring anybody back. */
import { BlackboxError } from '../errors.js';
import type { CommitLine, Git, PathChange } from '../host/types.js';
import { type Chain, readChain, type Verify, validAmong } from '../trust/chain.js';
import { mostStatements, statementLimit } from '../trust/limits.js';
import type { KeyEntry, SignedStatement } from '../trust/statement.js';
import { tooMany } from './errors.js';
import { parseStatementFile, statementPath, statementsFolder } from './statements.js';
import { historyUnknown, statementDeleted } from './trust-errors.js';

type SigningEntry = KeyEntry & { readonly sign: string };

/** What the history says of files that would be statements and are not here. */
function lostIn(past: readonly PathChange[], here: Chain): PathChange[] {
  return past.filter(({ path }) => {
    const id = /^([0-9a-f]{64})\.json$/.exec(path.slice(statementsFolder.length + 1))?.[1];
    return id !== undefined && !here.statements.has(id);
  });
}

/** Of each person who was ever made an admin, the keys that they were ever given to sign with: nobody else signs what could be valid. */
class Signers {
  private readonly admins = new Set<string>();
  private readonly keys = new Map<string, SigningEntry[]>();

  add({ statement }: SignedStatement): void {
    for (const change of statement.changes) {
      if ('role' in change && change.role === 'admin') this.admins.add(change.name);
      for (const key of 'keys' in change ? change.keys : []) {
        const name = `${change.name}\n${key.sign}`;
        if (key.sign !== null) this.keys.set(name, [...(this.keys.get(name) ?? []), { ...key, sign: key.sign }]);
      }
    }
  }

  /** Whether one of them has signed this. */
  have(signed: SignedStatement, verify: Verify): boolean {
    const { by, key } = signed.statement;
    return this.admins.has(by) && this.keys.get(`${by}\n${key}`)?.some((entry) => verify(entry, signed)) === true;
  }
}

/** What a file that was lost has held; null for what was no statement. */
function parsedOrNull(content: Buffer, path: string): SignedStatement | null {
  try {
    return parseStatementFile(content.toString('utf8'), path);
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

/**
 * Those that were statements at one time, by somebody who was an admin at one time, whatever they were turned into before they were deleted. Of
 * one, each signature that it had. What anybody can push is passed over without being counted or kept: it must not stand in the way for ever.
 * @throws ERR_BLACKBOX_STATEMENT_MISSING where this clone does not have what was deleted
 */
function statementsIn(git: Git, lost: readonly PathChange[], here: Chain, verify: Verify): SignedStatement[] {
  const names = new Map(lost.filter((c) => c.status !== 'D').map(({ oid, path }) => [oid, path]));
  const signers = new Signers();
  for (const signed of here.statements.values()) signers.add(signed);
  const found = new Map<string, SignedStatement>();
  // What was deleted may have made the signer of something else that was deleted an admin.
  for (let before = -1; before < found.size; ) {
    before = found.size;
    const read = (oid: string, content: Buffer | null, missing: boolean) => {
      const path = names.get(oid) ?? '';
      if (missing) throw historyUnknown(path);
      const signed = content === null || found.has(oid) ? null : parsedOrNull(content, path);
      if (signed === null || !signers.have(signed, verify)) return;
      found.set(oid, signed);
      signers.add(signed);
      if (found.size > mostStatements) throw tooMany('deleted statement', mostStatements, statementsFolder);
    };
    git.blobs(names.keys(), read, statementLimit);
  }
  return [...found.values()];
}

/** Whether both say the same of everybody. */
export function sameRoster(a: Pick<Chain, 'members'>, b: Pick<Chain, 'members'>): boolean {
  const text = ({ members }: Pick<Chain, 'members'>) =>
    JSON.stringify([...members.values()].sort((x, y) => (x.name < y.name ? -1 : 1)));
  return a === b || text(a) === text(b);
}

function withNeeded(one: SignedStatement, valid: readonly SignedStatement[]): SignedStatement[] {
  const known = new Map(valid.map((s) => [s.id, s]));
  const needed = new Map<string, SignedStatement>();
  const stack = [one];
  for (let s = stack.pop(); s !== undefined; s = stack.pop()) {
    needed.set(s.id, s);
    stack.push(...s.statement.after.flatMap((id) => (needed.has(id) ? [] : (known.get(id) ?? []))));
  }
  return [...needed.values()];
}

/** Whether it, with what it builds upon, would make another roster of the one that is here. */
function matters(here: Chain, one: SignedStatement, valid: readonly SignedStatement[]): boolean {
  try {
    const all = [...here.statements.values(), ...withNeeded(one, valid)];
    // All of them have been found valid.
    const yes = () => true;
    return !sameRoster(here, readChain(all, here.founder, yes, yes));
  } catch (error) {
    // One that leaves no admin can only be deleted.
    if (error instanceof BlackboxError) return false;
    throw error;
  }
}

function deletionOf(lost: readonly PathChange[], path: string): CommitLine | null {
  const [last] = lost.filter((change) => change.path === path);
  return last?.status === 'D' ? last.commit : null;
}

/**
 * A checkout that never had a statement is an older one; one whose own history had it and lost it was tampered with. What counted for nothing
 * may go: somebody who pushed what is no statement must not leave a mark for ever.
 * @param past every change of a statement's file in the history of this checkout, newest first
 * @throws ERR_BLACKBOX_STATEMENT_DELETED
 */
export function checkDeletedStatements(git: Git, past: readonly PathChange[], here: Chain, verify: Verify): void {
  const lost = lostIn(past, here);
  if (lost.length === 0) return;
  const found = statementsIn(git, lost, here, verify);
  const withAny: Verify = (key, { id }) => found.some((s) => s.id === id && verify(key, s));
  const valid = validAmong(here, found, withAny);
  const gone = valid.find((s) => matters(here, s, valid));
  if (gone !== undefined) throw statementDeleted(statementPath(gone.id), deletionOf(lost, statementPath(gone.id)));
}
