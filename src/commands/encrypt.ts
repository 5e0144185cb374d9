/** `encrypt`: what has changed in plaintext is sealed, and nothing that has not. */
import type { Host } from '../host/types.js';
import { shellWord, showPath } from '../text.js';
import {
  type EncryptPlan,
  locked,
  type Plan,
  pickEntries,
  planEncrypt,
  proveSealed,
  readRegistry,
  readRoster,
  type Vault,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, forceOption, type Given, identityOption } from './command.js';
import { rememberPlaintexts } from './known.js';
import { propose } from './propose.js';
import { warnUnsound } from './syntax.js';
import { carryOut, keyringOf, nameFiles, sayCommit, sayFiles, somethingToDo, vaultHere } from './work.js';

/** The plan, with all plaintexts of it removed at its end. */
function withShred(plan: Plan, paths: Plan['shred']): Plan {
  const forget = paths.map((path) => [path, null] as const);
  const words = paths.map((path) => `shred ${showPath(path)}`);
  return {
    ...plan,
    shred: paths,
    summary: [...plan.summary, ...words],
    origins: new Map([...plan.origins, ...forget]),
  };
}

function report(host: Host, { sealed, unchanged }: EncryptPlan): void {
  sayFiles(host, 'sealed', sealed);
  sayFiles(host, 'unchanged', unchanged);
  if (sealed.length + unchanged.length === 0) host.terminal.say('there is no plaintext here to seal');
  if (sealed.length > 0) sayCommit(host, `seal ${nameFiles(sealed)}`);
}

function check(host: Host, { sealed }: EncryptPlan): number {
  for (const path of sealed) {
    host.terminal.say(
      `${showPath(path)} is not sealed as it is here; to seal it: blackbox-ts encrypt ${shellWord(path)}`,
    );
  }
  return sealed.length > 0 ? somethingToDo : 0;
}

async function encrypt(host: Host, vault: Vault, given: Given): Promise<number> {
  const keyring = keyringOf(host, given);
  const entries = pickEntries(vault, readRegistry(vault), given.args);
  const named = given.args.length > 0;
  const removing = flag(given, 'shred');
  const options = { force: flag(given, 'force'), named, removing, keyring };
  const planned = await planEncrypt(vault, readRoster(vault), entries, options);
  if (flag(given, 'check')) return check(host, planned);
  const { sealed, unchanged } = planned;
  const shred = removing ? [...sealed, ...unchanged] : [];
  const done = await carryOut(host, vault, given, withShred(planned.plan, shred), {
    beforeShred: async () => {
      warnUnsound(host, vault, sealed);
      rememberPlaintexts(vault, sealed);
      for (const path of shred) await proveSealed(vault, path, keyring);
    },
  });
  if (done) report(host, planned);
  return 0;
}

export const command: Command = {
  args: [{ name: '[paths...]', what: 'files to seal; all that are here in plaintext when none is named' }],
  options: [
    { flags: '--shred', what: 'remove the plaintexts afterwards' },
    { flags: '--check', what: 'seal nothing; exit code 3 when something has changed', not: ['--shred'] },
    {
      flags: '--propose',
      what: 'only propose these contents to those who may write: for readers, and for who has no key',
      not: ['--shred', '--check', '--force'],
    },
    {
      flags: '--name <name>',
      what: 'with --propose, as whom (default: your name on the roster, or your login name)',
      with: '--propose',
    },
    { ...forceOption, what: "also when that undoes somebody else's change" },
    identityOption,
    dryRunOption,
  ],
  details:
    'A file is sealed anew when its content or its readers have changed, and never over a version that its plaintext does not come from.',
  examples: [
    ['blackbox-ts encrypt', 'seal every plaintext that has changed'],
    ['blackbox-ts encrypt --shred secrets.json', 'seal secrets.json and remove the plaintext'],
    ['blackbox-ts encrypt --propose secrets.json', 'hand its content to somebody who may write'],
  ],
  run: async (host, given) => {
    const vault = vaultHere(host);
    return locked(vault, () => (flag(given, 'propose') ? propose : encrypt)(host, vault, given));
  },
};
