/** The environment as a place where identities are: our own variables, then sops's, which many teams have set already. */
import { isAbsolute, join } from 'node:path';
import type { Identity } from '../age/index.js';
import type { VaultHost } from './types.js';

/** An identity with where it came from, for errors. */
export interface FoundIdentity {
  readonly identity: Identity;
  /** `~/.ssh/id_ed25519`, `BLACKBOX_IDENTITY`, `gpg`, … */
  readonly source: string;
}

export interface IdentitySource {
  readonly label: string;
  /** The content, or null when the source is not there. */
  readonly read: () => Buffer | null;
  /** Why there is nothing, when `read` gives null. */
  readonly absent: string;
  /** The public key beside it, which an old encrypted PEM key does not tell itself. */
  readonly publicKey?: () => string | null;
}

/** An identity file of this size holds thousands of keys; more is something else. */
const identityFileLimit = 1024 * 1024;

/** One of the user's own files. It may be a symlink: dotfile managers make them, and so does Kubernetes for mounted secrets. */
function readOwn(host: VaultHost, path: string): Buffer | null {
  return host.files.read(host.files.real(path), identityFileLimit);
}

export function fileSource(host: VaultHost, label: string, path: string): IdentitySource {
  return {
    label,
    read: () => readOwn(host, path),
    absent: 'no such file',
    publicKey: () => readOwn(host, `${path}.pub`)?.toString('utf8') ?? null,
  };
}

function variable(host: VaultHost, name: string, read: (value: string) => Buffer | null): IdentitySource {
  const value = host.env[name];
  const set = value !== undefined && value !== '';
  return { label: name, read: () => (set ? read(value) : null), absent: set ? 'no such file' : 'not set' };
}

/** In the order in which they are tried. The labels never hold a value. */
export function environmentSources(host: VaultHost): IdentitySource[] {
  const file = (path: string) => readOwn(host, isAbsolute(path) ? path : join(host.cwd, path));
  const command = (text: string) => host.runForOutput(text);
  return [
    variable(host, 'BLACKBOX_IDENTITY', (text) => Buffer.from(text)),
    variable(host, 'BLACKBOX_IDENTITY_FILE', file),
    variable(host, 'BLACKBOX_IDENTITY_CMD', command),
    variable(host, 'SOPS_AGE_KEY', (text) => Buffer.from(text)),
    variable(host, 'SOPS_AGE_KEY_FILE', file),
    variable(host, 'SOPS_AGE_KEY_CMD', command),
  ];
}
