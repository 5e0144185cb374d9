/** Plans for a vault's beginning. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Signer } from '../age/index.js';
import { type Change, formatStatement, type KeyEntry, type SignedStatement } from '../trust/statement.js';
import { brokenVaultFile, vaultExists } from './errors.js';
import { joinPlans, plan, textWrite } from './plan.js';
import { attributesPlan } from './plan-gitfiles.js';
import { registryFile } from './registry.js';
import { adminsFolder, parseName, personFile } from './roster.js';
import { now, signStatement } from './signed-changes.js';
import { statementPath } from './statements.js';
import { cannotSign } from './trust-errors.js';
import type { Plan, RepoPath, Vault } from './types.js';
import { hasVault, newVaultFile } from './vault.js';

export const vaultFile = '.blackbox/vault.json';

/** The text of a person's file: their keys, one a line or block. */
export function formatPerson(lines: readonly string[]): string {
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** What somebody put among the keys or statements before there was a vault must not get in with it. */
function refuseStrangers(place: Omit<Vault, 'id'>, person: string): void {
  place.host.files.within(place.root, adminsFolder);
  const names = place.host.files.list(join(place.folder, 'admins')).filter((name) => !name.startsWith('.'));
  const stranger = names.map((name) => `${adminsFolder}/${name}`).find((file) => file !== person);
  if (stranger !== undefined)
    throw brokenVaultFile(stranger, 'it was there before the vault, and would be on the roster unasked');
}

/** An empty registry, unless a killed run has left one. */
function registryWrites(place: Omit<Vault, 'id'>): Plan['writes'] {
  const { files } = place.host;
  const there = files.stat(files.within(place.root, registryFile)) !== null;
  return there ? [] : [textWrite(place, registryFile, '')];
}

/** What git must be told of a new vault. */
export function initialPaths(founder: string): RepoPath[] {
  return [vaultFile, registryFile, personFile(founder), '.gitattributes'].map((path) => path as RepoPath);
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
  const changes: Change[] = [{ do: 'add', name: parseName(name), role: 'admin', groups: [], keys }];
  const vault = randomBytes(32).toString('hex');
  return signStatement({ vault, after: [], at: now(), by: parseName(name), key: signer.key, changes }, signer);
}

/**
 * A new vault with its founder as the only one on the roster.
 * @param keyLines the founder's keys as they stand in a `.pub` file
 * @throws ERR_BLACKBOX_VAULT_EXISTS, ERR_BLACKBOX_BAD_NAME, ERR_BLACKBOX_VAULT_DAMAGED when somebody else's key is in the folder already
 */
export function planInit(place: Omit<Vault, 'id'>, founding: SignedStatement, keyLines: readonly string[]): Plan {
  if (hasVault(place)) throw vaultExists(place.root);
  const name = founding.statement.by;
  const person = personFile(name);
  refuseStrangers(place, person);
  const files = plan({
    summary: ['begin a vault in .blackbox/', `put ${name} on its roster`],
    writes: [
      textWrite(place, person, formatPerson(keyLines)),
      textWrite(place, statementPath(founding.id), formatStatement(founding)),
      ...registryWrites(place),
    ],
    // Last, because it is what makes the folder a vault: a killed init can simply be run again.
    lastWrites: [textWrite(place, vaultFile, newVaultFile(founding.id))],
    stage: [...initialPaths(name), statementPath(founding.id)],
  });
  return joinPlans([attributesPlan(place), files]);
}
