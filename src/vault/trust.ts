/** Whom this clone trusts: the founder it has pinned, what the repository says, and what it has seen before. */
import { join } from 'node:path';
import { verifySignature } from '../age/index.js';
import { BlackboxError, type ErrorCode } from '../errors.js';
import { type Chain, type Member, readChain, type Settled, type Verify } from '../trust/chain.js';
import { roles } from '../trust/limits.js';
import { isTaking, type SignedStatement, statementMessage } from '../trust/statement.js';
import { blaming } from './blame.js';
import { checkDeletedStatements, sameRoster } from './deletions.js';
import { pastOf } from './past.js';
import { checkAlwaysSo, expectedFounder, pinFounder, pinnedFounder } from './pin.js';
import { readStatements, rememberedStatements, rememberStatements, statementNames } from './statements.js';

import type { Vault } from './types.js';
import { sha256 } from './vault.js';

export interface Trust {
  /** Id of the founder's statement: what is pinned. */
  readonly founder: string;
  /** Whether nothing was pinned before, so that somebody should compare the founder's fingerprint. */
  readonly firstUse: boolean;
  /** What the statements in this checkout say: good for reading what is in this checkout. */
  readonly here: Chain;
  /** The same with everything this clone has ever seen that takes something away: good for deciding for whom to write. */
  readonly seen: Chain;
}

/** Everyone for whom something may be written: on the roster of this checkout, as far as nothing that this clone has seen elsewhere takes it away. */
export function currentMembers({ here, seen }: Trust): Member[] {
  return [...here.members.values()].flatMap((member) => {
    const elsewhere = seen.members.get(member.name);
    if (elsewhere === undefined) return [];
    const known = new Set(elsewhere.keys.map((k) => k.recipient));
    const keys = member.keys.filter((k) => known.has(k.recipient));
    const role = roles[Math.max(roles.indexOf(member.role), roles.indexOf(elsewhere.role))] ?? 'scanner';
    const groups = member.groups.filter((g) => elsewhere.groups.includes(g));
    return keys.length === 0 ? [] : [{ ...member, keys, role, groups }];
  });
}

/** Statements that this clone has seen and this checkout lacks. */
export function missingHere({ seen, here }: Trust): SignedStatement[] {
  return [...seen.statements.values()].filter((s) => !here.statements.has(s.id));
}

const verify: Verify = ({ sign, block }, { statement, signature }) =>
  verifySignature(sign, statementMessage(statement), signature, () => block ?? undefined);

/** This clone's own memory holds nothing that was not found valid, and a statement's id is its content with all that it builds upon. */
function settledBy(memory: readonly SignedStatement[]): Settled {
  const known = new Map(memory.map((s) => [s.id, Buffer.from(s.signature)]));
  return ({ id, signature }) => known.get(id)?.equals(signature) === true;
}

/** What these statements alone say. @throws those of `readChain` */
export function chainOfStatements(
  vault: Pick<Vault, 'host' | 'state'>,
  founder: string,
  statements: readonly SignedStatement[],
): Chain {
  return readChain(statements, founder, verify, settledBy(rememberedStatements(vault, founder)));
}

/** What opening a file needs to know: who is on the roster of this checkout. */
export type Authority = Pick<Chain, 'founder' | 'members'>;

const current = new WeakMap<Trust, Authority>();

/** Those of {@link currentMembers}: whose word counts when something is signed again. */
export function currentAuthority(trust: Trust): Authority {
  const known = current.get(trust);
  if (known !== undefined) return known;
  const authority = { founder: trust.founder, members: new Map(currentMembers(trust).map((m) => [m.name, m])) };
  current.set(trust, authority);
  return authority;
}

const authorities = new WeakMap<Vault, { readonly names: string; readonly authority: Authority }>();

/**
 * Whom this checkout says to trust, for reading. What this clone has computed before from the same statements is taken from its own state: a
 * statement's name is its hash, so that equal names are equal statements.
 * @throws ERR_BLACKBOX_VAULT_REPLACED, and those of `readChain`
 */
export function authorityOf(vault: Vault): Authority {
  const names = blaming(vault, () => statementNames(vault)).join();
  const known = authorities.get(vault);
  if (known !== undefined && known.names === names) return known.authority;
  const founder = blaming(vault, () => expectedFounder(vault));
  const authority = recalled(vault, founder, names) ?? trustOf(vault).here;
  authorities.set(vault, { names, authority });
  return authority;
}

function authorityKey(founder: string, names: string): string {
  return sha256(`${founder}\n${names}`).toString('hex');
}

/** As many members as a roster has, with their OpenPGP blocks. */
const authorityLimit = 64 * 1024 * 1024;
const authorityFile = (vault: Vault) => join(vault.state, 'authority.json');

