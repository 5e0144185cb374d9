/** A person as the statements make them, and what each kind of change makes of a person. */
import type { Change, KeyEntry, Role } from './statement.js';

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

/**
 * Whether a key that somebody has is given again with more to it: an OpenPGP block that its owner has extended, or the signing key of an age
 * identity that nobody had told. A signing key that is known is never exchanged for another one.
 */
export function renews(old: KeyEntry, { recipient, sign, block }: KeyEntry): boolean {
  if (recipient !== old.recipient) return false;
  return block === null ? old.sign === null && sign !== null : block !== old.block;
}

export function addKeys(old: readonly MemberKey[], keys: readonly KeyEntry[], from: string): MemberKey[] {
  const known = new Set(old.map((k) => k.recipient));
  const kept = old.map((k) => {
    const again = keys.find((key) => renews(k, key));
    return again === undefined ? k : { ...again, from };
  });
  return [...kept, ...keys.filter((k) => !known.has(k.recipient)).map((k) => ({ ...k, from }))];
}

export function added(change: Extract<Change, { do: 'add' }>, from: string): Member {
  return { name: change.name, role: change.role, groups: change.groups, keys: addKeys([], change.keys, from), from };
}

/** @param from id of the statement that says so */
export function changed(before: Member, change: Exclude<Change, { do: 'add' | 'remove' }>, from: string): Member {
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
