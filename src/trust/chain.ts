/**
 * How statements add up to a roster. The graph of statements is replayed from the founder's on; what happened side by side on two branches
 * is ordered the same way by everybody, and a removal beats whatever the removed person signed beside it. docs/security.md has the rules in words.
 */
import {
  contradiction,
  foreignStatement,
  forgedStatement,
  missingStatement,
  nobodyLeft,
  notEntitled,
  tooManyStatements,
} from './errors.js';
import { has, headsOf, mostStatements, type Node, ordered } from './graph.js';
import type { Change, KeyEntry, Role, SignedStatement } from './statement.js';

export interface MemberKey extends KeyEntry {
  /** Id of the statement that brought it. */
  readonly from: string;
}

export interface Member {
  readonly name: string;
  readonly role: Role;
  readonly groups: readonly string[];
  readonly keys: readonly MemberKey[];
  /** Id of the statement that let this person in. */
  readonly from: string;
}

/** What a set of statements says. */
export interface Chain {
  /** Id of the founder's statement: the vault's identity. */
  readonly founder: string;
  readonly members: ReadonlyMap<string, Member>;
  /** Statements that count for nothing, with the reason: signed by somebody removed beside or before, and not confirmed by the remover. */
  readonly voided: ReadonlyMap<string, string>;
  /** Names removed, with the statement that did it, unless they were let in again after it. */
  readonly removed: ReadonlyMap<string, string>;
  /** The newest statements: those that no other builds upon. Sorted. */
  readonly heads: readonly string[];
  readonly statements: ReadonlyMap<string, SignedStatement>;
}

/** Whether a statement's signature is good under this key, which for OpenPGP has a block. */
export type Verify = (key: KeyEntry & { readonly sign: string }, statement: SignedStatement) => boolean;

/** A removal of a person, or of one key of a person. */
interface Removal {
  readonly node: Node;
  readonly name: string;
  readonly recipient: string | null;
  readonly confirm: ReadonlySet<string>;
}

function removalsOf(node: Node): Removal[] {
  return node.signed.statement.changes.flatMap((c) => {
    if (c.do !== 'remove' && c.do !== 'retire-key') return [];
    return [{ node, name: c.name, recipient: c.do === 'remove' ? null : c.recipient, confirm: new Set(c.confirm) }];
  });
}

/** Whether a removal takes a statement's force away: it is of its signer (or the key used), and the statement neither follows it nor is confirmed by it. */
function strikes(removal: Removal, node: Node, usedKey: (name: string, recipient: string) => string | null): boolean {
  const { by, key } = node.signed.statement;
  // The founder's statement is the vault itself; all that a founder signed later can be struck like anybody's.
  if (node.signed.statement.vault === null || removal.node === node) return false;
  if (removal.name !== by || has(node.past, removal.node.index)) return false;
  if (removal.confirm.has(node.signed.id)) return false;
  return removal.recipient === null || usedKey(by, removal.recipient) === key;
}

function addKeys(old: readonly MemberKey[], keys: readonly KeyEntry[], from: string): MemberKey[] {
  const known = new Set(old.map((k) => k.recipient));
  return [...old, ...keys.filter((k) => !known.has(k.recipient)).map((k) => ({ ...k, from }))];
}

function added(before: Member | undefined, change: Extract<Change, { do: 'add' }>, from: string): Member {
  // Let in on two branches at once: one person, with the keys of both.
  if (before !== undefined) return { ...before, keys: addKeys(before.keys, change.keys, from) };
  return { name: change.name, role: change.role, groups: change.groups, keys: addKeys([], change.keys, from), from };
}

function changed(before: Member, change: Exclude<Change, { do: 'add' | 'remove' }>, from: string): Member {
  switch (change.do) {
    case 'add-key':
      return { ...before, keys: addKeys(before.keys, change.keys, from) };
    case 'role':
      return { ...before, role: change.role };
    case 'groups':
      return { ...before, groups: change.groups };
    case 'retire-key':
      return { ...before, keys: before.keys.filter((k) => k.recipient !== change.recipient) };
  }
}

