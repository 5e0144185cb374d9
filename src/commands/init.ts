/** `init`: from an ordinary repository to one with a vault, a founder and a hook. */
import { join } from 'node:path';
import { parseRecipientFile } from '../age/index.js';
import type { Host } from '../host/types.js';
import { showPath, visible } from '../text.js';
import { vaultExists } from '../vault/errors.js';
import {
  begunStatement,
  expectedFounder,
  findVault,
  foundingStatement,
  hasVault,
  initialPaths,
  keyEntries,
  locate,
  locked,
  ownSigning,
  type Person,
  personFile,
  pinnedFounder,
  planInit,
  plan as planOf,
  readRoster,
  readTrust,
  recordTrust,
  unpin,
  type Vault,
  vaultFile,
} from '../vault/index.js';
import { vaultGone } from '../vault/trust-errors.js';
import { type Command, dryRunOption, flag, type Given, identityOption } from './command.js';
import { type Founder, founderOf, ownName } from './founder.js';
import { installHook } from './hook.js';
import { prepareHint } from './package-json.js';
import { selfOf } from './self.js';
import { carryOut, keyringOf, newKeyringOf, sayCommit } from './work.js';

type Place = Omit<Vault, 'id'>;

/**
 * A vault that git knows nothing of and that has this user alone on its roster is what a killed `init` leaves.
 * @throws ERR_BLACKBOX_VAULT_EXISTS for any other
 */
async function finish(host: Host, place: Place, given: Given): Promise<Vault> {
  const vault = findVault(host, place.root);
  const roster = readRoster(vault);
  const { person } = selfOf(host, keyringOf(host, given), roster);
  const tracked = host.git.open(place.repository).tracked([vaultFile]).size > 0;
  if (tracked || person === null || roster.people.length > 1) throw vaultExists(place.root);
  const paths = initialPaths(person.name, vault.id);
  await carryOut(host, vault, given, planOf({ summary: ['finish what an interrupted init has begun'], stage: paths }));
  return vault;
}

/** The founder's keys as on the roster that there is not yet, to find the identity that signs for them. */
function alone(name: string, lines: readonly string[]): Person {
  const text = lines.join('\n');
  const keys = keyEntries(text).map((key) => ({ ...key, from: '' }));
  return { name, role: 'admin', groups: [], recipients: parseRecipientFile(text), keys };
}

/**
 * The founder's statement, with the vault that it makes: refused before anything is written where another vault is pinned.
 * @throws ERR_BLACKBOX_CANNOT_SIGN, ERR_BLACKBOX_VAULT_REPLACED
 */
async function foundingOf(host: Host, place: Place, given: Given, name: string, founder: Founder) {
  const keys = keyEntries(founder.lines.join('\n'));
  const keyring = founder.fresh ? newKeyringOf(host, given) : keyringOf(host, given);
  const { signer } = ownSigning(place, { people: [alone(name, founder.lines)] }, keyring, 'admin');
  const founding = begunStatement(place, name, keys, signer) ?? (await foundingStatement(name, keys, signer));
  const begun = { ...place, id: founding.id };
  const git = host.git.open(place.repository);
  if (pinnedFounder(begun) !== founding.id && git.commitsWith(vaultFile, 1).length === 0) unpin(begun);
  const pinned = pinnedFounder(begun);
  if (pinned !== null && pinned !== founding.id && host.env.BLACKBOX_VAULT === undefined) throw vaultGone(pinned);
  expectedFounder(begun);
  return { founding, begun };
}

async function begin(host: Host, place: Place, given: Given): Promise<Vault> {
  const name = ownName(host, given, 'init');
  const founder = await founderOf(host, given, keyringOf(host, given));
  if (flag(given, 'dryRun')) {
    host.terminal.say(`would begin a vault in ${showPath(place.folder)}, with you on its roster as ${visible(name)}`);
    return { ...place, id: '' };
  }
  const { founding, begun } = await foundingOf(host, place, given, name, founder);
  await carryOut(host, begun, given, planInit(place, founding, founder.lines));
  recordTrust(begun, readTrust(begun));
  if (!founder.fresh) host.terminal.say(`using your key from ${visible(founder.source)}`);
  host.terminal.say(
    `a vault in ${showPath(place.folder)}, with you on its roster as ${visible(name)} (${personFile(name)})`,
  );
  host.terminal.say(`its fingerprint, for colleagues and CI to compare: ${founding.id}`);
  return begun;
}

async function init(host: Host, place: Place, given: Given): Promise<number> {
  const vault = hasVault(place) ? await finish(host, place, given) : await begin(host, place, given);
  const installed = await installHook(host, vault, flag(given, 'dryRun'));
  if (flag(given, 'dryRun')) return 0;
  const hint = prepareHint(host, join(place.root, 'package.json'));
  if (hint !== null) host.terminal.say(hint);
  sayCommit(host, 'begin a vault');
  host.terminal.say('then seal a first file: blackbox-ts register FILE');
  return installed ? 0 : 1;
}

export const command: Command = {
  options: [
    { flags: '--name <name>', what: 'your name on the roster (default: your login name)' },
    {
      flags: '--key <file>',
      what: 'your public key, instead of the one of the first identity found: for OpenPGP keys',
    },
    identityOption,
    dryRunOption,
  ],
  details:
    'Your key is that of the first identity found: --identity, BLACKBOX_IDENTITY\n' +
    'and its like, your identity file, ~/.ssh/id_ed25519, ~/.ssh/id_rsa. If there\n' +
    'is none, one is made as `blackbox-ts keygen` does. Nothing is committed: the\n' +
    'command for it is printed.',
  examples: [
    ['blackbox-ts init', 'begin a vault in this repository'],
    [
      'gpg --armor --export 0123…CDEF > ada.pub && blackbox-ts init --name ada --key ada.pub',
      'the same with an OpenPGP key',
    ],
  ],
  run: (host, given) => {
    const place = locate(host);
    return locked(place, () => init(host, place, given));
  },
};
