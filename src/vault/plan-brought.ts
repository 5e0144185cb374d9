/** Statements that this clone has seen and this checkout lacks: what takes something away comes along, and is not signed a second time. */
import { formatStatement } from '../trust/statement.js';
import { emptyPlan, plan, textWrite } from './plan.js';
import { examineViews, toPerson } from './roster.js';
import { statementPath } from './statements.js';
import { missingHere, type Trust } from './trust.js';
import type { Person, Plan, Roster, Vault } from './types.js';

/** For a change that has been signed already, on another branch or before it was undone here: its statements, and the view that follows from them. */
export function planBrought(vault: Vault, trust: Trust): Plan {
  const missing = missingHere(trust);
  if (missing.length === 0) return emptyPlan;
  const { stale, leftover } = examineViews(vault, trust.seen.members);
  const texts = [...missing.map((s) => [statementPath(s.id), formatStatement(s)] as const), ...stale];
  return plan({
    summary: ['write what this clone has seen signed already'],
    lastWrites: texts.map(([path, text]) => textWrite(vault, path, text)),
    stage: texts.map(([path]) => path),
    remove: leftover,
    unstage: leftover,
  });
}

/** Somebody whom this checkout still has on its roster although this clone has seen them removed; null when there is none of this name. */
export function removedElsewhere({ trust }: Roster, name: string): Person | null {
  const member = trust.here.members.get(name.normalize('NFC'));
  return member === undefined || trust.seen.members.has(member.name) ? null : toPerson(member);
}
