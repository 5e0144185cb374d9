/** Whether what lies in the vault's folders about people is what was signed. */
import { count, list, shellWord, showPath, visible } from '../../text.js';
import { examineViews, openRequests } from '../../vault/index.js';
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
  const names = vault === null ? [] : openRequests(vault);
  if (names.length === 0) return [];
  const who = names.length > 10 ? count(names.length, 'person', 'people') : list(names.map(visible));
  return [ok('requests', `to be let in: ${who}`)];
}
