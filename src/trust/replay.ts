/** The roster at one point of the graph of statements, and what it takes to go on from there. */
import { has, type Node } from './graph.js';
import { added, changed, type Member } from './member.js';
import { type Change, type KeyEntry, lesserRole, type Taking } from './statement.js';
import { isFounding, nothingTaken, strikesBack, type Takings, takingsOf } from './takings.js';

type Giving = Exclude<Change, Taking>;

const signsAs = (name: string, sign: string | null) => `${name}\n${sign}`;

export class Replay {
  readonly members: Map<string, Member>;
  readonly removed: Map<string, string>;
  readonly voided: Map<string, string>;
  /** Keys, behind their owner's name, that a statement gives and that do not count: they may lie about in files. */
  readonly unheeded: Set<string>;
  /** By signer and key: the statements by which they were admin. Their removals stand even if they were removed beside. */
  private readonly admins: Map<string, readonly number[]>;
  /** What each recipient's owner has signed with, also when it is retired by now. */
  private readonly uses: Set<string>;

  /** @param takings of all statements that are replayed, those yet to come included */
  constructor(
    private readonly takings: Takings,
    before?: Replay,
  ) {
    this.members = new Map(before?.members);
    this.removed = new Map(before?.removed);
    this.voided = new Map(before?.voided);
    this.unheeded = new Set(before?.unheeded);
    this.admins = new Map(before?.admins);
    this.uses = new Set(before?.uses);
  }

  step(node: Node): void {
    const { by, changes } = node.signed.statement;
    const striker = this.takings.striker(node, (...use) => this.uses.has(use.join('\n')));
    const void_ = !this.isByAdmin(node)
      ? `${by}, who signed it, was made admin by a statement that does not count`
      : striker && `${by} was removed by ${striker.signed.statement.by}, who did not confirm it`;
    if (void_ !== undefined) this.voided.set(node.signed.id, void_);
    for (const change of changes) {
      if (change.do !== 'add' && change.do !== 'add-key') {
        // What is taken away stands: somebody removed stays removed.
        if (this.isByAdmin(node)) this.take(node, change, striker !== undefined);
      } else if (void_ === undefined) this.give(node, change);
      else this.ignore(change.name, change.keys);
    }
  }

  /** Whether the signer was admin, with this key, by a statement that counts and that this one builds upon. */
  private isByAdmin(node: Node): boolean {
    const { by, key } = node.signed.statement;
    return isFounding(node) || (this.admins.get(signsAs(by, key)) ?? []).some((index) => has(node.past, index));
  }

  private ignore(name: string, keys: readonly KeyEntry[]): void {
    for (const { recipient } of keys) this.unheeded.add(`${name}\n${recipient}`);
  }

  /** Not a key that was retired beside, nor one that somebody else got beside. */
  private heeded(node: Node, { name, keys }: Giving): KeyEntry[] {
    const others = [...this.members.values()].filter((m) => m.name !== name).flatMap((m) => m.keys);
    const taken = new Set(others.flatMap((k) => (k.sign === null ? [k.recipient] : [k.recipient, k.sign])));
    const counts = ({ recipient, sign }: KeyEntry) =>
      !this.takings.overrules(node, name, recipient) && !taken.has(recipient) && !(sign !== null && taken.has(sign));
    this.ignore(
      name,
      keys.filter((k) => !counts(k)),
    );
    return keys.filter(counts);
  }

  private give(node: Node, change: Giving): void {
    const { name } = change;
    const before = this.members.get(name);
    const keys = this.heeded(node, change);
    if (keys.length === 0 || (change.do === 'add-key' && before === undefined)) return;
    const { id } = node.signed;
    if (change.do === 'add') this.set(node, added(before, { ...change, keys }, id));
    else if (before !== undefined) this.set(node, changed(before, { ...change, keys }, id));
    this.removed.delete(name);
    for (const { recipient, sign } of keys) if (sign !== null) this.uses.add(`${name}\n${recipient}\n${sign}`);
  }

  /** @param only whether nothing may be given with it, because the signer was removed beside */
  private take(node: Node, change: Taking, only: boolean): void {
    const { name } = change;
    const before = this.members.get(name);
    if (before === undefined) return;
    if (change.do === 'remove') {
      this.members.delete(name);
      this.removed.set(name, node.signed.id);
      return;
    }
    const after = changed(before, this.asOthersSay(node, change), node.signed.id);
    if (!only && !this.takings.overrules(node, name, null)) this.set(node, after);
    else {
      const groups = after.groups.filter((g) => before.groups.includes(g));
      this.set(node, { ...after, groups, role: lesserRole(before.role, after.role) });
    }
  }

  private asOthersSay(node: Node, change: Exclude<Taking, { do: 'remove' }>): typeof change {
    const { name } = change;
    if (change.do === 'role') return { ...change, role: this.takings.leastRole(node, name, change.role) };
    if (change.do === 'groups') return { ...change, groups: this.takings.commonGroups(node, name, change.groups) };
    return change;
  }

  private set(node: Node, member: Member): void {
    this.members.set(member.name, member);
    if (member.role !== 'admin') return;
    for (const { sign } of member.keys) {
      const as = signsAs(member.name, sign);
      if (sign !== null) this.admins.set(as, [...(this.admins.get(as) ?? []), node.index]);
    }
  }
}

/** What a set of statements (with all they build upon) says. */
export function resolve(nodes: readonly Node[]): Replay {
  const replay = new Replay(takingsOf(nodes));
  for (const node of nodes) replay.step(node);
  return replay;
}

/** The roster before and after each statement. In a straight line each follows from the one before; only branches and removals need the whole past. */
export class States {
  private readonly afterwards = new Map<string, Replay>();
  private readonly wrong = new Set<string>();

  constructor(private readonly nodes: readonly Node[]) {}

  before(node: Node): Replay {
    const [only, ...others] = node.signed.statement.after;
    const parent = others.length === 0 && only !== undefined ? this.afterwards.get(only) : undefined;
    return parent ?? resolve(this.nodes.filter((other) => other !== node && has(node.past, other.index)));
  }

  record(node: Node, before: Replay): void {
    this.afterwards.set(node.signed.id, this.follow(node, before));
  }

  /** Nothing may build upon it. */
  recordWrong(node: Node): void {
    this.wrong.add(node.signed.id);
  }

  isWrong(id: string): boolean {
    return this.wrong.has(id);
  }

  private follow(node: Node, before: Replay): Replay {
    if (strikesBack(node)) return resolve(this.nodes.filter((other) => has(node.past, other.index)));
    // All that was taken so far lies in this statement's past, and takes nothing from what follows it.
    const next = new Replay(nothingTaken, before);
    next.step(node);
    return next;
  }
}
