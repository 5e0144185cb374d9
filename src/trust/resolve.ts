/**
 * What a set of statements says, in whatever order they came: something is given to somebody if whoever gave it knew of everything that takes it
 * away. So neither a merge nor a backdated statement gives back what was taken.
 */
import { has, type Node } from './graph.js';
import { roles } from './limits.js';
import { added, addKeys, changed, type Member, type MemberKey } from './member.js';
import { type About, changesIn, type Said, type Standings, standingsOf } from './standing.js';
import { type Change, isTaking, type KeyEntry, type Role } from './statement.js';

export interface State {
  readonly members: ReadonlyMap<string, Member>;
  /** Names removed, with the statement that did it, unless they were let in again after it. */
  readonly removed: ReadonlyMap<string, string>;
  /** Statements that do not count, with the reason. */
  readonly voided: ReadonlyMap<string, string>;
  /** Keys, behind their owner's name, that a statement gives and that do not count because of what happened beside. */
  readonly unheeded: ReadonlySet<string>;
}

/** Whether whoever said the one knew of the other. */
function knew({ node, at }: Said, other: Said): boolean {
  return node === other.node ? other.at < at : has(node.past, other.node.index);
}

type Adding = Extract<Change, { do: 'add' }>;
type Giving = Adding | Extract<Change, { do: 'add-key' }>;
const isAdd = (said: Said): said is Said<Adding> => said.change.do === 'add';
const isGiving = (said: Said): said is Said<Giving> => !isTaking(said.change);

/** What was said of one person, as far as it has any force. */
interface Case {
  readonly name: string;
  /** By statements that count. */
  readonly given: readonly Said[];
  /** What lets the person in: not by anybody who did not know of a removal. */
  readonly adds: readonly Said<Adding>[];
  /** By statements that count, and by those that only take. */
  readonly takings: readonly Said[];
}

function caseOf(name: string, said: readonly Said[], { of }: Standings): Case {
  const given = said.filter(({ node }) => of(node) === 'counts');
  const taken = said.filter(({ node, change }) => of(node) !== 'nothing' && isTaking(change));
  const removals = taken.filter(({ change }) => change.do === 'remove');
  const adds = given.filter(isAdd).filter((add) => removals.every((removal) => knew(add, removal)));
  return { name, given, adds, takings: [...taken, ...adds] };
}

type Test = (change: Change) => boolean;

/** Whether somebody who could gave it, and knew of everything that takes it away. */
function isGiven({ given, takings }: Case, gives: Test, takes: Test): boolean {
  const isAgainst = ({ change }: Said) => change.do === 'remove' || takes(change);
  // From the last on: what is long over is found to be so at once.
  const isTaken = (said: Said) => takings.findLast((taking) => isAgainst(taking) && !knew(said, taking)) !== undefined;
  return given.findLast((said) => gives(said.change) && !isTaken(said)) !== undefined;
}

function roleOf(it: Case): Role {
  const atLeast =
    (rank: number): Test =>
    (c) =>
      'role' in c && roles.indexOf(c.role) <= rank;
  const less =
    (rank: number): Test =>
    (c) =>
      'role' in c && roles.indexOf(c.role) > rank;
  return roles.find((_, rank) => isGiven(it, atLeast(rank), less(rank))) ?? 'scanner';
}

function groupsOf(it: Case): string[] {
  const named = new Set(it.given.flatMap(({ change }) => ('groups' in change ? change.groups : [])));
  const within =
    (group: string): Test =>
    (c) =>
      'groups' in c && c.groups.includes(group);
  const without =
    (group: string): Test =>
    (c) =>
      'groups' in c && !c.groups.includes(group);
  return [...named].filter((group) => isGiven(it, within(group), without(group))).sort();
}

function takesKey({ change }: Said, { recipient }: KeyEntry): boolean {
  return change.do === 'remove' || (change.do === 'retire-key' && change.recipient === recipient);
}

/** In the order in which they were given. */
function keysOf({ given, takings }: Case): MemberKey[] {
  return given.filter(isGiving).reduce<MemberKey[]>((keys, said) => {
    const heeded = said.change.keys.filter((key) => takings.every((t) => !takesKey(t, key) || knew(said, t)));
    return addKeys(keys, heeded, said.node.signed.id);
  }, []);
}

