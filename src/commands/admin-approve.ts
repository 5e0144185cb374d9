/** `admin approve`: lets in somebody who asked with `join`, or adopts a value that somebody proposes, after showing who and what. Never silently. */
import type { Host } from '../host/types.js';
import { showPath, visible } from '../text.js';
import {
  keyEntries,
  locked,
  openProposals,
  openRequests,
  parseName,
  plan,
  readRequest,
  requestFingerprint,
  type Vault,
} from '../vault/index.js';
import { addPerson, appendOption, sayKeys } from './admin-add.js';
import { bare, sayOrigin } from './approval.js';
import { approveValues } from './approve-value.js';
import { type Command, dryRunOption, flag, forceOption, type Given, identityOption, text } from './command.js';
import { type GivenKeys, keysIn } from './given-keys.js';
import { approvalNeeded, fingerprintDiffers, notApproved } from './refusals.js';
import { goesWith } from './refuse-options.js';
import { groupOption, groupsOf, roleOf, roleOption } from './role-options.js';
import { vaultHere } from './work.js';

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

async function letIn(host: Host, vault: Vault, given: Given): Promise<number> {
  const request = readRequest(vault, given.args[0] ?? '');
  const { name, path, content } = request;
  const keys: GivenKeys = keysIn(content, path, name);
  sayOrigin(host, vault, path);
  await sayKeys(host, name, keys);
  const found = requestFingerprint(name, keyEntries(keys.lines.join('\n')));
  host.terminal.say(`the fingerprint of the request: ${found}`);
  checkApproved(host, given, name, found);
  const done = plan({ summary: [`remove ${showPath(path)}`], remove: [path], unstage: [path] });
  return addPerson(host, vault, given, keys, name, { say: async () => undefined, more: [done] });
}

/** Whoever asks to be let in is let in first; what they propose besides is named, or comes next. */
async function approve(host: Host, vault: Vault, given: Given): Promise<number> {
  const [name = '', ...paths] = given.args;
  const proposals = openProposals(vault, parseName(name));
  const asks = openRequests(vault).includes(parseName(name));
  const values = paths.length > 0 || flag(given, 'show') || (!asks && proposals.length > 0);
  const strange = (values ? ['role', 'group', 'append'] : ['force']).find((o) => given.options[o] !== undefined);
  if (strange !== undefined) throw goesWith(`--${strange}`, values ? 'a request to be let in' : 'a proposed value');
  return values ? approveValues(host, vault, given, proposals) : letIn(host, vault, given);
}

export const command: Command = {
  args: [
    { name: '<name>', what: 'who asks or proposes, as `blackbox-ts status` says' },
    {
      name: '[paths...]',
      what: 'the files of which a proposed value is meant; all that they propose when none is named',
    },
  ],
  options: [
    {
      flags: '--fingerprint <fingerprint>',
      what: 'only if this is the fingerprint of the request: then nobody is asked',
    },
    { flags: '--yes', what: 'without comparing anything', not: ['--fingerprint'] },
    { flags: '--show', what: 'only print the proposed value' },
    { ...forceOption, what: 'a value that was proposed for an older version' },
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
    'is removed. With a value that somebody proposes (`blackbox-ts encrypt --propose`) it\n' +
    'is the same: who and what is shown, and you seal it in your name.',
  examples: [
    ['blackbox-ts admin approve bob', 'show who asks as bob, and let them in if you say so'],
    ['blackbox-ts admin approve carol prod.env', 'show what carol proposes for prod.env, and seal it if you say so'],
    ['blackbox-ts admin approve --role writer --fingerprint SHA256:… bob', 'the same, without being asked'],
  ],
  run: (host, given) => {
    const vault = vaultHere(host);
    return locked(vault, () => approve(host, vault, given));
  },
};
