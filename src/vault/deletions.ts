/** Statements that this checkout's own history had and lost: to revert a commit must not bring anybody back. */
import { BlackboxError } from '../errors.js';
import type { CommitLine, Git, PathChange } from '../host/types.js';
import { type Chain, readChain, type Verify, validAmong } from '../trust/chain.js';
import { statementLimit } from '../trust/limits.js';
import type { SignedStatement } from '../trust/statement.js';
import { tooMany } from './errors.js';
import { parseStatementFile, statementPath, statementsFolder } from './statements.js';
import { statementDeleted } from './trust-errors.js';

/** Nobody deletes statements, and few push what is none; a hostile repository must not make us look at such files for ever. */
const mostDeleted = 500;

/** What the history says of files that would be statements and are not here. */
function lostIn(past: readonly PathChange[], here: Chain): PathChange[] {
  return past.filter(({ path }) => {
    const id = /^([0-9a-f]{64})\.json$/.exec(path.slice(statementsFolder.length + 1))?.[1];
    return id !== undefined && !here.statements.has(id);
  });
}

/** Those that were statements at one time, whatever they were turned into before they were deleted. Of one, each signature that it had. */
function statementsIn(git: Git, lost: readonly PathChange[]): SignedStatement[] {
  const names = new Map(lost.filter((c) => c.status !== 'D').map(({ oid, path }) => [oid, path]));
  if (names.size > mostDeleted) throw tooMany('deleted statement', mostDeleted, statementsFolder);
  const found: SignedStatement[] = [];
  const read = (oid: string, content: Buffer | null) => {
    const path = names.get(oid) ?? '';
    try {
      if (content !== null) found.push(parseStatementFile(content.toString('utf8'), path));
    } catch (error) {
      if (!(error instanceof BlackboxError)) throw error;
    }
  };
  git.blobs(names.keys(), read, statementLimit);
  return found;
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
  const found = statementsIn(git, lost);
  const withAny: Verify = (key, { id }) => found.some((s) => s.id === id && verify(key, s));
  const valid = validAmong(here, found, withAny);
  const gone = valid.find((s) => matters(here, s, valid));
  if (gone !== undefined) throw statementDeleted(statementPath(gone.id), deletionOf(lost, statementPath(gone.id)));
}
