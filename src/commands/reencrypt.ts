/** `reencrypt`: every sealed file for whom the roster says, and on request under a new file key. */
import type { Host } from '../host/types.js';
import { list, showPath, visible } from '../text.js';
import {
  type FileState,
  fileStates,
  locked,
  ownEntries,
  pickEntries,
  planReseal,
  type RegistryEntry,
  type ResealPlan,
  readRegistry,
  readRoster,
  type Vault,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, identityOption } from './command.js';
import { nameWhatYouAdopt } from './refuse-files.js';
import { carryOut, files, keyringOf, mostLines, nameFiles, sayCommit, somethingToDo, vaultHere } from './work.js';

function why(state: FileState): string {
  const { lacking, surplus } = state;
  const missing = lacking.length === 0 ? [] : [`${list(lacking.map(visible))} cannot read it`];
  const strange =
    surplus.length === 0
      ? []
      : [`it is readable with ${surplus.length === 1 ? 'a key' : 'keys'} of nobody on the roster`];
  const forged = state.forged === null ? [] : [`it is not authentic: ${state.forged}`];
  return [...missing, ...strange, ...forged].join(', and ');
}

/** Told from the headers alone: no key is needed for it. */
function check(host: Host, vault: Vault, entries: readonly RegistryEntry[]): number {
  const states = fileStates(vault, readRoster(vault), entries);
  const wrong = states.filter((s) => s.lacking.length + s.surplus.length > 0 || s.forged !== null);
  for (const state of wrong) host.terminal.say(`${showPath(state.entry.path)}: ${why(state)}`);
  if (wrong.length > 0) host.terminal.say('to mend it: blackbox-ts reencrypt');
  return wrong.length > 0 ? somethingToDo : 0;
}

async function planned(host: Host, vault: Vault, given: Given, entries: readonly RegistryEntry[]): Promise<ResealPlan> {
  const progress = host.terminal.progress('re-encrypting', entries.length);
  try {
    return await planReseal(vault, readRoster(vault), entries, {
      keyring: keyringOf(host, given),
      fresh: flag(given, 'fresh'),
      ...(flag(given, 'adopt') ? { adopt: new Set(entries.map((e) => e.path)) } : {}),
      onProgress: (done) => progress.update(done),
    });
  } finally {
    progress.end();
  }
}

function report(host: Host, { plan, changed, missing, noted }: ResealPlan, total: number): void {
  const { terminal } = host;
  if (changed.length === 0) terminal.say(`nothing to do: ${files(total)} sealed for whom the roster says`);
  else if (changed.length > mostLines) terminal.say(`re-encrypted ${files(changed.length)} of ${total}`);
  else for (const line of plan.summary) terminal.say(line.replace(/^re-encrypt /, 're-encrypted '));
  for (const path of missing) terminal.warn(`${showPath(path)} has no sealed file`);
  if (noted.size > 0)
    terminal.warn('some of it could be read by who is not to read it; to see what to change: blackbox-ts rotation');
  if (changed.length > 0) sayCommit(host, `re-encrypt ${nameFiles(changed)}`);
}

async function reencrypt(host: Host, vault: Vault, given: Given): Promise<number> {
  const named = pickEntries(vault, readRegistry(vault), given.args);
  const entries = given.args.length > 0 ? named : [...named, ...ownEntries(vault)];
  if (flag(given, 'check')) return check(host, vault, entries);
  const reseal = await planned(host, vault, given, entries);
  if (await carryOut(host, vault, given, reseal.plan)) report(host, reseal, entries.length - reseal.missing.length);
  return 0;
}

export const command: Command = {
  args: [{ name: '[paths...]', what: 'files to re-encrypt; all when none is named' }],
  options: [
    { flags: '--fresh', what: 'new file keys for all of them, whether or not their readers change' },
    { flags: '--adopt', what: 'vouch for the named files as they are, whoever signed them: look at them first' },
    {
      flags: '--check',
      what: 'change nothing; exit code 3 when readers differ from the roster',
      not: ['--fresh', '--adopt'],
    },
    identityOption,
    dryRunOption,
  ],
  details:
    'Who was only added gets a longer header; where somebody has lost access, the content is sealed anew under a new key.\n' +
    'Nothing is written when one of the files cannot be opened.',
  examples: [
    ['blackbox-ts reencrypt', 'bring every file to the readers that the roster says'],
    ['blackbox-ts reencrypt --adopt prod.env', 'after looking at it: vouch for a file that is not authentic'],
    ['blackbox-ts reencrypt --fresh', 'draw new keys for every file'],
  ],
  run: async (host, given) => {
    if (flag(given, 'adopt') && given.args.length === 0) throw nameWhatYouAdopt();
    const vault = vaultHere(host);
    return locked(vault, () => reencrypt(host, vault, given));
  },
};
