/** Telling this clone's git how to merge and to show sealed files. */
import type { Host } from '../host/types.js';
import { shellWord } from '../text.js';
import type { Vault } from '../vault/index.js';

/** Sets what is not set to this already. Git reads these lines with a shell; a path may begin with a hyphen, and must not be taken for an option. */
export async function installDrivers(host: Host, { repository }: Pick<Vault, 'repository'>): Promise<void> {
  const git = host.git.open(repository);
  const program = `${shellWord(host.program.node)} ${shellWord(host.program.script)}`;
  const wanted = [
    ['merge.blackbox-ts.name', 'sealed files'],
    ['merge.blackbox-ts.driver', `${program} merge-driver -- %O %A %B %P`],
    ['diff.blackbox-ts.textconv', `${program} textconv --`],
  ] as const;
  for (const [key, value] of wanted) if (git.config(key) !== value) await git.setConfig(key, value);
}
