/** The hooks once more in git's configuration, where git reads them from there: for when another program has written the files away. */
import { dirname } from 'node:path';
import { configHookKeys, configHooks, hasConfigHooks } from '../guard/config-hooks.js';
import type { HookName, HookSource } from '../guard/index.js';
import type { Host } from '../host/types.js';
import type { Vault } from '../vault/index.js';

type Place = Omit<Vault, 'id'>;

/** @param version of git, by which it is decided whether anything is done */
export async function installConfigHooks(
  host: Host,
  { repository, state }: Pick<Place, 'repository' | 'state'>,
  { script, program }: HookSource,
  names: readonly HookName[],
  version = host.git.open(repository).version(),
): Promise<void> {
  if (!hasConfigHooks(version)) return;
  const git = host.git.open(repository);
  for (const { path, text, settings } of configHooks(state, script, program, names)) {
    host.files.makeFolder(dirname(path), 0o700);
    if (host.files.read(path)?.toString('utf8') !== text) host.files.writeLocal(path, text);
    for (const [key, value] of settings) if (git.config(key) !== value) await git.setConfig(key, value);
  }
}

/** Also those that a newer git has been given, which is here no more. */
export async function removeConfigHooks(host: Host, { repository }: Pick<Place, 'repository'>): Promise<void> {
  const git = host.git.open(repository);
  for (const key of configHookKeys) if (git.config(key) !== null) await git.setConfig(key, null);
}
