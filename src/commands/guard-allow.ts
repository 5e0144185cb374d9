/** `guard allow`: a line in `.blackbox/allowed`, by which a finding is none any more. */
import { type Allowance, allowedFile, formatAllowed, isAllowanceId, isDay, parseAllowed } from '../guard/index.js';
import type { Host } from '../host/types.js';
import { count, visible } from '../text.js';
import { allowedPlan, locked, type Vault } from '../vault/index.js';
import { type Command, dryRunOption, type Given, text } from './command.js';
import { allowedText } from './guard-rules.js';
import { badAllowance } from './refusals.js';
import { carryOut, sayCommit, vaultHere } from './work.js';

/** A sentence, not an essay; what is longer makes the file hard to review. */
const longestReason = 200;

/** Why something is no secret. @throws ERR_BLACKBOX_USAGE when it is missing or no line */
export function reasonOf(given: Given): string {
  const reason = (text(given, 'reason') ?? '').trim();
  if (reason === '' || reason.length > longestReason || /[\p{Cc}\p{Cf}]/u.test(reason))
    throw badAllowance(
      `a reason of 1 to ${longestReason} characters in one line is needed`,
      "--reason 'a test key, see README'",
    );
  return reason;
}

function allowancesOf(given: Given): Allowance[] {
  const until = text(given, 'until') ?? null;
  const unknown = given.args.find((id) => !isAllowanceId(id));
  if (unknown !== undefined)
    throw badAllowance(
      `${visible(unknown)} is no id of a finding`,
      'findings end with theirs in brackets: blackbox-ts guard',
    );
  const reason = reasonOf(given);
  if (until !== null && !isDay(until)) throw badAllowance(`${visible(until)} is no day`, '--until 2030-12-31');
  return given.args.map((id) => ({ id, until, reason }));
}

async function allow(host: Host, vault: Vault, given: Given): Promise<number> {
  const added = allowancesOf(given);
  const before = parseAllowed(allowedText(host, vault, undefined));
  const ids = new Set(added.map(({ id }) => id));
  const all = [...before.filter(({ id }) => !ids.has(id)), ...added];
  const summary = [`write ${count(added.length, 'line')} to ${allowedFile}`];
  const plan = { ...allowedPlan(vault, allowedFile, formatAllowed(all)), summary };
  if (!(await carryOut(host, vault, given, plan))) return 0;
  host.terminal.say(`${count(added.length, 'finding')} allowed, for everybody who gets this commit`);
  sayCommit(host, 'allow what is no secret');
  return 0;
}

export const command: Command = {
  args: [{ name: '<id...>', what: 'ids of findings, as the guard prints them in brackets' }],
  options: [
    { flags: '--reason <text>', what: 'why it is no secret, for those who review it' },
    { flags: '--until <day>', what: 'the last day on which it is allowed, as 2030-12-31' },
    dryRunOption,
  ],
  details:
    'An id stands for one rule and one text, wherever it stands: a slow digest, not\n' +
    'the text. Registered files and their values have none: they cannot be allowed.\n' +
    'The list is merged by union; whoever reviews a commit sees what it allows.',
  examples: [
    [
      "blackbox-ts guard allow github-token:0123456789abcdef0123 --reason 'made up, for the documentation'",
      'allow one finding',
    ],
  ],
  run: (host, given) => {
    const vault = vaultHere(host);
    return locked(vault, () => allow(host, vault, given));
  },
};