function recalled(vault: Vault, founder: string, names: string): Authority | null {
  const content = vault.host.files.read(authorityFile(vault), authorityLimit);
  if (content === null) return null;
  try {
    const { key, members } = JSON.parse(content.toString('utf8')) as { key: unknown; members: Member[] };
    if (key !== authorityKey(founder, names)) return null;
    return { founder, members: new Map(members.map((m) => [m.name, m])) };
  } catch {
    // Nothing is lost: it is computed again.
    return null;
  }
}

function recall(vault: Vault, { founder, here }: Trust): void {
  const names = [...here.statements.keys()].map((id) => `${id}.json`).sort();
  const key = authorityKey(founder, names.join());
  vault.host.files.writeLocal(authorityFile(vault), JSON.stringify({ key, members: [...here.members.values()] }));
}

const trusts = new WeakMap<Vault, { readonly names: string; readonly trust: Trust }>();

/**
 * {@link readTrust}, once for a command: as long as the statements in the checkout are the same. What this clone has not met before is held
 * against the history first, and remembered.
 */
export function trustOf(vault: Vault): Trust {
  const names = blaming(vault, () => statementNames(vault)).join();
  const before = trusts.get(vault);
  if (before !== undefined && before.names === names) return before.trust;
  const trust = blaming(vault, () => readTrust(vault));
  const known = !trust.firstUse && recalled(vault, trust.founder, names) !== null;
  if (!known && vault.passive !== true) meet(vault, trust);
  trusts.set(vault, { names, trust });
  return trust;
}

/** Where there is no repository, as in an image, or nothing may be written, each time is the first. */
function meet(vault: Vault, trust: Trust): void {
  if (vault.host.files.stat(vault.repository.gitDir) === null) return;
  try {
    const git = vault.host.git.open(vault.repository);
    if (trust.firstUse) blaming(vault, () => checkAlwaysSo(vault, git));
    checkDeletions(vault, trust.here);
    recordTrust(vault, trust);
  } catch (error) {
    if (!(error instanceof BlackboxError) || !cannotRemember.includes(error.code)) throw error;
  }
}

const cannotRemember: readonly ErrorCode[] = [
  'ERR_BLACKBOX_NO_GIT',
  'ERR_BLACKBOX_GIT_FAILED',
  'ERR_BLACKBOX_WRITE_FAILED',
];

/**
 * What statements on other branches take away, with all that they build upon. What others only give is theirs to give: it comes with a merge. An
 * `admin add` that was undone before it was committed must not come back with the next one.
 */
function takenElsewhere(memory: readonly SignedStatement[], here: Chain): SignedStatement[] {
  const elsewhere = new Map(memory.filter((s) => !here.statements.has(s.id)).map((s) => [s.id, s]));
  const found = new Set<SignedStatement>();
  const stack = [...elsewhere.values()].filter((s) => s.statement.changes.some(isTaking));
  for (let s = stack.pop(); s !== undefined; s = stack.pop()) {
    if (found.has(s)) continue;
    found.add(s);
    stack.push(...s.statement.after.flatMap((id) => elsewhere.get(id) ?? []));
  }
  return [...found];
}

/**
 * Reads and checks the roster's statements. Writes nothing and starts no process, unless statements are missing that this clone has seen.
 * @throws ERR_BLACKBOX_VAULT_REPLACED, and those of `readChain`
 */
export function readTrust(vault: Vault): Trust {
  const founder = expectedFounder(vault);
  const present = readStatements(vault);
  const memory = rememberedStatements(vault, founder);
  const settled = settledBy(memory);
  const here = readChain(present, founder, verify, settled);
  const absent = takenElsewhere(memory, here);
  const seen = absent.length === 0 ? here : readChain([...present, ...absent], founder, verify, settled);
  if (!sameRoster(here, seen)) checkDeletions(vault, here);
  return { founder, firstUse: pinnedFounder(vault) === null, here, seen };
}

/**
 * A checkout that never had a statement is an older one; one whose own history had it and lost it was tampered with.
 * @throws ERR_BLACKBOX_STATEMENT_DELETED
 */
export function checkDeletions(vault: Vault, here: Chain): void {
  if (whole.has(here)) return;
  const git = vault.host.git.open(vault.repository);
  checkDeletedStatements(git, pastOf(vault).statements, here, verify);
  whole.add(here);
}

/** Those from which the history has lost nothing: asked once for a command. */
const whole = new WeakSet<Chain>();

/** The same where a history can be asked. @throws ERR_BLACKBOX_STATEMENT_DELETED */
export function checkHistory(vault: Vault, { here }: Trust): void {
  if (vault.passive === true || vault.host.files.stat(vault.repository.gitDir) === null) return;
  try {
    checkDeletions(vault, here);
  } catch (error) {
    if (!(error instanceof BlackboxError) || !cannotRemember.includes(error.code)) throw error;
  }
}

/** Pins the vault on first use, and remembers every statement for good: also what counts for nothing, as others may build upon it. */
export function recordTrust(vault: Vault, trust: Trust): void {
  if (trust.firstUse) pinFounder(vault, trust.founder);
  rememberStatements(vault, trust.here.statements.values());
  recall(vault, trust);
}
