/** `admin approve`: lets in somebody who asked with `join`, after showing who it is. Never silently. */
import type { Host } from '../host/types.js';
import { showPath, visible } from '../text.js';
import { keyEntries, locked, plan, type Request, readRequest, requestFingerprint, type Vault } from '../vault/index.js';
import { addPerson, appendOption, sayKeys } from './admin-add.js';
import { type Command, dryRunOption, flag, type Given, identityOption, text } from './command.js';
import { type GivenKeys, keysIn } from './given-keys.js';
import { approvalNeeded, fingerprintDiffers, notApproved } from './refusals.js';
import { groupOption, groupsOf, roleOf, roleOption } from './role-options.js';
import { vaultHere } from './work.js';

/** Who brought it, as git has it: which is what its author said, and proves nothing. */
function sayOrigin(host: Host, vault: Vault, { path }: Request): void {
  const commit = host.git.open(vault.repository).lastChange(path);
  const brought =
    commit === null
      ? 'not committed yet'
      : `brought by commit ${commit.id.slice(0, 12)} of ${visible(commit.author)}, ${commit.date.slice(0, 10)}: ${visible(commit.subject)}`;
  host.terminal.say(`${showPath(path)}: ${brought}`);
}

function bare(fingerprint: string): string {
  return fingerprint
    .trim()
    .replace(/^SHA256:/i, '')
    .replace(/=+$/, '');
}

/** @throws ERR_BLACKBOX_NOT_APPROVED, ERR_BLACKBOX_NO_TERMINAL */
function checkApproved(host: Host, given: Given, name: string, found: string): void {
  const compared = text(given, 'fingerprint');
  if (compared !== undefined && bare(compared) !== bare(found)) throw fingerprintDiffers(name, compared, found);
  if (compared !== undefined || flag(given, 'yes') || flag(given, 'dryRun')) return;
  if (!host.terminal.interactive) throw approvalNeeded(name);
  const groups = groupsOf(given) ?? [];
  const as = `${roleOf(given) ?? 'admin'}${groups.length === 0 ? '' : ` in ${groups.join(', ')}`}`;
  const question = `is this the fingerprint that ${visible(name)} told you, and do you let them in as ${visible(as)}?`;
  if (!host.terminal.confirm(question)) throw notApproved(name);
}

async function approve(host: Host, vault: Vault, given: Given): Promise<number> {
  const request = readRequest(vault, given.args[0] ?? '');
  const { name, path, content } = request;
  const keys: GivenKeys = keysIn(content, path, name);
  sayOrigin(host, vault, request);
  await sayKeys(host, name, keys);
  const found = requestFingerprint(name, keyEntries(keys.lines.join('\n')));
  host.terminal.say(`the fingerprint of the request: ${found}`);
  checkApproved(host, given, name, found);
  const done = plan({ summary: [`remove ${showPath(path)}`], remove: [path], unstage: [path] });
  return addPerson(host, vault, given, keys, name, { say: async () => undefined, more: [done] });
}

export const command: Command = {
  args: [{ name: '<name>', what: 'who asks, as `blackbox-ts status` says' }],
  options: [
    {
      flags: '--fingerprint <fingerprint>',
      what: 'only if this is the fingerprint of the request: then nobody is asked',
    },
    { flags: '--yes', what: 'without comparing anything' },
    appendOption,
    roleOption,
    groupOption,
    identityOption,
    dryRunOption,
  ],
  details:
    'Shows the keys in a request, the commit that brought it, and its fingerprint,\n' +
    'which covers all keys in it and what they sign with. Ask the person for the\n' +
    'fingerprint that `blackbox-ts join` showed them: by phone, not by way of this\n' +
    'repository. Then everything goes as with `blackbox-ts admin add`, and the request\n' +
    'is removed.',
  examples: [
    ['blackbox-ts admin approve bob', 'show who asks as bob, and let them in if you say so'],
    ['blackbox-ts admin approve --role writer --fingerprint SHA256:… bob', 'the same, without being asked'],
  ],
  run: (host, given) => {
    const vault = vaultHere(host);
    return locked(vault, () => approve(host, vault, given));
  },
};
