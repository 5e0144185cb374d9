/**
 * Hooks of git's configuration (git-hook(1), since 2.54): `hook.<name>.command` and `hook.<name>.event`, which no other program's hooks take the
 * place of. Ours stand behind the hooks that are files: each looks whether the file that git runs is ours, and is quiet then. So nothing is
 * looked at twice, an older git beside the newer one is guarded as well, and where the file has been written away, this one refuses.
 */
import { join } from 'node:path';
import { shellWord } from '../text.js';
import { allHooks, type HookName } from './hook-place.js';
import { type ProgramPlace, withPlace } from './hook-script.js';

const since = [2, 54] as const;

/** Whether git of this version reads hooks from its configuration. */
export function hasConfigHooks(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > since[0] || (major === since[0] && minor >= since[1]);
}

export interface ConfigHook {
  readonly path: string;
  readonly text: string;
  /** In the order in which they have to be set: an event without a command stops git. */
  readonly settings: readonly (readonly [key: string, value: string])[];
}

/** The name must not be that of an event. */
const keyOf = (name: HookName, key: string) => `hook.blackbox-ts-${name}.${key}`;

/** Git runs this with a shell, and adds `"$@"` where a hook gets arguments. */
function commandFor(path: string): string {
  const gone = "echo 'blackbox-ts: refused: a part of it is gone from .git, run: blackbox-ts hook install' >&2";
  return `[ -f ${shellWord(path)} ] || { ${gone}; exit 1; }; sh ${shellWord(path)}`;
}

/** @param state the folder of this clone's own state, in which the scripts lie */
export function configHooks(
  state: string,
  script: string,
  program: ProgramPlace,
  names: readonly HookName[],
): ConfigHook[] {
  return names.map((name) => {
    const path = join(state, 'hooks', name);
    const settings = [
      [keyOf(name, 'command'), commandFor(path)],
      [keyOf(name, 'event'), name],
    ] as const;
    return { path, text: withPlace(script, name, program, true), settings };
  });
}

/** All that may be set, in the order in which it is to be taken out. */
export const configHookKeys: readonly string[] = allHooks.flatMap((name) => [
  keyOf(name, 'event'),
  keyOf(name, 'command'),
]);