function memberOf(it: Case): Member[] {
  const [first] = it.adds;
  if (first === undefined) return [];
  return [{ name: it.name, role: roleOf(it), groups: groupsOf(it), keys: keysOf(it), from: first.node.signed.id }];
}

function textsOf({ recipient, sign }: KeyEntry): string[] {
  return sign === null ? [recipient] : [recipient, sign];
}

/** A key belongs to one person: to whom it was given first, where two got it on two branches. Nobody is on the roster without a key. */
function withOwnKeys(members: readonly Member[], nodes: readonly Node[]): Map<string, Member> {
  const place = new Map(nodes.map(({ signed, index }) => [signed.id, index]));
  const rank = (key: MemberKey) => place.get(key.from) ?? 0;
  const claims = members.flatMap(({ name, keys }) => keys.map((key) => ({ name, key })));
  const owners = new Map<string, string>();
  for (const { name, key } of claims.sort((a, b) => rank(a.key) - rank(b.key) || (a.name < b.name ? -1 : 1))) {
    for (const text of textsOf(key)) if (!owners.has(text)) owners.set(text, name);
  }
  const own = members.map((m) => {
    const keys = m.keys.filter((key) => textsOf(key).every((text) => owners.get(text) === m.name));
    return { ...m, keys };
  });
  return new Map(own.filter((m) => m.keys.length > 0).map((m) => [m.name, m]));
}

function unheededIn(about: About, members: ReadonlyMap<string, Member>): Set<string> {
  const found = new Set<string>();
  for (const [name, said] of about) {
    const kept = new Set(members.get(name)?.keys.map((k) => k.recipient));
    for (const giving of said.filter(isGiving)) {
      const gone = (key: KeyEntry) => said.some((taking) => takesKey(taking, key) && knew(taking, giving));
      for (const key of giving.change.keys)
        if (!kept.has(key.recipient) && !gone(key)) found.add(`${name}\n${key.recipient}`);
    }
  }
  return found;
}

/** @param nodes with all that they build upon, in order */
export function resolve(nodes: readonly Node[]): State {
  const about = changesIn(nodes);
  const standings = standingsOf(nodes, about);
  const cases = [...about].map(([name, said]) => caseOf(name, said, standings));
  const members = withOwnKeys(cases.flatMap(memberOf), nodes);
  const gone = cases.filter(({ adds }) => adds.length === 0);
  const removed = gone.flatMap(({ name, takings }) => {
    const last = takings.findLast(({ change }) => change.do === 'remove');
    return last === undefined ? [] : [[name, last.node.signed.id] as const];
  });
  return { members, removed: new Map(removed), voided: standings.voided, unheeded: unheededIn(about, members) };
}

/** What a statement makes of the state that it follows in a straight line: it knew everything, so that all it says is so. */
function followed(before: State, { signed: { id, statement } }: Node): State {
  const members = new Map(before.members);
  for (const change of statement.changes) {
    const member = members.get(change.name);
    if (change.do === 'add') members.set(change.name, added(change, id));
    else if (change.do !== 'remove' && member !== undefined) members.set(change.name, changed(member, change, id));
  }
  return { ...before, members };
}

/** The state before and after each statement, for whoever goes through them in order. */
export class States {
  private readonly afterwards = new Map<string, State>();
  private readonly wrong = new Set<string>();

  constructor(private readonly nodes: readonly Node[]) {}

  before(node: Node): State {
    const [only, ...others] = node.signed.statement.after;
    const parent = others.length === 0 && only !== undefined ? this.afterwards.get(only) : undefined;
    return parent ?? resolve(this.nodes.filter((other) => other !== node && has(node.past, other.index)));
  }

  record(node: Node, before: State): void {
    // What somebody removed has signed may go with them, so that all of it is looked at again.
    const strikes = node.signed.statement.changes.some((c) => 'confirm' in c);
    const after = strikes ? resolve(this.nodes.filter((other) => has(node.past, other.index))) : followed(before, node);
    this.afterwards.set(node.signed.id, after);
  }

  /** Nothing may build upon it. */
  recordWrong(node: Node): void {
    this.wrong.add(node.signed.id);
  }

  isWrong(id: string): boolean {
    return this.wrong.has(id);
  }
}
