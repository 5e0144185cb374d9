/**
 * How statements add up to a roster. The graph of statements is replayed from the founder's on; what happened side by side on two branches
 * is ordered the same way by everybody, and a removal beats whatever the removed person signed beside it. docs/security.md has the rules in words.
 */
import { BlackboxError } from '../errors.js';
import {
  contradiction,
  foreignStatement,
  forgedStatement,
  missingStatement,
  nobodyLeft,
  notEntitled,
  tooManyStatements,
} from './errors.js';
import { grounded, headsOf, type Node, ordered } from './graph.js';
import { mostStatements } from './limits.js';
import { type Member, renews } from './member.js';
import { resolve, type State, States } from './resolve.js';
import { type Change, foldName, type KeyEntry, type SignedStatement } from './statement.js';

export type { Member, MemberKey } from './member.js';

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
  /** Keys (`<name>\n<recipient>`) that statements give and that do not count, because of what happened beside. */
  readonly unheeded: ReadonlySet<string>;
}

/** Whether a statement's signature is good under this key, which for OpenPGP has a block. */
export type Verify = (key: KeyEntry & { readonly sign: string }, statement: SignedStatement) => boolean;

type SigningKey = KeyEntry & { readonly sign: string };

function signingKey(keys: readonly KeyEntry[], text: string): SigningKey | undefined {
  return keys.find((k): k is SigningKey => k.sign === text);
}

/** The key that signed, if its owner was an admin before this statement and could say what it says. */
function checkEntitled(node: Node, before: State): SigningKey {
  const { statement, id } = node.signed;
  const signer = before.members.get(statement.by);
  const key = signingKey(signer?.keys ?? [], statement.key);
  if (signer?.role !== 'admin' || key === undefined) throw notEntitled(id, statement.by, 'an admin');
  const seen = { names: namesOf(before), owners: ownersOf(before) };
  for (const change of statement.changes) checkChange(id, change, before, seen);
  return key;
}

function folded(name: string): string {
  const known = folds.get(name);
  if (known !== undefined) return known;
  if (folds.size >= mostFolds) folds.clear();
  const fold = foldName(name);
  folds.set(name, fold);
  return fold;
}

/** They are asked for with each statement. */
const folds = new Map<string, string>();
const mostFolds = 10_000;

const namesOf = ({ members }: State) => new Map([...members.keys()].map((name) => [folded(name), name]));

/** By recipient and by signing key. */
function ownersOf({ members }: State): Map<string, string> {
  const all = [...members.values()].flatMap((m) => m.keys.map((key) => [m.name, key] as const));
  return new Map(all.flatMap(([name, key]) => textsOf(key).map((text) => [text, name] as const)));
}

function textsOf({ recipient, sign }: KeyEntry): string[] {
  return sign === null || sign === recipient ? [recipient] : [recipient, sign];
}

interface Seen {
  readonly names: Map<string, string>;
  readonly owners: Map<string, string>;
}

function checkChange(id: string, change: Change, before: State, { names, owners }: Seen): void {
  const target = before.members.get(change.name);
  const twin = names.get(folded(change.name));
  if (change.do === 'add' && twin !== undefined) throw contradiction(id, `${twin} is on the roster already`);
  if (change.do !== 'add' && target === undefined) throw contradiction(id, `${change.name} is not on the roster`);
  if (change.do !== 'add' && change.do !== 'add-key') return;
  names.set(folded(change.name), change.name);
  for (const key of change.keys) {
    const renewed = target?.keys.find((k) => renews(k, key));
    // A key belongs to one person and is given once: also the key that signs, which others only have somebody's word for.
    const fresh = renewed === undefined ? textsOf(key) : textsOf(key).filter((t) => !textsOf(renewed).includes(t));
    const owner = fresh.map((text) => owners.get(text)).find((name) => name !== undefined);
    if (owner !== undefined) throw contradiction(id, `a key of ${owner} is given to ${change.name}`);
    for (const text of fresh) owners.set(text, change.name);
  }
}

