/** `guard public`: a line in `.blackbox/public`, by which a value of a registered file is no secret for the guard. */
import { formatPublic, largestPublic, parsePublic, publicFile } from '../guard/index.js';
import type { Host } from '../host/types.js';
import { count } from '../text.js';
import { allowedPlan, locked, pickEntries, readRegistry, toRepoPath, type Vault } from '../vault/index.js';
import { type Command, dryRunOption, type Given } from './command.js';
import { reasonOf } from './guard-allow.js';
import { textAt } from './guard-rules.js';
import { carryOut, sayCommit, vaultHere } from './work.js';

async function markPublic(host: Host, vault: Vault, given: Given): Promise<number> {
  const [file = '', ...keys] = given.args;
  const reason = reasonOf(given);
  const [entry] = pickEntries(vault, readRegistry(vault), [file]);
  const path = entry?.path ?? toRepoPath(vault, file);
  const before = parsePublic(textAt(host, vault, publicFile, largestPublic, undefined) ?? '');
  const rest = before.filter((one) => one.path !== path || !keys.includes(one.key));
  const text = formatPublic([...rest, ...keys.map((key) => ({ path, key, reason }))]);
  const plan = {
    ...allowedPlan(vault, publicFile, text),
    summary: [`write ${count(keys.length, 'line')} to ${publicFile}`],
  };
  if (!(await carryOut(host, vault, given, plan))) return 0;
  host.terminal.say('clones forget these values when they next open the file; this one: blackbox-ts setup');
  sayCommit(host, 'values that are no secrets');
  return 0;
}

export const command: Command = {
  args: [
    { name: '<file>', what: 'a registered file' },
    { name: '<key...>', what: 'its keys, as findings name them: db.host' },
  ],
  options: [{ flags: '--reason <text>', what: 'why they are no secrets, for those who review it' }, dryRunOption],
  details:
    'Findings of known values cannot be allowed one by one. Where a value is no\n' +
    'secret at all, its key is marked, once, for everybody. A value that is also a\n' +
    'secret under another key stays known.',
  examples: [["blackbox-ts guard public config.json db.host --reason 'in every client'", 'let db.host be committed']],
  run: (host, given) => {
    const vault = vaultHere(host);
    return locked(vault, () => markPublic(host, vault, given));
  },
};
