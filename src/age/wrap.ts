/** A file key for many recipients, and back from the stanzas with many identities. */
import { BlackboxError } from '../errors.js';
import { asyncOnly, noRecipients, passphraseInCompany } from './errors.js';
import { isPluginStanza } from './plugin.js';
import { checkScryptIsAlone } from './scrypt.js';
import { written } from './stanza.js';
import type { Identity, Plugins, Recipient, Stanza } from './types.js';

/** How a kind of key is called in a sentence. */
const names: Readonly<Record<Recipient['kind'], string>> = {
  x25519: 'an age key',
  mlkem768x25519: 'a post-quantum age key',
  p256tag: 'an age hardware key',
  mlkem768p256tag: 'an age hardware key',
  plugin: 'a key of an age plugin',
  'ssh-ed25519': 'an SSH key',
  'ssh-rsa': 'an SSH key',
  openpgp: 'an OpenPGP key',
  scrypt: 'a passphrase',
};

const answersLater: ReadonlySet<Recipient['kind']> = new Set([
  'mlkem768x25519',
  'p256tag',
  'mlkem768p256tag',
  'plugin',
  'openpgp',
]);

/**
 * One stanza for each recipient, in their order. Throws ERR_BLACKBOX_ASYNC_ONLY for a kind that cannot wrap at once (post-quantum,
 * hardware, OpenPGP), and what a recipient throws that may not be used.
 */
export function wrapAllSync(fileKey: Uint8Array, recipients: readonly Recipient[]): Stanza[] {
  checkCompany(recipients);
  return recipients.map((recipient) => {
    const stanza = recipient.wrap(fileKey);
    if (!(stanza instanceof Promise)) return written(stanza);
    stanza.catch(() => {}); // whatever becomes of it, the answer is the refusal below
    throw asyncOnly(names[recipient.kind]);
  });
}

/** {@link wrapAllSync} for every kind of key. @param plugins what keys of age plugins are wrapped for with */
export async function wrapAll(
  fileKey: Uint8Array,
  recipients: readonly Recipient[],
  plugins?: Plugins,
): Promise<Stanza[]> {
  checkCompany(recipients);
  // Most keys answer at once, and are not made to wait for a promise each.
  if (!recipients.some(({ kind }) => answersLater.has(kind))) return wrapAllSync(fileKey, recipients);
  return await Promise.all(recipients.map(async (recipient) => written(await recipient.wrap(fileKey, plugins))));
}

/**
 * The file key, from the first identity that opens a stanza; null when none of the stanzas is for any of them.
 * Throws ERR_BLACKBOX_DAMAGED for a malformed stanza; ERR_BLACKBOX_ASYNC_ONLY when only an identity that cannot answer at once might open one;
 * what an identity throws that could not be tried, when no other one opens a stanza.
 */
export function unwrapSync(stanzas: readonly Stanza[], identities: readonly Identity[]): Uint8Array | null {
  checkScryptIsAlone(stanzas);
  const failures: unknown[] = [];
  for (const identity of identities) {
    try {
      const fileKey = identity.sync ? atOnce(identity.unwrap(stanzas)) : refuseIfNeeded(stanzas, identity);
      if (fileKey instanceof Uint8Array) return fileKey;
    } catch (error) {
      failures.push(stopIfDamaged(error));
    }
  }
  if (failures.length > 0) throw failures[0];
  return null;
}

/**
 * {@link unwrapSync} for every kind of key. They are tried in order, so that no one is asked for a passphrase needlessly; those of plugins last, as
 * hardware may want a touch.
 */
export async function unwrap(stanzas: readonly Stanza[], identities: readonly Identity[]): Promise<Uint8Array | null> {
  checkScryptIsAlone(stanzas);
  const failures: unknown[] = [];
  const isLast = ({ kind }: Identity) => kind === 'plugin';
  for (const identity of [...identities.filter((i) => !isLast(i)), ...identities.filter(isLast)]) {
    try {
      const fileKey = await identity.unwrap(stanzas);
      if (fileKey) return fileKey;
    } catch (error) {
      failures.push(stopIfDamaged(error));
    }
  }
  if (failures.length > 0) throw failures[0];
  return null;
}

/** What is behind a passphrase may turn out to be a post-quantum key, or one of a plugin, which answer later. */
function atOnce(answer: ReturnType<Identity['unwrap']>): Uint8Array | null {
  if (!(answer instanceof Promise)) return answer;
  answer.catch(() => {}); // whatever becomes of it, the answer is the refusal below
  throw asyncOnly('a post-quantum age key, or one of an age plugin,');
}

function checkCompany(recipients: readonly Recipient[]): void {
  if (recipients.length === 0) throw noRecipients();
  if (recipients.length > 1 && recipients.some(({ kind }) => kind === 'scrypt')) throw passphraseInCompany();
}

/** A malformed stanza is malformed whoever holds which key; anything else (an agent that is gone) leaves hope for the next identity. */
function stopIfDamaged(error: unknown): unknown {
  if (error instanceof BlackboxError && error.code === 'ERR_BLACKBOX_DAMAGED') throw error;
  return error;
}

/** For an identity that answers later: null when no stanza can be for it, so that only a file that needs it asks for the other function. */
function refuseIfNeeded(stanzas: readonly Stanza[], { kind, recipient }: Identity): null {
  const isNeededFor = (stanza: Stanza) => {
    if (kind === 'plugin') return isPluginStanza(stanza);
    return stanza.args[0] === kind && (kind !== 'openpgp' || stanza.args.join(' ') === recipient);
  };
  if (stanzas.some(isNeededFor)) throw asyncOnly(names[kind]);
  return null;
}
