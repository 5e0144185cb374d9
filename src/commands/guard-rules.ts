/** What the guard looks for here, and what the team has allowed: read once for all that is looked at. */
import { allowedFile, allowedOn, identifier, largestAllowed, parseAllowed } from '../guard/allowed.js';
import { largestGitleaks } from '../guard/gitleaks.js';
import type { Rules } from '../guard/inspect.js';
import { type KnownValues, loadKnown } from '../guard/store.js';
import type { Git, Host } from '../host/types.js';
import { count, visible } from '../text.js';
import { parseRegistry, readRegistry, registryFile } from '../vault/registry.js';
import type { RepoPath, Vault } from '../vault/types.js';
import { findVault, hasScanIndex, hasVault, parseVaultFile, vaultFile } from '../vault/vault.js';
import { lfsStore } from './guard-look.js';
import { registryUnreadable } from './refusals.js';

export type Place = Omit<Vault, 'id'>;
export type Shared = Pick<Rules, 'known' | 'credentials' | 'strict' | 'lfs' | 'identify' | 'allowed'>;

export interface SharedOptions {
  readonly strict: boolean;
  /** A revision whose list of what is allowed counts, and not that of the work tree. */
  readonly configFrom?: string | undefined;
  /** Identities to open the scan index with, and no others: the text of one, or a path. */
  readonly identities?: readonly string[];
  /** Nobody may be asked anything, and nobody reads what is said. */
  readonly inHook?: boolean;
}

/** What is allowed stands in the work tree, or in a revision that others have agreed to. */
export function allowedText(host: Host, place: Place, configFrom: string | undefined): string {
  return textAt(host, place, allowedFile, largestAllowed, configFrom) ?? '';
}

/** A small text of the vault: from the work tree, or from a revision. */
export function textAt(
  host: Host,
  place: Place,
  path: string,
  limit: number,
  revision: string | undefined,
): string | null {
  const content =
    revision === undefined
      ? host.files.read(host.files.within(place.root, path), limit)
      : host.git.open(place.repository).fileAt(revision, path);
  return content === null || content.length > limit ? null : content.toString('utf8');
}

/** What gitleaks was told, where it was; a configuration that cannot be understood silences nothing, and finds nothing. */
async function gitleaks(
  host: Host,
  place: Place,
  { configFrom, inHook }: SharedOptions,
): Promise<Pick<Rules, 'silences' | 'own'>> {
  const read = (path: string) => textAt(host, place, path, largestGitleaks, configFrom);
  const [toml, ignore] = [read('.gitleaks.toml'), read('.gitleaksignore')];
  if (toml === null && ignore === null) return {};
  const { readGitleaks } = await import('../guard/gitleaks.js');
  try {
    const { silences, own, idle } = readGitleaks(toml, ignore);
    for (const sentence of own?.notHonoured ?? []) host.terminal.warn(`.gitleaks.toml: ${sentence}`);
    if (idle > 0 && inHook !== true) {
      host.terminal.say(
        `.gitleaks.toml has ${count(idle, 'rule')} that ${idle === 1 ? 'is' : 'are'} not run; to run them:`,
      );
      host.terminal.say('  [blackbox-ts] with rules = true, in that file');
    }
    return { silences, ...(own === null ? {} : { own }) };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    host.terminal.warn(`.gitleaks.toml cannot be understood, and silences nothing: ${visible(reason)}`);
    return {};
  }
}

const today = () => new Date().toISOString().slice(0, 10);

/** By which ids findings are known in this vault; the same in every clone. */
function saltOf(place: Place, configFrom: string | undefined): string {
  if (configFrom === undefined) return hasVault(place) ? findVault(place.host, place.root).id : '';
  const content = place.host.git.open(place.repository).fileAt(configFrom, vaultFile);
  return content === null ? '' : parseVaultFile(content.toString('utf8'));
}

/** The vault by which is judged: that of the work tree, or of a revision that others have agreed to. */
async function judgingVault(host: Host, place: Place, configFrom: string | undefined): Promise<Vault | null> {
  if (configFrom === undefined) return hasVault(place) ? findVault(host, place.root) : null;
  const { vaultAt } = await import('../vault/revision.js');
  return vaultAt(place, configFrom);
}

/** In a commit, what this clone has learnt is enough; where it has learnt nothing, and where nobody waits, a scan index is opened. */
async function knownValues(host: Host, place: Place, options: SharedOptions): Promise<KnownValues | null> {
  const known = loadKnown(host.files, place.state);
  if (options.inHook === true && known !== null) return known;
  if (options.configFrom === undefined && !hasScanIndex(place)) return known;
  const vault = await judgingVault(host, place, options.configFrom);
  if (vault === null || !hasScanIndex(vault)) return known;
  const { withScanIndex } = await import('./guard-known.js');
  const now = hasVault(place) ? findVault(host, place.root) : vault;
  return withScanIndex(host, { vault, now }, known, options);
}

/** @throws ERR_BLACKBOX_KNOWN_VALUES, ERR_BLACKBOX_VAULT_DAMAGED, and those of `withScanIndex` */
export async function sharedRules(host: Host, place: Place | null, options: SharedOptions): Promise<Shared> {
  // A chunk of its own: other commands know no credentials.
  const { credentials } = await import('../guard/credentials.js');
  const general = { credentials: credentials(), strict: options.strict };
  if (place === null) return { ...general, known: null };
  const allowed = allowedOn(parseAllowed(allowedText(host, place, options.configFrom)), today());
  const limit = allowed.size === 0 ? undefined : Number.POSITIVE_INFINITY;
  return {
    ...general,
    known: await knownValues(host, place, options),
    lfs: lfsStore(host, place.repository.commonDir),
    identify: identifier(saltOf(place, options.configFrom), limit),
    allowed,
    ...(await gitleaks(host, place, options)),
  };
}

function registryPaths(content: Buffer | null): RepoPath[] {
  if (content === null) throw registryUnreadable();
  return parseRegistry(content.toString('utf8')).map((e) => e.path);
}

/** Collects what is registered: in the work tree to begin with. Registries that are read later add to it, and none takes anything away. */
export function registeredHere(place: Place): { readonly paths: Set<RepoPath>; add(content: Buffer | null): void } {
  const paths = new Set(readRegistry(place).map((e) => e.path));
  return {
    paths,
    add: (content) => {
      for (const path of registryPaths(content)) paths.add(path);
    },
  };
}

/** The registry as `revision` has it; nothing when it has none. */
export function registryAt(git: Git, revision: string): Buffer | null {
  return git.fileAt(revision, registryFile);
}