/** The founder's own key, from a statement that lets in its signer and nobody else. */
function checkFounder(first: SignedStatement): SigningKey {
  const { after, by, key, changes } = first.statement;
  const [change] = changes;
  const own =
    change?.do === 'add' && change.name === by && change.role === 'admin' ? signingKey(change.keys, key) : undefined;
  if (after.length > 0 || changes.length !== 1 || own === undefined) throw foreignStatement(first.id);
  return own;
}

function isAdmin({ role, keys }: Member): boolean {
  return role === 'admin' && keys.some((k) => k.sign !== null);
}

/** Whether a statement was found valid before. It stays so: what it builds upon is part of its id. */
export type Settled = (statement: SignedStatement) => boolean;

interface Checks {
  readonly verify: Verify;
  readonly settled: Settled;
  /** Told of one that is refused. */
  readonly onWrong: (id: string, error: unknown) => void;
}

/** Every statement in its place, each checked against what it builds upon. */
function checkedNodes(
  byId: ReadonlyMap<string, SignedStatement>,
  founder: string,
  { verify, settled, onWrong }: Checks,
): Node[] {
  const nodes = ordered(byId);
  const states = new States(nodes);
  for (const node of nodes) {
    if (settled(node.signed)) continue;
    try {
      const lost = node.signed.statement.after.find((id) => states.isWrong(id));
      if (lost !== undefined) throw missingStatement(lost, node.signed.id);
      const before = states.before(node);
      const key = node.signed.id === founder ? checkFounder(node.signed) : checkEntitled(node, before);
      if (!verify(key, node.signed)) throw forgedStatement(node.signed.id, node.signed.statement.by);
      states.record(node, before);
    } catch (error) {
      onWrong(node.signed.id, error);
      states.recordWrong(node);
    }
  }
  return nodes;
}

/**
 * Checks every statement and says what they add up to.
 * @param founder id of the founder's statement, as pinned
 * @param verify whether a signature is good; asked once for each statement that is not settled
 * @throws ERR_BLACKBOX_STATEMENT_MISSING, _FORGED, _FOREIGN, _NOT_ENTITLED
 */
export function readChain(
  all: readonly SignedStatement[],
  founder: string,
  verify: Verify,
  settled: Settled = () => false,
): Chain {
  if (all.length > mostStatements) throw tooManyStatements(mostStatements);
  const byId = new Map(all.map((s) => [s.id, s]));
  if (!byId.has(founder)) throw missingStatement(founder, founder);
  const foreign = all.find((s) => s.id !== founder && s.statement.vault !== founder);
  if (foreign !== undefined) throw foreignStatement(foreign.id);
  const onWrong = (_: string, error: unknown) => {
    throw error;
  };
  const nodes = checkedNodes(byId, founder, { verify, settled, onWrong });
  const state = resolve(nodes);
  if (![...state.members.values()].some(isAdmin)) throw nobodyLeft();
  const { members, voided, removed, unheeded } = state;
  return { founder, members, voided, removed, unheeded, heads: headsOf(nodes), statements: byId };
}

/**
 * Those of `more` that are valid on top of a valid chain, with all that they build upon: for statements that somebody has deleted, which may
 * have been worth nothing in the first place.
 */
export function validAmong(chain: Chain, more: readonly SignedStatement[], verify: Verify): SignedStatement[] {
  const { founder, statements } = chain;
  const own = more.filter((s) => s.statement.vault === founder && !statements.has(s.id));
  const byId = grounded(new Map([...statements, ...own.map((s) => [s.id, s] as const)]));
  const wrong = new Set<string>();
  const onWrong = (id: string, error: unknown) => {
    if (!(error instanceof BlackboxError)) throw error;
    wrong.add(id);
  };
  checkedNodes(byId, founder, { verify, settled: (s) => statements.has(s.id), onWrong });
  return own.filter((s) => byId.has(s.id) && !wrong.has(s.id));
}