/** Neither knew of the other. */
function sideBySide(a: Node, b: Node): boolean {
  return a !== b && !has(a.past, b.index) && !has(b.past, a.index);
}

/** The roster at one point of the graph, and what it takes to go on from there. */
class Replay {
  readonly members: Map<string, Member>;
  readonly removed: Map<string, string>;
  readonly voided: Map<string, string>;
  /** Everybody who was ever let in by a statement that counts, with their signing keys: whose removals stand even if they were removed beside. */
  readonly admitted: Set<string>;
  /** What each recipient's owner signs with, also when it is retired by now. */
  private readonly signingKeys: Map<string, string>;

  /** @param removals all removals among the statements that are replayed, those yet to come included */
  constructor(
    private readonly removals: readonly Removal[],
    before?: Replay,
  ) {
    this.members = new Map(before?.members);
    this.removed = new Map(before?.removed);
    this.voided = new Map(before?.voided);
    this.admitted = new Set(before?.admitted);
    this.signingKeys = new Map(before?.signingKeys);
  }

  /** A removal that happened beside beats what was done for the same person or key. */
  private overruled(node: Node, name: string, recipient: string | null): boolean {
    return this.removals.some(
      (r) => r.name === name && (r.recipient === null || r.recipient === recipient) && sideBySide(node, r.node),
    );
  }

  private add(node: Node, change: Extract<Change, { do: 'add' }>): void {
    if (this.overruled(node, change.name, null)) return;
    const keys = change.keys.filter((k) => !this.overruled(node, change.name, k.recipient));
    if (keys.length === 0) return;
    this.members.set(change.name, added(this.members.get(change.name), { ...change, keys }, node.signed.id));
    this.removed.delete(change.name);
    this.admit(change.name, keys);
  }

  private apply(node: Node, change: Change): void {
    if (change.do === 'add') {
      this.add(node, change);
      return;
    }
    const before = this.members.get(change.name);
    if (before === undefined) return;
    if (change.do === 'remove') {
      this.members.delete(change.name);
      this.removed.set(change.name, node.signed.id);
      return;
    }
    if (change.do !== 'retire-key' && this.overruled(node, change.name, null)) return;
    const after = changed(before, change, node.signed.id);
    this.members.set(change.name, after);
    this.admit(change.name, after.keys);
  }

  private readonly usedKey = (name: string, recipient: string): string | null =>
    this.signingKeys.get(`${name}\n${recipient}`) ?? null;

  private admit(name: string, keys: readonly KeyEntry[]): void {
    for (const { sign } of keys) if (sign !== null) this.admitted.add(`${name}\n${sign}`);
  }

  private noteKeys(change: Change): void {
    if (change.do !== 'add' && change.do !== 'add-key') return;
    for (const { recipient, sign } of change.keys)
      if (sign !== null) this.signingKeys.set(`${change.name}\n${recipient}`, sign);
  }

  step(node: Node): void {
    const { statement, id } = node.signed;
    const first = statement.vault === null;
    if (!first && !this.admitted.has(`${statement.by}\n${statement.key}`)) {
      this.voided.set(id, `${statement.by}, who signed it, was let in by a statement that does not count`);
      return;
    }
    const striker = this.removals.find((r) => strikes(r, node, this.usedKey));
    if (striker !== undefined)
      this.voided.set(id, `${statement.by} was removed by ${striker.node.signed.statement.by}, who did not confirm it`);
    for (const change of statement.changes) {
      // Removals stand whoever was removed beside: somebody removed stays removed.
      if (striker === undefined || change.do === 'remove' || change.do === 'retire-key') this.apply(node, change);
      this.noteKeys(change);
    }
  }
}

/** What a set of statements (with all they build upon) says. */
function resolve(nodes: readonly Node[]): Replay {
  const replay = new Replay(nodes.flatMap(removalsOf));
  for (const node of nodes) replay.step(node);
  return replay;
}

/** The roster before and after each statement. In a straight line each follows from the one before; only branches and removals need the whole past. */
class States {
  private readonly afterwards = new Map<string, Replay>();

