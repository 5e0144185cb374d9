/**
 * Statements of somebody who had lost the right to make them, as they come in. Nobody can tell from statements alone which of two removals side by side
 * was first, so both count; whoever has agreed to one of them already can tell.
 */
import { BlackboxError } from '../errors.js';
import type { PathChange } from '../host/types.js';
import { isTaking, type SignedStatement } from '../trust/statement.js';
import { expectedFounder } from './pin.js';
import { parseStatementFile, readStatements, statementsFolder } from './statements.js';
import { chainOfStatements } from './trust.js';
import type { Vault } from './types.js';

/** As commits bring it. */
export type BroughtFile = Pick<PathChange, 'path' | 'oid'> & { readonly commit: string };

export interface LateStatement {
  readonly brought: BroughtFile;
  readonly by: string;
}

function readBrought(agreed: Vault, files: readonly BroughtFile[]): [BroughtFile, SignedStatement][] {
  const byOid = new Map(files.map((file) => [file.oid, file]));
  const found: [BroughtFile, SignedStatement][] = [];
  const read = (oid: string, content: Buffer | null) => {
    const file = byOid.get(oid);
    if (content === null || file === undefined) return;
    try {
      found.push([file, parseStatementFile(content.toString('utf8'), file.path)]);
    } catch (error) {
      // What is no statement stops every command by itself.
      if (!(error instanceof BlackboxError)) throw error;
    }
  };
  agreed.host.git.open(agreed.repository).blobs(byOid.keys(), read);
  return found;
}

/** Whether statements are voided by what all of them say; where that leaves no admin, or is not valid, by what is agreed upon. */
function isVoidedBy(agreed: Vault, before: readonly SignedStatement[], all: readonly SignedStatement[]) {
  const founder = expectedFounder(agreed);
  try {
    const { voided } = chainOfStatements(agreed, founder, all);
    return ({ id }: SignedStatement) => voided.has(id);
  } catch (error) {
    if (!(error instanceof BlackboxError)) throw error;
    const { members } = chainOfStatements(agreed, founder, before);
    return ({ statement: { by, key } }: SignedStatement) =>
      members.get(by)?.role !== 'admin' || members.get(by)?.keys.every(({ sign }) => sign !== key) === true;
  }
}

/**
 * Those of the statements that commits bring which take something away, and whose signer was removed, or lost the key or the role for it, by what the
 * agreed side says already: beside it, as it seems, and in truth perhaps long after.
 * @throws those of `readChain` when what is agreed upon is not valid
 */
export function lateStatements(agreed: Vault, files: readonly BroughtFile[]): LateStatement[] {
  const own = files.filter(({ path }) => path.startsWith(`${statementsFolder}/`));
  if (own.length === 0) return [];
  const before = readStatements(agreed);
  const known = new Set(before.map(({ id }) => id));
  const fresh = readBrought(agreed, own).filter(([, { id }]) => !known.has(id));
  if (fresh.length === 0) return [];
  const all = new Map([...before, ...fresh.map(([, signed]) => signed)].map((signed) => [signed.id, signed]));
  const isVoided = isVoidedBy(agreed, before, [...all.values()]);
  const late = fresh.filter(([, signed]) => signed.statement.changes.some(isTaking) && isVoided(signed));
  return late.map(([brought, { statement }]) => ({ brought, by: statement.by }));
}
