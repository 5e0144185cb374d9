/**
 * What statements take away: a person, a key, a role, groups. It counts against whatever happened beside it, so that neither a merge nor a
 * backdated statement gives it back. Whatever its signer has become since, a taking stands: in doubt somebody is out.
 */
import { has, type Node } from './graph.js';
import { type Change, lesserRole, type Role } from './statement.js';

interface Said {
  readonly node: Node;
  readonly change: Exclude<Change, { do: 'add-key' }>;
  /** Statements of the same person that stay valid; null when all do that the signer had seen. */
  readonly confirm: ReadonlySet<string> | null;
}

export interface Takings {
  /** The one that takes a statement's force away; undefined when it has its force. @param uses whether somebody signs with this key for that recipient */
  striker(node: Node, uses: (name: string, recipient: string, key: string) => boolean): Node | undefined;
  /** Whether a person, or this key of theirs, was removed beside: that beats letting them in, and giving them anything. */
  overrules(node: Node, name: string, recipient: string | null): boolean;
  /** The least of the roles that were said beside and this one. */
  leastRole(node: Node, name: string, role: Role): Role;
  /** Those of these groups that all say who changed them beside. */
  commonGroups(node: Node, name: string, groups: readonly string[]): readonly string[];
}

/** Neither knew of the other. */
function sideBySide(a: Node, b: Node): boolean {
  return a !== b && !has(a.past, b.index) && !has(b.past, a.index);
}

export function isFounding({ signed }: Node): boolean {
  return signed.statement.after.length === 0;
}

function saidBy(node: Node): Said[] {
  return node.signed.statement.changes.flatMap((change) =>
    change.do === 'add-key' ? [] : [{ node, change, confirm: 'confirm' in change ? new Set(change.confirm) : null }],
  );
}

/** Whether a statement may take the force of some that it builds upon. */
export function strikesBack(node: Node): boolean {
  return node.signed.statement.changes.some((c) => 'confirm' in c);
}

type Uses = Parameters<Takings['striker']>[1];

/** Whether it is about the signer, and the statement neither follows it nor is confirmed by it. */
function strikes({ node: taking, change, confirm }: Said, node: Node, uses: Uses): boolean {
  const { by, key } = node.signed.statement;
  // The founder's statement is the vault itself; all that a founder signed later can be struck like anybody's.
  if (taking === node || isFounding(node) || has(node.past, taking.index)) return false;
  if (confirm === null ? has(taking.past, node.index) : confirm.has(node.signed.id)) return false;
  if (change.do === 'retire-key') return uses(by, change.recipient, key);
  return change.do === 'remove' || (change.do === 'role' && change.role !== 'admin');
}

/** All that these statements take away. */
export function takingsOf(nodes: readonly Node[]): Takings {
  const about = new Map<string, Said[]>();
  for (const said of nodes.flatMap(saidBy)) {
    const known = about.get(said.change.name);
    if (known === undefined) about.set(said.change.name, [said]);
    else known.push(said);
  }
  const beside = (node: Node, name: string) =>
    (about.get(name) ?? []).flatMap((said) => (sideBySide(node, said.node) ? [said.change] : []));
  return {
    striker: (node, uses) => about.get(node.signed.statement.by)?.find((said) => strikes(said, node, uses))?.node,
    overrules: (node, name, recipient) =>
      beside(node, name).some((c) => c.do === 'remove' || (c.do === 'retire-key' && c.recipient === recipient)),
    leastRole: (node, name, role) =>
      beside(node, name).reduce((least, c) => ('role' in c ? lesserRole(least, c.role) : least), role),
    commonGroups: (node, name, groups) =>
      beside(node, name).reduce((left, c) => ('groups' in c ? left.filter((g) => c.groups.includes(g)) : left), groups),
  };
}

/** For what follows everything in a straight line: nothing happened beside. */
export const nothingTaken: Takings = takingsOf([]);
