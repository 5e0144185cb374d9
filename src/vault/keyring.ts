/** Finding the identities that may open a file: in a fixed order, each source read once, each attempt kept for the error. */
import { isAbsolute, join, resolve } from 'node:path';
import { gpgIdentity, type Identity, parseIdentityFile } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import { showPath } from '../text.js';
import { identityUnusable } from './errors.js';
import type { FoundIdentity } from './identity-source.js';
import { environmentSources, fileSource, type IdentitySource } from './identity-source.js';
import type { VaultHost } from './types.js';

export interface KeyringOptions {
  /** Identities to use instead of all that would be found: each the text of one, or a path. */
  readonly identities?: readonly string[];
  /** Asks a person for the passphrase that `what` needs. Without it, protected identities are not used. */
  readonly askPassphrase?: (what: string) => string;
  /** Identities of age plugins open nothing: their plugins may ask somebody for something. */
  readonly withoutPlugins?: boolean;
}

/** A source that was looked at: the identities in it, or why there are none. */
export interface Looked {
  readonly source: string;
  readonly found: readonly FoundIdentity[];
  readonly problem: string | null;
}

export interface Keyring {
  /** The sources in order, each read when the iteration reaches it and never twice. gpg, the last, is started only where it is wanted (30 ms). */
  sources(withGpg: boolean | (() => boolean)): Iterable<Looked>;
  /** Whether the identities were named, so that no other key is to be used. */
  readonly exclusive: boolean;
}

// "If an implementation encounters a relative path … it should consider the path invalid and ignore it" (XDG Base Directory Specification).
function userConfigFolder(host: VaultHost): string {
  const told = host.env.XDG_CONFIG_HOME ?? '';
  return isAbsolute(told) ? told : join(host.home, '.config');
}

/** Where `keygen` writes and everything looks: `blackbox-ts/identity` in the user's config folder. */
export function identityPath(host: VaultHost): string {
  return join(userConfigFolder(host), 'blackbox-ts', 'identity');
}

function sshSource(host: VaultHost, name: string): IdentitySource {
  return fileSource(host, `~/.ssh/${name}`, join(host.home, '.ssh', name));
}

function standardSources(host: VaultHost): IdentitySource[] {
  const own = identityPath(host);
  return [
    ...environmentSources(host),
    fileSource(host, showPath(own), own),
    sshSource(host, 'id_ed25519'),
    sshSource(host, 'id_rsa'),
  ];
}

function givenSource(host: VaultHost, given: string): IdentitySource {
  // A key with a blank in front or its first letters cut must not end up in a message as the path of a file.
  if (/SECRET-KEY-|-----|\n|^\s*(?:AGE-PLUGIN-[A-Z0-9-]*|[a-z0-9]{40,})\s*$/i.test(given)) {
    return { label: 'the identity given', read: () => Buffer.from(given), absent: '' };
  }
  return fileSource(host, showPath(given), resolve(host.cwd, given));
}

function look(source: IdentitySource, options: KeyringOptions, plugins: VaultHost['plugins']): Looked {
  const { label } = source;
  try {
    const content = source.read();
    if (content === null) return { source: label, found: [], problem: source.absent };
    const ask = options.askPassphrase;
    const identities = parseIdentityFile(content, {
      name: label,
      ...(ask === undefined ? {} : { askPassphrase: () => ask(label) }),
      ...(source.publicKey === undefined ? {} : { publicKey: source.publicKey }),
      ...(plugins === undefined ? {} : { plugins }),
    });
    return { source: label, found: identities.map((identity) => ({ identity, source: label })), problem: null };
  } catch (error) {
    if (!(error instanceof BlackboxError)) throw error;
    return { source: label, found: [], problem: error.sentence };
  }
}

function lookAtGpg(host: VaultHost): Looked {
  const held = host.gpg.secretFingerprints();
  if (held.size === 0) return { source: 'gpg', found: [], problem: 'it is not there, or holds no secret key' };
  const identity: Identity = gpgIdentity(host.gpg);
  return { source: 'gpg', found: [{ identity, source: 'gpg' }], problem: null };
}

/**
 * The identities of whoever runs this program. Nothing is read until it is asked for.
 * @throws (from `sources`) ERR_BLACKBOX_IDENTITY_FAILED when one that was given explicitly cannot be read
 */
export function openKeyring(host: VaultHost, options: KeyringOptions = {}): Keyring {
  const looked: Looked[] = [];
  const given = options.identities ?? [];
  const sources = given.length > 0 ? given.map((g) => givenSource(host, g)) : standardSources(host);
  const plugins = options.withoutPlugins === true ? undefined : host.plugins;
  const lookers = sources.map((source) => () => look(source, options, plugins));
  const all = given.length > 0 ? lookers : [...lookers, () => lookAtGpg(host)];

  function lookAt(index: number): Looked {
    const known = looked[index];
    if (known !== undefined) return known;
    const fresh = all[index]?.() ?? { source: '', found: [], problem: '' };
    // What somebody named explicitly has to work: going on without it would use another key than they think.
    if (given.length > 0 && fresh.problem !== null) throw identityUnusable(fresh.source, fresh.problem);
    looked[index] = fresh;
    return fresh;
  }
  return {
    exclusive: given.length > 0,
    *sources(withGpg) {
      for (let i = 0; i < lookers.length; i++) yield lookAt(i);
      const asked = typeof withGpg === 'function' ? withGpg() : withGpg;
      for (let i = lookers.length; asked && i < all.length; i++) yield lookAt(i);
    },
  };
}

/**
 * The canonical texts of the public keys whose identities this user has, without unlocking any.
 * @param gpgFingerprints those OpenPGP keys worth asking gpg about: gpg is started only when there are any
 */
export function ownRecipients(
  keyring: Keyring,
  gpg: VaultHost['gpg'],
  gpgFingerprints: readonly string[],
): Set<string> {
  const texts = new Set<string>();
  for (const { found } of keyring.sources(false)) {
    for (const { identity } of found) if (identity.recipient !== '') texts.add(identity.recipient);
  }
  const held = gpgFingerprints.length === 0 ? new Set<string>() : gpg.secretFingerprints();
  for (const fingerprint of gpgFingerprints) if (held.has(fingerprint)) texts.add(`openpgp ${fingerprint}`);
  return texts;
}
