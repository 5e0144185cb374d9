/** Outside programs that stories need: a named skip on a user's machine, a failure in CI, where a skip would hide a hole. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether a program is on the PATH. */
export function has(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** For `it.skipIf(lacks('age'))`: true when a program is missing; in CI never, so that the test fails there. */
export function lacks(...programs: readonly string[]): boolean {
  return !process.env.CI && !programs.every(has);
}

/**
 * A command prefix that makes folder permissions count: for root they mean nothing until the capability to override them is dropped.
 * null when this machine has no such program.
 */
export function bareRights(): readonly string[] | null {
  if (process.getuid?.() !== 0) return [];
  const prefix = [
    'setpriv',
    '--bounding-set=-dac_override,-dac_read_search',
    '--inh-caps=-dac_override,-dac_read_search',
    '--',
  ];
  return spawnSync(prefix[0] ?? '', [...prefix.slice(1), 'true']).status === 0 ? prefix : null;
}
