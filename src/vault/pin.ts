/** Which vault this has to be: what the caller or the environment says, what this clone has pinned, what the history says. */
import { join } from 'node:path';
import type { Git } from '../host/types.js';
import { badPin, brokenPin, historyUnknown, vaultReplaced } from './trust-errors.js';
import type { Vault } from './types.js';

const vaultFile = '.blackbox/vault.json';
const fingerprint = /^[0-9a-f]{64}$/;
const pinFile = (vault: Pick<Vault, 'state'>) => join(vault.state, 'vault');

/** What the caller or the environment insists on. Something that is no fingerprint, or is empty, insists on nothing that could ever be. */
function told({ pin, host }: Vault): string | null {
  const given = pin ?? host.env.BLACKBOX_VAULT;
  if (given === undefined) return null;
  const id = given.trim().toLowerCase();
  if (!fingerprint.test(id)) throw badPin(pin === undefined);
  return id;
}

/** The vault that this clone has pinned, by its founder's statement; null before the first use. @throws ERR_BLACKBOX_VAULT_REPLACED when it cannot be read */
export function pinnedFounder(vault: Pick<Vault, 'host' | 'state'>): string | null {
  const content = vault.host.files.read(pinFile(vault), 1024);
  if (content === null) return null;
  const id = content.toString('utf8').trim();
  if (!fingerprint.test(id)) throw brokenPin(pinFile(vault));
  return id;
}

export function pinFounder(vault: Pick<Vault, 'host' | 'state'>, founder: string): void {
  vault.host.files.makeFolder(vault.state, 0o700);
  vault.host.files.writeLocal(pinFile(vault), `${founder}\n`);
}

/** Forgets a vault that was begun here and never committed: another one is begun in its place. */
export function unpin(vault: Pick<Vault, 'host' | 'state'>): void {
  vault.host.files.remove(pinFile(vault));
}

/** The founder to begin from. @throws ERR_BLACKBOX_VAULT_REPLACED when the repository says another one than is expected */
export function expectedFounder(vault: Vault): string {
  const expected = told(vault);
  if (expected !== null && expected !== vault.id) throw vaultReplaced(vault.id, expected, 'told');
  const pinned = pinnedFounder(vault);
  if (pinned !== null && pinned !== vault.id) throw vaultReplaced(vault.id, pinned, 'pinned');
  return vault.id;
}

/** Larger than any vault.json. */
const vaultFileLimit = 64 * 1024;

/**
 * Before a vault is pinned that nobody has named: whether its own history has always had this one.
 * @throws ERR_BLACKBOX_VAULT_REPLACED, naming the fingerprint that it had before
 */
export function checkAlwaysSo(vault: Vault, git: Git): void {
  if (told(vault) !== null) return;
  const kept = git.history(vaultFile).filter(({ status }) => status !== 'D');
  const oids = new Set(kept.map(({ oid }) => oid));
  git.blobs(
    oids,
    (_, content, missing) => {
      if (missing) throw historyUnknown(vaultFile);
      const id = /"id"\s*:\s*"([0-9a-f]{64})"/.exec(content?.toString('utf8') ?? '')?.[1];
      if (id !== undefined && id !== vault.id) throw vaultReplaced(vault.id, id, 'history');
    },
    vaultFileLimit,
  );
}
