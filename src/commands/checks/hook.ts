/** Whether commits are guarded here: not whether a file is there, but whether it was seen to refuse. */
import { hookNames, hookStatus } from '../../guard/index.js';
import { showPath } from '../../text.js';
import { hookPlace, hookSource, prove } from '../hook.js';
import { canKnow } from '../known.js';
import { type Check, fail, ok, type Patient, warn } from './check.js';

const install = 'blackbox-ts hook install';

export function checkHook({ host, vault, registry }: Patient): readonly Check[] {
  if (vault === null) return [];
  const { state, path, chained } = hookStatus(host.files, hookPlace(host, vault), hookSource(host));
  if (state === 'absent') return [fail('hook', 'no hook guards commits in this clone', install)];
  // A hook of somebody else's is not run to find out what it does.
  if (state === 'foreign')
    return [fail('hook', `${showPath(path)} is another program's: commits are not guarded`, install)];
  if (registry === null || !canKnow(vault))
    return [warn('hook', 'it refuses every commit as long as it cannot read what it needs')];
  prove(host, vault, path, hookNames);
  if (state === 'outdated')
    return [warn('hook', 'they refuse a canary, but are of another version or place of this program', install)];
  return [ok('hook', `each refuses a canary${chained ? ', and the hooks from before run after them' : ''}`)];
}
