/** `join`: asks to be let in, by a file that gives no access by itself. An admin compares its fingerprint and approves it. */
import type { Host } from '../host/types.js';
import { shellWord, showPath, visible } from '../text.js';
import {
  formatPerson,
  type KeyEntry,
  keyEntries,
  locked,
  plan,
  type Roster,
  readRoster,
  requestFingerprint,
  requestPath,
  seenRoster,
  textWrite,
  type Vault,
} from '../vault/index.js';
import { type Command, dryRunOption, flag, forceOption, type Given, identityOption, text } from './command.js';
import { founderOf, ownName } from './founder.js';
import { keysIn } from './given-keys.js';
import { describeKey } from './key-words.js';
import { alreadyIn, requestExists } from './refusals.js';
import { carryOut, keyringOf, vaultHere } from './work.js';

/** As in the vault: a request is never larger. */
const requestLimit = 1024 * 1024;

/** Whoever has all that they would ask for need not ask. @returns the name that the keys are known by; null for nobody's */
function checkNotIn(roster: Roster, entries: readonly KeyEntry[]): string | null {
  const { people } = seenRoster(roster);
  const owner = people.find((p) => p.keys.some((k) => entries.some((e) => e.recipient === k.recipient)));
  const isKnown = (e: KeyEntry) => owner?.keys.some((k) => k.recipient === e.recipient && k.sign === e.sign) === true;
  if (owner !== undefined && entries.every(isKnown)) throw alreadyIn(owner.name);
  return owner?.name ?? null;
}

function checkFree(vault: Vault, name: string, content: string, force: boolean): void {
  const { files } = vault.host;
  const path = requestPath(name);
  const there = files.read(files.within(vault.root, path), requestLimit)?.toString('utf8').replaceAll('\r\n', '\n');
  if (there !== undefined && there !== content && !force) throw requestExists(name, path);
}

/** A branch that is called after the request. https://git-scm.com/docs/git-check-ref-format */
function branchFor(name: string): string {
  return `join-${name.replace(/[^\p{L}\p{N}_-]+/gu, '-').replace(/-+$/, '')}`;
}

function sayHow({ terminal }: Host, name: string, fingerprint: string): void {
  const path = requestPath(name);
  const branch = branchFor(name);
  terminal.say(`wrote ${showPath(path)}; the fingerprint of your request: ${fingerprint}`);
  terminal.say('to propose it:');
  terminal.say(`  git switch -c ${shellWord(branch)}`);
  terminal.say(`  git add ${shellWord(path)}`);
  terminal.say(`  git commit -m ${shellWord(`${name} asks to be let in`)}`);
  terminal.say(`  git push -u origin ${shellWord(branch)}`);
  terminal.say('then tell an admin the fingerprint, by other means than this repository; they type,');
  terminal.say(`after git fetch && git switch ${shellWord(branch)}:`);
  terminal.say(`  blackbox-ts admin approve ${shellWord(name)}`);
}

/** In containers everybody may have the same login name. */
function sayFurtherKey({ terminal }: Host, name: string, meant: boolean): void {
  terminal.say(`${visible(name)} is on the roster: this asks for a further key`);
  if (meant) return;
  terminal.say('  if you are somebody else, take that back and ask under a name of your own:');
  terminal.say(`  rm ${shellWord(requestPath(name))} && blackbox-ts join --name NAME`);
}

async function join(host: Host, vault: Vault, given: Given): Promise<number> {
  const own = await founderOf(host, given, keyringOf(host, given));
  if (own.fresh && flag(given, 'dryRun')) return 0;
  const content = formatPerson(own.lines);
  const keys = keysIn(Buffer.from(content), own.source, null);
  const entries = keyEntries(content);
  const roster = readRoster(vault);
  const known = checkNotIn(roster, entries);
  const name = known !== null && text(given, 'name') === undefined ? known : ownName(host, given, 'join');
  checkFree(vault, name, content, flag(given, 'force'));
  if (!own.fresh) host.terminal.say(`using your key from ${visible(own.source)}`);
  for (const recipient of keys.recipients) host.terminal.say(`${visible(name)}: ${await describeKey(recipient)}`);
  if (seenRoster(roster).people.some((p) => p.name === name))
    sayFurtherKey(host, name, known !== null || text(given, 'name') !== undefined);
  const path = requestPath(name);
  const request = plan({ summary: [`write ${showPath(path)}`], writes: [textWrite(vault, path, content)] });
  if (await carryOut(host, vault, given, request)) sayHow(host, name, requestFingerprint(name, entries));
  return 0;
}

export const command: Command = {
  options: [
    { flags: '--name <name>', what: 'your name on the roster (default: your login name)' },
    { flags: '--key <file>', what: 'your public key, instead of that of the first identity found: for OpenPGP keys' },
    { ...forceOption, what: 'in the place of an earlier request under the same name' },
    identityOption,
    dryRunOption,
  ],
  details:
    'Writes your public key, with the key that you sign with, to a file in\n' +
    '.blackbox/requests. That file lets nobody in: an admin does, once they have\n' +
    'compared its fingerprint with the one shown to you. If you have no identity,\n' +
    'one is made as `blackbox-ts keygen` does.',
  examples: [
    ['blackbox-ts join', 'ask to be let in, under your login name'],
    ['blackbox-ts join --name bob --key bob.pub', 'with the OpenPGP key in bob.pub'],
  ],
  run: (host, given) => {
    const vault = vaultHere(host);
    return locked(vault, () => join(host, vault, given));
  },
};