  constructor(private readonly nodes: readonly Node[]) {}

  before(node: Node): Replay {
    const [only, ...others] = node.signed.statement.after;
    const parent = others.length === 0 && only !== undefined ? this.afterwards.get(only) : undefined;
    return parent ?? resolve(this.nodes.filter((other) => other !== node && has(node.past, other.index)));
  }

  record(node: Node, before: Replay): void {
    this.afterwards.set(node.signed.id, this.follow(node, before));
  }

  private follow(node: Node, before: Replay): Replay {
    if (removalsOf(node).length > 0) return resolve(this.nodes.filter((other) => has(node.past, other.index)));
    // Every removal so far lies in this statement's past, and takes nothing from what follows it.
    const next = new Replay([], before);
    next.step(node);
    return next;
  }
}

type SigningKey = KeyEntry & { readonly sign: string };

function signingKey(keys: readonly KeyEntry[], text: string): SigningKey | undefined {
  return keys.find((k): k is SigningKey => k.sign === text);
}

/** The key that signed, if its owner was an admin before this statement and could say what it says. */
function checkEntitled(node: Node, before: Replay): SigningKey {
  const { statement, id } = node.signed;
  const signer = before.members.get(statement.by);
  const key = signingKey(signer?.keys ?? [], statement.key);
  if (signer?.role !== 'admin' || key === undefined) throw notEntitled(id, statement.by, 'an admin');
  const taken = new Map([...before.members.values()].flatMap((m) => m.keys.map((k) => [k.recipient, m.name] as const)));
  for (const change of statement.changes) checkChange(id, change, before, taken);
  return key;
}

function checkChange(id: string, change: Change, before: Replay, taken: ReadonlyMap<string, string>): void {
  const target = before.members.get(change.name);
  if (change.do === 'add' && target !== undefined) throw contradiction(id, `${change.name} is on the roster already`);
  if (change.do !== 'add' && target === undefined) throw contradiction(id, `${change.name} is not on the roster`);
  if (change.do !== 'add' && change.do !== 'add-key') return;
  for (const { recipient } of change.keys) {
    const owner = taken.get(recipient);
    if (owner !== undefined) throw contradiction(id, `a key of ${owner} is given to ${change.name}`);
  }
}

/** The founder's own key, from a statement that lets in its signer and nobody else. */
function checkFounder(first: SignedStatement): SigningKey {
  const { vault, after, by, key, changes } = first.statement;
  const [change] = changes;
  const own =
    change?.do === 'add' && change.name === by && change.role === 'admin' ? signingKey(change.keys, key) : undefined;
  if (vault !== null || after.length > 0 || changes.length !== 1 || own === undefined) throw foreignStatement(first.id);
  return own;
}

/**
 * Checks every statement and says what they add up to.
 * @param founder id of the founder's statement, as pinned
 * @param verify whether a signature is good; asked once for each statement
 * @throws ERR_BLACKBOX_STATEMENT_MISSING, _FORGED, _FOREIGN, _NOT_ENTITLED
 */
export function readChain(all: readonly SignedStatement[], founder: string, verify: Verify): Chain {
  if (all.length > mostStatements) throw tooManyStatements(mostStatements);
  const byId = new Map(all.map((s) => [s.id, s]));
  if (!byId.has(founder)) throw missingStatement(founder, founder);
  const foreign = all.find((s) => s.id !== founder && s.statement.vault !== founder);
  if (foreign !== undefined) throw foreignStatement(foreign.id);
  const nodes = ordered(byId);
  const states = new States(nodes);
  for (const node of nodes) {
    const before = states.before(node);
    const key = node.signed.id === founder ? checkFounder(node.signed) : checkEntitled(node, before);
    if (!verify(key, node.signed)) throw forgedStatement(node.signed.id, node.signed.statement.by);
    states.record(node, before);
  }
  const state = resolve(nodes);
  if (![...state.members.values()].some((m) => m.role === 'admin')) throw nobodyLeft();
  const { members, voided, removed } = state;
  return { founder, members, voided, removed, heads: headsOf(nodes), statements: byId };
}
