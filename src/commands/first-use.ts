/** The first time that a clone meets a vault: what it will trust from then on, for a person to compare. */
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { count, visible } from '../text.js';
import { pinnedFounder, type Roster, readRoster, roles, type Vault } from '../vault/index.js';

/** `3 people: 2 admins, 1 reader` */
export function summary({ people }: Pick<Roster, 'people'>): string {
  const kinds = roles.map((role) => [role, people.filter((p) => p.role === role).length] as const);
  const words = kinds.flatMap(([role, n]) => (n === 0 ? [] : [count(n, role)]));
  return `${count(people.length, 'person', 'people')}: ${words.join(', ')}`;
}

export function founderName({ trust }: Pick<Roster, 'trust'>): string {
  return trust.here.statements.get(trust.founder)?.statement.by ?? '';
}

function say({ terminal }: Host, roster: Roster): void {
  const { founder } = roster.trust;
  terminal.say(
    `the first use of this vault in this clone: founded by ${visible(founderName(roster))}; on its roster, ${summary(roster)}`,
  );
  terminal.say(`its fingerprint, which counts here from now on: ${founder}`);
  terminal.say('  to compare it, a colleague types: blackbox-ts admin list');
  terminal.say(`  where nobody looks on, in CI and on servers: BLACKBOX_VAULT=${founder}`);
}

/** Shows a vault that this clone has not pinned yet, once: reading the roster pins it. Nothing to say where the environment names the vault. */
export function greet(host: Host, vault: Vault): void {
  try {
    if (host.env.BLACKBOX_VAULT !== undefined || pinnedFounder(vault) !== null) return;
    say(host, readRoster(vault));
  } catch (error) {
    // Whatever is wrong with this vault is for the command to say, as far as the command needs it.
    if (!(error instanceof BlackboxError) || error.code === 'ERR_BLACKBOX_BUG') throw error;
  }
}
