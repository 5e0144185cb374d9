/** `setup`: makes a clone ready. Safe to run often, and by npm whenever dependencies are installed. */
import { BlackboxError, type ErrorCode } from '../errors.js';
import type { Host } from '../host/types.js';
import { count, visible } from '../text.js';
import {
  type Keyring,
  locked,
  openSealed,
  type RegistryEntry,
  type RepoPath,
  readRegistry,
  readRoster,
  type Vault,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption } from './command.js';
import { installHook } from './hook.js';
import { canKnow, rememberMany } from './known.js';
import { selfOf } from './self.js';
import { refreshFilter } from './strict.js';
import { keyringOf, quietKeyring, vaultHere } from './work.js';

/** Where there is nothing to set up: an archive of the sources, a container without git. */
const nothingThere: readonly ErrorCode[] = [
  'ERR_BLACKBOX_NO_REPOSITORY',
  'ERR_BLACKBOX_BARE_REPOSITORY',
  'ERR_BLACKBOX_NO_VAULT',
  'ERR_BLACKBOX_NO_GIT',
];
/** Larger sealed files are data; the guard does not know them in parts. */
const sealedLimit = 16 * 1024 * 1024;

function sayWho(host: Host, vault: Vault, keyring: Keyring): void {
  const { person, unsure } = selfOf(host, keyring, readRoster(vault));
  if (person !== null) host.terminal.say(`you are on the roster as ${visible(person.name)}`);
  else if (unsure)
    host.terminal.say('your identity is protected: whether it is on the roster shows when you open a file');
  else {
    host.terminal.warn('none of your identities is on the roster: you cannot read the files yet');
    host.terminal.say('  to make one, if you have none: blackbox-ts keygen');
    host.terminal.say('  to ask to be let in: blackbox-ts join');
  }
}

async function open(vault: Vault, { path }: RegistryEntry, keyring: Keyring): Promise<Buffer | null> {
  const { files } = vault.host;
  try {
    const size = files.stat(files.within(vault.root, `${path}.age`))?.size ?? 0;
    return size === 0 || size > sealedLimit ? null : await openSealed(vault, path, keyring);
  } catch (error) {
    // Whatever keeps one file shut here is told by the command that somebody uses to open it.
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

/** Opens what opens without a question, for the guard to know what must not be committed. */
async function learn(host: Host, vault: Vault, keyring: Keyring): Promise<void> {
  const registry = readRegistry(vault);
  const progress = host.terminal.progress('opening', registry.length);
  const opened: { path: RepoPath; plaintext: Buffer }[] = [];
  try {
    for (const [i, entry] of registry.entries()) {
      progress.update(i);
      const plaintext = await open(vault, entry, keyring);
      if (plaintext !== null) opened.push({ path: entry.path, plaintext });
    }
  } finally {
    progress.end();
  }
  rememberMany(vault, opened);
  if (registry.length > 0)
    host.terminal.say(`the guard knows the values of ${opened.length} of ${count(registry.length, 'file')}`);
}

async function setup(host: Host, vault: Vault, given: Given): Promise<number> {
  const dryRun = flag(given, 'dryRun');
  const mayLearn = !flag(given, 'noDecrypt') && !dryRun;
  // What the guard knows is mended first where it is broken: as long as it is, the hook refuses everything, and cannot be proven.
  const broken = !canKnow(vault);
  if (mayLearn && broken) await learn(host, vault, quietKeyring(host, given));
  const installed = await installHook(host, vault, dryRun);
  if (!dryRun) refreshFilter(host, vault);
  sayWho(host, vault, keyringOf(host, given));
  if (mayLearn && !broken) await learn(host, vault, quietKeyring(host, given));
  return installed ? 0 : 1;
}

/** null, and a word about it, where there is nothing to set up and that is no failure. */
function vaultIfPresent(host: Host, given: Given): Vault | null {
  try {
    return vaultHere(host);
  } catch (error) {
    // npm runs `prepare` wherever the package is installed, also where the sources are without their repository.
    const lenient = flag(given, 'ifPresent') || host.env.npm_lifecycle_event !== undefined;
    if (!lenient || !(error instanceof BlackboxError) || !nothingThere.includes(error.code)) throw error;
    host.terminal.say(`nothing to set up: ${error.sentence}`);
    return null;
  }
}

export const command: Command = {
  options: [
    {
      flags: '--if-present',
      what: 'end with 0 where there is no repository or no vault (npm scripts need not say so)',
    },
    { flags: '--no-decrypt', what: 'open no file: the guard then knows paths, and no values' },
    identityOption,
    dryRunOption,
  ],
  details:
    'Installs the hook, says whether you are on the roster, and opens what opens\n' +
    'without asking you, so that the guard knows the values that must not be\n' +
    'committed. As an npm script, "prepare": "blackbox-ts setup" does it for every\n' +
    'clone.',
  examples: [
    ['blackbox-ts setup', 'after git clone'],
    ['blackbox-ts setup --no-decrypt', 'only install the hook'],
  ],
  run: async (host, given) => {
    const vault = vaultIfPresent(host, given);
    return vault === null ? 0 : locked(vault, () => setup(host, vault, given));
  },
};
