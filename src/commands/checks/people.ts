/** Whether what lies in the vault's folders about people is what was signed. */
import { count, list, shellWord, showPath, visible } from '../../text.js';
import { examineViews, openProposals, openRequests } from '../../vault/index.js';
import { type Check, ok, type Patient, warn } from './check.js';

/** The files that show the roster to reviewers. Nothing else depends on them, and the next change of the roster writes them anew. */
export function checkViews({ vault, roster }: Patient): readonly Check[] {
  if (vault === null || roster === null) return [];
  const { stale, leftover } = examineViews(vault, roster.trust.here.members);
  const name = 'key files';
  return [
    ...stale.map(([path]) =>
      warn(
        name,
        `${showPath(path)} does not show the keys that were signed`,
        `git checkout HEAD -- ${shellWord(path)}`,
      ),
    ),
    ...leftover.map((path) =>
      warn(name, `${showPath(path)} shows somebody who is not on the roster`, `git rm --force -- ${shellWord(path)}`),
    ),
    ...(stale.length + leftover.length === 0 ? [ok(name, 'as signed')] : []),
  ];
}

export function checkRequests({ vault }: Patient): readonly Check[] {
  if (vault === null) return [];
  const [names, proposals] = [openRequests(vault), openProposals(vault)];
  const [first] = names;
  const [value] = proposals;
  const who = names.length > 10 ? count(names.length, 'person', 'people') : list(names.map(visible));
  return [
    ...(first === undefined ? [] : [waiting(`to be let in: ${who}`, [first])]),
    ...(value === undefined ? [] : [waiting(`${count(proposals.length, 'value')} proposed`, [value.by, value.path])]),
  ];
}

/** Nothing is wrong with it, and somebody has to look at it. */
function waiting(what: string, words: readonly string[]): Check {
  return { ...ok('requests', what), mend: `blackbox-ts admin approve ${words.map(shellWord).join(' ')}` };
}
