/** Plans for a vault's beginning. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Signer, verifySignature } from '../age/index.js';
import {
  type Change,
  formatStatement,
  type KeyEntry,
  type SignedStatement,
  statementMessage,
} from '../trust/statement.js';
import { brokenVaultFile, vaultExists } from './errors.js';
import { joinPlans, plan, textWrite } from './plan.js';
import { attributesPlan } from './plan-gitfiles.js';
import { registryFile } from './registry.js';
import { parseName, personFile } from './roster.js';
import { now, signStatement } from './signed-changes.js';
import { readStatements, statementNames, statementPath, statementsFolder } from './statements.js';
import { cannotSign } from './trust-errors.js';
import type { Plan, RepoPath, Vault } from './types.js';
import { adminsFolder, hasVault, newVaultFile, vaultFile } from './vault.js';

/** The text of a person's file: their keys, one a line or block. */
export function formatPerson(lines: readonly string[]): string {
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** What somebody put among the keys or statements before there was a vault must not get in with it. */
function refuseStrangers(place: Omit<Vault, 'id'>, own: readonly string[]): void {
  place.host.files.within(place.root, adminsFolder);
  const names = place.host.files.list(join(place.folder, 'admins')).filter((name) => !name.startsWith('.'));
  const found = [
    ...names.map((name) => `${adminsFolder}/${name}`),
    ...statementNames(place).map((name) => `${statementsFolder}/${name}`),
  ];
  const stranger = found.find((file) => !own.includes(file));
  if (stranger !== undefined)
    throw brokenVaultFile(stranger, 'it was there before the vault, and would be on the roster unasked');
}

/** An empty registry, unless a killed run has left one. */
function registryWrites(place: Omit<Vault, 'id'>): Plan['writes'] {
  const { files } = place.host;
  const there = files.stat(files.within(place.root, registryFile)) !== null;
  return there ? [] : [textWrite(place, registryFile, '')];
}

/** What git must be told of a new vault. @param id of the founder's statement */
export function initialPaths(founder: string, id: string): RepoPath[] {
  const files = [vaultFile, registryFile, personFile(founder), '.gitattributes'].map((path) => path as RepoPath);
  return [...files, statementPath(id)];
}

function founding(name: string, keys: readonly KeyEntry[]): readonly Change[] {
  return [{ do: 'add', name: parseName(name), role: 'admin', groups: [], keys }];
}

/**
 * The founder's statement: what the vault begins with, and is known by from then on.
 * @throws ERR_BLACKBOX_CANNOT_SIGN when the signer's key is not among the founder's
 */
export async function foundingStatement(
  name: string,
  keys: readonly KeyEntry[],
  signer: Signer,
): Promise<SignedStatement> {
  if (!keys.some((k) => k.sign === signer.key)) throw cannotSign(null, 'an admin');
  const vault = randomBytes(32).toString('hex');
  const changes = founding(name, keys);
  return signStatement({ vault, after: [], at: now(), by: parseName(name), key: signer.key, changes }, signer);
}

/** The statement that a killed `init` of the same founder has left: the vault begins with that one. */
export function begunStatement(
  place: Omit<Vault, 'id'>,
  name: string,
  keys: readonly KeyEntry[],
  { key }: Signer,
): SignedStatement | null {
  const block = keys.find((k) => k.sign === key)?.block ?? undefined;
  const changes = JSON.stringify(founding(name, keys));
  const isOwn = ({ statement, signature }: SignedStatement) =>
    statement.after.length === 0 &&
    statement.by === parseName(name) &&
    JSON.stringify(statement.changes) === changes &&
    verifySignature(key, statementMessage(statement), signature, () => block);
  return readStatements(place).find(isOwn) ?? null;
}

/**
 * A new vault with its founder as the only one on the roster.
 * @param first the founder's statement
 * @param keyLines the founder's keys as they stand in a `.pub` file
 * @throws ERR_BLACKBOX_VAULT_EXISTS, ERR_BLACKBOX_BAD_NAME, ERR_BLACKBOX_VAULT_DAMAGED when somebody else's key is in the folder already
 */
export function planInit(place: Omit<Vault, 'id'>, first: SignedStatement, keyLines: readonly string[]): Plan {
  if (hasVault(place)) throw vaultExists(place.root);
  const name = first.statement.by;
  const person = personFile(name);
  refuseStrangers(place, [person, statementPath(first.id)]);
  const files = plan({
    summary: ['begin a vault in .blackbox/', `put ${name} on its roster`],
    writes: [
      textWrite(place, person, formatPerson(keyLines)),
      textWrite(place, statementPath(first.id), formatStatement(first)),
      ...registryWrites(place),
    ],
    // Last, because it is what makes the folder a vault: a killed init can simply be run again.
    lastWrites: [textWrite(place, vaultFile, newVaultFile(first.id))],
    stage: initialPaths(name, first.id),
  });
  return joinPlans([attributesPlan(place), files]);
}
