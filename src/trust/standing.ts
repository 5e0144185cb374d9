/**
 * Which statements count. One whose signer was removed beside it, unless the remover confirms it, gives nothing. What it takes away stays away all
 * the same: in doubt somebody is out.
 */
import { has, type Node } from './graph.js';
import type { Change } from './statement.js';

/** One change of one statement. */
export interface Said<C extends Change = Change> {
  readonly node: Node;
  /** Its place among the changes of its statement. */
  readonly at: number;
  readonly change: C;
}

export type About = ReadonlyMap<string, readonly Said[]>;

/** Every change, by whom it is about, in the order of the statements. */
export function changesIn(nodes: readonly Node[]): About {
  const about = new Map<string, Said[]>();
  for (const node of nodes) {
    for (const [at, change] of node.signed.statement.changes.entries()) {
      const known = about.get(change.name);
      if (known === undefined) about.set(change.name, [{ node, at, change }]);
      else known.push({ node, at, change });
    }
  }
  return about;
}

/** counts; takes only, as its signer was removed beside it; is nothing, as its signer was made admin by what does not count. */
export type Standing = 'counts' | 'takes' | 'nothing';

export interface Standings {
  readonly of: (node: Node) => Standing;
  /** Statements that do not count, with the reason. */
  readonly voided: ReadonlyMap<string, string>;
}

const confirmed = new WeakMap<Change, ReadonlySet<string>>();

function confirms(change: Extract<Change, { confirm: unknown }>, id: string): boolean {
  const known = confirmed.get(change) ?? new Set(change.confirm);
  confirmed.set(change, known);
  return known.has(id);
}

/** Whether this is about the signer of a statement that neither follows it nor is confirmed by it. */
function strikes({ node: striker, change }: Said, node: Node, about: About): boolean {
  const { by, key } = node.signed.statement;
  // The founder's statement is the vault itself; all that a founder signed later can be struck like anybody's.
  if (striker === node || node.signed.statement.after.length === 0 || has(node.past, striker.index)) return false;
  if (change.do === 'role') return change.role !== 'admin' && !has(striker.past, node.index);
  if (!('confirm' in change) || confirms(change, node.signed.id)) return false;
  return change.do === 'remove' || signsFor(about, by, change.recipient, key);
}

/** Whether somebody was ever given this signing key together with that recipient. */
function signsFor(about: About, name: string, recipient: string, key: string): boolean {
  return (about.get(name) ?? []).some(
    ({ change }) => 'keys' in change && change.keys.some((k) => k.recipient === recipient && k.sign === key),
  );
}

/** Worked out in order, so that what a statement builds upon has been judged before it. */
export function standingsOf(nodes: readonly Node[], all: About): Standings {
  // Whether somebody may sign does not hang on their groups, which are what changes most.
  const about: About = new Map([...all].map(([name, said]) => [name, said.filter((s) => s.change.do !== 'groups')]));
  const standing = new Map<Node, Standing>();
  const voided = new Map<string, string>();
  const isAdmin = ({ past, signed: { statement } }: Node) => {
    const given = (about.get(statement.by) ?? []).filter(
      ({ node }) => has(past, node.index) && standing.get(node) === 'counts',
    );
    const admin = given.some(({ change }) => 'role' in change && change.role === 'admin');
    return admin && given.some(({ change }) => 'keys' in change && change.keys.some((k) => k.sign === statement.key));
  };
  for (const node of nodes) {
    const { by, after } = node.signed.statement;
    const striker = about.get(by)?.find((said) => strikes(said, node, about))?.node.signed.statement.by;
    const admin = after.length === 0 || isAdmin(node);
    standing.set(node, !admin ? 'nothing' : striker === undefined ? 'counts' : 'takes');
    if (!admin) voided.set(node.signed.id, `${by}, who signed it, was made admin by a statement that does not count`);
    else if (striker !== undefined)
      voided.set(node.signed.id, `${by} was removed by ${striker}, who did not confirm it`);
  }
  return { of: (node) => standing.get(node) ?? 'nothing', voided };
}
