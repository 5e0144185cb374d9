/** `admin approve` of a proposed value: who proposes what is shown, and then it is sealed by whoever adopts it. Never silently. */
import { formatOf, leaves, parseValue } from '../formats/index.js';
import type { Host } from '../host/types.js';
import { count, list, showPath, visible } from '../text.js';
import {
  findPerson,
  type Proposal,
  type ProposalName,
  planAdopt,
  type Roster,
  readProposal,
  readRegistry,
  readRoster,
  showKey,
  toRepoPath,
  type Vault,
} from '../vault/index.js';
import { bare, sayOrigin } from './approval.js';
import { flag, type Given, text } from './command.js';
import { rememberBytes } from './known.js';
import { adoptionNeeded, notAdopted, otherProposal, proposesNothing } from './refuse-files.js';
import { carryOut, keyringOf, sayCommit } from './work.js';

/** More names than this are counted. */
const mostNames = 20;

function valuesIn(path: string, bytes: Buffer): Map<string, unknown> | null {
  try {
    return new Map(
      leaves(parseValue(formatOf(path), bytes, path)).map((leaf) => [showKey(leaf.path) ?? '', leaf.value]),
    );
  } catch {
    return null;
  }
}

function some(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [`${what}: ${names.length > mostNames ? count(names.length, 'value') : list(names.map(visible))}`];
}

/** What would be another value, by its name; nothing of a value itself. */
function changesIn({ path, current, content }: Proposal): string[] {
  const [before, after] = [valuesIn(path, current), valuesIn(path, content)];
  const sizes = `${count(content.length, 'byte')} in the place of ${current.length}`;
  if (before === null || after === null) return [sizes];
  const changed = [...after.keys()].filter((name) => before.has(name) && before.get(name) !== after.get(name));
  const added = [...after.keys()].filter((name) => !before.has(name));
  const gone = [...before.keys()].filter((name) => !after.has(name));
  return [...some('changed', changed), ...some('new', added), ...some('gone', gone), sizes];
}

function standingOf(roster: Roster, by: string): string {
  if (!roster.people.some((p) => p.name === by)) return 'nobody of this name is on the roster';
  return `on the roster as ${findPerson(roster, by).role}`;
}

function say(host: Host, vault: Vault, roster: Roster, proposal: Proposal): void {
  const { by, path, file, fingerprint, content, current } = proposal;
  sayOrigin(host, vault, file);
  host.terminal.say(
    `${visible(by)} (${standingOf(roster, by)}) proposes a value of ${showPath(path)}; nobody has signed it`,
  );
  for (const line of content.equals(current) ? ['it is what is sealed already'] : changesIn(proposal))
    host.terminal.say(`  ${line}`);
  if (valuesIn(path, current) !== null && valuesIn(path, content) === null)
    host.terminal.warn(`it does not parse as ${showPath(path)} did before`);
  host.terminal.say(`the fingerprint of the proposal: ${fingerprint}`);
}

/** @throws ERR_BLACKBOX_NOT_APPROVED, ERR_BLACKBOX_NO_TERMINAL */
function checkAdopted(host: Host, given: Given, { by, path, fingerprint }: Proposal): void {
  const compared = text(given, 'fingerprint');
  if (compared !== undefined && bare(compared) !== bare(fingerprint))
    throw otherProposal(by, path, compared, fingerprint);
  if (compared !== undefined || flag(given, 'yes') || flag(given, 'dryRun')) return;
  if (!host.terminal.interactive) throw adoptionNeeded(by, path);
  const question = `is this the fingerprint that ${visible(by)} told you, and do you seal this value of ${showPath(path)}?`;
  if (!host.terminal.confirm(question)) throw notAdopted(by, path);
}

async function adopt(host: Host, vault: Vault, given: Given, name: ProposalName): Promise<void> {
  const keyring = keyringOf(host, given);
  const [roster, registry] = [readRoster(vault), readRegistry(vault)];
  const proposal = await readProposal(vault, registry, name, keyring);
  const { path, by, content } = proposal;
  if (flag(given, 'show')) return host.terminal.data(content);
  say(host, vault, roster, proposal);
  const plan = await planAdopt(vault, roster, registry, proposal, keyring, flag(given, 'force'));
  checkAdopted(host, given, proposal);
  if (!(await carryOut(host, vault, given, plan))) return;
  rememberBytes(vault, path, content);
  host.terminal.say(`sealed ${showPath(path)} as ${visible(by)} proposed`);
  sayCommit(host, `${by} proposed ${showPath(path)}`);
}

/** Those of `paths`, or all that this person proposes. */
export async function approveValues(
  host: Host,
  vault: Vault,
  given: Given,
  proposals: readonly ProposalName[],
): Promise<number> {
  const [by = '', ...typed] = given.args;
  const named = typed.map((path) => ({ by, path: toRepoPath(vault, path) }));
  if (named.length + proposals.length === 0) throw proposesNothing(by);
  for (const name of named.length > 0 ? named : proposals) await adopt(host, vault, given, name);
  return 0;
}
